"""How reliably several items measure one thing: alpha, and how many things they measure.

Cronbach (1951), Psychometrika 16:297–334, with the interval of Feldt (1965), Psychometrika
30:357–370; number of factors by parallel analysis (Horn 1965, Psychometrika 30:179–185); adequacy
by Kaiser–Meyer–Olkin and Bartlett. Omega rests on a fitted factor: `stats.factors`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector

AXES, SETTLED = 100, 1e-6
"""Steps of principal axes, and the change of the diagonal at which they end."""


@dataclass(frozen=True, eq=False, repr=False)
class Reliability:
    """Reliability of a scale of k items.

    Attributes
    ----------
    alpha, standardised : float
        From covariances and from correlations.
    low, high : float
        Feldt's interval of alpha.
    average_r : float
        Mean correlation of two items.
    rest : Vector (k,)
        Correlation of each item with the sum of the others.
    without : Vector (k,)
        Alpha of the scale without the item.
    n : int
        Answers with at least one item.
    """

    alpha: float
    standardised: float
    low: float
    high: float
    average_r: float
    rest: Vector
    without: Vector
    n: int


def alpha(items: Vector, weights: Vector | None = None, *, confidence: float = 0.95) -> Reliability:
    """Return the reliability of `items` (n, k); NaN is missing, covariances are pairwise.

    Items must point the same way: reverse those that do not.

    Raises
    ------
    DataError
        Fewer than two items, or an item that does not vary.
    """
    size = items.shape[1]
    covariance = pairwise_covariance(items, weights)
    n = int(np.isfinite(items).any(axis=1).sum())
    if size < 2 or not (np.diag(covariance) > 0).all():
        raise DataError(f"reliability needs two items or more that vary; there are {size}")
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    whole = _alpha(covariance)
    low, high = _feldt(whole, n, size, confidence)
    sums = covariance.sum(axis=0) - np.diag(covariance)
    others = covariance.sum() - 2 * covariance.sum(axis=0) + np.diag(covariance)
    kept = [np.delete(np.delete(covariance, at, 0), at, 1) for at in range(size)]
    return Reliability(
        alpha=whole,
        standardised=_alpha(correlation),
        low=low,
        high=high,
        average_r=float((correlation.sum() - size) / (size * (size - 1))),
        rest=np.asarray(sums / (scale * np.sqrt(others))),
        without=np.array([_alpha(each) if size > 2 else np.nan for each in kept]),
        n=n,
    )


def pairwise_covariance(items: Vector, weights: Vector | None = None) -> Vector:
    """Return (k, k) covariances, each over the rows in which both items were answered."""
    seen = np.isfinite(items)
    w = np.ones(len(items)) if weights is None else weights
    filled = np.where(seen, items, 0.0)
    held = w[:, None] * seen
    pairs = held.T @ seen
    counts = seen.astype(float).T @ seen
    if (counts < 2).any():
        raise DataError("two items have no two answers in common; leave one out")
    means = (w[:, None] * filled).T @ seen / pairs
    products = (w[:, None] * filled).T @ filled / pairs
    return np.asarray((products - means * means.T) * counts / (counts - 1))


def factors(items: Vector, *, draws: int = 100, quantile: float = 0.95, seed: int = 0) -> int:
    """Return how many factors stand out of chance, by parallel analysis of reduced correlations.

    As many as have eigenvalues of the correlation matrix, with what one factor explains in the
    diagonal, above the `quantile` of those of `draws` tables of independent normal answers.
    """
    complete = items[np.isfinite(items).all(axis=1)]
    draw = np.random.default_rng(seed)
    chance = np.array([_reduced(draw.standard_normal(complete.shape)) for _ in range(draws)])
    above = _reduced(complete) > np.quantile(chance, quantile, axis=0)
    return int(len(above) if above.all() else above.argmin())


def adequacy(correlation: Vector, n: int) -> tuple[float, Vector, float, float]:
    """Return Kaiser–Meyer–Olkin overall and (k,) by item, Bartlett's chi-square and its p."""
    size = len(correlation)
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(scale, scale)
    off = ~np.eye(size, dtype=bool)
    shared, left = np.where(off, correlation, 0) ** 2, np.where(off, partial, 0) ** 2
    statistic = -(n - 1 - (2 * size + 5) / 6) * float(np.linalg.slogdet(correlation)[1])
    return (
        float(shared.sum() / (shared.sum() + left.sum())),
        np.asarray(shared.sum(axis=0) / (shared.sum(axis=0) + left.sum(axis=0))),
        statistic,
        float(special.chdtrc(size * (size - 1) / 2, statistic)),
    )


def _alpha(covariance: Vector) -> float:
    size = len(covariance)
    return float(size / (size - 1) * (1 - np.trace(covariance) / covariance.sum()))


def _feldt(value: float, n: int, size: int, confidence: float) -> tuple[float, float]:
    below, above = n - 1, (n - 1) * (size - 1)
    tail = (1 - confidence) / 2
    upper = float(special.fdtri(below, above, 1 - tail))
    lower = float(special.fdtri(below, above, tail))
    return 1 - (1 - value) * upper, 1 - (1 - value) * lower


def _reduced(answers: Vector) -> Vector:
    """Return eigenvalues (k,) of the correlations, what one factor shares in the diagonal.

    The one factor is found by principal axes: the diagonal is what the factor it gives explains.
    """
    correlation = np.asarray(np.corrcoef(answers.T), dtype=np.float64)
    at = np.arange(len(correlation))
    shared = 1 - 1 / np.diag(np.linalg.inv(correlation))
    for _ in range(AXES):
        correlation[at, at] = shared
        values, vectors = np.linalg.eigh(correlation)
        found = values[-1] * vectors[:, -1] ** 2
        if np.abs(found - shared).max() < SETTLED:
            break
        shared = found
    return np.asarray(values[::-1])
