"""Agreement of two coders beyond chance: Cohen's kappa, and how far a code meets another (F1).

Sources: Cohen (1960), Educational and Psychological Measurement 20:37–46; standard error for any
kappa: Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72:323–327.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.estimate import quantile_t


@dataclass(frozen=True)
class Kappa:
    """Agreement of two coders.

    Attributes
    ----------
    value : float
        1 for full agreement, 0 for that of chance; NaN where both gave one and the same code.
    se : float
        Standard error for large samples.
    observed, expected : float
        Shares of items coded alike: seen, and by chance.
    n : int
        Items.
    """

    value: float
    se: float
    observed: float
    expected: float
    n: int

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the normal interval, cut at the ends of the scale."""
        half = quantile_t(confidence, np.inf) * self.se
        return max(self.value - half, -1.0), min(self.value + half, 1.0)


def kappa(counts: ArrayLike) -> Kappa:
    """Return Cohen's kappa of a square table (k, k): items by code of one coder and the other.

    Raises
    ------
    DataError
        The table is not square, holds a negative count, or is empty.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any() or not table.any():
        raise DataError(f"agreement needs a square table of counts, not shape {table.shape}")
    n = float(table.sum())
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1:
        return Kappa(np.nan, np.nan, observed, expected, round(n))
    value = (observed - expected) / (1 - expected)
    diagonal = np.diag(p) @ (1 - (rows + columns) * (1 - value)) ** 2
    squares = p * (columns[:, None] + rows[None, :]) ** 2
    off = (1 - value) ** 2 * (squares.sum() - np.trace(squares))
    variance = (diagonal + off - (value - expected * (1 - value)) ** 2) / (n * (1 - expected) ** 2)
    return Kappa(value, float(np.sqrt(max(variance, 0.0))), observed, expected, round(n))


def crossed(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Vector:
    """Return the table (2, 2) of two codings (n,) by no and yes."""
    codes = 2 * first.astype(np.intp) + second
    return np.bincount(codes, minlength=4).reshape(2, 2).astype(np.float64)


def f1(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> Vector:
    """Return F1 (k,) of each column of `found` (n, k); NaN where neither has the code."""
    both = (truth & found).sum(axis=0)
    given = truth.sum(axis=0) + found.sum(axis=0)
    return np.where(given > 0, 2 * both / np.maximum(given, 1), np.nan)
