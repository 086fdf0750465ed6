"""SVG in which every text is measured once for a whole process: matplotlib's bytes, sooner.

Chinese outlines are slow to load, and matplotlib loads those of a text twice for every figure,
and the tables of its font for every label at every step of the layout. What is kept here depends
on the text and its font alone. The fonts themselves must stay what they are.
"""

from functools import lru_cache
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, cast

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.textpath import TextToPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 72
"""Dots of an SVG to the inch: its points."""
KEPT = 8192
NEITHER = {"Date": None, "Creator": None}
TABLES = (
    ("OS/2", "sTypoAscender", "sTypoDescender", "sTypoLineGap"),
    ("hhea", "ascent", "descent", "lineGap"),
)
"""Tables of a font that say how high its lines are, and the names of what they say."""


class _Paths(TextToPath):
    """Outlines of texts, kept."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Any:
        return _extent(_spaced(s), prop.copy(), ismath)

    def get_glyphs_with_font(
        self,
        font: Any,
        s: str,
        glyph_map: Any = None,
        return_new_glyphs_only: bool = False,
        *,
        features: Any = None,
        language: Any = None,
    ) -> Any:
        placed, outlines, boxes = _glyphs(font, _spaced(s), features, language)
        known = {} if glyph_map is None else glyph_map
        added = {name: path for name, path in outlines.items() if name not in known}
        return placed, added if return_new_glyphs_only else {**known, **added}, boxes


_plain = TextToPath()


def _spaced(s: str) -> str:
    # No font has a glyph for a tab, and in a long process matplotlib has warned of it.
    return s.replace("\t", " ")


@lru_cache(KEPT)
def _extent(s: str, prop: FontProperties, ismath: Any) -> Any:
    return _plain.get_text_width_height_descent(s, prop, ismath)


@lru_cache(KEPT)
def _glyphs(font: Any, s: str, features: Any, language: Any) -> Any:
    # A font may have been set to another size since it was handed out.
    font.set_size(_plain.FONT_SCALE, _plain.DPI)
    plain: Any = _plain
    return plain.get_glyphs_with_font(font, s, features=features, language=language)


@lru_cache(KEPT)
def _heights(prop: FontProperties) -> tuple[float | None, float | None, float | None]:
    """Return ascent, descent and gap of lines in points, as `matplotlib.text` works them out."""
    manager: Any = fontManager
    font: Any = get_font(manager._find_fonts_by_props(prop))
    for name, *keys in TABLES:
        table = font.get_sfnt_table(name)
        if table is not None:
            em = font.get_sfnt_table("head")["unitsPerEm"]
            scale = 1 / em * prop.get_size_in_points() * DPI / 72
            ascent, descent, gap = (table[key] for key in keys)
            return ascent * scale, -descent * scale, gap * scale
    return None, None, None


class _Renderer(RendererSVG):
    """Draws as the renderer of matplotlib does, and asks what is kept for its measures."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]
        self._text2path = _Paths()

    def _get_font_height_metrics(self, prop: FontProperties) -> Any:
        return _heights(prop.copy())


class Canvas(FigureCanvasSVG):
    """Lays a figure out and draws it with one renderer."""

    def __init__(self, figure: "Figure") -> None:
        super().__init__(figure)
        self._buffer = BytesIO()
        writer = TextIOWrapper(self._buffer, "utf-8", newline="\n", write_through=True)
        figure.dpi = DPI
        width, height = figure.get_size_inches()
        size = (width * DPI, height * DPI)
        vector = cast("Any", _Renderer)(*size, writer, image_dpi=DPI, metadata=NEITHER)
        self._renderer = cast("Any", MixedModeRenderer)(figure, width, height, DPI, vector)

    def get_renderer(self) -> Any:
        """Return what the figure is laid out with."""
        return self._renderer

    def drawn(self) -> bytes:
        """Return the figure as SVG, laid out."""
        if layout := self.figure.get_layout_engine():
            layout.execute(self.figure)
            self.figure.set_layout_engine("none")
        self.figure.draw(self._renderer)
        self._renderer.finalize()
        return self._buffer.getvalue()
