"""Whether the predicted probabilities are as high as the defaults that followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import reliability
from workbench.result import Column, Fact, Finding, Result
from workbench.stats import calibration as stats
from workbench.stats.arrays import Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Reliability(Result):
    """Default rate against mean prediction, in groups of equal size from low to high.

    Attributes
    ----------
    table : DataFrame
        `group` (from 1), `cases`, `defaults`, `predicted`, `observed` with the Jeffreys interval
        `low` to `high`, and `outside` (whether the prediction lies outside it).
    facts : mapping
        `predicted`, `observed` (means of all cases), `error` (expected calibration error),
        `largest` (largest error of a group), `groups`, `outside` (numbers of groups), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("group", "count"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("predicted", "share2"),
        Column("observed", "share2", interval=("low", "high")),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (5.6, 5.0)

    def summary(self) -> Finding:
        """Say how far rates and predictions lie apart, and in how many groups surely."""
        return Finding(
            f"{self.name}.finding",
            ("predicted", "observed", "error", "largest", "groups", "outside"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the reliability curve with intervals."""
        return reliability.draw(
            self.table,
            label=text.say("risk.rate_axis"),
            predicted=text.say("risk.predicted_axis"),
            equal=text.say("risk.equal_line"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationTests(Result):
    """Measures and tests of calibration.

    Attributes
    ----------
    table : DataFrame
        `measure`, `value` with `low` and `high` where there is an interval, `ideal` (what a
        calibrated model would have on average) and `p_value` (of departing from it).
    facts : mapping
        `slope`, `in_the_large`, `brier`, `brier_reference`, `hosmer_lemeshow_p`, `cox_p`.
    verdict : str
        `holds`, `level`, `spread` or `shape`: what the tests object to first.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    verdict: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("measure", "code", values="calibration_measure"),
        Column("value", "statistic", interval=("low", "high")),
        Column("ideal", "statistic"),
        Column("p_value", "p"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say what the tests found, with slope, level and Brier score."""
        return Finding(f"{self.name}.{self.verdict}", tuple(self.facts))


def calibration(
    predictions: pd.DataFrame, *, groups: int = 10, confidence: float = 0.95
) -> Reliability:
    """Compare default rates with predictions in quantile groups of the predictions.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `defaulted` (0 or 1) and `pd`, predicted out of sample.
    groups : int
        Number of groups; equal predictions stay together.
    confidence : float
        Coverage of the Jeffreys intervals.
    """
    p, events = _columns(predictions)
    codes, _ = stats.quantile_groups(p, groups)
    found = stats.curve(p, events, codes, confidence=confidence)
    table = pd.DataFrame(
        {
            "group": np.arange(1, len(found.cases) + 1),
            "cases": found.cases,
            "defaults": found.events,
            "predicted": found.predicted,
            "observed": found.observed,
            "low": found.low,
            "high": found.high,
            "outside": (found.predicted < found.low) | (found.predicted > found.high),
        }
    )
    n = len(p)
    low, high = stats.jeffreys_interval(np.array([events.sum()]), np.array([float(n)]), confidence)
    rate = Fact(float(events.mean()), "share2", float(low[0]), float(high[0]), confidence, n)
    facts = {
        "predicted": Fact(float(p.mean()), "share2", n=n),
        "observed": rate,
        "error": Fact(found.expected_error, "share2", n=n),
        "largest": Fact(found.largest_error, "share2", n=n),
        "groups": Fact(len(table), "count"),
        "outside": Fact(int(table["outside"].sum()), "count"),
        "cases": Fact(n, "count", n=n),
    }
    return Reliability("risk.calibration", table, facts)


def calibration_tests(
    predictions: pd.DataFrame, *, groups: int = 10, confidence: float = 0.95
) -> CalibrationTests:
    """Test whether out-of-sample predictions are calibrated; parameters as in `calibration`.

    Slope and level by logistic recalibration (Cox), shape by Hosmer–Lemeshow with as many
    degrees of freedom as groups (no parameter was fitted on these cases), Brier score with
    Spiegelhalter's test. With many cases the tests object to differences that do not matter; with
    few they object to none: read them beside the reliability curve.
    """
    p, events = _columns(predictions)
    cox, brier = stats.recalibration(p, events), stats.brier(p, events)
    shape = stats.hosmer_lemeshow(p, events, groups=groups)
    reach = stats.normal_quantile(confidence)
    rows = [
        _row("slope", cox.slope, 1.0, error=cox.slope_error, reach=reach),
        _row("in_the_large", cox.in_the_large, 0.0, error=cox.in_the_large_error, reach=reach),
        _row("cox", cox.statistic, 2.0, p_value=cox.p_value),
        _row("hosmer_lemeshow", shape.statistic, float(shape.df), p_value=shape.p_value),
        _row("brier", brier.score, brier.expected, p_value=brier.p_value),
        _row("brier_reference", brier.reference, float("nan")),
    ]
    table = pd.DataFrame(rows)
    return CalibrationTests(
        "risk.calibration_tests",
        table,
        _test_facts(table, confidence, len(p)),
        _verdict(table.set_index("measure")["p_value"], 1 - confidence),
    )


def _columns(predictions: pd.DataFrame) -> tuple[Vector, Vector]:
    check.columns(predictions, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    return predictions["pd"].to_numpy(float), predictions["defaulted"].to_numpy(float)


def _row(
    measure: str,
    value: float,
    ideal: float,
    *,
    error: float = float("nan"),
    reach: float = float("nan"),
    p_value: float = float("nan"),
) -> dict[str, object]:
    if not np.isnan(error):
        p_value = stats.normal_p_value((value - ideal) / error)
    ends = {"low": value - reach * error, "high": value + reach * error}
    return {"measure": measure, "value": value, **ends, "ideal": ideal, "p_value": p_value}


def _test_facts(table: pd.DataFrame, confidence: float, n: int) -> dict[str, Fact]:
    own = {str(row["measure"]): row for row in table.to_dict("records")}
    facts = {}
    for name, unit in (("slope", "ratio"), ("in_the_large", "number")):
        row = own[name]
        facts[name] = Fact(row["value"], unit, row["low"], row["high"], confidence, n)
    for name in ("brier", "brier_reference"):
        facts[name] = Fact(own[name]["value"], "statistic", n=n)
    for name in ("cox", "hosmer_lemeshow"):
        facts[f"{name}_p"] = Fact(own[name]["p_value"], "p", n=n)
    return facts


def _verdict(p_values: "pd.Series[float]", level: float) -> str:
    for measure, verdict in (
        ("in_the_large", "level"),
        ("slope", "spread"),
        ("hosmer_lemeshow", "shape"),
    ):
        if p_values[measure] < level:
            return verdict
    return "holds"
