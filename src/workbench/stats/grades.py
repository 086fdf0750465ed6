"""Tests of a rating scale: whether the default rate of a grade is compatible with its PD."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.stats.arrays import Vector

POWER = 0.8
"""Chance with which an underestimation of the reported size would be found."""


@dataclass(frozen=True, eq=False, repr=False)
class GradeTests:
    """Per grade, whether more (under) or fewer (over) cases defaulted than the PD allows.

    Arrays of shape (grades,). A small `under` says the PD is too low, a small `over` that it is
    too high.

    Attributes
    ----------
    under, over, two_sided : ndarray
        Jeffreys p-values.
    binomial, normal : ndarray
        p-values of the exact binomial test and of its normal approximation for `under`.
    under_adjusted, over_adjusted : ndarray
        Jeffreys p-values adjusted over the grades and both directions together, after Holm.
    portfolio : float
        Jeffreys p-value for `under` of all cases at their mean PD.
    """

    under: Vector
    over: Vector
    two_sided: Vector
    binomial: Vector
    normal: Vector
    under_adjusted: Vector
    over_adjusted: Vector
    portfolio: float


def tested(pd: Vector, cases: Vector, defaults: Vector) -> GradeTests:
    """Test each grade's `pd` against `defaults` among its `cases`, shape (grades,).

    Jeffreys: p = F(pd) with F the Beta(d + 1/2, n - d + 1/2) distribution, as supervisors of
    internal models ask; the cases are taken as independent, which makes p too small when
    defaults move together.
    """
    under = jeffreys(pd, cases, defaults)
    adjusted = holm(np.concatenate([under, 1 - under]))
    spread = np.sqrt(cases * pd * (1 - pd))
    beyond = np.divide(
        defaults - cases * pd, spread, out=np.full(len(pd), np.nan), where=spread > 0
    )
    total = np.array([cases.sum()])
    return GradeTests(
        under=under,
        over=1 - under,
        two_sided=np.minimum(1.0, 2 * np.minimum(under, 1 - under)),
        binomial=binomial_tail(pd, cases, defaults),
        normal=np.asarray(special.ndtr(-beyond)),
        under_adjusted=adjusted[: len(under)],
        over_adjusted=adjusted[len(under) :],
        portfolio=float(jeffreys(pd @ cases / total, total, np.array([defaults.sum()]))[0]),
    )


def jeffreys(pd: Vector, cases: Vector, defaults: Vector) -> Vector:
    """Return the posterior probability that the true rate is at most `pd`, after Jeffreys."""
    return np.asarray(special.betainc(defaults + 0.5, cases - defaults + 0.5, pd))


def binomial_tail(pd: Vector, cases: Vector, defaults: Vector) -> Vector:
    """Return the chance of at least `defaults` among independent `cases`."""
    some = np.maximum(defaults, 1)
    return np.where(defaults > 0, special.betainc(some, cases - some + 1, pd), 1.0)


def correlated_tail(pd: Vector, cases: Vector, defaults: Vector, correlation: float) -> Vector:
    """Return the chance of at least `defaults` when one economic factor moves all cases.

    Vasicek's one-factor model: given the factor z the cases are independent with probability
    Φ((Φ⁻¹(pd) + √ρ z) / √(1 - ρ)). Trapezoid rule over z. With ρ = 0 it is `binomial_tail`.
    """
    z = np.linspace(-8, 8, 4001)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    shifted = special.ndtri(pd)[:, None] + np.sqrt(correlation) * z
    conditional = special.ndtr(shifted / np.sqrt(1 - correlation))
    return np.asarray(binomial_tail(conditional, cases[:, None], defaults[:, None]) @ weight)


def detectable(pd: Vector, cases: Vector, *, level: float, power: float = POWER) -> Vector:
    """Return how many times `pd` the true rate must be for the Jeffreys test to find it.

    The least number of defaults that rejects at `level` is reached with probability `power` at
    that rate. Missing where even all cases defaulting would not reject.
    """
    ratios = np.full(len(pd), np.nan)
    for grade, (own, n) in enumerate(zip(pd, cases, strict=True)):
        d = _least_rejecting(float(own), int(n), level)
        if d <= n:
            ratios[grade] = special.betaincinv(d, n - d + 1, power) / own
    return ratios


def detectable_correlated(
    pd: Vector, cases: Vector, *, correlation: float, level: float, power: float = POWER
) -> Vector:
    """Return how many times `pd` the true rate must be to be found when defaults move together.

    As `detectable`, for the test of `correlated_tail` at `level` and the power in the same model:
    bisection for the least number of defaults that rejects, and for the rate that reaches it with
    probability `power`. Missing where even all cases defaulting would not reject.
    """

    def tail(rate: Vector, defaults: Vector) -> Vector:
        if correlation == 0:
            return binomial_tail(rate, cases, defaults)
        return correlated_tail(rate, cases, defaults, correlation)

    low, high = np.ones(len(pd)), cases + 1.0
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        rejects = tail(pd, np.minimum(middle, cases)) < level
        rejects &= middle <= cases
        high = np.where(rejects, middle, high)
        low = np.where(rejects, low, np.minimum(middle + 1, high))
    least = np.minimum(high, cases)
    below, above = special.logit(pd), np.full(len(pd), 30.0)
    for _ in range(40):
        odds = (below + above) / 2
        reached = tail(special.expit(odds), least) >= power
        above, below = np.where(reached, odds, above), np.where(reached, below, odds)
    return np.where(high <= cases, special.expit(above) / pd, np.nan)


def detectable_years(pd: float, rates: Vector, *, level: float, power: float = POWER) -> float:
    """Return how many times `pd` the mean rate of years must be for `multi_year` to find it.

    With the spread that the years show; missing where that test is.
    """
    spread = float(np.std(rates, ddof=1)) if len(rates) > 1 else 0.0
    if spread == 0:
        return float("nan")
    reach = float(special.ndtri(1 - level) + special.ndtri(power))
    return float(1 + reach * spread / np.sqrt(len(rates)) / pd)


def _least_rejecting(pd: float, cases: int, level: float) -> int:
    """Return the least number of defaults, at least 1, that rejects; above `cases` when none."""
    low, high = 1, cases + 1
    while low < high:
        middle = (low + high) // 2
        if special.betainc(middle + 0.5, cases - middle + 0.5, pd) < level:
            high = middle
        else:
            low = middle + 1
    return low


def holm(p_values: Vector) -> Vector:
    """Return the p-values adjusted for their number after Holm (1979); missing ones stay."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(order) else steps
    return adjusted


def benjamini_hochberg(p_values: Vector) -> Vector:
    """Return the p-values adjusted after Benjamini & Hochberg (1995); missing ones stay.

    Rejecting those below a level keeps the expected share of false ones among the rejected below
    it, where `holm` keeps the chance of a single false one below it.
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")][::-1]
    steps = p_values[order] * len(order) / np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(steps)) if len(order) else steps
    return adjusted


def multi_year(pd: float, rates: Vector) -> float:
    """Return the one-sided p-value that `pd` is not too low, from the default rates of years.

    The normal test of the Basel Committee's working paper 14 (2005): the mean of the yearly rates
    against `pd` with their own spread. It allows for correlation within a year, as the years
    themselves show it. Missing with fewer than two years, or when all are equal.
    """
    spread = float(np.std(rates, ddof=1)) if len(rates) > 1 else 0.0
    if spread == 0:
        return float("nan")
    return float(special.ndtr(-(rates.mean() - pd) * np.sqrt(len(rates)) / spread))


def traffic_light(p_values: Vector, *, yellow: float, red: float) -> NDArray[np.str_]:
    """Return `green`, `yellow` or `red` per p-value of being too low.

    `red` below the level `red`, `yellow` below the level `yellow`, `green` otherwise.
    """
    return np.select([p_values < red, p_values < yellow], ["red", "yellow"], default="green")
