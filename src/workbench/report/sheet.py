"""The workbook: every result as a typed table, every fact, what they mean and where from."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from workbench import schema, text
from workbench.privacy.suppress import threshold
from workbench.record import Block
from workbench.report import office, plain, sheet_chart, sheet_grid, workbook
from workbench.report.page import Report
from workbench.report.provenance import Provenance
from workbench.report.sheet_grid import ACCENT, SOFT, Book, Cell, Field
from workbench.result import Column
from workbench.text import Language, formats, say

TABLE = 4
"""Row of a result's sheet in which its table begins; above it stand title, finding and links."""
MOST_VALUES = 15
"""A list of more values is counted, not written out."""
FRONT = 3
"""The same on the sheets about the whole."""


@dataclass(frozen=True)
class Sheets:
    """What all sheets of one workbook share, and what each result's sheet is called."""

    book: Book
    report: Report
    origin: Provenance
    changed: Mapping[str, str]
    names: Mapping[str, str]


def render(
    report: Report,
    origin: Provenance,
    language: Language,
    title: str,
    changed: Mapping[str, str],
) -> bytes:
    """Return the workbook of `report` in `language` as XLSX: equal for an equal record.

    Parameters
    ----------
    report : Report
        The notebook's story and record.
    origin : Provenance
        Bank, snapshot and date.
    language : str
        Language of the workbook.
    title : str
        Title of the pack.
    changed : mapping of str to str
        `<result>.<fact>` → how it changed, in `language`; may be empty.
    """
    with text.spoken(language):
        target = BytesIO()
        about = {"title": f"{report.title(language)} · {title}", "author": origin.bank[language]}
        book = Book(workbook.opened(target, origin.as_of, about))
        sheets = Sheets(book, report, origin, changed, _names(report))
        _contents(sheets, title)
        for block in report.recorded.blocks:
            _result(sheets, block)
        _facts(sheets)
        _definitions(sheets)
        _provenance(sheets, title)
        book.made.close()
        return office.settled(target.getvalue(), origin.as_of)


def _names(report: Report) -> dict[str, str]:
    """Return the name of every result's sheet; those about the whole keep theirs."""
    parts = ("contents", "facts", "definitions", "provenance")
    taken = [say(f"sheet.{part}") for part in parts]
    names: dict[str, str] = {}
    for block in report.recorded.blocks:
        names[block.name] = sheet_grid.name(block.title(), [*taken, *names.values()])
    return names


def _contents(sheets: Sheets, title: str) -> None:
    book, report = sheets.book, sheets.report
    sheet = _opened(sheets, say("sheet.contents"), report.title(text.language()), title)
    fields = [Field(say("sheet.number"), "count"), Field(say("sheet.result"))]
    fields += [Field(say("sheet.finding"), wrapped=True), Field(say("sheet.rows"), "count")]
    rows: list[list[Cell]] = [
        [at, block.title(), block.finding(), len(block.table.rows)]
        for at, block in enumerate(report.recorded.blocks, start=1)
    ]
    sheet_grid.write(book, sheet, FRONT, fields, rows)
    for at, block in enumerate(report.recorded.blocks, start=FRONT + 1):
        _link(book, sheet, (at, 1), sheets.names[block.name], block.title())
        sheet_grid.heighten(sheet, at, block.finding(), sheet_grid.WRAPPED)
    below = FRONT + len(rows) + 2
    for at, part in enumerate(("facts", "definitions", "provenance")):
        name = say(f"sheet.{part}")
        _link(book, sheet, (below + at, 1), name, name)


def _result(sheets: Sheets, block: Block) -> None:
    book = sheets.book
    finding = block.finding()
    sheet = _opened(sheets, sheets.names[block.name], block.title(), "")
    fields = list(_fields(block))
    rows = list(_rows(block))
    wide = sheet_grid.write(book, sheet, TABLE, fields, rows)
    sheet_grid.across(book, sheet, 1, finding, wide)
    _link(book, sheet, (2, 0), say("sheet.contents"), say("sheet.back"))
    chart = block.charts.get(text.language())
    if chart:
        # On paper the table alone: the deck has the chart.
        sheet.print_area(0, 0, TABLE + len(rows), len(fields) - 1)
        said = say("report.figure", title=block.title(), finding=finding)
        sheet_chart.insert(book, sheet, (TABLE, len(fields) + 1), chart, said)


def _fields(block: Block) -> Iterator[Field]:
    """Give the columns of a result: each number's interval behind it, codes at the end."""
    for column in block.table.columns:
        heading = column.heading()
        unit = column.unit if column.numeric() or column.unit == "date" else "text"
        own = tuple(str(row[column.units]) for row in block.table.rows) if column.units else ()
        yield Field(heading, unit, own, signed=column.signed)
        if column.interval:
            yield Field(say("sheet.low", heading=heading), unit, own, signed=column.signed)
            yield Field(say("sheet.high", heading=heading), unit, own, signed=column.signed)
    for column in _coded(block):
        yield Field(say("sheet.code", heading=column.heading()), folded=True)


def _rows(block: Block) -> Iterator[list[Cell]]:
    table = block.table
    for row, hidden in zip(table.rows, table.suppressed, strict=True):
        cells: list[Cell] = []
        for column in table.columns:
            for name in (column.name, *(column.interval or ())):
                cells.append(_cell(column, row, name, hidden=hidden))
        yield [*cells, *(_code(row[column.name]) for column in _coded(block))]


def _cell(column: Column, row: Mapping[str, Any], name: str, *, hidden: bool) -> Cell:
    value = row.get(name)
    if column.numeric():
        if hidden:
            return say("format.suppressed")
        return None if value is None else float(value)
    if value is None:
        return None
    return date.fromisoformat(str(value)[:10]) if column.unit == "date" else column.cell(row)


def _coded(block: Block) -> list[Column]:
    return [column for column in block.table.columns if column.unit in ("code", "codes")]


def _code(value: Any) -> str | None:
    return None if value is None else str(value)


def _facts(sheets: Sheets) -> None:
    blocks = sheets.report.recorded.blocks
    named = [(block, name) for block in blocks for name in block.facts]
    units = tuple(block.facts[name].unit for block, name in named)
    fields = [
        Field(say("sheet.fact")),
        Field(say("sheet.result")),
        Field(say("sheet.label")),
        *(Field(say(f"sheet.{part}"), units=units) for part in ("value", *ENDS)),
        Field(say("sheet.confidence"), "share"),
        Field(say("sheet.n"), "count"),
        Field(say("sheet.unit")),
        Field(say("sheet.change"), wrapped=True),
    ]
    rows = [list(_fact(sheets, block, name)) for block, name in named]
    title = say("sheet.facts")
    sheet = _opened(sheets, title, title, sheets.report.title(text.language()))
    sheet_grid.write(sheets.book, sheet, FRONT, fields, rows)


ENDS = ("interval_low", "interval_high")


def _fact(sheets: Sheets, block: Block, name: str) -> Iterator[Cell]:
    fact, full = block.facts[name], f"{block.name}.{name}"
    yield from (full, block.title(), block.label(name))
    if name in block.hidden:
        yield from (say("format.suppressed"), None, None, None, say("format.suppressed"))
    else:
        yield from map(_number, (fact.value, fact.low, fact.high))
        yield _number(fact.confidence if fact.low is not None else None)
        yield _number(fact.n)
    yield say(f"unit.{fact.unit}")
    yield sheets.changed.get(full)


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _definitions(sheets: Sheets) -> None:
    """Say what every column holds, in which unit and with which values, then how it was made."""
    blocks = sheets.report.recorded.blocks
    keys = ("sheet.result", "sheet.column", "sheet.unit", "sheet.values")
    fields = [Field(say(key), wrapped=key == "sheet.values") for key in keys]
    rows: list[list[Cell]] = [
        [
            block.title(),
            column.heading(),
            say(f"unit.{'own' if column.units else column.unit}"),
            _listed(column),
        ]
        for block in blocks
        for column in block.table.columns
    ]
    title = say("sheet.definitions")
    sheet = _opened(sheets, title, title, sheets.report.title(text.language()))
    sheet_grid.write(sheets.book, sheet, FRONT, fields, rows)
    for at, row in enumerate(rows, start=FRONT + 1):
        sheet_grid.heighten(sheet, at, str(row[3] or ""), sheet_grid.WRAPPED)
    at = FRONT + len(rows) + 2
    hidden = say("format.suppressed")
    notes = [say("sheet.suppressed", hidden=hidden, least=threshold())]
    notes += [say("sheet.missing"), say("sheet.interval_note"), "", say("sheet.method")]
    told = sheets.report.told
    methods = [told.said(part, "method", text.language()) for part in told.parts()]
    notes += [each.text for method in methods if method for each in plain.paragraphs(method)]
    for note in notes:
        sheets.book.words(sheet, (at, 0), note)
        at += 1


def _listed(column: Column) -> str | None:
    """Return the labels of a column's value list, or how many there are when they are many."""
    if not column.values or not schema.is_list(column.values):
        return None
    codes = list(schema.values(column.values))
    if len(codes) > MOST_VALUES:
        return say("sheet.many", count=len(codes))
    return say("format.joint").join(schema.value(column.values, code) for code in codes)


def _provenance(sheets: Sheets, title: str) -> None:
    origin, language = sheets.origin, text.language()
    code = origin.code
    dirty = say("report.dirty") if code.dirty else ""
    items: list[tuple[str, Cell]] = [
        (say("sheet.pack"), title),
        (say("report.bank"), origin.bank[language]),
        (say("report.as_of"), origin.as_of),
        (say("sheet.snapshot"), origin.snapshot),
        (say("report.notebook"), sheets.report.name),
        (say("report.version"), code.version),
        (say("report.commit"), f"{code.commit or formats.MISSING}{dirty}"),
        (say("report.lock"), code.lock),
    ]
    rows: list[list[Cell]] = [[*item, None] for item in items]
    rows += [list(each) for each in sheets.report.settings()]
    name = say("sheet.provenance")
    sheet = _opened(sheets, name, name, say("report.demo") if origin.demo else "")
    fields = [Field(say("sheet.item")), Field(say("sheet.value"), wrapped=True)]
    fields.append(Field(say("report.meaning"), wrapped=True))
    sheet_grid.write(sheets.book, sheet, FRONT, fields, rows)


def _opened(sheets: Sheets, name: str, title: str, under: str) -> Any:
    """Return a new sheet with its title and what stands under it."""
    sheet = sheets.book.sheet(name)
    sheets.book.words(sheet, (0, 0), title, bold=True, font_size=15, font_color=ACCENT)
    sheet.set_row(0, 26)
    sheets.book.words(sheet, (1, 0), under, font_color=SOFT)
    return sheet


def _link(book: Book, sheet: Any, place: tuple[int, int], target: str, said: str) -> None:
    quoted = target.replace("'", "''")
    style = book.style(font_color=ACCENT, underline=1)
    sheet.write_url(*place, f"internal:'{quoted}'!A1", style, said)
