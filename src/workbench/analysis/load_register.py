"""What was taken in, how much of it was rejected, and how far the newest month moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word


@dataclass(frozen=True, eq=False, repr=False)
class LoadRegister(Result):
    """The loads of the last year, by table.

    Attributes
    ----------
    table : DataFrame
        One row per `table_name` of the newest load of it: `files`, `rows_in`, `rows_rejected`,
        `rejected_share`, `period_end`, `loaded_at`; most rejected first.
    facts : mapping
        `loads`, `tables`, `rows_in`, `rows_rejected`, `rejected_share`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("table_name", "code", values="table"),
        Column("files", "count"),
        Column("rows_in", "count"),
        Column("rows_rejected", "count"),
        Column("rejected_share", "share2"),
        Column("period_end", "date"),
        Column("loaded_at", "date"),
    )
    figure: ClassVar[tuple[float, float] | None] = None
    key: ClassVar[tuple[str, ...]] = ("rows_in", "rows_rejected", "rejected_share")

    def summary(self) -> Finding:
        """Say how many rows came in, and what share was rejected."""
        kind = "rejected" if self.facts["rows_rejected"].value else "clean"
        shown = ("loads", "tables", "rows_in", "rows_rejected", "rejected_share")
        return Finding(f"{self.name}.{kind}", shown)


@dataclass(frozen=True, eq=False, repr=False)
class MonthDrift(Result):
    """How far columns of monthly tables moved since the month before.

    Attributes
    ----------
    table : DataFrame
        One row per column and measure, furthest first within each level: `table_name`, `column`
        (`table.column`), `drift_measure` (code), `before`, `now`, `change`, `drift_level` (code).
    facts : mapping
        `compared` (columns), `reported`, `held` (numbers), `psi` (largest index).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("table_name", "code", values="table"),
        Column("moved_column", "code", values="column"),
        Column("drift_measure", "code", values="drift_measure"),
        Column("change", "number"),
        Column("drift_level", "code", values="drift_level"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many columns moved further than the limits, and which most."""
        if not self.facts["compared"].value:
            return Finding(f"{self.name}.none")
        first = self.table.iloc[0]
        words = {
            "table": Word(first["table_name"], "table"),
            "column": Word(str(first["moved_column"]), "column"),
            "measure": Word(first["drift_measure"], "drift_measure"),
        }
        kind = "quiet" if first["drift_level"] == "quiet" else "moved"
        return Finding(f"{self.name}.{kind}", ("compared", "reported", "held", "psi"), words)


def load_register(loads: pd.DataFrame) -> LoadRegister:
    """Return what the loads brought.

    Parameters
    ----------
    loads : DataFrame
        The table `data_loads`.
    """
    check.columns(loads, "load_id", "table_name", "rows_in", "rows_rejected", "loaded_at")
    check.rows(loads, "loads")
    newest = loads.groupby("table_name")["load_id"].transform("max")
    grouped = loads[loads["load_id"] == newest].groupby("table_name")
    table = grouped.agg(
        files=("file_name", "nunique"),
        rows_in=("rows_in", "sum"),
        rows_rejected=("rows_rejected", "sum"),
        period_end=("period_end", "max"),
        loaded_at=("loaded_at", "max"),
    ).reset_index()
    table["rejected_share"] = table["rows_rejected"] / table["rows_in"]
    read, rejected = int(loads["rows_in"].sum()), int(loads["rows_rejected"].sum())
    facts = {
        "loads": Fact(loads["load_id"].nunique(), "count"),
        "tables": Fact(len(table), "count"),
        "rows_in": Fact(read, "count"),
        "rows_rejected": Fact(rejected, "count"),
        "rejected_share": Fact(rejected / read if read else float("nan"), "share2"),
    }
    table = table.sort_values(["rejected_share", "table_name"], ascending=[False, True])
    return LoadRegister("information.loads", table.reset_index(drop=True), facts)


def month_drift(drifts: pd.DataFrame, *, most: int = 12) -> MonthDrift:
    """Return how far the newest month moved.

    Parameters
    ----------
    drifts : DataFrame
        `data.information.drifts`: `table_name`, `column_name`, `measure`, `before`, `now`,
        `change`, `codes`, `level`.
    most : int
        Rows shown.
    """
    check.columns(drifts, "table_name", "column_name", "measure", "change", "level")
    order = {"held": 0, "reported": 1, "quiet": 2}
    table = drifts.assign(
        place=drifts["level"].map(order),
        size=drifts["change"].abs(),
        moved_column=(drifts["table_name"] + "." + drifts["column_name"]).where(
            drifts["column_name"] != ""
        ),
    ).sort_values(["place", "size", "moved_column"], ascending=[True, False, True])
    psi = drifts.loc[drifts["measure"] == "psi", "change"]
    facts = {
        "compared": Fact(drifts[["table_name", "column_name"]].drop_duplicates().shape[0], "count"),
        "reported": Fact(int((drifts["level"] == "reported").sum()), "count"),
        "held": Fact(int((drifts["level"] == "held").sum()), "count"),
        "psi": Fact(float(psi.max()) if len(psi) else float("nan"), "score"),
    }
    table = table.drop(columns=["place", "size"]).head(most).reset_index(drop=True)
    table = table.rename(columns={"measure": "drift_measure", "level": "drift_level"})
    return MonthDrift("information.drift", table, facts)
