"""Tables of a workbook: typed cells below a frozen header, filtered, in columns as wide as needed.

A number is a number in the format of its unit, a day is a day, a code is its label; a cell that may
not be shown holds the mark of suppression. Text is never taken for a formula.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from workbench.report import fit, office, workbook
from workbench.text import language, say

NARROWEST, WIDEST, WRAPPED = 8.0, 44.0, 60.0
"""Widths of columns in characters, the last that of columns whose cells take several lines."""
LINE = 15.5
"""Height of a line in points."""
FILTER = 3.0
"""Characters that the button of a filter takes."""
HEADER = {
    **{"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B4F8A", "valign": "vcenter"},
    **{"text_wrap": True, "border": 1, "border_color": "#0B4F8A"},
}
RULE = {"bottom": 1, "bottom_color": "#E5E7EB"}
TEXT = {"align": "left", "indent": 1}
WORDS = ("text", "date")
"""Units that are not numbers."""
FONT = {"zh": "微软雅黑", "en": "Arial"}
INK, SOFT, ACCENT = "#1F2937", "#4B5563", "#0B4F8A"

BEHIND = {"count": 0, "year": 0, "money": 8, "share": 5, "share2": 6, "statistic": 5, "p": 6}
"""Characters a number takes beside its whole part, at most; three for other units."""

Cell = str | float | date | None


@dataclass(frozen=True)
class Field:
    """One column: its heading, the unit of its numbers, and whether it stands folded away.

    `unit` is a key of `formats.UNITS`, `date`, or `text`; `units` gives each row its own. Numbers
    of a `signed` column are changes.
    """

    heading: str
    unit: str = "text"
    units: tuple[str, ...] = ()
    folded: bool = False
    wrapped: bool = False
    signed: bool = False

    def of(self, row: int) -> str:
        """Return the unit of the cell in `row`."""
        return self.units[row] if self.units else self.unit


@dataclass
class Book:
    """A workbook under way, and the cell formats it has used so far."""

    made: Any
    _formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def style(self, **properties: Any) -> Any:
        """Return the format with `properties`, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": FONT[language()], "font_size": 10.5, "font_color": INK}
            self._formats[key] = self.made.add_format({**base, "valign": "vcenter", **properties})
        return self._formats[key]

    def number(self, unit: str, *, signed: bool = False) -> Any:
        """Return the format of numbers of `unit`."""
        shown = office.number_format(unit, language(), signed=signed)
        return self.style(num_format=shown, align="right", **RULE)

    def sheet(self, name: str) -> Any:
        """Return a new sheet that fits on pages as wide as one."""
        sheet = self.made.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def words(self, sheet: Any, place: tuple[int, int], said: str, **properties: Any) -> None:
        """Write `said` as text at `place`."""
        plain = self.style(**properties)
        quoted = self.style(**properties, quote_prefix=True)
        workbook.words(sheet, *place, said, plain, quoted)


def write(
    book: Book, sheet: Any, top: int, fields: Sequence[Field], rows: Sequence[Sequence[Cell]]
) -> list[float]:
    """Write a table with its header in row `top` of `sheet`: frozen, filtered, wide enough.

    Returns the widths of the columns that are not folded away, in characters.
    """
    widths = []
    for at, each in enumerate(fields):
        side = {"align": "right"} if each.units or each.unit not in WORDS else TEXT
        book.words(sheet, (top, at), each.heading, **HEADER, **side)
        for below, row in enumerate(rows):
            cell(book, sheet, (top + 1 + below, at), row[at], each, below)
        widths.append(_widen(sheet, at, each, [row[at] for row in rows]))
    sheet.set_row(top, 33)
    sheet.freeze_panes(top + 1, 1)
    if rows:
        sheet.autofilter(top, 0, top + len(rows), len(fields) - 1)
    sheet.repeat_rows(top)
    return [wide for wide, each in zip(widths, fields, strict=True) if not each.folded]


def across(book: Book, sheet: Any, row: int, said: str, widths: Sequence[float]) -> None:
    """Write `said` over the columns that have `widths`, in a row as high as it needs."""
    style = book.style(font_color=SOFT, text_wrap=True, valign="top")
    if len(widths) > 1:
        sheet.merge_range(row, 0, row, len(widths) - 1, "", style)
    workbook.words(sheet, row, 0, said, style, style)
    heighten(sheet, row, said, sum(widths))


def heighten(sheet: Any, row: int, said: str, characters: float) -> None:
    """Make `row` high enough for `said` in a column, or columns, of so many characters."""
    lines = fit.lines(said, 1, characters * fit.SMALL * 0.94)
    if lines > 1:
        sheet.set_row(row, LINE * lines + 3)


def cell(
    book: Book, sheet: Any, place: tuple[int, int], value: Cell, of: Field, row: int = 0
) -> None:
    """Write one value as what it is; None leaves the cell empty."""
    if value is None:
        sheet.write_blank(*place, None, book.style(**RULE))
    elif isinstance(value, str):
        unit = of.of(row)
        marked = unit not in WORDS
        side = {"align": "right", "font_color": SOFT, "italic": True} if marked else TEXT
        wrap = {"text_wrap": True} if of.wrapped else {}
        book.words(sheet, place, value, **side, **wrap, **RULE)
    elif isinstance(value, date):
        day = book.style(num_format=office.DAYS[language()], **TEXT, **RULE)
        sheet.write_datetime(*place, datetime(value.year, value.month, value.day), day)
    else:
        unit = of.of(row)
        kept = value * office.BASIS if unit == "bp" else value
        sheet.write_number(*place, kept, book.number(unit, signed=of.signed))


def name(wanted: str, taken: Iterable[str]) -> str:
    """Return a valid name for a sheet, close to `wanted` and unlike all `taken`.

    At most 31 characters, no brackets, colon, star, question mark or slash, no apostrophe at either
    end, and not `History`, which Excel keeps for itself; case makes no difference.
    """
    clean = "".join(" " if letter in "[]:*?/\\" else letter for letter in wanted)
    clean = " ".join(clean.split()).strip("'")[:31].strip(" '") or say("sheet.result")
    used = {each.casefold() for each in (*taken, "History")}
    found, number = clean, 2
    while found.casefold() in used:
        ending = f" {number}"
        found, number = clean[: 31 - len(ending)].rstrip() + ending, number + 1
    return found


def _widen(sheet: Any, column: int, of: Field, cells: Sequence[Cell]) -> float:
    """Make a column as wide as its widest cell, its heading on two lines if need be."""
    heading = max(characters(of.heading) * 0.55, *map(characters, fit.words(of.heading)))
    widest = max((_shown(each, of, row) for row, each in enumerate(cells)), default=0.0)
    most = WRAPPED if of.wrapped else WIDEST
    wide = min(max(NARROWEST, heading + FILTER, widest + 1.5), most)
    sheet.set_column(column, column, wide, None, {"level": 1, "hidden": True} if of.folded else {})
    return wide


def _shown(value: Cell, of: Field, row: int) -> float:
    if isinstance(value, str):
        return characters(value)
    if isinstance(value, date):
        return characters("2026年12月31日" if language() == "zh" else "30 September 2026")
    if value is None:
        return 0.0
    return len(f"{value:,.0f}") + BEHIND.get(of.of(row), 3)


def characters(said: str) -> float:
    """Return the width of `said` in digits of the standard font."""
    return fit.width(said, 1) / fit.SMALL
