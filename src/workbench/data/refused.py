"""What is refused at the door: columns that authenticate people or that no bank should hold."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from workbench import settings
from workbench.data import naming
from workbench.data.reading import Raw, literal
from workbench.data.sources import spelled
from workbench.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PACK = "refused"
SHORT = 4
"""Latin words of so few letters stand within others (otp in footprint): they count alone."""


def refuse(file: str, headers: Iterable[str]) -> None:
    """Refuse `file` when one of its `headers` is of a kind not kept, mapped or not.

    Raises
    ------
    DataError
        It holds such a column. Unknown columns of other kinds are listed and left behind; these
        must not travel with the file at all.
    """
    for entry in _pack()["refused"]:
        for header in headers:
            if any(_names(header, word) for word in entry["words"]):
                raise DataError(
                    f"{file}: the column {header!r} holds {entry['en']}, which are never taken "
                    "in; remove it at its source and fetch the file again"
                )


def look(connection: "DuckDBPyConnection", file: str, raw: Raw) -> None:
    """Refuse `file` when most values of one of its columns are of a kind not kept.

    Only the first rows are looked at, so that a large file costs no more than a small one.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Has the table of `raw`.
    file : str
        What messages call the file.
    raw : Raw
        The file as it was read.

    Raises
    ------
    DataError
        It has such a column, under whatever header.
    """
    limits = _pack()["content"]
    columns = [column for column, kind in raw.types.items() if kind == "VARCHAR"]
    for entry in _pack()["refused"]:
        if not columns or "values" not in entry:
            continue
        counts = _counts(connection, raw, columns, entry["values"], limits["rows"])
        for column, (filled, hits) in zip(columns, counts, strict=True):
            if hits >= limits["least"] and hits > limits["share"] * filled:
                raise DataError(
                    f"{file}: the column {naming.header(raw.written[column])!r} holds "
                    f"{entry['en']}: {hits} of its first {filled} values are addresses or names "
                    "of accounts, which are never taken in; remove it at its source and fetch the "
                    "file again"
                )


def _counts(
    connection: "DuckDBPyConnection",
    raw: Raw,
    columns: Sequence[str],
    patterns: Sequence[str],
    rows: int,
) -> list[tuple[int, int]]:
    """Return for each of `columns` how many values it has, and how many fit a pattern."""
    import duckdb

    whole = literal("|".join(f"(?:{pattern})" for pattern in patterns))
    each = ", ".join(
        f"count(nullif(trim({column}), '')), "
        f"count(*) FILTER (regexp_full_match(trim({column}), {whole}, 'i'))"
        for column in columns
    )
    try:
        (found,) = connection.execute(
            f"SELECT {each} FROM (SELECT * FROM {raw.table} LIMIT {int(rows)})"
        ).fetchall()
    except duckdb.Error:
        # A large file is only read now: what is wrong with it is said by who reads all of it.
        return [(0, 0)] * len(columns)
    return list(zip(found[::2], found[1::2], strict=True))


def _names(header: str, word: str) -> bool:
    """Tell whether `word` stands in `header`, whatever its width and case."""
    if word.isascii() and len(word) <= SHORT:
        plain = normalize("NFKC", header).casefold()
        return bool(re.search(rf"(?<![a-z]){word}(?![a-z])", plain))
    return spelled(word) in spelled(header)


def _pack() -> Mapping[str, Any]:
    return settings.rulepack(PACK)
