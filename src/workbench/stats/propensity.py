"""How likely each case is to take something: ridge logistic regression on standardised features.

Coefficients are drawn to nothing by a normal prior (Le Cessie & van Houwelingen 1992, Applied
Statistics 41:191–201), so that rare outcomes and features that repeat one another give finite
answers. A missing value stands at the mean, and an indicator says that it was missing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.one_thread import one_thread

Matrix = NDArray[np.float64]
STEPS, TOLERANCE = 50, 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Propensity:
    """A fitted model of k features.

    Attributes
    ----------
    centre, spread : ndarray, shape (k,)
        Mean and standard deviation of each feature where it is known.
    gaps : ndarray of bool, shape (k,)
        Features with an indicator of being missing.
    constant : float
    slopes : ndarray, shape (k + gaps,)
        Log-odds per standard deviation, then per missing value of the features with gaps.
    """

    centre: Vector
    spread: Vector
    gaps: NDArray[np.bool_]
    constant: float
    slopes: Vector

    def probabilities(self, features: Matrix) -> Vector:
        """Return the probability of each row of `features`, shape (n, k)."""
        return np.asarray(special.expit(self.constant + self._design(features) @ self.slopes))

    def _design(self, features: Matrix) -> Matrix:
        return _design(features, self.centre, self.spread, self.gaps)


@one_thread
def fit(features: Matrix, events: Vector, *, penalty: float = 1.0) -> Propensity:
    """Fit and return a model.

    Parameters
    ----------
    features : ndarray, shape (n, k)
        NaN where missing.
    events : ndarray, shape (n,)
        0 or 1.
    penalty : float
        Precision of the prior of each slope; the constant has none.

    Raises
    ------
    DataError
        Nobody or everybody has the event, or the fit does not converge.
    """
    if not 0 < events.sum() < len(events):
        raise DataError(
            f"{int(events.sum())} of {len(events)} cases have the event; both are needed"
        )
    known = np.isfinite(features)
    filled = np.where(known, features, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    centre = filled.sum(axis=0) / count
    spread = np.sqrt(np.where(known, (features - centre) ** 2, 0.0).sum(axis=0) / count)
    gaps = np.asarray(~known.all(axis=0), dtype=np.bool_)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(features)), _design(features, centre, spread, gaps)])
    held = np.full(design.shape[1], penalty)
    held[0] = 0.0
    beta = _newton(design, events, held)
    return Propensity(centre, spread, gaps, float(beta[0]), beta[1:])


def _newton(design: Matrix, events: Vector, held: Vector) -> Vector:
    """Return the coefficients that maximise the penalised likelihood, which is concave."""
    beta = np.zeros(design.shape[1])
    beta[0] = special.logit(events.mean())
    value = _objective(beta, design, events, held)
    for _ in range(STEPS):
        p = special.expit(design @ beta)
        score = design.T @ (events - p) - held * beta
        information = (design.T * (p * (1 - p))) @ design + np.diag(held)
        step = np.linalg.solve(information, score)
        if score @ step < TOLERANCE:
            return beta
        # Newton's full step may overshoot where an outcome is all but certain: it is halved then.
        while (found := _objective(beta + step, design, events, held)) < value:
            step = step / 2
        beta, value = beta + step, found
    raise DataError("the propensity does not converge; raise the penalty of the rule pack")


def _objective(beta: Vector, design: Matrix, events: Vector, held: Vector) -> float:
    odds = design @ beta
    fitted = events @ odds - np.logaddexp(0, odds).sum()
    return float(fitted - held @ beta**2 / 2)


def _design(features: Matrix, centre: Vector, spread: Vector, gaps: NDArray[np.bool_]) -> Matrix:
    known = np.isfinite(features)
    scaled = np.where(known, (np.where(known, features, 0.0) - centre) / spread, 0.0)
    return np.column_stack([scaled, ~known[:, gaps]]).astype(np.float64)
