"""A report as a memo in Word: in Chinese an official document (GB/T 9704), in English a bank's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import text
from workbench.record import Block
from workbench.report import columns, numbers, page, prose, raster, sections, word
from workbench.report.manner import Manner, document, manner
from workbench.report.provenance import Provenance
from workbench.text import Language, formats, say

if TYPE_CHECKING:
    from docx.document import Document

FIGURES = 3
"""How many figures a memo has."""
MARGIN = 3.0
"""Ems beside the words of a cell."""
SIGNED = 2.0
"""Characters by which signature and date stand in from the right, and apart from one another."""


@dataclass
class _Memo:
    """A memo as far as it is written; `part` is the number of its last heading."""

    look: Manner
    document: "Document"
    changed: Mapping[str, str]
    part: int = 0

    def heading(self, words: str) -> None:
        self.part += 1
        word.line(self.document, self.look.numbered(self.part, words), "Heading 1")

    def paragraph(self, pieces: Sequence[tuple[str, bool]], style: str = "Body Text") -> None:
        """Add a paragraph; pieces marked True are bold."""
        added = word.paragraph(self.document, style)
        for words, bold in pieces:
            word.run(added, words, bold=bold)

    def prose(self, markdown: str) -> None:
        """Add paragraphs and lists of `markdown`; lists are numbered."""
        for part in prose.tree(markdown):
            items = part["children"] if part["type"] == "list" else [part]
            for at, item in enumerate(items, 1):
                mark = f"{at}. " if part["type"] == "list" else ""
                self.paragraph([(mark, False), *_runs(item, bold=False)])


def render(
    report: page.Report,
    origin: Provenance,
    language: Language,
    title: str,
    changed: Mapping[str, str],
) -> bytes:
    """Return `report` as a Word document in `language`, the same bytes each time.

    Parameters
    ----------
    report, origin : Report, Provenance
        What is told, and where it comes from; run and time do not enter: a memo has the date of
        its data.
    title : str
        Title of what the report is published in.
    changed : mapping of str to str
        By `<result>.<fact>`, what changed, in `language`.
    """
    with text.spoken(language):
        look = manner(language)
        memo = _Memo(look, document(look), changed)
        own, bank = report.title(language), origin.bank[language]
        if look.is_official:
            _addressed(memo, report, origin)
        else:
            _headed(memo, report, origin, title)
        _body(memo, report, origin)
        if look.is_official:
            _signed(memo, bank, formats.day(origin.as_of))
        return word.saved(memo.document, own, bank, origin.as_of, look.alternatives)


def _addressed(memo: _Memo, report: page.Report, origin: Provenance) -> None:
    """Begin an official document: title, whom it is for, what it rests on."""
    made = memo.document
    word.line(made, say("memo.subject", title=report.title("zh")), "Title")
    made.add_paragraph()
    if audience := report.audience.get("zh"):
        word.line(made, say("memo.addressed", audience=audience))
    memo.paragraph([(say("memo.opening", day=formats.day(origin.as_of)), False)])
    if origin.demo:
        memo.paragraph([(say("report.demo"), False)])


def _headed(memo: _Memo, report: page.Report, origin: Provenance, title: str) -> None:
    """Begin a memorandum: To, From, Date and Subject."""
    from docx.shared import Mm

    word.line(memo.document, say("memo.kind"), "Title")
    own, language = report.title(text.language()), text.language()
    heads = {
        "memo.to": report.audience.get(language, ""),
        "memo.from": origin.bank[language],
        "memo.date": formats.day(origin.as_of),
        "memo.about": own if own == title else f"{own} ({title})",
    }
    for key, value in heads.items():
        if value:
            line = memo.document.add_paragraph()
            line.paragraph_format.tab_stops.add_tab_stop(Mm(25))
            line.paragraph_format.left_indent = Mm(25)
            line.paragraph_format.first_line_indent = Mm(-25)
            word.run(line, say(key), bold=True)
            word.run(line, f"\t{value}")
    word.ruled(line)
    if origin.demo:
        memo.paragraph([(say("report.demo"), False)])


def _body(memo: _Memo, report: page.Report, origin: Provenance) -> None:
    blocks = {block.name: block for block in report.recorded.blocks}
    leading = report.leading()
    others = [blocks[name] for name in report.findings() if blocks[name] not in leading]
    memo.heading(say("memo.purpose"))
    memo.prose("\n\n".join(sections.purpose(report.told)))
    _findings(memo, leading, others)
    _numbers(memo, leading)
    _figures(memo, [*leading, *others])
    for section in sections.sections(report.told, report.recorded):
        if section.markdown and not section.blocks:
            memo.heading(section.heading)
            memo.prose(section.markdown)
    memo.heading(say("memo.method"))
    for method in sections.methods(report.told):
        memo.prose(method.markdown)
    memo.paragraph([(_rests_on(origin), False)])


def _findings(memo: _Memo, leading: Sequence[Block], others: Sequence[Block]) -> None:
    """Write the leading findings under headings of their own, the others as numbered points."""
    memo.heading(say("memo.findings"))
    for at, block in enumerate(leading, 1):
        heading = memo.look.subordinate(memo.part, at, block.title())
        word.line(memo.document, heading, "Heading 2")
        memo.paragraph([*sections.pieces(block), *_changes(memo, block)])
    if others:
        memo.heading(say("memo.others"))
    for at, block in enumerate(others, 1):
        before = [(f"{at}. ", False), (say("memo.point", title=block.title()), True)]
        memo.paragraph([*before, *sections.pieces(block), *_changes(memo, block)])


def _changes(memo: _Memo, block: Block) -> list[tuple[str, bool]]:
    """Return what changed, as sentences that follow a finding."""
    space = "" if memo.look.is_official else " "
    changes = numbers.changes(block, memo.changed)[: numbers.MOST]
    return [(space + say("memo.changed", change=change), False) for change in changes]


def _numbers(memo: _Memo, blocks: Sequence[Block]) -> None:
    """Write the numbers that stand for the leading results as a table."""
    from docx.shared import Pt

    found = [each for block in blocks for each in numbers.leading(block, memo.changed)]
    if not found:
        return
    memo.heading(say("memo.numbers"))
    rows = [(each.label, each.value, each.ends, each.change) for each in found]
    kept = [at for at in range(4) if any(row[at] for row in rows)]
    names = [say(f"memo.{name}") for name in ("number", "value", "interval", "change")]
    table = [[row[at] or formats.MISSING for at in kept] for row in [names, *rows]]
    section = memo.document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin  # type: ignore[operator]
    needs = [
        columns.BOLD * max(columns.ems(row[at]) for row in table) + MARGIN
        for at in range(len(kept))
    ]
    widths = [Pt(each) for each in columns.shared(needs, room / Pt(1))]
    word.table(memo.document, table, say("memo.numbers"), widths)


def _figures(memo: _Memo, blocks: Sequence[Block]) -> None:
    """Show the figures of the first results that have one."""
    from docx.shared import Mm

    language = text.language()
    drawn = [block for block in blocks if language in block.figures][:FIGURES]
    if drawn:
        memo.heading(say("memo.figures"))
    for at, block in enumerate(drawn, 1):
        title = block.title()
        described = say("report.figure", title=title, finding=block.finding())
        place = word.paragraph(memo.document, "Figure")
        png = raster.png(block.figures[language].read_bytes())
        word.picture(place, png, Mm(memo.look.figure), described)
        caption = say("memo.figure", at=at, title=title)
        word.line(memo.document, caption, "Caption")


def _signed(memo: _Memo, bank: str, day: str) -> None:
    """Sign: two characters from the right; the date begins two characters after the name.

    Where the date is longer than the name, the date stands two characters from the right and the
    name moves.
    """
    name_long, day_long = columns.ems(bank), columns.ems(day)
    name_in, day_in = SIGNED, name_long - day_long
    if day_in < 0:
        name_in, day_in = SIGNED + day_long + SIGNED - name_long, SIGNED
    memo.document.add_paragraph()
    for words, characters in ((bank, name_in), (day, day_in)):
        word.right(word.line(memo.document, words), characters)


def _rests_on(origin: Provenance) -> str:
    return say("memo.rests_on", snapshot=origin.snapshot, version=origin.code.version)


def _runs(part: Mapping[str, Any], *, bold: bool) -> list[tuple[str, bool]]:
    """Return the words of a part of markdown, True where they are bold."""
    kind = part["type"]
    if kind in ("softbreak", "linebreak"):
        return [("" if text.language() == "zh" else " ", bold)]
    if "children" in part:
        below = bold or kind == "strong"
        return [run for child in part["children"] for run in _runs(child, bold=below)]
    return [(part.get("raw", ""), bold)]
