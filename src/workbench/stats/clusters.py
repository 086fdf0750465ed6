"""How good a division into groups is: agreement with another, silhouettes, gap, and valleys."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.arrays import Codes, Vector
from workbench.stats.kmeans import kmeans
from workbench.stats.one_thread import one_thread

BLOCK = 512
BINS, WIDE = 24, 3
"""Bins between two groups, and how many of them make a window that is counted."""
LEFT_OUT = 0.01
"""Share of the rows at either end that a histogram does without."""


@dataclass(frozen=True)
class Gap:
    """The gap statistic of one number of groups: `value` and its standard error `se`."""

    value: float
    se: float


def crossed(first: Codes, second: Codes, weights: Vector | None = None) -> Vector:
    """Return the weighted table of two divisions, shape (groups of first, groups of second)."""
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    flat = np.bincount(first * columns + second, weights, rows * columns)
    return flat.astype(np.float64).reshape(rows, columns)


def adjusted_rand(table: Vector) -> float:
    """Return the adjusted Rand index of two divisions from their table (Hubert & Arabie 1985).

    1 where they are the same, 0 on average where they have nothing to do with each other.
    """
    pairs = float(_pairs(table).sum())
    rows, columns = float(_pairs(table.sum(axis=1)).sum()), float(_pairs(table.sum(axis=0)).sum())
    chance = rows * columns / max(float(_pairs(table.sum())), 1.0)
    most = (rows + columns) / 2
    return 1.0 if most - chance <= 0 else (pairs - chance) / (most - chance)


def _pairs(count: Vector) -> Vector:
    return np.asarray(count * np.maximum(count - 1, 0.0) / 2)


def jaccard(table: Vector) -> Vector:
    """Return, for each group of the first division, its best overlap with one of the second.

    Rows in both over rows in either (Hennig 2007). Shape (groups,).
    """
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return np.asarray((table / np.maximum(either, 1e-300)).max(axis=1))


def across_solutions(table: Vector) -> Vector:
    """Return segment-level stability across solutions, for each group of the second division.

    1 where all of its rows come from one group of the first, 0 where they come from all groups
    alike: one less the entropy of the column over that of an even one (Dolnicar & Leisch 2017).
    """
    share = table / np.maximum(table.sum(axis=0), 1e-300)
    parts = np.where(share > 0, -share * np.log(np.where(share > 0, share, 1.0)), 0.0)
    return np.asarray(1 - parts.sum(axis=0) / np.log(len(table)))


def entropy(posterior: Vector, weights: Vector) -> float:
    """Return the relative entropy of a classification: 1 is certain, 0 a guess.

    One less the mean entropy of the rows' class probabilities over its maximum (Celeux &
    Soromenho 1996); 1 where there is a single class.
    """
    if posterior.shape[1] < 2:
        return 1.0
    doubt = _doubt(posterior, weights)
    return float(1 - doubt / (float(weights.sum()) * np.log(posterior.shape[1])))


def criteria(
    likelihood: float, parameters: int, posterior: Vector, weights: Vector
) -> tuple[float, float]:
    """Return BIC and ICL of a fitted mixture: smaller is better.

    ICL adds to BIC twice the entropy of the classification, so that groups that overlap count
    against a solution (Biernacki, Celeux & Govaert 2000).
    """
    bic = -2 * likelihood + parameters * np.log(float(weights.sum()))
    return float(bic), float(bic + 2 * _doubt(posterior, weights))


def _doubt(posterior: Vector, weights: Vector) -> float:
    logs = np.log(np.maximum(posterior, 1e-300))
    return float(-(weights @ (posterior * logs).sum(axis=1)))


@one_thread
def silhouettes(x: Vector, labels: Codes) -> Vector:
    """Return the silhouette of each row (Rousseeuw 1987), shape (n,); 0 in a group of one.

    The cost grows with the square of the rows: sample first.
    """
    from scipy.spatial.distance import cdist

    k = int(labels.max()) + 1
    member = np.zeros((len(x), k))
    member[np.arange(len(x)), labels] = 1.0
    size = member.sum(axis=0)
    found = np.zeros(len(x))
    for first in range(0, len(x), BLOCK):
        own = labels[first : first + BLOCK]
        at = np.arange(len(own))
        sums = cdist(x[first : first + BLOCK], x) @ member
        inside = sums[at, own] / np.maximum(size[own] - 1, 1)
        sums /= np.maximum(size, 1e-300)
        sums[at, own] = np.inf
        outside = sums.min(axis=1)
        larger = np.maximum(inside, outside)
        known = (size[own] > 1) & (larger > 0)
        found[first : first + BLOCK] = np.where(
            known, (outside - inside) / np.where(larger > 0, larger, 1.0), 0.0
        )
    return found


@one_thread
def gap(
    x: Vector, within: float, k: int, *, weights: Vector, draws: int = 20, seed: int = 1
) -> Gap:
    """Return how far the groups are tighter than groups of even data (Tibshirani et al. 2001).

    Even data fill the box of the principal components. `within` is the weighted sum of squares
    of the `k` groups found in `x`; its logarithm is halved first, as in R's `clusGap`.
    """
    rng = np.random.default_rng([seed, 11])
    total = float(weights.sum())
    centre = weights @ x / total
    _, _, axes = np.linalg.svd((x - centre) * np.sqrt(weights)[:, None], full_matrices=False)
    turned = (x - centre) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    found = np.empty(draws)
    for at in range(draws):
        even = rng.uniform(low, high, turned.shape)
        found[at] = kmeans(even, k, starts=3, seed=seed + at).within * total / len(even)
    logs = np.log(found / 2)
    se = float(logs.std() * np.sqrt(1 + 1 / draws))
    return Gap(float(logs.mean() - np.log(within / 2)), se)


@dataclass(frozen=True)
class Valley:
    """What lies between two groups, along the line through their centres.

    Attributes
    ----------
    depth : float
        Rows in the emptiest window over rows in the fuller windows on both sides, the smaller of
        them: 1 or more where the two are one hump, near 0 where nothing lies between.
    high : float
        Upper end of its one-sided interval.
    """

    depth: float
    high: float


@one_thread
def valley(x: Vector, labels: Codes, pair: tuple[int, int], *, weights: Vector, z: float) -> Valley:
    """Return the valley between two groups of `labels`.

    A single hump, be it skewed or long, has no valley wherever it is cut; two groups four of
    their standard deviations apart have one. Rows are counted in windows of a histogram along the
    line; the interval takes counts as Poisson, `z` standard errors of the log ratio.
    """
    inside = (labels == pair[0]) | (labels == pair[1])
    rows, w, own = x[inside], weights[inside], labels[inside] == pair[1]
    line = _mean(rows[own], w[own]) - _mean(rows[~own], w[~own])
    length = float(np.sqrt(line @ line))
    if not length > 0:
        return Valley(1.0, np.inf)
    along = rows @ (line / length)
    order = np.argsort(along, kind="stable")
    cumulated = np.cumsum(w[order]) / w.sum()
    low, high = np.interp([LEFT_OUT, 1 - LEFT_OUT], cumulated, along[order])
    if not high > low:
        return Valley(1.0, np.inf)
    counts = np.histogram(along, BINS, (low, high), weights=w)[0]
    # Weights that do not count rows are brought to as many rows as they are worth.
    counts = counts * (w.sum() / float(w @ w)) if not _whole(w) else counts
    windows = np.convolve(counts, np.ones(WIDE), "valid")
    return _deepest(windows, z)


def _whole(w: Vector) -> bool:
    return bool((w >= 1).all())


def _mean(rows: Vector, w: Vector) -> Vector:
    return np.asarray(w @ rows / w.sum())


def _deepest(windows: NDArray[np.float64], z: float) -> Valley:
    left, right = np.maximum.accumulate(windows), np.maximum.accumulate(windows[::-1])[::-1]
    at = np.arange(WIDE, len(windows) - WIDE)
    shoulder = np.minimum(left[at - WIDE], right[at + WIDE])
    lowest, beside = windows[at] + 0.5, np.maximum(shoulder, 0.0) + 0.5
    depth = lowest / beside
    high = depth * np.exp(z * np.sqrt(1 / lowest + 1 / beside))
    best = int(np.argmin(high))
    return Valley(float(depth[best]), float(high[best]))
