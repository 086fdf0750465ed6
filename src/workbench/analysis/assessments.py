"""Which customers' risk is due to be assessed again, and where officers overruled the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import risk_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SOON_DAYS = 90
"""An assessment that falls due within so many days is listed as due soon."""


@dataclass(frozen=True, eq=False, repr=False)
class Assessments(Result):
    """The newest assessment of each customer, by the grade the model gave.

    Attributes
    ----------
    table : DataFrame
        One row per grade, safest first by mean PD: `risk_grade`, `customers_assessed`, `overdue`,
        `due_soon`, `overdue_share`, `override_worse`, `override_better` (customers an officer put
        into a riskier or a safer grade) and `mean_pd`.
    facts : mapping
        `assessed`, `overdue`, `due_soon`, `overridden`, `better` (numbers of customers), `oldest`
        (days the longest overdue one has waited).
    decision : str
        `keep`, `recalibrate` or `rebuild`, by the rule pack `risk-model`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    decision: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("risk_grade"),
        Column("customers_assessed", "count"),
        Column("overdue_review", "count"),
        Column("due_soon", "count"),
        Column("overdue_share", "share"),
        Column("override_worse", "count"),
        Column("override_better", "count"),
        Column("mean_pd", "share2"),
    )
    base: ClassVar[str | None] = "customers_assessed"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many assessments are due, how many were overruled, and what the model needs."""
        overridden, better = (self.facts[name].value for name in ("overridden", "better"))
        return Finding(
            f"{self.name}.{'one_way' if overridden and better == overridden else 'finding'}",
            tuple(self.facts),
            {"decision": Word(self.decision, "refresh_decision")},
        )


@dataclass(frozen=True, eq=False, repr=False)
class Overdue(Assessments):
    """The same where customers are past their review day, with the figure of where they are."""

    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of overdue assessments per grade."""
        return ranked.draw(
            self.table.assign(
                value=self.table["overdue_share"],
                strong=self.table["overdue_review"] > 0,
                label=[text.say("risk.grade", grade=grade) for grade in self.table["risk_grade"]],
            ),
            rows="label",
            unit="share",
            label=text.say("risk.overdue_axis"),
            ax=ax,
        )


def assessments(
    table: pd.DataFrame, measures: Mapping[str, float], *, day: date
) -> Assessments | None:
    """Count what is due by grade, and say by the rules whether the model is kept.

    Returns nothing when the bank has no assessments.

    Parameters
    ----------
    table : DataFrame
        `risk_assessments`: `customer_id`, `assessed_on`, `next_review_on`, `risk_grade`,
        `override_grade`, `pd_12m`.
    measures : mapping
        Measures of the validation by name: `level`, and `auc_fall` and `psi` where there are any.
    day : date
        Assessments up to this day count; due is what its `next_review_on` has passed by then.
    """
    check.columns(
        table, "customer_id", "assessed_on", "next_review_on", "risk_grade", "override_grade"
    )
    check.columns(table, "pd_12m")
    today = pd.Timestamp(day)
    known = table[pd.to_datetime(table["assessed_on"]) <= today]
    if known.empty:
        return None
    newest = known.sort_values(["assessed_on", "assessment_id"], kind="stable").drop_duplicates(
        "customer_id", keep="last"
    )
    counted = _by_grade(newest, today)
    waited = (today - pd.to_datetime(newest["next_review_on"])).dt.days
    n = len(newest)
    totals = {
        "overdue": "overdue_review",
        "due_soon": "due_soon",
    }
    facts = {"assessed": Fact(n, "count", n=n)}
    facts |= {
        name: Fact(int(counted[column].sum()), "count", n=n) for name, column in totals.items()
    }
    better = int(counted["override_better"].sum())
    facts["overridden"] = Fact(int(counted["override_worse"].sum()) + better, "count", n=n)
    facts["better"] = Fact(better, "count", n=n)
    facts["oldest"] = Fact(max(int(waited.max()), 0), "count", n=n)
    missing = float("nan")
    decision = risk_model.read().refresh.decision(
        auc_fall=measures.get("auc_fall", missing),
        psi=measures.get("psi", missing),
        level=measures["level"],
    )
    kind = Overdue if facts["overdue"].value else Assessments
    return kind("risk.assessments", counted, facts, decision)


def _by_grade(newest: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    due = pd.to_datetime(newest["next_review_on"])
    order = newest.groupby("risk_grade")["pd_12m"].mean().sort_values()
    place = pd.Series(np.arange(len(order)), order.index)
    own, given = newest["risk_grade"].map(place), newest["override_grade"].map(place)
    marked = newest.assign(
        overdue_review=due < today,
        due_soon=(due >= today) & (due <= today + pd.Timedelta(days=SOON_DAYS)),
        override_worse=given > own,
        override_better=given < own,
    )
    grouped = marked.groupby("risk_grade")
    names = ["overdue_review", "due_soon", "override_worse", "override_better"]
    found = (
        grouped[names]
        .sum()
        .astype(int)
        .assign(customers_assessed=grouped.size(), mean_pd=grouped["pd_12m"].mean())
    )
    found["overdue_share"] = found["overdue_review"] / found["customers_assessed"]
    return found.reindex(order.index).reset_index()
