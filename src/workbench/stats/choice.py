"""Conditional logit: what people choose among offers, as a function of what the offers are like.

McFadden (1974): the chance of an alternative is proportional to exp(its attributes times the
coefficients). Newton's method on sums over choice sets; standard errors from the information matrix
and, since one person answers many times, also robust to clusters: the sandwich with
the factor G / (G - 1) (n - 1) / (n - k) for G clusters, n choices and k attributes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

Matrix = NDArray[np.float64]
STEPS, TOLERANCE = 50, 1e-10


@dataclass(frozen=True, eq=False, repr=False)
class Choice:
    """A fitted conditional logit.

    Attributes
    ----------
    coefficients : array (attributes,)
    covariance : array (attributes, attributes)
        From the information matrix.
    robust : array or None
        Covariance robust to clusters, where they were given.
    log_likelihood, null : float
        At the estimate, and when all alternatives of a set are alike.
    sets, clusters : int
        Choices made; clusters they fall into (as many as choices when none were given).
    """

    coefficients: Vector
    covariance: Matrix
    robust: Matrix | None
    log_likelihood: float
    null: float
    sets: int
    clusters: int

    @property
    def standard_errors(self) -> Vector:
        """Return the standard errors: robust to clusters where there are any."""
        return np.asarray(np.sqrt(np.diag(self.inference)))

    @property
    def inference(self) -> Matrix:
        """Return the covariance to judge by: robust to clusters where there are any."""
        return self.covariance if self.robust is None else self.robust

    def shares(self, attributes: Matrix) -> Vector:
        """Return how often each of a set of offers, shape (offers, attributes), is chosen."""
        return np.asarray(special.softmax(attributes @ self.coefficients))


def fit(attributes: Matrix, chosen: Vector, sets: Codes, clusters: Codes | None = None) -> Choice:
    """Fit by maximum likelihood.

    Parameters
    ----------
    attributes : array (rows, attributes)
        One row per alternative of a choice set.
    chosen : array (rows,)
        1 for the alternative taken, 0 for the others of its set.
    sets : array (rows,) of int
        Which choice set a row belongs to; in any order.
    clusters : array (rows,) of int, optional
        Who chose; equal within a set.

    Raises
    ------
    DataError
        A set has not exactly one chosen alternative, or the fit does not converge.
    """
    order = np.argsort(sets, kind="stable")
    x, taken, codes = attributes[order], chosen[order].astype(float), sets[order]
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    picked = np.add.reduceat(taken, starts)
    if (picked != 1).any():
        wrong = int((picked != 1).sum())
        raise DataError(f"each choice set needs one chosen alternative; {wrong} have none or more")
    sizes = np.diff(np.append(starts, len(x)))
    owner = np.repeat(np.arange(len(starts)), sizes)
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        score, information, _ = _derivatives(beta, x, taken, (starts, owner))
        beta, done = _stepped(beta, score.sum(axis=0), information)
        if done:
            break
    else:
        raise DataError(FAILED)
    score, information, likelihood = _derivatives(beta, x, taken, (starts, owner))
    who = None if clusters is None else clusters[order][starts]
    return _fitted(beta, information, score, who, (likelihood, -float(np.log(sizes).sum())))


def paired(differences: Matrix, first: Vector, clusters: Codes | None = None) -> Choice:
    """Fit choices between two offers, given how the first differs from the second.

    Parameters
    ----------
    differences : array (choices, attributes)
        Attributes of the first offer less those of the second.
    first : array (choices,)
        1 where the first was taken, 0 where the second was.
    clusters : array (choices,) of int, optional
        Who chose.

    Raises
    ------
    DataError
        The fit does not converge: attributes decide every choice, or repeat each other.
    """
    taken = first.astype(float)
    beta = np.zeros(differences.shape[1])
    for _ in range(STEPS):
        chance = special.expit(differences @ beta)
        information = (differences.T * (chance * (1 - chance))) @ differences
        beta, done = _stepped(beta, differences.T @ (taken - chance), information)
        if done:
            break
    else:
        raise DataError(FAILED)
    value = differences @ beta
    chance = special.expit(value)
    information = (differences.T * (chance * (1 - chance))) @ differences
    likelihood = float((taken * value - np.logaddexp(0, value)).sum())
    score = differences * (taken - chance)[:, None]
    null = -len(taken) * float(np.log(2))
    return _fitted(beta, information, score, clusters, (likelihood, null))


FAILED = (
    "the choice model does not converge: attributes decide every choice or repeat each other; "
    "use fewer attributes"
)


def _stepped(beta: Vector, score: Vector, information: Matrix) -> tuple[Vector, bool]:
    try:
        step = np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        raise DataError(FAILED) from None
    return beta + step, bool(np.abs(step).max() < TOLERANCE)


def _derivatives(
    beta: Vector, x: Matrix, taken: Vector, sets: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[Matrix, Matrix, float]:
    """Return each set's score, the information, and the log likelihood."""
    starts, owner = sets
    value = x @ beta
    value = value - np.maximum.reduceat(value, starts)[owner]
    weight = np.exp(value)
    total = np.add.reduceat(weight, starts)
    chance = weight / total[owner]
    mean = np.add.reduceat(chance[:, None] * x, starts)
    information = (x.T * chance) @ x - mean.T @ mean
    score = np.add.reduceat(taken[:, None] * x, starts) - mean
    return score, information, float((taken * value).sum() - np.log(total).sum())


def _fitted(
    beta: Vector,
    information: Matrix,
    score: Matrix,
    clusters: Codes | None,
    likelihoods: tuple[float, float],
) -> Choice:
    covariance: Matrix = np.asarray(np.linalg.inv(information), dtype=float)
    robust: Matrix | None = None
    count = len(score)
    if clusters is not None:
        codes = np.unique(clusters, return_inverse=True)[1]
        count = int(codes.max()) + 1
        sums = np.zeros((count, len(beta)))
        np.add.at(sums, codes, score)
        few = count / (count - 1) * (len(score) - 1) / (len(score) - len(beta))
        robust = covariance @ (sums.T @ sums) @ covariance * few
    return Choice(beta, covariance, robust, *likelihoods, sets=len(score), clusters=count)
