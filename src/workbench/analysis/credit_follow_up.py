"""How far each loan was followed: who left early, and what that may do to the default rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check
from workbench.result import Column, Fact, Finding, Result
from workbench.stats import life_table
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval

COLUMNS = (
    "cohort",
    "standing",
    "window_full",
    "outcome_known",
    "closed_on",
    "close_type",
    "last_seen",
    "failed_on",
)


@dataclass(frozen=True, eq=False, repr=False)
class CreditFollowUp(Result):
    """Per cohort, who was followed to the end, who left before, and the rate either way.

    Attributes
    ----------
    table : DataFrame
        One row per cohort, oldest first: `cohort`, `window_state` (`complete`, or `open`: the
        months behind the day are not over), `months_known`, `cases`, `defaults`, `to_the_end`
        (followed to the last month without a default), `repaid` and `sold` (closed before, without
        a default), `lost` (neither closed nor on the tape to the end), `default_rate` with `low` to
        `high` (all who left count as sound; the rate of the score; missing where open),
        `rate_censored` with `censored_low` to `censored_high` (those who left are unknown behind
        their month: Kaplan and Meier) and `rate_worst` (loans sold and lost all count as
        defaults).
    facts : mapping
        Of the complete cohorts together: `cases`, `repaid`, `sold`, `lost` (shares), `rate`,
        `rate_censored`, `rate_worst`; `open` (cohorts whose outcome is not complete).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cohort", "date"),
        Column("months_known", "count"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("repaid", "count"),
        Column("sold", "count"),
        Column("lost", "count"),
        Column("default_rate", "share2", interval=("low", "high")),
        Column("rate_censored", "share2", interval=("censored_low", "censored_high")),
    )
    base: ClassVar[str | None] = "cases"
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("rate", "rate_censored", "rate_worst")

    def summary(self) -> Finding:
        """Say how many left early, and between which rates the truth may lie."""
        return Finding(f"{self.name}.finding", tuple(self.facts))


def credit_follow_up(
    outcomes: pd.DataFrame, *, horizon_months: int, confidence: float = 0.95
) -> CreditFollowUp | None:
    """Count per cohort who was followed how far, and the default rate by each treatment.

    Returns nothing when the source supplies outcomes: then nobody was followed here.

    Parameters
    ----------
    outcomes : DataFrame
        `Bank.credit_outcomes`: the columns `COLUMNS`.
    horizon_months : int
        Length of the outcome window.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(outcomes, *COLUMNS)
    own = outcomes[(outcomes["window_full"] == 1) & (outcomes["standing"] == "at_risk")]
    if own.empty:
        return None
    rows = [_cohort(part, horizon_months, confidence) for _, part in own.groupby("cohort")]
    table = pd.DataFrame(rows)
    whole = own[own["outcome_known"] == 1]
    facts = {"open": Fact(int((table["window_state"] == "open").sum()), "count")}
    if not whole.empty:
        facts |= _facts(_cohort(whole, horizon_months, confidence), confidence)
    return CreditFollowUp("risk.follow_up", table, facts)


def _facts(own: Mapping[str, Any], confidence: float) -> dict[str, Fact]:
    n = int(own["cases"])
    shares = {
        name: Fact(float(own[name]) / n, "share2", n=n) for name in ("repaid", "sold", "lost")
    }
    rates = {
        name: Fact(float(own[column]), "share2", float(own[low]), float(own[high]), confidence, n)
        for name, column, low, high in (
            ("rate", "default_rate", "low", "high"),
            ("rate_censored", "rate_censored", "censored_low", "censored_high"),
        )
    }
    worst = Fact(float(own["rate_worst"]), "share2", n=n)
    return {**shares, **rates, "rate_worst": worst, "cases": Fact(n, "count", n=n)}


def _cohort(part: pd.DataFrame, horizon: int, confidence: float) -> dict[str, object]:
    """Return one row; several cohorts together are followed from their own days."""
    day = pd.DatetimeIndex(part["cohort"])
    failed, closed, seen = (
        _months(day, part[name]) for name in ("failed_on", "closed_on", "last_seen")
    )
    defaulted = failed <= horizon
    left = ~defaulted & (closed <= horizon)
    sold = left & (part["close_type"] == "transferred").to_numpy()
    complete = bool((part["outcome_known"] == 1).all())
    known = horizon if complete else int(np.nanmax(np.where(np.isnan(seen), 0, seen)))
    lost = ~defaulted & ~left & ~(seen >= known)
    n, d = len(part), int(defaulted.sum())
    exits = np.where(defaulted, failed, np.where(left, closed, np.where(lost, seen, known)))
    months = np.maximum(np.nan_to_num(exits), 1.0)
    found = life_table.rate(months, defaulted.astype(float), horizon=known, confidence=confidence)
    low, high = jeffreys_interval(np.array([float(d)]), np.array([float(n)]), confidence)
    missing = float("nan")
    return {
        "cohort": day[0],
        "window_state": "complete" if complete else "open",
        "months_known": known,
        "cases": n,
        "defaults": d,
        "to_the_end": int((~defaulted & ~left & ~lost).sum()),
        "repaid": int((left & ~sold).sum()),
        "sold": int(sold.sum()),
        "lost": int(lost.sum()),
        "default_rate": d / n if complete else missing,
        "low": float(low[0]) if complete else missing,
        "high": float(high[0]) if complete else missing,
        "rate_censored": found.value,
        "censored_low": found.low,
        "censored_high": found.high,
        "rate_worst": (d + int(sold.sum()) + int(lost.sum())) / n,
    }


def _months(day: pd.DatetimeIndex, later: "pd.Series[Any]") -> Vector:
    """Return how many calendar months each of `later` lies behind `day`; missing stays."""
    own = pd.DatetimeIndex(later)
    found: NDArray[np.float64] = np.asarray(
        (own.year - day.year) * 12 + own.month - day.month, dtype=np.float64
    )
    return found
