"""Rows and sums of money of a load beside those of the month or the load before, by table."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench import schema
from workbench.data.drift import Pair
from workbench.data.lake import Lake, Snapshot
from workbench.data.staging import Staged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Total:
    """One total of the accepted rows of a table.

    Attributes
    ----------
    column : str
        The column summed; empty for the number of rows.
    before : float or None
        That of the month before, or of the last load that fed the table; None without either.
    """

    table: str
    column: str
    before: float | None
    now: float

    @property
    def change(self) -> float | None:
        """Return the relative change; None without a total before, or after one of zero."""
        return self.now / self.before - 1 if self.before else None


def of_months(connection: "DuckDBPyConnection", table: str, pair: Pair) -> list[Total]:
    """Return the totals of a monthly table: the newest month of the load, and the one before it."""
    money = [column.name for column in schema.table(table).columns if column.type == "money"]
    sums = ["count(*)", *(f"coalesce(sum({name}), 0)" for name in money)]
    before, now = (
        connection.sql(f"SELECT {', '.join(sums)} FROM ({relation})").fetchall()[0]
        for relation in (pair.before, pair.now)
    )
    there = bool(before[0])
    return [
        Total(table, name, float(was) if there else None, float(is_))
        for name, was, is_ in zip(["", *money], before, now, strict=True)
    ]


def of_loads(lake: Lake, base: Snapshot | None, staged: Staged) -> list[Total]:
    """Return the totals of the accepted rows, and those of the load before `base`."""
    before = _before(lake, base, staged.table)
    now = {"": float(staged.count(staged.accepted))}
    now |= {column: float(total) for column, total in staged.totals().items()}
    return [Total(staged.table, column, before.get(column), now[column]) for column in now]


def _before(lake: Lake, base: Snapshot | None, table: str) -> dict[str, float]:
    """Return the totals that stand beside the newest commit of a load."""
    if base is None or table not in base.tables:
        return {}
    for commit in lake.history(table):
        if "totals" in commit and int(commit["version"]) <= base.tables[table]:
            rows = json.loads(commit["rows"])["accepted"]
            sums = json.loads(commit["totals"])
            return {"": float(rows), **{column: float(sums[column]) for column in sums}}
    return {}
