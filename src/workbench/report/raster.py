"""A recorded figure as a crisp picture, for formats that take no drawings."""

import struct
import zlib
from functools import lru_cache

DPI = 200
INCH = 0.0254
"""Metres in an inch."""
HEAD = 33
"""Bytes of a PNG's signature and header; what describes the picture comes after them."""
PAGE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""


@lru_cache(128)
def png(svg: bytes, dpi: int = DPI) -> bytes:
    """Return `svg` as a PNG of `dpi` pixels to the inch, on white; the same bytes each time.

    The picture states its resolution, so that it has the drawing's size wherever it is put in.
    Letters must be outlines, as they are in recorded figures: no font of the machine is used.
    """
    import typst

    drawing = {"svg": svg.decode("utf-8")}
    picture = typst.compile(
        PAGE, format="png", ppi=dpi, sys_inputs=drawing, ignore_system_fonts=True
    )
    return picture[:HEAD] + _resolution(dpi) + picture[HEAD:]


def _resolution(dpi: int) -> bytes:
    """Return the part of a PNG that says how large a pixel is."""
    pixels = round(dpi / INCH)
    named = b"pHYs" + struct.pack(">IIB", pixels, pixels, 1)
    return struct.pack(">I", len(named) - 4) + named + struct.pack(">I", zlib.crc32(named))
