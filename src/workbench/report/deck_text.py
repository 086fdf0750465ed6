"""Text on slides: paragraphs in boxes, in the theme's colours, with a typeface for Chinese."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx.enum.dml import MSO_THEME_COLOR as COLOUR
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from workbench.report.deck_layout import Area
from workbench.text import language

TONGUES = {"zh": "zh-CN", "en": "en-GB"}
POINT = 12700
"""EMU in a point."""


@dataclass(frozen=True)
class Line:
    """A paragraph: what it says, its size in points, weight, colour and the room before it."""

    said: str
    size: float
    bold: bool = False
    colour: Any = COLOUR.TEXT_1
    before: float = 0


def box(slide: Any, area: Area, lines: Sequence[Line], *, name: str, inset: float = 0) -> Any:
    """Return a new text box in `area` with `lines`, `inset` points from its edges."""
    shape = slide.shapes.add_textbox(area.left, area.top, area.width, area.height)
    shape.name = name
    frame = shape.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if inset else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = Pt(inset)
    frame.margin_top = frame.margin_bottom = Pt(inset * 0.6)
    fill(frame, lines)
    return shape


def fill(frame: Any, lines: Sequence[Line]) -> None:
    """Write `lines` into an empty text frame, one paragraph each."""
    for at, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_before = Pt(line.before)
        run = paragraph.add_run()
        run.text = line.said
        run.font.size, run.font.bold = Pt(line.size), line.bold
        run.font.color.theme_color = line.colour


def points(emu: int) -> float:
    """Return a length in points."""
    return emu / POINT


def emu(points: float) -> int:
    """Return a length in EMU."""
    return Emu(round(points * POINT))


def typeface(element: Any, name: str) -> None:
    """Set every run under `element` in the theme's Latin typeface and in `name` for Chinese."""
    for run in element.iter(qn("a:r"), qn("a:fld")):
        if run.find(qn("a:rPr")) is None:
            run.insert(0, run.makeelement(qn("a:rPr"), {}))
    for properties in list(element.iter(qn("a:rPr"), qn("a:endParaRPr"), qn("a:defRPr"))):
        properties.set("lang", TONGUES[language()])
        properties.set("altLang", "en-GB" if language() == "zh" else "zh-CN")
        for tag, face in (("a:latin", "+mn-lt"), ("a:ea", name)):
            _face(properties, qn(tag), face)


def describe(shape: Any, title: str, description: str) -> None:
    """Say what a picture, chart or table shows, for those who cannot see it."""
    properties = shape._element.xpath(".//p:cNvPr")[0]
    properties.set("title", title)
    properties.set("descr", description)


AFTER = tuple(
    qn(f"a:{tag}") for tag in ("cs", "sym", "hlinkClick", "hlinkMouseOver", "rtl", "extLst")
)
"""What follows the typefaces in the properties of a run."""


def _face(properties: Any, tag: str, face: str) -> None:
    found = properties.find(tag)
    if found is None:
        found = properties.makeelement(tag, {})
        later = (*AFTER, qn("a:ea")) if tag == qn("a:latin") else AFTER
        places = [at for at, child in enumerate(properties) if child.tag in later]
        properties.insert(min(places, default=len(properties)), found)
    found.set("typeface", face)
