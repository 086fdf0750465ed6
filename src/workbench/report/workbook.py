"""Workbooks that hold what they were given: text is text, never a formula, a link or a number."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet would take for a formula when it is entered again."""
LITERAL = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
MADE = date(2000, 1, 1)
"""When an embedded workbook says it was made: it has no date of its own."""


def opened(target: BytesIO, day: date, properties: dict[str, str] | None = None) -> Any:
    """Return a new workbook that is written to `target` and says it was made on `day`."""
    from xlsxwriter import Workbook

    book = Workbook(target, {"in_memory": True, **LITERAL})
    created = datetime(day.year, day.month, day.day)
    book.set_properties({**(properties or {}), "created": created})
    return book


def words(sheet: Any, row: int, column: int, said: str, style: Any, quoted: Any) -> None:
    """Write `said` as text, in the style `quoted` where entering it again would make a formula."""
    sheet.write_string(row, column, said, quoted if said.startswith(DANGEROUS) else style)


def embedded(
    labels: Sequence[str],
    names: Sequence[str],
    columns: Sequence[Sequence[float | None]],
    number_format: str,
) -> bytes:
    """Return the workbook behind a chart: `labels` from A2 down, one series a column from B1."""
    target = BytesIO()
    book = opened(target, MADE)
    sheet = book.add_worksheet("Sheet1")
    quoted = book.add_format({"quote_prefix": True})
    numbers = book.add_format({"num_format": number_format})
    for at, label in enumerate(labels):
        words(sheet, at + 1, 0, label, None, quoted)
    for at, (name, values) in enumerate(zip(names, columns, strict=True), start=1):
        words(sheet, 0, at, name, None, quoted)
        for row, value in enumerate(values, start=1):
            if value is not None:
                sheet.write_number(row, at, value, numbers)
    book.close()
    return target.getvalue()
