"""The template of a deck: which of its layouts is which, and where on a slide there is room.

Layouts and placeholders are found by what they are for, never by name or number: a bank's template
calls them as it likes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.exc import PythonPptxError
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from workbench.errors import ParameterError
from workbench.report import fit, oxml

TITLES = (KIND.TITLE, KIND.CENTER_TITLE)
BODIES = (KIND.BODY, KIND.OBJECT)
LATENT = (KIND.DATE, KIND.FOOTER, KIND.SLIDE_NUMBER)
NEEDED = {
    "cover": "a title and a subtitle",
    "listed": "a title and one text or content placeholder",
    "free": "a title and nothing below it (called Title Only in PowerPoint)",
}
SOURCE = 10
"""Size of the footer in points."""
INSET = 15
"""Points by which the text of a placeholder may stand off its edges."""
NUMBER = Inches(0.9)
"""Width that is left to the slide's number."""
FIELD = "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}"
"""Names the field of slide numbers; PowerPoint draws one at random, a deck must not."""
EAST_ASIAN = "Microsoft YaHei"
"""For Chinese where the template's theme names no East Asian typeface."""


@dataclass(frozen=True)
class Area:
    """A rectangle on a slide, in EMU."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """Return where it ends."""
        return self.top + self.height

    def below(self, height: int) -> "Area":
        """Return what is left under a strip of `height`."""
        return Area(self.left, self.top + height, self.width, self.height - height)


@dataclass(frozen=True)
class Layout:
    """A layout, where its title stands, and the room between title and footer.

    `hangs` when titles hang from the top of their place, so that short ones leave room below.
    """

    made: Any
    title: Area
    room: Area
    hangs: bool


@dataclass(frozen=True)
class Template:
    """An open presentation without slides, its layouts by use, and the typeface for Chinese."""

    deck: Any
    cover: Layout
    listed: Layout
    free: Layout
    typeface: str

    def slide(self, layout: Layout, title: str) -> Any:
        """Return a new slide with its title set; other placeholders stay empty."""
        slide = self.deck.slides.add_slide(layout.made)
        slide.shapes.title.text_frame.text = title
        return slide


def opened(path: Path | None) -> Template:
    """Return the template in `path`, or the workbench's own.

    Raises
    ------
    ParameterError
        It is not a presentation, or a layout is missing.
    """
    name = path.name if path else "deck.pptx"
    deck = _presentation(name, _content(path))
    _empty(deck)
    found = {
        "cover": _layout(deck, (KIND.SUBTITLE,)),
        "listed": _layout(deck, BODIES),
        "free": _layout(deck, ()),
    }
    lacking = [NEEDED[use] for use, layout in found.items() if layout is None]
    if lacking:
        raise ParameterError(
            f"deck template {name} has no layout with {'; and none with '.join(lacking)}; "
            "add one in the slide master view of PowerPoint, or unset the template"
        )
    layouts = {use: _measured(deck, layout) for use, layout in found.items()}
    return Template(deck, **layouts, typeface=_typeface(deck))


def place(shape: Any, area: Area) -> None:
    """Put `shape` into `area`."""
    shape.left, shape.top, shape.width, shape.height = (
        area.left,
        area.top,
        area.width,
        area.height,
    )


def placeholder(slide: Any, kinds: Iterable[Any]) -> Any:
    """Return the slide's first placeholder of one of `kinds`."""
    return _first(slide, tuple(kinds))


def footer(slide: Any, layout: Layout, said: str) -> Any:
    """Write `said` into the slide's footer, below the room where the layout has none.

    A footer too narrow for one line is moved over the width of the room, up to the slide's number.
    """
    room, found = layout.room, _first(layout.made, (KIND.FOOTER,))
    wide = Area(room.left, room.bottom, room.width - NUMBER, Inches(0.3))
    if found is None:
        shape = slide.shapes.add_textbox(*vars(wide).values())
    else:
        shape, own = _clone(slide, found), _area(found)
        if fit.width(said, SOURCE) > own.width / Pt(1) - INSET:
            place(shape, replace(wide, top=own.top, height=own.height))
    shape.text_frame.text = said
    shape.text_frame.paragraphs[0].runs[0].font.size = Pt(SOURCE)
    return shape


def page_number(slide: Any, layout: Layout, number: int) -> None:
    """Write the slide's number where the layout has a place for it."""
    found = _first(layout.made, (KIND.SLIDE_NUMBER,))
    if found is None:
        return
    paragraph = _clone(slide, found).text_frame.paragraphs[0]._p
    field = paragraph.makeelement(qn("a:fld"), {"id": FIELD, "type": "slidenum"})
    field.append(field.makeelement(qn("a:rPr"), {}))
    shown = field.makeelement(qn("a:t"), {})
    shown.text = str(number)
    field.append(shown)
    paragraph.insert(0, field)


def _content(path: Path | None) -> bytes:
    if path is None:
        return (files("workbench.report") / "templates" / "deck.pptx").read_bytes()
    try:
        return path.read_bytes()
    except OSError as error:
        raise ParameterError(
            f"deck template {path} cannot be read ({error.strerror}); name a .pptx file"
        ) from None


def _presentation(name: str, content: bytes) -> Any:
    oxml.prepare("pptx")
    try:
        return Presentation(BytesIO(content))
    except (BadZipFile, KeyError, ValueError, PythonPptxError) as error:
        raise ParameterError(
            f"deck template {name} is not a PowerPoint presentation ({error}); "
            "save it as .pptx in PowerPoint"
        ) from None


def _empty(deck: Any) -> None:
    """Remove the slides that a template was saved with."""
    listed = deck.slides._sldIdLst
    for entry in list(listed):
        deck.part.drop_rel(entry.get(qn("r:id")))
        listed.remove(entry)


def _layout(deck: Any, wanted: tuple[Any, ...]) -> Any | None:
    """Return the first layout with a title and, beside what is latent, one of `wanted` alone."""
    for layout in deck.slide_layouts:
        kinds = [shape.placeholder_format.type for shape in layout.placeholders]
        others = [kind for kind in kinds if kind not in (*TITLES, *LATENT)]
        fits = len(others) == 1 and others[0] in wanted if wanted else not others
        if any(kind in TITLES for kind in kinds) and fits:
            return layout
    return None


def _measured(deck: Any, layout: Any) -> Layout:
    title = _area(_first(layout, TITLES))
    latent = [shape for shape in layout.placeholders if shape.placeholder_format.type in LATENT]
    tops = [shape.top for shape in latent if shape.top and shape.top > title.bottom]
    bottom = min(tops, default=deck.slide_height - Inches(0.55))
    room = Area(title.left, title.bottom, title.width, bottom - title.bottom)
    return Layout(layout, title, room, _hangs(deck, layout))


def _hangs(deck: Any, layout: Any) -> bool:
    for owner in (layout, deck.slide_master):
        title: Any = _first(owner, TITLES)
        anchor = title._element.txBody.find(qn("a:bodyPr")).get("anchor")
        if anchor:
            return bool(anchor == "t")
    return True


def _first(owner: Any, kinds: tuple[Any, ...]) -> Any | None:
    return next(
        (shape for shape in owner.placeholders if shape.placeholder_format.type in kinds), None
    )


def _area(shape: Any) -> Area:
    return Area(shape.left, shape.top, shape.width, shape.height)


def _clone(slide: Any, found: Any) -> Any:
    slide.shapes.clone_placeholder(found)
    return slide.placeholders[found.placeholder_format.idx]


def _typeface(deck: Any) -> str:
    """Return what Chinese is set in: the theme's own East Asian typeface where it names one."""
    part = deck.slide_master.part.part_related_by(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme"
    )
    found = parse_xml(part.blob).find(f".//{qn('a:minorFont')}/{qn('a:ea')}")
    return "+mn-ea" if found is not None and found.get("typeface") else EAST_ASIAN
