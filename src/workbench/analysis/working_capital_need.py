"""How much working capital firms need by the regulator's formula, and what ties it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import assessed_need
from workbench.rules.assessed_need import Packs
from workbench.rules.working_capital import new_loan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("receivable", "inventory", "prepaid", "payable", "advance")


@dataclass(frozen=True, eq=False, repr=False)
class WorkingCapitalNeed(Result):
    """One row per size of firm; days are medians.

    Attributes
    ----------
    table : DataFrame
        `segment`, `headcount` (firms with a statement that allows the calculation),
        `receivable_days`, `inventory_days`, `prepaid_days`, `payable_days`, `advance_days`,
        `cycle_days` with the quartiles `cycle_low` and `cycle_high`, `need_sum` (with its two
        `largest`), `need_income` (need over revenue, of all), `self_financed` (share whose
        suppliers and customers pay for the cycle), `new_loan_share` (share with a new loan left
        after own funds and credit held, among those with a recent report).
    facts : mapping
        `firms`, `cycle_days`, `need_sum`, `need_income`, `new_loan_share`, `one_year` (share of
        firms for which balances of one year only are known).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("headcount", "count"),
        *(Column(f"{part}_days", "count") for part in PARTS),
        Column("cycle_days", "count", interval=("cycle_low", "cycle_high")),
        Column("need_sum", "money", largest=("largest", "second")),
        Column("need_income", "share"),
        Column("new_loan_share", "share"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    parts: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("cycle_days", "need_income", "new_loan_share")

    def summary(self) -> Finding:
        """Say the need of all firms, how long their cycle is, and how many have a new loan left."""
        if not self.facts["firms"].value:
            return Finding("needs.working_capital.none")
        quoted = ("firms", "cycle_days", "need_sum", "need_income", "new_loan_share", "one_year")
        return Finding("needs.working_capital.found", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the cycle in days: median and quartiles of each size."""
        ends = {"cycle_days": "value", "cycle_low": "low", "cycle_high": "high"}
        drawn = self.table.rename(columns=ends)
        drawn["label"] = [schema.value("segment", code) for code in drawn["segment"]]
        label = text.say("needs.working_capital.axis")
        return intervals.draw(drawn, rows="label", unit="count", label=label, ax=ax)


def working_capital_need(
    customers: pd.DataFrame, assessed: pd.DataFrame, packs: Packs
) -> WorkingCapitalNeed:
    """Work out the need of every firm with a statement, and describe it by size.

    Parameters
    ----------
    customers : DataFrame
        As the query `need_customers` gives them.
    assessed : DataFrame
        From `rules.assessed_need.assessed`, in the same order.
    packs : Packs
        The packs in force.
    """
    check.columns(customers, "segment", "averaged")
    at = assessed["need"].notna().to_numpy()
    firms, own = customers[at], assessed[at]
    found = assessed_need.need(firms, packs)
    rows = pd.DataFrame({name: getattr(found, f"{name}_days") for name in (*PARTS, "cycle")})
    share = packs.house.own_funds.share
    left = new_loan(
        own["need"].to_numpy(),
        share * own["need"].to_numpy(),
        own["held"].to_numpy(),
        np.zeros(len(own)),
    )
    rows = rows.add_suffix("_days").assign(
        segment=firms["segment"].to_numpy(),
        need=own["need"].to_numpy(),
        income=firms["income"].to_numpy(float),
        self_financed=found.self_financed.astype(float),
        new=np.where(np.isnan(left), np.nan, left > 0),
    )
    return WorkingCapitalNeed(
        "needs.working_capital",
        _table(rows),
        _facts(rows, float((firms["averaged"] == 0).mean()) if len(firms) else np.nan),
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    by = rows.groupby("segment")
    table = by[[f"{part}_days" for part in (*PARTS, "cycle")]].median()
    table.insert(0, "headcount", by.size())
    table["cycle_low"], table["cycle_high"] = (by["cycle_days"].quantile(q) for q in (0.25, 0.75))
    table["need_sum"] = by["need"].sum()
    ordered = rows.sort_values("need", ascending=False, kind="stable")
    for place, name in enumerate(("largest", "second")):
        top = ordered.groupby("segment").nth(place)
        table[name] = pd.Series(top["need"].to_numpy(), index=top["segment"].to_numpy())
    table["second"] = table["second"].fillna(0.0)
    table["need_income"] = table["need_sum"] / by["income"].sum()
    table["self_financed"], table["new_loan_share"] = by["self_financed"].mean(), by["new"].mean()
    listed = [code for code in schema.values("segment") if code in table.index]
    return table.loc[listed].rename_axis("segment").reset_index()


def _facts(rows: pd.DataFrame, one_year: float) -> dict[str, Fact]:
    n = len(rows)
    total, income = float(rows["need"].sum()), float(rows["income"].sum())
    return {
        "firms": Fact(n, "count", n=n),
        "cycle_days": Fact(float(rows["cycle_days"].median()) if n else np.nan, "count", n=n),
        "need_sum": Fact(total, "money", n=n),
        "need_income": Fact(total / income if income else np.nan, "share", n=n),
        "new_loan_share": Fact(float(rows["new"].mean()), "share", n=int(rows["new"].count())),
        "one_year": Fact(one_year, "share", n=n),
    }
