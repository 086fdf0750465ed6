"""How old the newest rows of each table are, against how often they should come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, WEAK = 10, 3
"""Tables that the figure shows at most, and those it sets off: the latest."""


@dataclass(frozen=True, eq=False, repr=False)
class Freshness(Result):
    """The age of each table.

    Attributes
    ----------
    table : DataFrame
        One row per dated table with rows, latest first: `table_name`, `kind` of information,
        `table_rows`, `newest` (day of the newest row), `age_days`, `refresh_days` (its cadence),
        `overdue_days` (0 when in time), `timeliness` (code: `in_time`, `late`).
    facts : mapping
        `tables`, `late` (number), `worst` (days overdue of the latest one).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("table_name", "code", values="table"),
        Column("kind", "code", values="information_kind"),
        Column("table_rows", "count"),
        Column("newest", "date"),
        Column("age_days", "count"),
        Column("refresh_days", "count"),
        Column("overdue_days", "count"),
        Column("timeliness", "code", values="timeliness"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.4)
    key: ClassVar[tuple[str, ...]] = ("tables", "late", "worst")

    def summary(self) -> Finding:
        """Say how many tables are late, and which most."""
        if not self.facts["late"].value:
            return Finding(f"{self.name}.none", ("tables",))
        words = {"table": Word(str(self.table["table_name"].iloc[0]), "table")}
        return Finding(f"{self.name}.late", ("tables", "late", "worst"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw by how many days tables are overdue, the latest ones first."""
        late = self.table[self.table["overdue_days"] > 0]
        shown = (self.table if late.empty else late).head(MOST)
        table = shown.assign(
            value=shown["overdue_days"],
            strong=[at < WEAK for at in range(len(shown))],
            label=[schema.value("table", name) for name in shown["table_name"]],
        )
        return ranked.draw(
            table, rows="label", unit="count", label=text.say("information.age_axis"), ax=ax
        )


def freshness(ages: pd.DataFrame) -> Freshness:
    """Return how old each table is.

    Parameters
    ----------
    ages : DataFrame
        One row per table (`Bank.ages`): `table_name`, `kind`, `table_rows`, `newest`, `age_days`,
        `refresh_days`.
    """
    check.columns(ages, "table_name", "kind", "table_rows", "newest", "age_days", "refresh_days")
    table = ages[ages["newest"].notna()].copy()
    check.rows(table, "tables with a dated row")
    table["overdue_days"] = (table["age_days"] - table["refresh_days"]).clip(lower=0)
    late = table["overdue_days"] > 0
    table["timeliness"] = late.map({True: "late", False: "in_time"})
    table = table.sort_values(
        ["overdue_days", "age_days", "table_name"], ascending=[False, False, True]
    )
    facts = {
        "tables": Fact(len(table), "count"),
        "late": Fact(int(late.sum()), "count"),
        "worst": Fact(int(table["overdue_days"].max()), "count"),
    }
    return Freshness("information.freshness", table.reset_index(drop=True), facts)
