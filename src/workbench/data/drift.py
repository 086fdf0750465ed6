"""How far the rows that come in differ from those that came before, column by column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Any

from workbench import schema, settings
from workbench.schema import SchemaColumn

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TENTHS = [tenth / 10 for tenth in range(1, 10)]
NUMBERS = ("int", "num", "rate", "money")


@dataclass(frozen=True)
class Drift:
    """One measure of one column, or of the rows of a table, before and now.

    Attributes
    ----------
    measure : str
        `rows`, `sum`, `missing`, `new_codes` or `psi`.
    before, now : float
        Rows, sum, or share of missing values; zero where a measure has no such pair.
    change : float
        What is held against the limits: relative change of rows and sums, change of the share of
        missing values, share of rows with codes that did not occur before, or the PSI.
    codes : str
        Codes that did not occur before.
    level : str
        `quiet`, `reported` or `held`.
    """

    table: str
    column: str
    measure: str
    before: float
    now: float
    change: float
    codes: str
    level: str


@dataclass(frozen=True)
class Pair:
    """Two relations to compare: SQL for the rows before and for the rows now."""

    before: str
    now: str


def compare(
    connection: "DuckDBPyConnection", table: str, pair: Pair, *, counted: bool
) -> list[Drift]:
    """Return how the rows of `table` have changed.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Where both relations can be read.
    table : str
        The canonical table.
    pair : Pair
        The rows before and now.
    counted : bool
        Whether numbers of rows and sums compare: they do month on month.

    Notes
    -----
    The population stability index is the sum over bins of (q - p) ln(q / p) with shares p before
    and q now (Siddiqi 2006, Credit Risk Scorecards, p. 136): the bins are codes, or the tenths of
    the numbers before; an empty bin counts as half a row.
    """
    limits = settings.rulepack("intake-limits")["drift"]
    columns = [column for column in schema.table(table).columns if _compared(column)]
    before, now = (_counts(connection, relation, columns) for relation in (pair.before, pair.now))
    if not (before["rows"] and now["rows"]):
        return []
    found: list[Drift] = []
    if counted:
        found += _sizes(table, columns, before, now, limits)
    if min(before["rows"], now["rows"]) < limits["rows_least"]:
        return found
    for column in columns:
        found += _missing(table, column, before, now, limits["missing"])
        if column.values or column.type == "bool":
            found += _codes(connection, column, pair, limits)
    numbers = [column for column in columns if column.type in NUMBERS and not column.values]
    return [*found, *_numbers(connection, table, numbers, pair, limits)]


def _compared(column: SchemaColumn) -> bool:
    is_code = bool(column.values) or column.type == "bool"
    return not column.is_key and not column.refers_to and (is_code or column.type in NUMBERS)


def _counts(
    connection: "DuckDBPyConnection", relation: str, columns: Sequence[SchemaColumn]
) -> dict[str, float]:
    """Return rows, and per column the values that are there and the sum of money."""
    wanted = {"rows": "count(*)"} | {column.name: f"count({column.name})" for column in columns}
    wanted |= {
        f"sum {column.name}": f"CAST(sum({column.name}) AS DOUBLE)"
        for column in columns
        if column.type == "money"
    }
    row = connection.sql(f"SELECT {', '.join(wanted.values())} FROM ({relation})").fetchall()[0]
    return {name: float(value or 0) for name, value in zip(wanted, row, strict=True)}


def _sizes(
    table: str,
    columns: Sequence[SchemaColumn],
    before: Mapping[str, float],
    now: Mapping[str, float],
    limits: Mapping[str, float],
) -> Iterator[Drift]:
    pairs = [("", "rows", before["rows"], now["rows"], limits["rows"])]
    pairs += [
        (column.name, "sum", before[name], now[name], limits["sums"])
        for column in columns
        if (name := f"sum {column.name}") in before and column.name == "balance"
    ]
    for column_name, measure, was, is_, limit in pairs:
        if was:
            change = is_ / was - 1
            level = "held" if abs(change) > limit else "quiet"
            yield Drift(table, column_name, measure, was, is_, change, "", level)


def _missing(
    table: str,
    column: SchemaColumn,
    before: Mapping[str, float],
    now: Mapping[str, float],
    limit: float,
) -> list[Drift]:
    was, is_ = (1 - counts[column.name] / counts["rows"] for counts in (before, now))
    level = "held" if abs(is_ - was) > limit else "quiet"
    return [Drift(table, column.name, "missing", was, is_, is_ - was, "", level)]


def _codes(
    connection: "DuckDBPyConnection",
    column: SchemaColumn,
    pair: Pair,
    limits: Mapping[str, float],
) -> Iterator[Drift]:
    name = column.name
    shares: list[dict[str, float]] = []
    for relation in (pair.before, pair.now):
        query = (
            f"SELECT CAST({name} AS VARCHAR), count(*) FROM ({relation}) "
            f"WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        shares.append({code: float(count) for code, count in connection.sql(query).fetchall()})
    before, now = shares
    if not (before and now):
        return
    new = [code for code in now if code not in before]
    if new:
        share = sum(now[code] for code in new) / sum(now.values())
        level = "held" if share > limits["new_codes"] else "reported"
        yield Drift(column.table, name, "new_codes", 0, share, share, ", ".join(new), level)
    codes = sorted(before.keys() | now.keys())
    counts = ([before.get(code, 0) for code in codes], [now.get(code, 0) for code in codes])
    yield _stability(column, counts, limits)


def _numbers(
    connection: "DuckDBPyConnection",
    table: str,
    columns: Sequence[SchemaColumn],
    pair: Pair,
    limits: Mapping[str, float],
) -> Iterator[Drift]:
    if not columns:
        return
    wanted = ", ".join(f"quantile_disc({column.name}, {TENTHS})" for column in columns)
    found = connection.sql(f"SELECT {wanted} FROM ({pair.before})").fetchall()[0]
    ends = [sorted(set(each or ())) for each in found]
    counts = [_below(connection, columns, ends, relation) for relation in (pair.before, pair.now)]
    for at, column in enumerate(columns):
        if ends[at] and sum(counts[1][at]):
            yield _stability(column, (counts[0][at], counts[1][at]), limits)


def _below(
    connection: "DuckDBPyConnection",
    columns: Sequence[SchemaColumn],
    ends: Sequence[Sequence[Any]],
    relation: str,
) -> list[list[float]]:
    """Return, per column, how many values of `relation` lie in each bin that `ends` make."""
    wanted = []
    for column, own in zip(columns, ends, strict=True):
        wanted += [f"count(*) FILTER ({column.name} <= {end})" for end in own]
        wanted.append(f"count({column.name})")
    row = list(connection.sql(f"SELECT {', '.join(wanted)} FROM ({relation})").fetchall()[0])
    counts = []
    for own in ends:
        up_to, row = row[: len(own) + 1], row[len(own) + 1 :]
        counts.append([float(up_to[0]), *(float(b - a) for a, b in pairwise(up_to))])
    return counts


def _stability(
    column: SchemaColumn,
    counts: tuple[Sequence[float], Sequence[float]],
    limits: Mapping[str, float],
) -> Drift:
    shares = []
    for each in counts:
        held = [max(count, 0.5) for count in each]
        shares.append([count / sum(held) for count in held])
    index = sum((q - p) * log(q / p) for p, q in zip(*shares, strict=True))
    level = "quiet" if index <= limits["psi_reported"] else "reported"
    level = "held" if index > limits["psi_held"] else level
    return Drift(column.table, column.name, "psi", 0, 0, index, "", level)
