"""Whether predicted probabilities of default are as high as the defaults that follow."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats import logit
from workbench.stats.arrays import Codes, Vector

SMALLEST = 1e-12
"""Probabilities are kept this far from 0 and 1 where a logarithm is taken."""

LARGEST = 2.0
"""Largest step of log-odds towards the calibration in the large."""


@dataclass(frozen=True)
class Recalibration:
    """How a logistic recalibration of the predictions differs from leaving them (Cox 1958).

    Attributes
    ----------
    slope, slope_error : float
        Coefficient of logit(p), 1 when the spread of the predictions is right, and its standard
        error. Below 1 the predictions are too extreme.
    intercept : float
        Constant beside the slope.
    in_the_large, in_the_large_error : float
        Constant with the slope held at 1: above 0 the predictions are too low on the whole.
    statistic, p_value : float
        Likelihood ratio of both against (0, 1), chi-square of 2 degrees of freedom.
    """

    slope: float
    slope_error: float
    intercept: float
    in_the_large: float
    in_the_large_error: float
    statistic: float
    p_value: float


@dataclass(frozen=True)
class ChiSquare:
    """A test statistic with its degrees of freedom and p-value."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class Brier:
    """Mean squared error of the predictions.

    Attributes
    ----------
    score, expected : float
        What was observed, and what perfectly calibrated predictions of this kind would give.
    reference : float
        Score of predicting the overall rate for everybody.
    z, p_value : float
        Spiegelhalter's (1986) test of calibration, two-sided.
    """

    score: float
    expected: float
    reference: float
    z: float
    p_value: float


@dataclass(frozen=True)
class Murphy:
    """Brier score of grouped forecasts = reliability - resolution + uncertainty (Murphy 1973)."""

    score: float
    reliability: float
    resolution: float
    uncertainty: float


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """Observed rate against mean prediction per group, from the lowest prediction to the highest.

    Attributes
    ----------
    cases, events, predicted, observed, low, high : ndarray, shape (groups,)
        Counts, mean prediction, observed rate and its Jeffreys interval.
    """

    cases: Vector
    events: Vector
    predicted: Vector
    observed: Vector
    low: Vector
    high: Vector

    @property
    def expected_error(self) -> float:
        """Return the mean distance of rate and prediction, weighted by cases (ECE)."""
        return float(np.average(np.abs(self.observed - self.predicted), weights=self.cases))

    @property
    def largest_error(self) -> float:
        """Return the largest distance of rate and prediction in a group (MCE)."""
        return float(np.abs(self.observed - self.predicted).max())


def recalibration(probabilities: Vector, events: Vector) -> Recalibration:
    """Regress the outcome on logit(p), with and without a free slope."""
    p = np.clip(probabilities, SMALLEST, 1 - SMALLEST)
    score = special.logit(p)
    found, information = logit.estimate(score[:, None], events)
    fitted = special.expit(found[0] + found[1] * score)
    constant, error = _in_the_large(score, events)
    statistic = 2 * (_log_likelihood(fitted, events) - _log_likelihood(p, events))
    return Recalibration(
        slope=float(found[1]),
        slope_error=float(np.sqrt(np.linalg.inv(information)[1, 1])),
        intercept=float(found[0]),
        in_the_large=constant,
        in_the_large_error=error,
        statistic=statistic,
        p_value=float(special.chdtrc(2, max(statistic, 0.0))),
    )


def brier(probabilities: Vector, events: Vector) -> Brier:
    """Return the Brier score with Spiegelhalter's test."""
    p, rate = probabilities, float(np.mean(events))
    spread = float(np.sqrt(np.sum((1 - 2 * p) ** 2 * p * (1 - p))))
    z = float(np.sum((events - p) * (1 - 2 * p))) / spread if spread > 0 else np.nan
    return Brier(
        score=float(np.mean((events - p) ** 2)),
        expected=float(np.mean(p * (1 - p))),
        reference=rate * (1 - rate),
        z=z,
        p_value=normal_p_value(z),
    )


def hosmer_lemeshow(
    probabilities: Vector, events: Vector, *, groups: int = 10, fitted: bool = False
) -> ChiSquare:
    """Return the Hosmer-Lemeshow chi-square over quantile groups of the predictions.

    Degrees of freedom: the number of groups for predictions from elsewhere (out of sample), two
    fewer when the model was `fitted` on these very rows. Quantiles as in R (type 7), groups closed
    at the right; equal predictions stay together, so there can be fewer groups.
    """
    codes, number = quantile_groups(probabilities, groups)
    cases, happened, sums = (
        np.bincount(codes, weights=weight, minlength=number)
        for weight in (np.ones(len(codes)), events, probabilities)
    )
    mean = sums / cases
    statistic = float(np.sum((happened - sums) ** 2 / (cases * mean * (1 - mean))))
    df = number - 2 if fitted else number
    if df < 1:
        raise DataError(f"{number} different groups of predictions are too few for this test")
    return ChiSquare(statistic, df, float(special.chdtrc(df, statistic)))


def quantile_groups(probabilities: Vector, groups: int) -> tuple[Codes, int]:
    """Return the quantile group of each prediction from 0, and how many groups there are."""
    breaks = np.unique(np.quantile(probabilities, np.linspace(0, 1, groups + 1)))
    codes = np.searchsorted(breaks[1:-1], probabilities, side="left")
    found, codes = np.unique(codes, return_inverse=True)
    return codes.astype(np.intp, copy=False), len(found)


def curve(
    probabilities: Vector, events: Vector, codes: Codes, *, confidence: float = 0.95
) -> Curve:
    """Return the reliability curve over the groups `codes`; empty groups are left out.

    Intervals of the observed rate are Jeffreys', B(d + 1/2, n - d + 1/2), with 0 and 1 as their
    ends where nothing or everything defaulted.
    """
    cases, happened, sums = (
        np.bincount(codes, weights=weight).astype(np.float64, copy=False)
        for weight in (np.ones(len(codes)), events, probabilities)
    )
    used = cases > 0
    cases, happened, sums = cases[used], happened[used], sums[used]
    low, high = jeffreys_interval(happened, cases, confidence)
    return Curve(cases, happened, sums / cases, happened / cases, low, high)


def jeffreys_interval(
    events: Vector, cases: Vector, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the equal-tailed Jeffreys interval of a rate (Brown, Cai & DasGupta 2001)."""
    tail, others = (1 - confidence) / 2, cases - events
    low = np.where(events == 0, 0.0, special.betaincinv(events + 0.5, others + 0.5, tail))
    high = np.where(others == 0, 1.0, special.betaincinv(events + 0.5, others + 0.5, 1 - tail))
    return low, high


def normal_quantile(confidence: float) -> float:
    """Return how many standard errors a two-sided normal interval reaches."""
    return float(special.ndtri(0.5 + confidence / 2))


def normal_p_value(z: float) -> float:
    """Return the two-sided p-value of a standard normal `z`."""
    return float(2 * special.ndtr(-abs(z)))


def murphy(groups: Curve) -> Murphy:
    """Split the Brier score of the group means into its parts; exact for grouped forecasts."""
    share = groups.cases / groups.cases.sum()
    rate = float(groups.events.sum() / groups.cases.sum())
    reliability = float(share @ (groups.predicted - groups.observed) ** 2)
    resolution = float(share @ (groups.observed - rate) ** 2)
    uncertainty = rate * (1 - rate)
    return Murphy(reliability - resolution + uncertainty, reliability, resolution, uncertainty)


def _in_the_large(score: Vector, events: Vector) -> tuple[float, float]:
    """Return the constant that sets the mean prediction right, and its standard error."""
    constant = 0.0
    for _ in range(logit.STEPS):
        p = special.expit(score + constant)
        information = float(np.sum(p * (1 - p)))
        # Far from the answer a full step would leave every prediction at 0 or 1.
        step = float(np.clip(np.sum(events - p) / max(information, SMALLEST), -LARGEST, LARGEST))
        constant += step
        if abs(step) < logit.TOLERANCE:
            return constant, information**-0.5
    raise DataError("calibration in the large has no solution: all outcomes are the same")


def _log_likelihood(p: Vector, events: Vector) -> float:
    return float(np.sum(special.xlogy(events, p) + special.xlog1py(1 - events, -p)))
