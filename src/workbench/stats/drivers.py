"""How much each of several drivers goes with an answer: shares of R² that do not depend on order.

Only the (weighted) correlation matrix is needed. LMG is the Shapley value of R², averaged over all
orders of entry (Lindeman, Merenda & Gold 1980; Grömping 2007, American Statistician 61:139–147);
relative weights are Johnson's (2000, Multivariate Behavioral Research 35:1–19). Both add up to R².
They measure association; what would happen if a driver changed they cannot say.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import DataError
from workbench.stats.arrays import Vector

LARGEST = 20
"""Drivers up to which all subsets are visited; Johnson's weights serve beyond."""


@dataclass(frozen=True, eq=False, repr=False)
class Importance:
    """Shares of R² of p drivers.

    Attributes
    ----------
    r_squared : float
        What all drivers together explain.
    lmg : Vector (p,) or None
        Shapley values of R²; None for more drivers than can be visited.
    johnson : Vector (p,)
        Relative weights.
    first, last : Vector (p,)
        R² of the driver alone, and what it adds to all others.
    """

    r_squared: float
    lmg: Vector | None
    johnson: Vector
    first: Vector
    last: Vector

    @property
    def shares(self) -> Vector:
        """LMG where it was computed, else Johnson's weights; they add up to R²."""
        return self.johnson if self.lmg is None else self.lmg


def correlations(y: ArrayLike, x: ArrayLike, weights: ArrayLike) -> tuple[Vector, Vector]:
    """Return the weighted correlations (p, p) among `x` (n, p), and (p,) with `y` (n,).

    Rows with a missing value do not count.

    Raises
    ------
    DataError
        Fewer than p + 2 complete rows, or a column that does not vary.
    """
    table = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    w = np.asarray(weights, dtype=np.float64)
    counted = np.isfinite(table).all(axis=1) & (w > 0)
    if counted.sum() < table.shape[1] + 1:
        raise DataError(
            f"{int(counted.sum())} complete answers are too few for {table.shape[1] - 1} drivers"
        )
    return _matrix(table[counted], w[counted])


def importance(among: Vector, with_answer: Vector) -> Importance:
    """Return the importance of p drivers from their correlations (p, p) and (p,).

    Raises
    ------
    DataError
        A driver is a combination of the others.
    """
    if np.linalg.eigvalsh(among)[0] < 1e-10:
        raise DataError("a driver is a combination of the others; drop one")
    solved = np.linalg.solve(among, with_answer)
    r_squared = float(with_answer @ solved)
    last = solved**2 / np.diag(np.linalg.inv(among))
    lmg = _lmg(among, with_answer) if len(among) <= LARGEST else None
    return Importance(r_squared, lmg, _johnson(among, with_answer), with_answer**2, last)


def correlated(covariance: Vector) -> tuple[Vector, Vector]:
    """Return correlations (p, p) and (p,) of a `covariance` (p + 1, p + 1), the answer last.

    Raises
    ------
    DataError
        A column does not vary.
    """
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if not (scale > 0).all():
        raise DataError(f"column {int(scale.argmin()) + 1} does not vary: no correlation")
    found = covariance / np.outer(scale, scale)
    return found[:-1, :-1], found[:-1, -1]


def _matrix(table: Vector, weights: Vector) -> tuple[Vector, Vector]:
    centred = table - weights @ table / weights.sum()
    return correlated(centred.T @ (weights[:, None] * centred))


def _subset_r_squared(among: Vector, with_answer: Vector) -> Vector:
    """Return (2^p,) R² of every subset, indexed by its bits.

    Drivers are taken one at a time; each step doubles the batch: left out (row and column are
    dropped) or taken in (Schur complement).
    """
    p = len(with_answer)
    batch = np.empty((1, p + 1, p + 1))
    batch[0, :p, :p], batch[0, :p, p], batch[0, p, :p], batch[0, p, p] = (
        *(among, with_answer, with_answer),
        1.0,
    )
    for _ in range(p):
        rest, beside, own = batch[:, 1:, 1:], batch[:, 0, 1:], batch[:, 0, 0]
        taken = rest - beside[:, :, None] * beside[:, None, :] / own[:, None, None]
        batch = np.concatenate([rest, taken])
    return np.asarray(1.0 - batch[:, 0, 0])


def _lmg(among: Vector, with_answer: Vector) -> Vector:
    p = len(with_answer)
    explained = _subset_r_squared(among, with_answer)
    size = np.zeros(1 << p, np.int8)
    for at in range(p):
        size[1 << at : 2 << at] = size[: 1 << at] + 1
    orders = np.array([factorial(s) * factorial(p - s - 1) / factorial(p) for s in range(p)])
    inside = explained * np.append(0.0, orders)[size]
    outside = explained * np.append(orders, 0.0)[size]
    return np.array(
        [
            inside.reshape(-1, 2, 1 << at)[:, 1].sum() - outside.reshape(-1, 2, 1 << at)[:, 0].sum()
            for at in range(p)
        ]
    )


def _johnson(among: Vector, with_answer: Vector) -> Vector:
    values, vectors = np.linalg.eigh(among)
    root = (vectors * np.sqrt(values)) @ vectors.T
    return np.asarray(root**2 @ np.linalg.solve(root, with_answer) ** 2)
