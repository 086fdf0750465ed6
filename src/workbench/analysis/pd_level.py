"""At which level the probabilities should stand: this year's, a whole cycle's, and prudent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_model
from workbench.stats import cycle, recalibration, splits
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class PdLevel(Result):
    """Mean probabilities of default at several levels, and what each is for.

    Attributes
    ----------
    table : DataFrame
        One row per level: `pd_level` (`predicted`, `observed`, `own_years`, `long_run`,
        `point_in_time`, `through_the_cycle`, `prudent`), `pd_rate` with `low` to `high` where
        there is an interval, and `years` it rests on.
    facts : mapping
        `observed`, `long_run`, `through_the_cycle`, `prudent` (rates), `state` (of the economy in
        the observed year; 0 is average, below it is bad), `year_low`, `year_high` (between which
        yearly rates lie at the long-run rate), `correlation`, `years`, `long_run_years`, `cases`.
    predictions : DataFrame
        The cases with `pd` (as given), `pd_point_in_time`, `pd_through_the_cycle` and
        `pd_prudent`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    predictions: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("pd_level", "code", values="pd_level"),
        Column("pd_rate", "share2", interval=("low", "high")),
        Column("years", "count"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)
    key: ClassVar[tuple[str, ...]] = ("observed", "long_run", "prudent")

    def summary(self) -> Finding:
        """Say how the observed year compares with the cycle, and what prudence adds."""
        inside = (
            self.facts["year_low"].value
            <= self.facts["observed"].value
            <= self.facts["year_high"].value
        )
        return Finding(
            f"{self.name}.{'usual' if inside else 'unusual'}",
            tuple(name for name in self.facts if name != "cases"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the levels with their intervals; the line is the long-run rate."""
        labels = [schema.value("pd_level", each) for each in self.table["pd_level"]]
        drawn = self.table.assign(value=self.table["pd_rate"], label=labels)
        return intervals.draw(
            drawn,
            rows="label",
            unit="share2",
            label=text.say("risk.level_axis"),
            ax=ax,
            reference=self.facts["long_run"].value,
        )


def pd_level(
    cases: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    horizon_months: int,
    confidence: float = 0.95,
) -> PdLevel:
    """Set the probabilities to the level of the year and of the cycle, and add prudence.

    The long-run rate, the years it was taken over and the correlation of the assets come from the
    rule packs: a few years of data cannot estimate them.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: `cohort`, `defaulted`.
    predictions : DataFrame
        The cases of the newest cohort with `pd`, recalibrated, and `defaulted`.
    horizon_months : int
        Outcome windows of cohorts nearer than this overlap; they count as one year.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    DataError
        None of the cases defaulted, or all did.
    """
    check.columns(cases, "cohort", "defaulted")
    check.columns(predictions, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    given, rho = risk_model.read().calibration, risk_model.asset_correlation()
    p, events = (predictions[name].to_numpy(float) for name in ("pd", "defaulted"))
    if not 0 < events.mean() < 1:
        raise DataError("the level needs cases with a default and without one; widen the sample")
    z = cycle.state(float(events.mean()), given.long_run_rate, rho)
    now = recalibration.anchored(p, float(events.mean()))
    through = recalibration.anchored(cycle.through_the_cycle(now, z, rho), given.long_run_rate)
    rates, sizes = _yearly(cases, horizon_months)
    prudent = _prudent(given, float(sizes.mean()), rho)
    year = cycle.rate_interval(given.long_run_rate, rho, confidence)
    seen = _observed(events, confidence)
    rows = [
        ("predicted", float(p.mean()), np.nan, np.nan, 1),
        ("observed", *seen, 1),
        ("own_years", *_own_years(rates, sizes, rho, confidence), len(rates)),
        ("long_run", given.long_run_rate, *year, given.long_run_years),
        ("point_in_time", float(now.mean()), np.nan, np.nan, 1),
        ("through_the_cycle", float(through.mean()), np.nan, np.nan, given.long_run_years),
        ("prudent", prudent, np.nan, np.nan, given.long_run_years),
    ]
    table = pd.DataFrame(rows, columns=["pd_level", "pd_rate", "low", "high", "years"])
    levelled = predictions.assign(
        pd_point_in_time=now,
        pd_through_the_cycle=through,
        pd_prudent=recalibration.anchored(through, prudent),
    )
    facts = {
        "observed": Fact(seen[0], "share2", seen[1], seen[2], confidence, len(events)),
        **_facts(table, z, rho, len(events)),
        "years": Fact(len(rates), "count"),
    }
    return PdLevel("risk.pd_level", table, facts, levelled)


def _prudent(given: risk_model.Calibration, size: float, rho: float) -> float:
    """Return the long-run rate with the margin for its having been seen in a few years only."""
    margin = cycle.margin(
        given.long_run_rate,
        size * given.long_run_years,
        years=given.long_run_years,
        correlation=rho,
        confidence=given.margin_confidence,
    )
    return given.long_run_rate + margin.correlated


def _facts(table: pd.DataFrame, z: float, rho: float, n: int) -> dict[str, Fact]:
    """Return what the sentence quotes of the levels, the state of the year and the correlation."""
    rates, low, high, years = (
        dict(zip(table["pd_level"], table[name].to_numpy(float), strict=True))
        for name in ("pd_rate", "low", "high", "years")
    )
    return {
        "long_run": Fact(rates["long_run"], "share2"),
        "through_the_cycle": Fact(rates["through_the_cycle"], "share2", n=n),
        "prudent": Fact(rates["prudent"], "share2"),
        "state": Fact(z, "ratio", n=n),
        "year_low": Fact(low["long_run"], "share2"),
        "year_high": Fact(high["long_run"], "share2"),
        "correlation": Fact(rho, "ratio"),
        "long_run_years": Fact(int(years["long_run"]), "count"),
        "cases": Fact(n, "count", n=n),
    }


def _yearly(cases: pd.DataFrame, horizon_months: int) -> tuple[Vector, Vector]:
    """Return default rate and size of the cohorts whose outcomes do not overlap, oldest first."""
    kept = splits.separate_cohorts(cases["cohort"], horizon_months)[::-1]
    found = cases[cases["cohort"].isin(kept)].groupby("cohort", sort=True)["defaulted"]
    rates, sizes = found.mean().to_numpy(float), found.size().to_numpy(float)
    return np.asarray(rates, np.float64), np.asarray(sizes, np.float64)


def _observed(events: Vector, confidence: float) -> tuple[float, float, float]:
    low, high = jeffreys_interval(
        np.array([events.sum()]), np.array([float(len(events))]), confidence
    )
    return float(events.mean()), float(low[0]), float(high[0])


def _own_years(
    rates: Vector, sizes: Vector, rho: float, confidence: float
) -> tuple[float, float, float]:
    """Return the mean of the own years, and its interval when defaults move together."""
    mean = float(rates.mean())
    ends = [
        cycle.margin(
            mean,
            float(sizes.sum()),
            years=len(rates),
            correlation=rho,
            confidence=level,
        ).correlated
        for level in (0.5 - confidence / 2, 0.5 + confidence / 2)
    ]
    return mean, mean + ends[0], mean + ends[1]
