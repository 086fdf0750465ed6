"""The font of figures: one that has Chinese and Latin letters, on every machine.

`WORKBENCH_FONT` names a file; otherwise the Noto Sans CJK SC that the package `mpl-font` carries
is used (SIL OFL 1.1; its code is not imported). The system's fonts are not searched: a figure
should be the same bytes on the analyst's laptop and on the operator's server, and a font cache
older than a font silently draws empty boxes.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from workbench import settings
from workbench.errors import MachineError

WEIGHTS = ("Regular", "Bold")


def files() -> list[Path]:
    """Return the font files to draw with, the regular weight first.

    Raises
    ------
    MachineError
        There is no such file, or the package that carries the fonts is not installed.
    """
    if chosen := settings.font_file():
        paths = [Path(chosen)]
    else:
        spec = find_spec("mpl_font")
        base = Path(str(spec.origin)).parent if spec else Path("mpl_font")
        paths = [base / "fonts" / "noto" / f"NotoSansCJKsc-{weight}.otf" for weight in WEIGHTS]
    for path in paths:
        if not path.is_file():
            raise MachineError(
                f"font {path} is missing; set WORKBENCH_FONT to a font file with Chinese letters, "
                "or install the locked requirements again"
            )
    return paths


@cache
def family() -> str:
    """Register the font files with matplotlib and return the name of their family."""
    from matplotlib import font_manager

    for path in files():
        font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=files()[0]).get_name()
