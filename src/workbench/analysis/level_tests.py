"""Whether probabilities are too low, by every supervisory test, alone and with related defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_model
from workbench.rules.graded import counted
from workbench.rules.risk_model import Limits
from workbench.stats import grades as stats
from workbench.stats.arrays import Vector

PORTFOLIO, YEARS = "level_scope:portfolio", "level_scope:years"
LIGHTS = ("green", "weak", "yellow", "red")


@dataclass(frozen=True, eq=False, repr=False)
class LevelTests(Result):
    """Binomial, normal and traffic-light test of the portfolio, each grade, and the years.

    Attributes
    ----------
    table : DataFrame
        The portfolio, the grades in use, and the years where there are two or more: `level_scope`,
        `cases`, `defaults`, `level_ratio` (observed over predicted rate), `p_binomial` (exact) and
        `p_normal` (its normal approximation; for the years the normal test by their own spread),
        one-sided that the PD is too low; `found_from` (times the PD that the true rate must be to
        be found with 80 % power) and `light`; `p_correlated`, `found_correlated` and
        `light_correlated`: the same when one factor moves all loans. p-values of grades are
        adjusted after Holm; lights follow `risk-model.limits`, and `weak` has passed but would not
        have found an excess worth finding.
    facts : mapping
        `grades`, `green`, `weak`, `yellow`, `red` and `red_correlated` (numbers of grades),
        `p_portfolio`, `p_portfolio_correlated`, `found_portfolio`, `found_correlated`, `years`,
        `p_years`, `found_years` (missing with fewer than two), `correlation`, `yellow_limit`,
        `red_limit`, `weak_limit`, `weak_limit_grade`, `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("level_scope", "codes"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("level_ratio", "ratio"),
        Column("p_binomial", "p"),
        Column("p_normal", "p"),
        Column("found_from", "ratio"),
        Column("light", "code", values="validation_light", judged=True),
        Column("p_correlated", "p"),
        Column("found_correlated", "ratio"),
        Column("light_correlated", "code", values="validation_light", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say what the tests come to, and what they could have found."""
        kind = "years" if self.facts["years"].value > 1 else "alone"
        own = tuple(name for name in self.facts if name != "cases")
        left = {"p_years", "found_years"} if kind == "alone" else set[str]()
        return Finding(f"{self.name}.{kind}", tuple(name for name in own if name not in left))


def level_tests(
    predictions: pd.DataFrame,
    years: pd.DataFrame | None = None,
    *,
    confidence: float = 0.95,
) -> LevelTests:
    """Test the level of the portfolio, of each grade, and of the years, with limits and power.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `defaulted` (0 or 1) and `pd`, predicted out of sample.
    years : DataFrame or None
        Cohorts whose outcomes do not overlap, judged by earlier ones: `predicted`, `observed`,
        `cases`, `defaults` (the table of `backtest`).
    confidence : float
        1 minus it is the level that power is stated for.
    """
    check.columns(predictions, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    limits, rho = risk_model.read().limits, risk_model.asset_correlation()
    graded = counted(predictions)
    whole = pd.DataFrame(
        {
            "grade": [PORTFOLIO],
            "cases": [len(predictions)],
            "defaults": [int(predictions["defaulted"].sum())],
            "predicted": [float(predictions["pd"].mean())],
        }
    )
    parts = [
        _tested(whole, limits.detectable_yellow, limits, rho, 1 - confidence),
        _tested(graded, limits.detectable_red, limits, rho, 1 - confidence),
    ]
    seasons = years if years is not None and len(years) > 1 else None
    if seasons is not None:
        parts.append(_years(seasons, limits, 1 - confidence))
    table = pd.concat(parts, ignore_index=True)
    return LevelTests("risk.level_tests", table, _facts(parts, seasons, limits, rho))


def _tested(
    own: pd.DataFrame, weak: float, limits: Limits, rho: float, level: float
) -> pd.DataFrame:
    p, n, d = (own[name].to_numpy(float) for name in ("predicted", "cases", "defaults"))
    found = stats.tested(p, n, d)
    binomial, normal, correlated = (
        stats.holm(each)
        for each in (found.binomial, found.normal, stats.correlated_tail(p, n, d, rho))
    )
    power = stats.detectable_correlated(p, n, correlation=0.0, level=level)
    related = stats.detectable_correlated(p, n, correlation=rho, level=level)
    return pd.DataFrame(
        {
            "level_scope": own["grade"],
            "cases": own["cases"],
            "defaults": own["defaults"],
            "level_ratio": d / n / p,
            "p_binomial": binomial,
            "p_normal": normal,
            "found_from": power,
            "light": _lights(binomial, power, weak, limits),
            "p_correlated": correlated,
            "found_correlated": related,
            "light_correlated": _lights(correlated, related, weak, limits),
        }
    )


def _lights(p: Vector, found_from: Vector, weak: float, limits: Limits) -> list[str]:
    """Return the traffic light of each p-value; green is weak where too little would be found."""
    lights = stats.traffic_light(p, yellow=limits.p_yellow, red=limits.p_red)
    blind = (lights == "green") & ~(found_from <= weak)
    return [str(each) for each in np.where(blind, "weak", lights)]


def _years(years: pd.DataFrame, limits: Limits, level: float) -> pd.DataFrame:
    mean, rates = float(years["predicted"].mean()), years["observed"].to_numpy(float)
    p = stats.multi_year(mean, rates)
    power = stats.detectable_years(mean, rates, level=level)
    light = _lights(np.array([p]), np.array([power]), limits.detectable_yellow, limits)[0]
    none = float("nan")
    return pd.DataFrame(
        {
            "level_scope": [YEARS],
            "cases": [int(years["cases"].sum())],
            "defaults": [int(years["defaults"].sum())],
            "level_ratio": [float(rates.mean()) / mean],
            "p_binomial": [none],
            "p_normal": [p],
            "found_from": [power],
            "light": [None if np.isnan(p) else light],
            "p_correlated": [none],
            "found_correlated": [none],
            "light_correlated": [None],
        }
    )


def _facts(
    parts: list[pd.DataFrame], years: pd.DataFrame | None, limits: Limits, rho: float
) -> dict[str, Fact]:
    whole, graded = parts[0].iloc[0], parts[1]
    n = int(whole["cases"])
    counts = graded["light"].value_counts()
    facts = {"grades": Fact(len(graded), "count")}
    facts |= {light: Fact(int(counts.get(light, 0)), "count") for light in LIGHTS}
    red = int((graded["light_correlated"] == "red").sum())
    facts |= {
        "red_correlated": Fact(red, "count"),
        "p_portfolio": Fact(float(whole["p_binomial"]), "p", n=n),
        "p_portfolio_correlated": Fact(float(whole["p_correlated"]), "p", n=n),
        "found_portfolio": Fact(float(whole["found_from"]), "ratio", n=n),
        "found_correlated": Fact(float(whole["found_correlated"]), "ratio", n=n),
        "years": Fact(0 if years is None else len(years), "count"),
        "correlation": Fact(rho, "ratio"),
        "yellow_limit": Fact(limits.p_yellow, "p"),
        "red_limit": Fact(limits.p_red, "p"),
        "weak_limit": Fact(limits.detectable_yellow, "ratio"),
        "weak_limit_grade": Fact(limits.detectable_red, "ratio"),
        "cases": Fact(n, "count", n=n),
    }
    if years is not None:
        facts["p_years"] = Fact(float(parts[2]["p_normal"].iloc[0]), "p")
        facts["found_years"] = Fact(float(parts[2]["found_from"].iloc[0]), "ratio")
    return facts
