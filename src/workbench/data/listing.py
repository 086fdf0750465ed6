"""Lists that people make: a CSV file or workbook with a header, each row as text by header.

Unlike the files of a load, they stay small, belong to no source map and are not kept.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.data import workbook
from workbench.data.marks import BLANKS
from workbench.data.sources import spelled
from workbench.errors import DataError, ParameterError

ENCODINGS = ("utf-8-sig", "gb18030")


def read(path: Path, column: str) -> list[dict[str, str]]:
    """Return the rows of the list `path`, each by header; `column` must be one and filled.

    `column` is matched whatever its case, width and blanks, and stands in the rows as given.

    Raises
    ------
    ParameterError
        There is no such file.
    DataError
        It is no CSV file or workbook, has no rows or no such column, or the column has a gap.
    """
    filled = lines(path)
    _, header = next(filled, (0, []))
    names = [column if spelled(name) == spelled(column) else name for name in header]
    if names.count(column) != 1 or len(set(names)) != len(names):
        raise DataError(f"{path.name}: expected one column {column!r} and no header twice")
    rows = []
    for number, row in filled:
        if len(row) != len(names):
            raise DataError(f"{path.name}, row {number}: expected {len(names)} values")
        rows.append(dict(zip(names, row, strict=True)))
        if not rows[-1][column]:
            raise DataError(f"{path.name}, row {number}: {column} is empty; fill or remove the row")
    if not rows:
        raise DataError(f"{path.name} has no rows below its header")
    return rows


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give the number and the values of each row of `path` that has any; the header is the first.

    Raises
    ------
    ParameterError, DataError
        As `read`, of the file itself.
    """
    if not path.is_file():
        raise ParameterError(f"there is no file {path}")
    is_workbook = path.suffix.lower() in workbook.ENDINGS
    rows = _stripped(workbook.rows(path) if is_workbook else _csv(path))
    return ((number, row) for number, row in rows if any(row))


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    for encoding in ENCODINGS:
        try:
            text = path.read_bytes().decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            # Not by lines: a quoted value may have several.
            yield from enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1)
        except csv.Error as error:
            raise DataError(f"{path.name}: {error}") from None
        return
    raise DataError(f"{path.name} is neither UTF-8 nor GB 18030; save it as UTF-8")


def _stripped(lines: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    return ((number, [value.strip(BLANKS) for value in row]) for number, row in lines)
