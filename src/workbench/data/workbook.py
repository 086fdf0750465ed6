"""Workbooks as rows of text, numbered as Excel numbers them; what Excel spoilt is not hidden."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workbench.errors import DataError

ENDINGS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
PARTS = {".xlsx", ".xlsm"}
"""Those that are archives of XML, in which a formula's error can be told from an empty cell."""
EXACT = 1e15
"""Numbers of a workbook are exact below this; Excel keeps fifteen digits."""
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def rows(path: Path, sheet: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row of `sheet` (default: the first one) as text.

    A cell whose formula failed says so, such as `#N/A`. Rows above the first filled one are left
    out, and so are columns left of it.

    Raises
    ------
    DataError
        It is no workbook, lacks the sheet, or holds a number that Excel has rounded.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        if sheet and sheet not in book.sheet_names:
            raise DataError(f"{path.name} has no sheet {sheet!r}; it has {book.sheet_names}")
        page = book.get_sheet_by_name(sheet or book.sheet_names[0])
        cells = page.to_python()
    except CalamineError as error:
        raise DataError(
            f"{path.name} is not a whole workbook: {str(error).splitlines()[0]}; open it and save "
            "it again as .xlsx without a password"
        ) from error
    top, left = page.start or (0, 0)
    failed = _failed(path, page.name)
    for number, row in enumerate(cells, start=top + 1):
        if any(isinstance(value, float) and abs(value) >= EXACT for value in row):
            raise DataError(
                f"{path.name}, row {number}: Excel has rounded a number of more than 15 digits; "
                "give that column the format text and fill it again"
            )
        yield (
            number,
            [failed.get((number, left + at), plain(value)) for at, value in enumerate(row)],
        )


def plain(value: Any) -> str:
    """Return the value of a cell as a CSV file would write it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    if isinstance(value, (date, datetime)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _failed(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Return the cells (row from 1, column from 0) whose formula failed, with what they show.

    The reader of workbooks makes nothing of them, and a value that is missing would hide it.
    """
    from lxml import etree

    if path.suffix.lower() not in PARTS:
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        if b't="e"' not in archive.read(part):
            return {}
        found = {}
        with archive.open(part) as content:
            for _, cell in etree.iterparse(content, tag=f"{MAIN}c"):
                if cell.get("t") == "e":
                    found[_place(str(cell.get("r")))] = str(cell.findtext(f"{MAIN}v"))
                cell.clear()
    return found


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the member of a workbook's archive that holds `sheet`."""
    from lxml import etree

    book = etree.fromstring(archive.read("xl/workbook.xml"))
    ids = {each.get("name"): each.get(LINK) for each in book.iter(f"{MAIN}sheet")}
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    (target,) = (str(each.get("Target")) for each in links if each.get("Id") == ids[sheet])
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _place(reference: str) -> tuple[int, int]:
    """Return row and column of a reference such as `C7`."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :]), column - 1
