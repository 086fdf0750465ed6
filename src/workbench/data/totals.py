"""Rows and sums of money of a load beside those of the load before, table by table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.data.lake import Lake, Snapshot
from workbench.data.staging import Staged


@dataclass(frozen=True)
class Total:
    """One total of the accepted rows of a table.

    Attributes
    ----------
    column : str
        The column summed; empty for the number of rows.
    before : float or None
        That of the last load that fed the table; None when there was none.
    """

    table: str
    column: str
    before: float | None
    now: float

    @property
    def change(self) -> float | None:
        """Return the relative change; None without a total before, or after one of zero."""
        return self.now / self.before - 1 if self.before else None


def compare(lake: Lake, base: Snapshot | None, staged: Mapping[str, Staged]) -> list[Total]:
    """Return the totals of the `staged` tables beside those of the loads before `base`.

    Loads of one source compare as far as it delivers the same: whole files, or the month's rows.
    """
    found = []
    for table, each in staged.items():
        before = _before(lake, base, table)
        now = {"": float(each.count(each.accepted))}
        now |= {column: float(total) for column, total in each.totals().items()}
        found += [Total(table, column, before.get(column), now[column]) for column in now]
    return found


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
