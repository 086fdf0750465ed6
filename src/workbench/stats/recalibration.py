"""Ways to set predicted probabilities right, each learnt on some cases and applied to others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from scipy import optimize, special

from workbench import check
from workbench.errors import DataError
from workbench.stats import logit
from workbench.stats.arrays import Codes, Vector
from workbench.stats.calibration import SMALLEST

Method = Literal["unchanged", "intercept", "platt", "beta", "isotonic", "moments"]
METHODS: tuple[Method, ...] = get_args(Method)
FLAT = 0.05
"""Cases of half and half that an isotonic level is mixed with, so that no level is exactly 0."""


@dataclass(frozen=True, eq=False, repr=False)
class Mapping:
    """A learnt recalibration.

    Attributes
    ----------
    method : str
    parameters : ndarray
        Of the method, see `learnt`; levels and bounds for `isotonic`.
    apply : callable
        Probabilities in, recalibrated probabilities out; both of shape (n,).
    knots : ndarray, shape (2, k)
        Of `isotonic` and `moments`: where their curve has its corners, and its height there. Empty
        otherwise. With method and parameters it is all there is to the mapping; see `restored`.
    """

    method: Method
    parameters: Vector
    apply: Callable[[Vector], Vector]
    knots: Vector = field(default_factory=lambda: np.empty((2, 0)))


def learnt(method: Method, probabilities: Vector, events: Vector) -> Mapping:
    """Learn how to set `probabilities` right from what happened.

    `unchanged` leaves them; `intercept` adds a constant to the log odds; `platt` is a logit of the
    log odds (Platt 1999); `beta` one of ln p and -ln(1 - p) (Kull et al. 2017), without bounds on
    its coefficients; `isotonic` the best rising steps (Zadrozny & Elkan 2002); `moments` is
    Tasche's (2013) quasi-moment matching: the curve whose mean is the default rate and whose
    implied discrimination is the observed one.

    Raises
    ------
    DataError
        All outcomes are the same, or a fit does not converge.
    """
    check.choice(method, METHODS, "method")
    if method == "unchanged":
        return Mapping(method, np.array([]), np.asarray)
    p = np.clip(probabilities, SMALLEST, 1 - SMALLEST)
    learn = {
        "intercept": _intercept,
        "platt": _platt,
        "beta": _beta,
        "isotonic": _isotonic,
        "moments": _moments,
    }[method]
    return learn(p, events)


def restored(method: Method, parameters: Vector, knots: Vector) -> Mapping:
    """Return the mapping that was learnt with these `parameters` and `knots`, bit for bit."""
    check.choice(method, METHODS, "method")
    if method == "unchanged":
        return Mapping(method, np.array([]), np.asarray)
    if method == "intercept":
        return Mapping(method, parameters, _logistic(np.array([parameters[0], 1.0])))
    apply = {
        "platt": lambda: _logistic(parameters),
        "beta": lambda: _two_slopes(parameters),
        "isotonic": lambda: _steps(knots),
        "moments": lambda: _quantiles(parameters, knots),
    }[method]()
    return Mapping(method, parameters, apply, knots)


def cross_fitted(method: Method, probabilities: Vector, events: Vector, fold: Codes) -> Vector:
    """Return each case recalibrated by what the other folds taught, shape (n,).

    `fold` numbers the folds from 0.
    """
    found = np.empty(len(probabilities))
    for own in np.unique(fold):
        inside = fold == own
        mapping = learnt(method, probabilities[~inside], events[~inside])
        found[inside] = mapping.apply(probabilities[inside])
    return found


def anchored(probabilities: Vector, target: float) -> Vector:
    """Return the probabilities with one constant added to all log odds, of mean `target`."""
    return shifted(probabilities, anchor(probabilities, target))


def anchor(probabilities: Vector, target: float) -> float:
    """Return the constant that, added to all log odds, gives probabilities of mean `target`."""
    odds = special.logit(np.clip(probabilities, SMALLEST, 1 - SMALLEST))
    return _shift(odds, np.ones(len(odds)), target)


def shifted(probabilities: Vector, constant: float) -> Vector:
    """Return the probabilities with `constant` added to all log odds."""
    odds = special.logit(np.clip(probabilities, SMALLEST, 1 - SMALLEST))
    return np.asarray(special.expit(odds + constant))


def quasi_moments(
    ranks: Vector, weights: Vector, *, target: float, auc: float
) -> tuple[float, float, Vector]:
    """Return intercept, slope and PDs of Tasche's curve over scores of `ranks`.

    PD = 1 / (1 + exp(-(a + b x))) with x the normal quantile of the rank of a score in the
    portfolio (the robust form, which uses the distribution of all cases for that of the sound
    ones). a and b are such that the mean PD is `target` and the area under the curve that the
    PDs imply is `auc` (Tasche 2013, The art of PD curve calibration).

    Parameters
    ----------
    ranks, weights : ndarray, shape (scores,)
        Middle rank of each different score, in (0, 1), riskier higher, and how many cases have it.
    target, auc : float

    Raises
    ------
    DataError
        No curve of this form has that area.
    """
    x = special.ndtri(ranks)

    def curve(slope: float) -> tuple[float, Vector]:
        constant = _shift(slope * x, weights, target)
        return constant, np.asarray(special.expit(constant + slope * x))

    def missing(slope: float) -> float:
        return implied_auc(curve(slope)[1], weights) - auc

    reach = 1.0
    while missing(reach) < 0 and reach < 1024:
        reach *= 2
    if missing(reach) < 0 or missing(-reach) > 0:
        raise DataError(f"no curve over these scores has an area of {auc:.4f}")
    slope = float(optimize.brentq(missing, -reach, reach, xtol=1e-13, rtol=1e-13))
    constant, found = curve(slope)
    return constant, slope, found


def implied_auc(pd: Vector, weights: Vector) -> float:
    """Return the area under the curve that PDs of scores in rising order imply; ties one half."""
    bad, good = weights * pd, weights * (1 - pd)
    below = np.cumsum(good) - good
    return float(bad @ (below + good / 2) / (bad.sum() * good.sum()))


def middle_ranks(values: Vector) -> tuple[Vector, Vector, Vector]:
    """Return the different values, how often each occurs, and its middle rank in (0, 1)."""
    levels, counts = np.unique(values, return_counts=True)
    weights = counts.astype(np.float64)
    return levels, weights, (np.cumsum(weights) - weights / 2) / weights.sum()


def _shift(odds: Vector, weights: Vector, target: float) -> float:
    """Return the constant that gives the weighted mean of expit(odds + constant) = `target`."""
    if not 0 < target < 1:
        raise DataError(f"the mean probability must lie between 0 and 1, not at {target}")
    share, aim = weights / weights.sum(), float(special.logit(target))

    def missing(constant: float) -> float:
        return float(share @ special.expit(odds + constant)) - target

    ends = aim - float(odds.max()) - 1, aim - float(odds.min()) + 1
    return float(optimize.brentq(missing, *ends, xtol=1e-13, rtol=1e-13))


def _intercept(p: Vector, events: Vector) -> Mapping:
    odds = special.logit(p)
    constant = _shift(odds, np.ones(len(odds)), float(events.mean()))
    return Mapping("intercept", np.array([constant]), _logistic(np.array([constant, 1.0])))


def _platt(p: Vector, events: Vector) -> Mapping:
    found, _ = logit.estimate(special.logit(p)[:, None], events)
    return Mapping("platt", found, _logistic(found))


def _logistic(parameters: Vector) -> Callable[[Vector], Vector]:
    def apply(values: Vector) -> Vector:
        odds = special.logit(np.clip(values, SMALLEST, 1 - SMALLEST))
        return np.asarray(special.expit(parameters[0] + parameters[1] * odds))

    return apply


def _beta(p: Vector, events: Vector) -> Mapping:
    found, _ = logit.estimate(_two_logarithms(p), events)
    return Mapping("beta", found, _two_slopes(found))


def _two_slopes(found: Vector) -> Callable[[Vector], Vector]:
    def apply(values: Vector) -> Vector:
        return logit.probabilities(found, _two_logarithms(values))

    return apply


def _two_logarithms(values: Vector) -> logit.Matrix:
    p = np.clip(values, SMALLEST, 1 - SMALLEST)
    return np.column_stack([np.log(p), -np.log1p(-p)])


def _isotonic(p: Vector, events: Vector) -> Mapping:
    levels, at = np.unique(p, return_inverse=True)
    cases = np.bincount(at).astype(np.float64)
    rates = np.bincount(at, weights=events) / cases
    found = optimize.isotonic_regression(rates, weights=cases).x
    starts = np.flatnonzero(np.diff(found, prepend=-1.0) > 0)
    size = np.add.reduceat(cases, starts)
    # A step without a default is not a probability of exactly 0: log loss would be infinite.
    steps = (found[starts] * size + FLAT * 0.5) / (size + FLAT)
    first, last = levels[starts], levels[np.append(starts[1:] - 1, len(levels) - 1)]
    knots = np.stack([np.column_stack([first, last]).ravel(), np.repeat(steps, 2)])
    return Mapping("isotonic", found[starts], _steps(knots), knots)


def _steps(knots: Vector) -> Callable[[Vector], Vector]:
    def apply(values: Vector) -> Vector:
        return np.asarray(np.interp(values, knots[0], knots[1]))

    return apply


def _moments(p: Vector, events: Vector) -> Mapping:
    from workbench.stats.discrimination import auc

    levels, weights, ranks = middle_ranks(p)
    constant, slope, _ = quasi_moments(
        ranks, weights, target=float(events.mean()), auc=auc(p, events).value
    )

    found, knots = (
        np.array([constant, slope]),
        np.stack([special.logit(levels), special.ndtri(ranks)]),
    )
    return Mapping("moments", found, _quantiles(found, knots), knots)


def _quantiles(parameters: Vector, knots: Vector) -> Callable[[Vector], Vector]:
    def apply(values: Vector) -> Vector:
        odds = special.logit(np.clip(values, SMALLEST, 1 - SMALLEST))
        return np.asarray(
            special.expit(parameters[0] + parameters[1] * np.interp(odds, knots[0], knots[1]))
        )

    return apply
