"""Whether each grade of the master scale defaults as often as its probability says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import targets
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_model
from workbench.rules.graded import counted
from workbench.stats import grades as stats
from workbench.stats.calibration import jeffreys_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Grades(Result):
    """Default rate against mean probability per grade, with tests in both directions.

    Attributes
    ----------
    table : DataFrame
        One row per grade that holds cases, best first: `grade`, `cases`, `defaults`, `predicted`
        (mean probability), `observed` with the Jeffreys interval `low` to `high`, `p_low` and
        `p_high` (Jeffreys p-values that the probability is too low, too high, adjusted over grades
        and directions after Holm), `p_correlated` (that it is too low when defaults move together
        as in the one-factor model, adjusted over the grades), `detectable` (times the probability
        that an underestimation would need to be found with 80 % power) and `verdict` (`fits`,
        `too_low`, `too_high`).
    facts : mapping
        `grades`, `too_low`, `too_high` (numbers of grades), `predicted`, `observed`, `p_low` (of
        all cases together), `too_low_correlated` (grades refuted by `p_correlated`), `correlation`
        (of the assets, from the rule pack), `most_sensitive`, `least_sensitive` (least and
        greatest `detectable` of the grades), `cases`.
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
        Column("p_low", "p"),
        Column("p_high", "p"),
        Column("p_correlated", "p"),
        Column("detectable", "ratio"),
        Column("verdict", "code", values="grade_verdict", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say whether a grade's probability is refuted, and what could have been found."""
        wrong = self.facts["too_low"].value + self.facts["too_high"].value
        return Finding(
            f"{self.name}.{'refuted' if wrong else 'fits'}",
            tuple(name for name in self.facts if name != "cases"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the default rate per grade with its interval, and the mean probability."""
        return targets.draw(
            self.table.assign(
                value=self.table["observed"],
                target=self.table["predicted"],
                label=[text.say("risk.grade", grade=grade) for grade in self.table["grade"]],
            ),
            rows="label",
            unit="share",
            label=text.say("risk.rate_root_axis"),
            names=(text.say("risk.observed"), text.say("risk.predicted")),
            ax=ax,
            rooted=True,
        )


def grades(predictions: pd.DataFrame, *, confidence: float = 0.95) -> Grades:
    """Sort the cases into the grades of the rule pack `master-scale` and test each.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `defaulted` (0 or 1) and `pd`, predicted out of sample.
    confidence : float
        Coverage of the intervals; 1 minus it is the level of the tests over all grades.

    Raises
    ------
    ParameterError
        The bounds of the master scale do not rise to 1.
    """
    check.columns(predictions, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    table = counted(predictions)
    pd_, cases, defaults = (
        table[name].to_numpy(float) for name in ("predicted", "cases", "defaults")
    )
    found, level = stats.tested(pd_, cases, defaults), 1 - confidence
    low, high = jeffreys_interval(defaults, cases, confidence)
    correlation = risk_model.asset_correlation()
    table = table.assign(
        observed=defaults / cases,
        low=low,
        high=high,
        p_low=found.under_adjusted,
        p_high=found.over_adjusted,
        p_correlated=stats.holm(stats.correlated_tail(pd_, cases, defaults, correlation)),
        detectable=stats.detectable(pd_, cases, level=level),
        verdict=np.select(
            [found.under_adjusted < level, found.over_adjusted < level],
            ["too_low", "too_high"],
            default="fits",
        ),
    )
    facts = {
        **_facts(table, found.portfolio),
        "too_low_correlated": Fact(int((table["p_correlated"] < level).sum()), "count"),
        "correlation": Fact(correlation, "ratio"),
    }
    return Grades("risk.grades", table, facts)


def _facts(table: pd.DataFrame, portfolio: float) -> dict[str, Fact]:
    n = int(table["cases"].sum())
    verdicts = table["verdict"].value_counts()
    return {
        "grades": Fact(len(table), "count"),
        "too_low": Fact(int(verdicts.get("too_low", 0)), "count"),
        "too_high": Fact(int(verdicts.get("too_high", 0)), "count"),
        "predicted": Fact(
            float(np.average(table["predicted"], weights=table["cases"])), "share2", n=n
        ),
        "observed": Fact(float(table["defaults"].sum()) / n, "share2", n=n),
        "p_low": Fact(portfolio, "p", n=n),
        "most_sensitive": Fact(float(table["detectable"].min()), "ratio"),
        "least_sensitive": Fact(float(table["detectable"].max()), "ratio"),
        "cases": Fact(n, "count", n=n),
    }
