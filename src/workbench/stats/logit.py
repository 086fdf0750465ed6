"""Logistic regression: coefficients by Newton's method, inference by statsmodels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

BLOCK = 65_536
"""Rows per block: a pass over a million rows then needs no copy of the whole matrix."""
STEPS, TOLERANCE = 50, 1e-10

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Logit:
    """A fitted logistic regression; the first coefficient is the constant.

    Attributes
    ----------
    coefficients : ndarray, shape (1 + variables,)
    covariance : ndarray, shape (1 + variables, 1 + variables)
        From the information matrix, or robust to clusters when they were given.
    log_likelihood : float
    """

    coefficients: Vector
    covariance: Matrix
    log_likelihood: float

    @property
    def standard_errors(self) -> Vector:
        """Return the standard error of each coefficient."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def p_values(self) -> Vector:
        """Return the two-sided p-value of each coefficient (normal approximation)."""
        return np.asarray(2 * special.ndtr(-np.abs(self.coefficients / self.standard_errors)))

    def interval(self, confidence: float) -> tuple[Vector, Vector]:
        """Return lower and upper end of the Wald interval of each coefficient."""
        reach = special.ndtri(0.5 + confidence / 2) * self.standard_errors
        return self.coefficients - reach, self.coefficients + reach

    def probabilities(self, design: Matrix) -> Vector:
        """Return the probability of the event per row of `design`, shape (n, variables)."""
        return probabilities(self.coefficients, design)


def probabilities(coefficients: Vector, design: Matrix) -> Vector:
    """Return the probability of the event per row of `design`; the constant comes first."""
    return np.asarray(special.expit(coefficients[0] + design @ coefficients[1:]))


def fit(design: Matrix, events: Vector, *, clusters: Codes | None = None) -> Logit:
    """Fit by maximum likelihood and return coefficients with their covariance.

    Newton's method gives the estimate; statsmodels starts there and gives the inference.

    Parameters
    ----------
    design : ndarray, shape (n, variables)
        Without a constant column; one is added in front.
    events : ndarray, shape (n,)
        0 or 1.
    clusters : ndarray of int, shape (n,), or None
        Rows of one customer depend on each other: the covariance is then robust to clusters.

    Raises
    ------
    DataError
        The fit does not converge: the variables separate the outcomes or repeat each other.
    """
    from statsmodels.discrete.discrete_model import Logit as Model

    start, _ = estimate(design, events)
    full = np.column_stack([np.ones(len(design)), design])
    robust = {} if clusters is None else {"cov_type": "cluster", "cov_kwds": {"groups": clusters}}
    model = Model(events, full).fit(
        start_params=start, method="newton", maxiter=STEPS, tol=TOLERANCE, disp=0, **robust
    )
    return Logit(
        coefficients=np.asarray(model.params),
        covariance=np.asarray(model.cov_params()),
        log_likelihood=float(model.llf),
    )


def estimate(
    design: Matrix,
    events: Vector,
    *,
    trials: Vector | None = None,
    start: Vector | None = None,
) -> tuple[Vector, Matrix]:
    """Return the maximum-likelihood coefficients, the constant first, and their information.

    Newton's method in blocks of rows: quick at any size, without a copy of the design. With
    `trials` (n,) a row stands for so many alike, and `events` counts theirs.
    """
    each = np.ones(len(design)) if trials is None else trials
    beta = np.zeros(design.shape[1] + 1) if start is None else start.copy()
    for _ in range(STEPS):
        score, information = _derivatives(beta, design, events, each)
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        beta += step
        if np.abs(step).max() < TOLERANCE:
            return beta, information
    raise DataError(
        "the logit does not converge: variables separate the outcomes or repeat each other; "
        "use fewer variables or larger bins"
    )


def _derivatives(
    beta: Vector, design: Matrix, events: Vector, trials: Vector
) -> tuple[Vector, Matrix]:
    score, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for at in range(0, len(events), BLOCK):
        part = np.column_stack([np.ones(len(design[at : at + BLOCK])), design[at : at + BLOCK]])
        probability = special.expit(part @ beta)
        size = trials[at : at + BLOCK]
        score += part.T @ (events[at : at + BLOCK] - size * probability)
        information += (part.T * (size * probability * (1 - probability))) @ part
    return score, information
