"""Every kind of file as a DuckDB table of text with record numbers.

Nothing is guessed from the content: delimiter and quote are given, every column is text. A text
file is UTF-8 or, when it is not, GB 18030; a compressed one is unpacked, a workbook written out.
"""

import csv
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data import decoding, naming, workbook
from workbench.data.marks import Marks, marks, newlines
from workbench.data.scratch import Scratch
from workbench.data.sources import FileMap, spelled
from workbench.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STREAMED = 256 << 20
"""Larger text files would take more memory as text than as typed rows."""
RECORD = "rowid + 1"
"""SQL for the number of a row: tables are filled in the order of the file and never changed. A
window function would number them on one core only."""
LONGEST = 16 << 20
"""Bytes that a line may have; Python's reader of CSV files stops at 128 KB unless told."""
WORKBOOK = "workbook"
"""Stands for the encoding of a file that has none."""
csv.field_size_limit(LONGEST)


@dataclass(frozen=True)
class Raw:
    """A file as a table of the connection.

    Attributes
    ----------
    table : str
        Its name; one column `h0`, `h1`, … per header. Records are numbered by `RECORD`.
    headers : mapping of str to str
        Header as compared (`sources.spelled`) → column of the table.
    written : mapping of str to str
        Column of the table → header as the file writes it.
    types : mapping of str to str
        Column → DuckDB type; all text unless the file is Parquet.
    text : Path or None
        The text file that lines are counted in; None for Parquet.
    rows : int or None
        Number of records; None when they are read as they are needed, see `read`.
    encoding : str
        How it was read.
    marks : Marks
        What may stand in its values.
    """

    table: str
    headers: dict[str, str]
    written: dict[str, str]
    types: dict[str, str]
    text: Path | None
    rows: int | None
    encoding: str
    marks: Marks = field(default_factory=Marks)

    def beyond(self, kind: FileMap) -> tuple[str, ...]:
        """Return the headers that `kind` does not name."""
        named = {spelled(name) for names in kind.needed() for name in names}
        return tuple(
            naming.header(self.written[column])
            for name, column in self.headers.items()
            if name and name not in named
        )


def stated(connection: "DuckDBPyConnection", table: str, rows: Sequence[Mapping[str, str]]) -> Raw:
    """Return rows that no file holds as a table like a file's; the first one names the columns."""
    columns = {name: f"h{at}" for at, name in enumerate(rows[0])}
    typed = ", ".join(f"{column} VARCHAR" for column in columns.values())
    connection.execute(f"CREATE TABLE {table} ({typed})")
    marks = ", ".join("?" for _ in columns)
    for row in rows:
        values = [row.get(name) for name in columns]
        connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)
    written = {column: name for name, column in columns.items()}
    headers = {spelled(name): column for name, column in columns.items()}
    types = dict.fromkeys(written, "VARCHAR")
    return Raw(table, headers, written, types, None, len(rows), "utf-8")


def read(
    connection: "DuckDBPyConnection",
    path: Path,
    kind: FileMap,
    table: str,
    scratch: Scratch,
    *,
    once: bool = False,
) -> Raw:
    """Read the file `path` of `kind` into `table`.

    A text file of more than `STREAMED` bytes whose rows are needed `once` is not read here: `table`
    is a view, and what is wrong with the file shows when its rows are read (`explained`).

    Raises
    ------
    DataError
        It is empty, damaged, in another encoding, or its header or number of columns is wrong.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(connection, path, table)
    text, encoding = _text(path, kind, scratch)
    streamed = once and text.stat().st_size > STREAMED
    return _csv(connection, _Text(path, text, encoding), kind, table, streamed=streamed)


def explained(path: Path, raw: Raw, kind: FileMap, error: Exception) -> DataError:
    """Return the error that says in which line of a streamed file the reading stopped."""
    return DataError(_structure(path, raw.text or path, kind, len(raw.written), error))


def header(path: Path, kind: FileMap, scratch: Scratch) -> list[str]:
    """Return the headers of `path` as written; the errors are those of `read`."""
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty; expected a header and rows: fetch the file again")
    if path.suffix.lower() == ".parquet":
        return _parquet_headers(path)
    text, _ = _text(path, kind, scratch)
    return _headers(path, text or path, kind)


def _parquet_headers(path: Path) -> list[str]:
    import duckdb

    try:
        # A connection of its own: the process-wide one may stand in somebody's failed transaction.
        with duckdb.connect() as own:
            return list(own.sql(f"SELECT * FROM read_parquet({_place(path)})").columns)
    except duckdb.Error as error:
        raise DataError(f"{path.name} is not a whole Parquet file: {_line(error)}") from error


def lines(raw: Raw, kind: FileMap, records: set[int]) -> dict[int, int]:
    """Return the line of the file that each of `records` begins at.

    A quoted newline shifts lines against records, so they are counted, for these records only.
    """
    if raw.text is None or not records:
        return {record: record for record in records}
    above = _above(raw.text, kind) + 1
    if raw.rows is not None and _is_regular(raw.text, raw.rows + above):
        return {record: record + above for record in records}
    begins, last = {}, max(records)
    with raw.text.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=kind.delimiter, quotechar=kind.quote, strict=True)
        for _ in range(above):
            next(reader)
        record, end = 0, reader.line_num
        for number, row in enumerate(reader, start=above + 1):
            record += bool(row)
            if row and record in records:
                # A row of a workbook is one, however many lines its cells have.
                begins[record] = number if raw.encoding == WORKBOOK else end + 1
            end = reader.line_num
            if record >= last:
                break
    return begins


def _parquet(connection: "DuckDBPyConnection", path: Path, table: str) -> Raw:
    import duckdb

    place = _place(path)
    try:
        found = connection.sql(f"SELECT * FROM read_parquet({place})")
        names, types = list(found.columns), [str(each) for each in found.types]
        listed = ", ".join(f"{_identifier(name)} AS h{at}" for at, name in enumerate(names))
        connection.execute(f"CREATE TABLE {table} AS SELECT {listed} FROM read_parquet({place})")
    except duckdb.Error as error:
        raise DataError(f"{path.name} is not a whole Parquet file: {_line(error)}") from error
    _distinct(path, names)
    rows = _rows(connection, path, table)
    return _raw(_Text(path, None, "parquet"), table, names, types, rows, Marks())


@dataclass(frozen=True)
class _Text:
    """A file, the UTF-8 text with its content, and how that was read."""

    path: Path
    text: Path | None
    encoding: str


def _csv(
    connection: "DuckDBPyConnection", file: _Text, kind: FileMap, table: str, *, streamed: bool
) -> Raw:
    import duckdb

    text = file.text or file.path
    names = _headers(file.path, text, kind)
    columns = [f"h{at}" for at in range(len(names))]
    typed = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    given = {"delim": kind.delimiter, "quote": kind.quote, "escape": kind.quote}
    options = ", ".join(f"{key} = {literal(value)}" for key, value in given.items())
    try:
        connection.execute(
            f"CREATE {'VIEW' if streamed else 'TABLE'} {table} AS SELECT * FROM "
            f"read_csv({_place(text)}, auto_detect = false, header = true, "
            f"skip = {_above(text, kind)}, columns = {{{typed}}}, null_padding = false, {options}, "
            f"max_line_size = {LONGEST}, strict_mode = true)"
        )
    except (duckdb.Error, UnicodeDecodeError) as error:
        # DuckDB cuts the line it quotes in its message, sometimes within a character.
        raise DataError(_structure(file.path, text, kind, len(names), error)) from error
    rows = None if streamed else _rows(connection, file.path, table)
    own = marks(text, kind.delimiter, kind.quote, rows)
    return _raw(file, table, names, ["VARCHAR"] * len(names), rows, own)


def _rows(connection: "DuckDBPyConnection", path: Path, table: str) -> int:
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    if not rows:
        raise DataError(f"{path.name} has a header and no rows; fetch the file again")
    return int(rows)


def _raw(
    file: _Text, table: str, names: list[str], types: list[str], rows: int | None, own: Marks
) -> Raw:
    columns = [f"h{at}" for at in range(len(names))]
    headers = {spelled(name): column for name, column in zip(names, columns, strict=True)}
    return Raw(
        table=table,
        headers=headers,
        written=dict(zip(columns, names, strict=True)),
        types=dict(zip(columns, types, strict=True)),
        text=file.text,
        rows=rows,
        encoding=file.encoding,
        marks=own,
    )


def _is_regular(text: Path, rows: int) -> bool:
    """Tell whether every line of `text` is one of `rows` rows: no blank ones, no quoted newline."""
    with text.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        whole = file.read() == b"\n"
    return newlines(text) == rows - (not whole)


def _structure(path: Path, text: Path, kind: FileMap, width: int, error: Exception) -> str:
    """Say in which line the number of columns or the end of lines changes, or a quote is open."""
    above = _above(text, kind)
    with text.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=kind.delimiter, quotechar=kind.quote, strict=True)
        try:
            for at, row in enumerate(reader):
                if at > above and row and len(row) != width:
                    stray = f"a stray or unquoted {kind.delimiter!r}"
                    return (
                        f"{path.name}, line {reader.line_num}: expected {width} columns as in the "
                        f"header, found {len(row)}; look for "
                        f"{stray if len(row) > 1 else 'a title or a footer, and remove it'}"
                    )
        except csv.Error as problem:
            return f"{path.name}, line {reader.line_num}: {problem}; look for an unclosed quote"
    if line := _other_end(text):
        return (
            f"{path.name}, line {line}: ends in another way than the lines before it (CR LF, LF or "
            "CR); save the file again with one of them"
        )
    return f"{path.name} cannot be read as delimited text: {_line(error)}"


def _other_end(text: Path) -> int:
    """Return the first line whose end is not that of the first line; 0 if there is none."""
    with text.open(encoding="utf-8", newline="") as file:
        first = ""
        for number, line in enumerate(file, start=1):
            end = line[len(line.rstrip("\r\n")) :]
            first = first or end
            if end and end != first:
                return number
    return 0


def _above(text: Path, kind: FileMap) -> int:
    """Return the number of lines above the header: blank ones at the top, and titles."""
    blank = 0
    with text.open(encoding="utf-8") as file:
        for line in file:
            if line.strip(f"\r\n{kind.delimiter}"):
                return blank + kind.skip_rows
            blank += 1
    return kind.skip_rows


def _headers(path: Path, text: Path, kind: FileMap) -> list[str]:
    above = _above(text, kind)
    with text.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=kind.delimiter, quotechar=kind.quote)
        rows = (row for at, row in enumerate(reader) if at == above)
        names = [name.strip() for name in next(rows, [])]
    if not any(names):
        raise DataError(f"{path.name} has no header in line {above + 1}")
    _distinct(path, names)
    return names


def _distinct(path: Path, names: list[str]) -> None:
    alike = [spelled(name) for name in names]
    for name, same in zip(names, alike, strict=True):
        if same and alike.count(same) > 1:
            at = " and ".join(str(at) for at, each in enumerate(alike, 1) if each == same)
            raise DataError(
                f"{path.name}: columns {at} have the same header{naming.called(name)}; rename or "
                "remove one, or look whether the header is there at all"
            )


def _text(path: Path, kind: FileMap, scratch: Scratch) -> tuple[Path, str]:
    """Return a UTF-8 text file with the content of `path`, and how that was read."""
    if path.suffix.lower() not in workbook.ENDINGS:
        return decoding.text(path, kind.encoding, scratch)
    written = (path, kind.sheet, kind.delimiter, kind.quote)
    if written not in scratch.texts:
        scratch.texts[written] = _unfolded(path, kind, scratch.file()), WORKBOOK
    return scratch.texts[written]


def _unfolded(path: Path, kind: FileMap, target: Path) -> Path:
    """Write the sheet of a workbook that `kind` names to `target`, as text; return that."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=kind.delimiter, quotechar=kind.quote)
        written = 0
        for number, cells in workbook.rows(path, kind.sheet):
            # A row that was only formatted holds nothing, and is a blank line like those above.
            writer.writerows([[]] * (number - written - 1))
            writer.writerow(cells if any(cells) else [])
            written = number
    return target


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _place(path: Path) -> str:
    """Return SQL for the one file `path`: DuckDB would take `[1]` in a name for a wildcard."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
