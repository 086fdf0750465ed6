"""k-means with weights: many starts at once, then single transfers that Lloyd's steps miss."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.one_thread import one_thread

BLOCK = 8192
"""Rows looked at together: sums do not depend on the number of threads, and fit the cache."""
DIRECT = 5_000
"""Rows up to which every start runs on all of them; beyond, starts run on micro-clusters."""
MICRO = 2_000
"""Micro-clusters that stand for more rows than `DIRECT`."""
FINISHED = 3
"""Best starts that are polished."""
TRIED = 8
"""Swaps of one centre that are tried at once."""


@dataclass(frozen=True, eq=False, repr=False)
class Partition:
    """Rows divided into groups around centres.

    Attributes
    ----------
    centres : ndarray, shape (k, d)
    labels : ndarray of int, shape (n,)
    within : float
        Weighted sum of squared distances to the own centre.
    starts : ndarray
        The same for each start, before the best were polished.
    """

    centres: Vector
    labels: Codes
    within: float
    starts: Vector


@dataclass(frozen=True, eq=False, repr=False)
class Micro:
    """Many small groups that stand for the rows: `centres` (m, d), `weights` (m,), `labels` (n,).

    `within` is the weighted sum of squares lost inside them.
    """

    centres: Vector
    weights: Vector
    labels: Codes
    within: float


@one_thread
def kmeans(
    x: Vector,
    k: int,
    *,
    weights: Vector | None = None,
    starts: int = 20,
    swaps: int = 0,
    seed: int = 1,
) -> Partition:
    """Divide the rows of `x`, shape (n, d), into `k` groups of least sum of squares.

    Starts are k-means++ (Arthur & Vassilvitskii 2007), moved by Lloyd's steps; the best are
    polished by single transfers (Hartigan & Wong 1979), which find better optima. Then up to
    `swaps` rounds in which centres of the best are moved to random rows (Fränti & Kivijärvi 2000).
    The result depends on `seed` alone, not on the number of threads.

    Raises
    ------
    DataError
        A value is missing, or there are fewer distinct rows than groups.
    """
    w = np.ones(len(x)) if weights is None else weights
    _require(x, w, k)
    rng = np.random.default_rng([seed, k])
    if len(x) > DIRECT:
        micro = micro_clusters(x, weights=w, seed=seed)
        few = kmeans(micro.centres, k, weights=micro.weights, starts=starts, swaps=swaps, seed=seed)
        return _finished(x, w, few.centres, few.starts + micro.within)
    centres = _lloyd(x, w, _spread(x, w, (starts, k), rng))
    within = np.array([float(w @ _nearest(x, each)[1]) for each in centres])
    best = np.argsort(within, kind="stable")[:FINISHED]
    found = [_polished(x, w, centres[at]) for at in best]
    labels, moved = min(found, key=lambda each: _within(x, w, *each))
    if swaps and k > 1:
        labels, moved = _swapped(x, w, (labels, moved), swaps, rng)
    order = np.argsort(-np.bincount(labels, w, k), kind="stable")
    labels = np.argsort(order)[labels]
    return Partition(moved[order], labels, _within(x, w, labels, moved[order]), within)


@one_thread
def classified(x: Vector, centres: Vector) -> Codes:
    """Return the nearest of `centres` for each row of `x`, the first of equals; shape (n,)."""
    return _nearest(x, centres)[0]


@one_thread
def micro_clusters(
    x: Vector, *, weights: Vector | None = None, most: int = MICRO, seed: int = 1
) -> Micro:
    """Return about `most` weighted groups of near rows; the rows themselves if there are fewer.

    Two levels of √`most` groups each, fitted on samples: near enough for starts, stability and
    gap, and linear in the number of rows.
    """
    w = np.ones(len(x)) if weights is None else weights
    if len(x) <= most:
        return Micro(x, w.astype(np.float64), np.arange(len(x)), 0.0)
    rng = np.random.default_rng([seed, 7])
    parts = int(np.sqrt(most))
    coarse = classified(x, _sampled(x, w, parts, rng))
    order = np.argsort(coarse, kind="stable")
    ends = np.cumsum(np.bincount(coarse, minlength=parts))
    labels, count = np.empty(len(x), dtype=np.intp), 0
    for rows in np.split(order, ends[:-1]):
        if len(rows):
            fine = classified(x[rows], _sampled(x[rows], w[rows], parts, rng))
            used, fine = np.unique(fine, return_inverse=True)
            labels[rows] = count + fine
            count += len(used)
    size = np.asarray(np.bincount(labels, w, count), dtype=np.float64)
    centres = np.asarray(_sums(x, w, labels, count) / np.maximum(size, 1e-300)[:, None])
    lost = float(w @ np.einsum("ij,ij->i", x, x)) - float(
        size @ np.einsum("ij,ij->i", centres, centres)
    )
    return Micro(centres, size, labels, max(lost, 0.0))


def _sampled(x: Vector, w: Vector, k: int, rng: np.random.Generator) -> Vector:
    rows = rng.permutation(len(x))[: 40 * k]
    k = min(k, len(rows))
    found: Vector = _lloyd(x[rows], w[rows], _spread(x[rows], w[rows], (1, k), rng), steps=5)[0]
    return found


def _require(x: Vector, w: Vector, k: int) -> None:
    if x.ndim != 2 or not np.isfinite(x).all():
        raise DataError("k-means needs a table without missing values; fill or leave out rows")
    if len(w) != len(x) or (w < 0).any():
        raise DataError("weights must be one number of zero or more for each row")
    if k < 1 or (len(np.unique(x[: 50 * k], axis=0)) < k and len(np.unique(x, axis=0)) < k):
        raise DataError(f"{k} groups need at least {k} different rows")


def _spread(x: Vector, w: Vector, shape: tuple[int, int], rng: np.random.Generator) -> Vector:
    """Return k-means++ centres of several starts, shape (starts, k, d)."""
    starts, k = shape
    square = np.einsum("ij,ij->i", x, x)
    near = np.full((len(x), starts), np.inf)
    mass = np.repeat(w[:, None], starts, axis=1)
    centres = np.empty((starts, k, x.shape[1]))
    for at in range(k):
        cumulated = np.cumsum(mass, axis=0)
        aim = rng.random(starts) * cumulated[-1]
        rows = np.minimum((cumulated < aim).sum(axis=0), len(x) - 1)
        centres[:, at] = x[rows]
        away = square[:, None] - 2 * x @ x[rows].T + square[rows]
        near = np.minimum(near, np.maximum(away, 0.0))
        mass = near * w[:, None]
    return centres


def _lloyd(x: Vector, w: Vector, centres: Vector, steps: int = 100) -> Vector:
    """Move the centres of several starts, shape (starts, k, d), until no row changes its group."""
    starts, k, d = centres.shape
    before = np.full((len(x), starts), -1, dtype=np.intp)
    running = np.arange(starts)
    centres = centres.copy()
    for _ in range(steps):
        flat = centres[running].reshape(-1, d)
        away = 0.5 * np.einsum("ij,ij->i", flat, flat) - x @ flat.T
        labels = away.reshape(len(x), len(running), k).argmin(axis=2)
        changed = (labels != before[:, running]).any(axis=0)
        before[:, running] = labels
        if not changed.any():
            break
        running, labels = running[changed], labels[:, changed]
        own = np.zeros((len(x), len(running) * k))
        own[np.arange(len(x))[:, None], labels + k * np.arange(len(running))] = w[:, None]
        size = own.sum(axis=0)
        moved = (own.T @ x) / np.maximum(size, 1e-300)[:, None]
        kept = centres[running].reshape(-1, d)
        centres[running] = np.where(size[:, None] > 0, moved, kept).reshape(-1, k, d)
    return centres


def _nearest(x: Vector, centres: Vector) -> tuple[Codes, Vector]:
    """Return the nearest centre of each row and the squared distance to it."""
    labels, away = np.empty(len(x), dtype=np.intp), np.empty(len(x))
    half = 0.5 * np.einsum("ij,ij->i", centres, centres)
    for first in range(0, len(x), BLOCK):
        rows = x[first : first + BLOCK]
        score = half - rows @ centres.T
        at = score.argmin(axis=1)
        labels[first : first + BLOCK] = at
        least = score[np.arange(len(rows)), at]
        away[first : first + BLOCK] = 2 * least + np.einsum("ij,ij->i", rows, rows)
    return labels, np.maximum(away, 0.0)


def _sums(x: Vector, w: Vector, labels: Codes, k: int) -> Vector:
    """Return the weighted sum of the rows of each group, shape (k, d)."""
    return np.stack([np.bincount(labels, w * column, k) for column in x.T], axis=1)


def _within(x: Vector, w: Vector, labels: Codes, centres: Vector) -> float:
    apart = x - centres[labels]
    return float(w @ np.einsum("ij,ij->i", apart, apart))


def _polished(x: Vector, w: Vector, centres: Vector) -> tuple[Codes, Vector]:
    """Move single rows to other groups while that lowers the sum of squares.

    In each round the best moves whose groups do not overlap are made, so that each lowers the sum
    by exactly what was worked out.
    """
    k, rows = len(centres), np.arange(len(x))
    labels = _nearest(x, centres)[0].copy()
    square = np.einsum("ij,ij->i", x, x)
    for _ in range(50 * k + 1000):
        size = np.bincount(labels, w, k)
        centres = _sums(x, w, labels, k) / np.maximum(size, 1e-300)[:, None]
        away = square[:, None] - 2 * x @ centres.T + np.einsum("ij,ij->i", centres, centres)
        own = size[labels]
        leaves = np.where(
            own > w * (1 + 1e-9), own / np.maximum(own - w, 1e-300) * away[rows, labels], 0.0
        )
        joins = size / (size + w[:, None]) * away
        joins[rows, labels] = np.inf
        target = joins.argmin(axis=1)
        gain = w * (leaves - joins[rows, target])
        candidates = np.flatnonzero(gain > 1e-10 * np.maximum(w * square, 1e-12))
        if not len(candidates):
            break
        free = np.ones(k, dtype=bool)
        for row in candidates[np.argsort(-gain[candidates], kind="stable")]:
            if free[labels[row]] and free[target[row]]:
                free[[labels[row], target[row]]] = False
                labels[row] = target[row]
            if free.sum() < 2:
                break
    return labels, centres


def _swapped(
    x: Vector, w: Vector, best: tuple[Codes, Vector], rounds: int, rng: np.random.Generator
) -> tuple[Codes, Vector]:
    """Try other places for single centres, several at a time; keep what lowers the sum."""
    least = _within(x, w, *best)
    for _ in range(rounds):
        tried = np.repeat(best[1][None], TRIED, axis=0)
        out, rows = rng.integers(len(best[1]), size=TRIED), rng.integers(len(x), size=TRIED)
        tried[np.arange(TRIED), out] = x[rows]
        moved = _lloyd(x, w, tried)
        sums = [float(w @ _nearest(x, each)[1]) for each in moved]
        found = _polished(x, w, moved[int(np.argmin(sums))])
        within = _within(x, w, *found)
        if within < least * (1 - 1e-12):
            best, least = found, within
    return best


def _finished(x: Vector, w: Vector, centres: Vector, starts: Vector) -> Partition:
    """Run Lloyd's steps on all rows from centres that are nearly right."""
    before: NDArray[np.intp] | None = None
    for _ in range(100):
        labels, away = _nearest(x, centres)
        if before is not None and (labels == before).all():
            break
        before = labels
        size = np.bincount(labels, w, len(centres))
        moved = _sums(x, w, labels, len(centres)) / np.maximum(size, 1e-300)[:, None]
        centres = np.where(size[:, None] > 0, moved, centres)
    order = np.argsort(-np.bincount(labels, w, len(centres)), kind="stable")
    return Partition(centres[order], np.argsort(order)[labels], float(w @ away), starts)
