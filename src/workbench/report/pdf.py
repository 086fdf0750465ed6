"""A report as a PDF: typst sets it from the record; equal snapshots give equal bytes."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import text
from workbench.privacy.suppress import threshold
from workbench.record import Block, Written
from workbench.report import columns, numbers, page, prose, sections
from workbench.report.provenance import Provenance
from workbench.report.sections import Section
from workbench.style import fonts
from workbench.text import Language, formats, say

if TYPE_CHECKING:
    from typst import Fonts, PDFStandard

STANDARDS: "list[PDFStandard]" = ["a-2a", "ua-1"]
"""PDF/A-2a, to be kept for long, and PDF/UA-1, for those who cannot see; both are tagged."""
UNDISPLAYED = "could not be displayed"
"""What typst says of a character that the font does not have."""
MARK = "〓"
"""What printers put where a character is missing."""
LANGUAGES = {"zh": ("zh", "cn"), "en": ("en", "gb")}
WIDTH = 470.0
"""Points between the margins of an A4 page."""
SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
"""Letters of tables in points, the best first."""


def render(
    report: page.Report,
    origin: Provenance,
    language: Language,
    title: str,
    changed: Mapping[str, str],
) -> bytes:
    """Return `report` as a PDF in `language`.

    Run and time do not enter, and the document has the date of the data.

    Parameters
    ----------
    report, origin : Report, Provenance
        What is told, and where it comes from.
    title : str
        Title of what the report is published in.
    changed : mapping of str to str
        By `<result>.<fact>`, what changed, in `language`.
    """
    import typst

    with text.spoken(language):
        content = {
            **_about(report, origin, title),
            **_body(report, changed),
            "origin": sections.origin_of(report.name, origin),
            "parameters": _parameters(report),
            "missing": "",
        }
        try:
            return _compiled(content)
        except typst.TypstError as error:
            if UNDISPLAYED not in str(error):
                raise
            return _compiled(_displayed({**content, "missing": say("pdf.missing", mark=MARK)}))


def _compiled(content: Mapping[str, Any]) -> bytes:
    import typst

    return typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"report": json.dumps(content, ensure_ascii=False)},
        font_paths=fonts_of(fonts.files()[0])[0],
        ignore_system_fonts=True,
        pdf_standards=STANDARDS,
    )


def _displayed(content: Any) -> Any:
    """Return `content` with a mark for every character that the font does not have.

    A PDF that is to be kept must show all it says. Drawings have no text, only outlines.
    """
    from matplotlib.ft2font import FT2Font

    known = FT2Font(str(fonts.files()[0])).get_charmap()

    def shown(part: Any) -> Any:
        if isinstance(part, str):
            return "".join(each if ord(each) in known or each in "\n\t" else MARK for each in part)
        if isinstance(part, Mapping):
            return {key: each if key == "drawing" else shown(each) for key, each in part.items()}
        return [shown(each) for each in part] if isinstance(part, (list, tuple)) else part

    return shown(content)


def _about(report: page.Report, origin: Provenance, title: str) -> dict[str, Any]:
    language = text.language()
    own, bank, day = report.title(language), origin.bank[language], formats.day(origin.as_of)
    lang, region = LANGUAGES[language]
    cover = {
        "report.as_of": day,
        "report.snapshot": origin.snapshot,
        "report.audience": report.audience.get(language, ""),
    }
    demo = say("pdf.demo") if origin.demo else ""
    return {
        "lang": lang,
        "region": region,
        "font": fonts_of(fonts.files()[0])[1],
        "date": [origin.as_of.year, origin.as_of.month, origin.as_of.day],
        "title": own,
        "over": title if title != own else "",
        "bank": bank,
        "as_of": f"{say('report.as_of')} {day}",
        "cover": [(say(key), value) for key, value in cover.items() if value],
        "demo": say("report.demo") if origin.demo else "",
        "foot": "   ".join(filter(None, (f"{say('report.snapshot')} {origin.snapshot}", demo))),
        "words": _words(),
    }


def _words() -> dict[str, str]:
    """Return the labels of the template; the page numbers in them are put in by typst."""
    names = ("contents", "findings", "method", "provenance")
    return {
        **{name: say(f"report.{name}") for name in names},
        **{name: say(f"pdf.{name}") for name in ("figure", "table", "tables")},
        "page": say("pdf.page", page="{page}", pages="{pages}"),
        "at_page": say("pdf.at_page", page="{page}"),
    }


def _body(report: page.Report, changed: Mapping[str, str]) -> dict[str, Any]:
    told, blocks = report.told, report.recorded.blocks
    leading = {block.name for block in report.leading()}
    shown = {block.name: _shown(block, changed) for block in blocks}
    long = [block for block in blocks if _is_long(block)]
    return {
        "question": prose.tree("\n\n".join(sections.purpose(told))),
        "entries": len(told.parts()) + len(blocks),
        "findings": [
            {
                **{part: shown[name][part] for part in ("key", "title", "finding")},
                "changes": shown[name]["changes"][: numbers.MOST] if name in leading else [],
            }
            for name in report.findings()
        ],
        "sections": [_section(part, shown) for part in sections.sections(told, report.recorded)],
        "methods": [_section(part, shown) for part in sections.methods(told)],
        "appendix": [_table(block) for block in long],
    }


def _section(section: Section, shown: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "prose": prose.tree(section.markdown),
        "results": [
            {**shown[block.name], "headed": block.title() != section.heading}
            for block in section.blocks
        ],
    }


def _shown(block: Block, changed: Mapping[str, str]) -> dict[str, Any]:
    title, rows = block.title(), len(block.table.rows)
    drawing = block.figures.get(text.language())
    return {
        "key": block.name,
        "title": title,
        "finding": sections.pieces(block),
        "changes": numbers.changes(block, changed),
        "drawing": drawing.read_text("utf-8") if drawing else "",
        "alt": say("report.figure", title=title, finding=block.finding()),
        "table": _table(block) if rows and not _is_long(block) else None,
        "appended": say("pdf.appended", rows=rows) if _is_long(block) else "",
    }


def _is_long(block: Block) -> bool:
    return bool(block.table.rows) and (block.folded or len(block.table.rows) > page.LONG)


def _table(block: Block) -> dict[str, Any]:
    hidden = say("format.suppressed")
    note = say("report.suppressed", hidden=hidden, least=threshold())
    any_hidden = any(block.table.suppressed)
    return {
        **_set(block.table.written(), block.title()),
        "key": f"table-{block.name}",
        "note": note if any_hidden else "",
    }


def _set(written: Written, caption: str) -> dict[str, Any]:
    fitted = columns.fitted(written, WIDTH, SIZES)
    return {
        "caption": caption,
        "headings": written.headings,
        "rows": [
            [
                (_whole(cell) if numeric else cell, small and numeric)
                for cell, numeric in zip(row, written.numeric, strict=True)
            ]
            for row, small in zip(written.rows, written.suppressed, strict=True)
        ],
        "numeric": written.numeric,
        "size": fitted.size,
        "widths": fitted.widths,
        "note": "",
    }


def _whole(cell: str) -> str:
    """Return a number and its interval; only between the two may a line end."""
    number, mark, interval = cell.partition(" (")
    return number + mark + interval.replace(" ", "\u00a0")


def _parameters(report: page.Report) -> dict[str, Any] | None:
    if not report.parameters:
        return None
    headings = tuple(say(f"report.{name}") for name in ("parameter", "value", "meaning"))
    rows = report.settings()
    written = Written(headings, rows, (False, False, False), (False,) * len(rows))
    return _set(written, say("report.parameters"))


@cache
def _template() -> bytes:
    return (files("workbench.report") / "templates" / "report.typ").read_bytes()


@cache
def fonts_of(regular: Path) -> tuple["Fonts", str]:
    """Return the fonts beside `regular` as typst reads them, and the name of its family."""
    import typst

    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[regular.parent]
    )
    names = [font.family for font in found.fonts() if font.path and regular.samefile(font.path)]
    return found, names[0]
