"""Logistic regression by Newton's method in blocks of rows, with inference at any size."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

BLOCK = 16_384
"""Rows per block: a pass over a million rows then needs no copy of the whole matrix, and a block
stays near the processor."""
LONG = 262_144
"""Rows per block where sums by cluster are as long as there are clusters."""
STEPS, TOLERANCE = 50, 1e-10
AHEAD = 16
"""Above this many blocks the search starts from the estimate of every `AHEAD`th row: two or three
passes over all rows are left of six."""

Matrix = NDArray[np.float64]


class Design(Protocol):
    """Rows of variables, read block by block: a matrix, or what makes blocks of one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return rows and variables."""
        ...

    def __getitem__(self, rows: slice, /) -> Matrix:
        """Return these rows, shape (rows, variables)."""
        ...


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

    Nothing is copied but blocks of rows, so a million of them need no memory of their own;
    estimates and covariance are those of statsmodels on the same rows, or on the table of their
    different rows with counts.

    Parameters
    ----------
    design : ndarray, shape (n, variables)
        Without a constant column; one is added in front.
    events : ndarray, shape (n,)
        0 or 1.
    clusters : ndarray of int, shape (n,), or None
        Rows of one customer depend on each other: the covariance is then robust to clusters, with
        the correction G / (G - 1) · (n - 1) / (n - k) for G clusters and k coefficients.

    Raises
    ------
    DataError
        The fit does not converge: the variables separate the outcomes or repeat each other.
    """
    beta, information = estimate(design, events)
    bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    if clusters is None:
        return Logit(beta, bread, _log_likelihood(beta, design, events))
    scores = cluster_scores(beta, design, events, clusters)
    present = int(np.count_nonzero(np.bincount(clusters)))
    n, k = len(events), len(beta)
    correction = present / (present - 1) * (n - 1) / (n - k)
    covariance = correction * bread @ (scores.T @ scores) @ bread
    return Logit(beta, covariance, _log_likelihood(beta, design, events))


def cluster_scores(beta: Vector, design: Matrix, events: Vector, clusters: Codes) -> Matrix:
    """Return the sum of the score contributions per cluster, shape (clusters, 1 + variables)."""
    found = np.zeros((int(clusters.max()) + 1, len(beta)))
    for at in range(0, len(events), LONG):
        own = slice(at, at + LONG)
        left = events[own] - probabilities(beta, design[own])
        found[:, 0] += np.bincount(clusters[own], weights=left, minlength=len(found))
        for column in range(design.shape[1]):
            found[:, column + 1] += np.bincount(
                clusters[own], weights=left * design[own, column], minlength=len(found)
            )
    return found


def estimate(
    design: Design,
    events: Vector,
    *,
    trials: Vector | None = None,
    start: Vector | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[Vector, Matrix]:
    """Return the maximum-likelihood coefficients, the constant first, and their information.

    Newton's method in blocks of rows: quick at any size, without a copy of the design. With
    `trials` (n,) a row stands for so many alike, and `events` counts theirs. The search ends with a
    step below `tolerance`; what is left is of the order of its square.
    """
    rows = design.shape[0]
    each = np.ones(rows) if trials is None else trials
    if start is None and rows > AHEAD * BLOCK:
        start = _started(design, events, each)
    beta = np.zeros(design.shape[1] + 1) if start is None else start.copy()
    for _ in range(STEPS):
        score, information = _derivatives(beta, design, events, each)
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        beta += step
        if np.abs(step).max() < tolerance:
            return beta, information
    raise DataError(
        "the logit does not converge: variables separate the outcomes or repeat each other; "
        "use fewer variables or larger bins"
    )


def _started(design: Design, events: Vector, trials: Vector) -> Vector | None:
    """Return the estimate of every `AHEAD`th row; None where these do not tell."""
    own = slice(None, None, AHEAD)
    try:
        return estimate(design[own], events[own], trials=trials[own])[0]
    except DataError:
        return None


def _derivatives(
    beta: Vector, design: Design, events: Vector, trials: Vector
) -> tuple[Vector, Matrix]:
    score, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for at in range(0, len(events), BLOCK):
        own = slice(at, at + BLOCK)
        part = np.ones((len(events[own]), len(beta)), order="F")
        part[:, 1:] = design[own]
        probability = special.expit(part @ beta)
        size = trials[own]
        score += part.T @ (events[own] - size * probability)
        part *= np.sqrt(size * probability * (1 - probability))[:, None]
        information += part.T @ part
    return score, information


def _log_likelihood(beta: Vector, design: Matrix, events: Vector) -> float:
    total = 0.0
    for at in range(0, len(events), BLOCK):
        own = slice(at, at + BLOCK)
        odds = beta[0] + design[own] @ beta[1:]
        total += float(np.sum(events[own] * odds - np.logaddexp(0, odds)))
    return total
