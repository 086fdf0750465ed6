"""Which loans teach the score and which judge it, and how many of each defaulted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result
from workbench.stats import splits
from workbench.stats.calibration import jeffreys_interval


@dataclass(frozen=True, eq=False, repr=False)
class CreditSample(Result):
    """Loans and defaults per cohort, and what each cohort is used for.

    Attributes
    ----------
    table : DataFrame
        One row per cohort, oldest first: `cohort`, `role` (`train`, `test`, `folds` or
        `left_out`), `cases`, `defaults`, `default_rate` with the Jeffreys interval `low` to `high`.
    facts : mapping
        `cases`, `defaults`, `rate` (of the cases that are used), `horizon` (months), and `folds`
        or `train_cases`, `test_cases`, `test_defaults`.
    kind : str
        `time` or `folds`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    kind: splits.Kind
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cohort", "date"),
        Column("role", "code", values="case_role"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("default_rate", "share2", interval=("low", "high")),
    )
    base: ClassVar[str | None] = "cases"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how the cases are split, and their default rate."""
        parts = (
            ("train_cases", "test_cases", "test_defaults") if self.kind == "time" else ("folds",)
        )
        return Finding(f"{self.name}.{self.kind}", ("cases", "defaults", "rate", "horizon", *parts))


def credit_sample(
    cases: pd.DataFrame,
    *,
    horizon_months: int,
    folds: int = 5,
    seed: int = 1,
    confidence: float = 0.95,
) -> CreditSample:
    """Count cases and defaults per cohort and say how they are split.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: `cohort`, `customer_id`, `defaulted` (0 or 1).
    horizon_months : int
        Length of the outcome window. Cohorts nearer to each other share outcomes; of those only
        the newer one is used.
    folds, seed : int
        Used when there is only one cohort; see `stats.splits.stratified`.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(cases, "cohort", "customer_id", "defaulted")
    check.rows(cases, "loans with a known outcome")
    split = splits.split(cases, horizon_months=horizon_months, folds=folds, seed=seed)
    table = _cohorts(cases, split, confidence)
    used = table[table["role"] != "left_out"]
    total, defaults = int(used["cases"].sum()), int(used["defaults"].sum())
    low, high = jeffreys_interval(np.array([defaults]), np.array([total]), confidence)
    facts = {
        "horizon": Fact(horizon_months, "count"),
        "cases": Fact(total, "count", n=total),
        "defaults": Fact(defaults, "count", n=total),
        "rate": Fact(
            defaults / total, "share2", float(low[0]), float(high[0]), confidence, n=total
        ),
    }
    if split.kind == "folds":
        facts["folds"] = Fact(folds, "count")
    for role in ("train", "test") if split.kind == "time" else ():
        part = table[table["role"] == role]
        for what in ("cases", "defaults"):
            facts[f"{role}_{what}"] = Fact(
                int(part[what].sum()), "count", n=int(part["cases"].sum())
            )
    return CreditSample("risk.sample", table, facts, split.kind)


def _cohorts(cases: pd.DataFrame, split: splits.Split, confidence: float) -> pd.DataFrame:
    """Count per cohort; a cohort has one role."""
    learns, judges = (
        np.any([getattr(part, use) for part in split.parts], axis=0) for use in ("train", "test")
    )
    role = np.select(
        [learns & judges, learns, judges], ["folds", "train", "test"], default="left_out"
    )
    grouped = cases.assign(role=role).groupby("cohort", sort=True)
    table = pd.DataFrame(
        {
            "role": grouped["role"].first(),
            "cases": grouped.size(),
            "defaults": grouped["defaulted"].sum(),
        }
    ).reset_index()
    defaults, number = (table[name].to_numpy(float) for name in ("defaults", "cases"))
    low, high = jeffreys_interval(defaults, number, confidence)
    return table.assign(default_rate=defaults / number, low=low, high=high)
