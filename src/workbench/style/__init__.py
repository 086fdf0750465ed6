"""The house style of figures: colours that survive colour-blindness and grey print, and a font."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from workbench.style.fonts import family

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALETTE = ("#0B4F8A", "#D98A29", "#2F8F7B", "#8D5A9E", "#B5394A", "#6B7280")
"""Series colours, in the order of use; they differ in lightness as well as in hue."""
ACCENT = PALETTE[0]
"""What the reader should look at."""
MUTED = "#9AA3AE"
"""What stands behind: reference lines, intervals, the rest."""

OTHERS = ("backend", "interactive", "toolbar", "timezone")
"""Parameters of matplotlib that are no style: those of the surrounding program stay."""
INK = "#111111"
"""What is written in on a colour that is too light for white."""
LEGIBLE = 4.5
"""Contrast that small letters need on what they stand on (WCAG 2.2, level AA)."""


def on(colour: str) -> str:
    """Return what is written in on `colour`: white where it can be read, else the ink."""
    return "#FFFFFF" if contrast("#FFFFFF", colour) >= LEGIBLE else INK


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@contextmanager
def house() -> Iterator[None]:
    """Draw in the house style inside a `with` block, whatever was set before."""
    import matplotlib as mpl

    parameters: Any = mpl.rcParams
    own = _parameters()
    with mpl.rc_context():
        parameters._update_raw(own)
        yield


@cache
def _parameters() -> dict[str, Any]:
    """Return the house style as matplotlib's parameters, checked once for a whole process."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib import style

    with as_file(files(__name__) / "workbench.mplstyle") as sheet, mpl.rc_context():
        mpl.rcdefaults()
        style.use(sheet)
        mpl.rcParams["font.family"] = family()
        mpl.rcParams["axes.prop_cycle"] = cycler(color=PALETTE)
        return {name: value for name, value in dict.items(mpl.rcParams) if name not in OTHERS}


def svg(figure: "Figure") -> bytes:
    """Return `figure` as SVG with outlined text: the same bytes for the same drawing.

    No font is needed where it is read, and neither date nor program version stands in it. The
    bytes are those of `figure.savefig`, which would draw all of it twice to lay it out.
    """
    from workbench.style.vector import Canvas

    return Canvas(figure).drawn()
