"""Which way of setting the probabilities right does best on cases it never saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import calibration as tests
from workbench.stats import recalibration as stats
from workbench.stats import smoothing, splits
from workbench.stats.arrays import Codes, Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Recalibration(Result):
    """Ways to recalibrate, each judged on the folds it did not learn from.

    Attributes
    ----------
    table : DataFrame
        One row per method, simplest first: `method`, `log_loss`, `loss_saved` (log loss against
        leaving the predictions, per thousand cases) with its interval `gain_low` to `gain_high`,
        `slope` (`slope_low` to `slope_high`), `in_the_large` (`level_low` to `level_high`),
        `smooth_distance` (integrated calibration index) with `distance_low` to `distance_high`,
        `chance_limit` (what true predictions would exceed once in twenty times) and `verdict`
        (`chosen`, `as_good`, `worse`).
    facts : mapping
        `cases`, `defaults`, `folds`, `gain` and `distance` of the chosen method, `distance_before`.
    chosen : str
        The simplest method whose log loss is within one standard error of the least.
    predictions : DataFrame
        The cases with `pd` as the chosen method gives it out of fold, and `pd_before`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    chosen: stats.Method
    predictions: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("method", "code", values="recalibration_method"),
        Column("log_loss", "statistic"),
        Column("loss_saved", "number", interval=("gain_low", "gain_high")),
        Column("slope", "ratio", interval=("slope_low", "slope_high")),
        Column("in_the_large", "ratio", interval=("level_low", "level_high")),
        Column("smooth_distance", "share2", interval=("distance_low", "distance_high")),
        Column("chance_limit", "share2"),
        Column("verdict", "code", values="recalibration_verdict"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)
    key: ClassVar[tuple[str, ...]] = ("distance", "distance_before", "gain")

    def summary(self) -> Finding:
        """Say which method is chosen, and what it gains."""
        kept = self.chosen == "unchanged"
        return Finding(
            f"{self.name}.{'kept' if kept else 'changed'}",
            ("cases", "defaults", "folds", "gain", "distance", "distance_before"),
            {} if kept else {"method": Word(self.chosen, "recalibration_method")},
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what each method saves of the log loss, with its interval."""
        labels = [schema.value("recalibration_method", each) for each in self.table["method"]]
        drawn = self.table.assign(
            value=self.table["loss_saved"],
            low=self.table["gain_low"],
            high=self.table["gain_high"],
            label=labels,
        )
        return intervals.draw(
            drawn, rows="label", unit="number", label=text.say("risk.gain_axis"), ax=ax, reference=0
        )


def recalibration(
    predictions: pd.DataFrame, *, folds: int = 5, seed: int = 1, confidence: float = 0.95
) -> Recalibration:
    """Compare the ways to recalibrate by cross-fitting: learnt on other customers' cases.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `customer_id`, `defaulted` (0 or 1) and `pd`, predicted out of sample.
    folds, seed : int
        All cases of a customer are in one fold; see `stats.splits`.
    confidence : float
        Coverage of the intervals. Those of the gain are robust to several cases of a customer.

    Raises
    ------
    DataError
        Fewer customers with a default, or without one, than folds.
    """
    check.columns(predictions, "customer_id", "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    p, events = (predictions[name].to_numpy(float) for name in ("pd", "defaulted"))
    everybody = np.ones(len(p), dtype=bool)
    fold = splits.fold_of(
        predictions["customer_id"], events, folds=folds, seed=seed, used=everybody
    )
    customers = pd.factorize(predictions["customer_id"])[0].astype(np.intp)
    found = {method: stats.cross_fitted(method, p, events, fold) for method in stats.METHODS}
    loss = {method: _log_loss(own, events) for method, own in found.items()}
    chosen = _chosen(loss, customers)
    rows = [
        {
            "method": method,
            "log_loss": float(loss[method].mean()),
            **_gain(loss["unchanged"] - loss[method], customers, confidence),
            **_measures(own, events, confidence, seed),
            "verdict": _verdict(method, chosen, loss, customers),
        }
        for method, own in found.items()
    ]
    table = pd.DataFrame(rows)
    kept = predictions.assign(pd=found[chosen], pd_before=p)
    facts = _facts(table, chosen, events, folds, confidence)
    return Recalibration("risk.recalibration", table, facts, chosen, kept)


def _log_loss(p: Vector, events: Vector) -> Vector:
    p = np.clip(p, tests.SMALLEST, 1 - tests.SMALLEST)
    return -np.asarray(special.xlogy(events, p) + special.xlog1py(1 - events, -p))


def _error(difference: Vector, customers: Codes) -> float:
    """Return the standard error of a mean over cases, robust to several cases of a customer."""
    sums = np.bincount(customers, weights=difference - difference.mean())
    return float(np.sqrt(np.sum(sums**2)) / len(difference))


def _gain(saved: Vector, customers: Codes, confidence: float) -> dict[str, float]:
    mean, reach = float(saved.mean()), tests.normal_quantile(confidence) * _error(saved, customers)
    ends = {"loss_saved": mean, "gain_low": mean - reach, "gain_high": mean + reach}
    return {name: 1000 * value for name, value in ends.items()}


def _measures(p: Vector, events: Vector, confidence: float, seed: int) -> dict[str, float]:
    reach = tests.normal_quantile(confidence)
    cox = tests.recalibration(p, events)
    apart = smoothing.distance_spread(p, events, confidence=confidence, seed=seed)
    return {
        "slope": cox.slope,
        "slope_low": cox.slope - reach * cox.slope_error,
        "slope_high": cox.slope + reach * cox.slope_error,
        "in_the_large": cox.in_the_large,
        "level_low": cox.in_the_large - reach * cox.in_the_large_error,
        "level_high": cox.in_the_large + reach * cox.in_the_large_error,
        "smooth_distance": apart.mean,
        "distance_low": apart.low,
        "distance_high": apart.high,
        "chance_limit": apart.chance,
    }


def _within(loss: Mapping[stats.Method, Vector], method: stats.Method, customers: Codes) -> bool:
    """Tell whether a method's log loss is within one standard error of the least."""
    best = min(loss, key=lambda name: float(loss[name].mean()))
    difference = loss[method] - loss[best]
    return bool(difference.mean() <= _error(difference, customers))


def _chosen(loss: Mapping[stats.Method, Vector], customers: Codes) -> stats.Method:
    return next(method for method in loss if _within(loss, method, customers))


def _verdict(
    method: stats.Method,
    chosen: stats.Method,
    loss: Mapping[stats.Method, Vector],
    customers: Codes,
) -> str:
    if method == chosen:
        return "chosen"
    return "as_good" if _within(loss, method, customers) else "worse"


def _facts(
    table: pd.DataFrame, chosen: str, events: Vector, folds: int, confidence: float
) -> dict[str, Fact]:
    n = len(events)
    own = {str(row["method"]): row for row in table.to_dict("records")}

    def measured(method: str, column: str, ends: str, unit: str) -> Fact:
        value, low, high = (
            float(own[method][name]) for name in (column, f"{ends}_low", f"{ends}_high")
        )
        return Fact(value, unit, low, high, confidence, n)

    return {
        "cases": Fact(n, "count", n=n),
        "defaults": Fact(int(events.sum()), "count", n=n),
        "folds": Fact(folds, "count"),
        "gain": measured(chosen, "loss_saved", "gain", "number"),
        "distance": measured(chosen, "smooth_distance", "distance", "share2"),
        "distance_before": measured("unchanged", "smooth_distance", "distance", "share2"),
    }
