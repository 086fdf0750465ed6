"""Whether a score learnt from earlier cohorts holds in each later one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import text
from workbench.errors import DataError
from workbench.plots import targets
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import credit_features
from workbench.rules.credit_features import PROTECTED
from workbench.stats import scorecard as cards
from workbench.stats import splits
from workbench.stats.calibration import jeffreys_interval, normal_p_value, recalibration
from workbench.stats.discrimination import auc
from workbench.stats.grades import holm, multi_year
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Result):
    """Each cohort judged by a score that was learnt from the cohorts before it.

    Attributes
    ----------
    table : DataFrame
        One row per cohort with an earlier one at least a horizon before, oldest first: `cohort`,
        `train_cases`, `cases`, `defaults`, `auc` with `low` to `high` (DeLong), `predicted` (mean),
        `observed` with `rate_low` to `rate_high` (Jeffreys), `slope`, `p_level` (two-sided, that
        the level holds, adjusted over the cohorts after Holm) and `holds`.
    facts : mapping
        `cohorts`, `failed`, `lowest`, `highest` (areas), `p_years` (of the mean yearly rate against
        the mean prediction by the spread of the years; missing with one cohort), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cohort", "date"),
        Column("train_cases", "count"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("auc", "number", interval=("low", "high")),
        Column("predicted", "share2"),
        Column("observed", "share2", interval=("rate_low", "rate_high")),
        Column("slope", "ratio"),
        Column("p_level", "p"),
        Column("holds", "code", values="backtest_verdict", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        """Say in how many cohorts level or ranking failed."""
        return Finding(
            f"{self.name}.{'failed' if self.facts['failed'].value else 'held'}",
            ("cohorts", "failed", "lowest", "highest", "p_years"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the default rate of each cohort with its interval, and the mean prediction."""
        drawn = self.table.assign(
            value=self.table["observed"],
            low=self.table["rate_low"],
            high=self.table["rate_high"],
            target=self.table["predicted"],
            label=[formats.month(day.date()) for day in self.table["cohort"]],
        )
        return targets.draw(
            drawn,
            rows="label",
            unit="share",
            label=text.say("risk.rate_axis"),
            names=(text.say("risk.observed"), text.say("risk.predicted")),
            ax=ax,
        )


def backtest(
    cases: pd.DataFrame,
    *,
    horizon_months: int,
    excluded: Collection[str] = PROTECTED,
    confidence: float = 0.95,
) -> Backtest | None:
    """Learn from all cohorts a horizon or more before each cohort, and judge it there.

    Returns nothing when no cohort has one before it: with one cohort there is no test over time.
    Cohorts nearer to each other than the horizon share outcomes; of those only one is used, as in
    `stats.splits.separate_cohorts`.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, and features known at the cohort.
    horizon_months : int
        Length of the outcome window.
    excluded : collection of str
        Columns that may not be features.
    confidence : float
        Coverage of the intervals; 1 minus it is the level of the tests.
    """
    credit_features.checked(cases)
    kept = splits.separate_cohorts(cases["cohort"], horizon_months)[::-1]
    if len(kept) < 2:
        return None
    features = credit_features.features(cases, excluded)
    rows = []
    for at, cohort in enumerate(kept[1:], start=1):
        train = cases["cohort"].isin(kept[:at]).to_numpy()
        own = (cases["cohort"] == cohort).to_numpy()
        rows.append(_judged(cases, features, train, own, confidence))
    table = pd.DataFrame(rows)
    p_level = holm(table["p_level"].to_numpy(float))
    fails = (p_level < 1 - confidence) | (table["low"].to_numpy(float) <= 0.5)
    table = table.assign(p_level=p_level, holds=np.where(fails, "fails", "holds"))
    years = multi_year(float(table["predicted"].mean()), table["observed"].to_numpy(float))
    ends = table["auc"].argsort().to_numpy()[[0, -1]]
    n = int(table["cases"].sum())
    facts = {
        "cohorts": Fact(len(table), "count"),
        "failed": Fact(int(fails.sum()), "count"),
        **{
            name: _area(table, int(at))
            for name, at in zip(("lowest", "highest"), ends, strict=True)
        },
        "p_years": Fact(years, "p", n=n),
        "cases": Fact(n, "count", n=n),
    }
    return Backtest("risk.backtest", table, facts)


def _area(table: pd.DataFrame, at: int) -> Fact:
    return Fact(float(table["auc"].iloc[at]), "number", n=int(table["cases"].iloc[at]))


def _judged(
    cases: pd.DataFrame,
    features: pd.DataFrame,
    train: splits.Mask,
    own: splits.Mask,
    confidence: float,
) -> dict[str, object]:
    events = cases["defaulted"].to_numpy(float)
    if not 0 < events[own].sum() < own.sum():
        raise DataError(
            f"cohort {cases['cohort'][own].iloc[0]:%Y-%m-%d} has one outcome only; leave it out"
        )
    p = cards.fit(
        features[train], events[train], cards.planned(**credit_features.choice())
    ).probabilities(features[own])
    area, cox = auc(p, events[own]), recalibration(p, events[own])
    low, high = area.interval(confidence)
    n, d = np.array([float(own.sum())]), np.array([float(events[own].sum())])
    rate_low, rate_high = jeffreys_interval(d, n, confidence)
    return {
        "cohort": cases["cohort"][own].iloc[0],
        "train_cases": int(train.sum()),
        "cases": int(n[0]),
        "defaults": int(d[0]),
        "auc": area.value,
        "low": low,
        "high": high,
        "predicted": float(p.mean()),
        "observed": float(d[0] / n[0]),
        "rate_low": float(rate_low[0]),
        "rate_high": float(rate_high[0]),
        "slope": cox.slope,
        "p_level": normal_p_value(cox.in_the_large / cox.in_the_large_error),
    }
