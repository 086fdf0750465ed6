"""How many private borrowers can carry their debt today, at higher rates and with less income."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import affordability, assessed_need, needs_assessment
from workbench.rules.assessed_need import Packs
from workbench.rules.instalments import instalment
from workbench.rules.needs_assessment import Stress
from workbench.rules.tape import Vector, amounts
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class AffordabilityStress(Result):
    """One row per segment and scenario of the rule pack.

    Attributes
    ----------
    table : DataFrame
        `segment`, `scenario` (its name in each language), `scenario_code`, `headcount` (private
        borrowers whose income and debt service are known), `dsti` and `dti` (medians), `over_limit`
        (share above the limit on all debt, `over_low` to `over_high`), `short` (share with nothing
        left after debt service and living, `short_low` to `short_high`), `residual` (median left
        a month).
    facts : mapping
        `people`, `limit`, `dsti`, `over_today`, `over_worst`, `short_today`, `short_worst`.
    worst : mapping
        Name of the scenario with most borrowers over the limit, in each language.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    worst: Mapping[str, str]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("scenario", "said"),
        Column("headcount", "count"),
        Column("dsti", "share"),
        Column("dti", "ratio"),
        Column("over_limit", "share", interval=("over_low", "over_high")),
        Column("residual", "money"),
        Column("short", "share"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("scenario_code",),)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)
    key: ClassVar[tuple[str, ...]] = ("over_today", "over_worst", "short_worst")

    def summary(self) -> Finding:
        """Say how many are over the limit today and in the worst scenario."""
        if not self.facts["people"].value:
            return Finding("needs.affordability.none")
        return Finding(
            "needs.affordability.found", tuple(self.facts), {"scenario": Word("", said=self.worst)}
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share over the limit by segment and scenario."""
        shown = self.table.assign(
            row=[schema.value("segment", code) for code in self.table["segment"]],
            column=[said[text.language()] for said in self.table["scenario"]],
        )
        wide = shown.pivot_table(
            index="row", columns="column", values="over_limit", sort=False, dropna=False
        )
        wide = wide[list(dict.fromkeys(shown["column"]))]
        marks = np.full(wide.shape, "", dtype=object)
        label = text.say("needs.affordability.axis")
        return grid.draw(wide, marks=marks, unit="share", label=label, ax=ax, whole=True)


def affordability_stress(
    customers: pd.DataFrame, loans: pd.DataFrame, packs: Packs, *, confidence: float = 0.95
) -> AffordabilityStress:
    """Stress debt service and income of private borrowers by the scenarios of the rule pack.

    Parameters
    ----------
    customers, loans : DataFrame
        As the queries `need_customers` and `need_loans` give them. Floating loans here are
        recomputed at the higher rate over their remaining term; of credit elsewhere, whose terms
        nobody here knows, all is taken to float and the whole rise to be due.
    packs : Packs
        The packs in force.
    confidence : float
        Coverage of the intervals of shares.
    """
    check.columns(customers, "customer_id", "segment", "income", "debt_service", "expense", "basis")
    earning = amounts(customers, "income") > 0
    indebted = ~np.isnan(amounts(customers, "debt_service"))
    people = customers[assessed_need.private(customers) & earning & indebted]
    frames, totals = [], []
    for scenario in packs.house.stress:
        rows = _stressed(people, loans, scenario, packs)
        frames.append(_table(rows, scenario, packs, confidence))
        totals.append(rows)
    table = pd.concat(frames, ignore_index=True)
    listed = list(schema.values("segment"))
    table = table.sort_values(
        "segment", key=lambda own: own.map(listed.index), kind="stable", ignore_index=True
    )
    limit = packs.household.limits.all_debt
    over = [float((rows["dsti"] > limit).mean()) for rows in totals]
    place = int(np.argmax(over)) if len(people) else 0
    facts = _facts(totals[0], totals[place], limit, confidence)
    return AffordabilityStress(
        "needs.affordability", table, facts, packs.house.stress[place].said()
    )


def _stressed(
    people: pd.DataFrame, loans: pd.DataFrame, scenario: Stress, packs: Packs
) -> pd.DataFrame:
    yearly = amounts(people, "income") * (1 - scenario.income_down)
    income = assessed_need.monthly_income(people.assign(income=yearly), packs)
    service = amounts(people, "debt_service") + _rise(people, loans, scenario.rate_up)
    living = needs_assessment.living_cost(amounts(people, "expense"), packs.house)
    debt = np.fmax(amounts(people, "owed_everywhere"), amounts(people, "owed_here"))
    return pd.DataFrame(
        {
            "segment": people["segment"].to_numpy(),
            "dsti": affordability.debt_service_to_income(service, income),
            "dti": affordability.debt_to_income(debt, 12 * income),
            "residual": affordability.residual_income(income, service, living),
        }
    )


def _rise(people: pd.DataFrame, loans: pd.DataFrame, up: float) -> Vector:
    """Return by how much debt service rises a month when rates rise by `up`."""
    floating = loans[loans["floating"] == 1]
    balance, months = amounts(floating, "balance"), amounts(floating, "months_left")
    rate = amounts(floating, "rate")
    more = instalment(balance, rate + up, months) - instalment(balance, rate, months)
    more = np.where(floating["bullet"] == 1, balance * up / 12, more)
    own = floating.assign(more=more).groupby("customer_id")["more"].sum()
    here = people["customer_id"].map(own).fillna(0.0).to_numpy(float)
    elsewhere = amounts(people, "owed_everywhere") - amounts(people, "owed_here")
    return np.asarray(here + np.maximum(np.nan_to_num(elsewhere), 0.0) * up / 12)


def _table(rows: pd.DataFrame, scenario: Stress, packs: Packs, confidence: float) -> pd.DataFrame:
    limit = packs.household.limits.all_debt
    told = rows.assign(over_limit=rows["dsti"] > limit, short=rows["residual"] < 0)
    by = told.groupby("segment")
    table = by[["dsti", "dti", "residual"]].median()
    table.insert(0, "headcount", by.size())
    for name, prefix in (("over_limit", "over"), ("short", "short")):
        table[name] = by[name].mean()
        ends = share_interval(
            table[name].to_numpy(float), table["headcount"].to_numpy(float), confidence
        )
        table[f"{prefix}_low"], table[f"{prefix}_high"] = ends.low, ends.high
    found = table.reset_index()
    found.insert(1, "scenario", [scenario.said()] * len(found))
    found.insert(2, "scenario_code", scenario.code)
    return found


def _facts(
    today: pd.DataFrame, worst: pd.DataFrame, limit: float, confidence: float
) -> dict[str, Fact]:
    n = len(today)
    facts = {
        "people": Fact(n, "count", n=n),
        "limit": Fact(limit, "share"),
        "dsti": Fact(float(today["dsti"].median()), "share", n=n),
    }
    for name, rows in (("today", today), ("worst", worst)):
        for kind, hit in (("over", rows["dsti"] > limit), ("short", rows["residual"] < 0)):
            share = float(hit.mean()) if n else np.nan
            ends = share_interval(np.array([share]), np.array([float(max(n, 1))]), confidence)
            facts[f"{kind}_{name}"] = Fact(
                share, "share", float(ends.low[0]), float(ends.high[0]), confidence, n
            )
    return facts
