"""Latent classes of categorical answers by full-information maximum likelihood, on patterns.

The items are cut into two halves. In a class, the probability of a pattern is that of its first
half times that of its second: the likelihood of all patterns is one matrix product, and so are
the expected counts. An iteration costs about as much as the table of the two halves has cells,
whatever the number of rows.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.one_thread import one_thread
from workbench.stats.patterns import Patterns, one_hot
from workbench.stats.search import FINISHED, SHORT, Parameters, Search, squarem

DENSE = 4_000_000
"""Cells of the table of both halves up to which all of them are computed."""
CROWDED = 30
"""Cells for each pattern beyond which only the cells that occur are computed."""
LEAST = 1e-10
"""Least expected count of an answer in a class: keeps its logarithm finite."""


@dataclass(frozen=True, eq=False, repr=False)
class Classes:
    """Latent classes, the largest first.

    Attributes
    ----------
    log_likelihood : float
    shares : ndarray, shape (k,)
    answers : tuple of ndarray
        For each item the probability of each answer by class, shape (k, levels).
    posterior : ndarray, shape (u, k)
        Probability of each class for each pattern.
    parameters : int
        Free parameters.
    n : float
        Sum of the weights.
    starts : ndarray
        Log likelihood of each start after its short run.
    """

    log_likelihood: float
    shares: Vector
    answers: tuple[Vector, ...]
    posterior: Vector
    parameters: int
    n: float
    starts: Vector


@one_thread
def latent_classes(data: Patterns, k: int, *, search: Search | None = None) -> Classes:
    """Fit `k` classes in which the answers are independent of one another.

    Missing answers are left out of a row's likelihood (FIML): nothing is filled in. Many short
    runs of EM, accelerated by SQUAREM (Varadhan & Roland 2008), then the best to convergence.

    Raises
    ------
    DataError
        No row has an answer.
    """
    n = float(data.weights.sum())
    if not n > 0 or not (data.codes >= 0).any():
        raise DataError("no row has an answer; latent classes need some")
    table = _Halves(data)
    how = search or Search()
    rng = np.random.default_rng([how.seed, k])
    runs = [squarem(table.step, table.start(k, rng), SHORT, 0.0) for _ in range(how.starts)]
    scores = np.array([score for score, _ in runs])
    best = np.argsort(-scores, kind="stable")[: FINISHED if k > 1 else 1]
    found = [squarem(table.step, runs[at][1], 5_000, how.tolerance * n) for at in best]
    likelihood, values = max(found, key=lambda each: each[0])
    shares, answers = table.split(values)
    order = np.argsort(-shares, kind="stable")
    free = k - 1 + k * sum(size - 1 for size in data.levels)
    posterior = posteriors(data, shares[order], tuple(each[order] for each in answers))
    return Classes(
        log_likelihood=likelihood,
        shares=shares[order],
        answers=tuple(each[order] for each in answers),
        posterior=posterior,
        parameters=free,
        n=n,
        starts=scores,
    )


@one_thread
def posteriors(data: Patterns, shares: Vector, answers: tuple[Vector, ...]) -> Vector:
    """Return the probability of each class for each pattern of `data`, shape (u, k)."""
    logs = np.log(np.maximum(np.concatenate(answers, axis=1), 1e-300)).T
    score = one_hot(data.codes, data.levels) @ logs + np.log(np.maximum(shares, 1e-300))
    score = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(score / score.sum(axis=1, keepdims=True))


class _Halves:
    """The table of first halves by second halves, and EM on it.

    Parameters are one vector: logarithms of the class shares, then of the probabilities of the
    answers, item after item of both halves, by class.
    """

    def __init__(self, data: Patterns) -> None:
        levels = np.array(data.levels)
        order = np.argsort(-levels, kind="stable")
        sides: list[list[int]] = [[], []]
        width = [1.0, 1.0]
        for item in order.tolist():
            side = int(width[1] < width[0])
            sides[side].append(item)
            width[side] *= levels[item] + 1
        self.items = [sorted(side) for side in sides]
        self.levels = data.levels
        self.weights = data.weights
        self.n = float(data.weights.sum())
        places, self.hot = [], []
        for own in self.items:
            kept, place = np.unique(data.codes[:, own], axis=0, return_inverse=True)
            places.append(place.reshape(-1))
            self.hot.append(one_hot(kept, [data.levels[item] for item in own]))
        shape = len(self.hot[0]), len(self.hot[1])
        cells = shape[0] * shape[1]
        self.dense = cells <= DENSE and cells <= CROWDED * len(data.weights)
        self.at = places
        if self.dense:
            self.table = np.zeros(shape)
            np.add.at(self.table, tuple(places), data.weights)
            self.known = self.table > 0
        else:
            self.shape = shape

    def start(self, k: int, rng: np.random.Generator) -> Parameters:
        """Return random parameters: shares alike, answers drawn evenly."""
        drawn = [
            np.log(rng.dirichlet(np.ones(self.levels[item]), size=k) + 1e-3)
            for side in self.items
            for item in side
        ]
        flat = np.concatenate([each.ravel() for each in drawn])
        return self._normal(np.concatenate([np.zeros(k), flat]), k)

    def step(self, values: Parameters) -> tuple[float, Parameters]:
        """Return the log likelihood of `values` and what EM makes of them."""
        k = self._classes(values)
        values = self._normal(values, k)
        tables = self._tables(values, k)
        odds, tops = [], []
        for hot, table in zip(self.hot, tables, strict=True):
            logs = hot @ table
            top = logs.max(axis=1)
            odds.append(np.exp(logs - top[:, None]))
            tops.append(top)
        odds[0] = odds[0] * np.exp(values[:k])
        likelihood, sums = (self._dense if self.dense else self._sparse)(odds, tops)
        counts = [hot.T @ side for hot, side in zip(self.hot, sums, strict=True)]
        shares = np.maximum(sums[0].sum(axis=0), 1e-300)
        flat = [np.log(shares / shares.sum())]
        for side, count in zip(self.items, counts, strict=True):
            first = 0
            for item in side:
                own = np.maximum(count[first : first + self.levels[item]].T, LEAST)
                flat.append(np.log(own / own.sum(axis=1, keepdims=True)).ravel())
                first += self.levels[item]
        return likelihood, np.concatenate(flat)

    def split(self, values: Parameters) -> tuple[Vector, tuple[Vector, ...]]:
        """Return class shares, and the probabilities (k, levels) of each item in its order."""
        k = self._classes(values)
        values = np.exp(self._normal(values, k))
        found: dict[int, Vector] = {}
        first = k
        for side in self.items:
            for item in side:
                end = first + k * self.levels[item]
                found[item] = values[first:end].reshape(k, -1)
                first = end
        return values[:k], tuple(found[item] for item in range(len(self.levels)))

    def _classes(self, values: Parameters) -> int:
        return len(values) // (1 + sum(self.levels))

    def _tables(self, values: Parameters, k: int) -> list[Vector]:
        """Return log probabilities by answer and class for each half."""
        found, first = [], k
        for side in self.items:
            parts = []
            for item in side:
                end = first + k * self.levels[item]
                parts.append(values[first:end].reshape(k, -1).T)
                first = end
            found.append(np.concatenate(parts) if parts else np.zeros((0, k)))
        return found

    def _normal(self, values: Parameters, k: int) -> Parameters:
        """Return parameters whose probabilities sum to one."""
        parts = [_log_normal(values[None, :k])]
        first = k
        for side in self.items:
            for item in side:
                end = first + k * self.levels[item]
                parts.append(_log_normal(values[first:end].reshape(k, -1)))
                first = end
        return np.concatenate([part.ravel() for part in parts])

    def _dense(self, odds: list[Vector], tops: list[Vector]) -> tuple[float, list[Vector]]:
        likely = odds[0] @ odds[1].T
        # Cells without rows may underflow; they count nothing.
        safe = np.maximum(likely, 1e-300)
        ratio = self.table / safe
        logs = np.log(safe, out=safe)
        logs += tops[0][:, None]
        logs += tops[1]
        score = float(np.einsum("ij,ij->", self.table, logs))
        return score, [odds[0] * (ratio @ odds[1]), odds[1] * (ratio.T @ odds[0])]

    def _sparse(self, odds: list[Vector], tops: list[Vector]) -> tuple[float, list[Vector]]:
        first, second = self.at
        likely = np.einsum("ij,ij->i", odds[0][first], odds[1][second])
        safe = np.maximum(likely, 1e-300)
        ratio = sparse.csr_array((self.weights / safe, (first, second)), shape=self.shape)
        logs = np.log(safe) + tops[0][first] + tops[1][second]
        score = float(np.einsum("i,i->", self.weights, logs))
        return score, [odds[0] * (ratio @ odds[1]), odds[1] * (ratio.T @ odds[0])]


def _log_normal(logs: Vector) -> Vector:
    top = logs.max(axis=1, keepdims=True)
    logs = np.maximum(logs - top, -80.0)
    return np.asarray(logs - np.log(np.exp(logs).sum(axis=1, keepdims=True)))
