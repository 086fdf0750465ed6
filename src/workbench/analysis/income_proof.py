"""How incomes were established, and how many more borrowers are over the limit once that counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import affordability, assessed_need
from workbench.rules.assessed_need import Packs
from workbench.rules.tape import amounts


@dataclass(frozen=True, eq=False, repr=False)
class IncomeProof(Result):
    """One row per way in which the incomes of private borrowers were established.

    Attributes
    ----------
    table : DataFrame
        `income_basis`, `headcount`, `basis_share`, `income_counts` (share of such an income
        that counts), `over_stated` (share over the limit on all debt by income as stated),
        `over_counted` (by income that counts), `over_more` (the difference).
    facts : mapping
        `people`, `weak_share` (whose income counts for less than all of it), `over_stated`,
        `over_counted`, `over_more`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("income_basis", "code", values="financial_basis"),
        Column("headcount", "count"),
        Column("basis_share", "share"),
        Column("income_counts", "share"),
        Column("over_stated", "share"),
        Column("over_counted", "share"),
        Column("over_more", "pp", signed=True),
    )
    base: ClassVar[str | None] = "headcount"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many incomes are weakly proved, and what counting them for less does."""
        if not self.facts["people"].value:
            return Finding("needs.income_proof.none")
        return Finding("needs.income_proof.found", tuple(self.facts))


def income_proof(customers: pd.DataFrame, packs: Packs) -> IncomeProof:
    """Compare debt service with income as stated and as it counts, by how it was established.

    Parameters
    ----------
    customers : DataFrame
        As the query `need_customers` gives them.
    packs : Packs
        The packs in force.
    """
    check.columns(customers, "segment", "income", "debt_service", "basis")
    earning = (amounts(customers, "income") > 0) & customers["basis"].notna().to_numpy()
    indebted = ~np.isnan(amounts(customers, "debt_service"))
    people = customers[assessed_need.private(customers) & earning & indebted]
    limit, service = packs.household.limits.all_debt, amounts(people, "debt_service")
    ratio = affordability.debt_service_to_income
    rows = pd.DataFrame(
        {
            "basis": people["basis"].astype(str).to_numpy(),
            "stated": ratio(service, amounts(people, "income") / 12) > limit,
            "counted": ratio(service, assessed_need.monthly_income(people, packs)) > limit,
        }
    )
    by, n = rows.groupby("basis"), len(rows)
    table = pd.DataFrame({"headcount": by.size()})
    table["basis_share"] = table["headcount"] / max(n, 1)
    table["income_counts"] = [packs.house.income.counted[code] for code in table.index]
    table["over_stated"], table["over_counted"] = by["stated"].mean(), by["counted"].mean()
    table["over_more"] = table["over_counted"] - table["over_stated"]
    listed = [code for code in schema.values("financial_basis") if code in table.index]
    table = table.loc[listed].rename_axis("income_basis").reset_index()
    weak = table.loc[table["income_counts"] < 1, "headcount"].sum()
    stated, counted = (float(rows[name].mean()) if n else np.nan for name in ("stated", "counted"))
    facts = {
        "people": Fact(n, "count", n=n),
        "weak_share": Fact(float(weak) / max(n, 1), "share", n=n),
        "over_stated": Fact(stated, "share", n=n),
        "over_counted": Fact(counted, "share", n=n),
        "over_more": Fact(counted - stated, "pp", n=n),
    }
    return IncomeProof("needs.income_proof", table, facts)
