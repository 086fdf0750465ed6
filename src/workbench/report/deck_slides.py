"""Slides of a deck: a list of sentences, or one result with its figure and three numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from pptx.enum.dml import MSO_THEME_COLOR as COLOUR
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
    numbers,
    plain,
    raster,
)
from workbench.report.deck_layout import Area, Layout, Template
from workbench.report.deck_text import Line, box, emu, points
from workbench.report.numbers import Number
from workbench.report.page import Report
from workbench.report.provenance import Provenance
from workbench.text import formats, say

TITLES = (24.0, 22.0, 20.0, 18.0)
BODY = (15.0, 14.0, 13.0, 12.0, 11.0)
VALUES = (30.0, 26.0, 22.0, 18.0)
SPARE = 1.15
"""What a number may be wider than estimated: another typeface in its place must not break it."""
WIDER = {"zh": 1.05, "en": 1.12}
"""The same of bold sentences: Chinese is as wide in every typeface, Latin letters are not."""
LABEL, ASIDE = 13.0, 12.0
LIST = (20.0, 18.0, 16.0, 14.0, 12.0)
MOST_ENTRIES = 9
MOST_SOURCES = 2
"""Results that a footer names; of more, their notebooks. The notes name them all."""
TAIL = 0.8
"""Size of what follows an entry of a list, as a part of the entry's own."""
MOST_LINES = 4
"""Lines that what follows a headline may take; the notes hold all of it."""
CARDS = 0.27
"""Part of the width that numbers take beside a figure."""
GAP = Inches(0.3)
STRIP, LOW = Inches(1.12), Inches(0.86)
"""Height of the numbers when they stand above a table; and of numbers with nothing beside them."""


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


@dataclass(frozen=True)
class Title:
    """A slide's title, its size and height in points, and what follows it."""

    said: str
    size: float
    height: float
    rest: str


def titles(deck: Deck) -> Iterator[Title]:
    """Give the title of every result as it fits into its place; no two are equal."""
    place = deck.template.free.title
    wide = points(place.width) - deck_layout.INSET
    room = wide / (fit.BOLD * WIDER[text.language()]), points(place.height)
    seen: set[str] = set()
    for block in deck.report.recorded.blocks:
        said, rest = headline.headline(block)
        found = _title(block, said, rest, room)
        if found.said in seen:
            said = say("deck.twice", headline=found.said, title=block.title())
            found = _title(block, said, block.finding(), room)
        seen.add(found.said)
        yield found


def _title(block: Block, said: str, rest: str, room: tuple[float, float]) -> Title:
    """Fit a headline into a title: in smaller letters, cut at a clause, or cut anywhere."""

    def at(words: str, size: float, follows: str) -> Title:
        return Title(words, size, fit.height(words, size, room[0]), follows)

    if size := fit.size(said, room, TITLES[:2]):
        return at(said, size, rest)
    before, after = headline.shortened(said)
    if after and (size := fit.size(before, room, TITLES[:3])):
        # A short form leaves the whole finding to follow; a sentence, only what was cut from it.
        whole = rest == block.finding()
        return at(before, size, rest if whole else _joined(after, rest))
    if size := fit.size(said, room, TITLES):
        return at(said, size, rest)
    return at(fit.cut(said, TITLES[-1], room), TITLES[-1], block.finding())


def _joined(after: str, rest: str) -> str:
    """Return what was cut from a title as a sentence, and what follows it."""
    sentence = after[:1].upper() + after[1:]
    stop, space = ("。", "") if text.language() == "zh" else (".", " ")
    return f"{sentence}{stop}{space}{rest}".strip()


def listed(deck: Deck, title: str, entries: Sequence[tuple[str, str]]) -> None:
    """List `entries`, each with what follows it, as large as there is room; the notes hold all."""
    template, shown = deck.template, entries[:MOST_ENTRIES]
    slide = template.slide(template.listed, title)
    body = deck_layout.placeholder(slide, deck_layout.BODIES)
    size = largest(shown, body, LIST)
    led, frame = any(rest for _, rest in shown), body.text_frame
    for at, (said, rest) in enumerate(shown):
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
    notes(slide, [part for entry in entries for part in entry if part])


def largest(entries: Sequence[tuple[str, str]], body: Any, sizes: Sequence[float]) -> float:
    """Return the first of `sizes` at which `entries` fit into the placeholder `body`."""
    room, high = points(body.width) - 40, points(body.height)
    return next((size for size in sizes if _height(entries, size, room) <= high), sizes[-1])


def _height(entries: Sequence[tuple[str, str]], size: float, room: float) -> float:
    return sum(
        fit.height(said, size, room / (fit.BOLD * WIDER[text.language()] if rest else 1))
        + (fit.height(rest, size * TAIL, room) if rest else 0)
        + size * 0.6
        for said, rest in entries
    )


def result(deck: Deck, block: Block, title: Title) -> None:
    """Make the slide of one result: finding, what follows it, figure, numbers, source."""
    layout = deck.template.free
    slide = deck.template.slide(layout, title.said)
    slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size = Pt(title.size)
    area, place = layout.room, layout.title
    if layout.hangs:
        saved = emu(max(points(place.height) - title.height - deck_layout.INSET, 0))
        deck_layout.place(slide.shapes.title, replace(place, height=place.height - saved))
        area = area.below(-saved)
    if title.rest:
        area = area.below(_follow(slide, area, title.rest))
    area = area.below(Inches(0.12))
    found = numbers.leading(block, deck.changed)
    if text.language() in block.figures:
        aside = round(area.width * CARDS) if found else 0
        shown = Area(area.left, area.top, area.width - aside - bool(aside) * GAP, area.height)
        _figure(slide, shown, block)
        column = Area(area.left + area.width - aside, area.top, aside, area.height)
        _cards(slide, column, found, upright=True)
    else:
        # One number over a table is in the title already, and takes a sixth of the slide.
        found = found if len(found) > 1 else []
        _cards(slide, area, found, upright=False)
        _table(slide, area.below(_strip(found) + GAP // 2) if found else area, block)
    _end(deck, slide, layout, deck.source(_source(block)))
    notes(slide, list(_definitions(deck, block)))


def _source(block: Block) -> str:
    """Return the result, or those of other notebooks that a page takes its numbers from."""
    parts = [source.partition("@") for source in block.sources.values()]
    taken = list(dict.fromkeys(fact.rpartition(".")[0] + at + day for fact, at, day in parts))
    if len(taken) > MOST_SOURCES:
        taken = list(dict.fromkeys(fact.partition(":")[0] + at + day for fact, at, day in parts))
    elif len({each.partition(":")[0] for each in taken}) == 1:
        taken[1:] = [each.partition(":")[2] for each in taken[1:]]
    return say("format.joint").join(taken) or block.name


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


def _cards(slide: Any, area: Area, found: Sequence[Number], *, upright: bool) -> None:
    """Set the numbers one below the other in `area`, or beside each other at its top."""
    count = len(found)
    for at, number in enumerate(found):
        if upright:
            high = min((area.height - GAP // 2 * (count - 1)) // count, Inches(1.5))
            top = area.top + at * (high + GAP // 2)
            place = Area(area.left, top, area.width, high)
        else:
            wide = (area.width - GAP * (count - 1)) // count
            place = Area(area.left + at * (wide + GAP), area.top, wide, _strip(found))
        shape = box(slide, place, list(_card(number, place)), name=number.fact, inset=10)
        shape.fill.solid()
        shape.fill.fore_color.theme_color = COLOUR.BACKGROUND_2


def _strip(found: Sequence[Number]) -> Inches:
    """Return the height of numbers beside each other above a table."""
    return STRIP if any(number.interval or number.change for number in found) else LOW


def _card(number: Number, place: Area) -> Iterator[Line]:
    room, high = points(place.width) - 20, points(place.height) - 12
    asides = [part for part in (number.interval, number.change) if part]
    used = sum(fit.height(part, ASIDE, room) for part in asides)
    used += fit.height(number.label, LABEL, room)
    wide = {each: SPARE * fit.width(number.value, each, bold=True) for each in VALUES}
    flat = [each for each in VALUES if wide[each] <= room]
    size = fit.size(number.value, (room, max(high - used, 0)), flat or VALUES) or VALUES[-1]
    yield Line(number.label, LABEL, colour=COLOUR.TEXT_2)
    yield Line(number.value, size, bold=True, colour=COLOUR.ACCENT_1)
    for part in asides:
        yield Line(part, ASIDE)


def _definitions(deck: Deck, block: Block) -> Iterator[str]:
    """Give what the speaker may be asked: the finding, its numbers, intervals and method."""
    yield say("deck.notes.finding")
    yield block.finding()
    every = [numbers.number(block, name, deck.changed) for name in block.facts]
    yield say("deck.notes.numbers")
    for number in every:
        taken = block.sources.get(number.fact.rpartition(".")[2])
        yield f"{number.said} [{taken}]" if taken else number.said
    covered = {f"{fact:confidence}" for fact in block.facts.values() if fact.low is not None}
    for confidence in sorted(covered):
        yield say("deck.notes.interval", confidence=confidence)
    if any(number.n for number in every):
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


def notes(slide: Any, lines: Sequence[str]) -> None:
    """Write the speaker's notes, one paragraph a line."""
    slide.notes_slide.notes_text_frame.text = "\n".join(lines)
