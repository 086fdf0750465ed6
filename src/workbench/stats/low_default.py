"""Probabilities of default for grades in which hardly anything has defaulted."""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.grades import correlated_tail

LEAST, MOST = 1e-12, 1 - 1e-12
"""Where the bound of correlated defaults is sought."""


def pluto_tasche(
    cases: Vector, defaults: Vector, *, confidence: float, correlation: float = 0.0
) -> Vector:
    """Return the most prudent bound of each grade's PD, best grade first (Pluto & Tasche 2005).

    A grade is taken to be no riskier than the worse ones: its cases are pooled with theirs, and
    the bound is the PD at which so few defaults have the chance 1 - `confidence`. Without
    correlation it is a quantile of the beta distribution; with it, defaults move together as in
    Vasicek's one-factor model.

    Parameters
    ----------
    cases, defaults : ndarray, shape (grades,)
        Best grade first.
    confidence : float
        Between 0 and 1; 0.5 is the most neutral choice.
    correlation : float
        Of the assets, from 0 up to less than 1.

    Raises
    ------
    DataError
        More defaults than cases, or a grade pool without cases.
    """
    pooled, bad = _from_worst(cases), _from_worst(defaults)
    if not ((bad >= 0) & (bad <= pooled) & (pooled > 0)).all():
        raise DataError("each grade needs cases, and no more defaults than cases")
    if correlation == 0:
        everything = bad == pooled
        return np.where(
            everything, 1.0, special.betaincinv(bad + 1, np.maximum(pooled - bad, 0.5), confidence)
        )
    found = [_correlated(n, d, confidence, correlation) for n, d in zip(pooled, bad, strict=True)]
    return np.array(found)


def expected_accuracy_ratio(pd: Vector, cases: Vector) -> float:
    """Return the accuracy ratio that grades with these PDs and cases should show; ties one half."""
    _, level = np.unique(pd, return_inverse=True)
    bad = np.bincount(level, weights=pd * cases)
    good = np.bincount(level, weights=(1 - pd) * cases)
    better = np.cumsum(good) - good
    return float(2 * (bad @ (better + good / 2)) / (bad.sum() * good.sum()) - 1)


def _from_worst(counts: Vector) -> Vector:
    return np.cumsum(counts[::-1])[::-1].astype(np.float64)


def _correlated(cases: float, defaults: float, confidence: float, correlation: float) -> float:
    if defaults == cases:
        return 1.0
    n, more = np.array([cases]), np.array([defaults + 1])

    def beyond(odds: float) -> float:
        pd: NDArray[np.float64] = special.expit(np.array([odds]))
        return float(correlated_tail(pd, n, more, correlation)[0]) - confidence

    ends = special.logit(LEAST), special.logit(MOST)
    return float(special.expit(optimize.brentq(beyond, *ends, xtol=1e-12, rtol=1e-12)))
