"""How much firms need for fixed assets and households for homes, and what is the limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import affordability, assessed_need, needs_assessment
from workbench.rules.assessed_need import Packs
from workbench.rules.instalments import carried, instalment
from workbench.rules.tape import Vector, amounts


@dataclass(frozen=True, eq=False, repr=False)
class AssetNeeds(Result):
    """One row per kind of need and segment.

    Attributes
    ----------
    table : DataFrame
        `need_kind` (`fixed_assets` or `housing`), `segment`, `headcount`, `asset_value` (next
        year's investment; appraised value of homes), `asset_loan` (what may be lent, with its two
        `largest`), `loan_to_asset` (of the two), `by_income` (share of customers for whom cash flow
        or income, not the share they have to bring, is the limit), `held_home` (owed on the homes;
        missing for firms).
    facts : mapping
        `firms`, `investment`, `investment_loan`, `homes` (borrowers), `home_loan`, `home_held`,
        `home_limited` (share limited by income).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("need_kind", "code", values="need_kind"),
        Column("segment", "code", values="segment"),
        Column("headcount", "count"),
        Column("asset_value", "money"),
        Column("asset_loan", "money", largest=("largest", "second")),
        Column("loan_to_asset", "share"),
        Column("by_income", "share"),
        Column("held_home", "money"),
    )
    base: ClassVar[str | None] = "headcount"
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("need_kind",),)
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say what investment and homes could be lent, and how often income is the limit."""
        return Finding("needs.assets.found", tuple(self.facts))


def asset_needs(customers: pd.DataFrame, loans: pd.DataFrame, packs: Packs) -> AssetNeeds:
    """Work out loans for next year's investment of firms, and for the homes of mortgage borrowers.

    Parameters
    ----------
    customers : DataFrame
        As the query `need_customers` gives them.
    loans : DataFrame
        As the query `need_loans` gives them.
    packs : Packs
        The packs in force.
    """
    check.columns(customers, "customer_id", "segment", "fixed_assets", "cash_flow", "debt_service")
    check.columns(loans, "customer_id", "product_type", "balance", "rate", "months_left")
    firms, homes = _firms(customers, packs), _homes(customers, loans, packs)
    parts = [_table(rows, kind) for kind, rows in (("fixed_assets", firms), ("housing", homes))]
    table = pd.concat(parts, ignore_index=True)
    facts = {
        "firms": Fact(len(firms), "count", n=len(firms)),
        "investment": Fact(float(firms["value"].sum()), "money", n=len(firms)),
        "investment_loan": Fact(float(firms["loan"].sum()), "money", n=len(firms)),
        "homes": Fact(len(homes), "count", n=len(homes)),
        "home_loan": Fact(float(homes["loan"].sum()), "money", n=len(homes)),
        "home_held": Fact(float(homes["held"].sum()), "money", n=len(homes)),
        "home_limited": Fact(float(homes["by_income"].mean()), "share", n=len(homes)),
    }
    return AssetNeeds("needs.assets", table, facts)


def _firms(customers: pd.DataFrame, packs: Packs) -> pd.DataFrame:
    own = customers[~assessed_need.private(customers)]
    growth = needs_assessment.expected_growth(amounts(own, "growth"), packs.house)
    value = needs_assessment.investment_need(amounts(own, "fixed_assets"), growth, packs.house)
    service = 12 * amounts(own, "debt_service")
    loan = needs_assessment.investment_loan(value, amounts(own, "cash_flow"), service, packs.house)
    return _rows(own["segment"], value, loan, packs.house.fixed_assets.capital_share)


def _homes(customers: pd.DataFrame, loans: pd.DataFrame, packs: Packs) -> pd.DataFrame:
    """Return one row per borrower whose homes are appraised."""
    homes = loans[(loans["product_type"] == "mortgage") & (loans["bullet"] == 0)]
    due = instalment(*(amounts(homes, name) for name in ("balance", "rate", "months_left")))
    held = homes.assign(due=due).groupby("customer_id")[["balance", "due"]].sum()
    held["value"] = homes.groupby("customer_id")["security_value"].sum(min_count=1)
    rows = customers.merge(held, left_on="customer_id", right_index=True)
    income = assessed_need.monthly_income(rows, packs)
    limits = packs.household.limits
    other = np.maximum(amounts(rows, "debt_service") - rows["due"].to_numpy(), 0.0)
    payment = np.minimum(
        limits.housing * income, affordability.spare_payment(income, other, limits.all_debt)
    )
    terms = packs.house.housing
    loan = needs_assessment.housing_loan(
        amounts(rows, "value"), carried(payment, terms.rate, terms.months), packs.house
    )
    found = _rows(rows["segment"], amounts(rows, "value"), loan, 1 - terms.loan_to_value)
    return found.assign(held=rows["balance"].to_numpy()[found.pop("row").to_numpy()])


def _rows(segment: "pd.Series[str]", value: Vector, loan: Vector, own_share: float) -> pd.DataFrame:
    at = np.flatnonzero(~np.isnan(loan))
    cut = loan[at] < (1 - own_share) * value[at] * (1 - 1e-12)
    return pd.DataFrame(
        {
            "row": at,
            "segment": segment.to_numpy()[at],
            "value": value[at],
            "loan": loan[at],
            "by_income": cut.astype(float),
        }
    )


def _table(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    by = rows.groupby("segment")
    ordered = rows.sort_values("loan", ascending=False, kind="stable")
    table = pd.DataFrame(
        {
            "headcount": by.size(),
            "asset_value": by["value"].sum(),
            "asset_loan": by["loan"].sum(),
            "by_income": by["by_income"].mean(),
            "held_home": by["held"].sum() if "held" in rows else np.nan,
        }
    )
    for place, name in enumerate(("largest", "second")):
        top = ordered.groupby("segment").nth(place)
        table[name] = pd.Series(top["loan"].to_numpy(), index=top["segment"].to_numpy())
    table["second"] = table["second"].fillna(0.0)
    table["loan_to_asset"] = table["asset_loan"] / table["asset_value"].where(
        table["asset_value"] > 0
    )
    listed = [code for code in schema.values("segment") if code in table.index]
    found = table.loc[listed].rename_axis("segment").reset_index()
    found.insert(0, "need_kind", kind)
    return found
