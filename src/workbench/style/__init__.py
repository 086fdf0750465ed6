"""The house style of figures: colours that survive colour-blindness and grey print, and a font."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from workbench.style.fonts import family

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALETTE = ("#0B4F8A", "#D98A29", "#2F8F7B", "#8D5A9E", "#B5394A", "#6B7280")
"""Series colours, in the order of use; they differ in lightness as well as in hue."""
ACCENT = PALETTE[0]
"""What the reader should look at."""
MUTED = "#9AA3AE"
"""What stands behind: reference lines, intervals, the rest."""


@contextmanager
def house() -> Iterator[None]:
    """Draw in the house style inside a `with` block, whatever was set before."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib import style

    with as_file(files(__name__) / "workbench.mplstyle") as sheet, mpl.rc_context():
        mpl.rcdefaults()
        style.use(sheet)
        mpl.rcParams["font.family"] = family()
        mpl.rcParams["axes.prop_cycle"] = cycler(color=PALETTE)
        yield


def svg(figure: "Figure") -> bytes:
    """Return `figure` as SVG with outlined text: the same bytes for the same drawing.

    No font is needed where it is read, and neither date nor program version stands in it. The
    bytes are those of `figure.savefig`, which would draw all of it twice to lay it out.
    """
    from workbench.style.vector import Canvas

    return Canvas(figure).drawn()
