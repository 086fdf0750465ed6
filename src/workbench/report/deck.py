"""The management deck: one finding a slide, as PowerPoint, from the record alone."""

from collections.abc import Mapping
from datetime import datetime, time
from io import BytesIO
from itertools import chain
from pathlib import Path

from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.util import Pt

from workbench import text
from workbench.report import (
    changes,
    deck_layout,
    deck_slides,
    deck_text,
    headline,
    numbers,
    office,
    plain,
    story,
)
from workbench.report.deck_slides import Deck
from workbench.report.page import Report
from workbench.report.provenance import Provenance
from workbench.text import Language, formats, say

COVER = (18.0, 16.0, 14.0, 12.0)
"""Sizes of what stands below the cover's title, the first that fits."""


def render(
    report: Report,
    origin: Provenance,
    language: Language,
    title: str,
    changed: Mapping[str, str],
    *,
    template: Path | None = None,
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

    Raises
    ------
    ParameterError
        The template cannot be read or lacks a layout.
    """
    with text.spoken(language):
        deck = Deck(report, origin, changed, deck_layout.opened(template))
        _cover(deck, title)
        _changes(deck)
        _findings(deck)
        for block, headed in zip(report.recorded.blocks, deck_slides.titles(deck), strict=True):
            if not changes.is_still(block):
                deck_slides.result(deck, block, headed)
        _takeaways(deck)
        return _written(deck, title)


def _cover(deck: Deck, title: str) -> None:
    report, origin, template = deck.report, deck.origin, deck.template
    audience = report.audience.get(text.language())
    slide = template.slide(template.cover, report.title(text.language()))
    lines = [
        title,
        origin.bank[text.language()],
        say("deck.as_of", day=formats.day(origin.as_of)),
        say("deck.audience", audience=audience) if audience else "",
        say("report.demo") if origin.demo else "",
    ]
    place = deck_layout.placeholder(slide, (KIND.SUBTITLE,))
    said = list(filter(None, lines))
    size = deck_slides.largest([(line, "") for line in said], place, COVER)
    for at, line in enumerate(said):
        frame = place.text_frame
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_before = Pt(4)
        run = paragraph.add_run()
        run.text, run.font.size = line, Pt(size)
    told = report.told
    methods = [told.said(part, "method", text.language()) for part in told.parts()]
    spoken = [each.text for method in methods for each in plain.paragraphs(method)]
    deck_slides.notes(slide, spoken)


def _changes(deck: Deck) -> None:
    """List what changed, the leading results first, below what is said of the changes judged."""
    blocks = {block.name: block for block in deck.report.recorded.blocks}
    found = [numbers.changes(blocks[name], deck.changed) for name in deck.report.findings()]
    lines = list(dict.fromkeys(chain.from_iterable(found)))
    moved = blocks.get(changes.MOVED)
    # What moved has a slide of its own, under its own title, unless nothing did.
    title = (
        headline.headline(moved)[0] if moved and changes.is_still(moved) else say("deck.changed")
    )
    if lines or moved:
        still = [] if lines else [say("deck.unchanged")]
        deck_slides.listed(deck, title, [(line, "") for line in [*lines, *still]])


def _findings(deck: Deck) -> None:
    leading = deck.report.leading()
    if len(deck.report.recorded.blocks) > 1:
        entries = [headline.headline(block) for block in leading]
        deck_slides.listed(deck, say("report.findings"), entries)


def _takeaways(deck: Deck) -> None:
    told, language = deck.report.told, text.language()
    written = told.said(story.TAKEAWAYS, "narrative", language)
    if written:
        title = told.said(story.TAKEAWAYS, "heading", language) or say("deck.takeaways")
        lines = [each.text for each in plain.paragraphs(written)]
        deck_slides.listed(deck, title, [(line, "") for line in lines])


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
