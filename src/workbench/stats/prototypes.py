"""k-prototypes: groups of rows with numbers and categories, around means and modes."""

from dataclasses import dataclass

import numpy as np

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.one_thread import one_thread
from workbench.stats.patterns import Patterns, one_hot
from workbench.stats.search import FINISHED, Search

BLOCK = 16_384
FEW = 10_000
"""Rows on which starts are tried; the best are finished on all of them."""


@dataclass(frozen=True, eq=False, repr=False)
class Prototypes:
    """Groups, the largest first.

    Attributes
    ----------
    centres : ndarray, shape (k, d)
        Means of the numbers.
    modes : ndarray of int, shape (k, q)
        Commonest code of each category.
    labels : ndarray of int, shape (n,)
    cost : float
        Weighted sum of squared distances plus `gamma` for every category unlike the mode.
    starts : ndarray
        Cost of each start where it was tried.
    """

    centres: Vector
    modes: Codes
    labels: Codes
    cost: float
    starts: Vector


@one_thread
def prototypes(
    numbers: Vector,
    data: Patterns,
    k: int,
    *,
    gamma: float,
    weights: Vector | None = None,
    search: Search | None = None,
) -> Prototypes:
    """Divide rows into `k` groups of least cost (Huang 1998).

    What is missing, a number or a category, counts no distance. Starts are random rows, tried on
    a sample where there are many; the best are finished on all rows.

    Parameters
    ----------
    numbers : ndarray, shape (n, d)
        Numbers on comparable scales, NaN where missing.
    data : Patterns
        The categories of the same rows.
    gamma : float
        What an unlike category counts, in squared units of the numbers.

    Raises
    ------
    DataError
        The two parts have different rows, or there are fewer rows than groups.
    """
    whole = _rows(numbers, data, k, gamma, weights)
    w, how = whole.w, search or Search()
    rng = np.random.default_rng([how.seed, k])
    few = rng.permutation(len(w))[:FEW]
    sample = whole if len(few) == len(w) else whole.chosen(few)
    tried = [
        sample.moved(*sample.at(rng.choice(len(sample.w), k, replace=False)), steps=10)
        for _ in range(how.starts)
    ]
    costs = np.array([each[1] for each in tried])
    best = [tried[at] for at in np.argsort(costs, kind="stable")[:FINISHED]]
    done = [sample.moved(each[2], each[3]) for each in best]
    if sample is not whole:
        least = min(done, key=lambda each: each[1])
        done = [whole.moved(least[2], least[3])]
    return _ordered(whole, min(done, key=lambda each: each[1]), costs)


@one_thread
def from_rows(numbers: Vector, data: Patterns, rows: Codes, *, gamma: float) -> Prototypes:
    """Divide rows into groups whose first centres are the given `rows`; see `prototypes`."""
    whole = _rows(numbers, data, len(rows), gamma, None)
    found = whole.moved(*whole.at(rows))
    return _ordered(whole, found, np.array([found[1]]))


def _rows(numbers: Vector, data: Patterns, k: int, gamma: float, weights: Vector | None) -> "_Rows":
    if len(numbers) != len(data.rows) or len(numbers) < k:
        raise DataError(
            f"{k} groups need at least as many rows, with numbers and categories; there are "
            f"{len(numbers)} and {len(data.rows)}"
        )
    w = np.ones(len(numbers)) if weights is None else weights
    return _Rows(numbers, data, w, gamma)


Found = tuple[Codes, float, Vector, Codes]


def _ordered(rows: "_Rows", found: Found, costs: Vector) -> Prototypes:
    labels, cost, centres, modes = found
    order = np.argsort(-np.bincount(labels, rows.w, len(centres)), kind="stable")
    return Prototypes(centres[order], modes[order], np.argsort(order)[labels], cost, costs)


class _Rows:
    """Rows, and the steps of k-prototypes on them."""

    def __init__(self, numbers: Vector, data: Patterns, w: Vector, gamma: float) -> None:
        known = np.isfinite(numbers)
        self.filled = np.ascontiguousarray(np.where(known, numbers, 0.0))
        self.known = None if known.all() else known.astype(np.float64)
        self.square = np.einsum("ij,ij->i", self.filled, self.filled)
        self.data, self.w, self.gamma = data, w, gamma
        self.hot = one_hot(data.codes, data.levels)
        self.answered = (data.codes >= 0).sum(axis=1).astype(np.float64)
        self.ends = np.concatenate([[0], np.cumsum(data.levels)]).astype(np.intp)

    def chosen(self, rows: Codes) -> "_Rows":
        """Return some of the rows."""
        known = self.known
        numbers = self.filled[rows]
        if known is not None:
            numbers = np.where(known[rows] > 0, numbers, np.nan)
        kept, place = np.unique(self.data.rows[rows], return_inverse=True)
        data = Patterns(self.data.codes[kept], self.data.weights[kept], place, self.data.levels)
        return _Rows(numbers, data, self.w[rows], self.gamma)

    def at(self, rows: Codes) -> tuple[Vector, Codes]:
        """Return centres at the given rows; a missing category becomes the first."""
        return self.filled[rows], np.maximum(self.data.codes[self.data.rows[rows]], 0)

    def moved(self, centres: Vector, modes: Codes, steps: int = 200) -> Found:
        """Move centres and modes until no row changes its group."""
        before: Codes | None = None
        for _ in range(steps):
            labels, cost, sums, mass, counts = self._pass(centres, modes)
            if before is not None and np.array_equal(before, labels):
                break
            before = labels
            moved = sums / np.maximum(mass, 1e-300)
            centres = np.where(mass > 0, moved, centres)
            modes = self._modes(counts, modes)
        return labels, cost, centres, modes

    def _modes(self, counts: Vector, before: Codes) -> Codes:
        columns = [
            np.where(
                (own := counts[first:end].T).max(axis=1) > 0, own.argmax(axis=1), before[:, at]
            )
            for at, (first, end) in enumerate(zip(self.ends, self.ends[1:], strict=False))
        ]
        return np.stack(columns, axis=1) if columns else before

    def _pass(self, centres: Vector, modes: Codes) -> tuple[Codes, float, Vector, Vector, Vector]:
        """Return labels, cost, sums and masses of the numbers, and counts of the categories."""
        k, d = centres.shape
        at_mode = np.zeros((k, int(self.ends[-1])))
        if modes.shape[1]:
            at_mode[np.arange(k)[:, None], self.ends[:-1] + modes] = 1.0
        unlike = self.gamma * (self.answered[:, None] - self.hot @ at_mode.T)
        half = centres**2
        labels = np.empty(len(self.w), dtype=np.intp)
        sums, cost = np.zeros((k, d)), 0.0
        mass = np.zeros((k, d))
        offset = unlike if self.known is not None else unlike + half.sum(axis=1)
        seen = np.zeros(k * len(self.hot))
        for first in range(0, len(self.w), BLOCK):
            own = slice(first, first + BLOCK)
            x, w = self.filled[own], self.w[own]
            score = offset[self.data.rows[own]]
            score += x @ (-2 * centres.T)
            if self.known is not None:
                score += self.known[own] @ half.T
            at = score.argmin(axis=1)
            labels[own] = at
            least = score[np.arange(len(at)), at] + self.square[own]
            cost += float((w * least).sum())
            group = np.zeros((len(at), k))
            group[np.arange(len(at)), at] = w
            sums += group.T @ x
            mass += group.T @ (self.known[own] if self.known is not None else np.ones((len(at), 1)))
            if len(self.hot) > 1:
                seen += np.bincount(at * len(self.hot) + self.data.rows[own], w, len(seen))
        counts = self.hot.T @ seen.reshape(k, -1).T
        return labels, cost, sums, mass, counts
