"""Calibrated weights: as close to the design weights as a distance says, and true to known totals.

Generalised regression (GREG), multiplicative and bounded adjustment to any auxiliary variables:
Deville & Särndal (1992), Journal of the American Statistical Association 87:376–382. Whatever the
distance, the variance is that of residuals from the regression on the auxiliaries, fitted with the
weights before calibration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from workbench import check
from workbench.errors import DataError
from workbench.stats.arrays import Vector

Distance = Literal["linear", "multiplicative", "logit", "truncated"]
"""How far a weight is from what it was.

`linear`
    Chi-square distance (GREG): solved at once; a weight may become negative.
`multiplicative`
    Raking: every weight stays above zero.
`logit`, `truncated`
    The ratio of new to old weight stays inside bounds: smoothly, or linear and cut.
"""

STEPS, HALVINGS = 100, 40


@dataclass(frozen=True, eq=False, repr=False)
class Regression:
    """Takes out of influence values what auxiliary variables explain.

    Attributes
    ----------
    auxiliaries : Vector (n, q)
        The variables whose totals are known.
    base : Vector (n,)
        Weights before calibration.
    inverse : Vector (q, q)
        Generalised inverse of their weighted cross-product.
    """

    auxiliaries: Vector
    base: Vector
    inverse: Vector

    def residuals(self, influence: Vector) -> Vector:
        """Return (n, k) what of `influence` (n, k) the auxiliaries leave unexplained."""
        sums = self.auxiliaries.T @ (self.base[:, None] * influence)
        return np.asarray(influence - self.auxiliaries @ (self.inverse @ sums))


def regression(base: Vector, auxiliaries: Vector) -> Regression:
    """Return the regression on `auxiliaries` (n, q) with weights `base` (n,)."""
    table = auxiliaries.T @ (base[:, None] * auxiliaries)
    scale = 1 / np.sqrt(np.maximum(np.diag(table), np.finfo(float).tiny))
    inverse = np.linalg.pinv(table * np.outer(scale, scale), rcond=1e-12, hermitian=True)
    return Regression(auxiliaries, base, inverse * np.outer(scale, scale))


def calibrated(
    base: Vector,
    auxiliaries: Vector,
    totals: Vector,
    distance: Distance = "linear",
    bounds: tuple[float, float] = (0.0, np.inf),
    *,
    tolerance: float = 1e-11,
) -> Vector:
    """Return weights (n,) whose totals of the auxiliaries (n, q) are `totals` (q,).

    Parameters
    ----------
    bounds : (float, float)
        Least and greatest ratio of new to old weight, around 1; for `logit` and `truncated`.
    tolerance : float
        Relative difference up to which a total is met.

    Raises
    ------
    DataError
        Sizes differ, a total is not a number, bounds do not lie around 1, or no weights inside the
        bounds have these totals.
    """
    check.choice(distance, get_args(Distance), "distance")
    _refuse(base, auxiliaries, totals, distance, bounds)
    ratio = _ratio(distance, bounds)
    multiplier = np.zeros(len(totals))
    scale = np.maximum(np.abs(totals), np.abs(auxiliaries).T @ base)
    best = _gap(base, auxiliaries, totals, ratio(np.zeros(len(base)))[0])
    for _ in range(STEPS):
        adjusted, slope = ratio(auxiliaries @ multiplier)
        missing = _gap(base, auxiliaries, totals, adjusted)
        if np.abs(missing / scale).max() <= tolerance:
            return np.asarray(base * adjusted)
        step = regression(base * slope, auxiliaries).inverse @ missing
        multiplier, best = _stepped(
            multiplier,
            step,
            lambda at: _gap(base, auxiliaries, totals, ratio(auxiliaries @ at)[0]) / scale,
        )
    worst = int(np.abs(best).argmax())
    raise DataError(
        f"calibration did not converge: total {worst + 1} of {len(totals)} is still off by "
        f"{abs(best[worst]):.2g} of itself; widen the bounds, drop an auxiliary or merge levels"
    )


def _stepped(start: Vector, step: Vector, gap: Callable[[Vector], Vector]) -> tuple[Vector, Vector]:
    """Go as far along `step` as brings the totals nearer; return the place and its gap."""
    before = float(np.square(gap(start)).sum())
    share = 1.0
    for _ in range(HALVINGS):
        found = gap(start + share * step)
        if np.isfinite(found).all() and float(np.square(found).sum()) < before:
            return start + share * step, found
        share /= 2
    return start, gap(start)


def _gap(base: Vector, auxiliaries: Vector, totals: Vector, ratio: Vector) -> Vector:
    return np.asarray(totals - auxiliaries.T @ (base * ratio))


def _ratio(
    distance: Distance, bounds: tuple[float, float]
) -> Callable[[Vector], tuple[Vector, Vector]]:
    """Return what gives the ratio of new to old weight (n,), and its slope, for a score (n,)."""
    low, high = bounds
    if distance == "linear":
        return lambda u: (1 + u, np.ones(len(u)))
    if distance == "multiplicative":
        return lambda u: (np.exp(np.minimum(u, 700)), np.exp(np.minimum(u, 700)))
    if distance == "truncated":
        return lambda u: (np.clip(1 + u, low, high), ((1 + u > low) & (1 + u < high)).astype(float))
    width = (high - low) / ((1 - low) * (high - 1))

    def logit(u: Vector) -> tuple[Vector, Vector]:
        grown = np.exp(np.clip(width * u, -700, 700))
        below = (high - 1) + (1 - low) * grown
        ratio = (low * (high - 1) + high * (1 - low) * grown) / below
        return ratio, (ratio - low) * (high - ratio) / ((1 - low) * (high - 1))

    return logit


def _refuse(
    base: Vector,
    auxiliaries: Vector,
    totals: Vector,
    distance: Distance,
    bounds: tuple[float, float],
) -> None:
    if auxiliaries.shape != (len(base), len(totals)):
        raise DataError(
            f"auxiliaries have shape {auxiliaries.shape}; {len(base)} weights and "
            f"{len(totals)} totals need {(len(base), len(totals))}"
        )
    if not (np.isfinite(auxiliaries).all() and np.isfinite(totals).all()):
        raise DataError("an auxiliary or a total is missing; give every row and total a number")
    bounded = distance in ("logit", "truncated")
    if bounded and not (bounds[0] < 1 < bounds[1] and np.isfinite(bounds[1])):
        raise DataError(f"bounds are {bounds}; they must lie on both sides of 1, as (0.5, 2)")
