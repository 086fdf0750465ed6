"""SVG in which every text is measured once for a whole process: matplotlib's bytes, sooner.

Chinese outlines are slow to load, and matplotlib loads those of a text twice for every figure,
and the tables of its font for every label at every step of the layout. What is kept here depends
on the text and its font alone. The fonts themselves must stay what they are.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any, cast

from matplotlib.axis import Axis
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.text import Text
from matplotlib.textpath import TextToPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 72
"""Dots of an SVG to the inch: its points."""
KEPT = 8192
BREAK = re.compile(r" +|(?=（)")
"""Where a line may break."""
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


class _Places:
    """What was worked out of axes and texts, and for which place it holds.

    matplotlib works out the ticks of an axis and where their labels are some twenty times for one
    figure, and the lines of a text as often as it is looked at.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[Any, Any]] = {}

    def kept(self, what: str, artist: Any, key: Any, worked_out: Callable[[], Any]) -> Any:
        """Return `what` of `artist`, worked out anew when `key` is another than before."""
        found = self._known.get((what, id(artist)))
        if found is None or found[0] != key:
            found = self._known[what, id(artist)] = (key, worked_out())
        return found[1]


def _place(axis: Any) -> Any:
    """Return what ticks and the places of their labels depend on while a figure is drawn."""
    return (*axis.get_view_interval(), *axis.axes.bbox.bounds)


@contextmanager
def _once_a_place() -> Iterator[None]:
    """Work ticks and texts out once for each place, as long as one figure is drawn.

    Nothing but their place changes in that time; texts that are wrapped or turned with what they
    stand on are left to matplotlib.
    """
    axis: Any = Axis
    own: Any = Text
    ticks, boxes, layout = axis._update_ticks, axis._get_ticklabel_bboxes, own._get_layout
    known = _Places()

    def kept_ticks(self: Any) -> Any:
        return list(known.kept("ticks", self, _place(self), lambda: ticks(self)))

    def kept_boxes(self: Any, drawn: Any, renderer: Any) -> Any:
        key = (*_place(self), *map(id, drawn))
        return known.kept("boxes", self, key, lambda: boxes(self, drawn, renderer))

    def kept_layout(self: Any, renderer: Any) -> Any:
        if self._wrap or self._transform_rotates_text:
            return layout(self, renderer)
        aligned = (self._horizontalalignment, self._verticalalignment, self._rotation)
        key = (self._text, *aligned)
        return known.kept("layout", self, key, lambda: layout(self, renderer))

    axis._update_ticks, axis._get_ticklabel_bboxes = kept_ticks, kept_boxes
    own._get_layout = kept_layout
    try:
        yield
    finally:
        axis._update_ticks, axis._get_ticklabel_bboxes = ticks, boxes
        own._get_layout = layout


def _folded(figure: "Figure", renderer: Any) -> bool:
    """Set what an axis shows in two lines where one would leave the figure; tell whether any was.

    Names of rows may leave so little room for the axes that what stands below is wider than they.
    """
    width, height = figure.bbox.size
    found = False
    for ax in figure.axes:
        for label, at, end in ((ax.xaxis.label, 0, width), (ax.yaxis.label, 1, height)):
            box = label.get_window_extent(renderer).get_points()
            said = label.get_text()
            if said and "\n" not in said and (box[0][at] < 0 or box[1][at] > end):
                label.set_text(in_two(said))
                found = True
    return found


def in_two(said: str) -> str:
    """Return `said` in two lines of about one length: broken at a space, or where a bracket opens.

    Chinese without either is broken in the middle.
    """
    half = len(said) / 2
    places = [(abs(place.start() - half), place) for place in BREAK.finditer(said)]
    if places:
        place = min(places, key=lambda each: each[0])[1]
        return f"{said[: place.start()]}\n{said[place.end() :]}"
    if said.isascii():
        return said
    return f"{said[: round(half)]}\n{said[round(half) :]}"


class Canvas(FigureCanvasSVG):
    """Lays a figure out and draws it with one renderer."""

    def __init__(self, figure: "Figure") -> None:
        super().__init__(figure)
        self._written = StringIO(newline="\n")
        figure.dpi = DPI
        width, height = figure.get_size_inches()
        size = (width * DPI, height * DPI)
        vector = cast("Any", _Renderer)(*size, self._written, image_dpi=DPI, metadata=NEITHER)
        self._renderer = cast("Any", MixedModeRenderer)(figure, width, height, DPI, vector)

    def get_renderer(self) -> Any:
        """Return what the figure is laid out with."""
        return self._renderer

    def drawn(self) -> bytes:
        """Return the figure as SVG, laid out."""
        with _once_a_place():
            if layout := self.figure.get_layout_engine():
                layout.execute(self.figure)
                if _folded(self.figure, self._renderer):
                    layout.execute(self.figure)
                self.figure.set_layout_engine("none")
            self.figure.draw(self._renderer)
        self._renderer.finalize()
        return self._written.getvalue().encode("utf-8")
