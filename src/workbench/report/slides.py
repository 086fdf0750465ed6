"""A report as slides: one HTML file that needs no network, with reveal.js inside it."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any

from markupsafe import Markup

from workbench import text
from workbench.privacy.suppress import threshold
from workbench.record import Block, Written
from workbench.report import changes, columns, figure, numbers, page, prose, sections
from workbench.report.numbers import Number
from workbench.report.provenance import Provenance
from workbench.report.sections import Section
from workbench.text import Language, formats, say

REVEAL = "reveal-6.0.2"
"""reveal.js by Hakim El Hattab, MIT licence; its notice stays in the file."""
SIZES = {26.0: "large", 44.0: "medium", 78.0: "small"}
"""Letters of a headline by its length in ems; what is longer is set smallest."""
TABLE = 816.0
"""Pixels that a table may be wide."""
ROWS = 9
"""Rows of a table that fit on a slide."""
GUTTER = 14.0
"""Pixels between two columns of it."""
LETTERS = (16.0, 15.0, 14.0, 13.0)
"""Letters of a table in pixels, the best first."""
FINDINGS = 14
"""Lines of findings, and of the room between them, that fit on a slide in ordinary letters."""
LINE, LINES = 48.0, 12
"""How long a line of text is, in ems, and how many fit on a slide."""


@dataclass(frozen=True)
class Excerpt:
    """As much of a table as a slide holds; `note` says what was left out."""

    table: Written
    widths: tuple[float, ...]
    size: float
    note: str


@dataclass(frozen=True)
class Slide:
    """One slide about one result."""

    anchor: str
    over: str
    headline: Markup
    size: str
    besides: Markup
    drawing: Markup | None
    excerpt: Excerpt | None
    numbers: list[Number]
    notes: Markup


def render(
    report: page.Report,
    origin: Provenance,
    language: Language,
    title: str,
    changed: Mapping[str, str],
) -> bytes:
    """Return `report` as slides in `language`: one HTML page, the same bytes each time.

    Parameters
    ----------
    report, origin : Report, Provenance
        What is told, and where it comes from; run and time do not enter.
    title : str
        Title of what the report is published in.
    changed : mapping of str to str
        By `<result>.<fact>`, what changed, in `language`.
    """
    with text.spoken(language):
        view = {
            "tongue": {"zh": "zh-CN", "en": "en"}[language],
            "title": report.title(language),
            "over": title if title != report.title(language) else "",
            "audience": report.audience.get(language, ""),
            "question": prose.html(sections.purpose(report.told)[0]),
            "findings": (findings := [*_findings(report, changed)]),
            "dense": sum(each["lines"] for each in findings) > FINDINGS,
            "slides": list(_slides(report, changed)),
            "takeaways": list(_takeaways(report)),
            "methods": _methods(report),
            "rests_on": sections.origin_of(report.name, origin),
        }
        return _page(view, origin, language).encode()


def inert(html: str) -> str:
    """Return the slides' page without its own two scripts, all that it may execute."""
    for script in (_reveal(), _start()):
        html = html.replace(f"<script>{script}</script>", "", 1)
    return html


def _page(view: Mapping[str, Any], origin: Provenance, language: Language) -> str:
    bank, day = origin.bank[language], formats.day(origin.as_of)
    return (
        page.environment()
        .get_template("slides.html")
        .render(
            **view,
            bank=bank,
            day=day,
            snapshot=origin.snapshot,
            demo=origin.demo,
            source=say("slides.source", bank=bank, day=day, snapshot=origin.snapshot),
            css=Markup(_asset("reveal.css") + _template("slides.css")),
            scripts=[Markup(_reveal()), Markup(_start())],
            hashes=" ".join(_hash(script) for script in (_reveal(), _start())),
        )
    )


def _slides(report: page.Report, changed: Mapping[str, str]) -> Iterator[Slide]:
    """Give a slide for every result, in the order of the story."""
    at = 0
    for section in sections.sections(report.told, report.recorded):
        for block in section.blocks:
            at += 1
            if not changes.is_still(block):
                yield _slide(block, section, f"f{at}", changed)


def _slide(block: Block, section: Section, prefix: str, changed: Mapping[str, str]) -> Slide:
    first, rest = sections.split(sections.pieces(block))
    drawing = block.figures.get(text.language())
    label = say("report.figure", title=block.title(), finding=block.finding())
    return Slide(
        anchor=f"result-{block.name.replace('.', '-')}",
        over=block.title(),
        headline=page.emphasised(first),
        size=_size(first),
        besides=page.emphasised(rest),
        drawing=figure.inline(drawing.read_bytes(), prefix, label) if drawing else None,
        excerpt=None if drawing or not block.table.rows else _excerpt(block.table.written()),
        numbers=numbers.leading(block, changed),
        notes=_notes(block, section),
    )


def _size(pieces: Sequence[tuple[str, bool]]) -> str:
    length = columns.ems("".join(part for part, _ in pieces))
    return next((size for most, size in SIZES.items() if length <= most), "smallest")


def _findings(report: page.Report, changed: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give the leading findings, each with what changed in it and the lines that it takes."""
    for block in (each for each in report.leading() if not changes.is_still(each)):
        first, _ = sections.split(sections.pieces(block))
        moved = say("number.joint").join(numbers.changes(block, changed)[: numbers.MOST])
        written = "".join(part for part, _ in first)
        yield {
            "anchor": f"result-{block.name.replace('.', '-')}",
            "headline": page.emphasised(first),
            "changes": moved,
            "lines": 1 + ceil(columns.ems(written) / LINE) + ceil(columns.ems(moved) / LINE),
        }


def _excerpt(written: Written) -> Excerpt:
    """Return the first rows of a table, and as many of its columns as can be read."""
    rows = written.rows[:ROWS]
    table = replace(written, rows=rows, suppressed=written.suppressed[:ROWS])
    while len(table.headings) > 2 and _breadth(table, LETTERS[-1]) > TABLE:
        table = Written(
            table.headings[:-1],
            tuple(row[:-1] for row in table.rows),
            table.numeric[:-1],
            table.suppressed,
        )
    letters = [each for each in LETTERS if _breadth(table, each) <= TABLE] or LETTERS[-1:]
    fitted = columns.fitted(table, TABLE, tuple(letters[:1]), GUTTER)
    whole = len(rows) == len(written.rows) and len(table.headings) == len(written.headings)
    counts = {"shown": len(rows), "rows": len(written.rows), "all": len(written.headings)}
    note = "" if whole else say("slides.excerpt", columns=len(table.headings), **counts)
    return Excerpt(table, fitted.widths, fitted.size, note)


def _breadth(table: Written, letters: float) -> float:
    """Return how wide a table in `letters` of that size is when nothing in it wraps, in pixels."""
    needed = sum(columns.needed(table, at) for at in range(len(table.headings)))
    return needed * letters + GUTTER * len(table.headings)


def _notes(block: Block, section: Section) -> Markup:
    """Return what the speaker may be asked: the whole finding, definitions and intervals."""
    parts = [Markup("<p>{}</p>").format(block.finding()), prose.html(section.markdown)]
    lines = [
        say("slides.rests_on", **{**vars(each), "n": f"{block.facts[name]:n}"})
        for name in block.facts
        if block.named(name) and (each := numbers.number(block, name, {})).interval
    ]
    if any(block.table.suppressed):
        hidden = say("format.suppressed")
        lines.append(say("report.suppressed", hidden=hidden, least=threshold()))
    return Markup().join([*parts, *(Markup("<p>{}</p>").format(line) for line in lines)])


def _takeaways(report: page.Report) -> Iterator[dict[str, Any]]:
    """Give what to do with the results, cut into as many slides as it needs."""
    for section in sections.sections(report.told, report.recorded):
        if section.blocks or not section.markdown:
            continue
        for at, part in enumerate(_cut(section.markdown)):
            heading = section.heading
            shown = say("slides.continued", heading=heading) if at else heading
            yield {"heading": shown, "prose": prose.html(part)}


def _cut(markdown: str) -> Iterator[str]:
    """Give pieces of `markdown`, cut between its lines, that fit on a slide each."""
    piece: list[str] = []
    height = 0
    for line in markdown.splitlines():
        needed = max(1, ceil(columns.ems(line) / LINE))
        if piece and height + needed > LINES:
            yield "\n".join(piece)
            piece, height = [], 0
        piece.append(line)
        height += needed
    if piece:
        yield "\n".join(piece)


def _methods(report: page.Report) -> Markup:
    """Return how the numbers came about, for the notes of the last slide."""
    return Markup().join(prose.html(part.markdown) for part in sections.methods(report.told))


@cache
def _asset(name: str) -> str:
    return (files("workbench.report") / "assets" / REVEAL / name).read_text("utf-8")


@cache
def _template(name: str) -> str:
    return (files("workbench.report") / "templates" / name).read_text("utf-8")


@cache
def _reveal() -> str:
    return _asset("reveal.js").replace("</script", "<\\/script")


@cache
def _start() -> str:
    return _template("slides.js")


def _hash(script: str) -> str:
    """Return what the page's policy calls `script`: no other one is executed."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"
