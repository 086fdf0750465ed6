"""What the score would be if rejected applicants had been as risky as assumed: a sensitivity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import credit_features, risk_development
from workbench.stats import logit
from workbench.stats import reject_inference as stats
from workbench.stats import scorecard as cards
from workbench.stats.arrays import Vector
from workbench.stats.discrimination import auc
from workbench.stats.logit import Matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEYS = ("application_id", "customer_id", "decided_on", "declined", "outcome", "customer_type")
LEAST = 50
"""Defaults that a score of applicants needs before anything is said of it."""


@dataclass(frozen=True, eq=False, repr=False)
class RejectCoefficients(Result):
    """The coefficients of the score of applicants, as they are and under the boldest assumption.

    Attributes
    ----------
    table : DataFrame
        One row per variable, strongest first: `variable`, `coefficient` with `low` to `high`
        (accepted applicants only), `with_fuzzy` and `with_parcels` (at the greatest factor).
    facts : mapping
        `variables`, `factor` (the greatest), `moved` (largest change of a coefficient), `outside`
        (coefficients that the assumption moves out of their interval).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="application_variable"),
        Column("coefficient", "ratio", interval=("low", "high")),
        Column("with_fuzzy", "ratio"),
        Column("with_parcels", "ratio"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how far the assumption alone moves the coefficients."""
        return Finding(
            f"{self.name}.finding",
            ("variables", "factor", "moved", "outside"),
        )


@dataclass(frozen=True, eq=False, repr=False)
class RejectInference(Result):
    """Level and ranking under each assumption about rejected applicants.

    Attributes
    ----------
    table : DataFrame
        One row per assumption, the score of accepted applicants first: `reject_method` (`none`,
        `fuzzy`, `parcelling`), `odds_factor`, `assumed_rate` (of default among the rejected),
        `pd_accepted`, `pd_rejected` and `pd_all` (mean PD by the score that results),
        `auc_accepted` (in sample, on known outcomes) and `auc_all` (expected, outcomes of the
        rejected as assumed) and `coefficient_moved` (largest change of a coefficient).
    facts : mapping
        `accepted`, `defaults`, `rejected`, `untaken` (approved applications without a loan or whose
        outcome is not known yet), `pd_accepted`, `pd_rejected` (by the score of the accepted),
        `assumed_least`, `assumed_most` (rates of the rejected over all assumptions), `auc`
        (of the accepted), `auc_least`, `auc_most` (on all applicants), `factor` (the greatest).
    coefficients : RejectCoefficients
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    coefficients: RejectCoefficients
    columns: ClassVar[tuple[Column, ...]] = (
        Column("reject_method", "code", values="reject_method"),
        Column("odds_factor", "ratio"),
        Column("assumed_rate", "share2"),
        Column("pd_accepted", "share2"),
        Column("pd_rejected", "share2"),
        Column("pd_all", "share2"),
        Column("auc_accepted", "number"),
        Column("auc_all", "number"),
        Column("coefficient_moved", "ratio"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)
    unfolded: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("pd_accepted", "assumed_least", "assumed_most")

    def summary(self) -> Finding:
        """Say what the assumptions make of level and ranking, and that none is evidence."""
        return Finding(f"{self.name}.finding", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the mean PD of all applicants under each assumption."""
        methods = [schema.value("reject_method", own) for own in self.table["reject_method"]]
        labels = [
            method if np.isnan(factor) else text.say("risk.assumed", method=method, factor=factor)
            for method, factor in zip(methods, self.table["odds_factor"], strict=True)
        ]
        drawn = self.table.assign(
            value=self.table["pd_all"], label=labels, strong=self.table["reject_method"] == "none"
        )
        return ranked.draw(
            drawn, rows="label", unit="share2", label=text.say("risk.applicants_axis"), ax=ax
        )


def reject_inference(
    applications: pd.DataFrame, *, confidence: float = 0.95
) -> RejectInference | None:
    """Score applicants, and fit the score again with assumed outcomes of the rejected.

    A sensitivity, not evidence: outcomes of the rejected are not in the data, and no method puts
    them there. Factors and bands come from the rule pack `risk-development`. Bins and weights stay
    those of the accepted. Returns nothing with fewer than 50 defaults among the accepted, or
    nobody rejected.

    Parameters
    ----------
    applications : DataFrame
        `Bank.application_cases`: the columns `KEYS`, and features known at the decision.
    confidence : float
        Coverage of the intervals of the coefficients.
    """
    check.columns(applications, *KEYS)
    known = applications["outcome"].notna() & (applications["declined"] == 0)
    rejected = applications["declined"] == 1
    events = applications.loc[known, "outcome"].to_numpy(float)
    if not rejected.any() or min(events.sum(), len(events) - events.sum()) < LEAST:
        return None
    features = applications.drop(columns=[name for name in KEYS if name in applications])
    features = features.assign(customer_type=applications["customer_type"])
    card = cards.fit(features[known], events, cards.planned(**credit_features.choice()))
    design, other = card.design(features[known]), card.design(features[rejected])
    clusters = pd.factorize(applications.loc[known, "customer_id"])[0]
    model = logit.fit(design, events, clusters=clusters)
    given = risk_development.read().reject_inference
    p = [model.probabilities(part) for part in (design, other)]
    base = model.coefficients
    rows = [_row("none", np.nan, base, base, design, other, events, p[1])]
    most: dict[str, Vector] = {}
    for factor in given.odds_factors:
        assumed = {
            "fuzzy": stats.fuzzy(p[1], factor),
            "parcelling": stats.parcelled(p[0], events, p[1], bands=given.bands, factor=factor),
        }
        for method, own in assumed.items():
            found = stats.augmented(design, events, other, own).coefficients
            rows.append(_row(method, factor, found, base, design, other, events, own))
            if factor == max(given.odds_factors):
                most[method] = found
    table = pd.DataFrame(rows)
    untaken = int((~known & ~rejected).sum())
    facts = _facts(table, events, len(other), untaken, max(given.odds_factors))
    coefficients = _coefficients(card, model, most, max(given.odds_factors), confidence)
    return RejectInference("risk.rejected", table, facts, coefficients)


def _row(  # noqa: PLR0913 - one assumption and both samples
    method: str,
    factor: float,
    beta: Vector,
    base: Vector,
    design: Matrix,
    other: Matrix,
    events: Vector,
    assumed: Vector,
) -> dict[str, object]:
    own, theirs = (logit.probabilities(beta, part) for part in (design, other))
    everybody = np.concatenate([own, theirs])
    outcomes = np.concatenate([events, assumed])
    return {
        "reject_method": method,
        "odds_factor": factor,
        "assumed_rate": float(assumed.mean()) if method != "none" else float("nan"),
        "pd_accepted": float(own.mean()),
        "pd_rejected": float(theirs.mean()),
        "pd_all": float(everybody.mean()),
        "auc_accepted": auc(own, events).value,
        "auc_all": stats.expected_area(everybody, outcomes),
        "coefficient_moved": float(np.abs(beta - base)[1:].max()),
    }


def _facts(
    table: pd.DataFrame, events: Vector, rejected: int, untaken: int, factor: float
) -> dict[str, Fact]:
    n, base = len(events), table.iloc[0]
    assumed = table["assumed_rate"].dropna()
    return {
        "accepted": Fact(n, "count", n=n),
        "defaults": Fact(int(events.sum()), "count", n=n),
        "rejected": Fact(rejected, "count", n=rejected),
        "untaken": Fact(untaken, "count", n=untaken),
        "pd_accepted": Fact(float(base["pd_accepted"]), "share2", n=n),
        "pd_rejected": Fact(float(base["pd_rejected"]), "share2", n=rejected),
        "assumed_least": Fact(float(assumed.min()), "share2", n=rejected),
        "assumed_most": Fact(float(assumed.max()), "share2", n=rejected),
        "auc": Fact(float(base["auc_accepted"]), "number", n=n),
        "auc_least": Fact(float(table["auc_all"].min()), "number", n=n),
        "auc_most": Fact(float(table["auc_all"].max()), "number", n=n),
        "factor": Fact(factor, "ratio"),
    }


def _coefficients(
    card: cards.Scorecard,
    model: logit.Logit,
    most: Mapping[str, Vector],
    factor: float,
    confidence: float,
) -> RejectCoefficients:
    low, high = model.interval(confidence)
    moved = np.abs(np.array([own - model.coefficients for own in most.values()]))[:, 1:]
    outside = np.any([(own < low) | (own > high) for own in most.values()], axis=0)[1:]
    table = pd.DataFrame(
        {
            "variable": list(card.chosen),
            "coefficient": model.coefficients[1:],
            "low": low[1:],
            "high": high[1:],
            "with_fuzzy": most["fuzzy"][1:],
            "with_parcels": most["parcelling"][1:],
        }
    )
    facts = {
        "variables": Fact(len(table), "count"),
        "factor": Fact(factor, "ratio"),
        "moved": Fact(float(moved.max()), "ratio"),
        "outside": Fact(int(outside.sum()), "count"),
    }
    return RejectCoefficients("risk.rejected_coefficients", table, facts)
