"""A master scale made from data beside the bank's: whether grades are even, and differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import targets
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_development, risk_model
from workbench.stats import master_scale
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.master_scale import Limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (
    Column("grade"),
    Column("bound", "share2"),
    Column("cases", "count"),
    Column("defaults", "count"),
    Column("predicted", "share2"),
    Column("observed", "share2", interval=("low", "high")),
    Column("p_step", "p"),
    Column("p_halves", "p"),
    Column("p_groups", "p"),
    Column("scale_verdict", "code", values="scale_verdict", judged=True),
)


@dataclass(frozen=True, eq=False, repr=False)
class Scale(Result):
    """The grades of one scale on the tested cases, best first.

    Attributes
    ----------
    table : DataFrame
        One row per grade that holds cases: `grade`, `bound` (greatest PD of the grade), `cases`,
        `defaults`, `predicted` (mean PD), `observed` with the Jeffreys interval `low` to `high`,
        `rate_ratio` (of the default rate to that of the grade before), `p_step` (that it does not
        default more often than the grade before; Holm over the pairs), `p_halves` (that its riskier
        half by PD does not default more often), `p_groups` (that segments default alike; both Holm
        over grades and tests together) and `scale_verdict` (`even`; `uneven`: halves or segments
        differ; `not_apart`: not riskier than the grade before, beyond chance; `reversed`: its
        default rate is below that of the grade before).
    facts : mapping
        `grades`, `uneven`, `not_apart`, `reversed` (numbers of grades), `largest_share` (of the
        cases in one grade), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say whether the grades are even and differ."""
        flawed = sum(self.facts[name].value for name in ("uneven", "not_apart", "reversed"))
        return Finding(f"{self.name}.{'flawed' if flawed else 'sound'}", tuple(self.facts))


@dataclass(frozen=True, eq=False, repr=False)
class BuiltScale(Scale):
    """The scale made from data; `given` is the bank's, whose figure is that of `grades`."""

    given: Scale
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the default rate per grade with its interval, and the mean PD."""
        drawn = self.table.assign(
            value=self.table["observed"],
            target=self.table["predicted"],
            label=[text.say("risk.grade", grade=grade) for grade in self.table["grade"]],
        )
        return targets.draw(
            drawn,
            rows="label",
            unit="share",
            label=text.say("risk.rate_root_axis"),
            names=(text.say("risk.observed"), text.say("risk.predicted")),
            ax=ax,
            rooted=True,
        )


def built_scale(
    predictions: pd.DataFrame, development: pd.DataFrame, *, confidence: float = 0.95
) -> BuiltScale:
    """Make a scale from the development cases and test it, and the bank's, on the tested ones.

    The scale with the most grades that keeps the limits of the rule pack `risk-development`, exact
    over slices of the PD (`stats.master_scale`). Without development cases (cross-validation) it is
    made from the tested cases themselves: then its tests are optimistic.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `defaulted` (0 or 1), `pd`, predicted out of sample, and `segment`.
    development : DataFrame
        The same of the cases the score was learnt from; may be empty.
    confidence : float
        Coverage of the intervals; 1 minus it is the level of the tests over the whole scale.

    Raises
    ------
    DataError
        There are too few defaults for a single grade.
    """
    check.columns(predictions, "defaulted", "pd", "segment")
    check.columns(development, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    made = development if len(development) else predictions
    upper = _bounds(*(made[name].to_numpy(float) for name in ("pd", "defaulted")))
    names, given = risk_model.grades()
    table = _tested(predictions, tuple(str(at + 1) for at in range(len(upper))), upper, confidence)
    theirs = _tested(predictions, names, np.array(given), confidence)
    other = Scale("risk.given_scale", theirs, _facts(theirs))
    return BuiltScale("risk.built_scale", table, _facts(table), other)


def _bounds(p: Vector, events: Vector) -> Vector:
    """Return the greatest PD of each grade of the scale made from these cases."""
    own = risk_development.read().scale
    codes = master_scale.slices(p, own.slices)
    cases, defaults, sums = (
        np.bincount(codes, weights=weights).astype(np.float64) for weights in (None, events, p)
    )
    limits = Limits(own.grades, own.share, own.defaults, own.ratio, own.level)
    starts = master_scale.built(cases, defaults, sums, limits).starts
    most, least = np.full(len(cases), -np.inf), np.full(len(cases), np.inf)
    np.maximum.at(most, codes, p)
    np.minimum.at(least, codes, p)
    # Half-way in the odds between the last case of a grade and the first of the next.
    between = np.sqrt(most[starts[1:] - 1] * least[starts[1:]])
    return np.append(between, 1.0)


def _tested(
    predictions: pd.DataFrame, names: tuple[str, ...], upper: Vector, confidence: float
) -> pd.DataFrame:
    p, events = (predictions[name].to_numpy(float) for name in ("pd", "defaulted"))
    codes = np.searchsorted(upper, p, side="left")
    used, grade = np.unique(codes, return_inverse=True)
    group = pd.factorize(predictions["segment"].fillna(""), sort=True)[0].astype(np.intp)
    found = master_scale.checked(grade.astype(np.intp), p, events, group)
    n = np.bincount(grade).astype(np.float64)
    d = np.bincount(grade, weights=events).astype(np.float64)
    low, high = jeffreys_interval(d, n, confidence)
    ratio = np.full(len(used), np.nan)
    rate = d / n
    ratio[1:] = np.divide(rate[1:], rate[:-1], out=ratio[1:].copy(), where=rate[:-1] > 0)
    level = 1 - confidence
    uneven = (found.halves < level) | (found.groups < level)
    return pd.DataFrame(
        {
            "grade": [names[at] for at in used],
            "bound": upper[used],
            "cases": n.astype(int),
            "defaults": d.astype(int),
            "predicted": np.bincount(grade, weights=p) / n,
            "observed": rate,
            "low": low,
            "high": high,
            "rate_ratio": ratio,
            "p_step": found.steps,
            "p_halves": found.halves,
            "p_groups": found.groups,
            "scale_verdict": np.select(
                [np.diff(rate, prepend=0.0) < 0, uneven, found.steps >= level],
                ["reversed", "uneven", "not_apart"],
                default="even",
            ),
        }
    )


def _facts(table: pd.DataFrame) -> dict[str, Fact]:
    counts, n = table["scale_verdict"].value_counts(), int(table["cases"].sum())
    return {
        "grades": Fact(len(table), "count"),
        **{
            name: Fact(int(counts.get(name, 0)), "count")
            for name in ("uneven", "not_apart", "reversed")
        },
        "largest_share": Fact(float(table["cases"].max()) / n, "share", n=n),
        "cases": Fact(n, "count", n=n),
    }
