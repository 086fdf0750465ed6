"""The management deck: one finding a slide, as PowerPoint, from the record alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from pptx.enum.dml import MSO_THEME_COLOR as COLOUR
from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.util import Inches, Pt

from workbench import text
from workbench.record import Block
from workbench.report import (
    deck_chart,
    deck_layout,
    deck_table,
    deck_text,
    fit,
    headline,
    office,
    plain,
    raster,
    story,
)
from workbench.report.deck_layout import Area, Layout, Template
from workbench.report.deck_text import Line, box, emu, points
from workbench.report.headline import Number
from workbench.report.page import Report
from workbench.report.provenance import Provenance
from workbench.text import Language, formats, say

TITLES = (24.0, 22.0, 20.0, 18.0)
BODY = (15.0, 14.0, 13.0, 12.0, 11.0)
VALUES = (30.0, 26.0, 22.0, 18.0)
LABEL, ASIDE = 13.0, 12.0
LIST = (20.0, 18.0, 16.0, 14.0, 12.0)
TAIL = 0.8
"""Size of what follows an entry of a list, as a part of the entry's own."""
INSET = 15
"""Points by which the text of a placeholder may stand off its edges."""
MOST_LINES = 4
"""Lines that what follows a headline may take; the notes hold all of it."""
CARDS = 0.27
"""Part of the width that numbers take beside a figure."""
GAP = Inches(0.3)
STRIP = Inches(1.12)
"""Height of the numbers when they stand above a table."""
CHANGES = 9
"""So many changes are listed on one slide."""


@dataclass(frozen=True)
class Deck:
    """What all slides of one deck share."""

    report: Report
    origin: Provenance
    changed: Mapping[str, str]
    template: Template

    def source(self, result: str = "") -> str:
        """Return where a slide's numbers come from."""
        origin = self.origin
        said = say(
            "deck.source" if result else "deck.source_only",
            bank=origin.bank[text.language()],
            snapshot=origin.snapshot,
            day=formats.day(origin.as_of),
            result=result,
        )
        return f"{said} · {say('deck.demo')}" if origin.demo else said


def render(  # noqa: PLR0913 - the signature of all formats, and what a deck has besides
    report: Report,
    origin: Provenance,
    language: Language,
    title: str,
    changed: Mapping[str, str],
    *,
    template: Path | None = None,
    audience: str | None = None,
) -> bytes:
    """Return the deck of `report` in `language` as a PowerPoint file: equal for an equal record.

    Parameters
    ----------
    report : Report
        The notebook's story and record.
    origin : Provenance
        Bank, snapshot and date.
    language : str
        Language of the deck.
    title : str
        Title of the pack.
    changed : mapping of str to str
        `<result>.<fact>` → how it changed, in `language`; may be empty.
    template : Path or None
        The bank's own template; the workbench's when None.
    audience : str or None
        Whom the deck is for, on the cover.

    Raises
    ------
    ParameterError
        The template cannot be read or lacks a layout.
    """
    with text.spoken(language):
        deck = Deck(report, origin, changed, deck_layout.opened(template))
        _cover(deck, title, audience)
        _changes(deck)
        _findings(deck)
        for block, said in zip(report.recorded.blocks, _titles(report), strict=True):
            _result(deck, block, *said)
        _takeaways(deck)
        return _written(deck, title)


def _titles(report: Report) -> Iterator[tuple[str, str]]:
    """Give the headline of every result and what follows it; no two headlines are equal."""
    seen: set[str] = set()
    for block in report.recorded.blocks:
        said, rest = headline.headline(block)
        if said in seen:
            said = say("deck.twice", headline=said, title=block.title())
        seen.add(said)
        yield said, rest


def _cover(deck: Deck, title: str, audience: str | None) -> None:
    report, origin, template = deck.report, deck.origin, deck.template
    slide = template.slide(template.cover, report.title(text.language()))
    lines = [
        title,
        origin.bank[text.language()],
        say("deck.as_of", day=formats.day(origin.as_of)),
        say("deck.audience", audience=audience) if audience else "",
        say("report.demo") if origin.demo else "",
    ]
    frame = deck_layout.placeholder(slide, (KIND.SUBTITLE,)).text_frame
    for at, line in enumerate(filter(None, lines)):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_before = Pt(4)
        paragraph.add_run().text = line
    told = report.told
    methods = [told.said(part, "method", text.language()) for part in told.parts()]
    _notes(slide, [each.text for method in methods if method for each in plain.paragraphs(method)])


def _changes(deck: Deck) -> None:
    """List what changed, the leading results first."""
    blocks = {block.name: block for block in deck.report.recorded.blocks}
    lines = [
        say("deck.number", label=blocks[name].label(fact), value=deck.changed[full])
        for name in deck.report.findings()
        for fact in blocks[name].facts
        if (full := f"{name}.{fact}") in deck.changed
    ]
    if lines:
        _list(deck, say("deck.changed"), [(line, "") for line in lines[:CHANGES]], lines)


def _findings(deck: Deck) -> None:
    leading = deck.report.leading()
    if len(deck.report.recorded.blocks) > 1:
        entries = [headline.headline(block) for block in leading]
        _list(deck, say("report.findings"), entries, [block.finding() for block in leading])


def _takeaways(deck: Deck) -> None:
    told, language = deck.report.told, text.language()
    written = told.said(story.TAKEAWAYS, "narrative", language)
    if written:
        title = told.said(story.TAKEAWAYS, "heading", language) or say("deck.takeaways")
        lines = [each.text for each in plain.paragraphs(written)]
        _list(deck, title, [(line, "") for line in lines], lines)


def _list(deck: Deck, title: str, entries: Sequence[tuple[str, str]], notes: Sequence[str]) -> None:
    """Make a slide that lists `entries`, each with what follows it, as large as there is room."""
    template = deck.template
    slide = template.slide(template.listed, title)
    body = deck_layout.placeholder(slide, deck_layout.BODIES)
    room, high = points(body.width) - 40, points(body.height)
    size = next((each for each in LIST if _height(entries, each, room) <= high), LIST[-1])
    led, frame = any(rest for _, rest in entries), body.text_frame
    for at, (said, rest) in enumerate(entries):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.6)
        run = paragraph.add_run()
        run.text, run.font.size = said, Pt(size)
        run.font.bold = led
        if rest:
            paragraph.add_line_break()
            run = paragraph.add_run()
            run.text, run.font.size = rest, Pt(size * TAIL)
            run.font.color.theme_color = COLOUR.TEXT_2
    _end(deck, slide, template.listed, deck.source())
    _notes(slide, notes)


def _height(entries: Sequence[tuple[str, str]], size: float, room: float) -> float:
    return sum(
        fit.height(said, size, room / (fit.BOLD if rest else 1))
        + (fit.height(rest, size * TAIL, room) if rest else 0)
        + size * 0.6
        for said, rest in entries
    )


def _result(deck: Deck, block: Block, said: str, rest: str) -> None:
    """Make the slide of one result: finding, what follows it, figure, numbers, source."""
    template = deck.template
    layout = template.free
    place = layout.title
    wide, high = (points(place.width) - INSET) / fit.BOLD, points(place.height)
    said, size, whole = _title(said, (wide, high))
    rest = rest if whole else block.finding()
    slide = template.slide(layout, said)
    slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size = Pt(size)
    area = layout.room
    if layout.hangs:
        saved = emu(max(high - fit.height(said, size, wide) - INSET, 0))
        deck_layout.place(slide.shapes.title, replace(place, height=place.height - saved))
        area = area.below(-saved)
    if rest:
        area = area.below(_follow(slide, area, rest))
    area = area.below(Inches(0.12))
    numbers = headline.numbers(block, deck.changed)
    if text.language() in block.figures:
        aside = round(area.width * CARDS) if numbers else 0
        shown = Area(area.left, area.top, area.width - aside - bool(aside) * GAP, area.height)
        _figure(slide, shown, block)
        column = Area(area.left + area.width - aside, area.top, aside, area.height)
        _cards(slide, column, numbers, upright=True)
    else:
        _cards(slide, area, numbers, upright=False)
        _table(slide, area.below(STRIP + GAP // 2) if numbers else area, block)
    _end(deck, slide, layout, deck.source(block.name))
    _notes(slide, list(_definitions(deck, block)))


def _title(said: str, place: tuple[float, float]) -> tuple[str, float, bool]:
    """Return a title that fits into `place`, its size, and whether it is all of `said`."""
    if size := fit.size(said, place, TITLES[:2]):
        return said, size, True
    before, after = headline.shortened(said)
    if after and (size := fit.size(before, place, TITLES[:3])):
        return before, size, False
    if size := fit.size(said, place, TITLES):
        return said, size, True
    return fit.cut(said, TITLES[-1], place), TITLES[-1], False


def _follow(slide: Any, area: Area, rest: str) -> int:
    """Write what follows the headline below it and return the height it takes."""
    room = points(area.width)
    fitting = [each for each in BODY if fit.lines(rest, each, room) <= MOST_LINES]
    size = fitting[0] if fitting else BODY[-1]
    said = fit.cut(rest, size, (room, MOST_LINES * size * fit.LINE + 1))
    height = emu(fit.height(said, size, room) + 4)
    place = Area(area.left, area.top, area.width, height)
    box(slide, place, [Line(said, size, colour=COLOUR.TEXT_2)], name="finding")
    return height


def _figure(slide: Any, area: Area, block: Block) -> None:
    """Draw the figure: natively when it is a chart, else as a picture."""
    language = text.language()
    chart = block.charts.get(language)
    if chart:
        shape = deck_chart.draw(slide, area, chart)
    else:
        picture = BytesIO(raster.png(block.figures[language].read_bytes()))
        shape = slide.shapes.add_picture(picture, area.left, area.top)
        scale = min(area.width / shape.width, area.height / shape.height)
        wide, high = round(shape.width * scale), round(shape.height * scale)
        top = area.top + (area.height - high) // 2
        deck_layout.place(shape, Area(area.left, top, wide, high))
    shape.name = "figure"
    said = say("report.figure", title=block.title(), finding=block.finding())
    deck_text.describe(shape, block.title(), said)


def _table(slide: Any, area: Area, block: Block) -> None:
    if not block.table.rows:
        return
    table = block.table.written()
    line = ASIDE * fit.LINE + 4
    shown = deck_table.fitted(table, Area(area.left, area.top, area.width, area.height - emu(line)))
    shape = deck_table.draw(slide, area, table, shown)
    shape.name = "table"
    said = say("deck.table", title=block.title(), finding=block.finding())
    deck_text.describe(shape, block.title(), said)
    if shown.rest:
        under = Area(area.left, area.top + shape.height + emu(3), area.width, emu(line))
        box(slide, under, [Line(shown.rest, ASIDE, colour=COLOUR.TEXT_2)], name="rest")


def _cards(slide: Any, area: Area, numbers: Sequence[Number], *, upright: bool) -> None:
    """Set the numbers one below the other in `area`, or beside each other at its top."""
    count = len(numbers)
    for at, number in enumerate(numbers):
        if upright:
            high = min((area.height - GAP // 2 * (count - 1)) // count, Inches(1.5))
            top = area.top + at * (high + GAP // 2)
            place = Area(area.left, top, area.width, high)
        else:
            wide = (area.width - GAP * (count - 1)) // count
            place = Area(area.left + at * (wide + GAP), area.top, wide, STRIP)
        shape = box(slide, place, list(_card(number, place)), name=number.fact, inset=10)
        shape.fill.solid()
        shape.fill.fore_color.theme_color = COLOUR.BACKGROUND_2


def _card(number: Number, place: Area) -> Iterator[Line]:
    room, high = points(place.width) - 20, points(place.height) - 12
    asides = [part for part in (number.interval, number.change) if part]
    used = sum(fit.height(part, ASIDE, room) for part in asides)
    used += fit.height(number.label, LABEL, room)
    size = fit.size(number.value, (room, max(high - used, 0)), VALUES) or VALUES[-1]
    yield Line(number.label, LABEL, colour=COLOUR.TEXT_2)
    yield Line(number.value, size, bold=True, colour=COLOUR.ACCENT_1)
    for part in asides:
        yield Line(part, ASIDE)


def _definitions(deck: Deck, block: Block) -> Iterator[str]:
    """Give what the speaker may be asked: the finding, its numbers, intervals and method."""
    yield say("deck.notes.finding")
    yield block.finding()
    numbers = [headline.number(block, name, deck.changed) for name in block.facts]
    yield say("deck.notes.numbers")
    yield from (number.said for number in numbers)
    covered = {f"{fact:confidence}" for fact in block.facts.values() if fact.low is not None}
    for confidence in sorted(covered):
        yield say("deck.notes.interval", confidence=confidence)
    if any(number.n for number in numbers):
        yield say("deck.notes.n")
    told = deck.report.told
    part = next(each for each in told.parts() if block.name in told.results(each))
    narrative = told.said(part, "narrative", text.language())
    if narrative:
        yield say("deck.notes.method")
        yield from (each.text for each in plain.paragraphs(narrative))


def _end(deck: Deck, slide: Any, layout: Layout, source: str) -> None:
    deck_layout.footer(slide, layout, source).name = "source"
    deck_layout.page_number(slide, layout, len(deck.template.deck.slides))


def _notes(slide: Any, lines: Sequence[str]) -> None:
    slide.notes_slide.notes_text_frame.text = "\n".join(lines)


def _written(deck: Deck, title: str) -> bytes:
    """Return the file, every run in the template's typefaces, with the dates of the data."""
    presentation, origin = deck.template.deck, deck.origin
    for slide in presentation.slides:
        deck_text.typeface(slide._element, deck.template.typeface)
        deck_text.typeface(slide.notes_slide._element, deck.template.typeface)
        for shape in slide.shapes:
            if shape.has_chart:
                deck_text.typeface(shape.chart._chartSpace, deck.template.typeface)
    made = datetime.combine(origin.as_of, time())
    properties = presentation.core_properties
    properties.title = f"{deck.report.title(text.language())} · {title}"
    properties.author = properties.last_modified_by = origin.bank[text.language()]
    properties.created = properties.modified = made
    properties.revision = 1
    properties.subject = deck.source()
    properties.language = deck_text.TONGUES[text.language()]
    written = BytesIO()
    presentation.save(written)
    return office.settled(written.getvalue(), origin.as_of)
