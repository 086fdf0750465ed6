"""Which PD a grade can stand for when hardly anything in it has defaulted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, text
from workbench.plots import targets
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_model
from workbench.rules.graded import counted
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.low_default import expected_accuracy_ratio, pluto_tasche

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOUNDS = ("neutral", "medium", "strict")
"""Columns of the bounds, in the order of the confidences in the rule pack."""


@dataclass(frozen=True, eq=False, repr=False)
class LowDefault(Result):
    """Per grade, the mean PD beside the bounds that few defaults leave open.

    Attributes
    ----------
    table : DataFrame
        One row per grade that holds cases, best first: `grade`, `cases`, `defaults`, `predicted`
        (mean PD), `low`, `high` (Jeffreys interval of the rate), `neutral`, `medium`, `strict`
        (most prudent bounds after Pluto & Tasche at the confidences of the rule pack, independent
        defaults; only of grades with few), `correlated` (the strict one when defaults move
        together) and
        `evidence` (`enough` defaults, `supported`: few, but the PD is at least the neutral bound,
        or `below`: few, and the PD is below it).
    facts : mapping
        `grades`, `few` (grades with few defaults), `below` (those below the neutral bound),
        `few_below` (number of defaults under which a grade has few), `expected_ratio` (accuracy
        ratio that these PDs imply), `cases`, `correlation`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("grade"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("predicted", "share2"),
        Column("observed", "share2", interval=("low", "high")),
        Column("neutral", "share2"),
        Column("medium", "share2"),
        Column("strict", "share2"),
        Column("correlated", "share2"),
        Column("evidence", "code", values="low_default_standing", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.8)

    def summary(self) -> Finding:
        """Say how many grades have few defaults, and whether their PD is below the bound."""
        return Finding(
            f"{self.name}.{'below' if self.facts['below'].value else 'supported'}",
            ("grades", "few", "below", "few_below", "expected_ratio", "correlation"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the default rate of the grades with few defaults up to the strict bound.

        Where no grade has few all are drawn, up to the end of their intervals.
        """
        few = self.table[self.table["strict"].notna()]
        own = few if len(few) else self.table
        drawn = own.assign(
            value=own["observed"],
            high=own["strict"].fillna(own["high"]),
            target=own["predicted"],
            label=[text.say("risk.grade", grade=grade) for grade in own["grade"]],
        )
        return targets.draw(
            drawn,
            rows="label",
            unit="share2",
            label=text.say("risk.bound_axis"),
            names=(text.say("risk.up_to_bound"), text.say("risk.predicted")),
            ax=ax,
        )


def low_default(predictions: pd.DataFrame, *, confidence: float = 0.95) -> LowDefault:
    """Set the mean PD of each grade beside the bounds that its defaults and those below leave.

    Pluto & Tasche pool a grade with the worse ones, so that a grade without a default has a bound
    at all. Only neighbouring grades with few defaults are pooled: those with enough speak for
    themselves. Grades and confidences come from the rule packs `master-scale` and `risk-model`.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `defaulted` (0 or 1) and `pd`, predicted out of sample.
    confidence : float
        Coverage of the Jeffreys intervals.
    """
    check.columns(predictions, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    given, rho = risk_model.read().calibration, risk_model.asset_correlation()
    table = counted(predictions)
    n, d = (table[name].to_numpy(float) for name in ("cases", "defaults"))
    levels = dict(zip(BOUNDS, given.low_default_confidence, strict=True))
    few = d < given.low_default_below
    bounds = {name: _bounds(n, d, few, confidence=level) for name, level in levels.items()}
    low, high = jeffreys_interval(d, n, confidence)
    below = few & (table["predicted"].to_numpy(float) < bounds["neutral"])
    table = table.assign(
        observed=d / n,
        low=low,
        high=high,
        **bounds,
        correlated=_bounds(n, d, few, confidence=levels["strict"], correlation=rho),
        evidence=np.select([below, few], ["below", "supported"], default="enough"),
    )
    total = int(n.sum())
    ratio = expected_accuracy_ratio(table["predicted"].to_numpy(float), n)
    facts = {
        "grades": Fact(len(table), "count"),
        "few": Fact(int(few.sum()), "count"),
        "below": Fact(int(below.sum()), "count"),
        "few_below": Fact(given.low_default_below, "count"),
        "expected_ratio": Fact(ratio, "number", n=total),
        "correlation": Fact(rho, "ratio"),
        "cases": Fact(total, "count", n=total),
    }
    return LowDefault("risk.low_default", table, facts)


def _bounds(
    cases: Vector,
    defaults: Vector,
    few: NDArray[np.bool_],
    *,
    confidence: float,
    correlation: float = 0.0,
) -> Vector:
    """Return the bound of each grade with few defaults, pooled with the next such grades."""
    found = np.full(len(cases), np.nan)
    runs = np.flatnonzero(np.diff(np.concatenate([[False], few, [False]]).astype(int)))
    for first, last in zip(runs[::2], runs[1::2], strict=True):
        own = slice(first, last)
        found[own] = pluto_tasche(
            cases[own], defaults[own], confidence=confidence, correlation=correlation
        )
    return found
