"""Latent classes of numbers and categories together, by full-information maximum likelihood.

In a class the numbers are independent and normal, the categories independent. What is missing
is left out of a row's likelihood. The categorical part is worked out once for each pattern, not
for each row; the numerical part is two matrix products.
"""

from dataclasses import dataclass

import numpy as np

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.latent import LEAST
from workbench.stats.one_thread import one_thread
from workbench.stats.patterns import Patterns, one_hot
from workbench.stats.search import FINISHED, SHORT, Search, squarem

FEW = 4_000
"""Rows on which starts are tried; the best are finished on all of them."""
BLOCK = 16_384
NARROW = 1e-6
"""Least variance in a class, of numbers with variance 1: keeps the likelihood bounded."""
LOG_TAU = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False, repr=False)
class MixedClasses:
    """Latent classes of mixed data, the largest first.

    Attributes
    ----------
    log_likelihood : float
        Of the numbers as they were given.
    shares : ndarray, shape (k,)
    means, deviations : ndarray, shape (k, d)
        Of the numbers in each class.
    answers : tuple of ndarray
        For each categorical item the probability of each answer by class, shape (k, levels).
    posterior : ndarray, shape (n, k)
        Probability of each class for each row.
    parameters : int
        Free parameters.
    n : float
        Sum of the weights.
    starts : ndarray
        Log likelihood of each start after its short run.
    """

    log_likelihood: float
    shares: Vector
    means: Vector
    deviations: Vector
    answers: tuple[Vector, ...]
    posterior: Vector
    parameters: int
    n: float
    starts: Vector


@one_thread
def mixed_classes(
    numbers: Vector,
    data: Patterns,
    k: int,
    *,
    weights: Vector | None = None,
    search: Search | None = None,
) -> MixedClasses:
    """Fit `k` classes to `numbers`, shape (n, d), NaN where missing, and the rows of `data`.

    Short runs of EM from random centres, on a sample where there are many rows; the best are
    finished on all rows, accelerated by SQUAREM.

    Raises
    ------
    DataError
        A number has no known value or no spread, or the two parts have different rows.
    """
    if len(numbers) != len(data.rows):
        raise DataError(f"{len(numbers)} rows of numbers, but {len(data.rows)} of categories")
    w = np.ones(len(numbers)) if weights is None else weights
    scaled, centre, spread = _scaled(numbers, w)
    how = search or Search()
    rng = np.random.default_rng([how.seed, k])
    whole = Mixed(scaled, data, w)
    rows = rng.permutation(len(w))[:FEW]
    sample = whole if len(rows) == len(w) else Mixed(scaled[rows], _chosen(data, rows), w[rows])
    runs = [squarem(sample.step, sample.start(k, rng), 2 * SHORT, 0.0) for _ in range(how.starts)]
    scores = np.array([score for score, _ in runs])
    best = np.argsort(-scores, kind="stable")[: FINISHED if k > 1 else 1]
    if sample is not whole:
        finer = [squarem(sample.step, runs[at][1], 500, how.tolerance * sample.n) for at in best]
        # The same optimum found twice is finished once.
        best_runs = [max(finer, key=lambda each: each[0])]
    else:
        best_runs = [runs[at] for at in best]
    found = [squarem(whole.step, values, 2_000, how.tolerance * whole.n) for _, values in best_runs]
    likelihood, values = max(found, key=lambda each: each[0])
    known = float((w[:, None] * np.isfinite(numbers) * np.log(spread)).sum())
    return _told(whole, values, likelihood - known, (centre, spread), scores)


def _scaled(numbers: Vector, w: Vector) -> tuple[Vector, Vector, Vector]:
    known = np.isfinite(numbers)
    mass = (w[:, None] * known).sum(axis=0)
    if (mass <= 0).any():
        raise DataError(f"number {int(np.argmin(mass)) + 1} is missing in every row; leave it out")
    filled = np.where(known, numbers, 0.0)
    centre = (w @ filled) / mass
    spread = np.sqrt((w @ np.where(known, (filled - centre) ** 2, 0.0)) / mass)
    if (spread <= 0).any():
        at = int(np.argmin(spread)) + 1
        raise DataError(f"number {at} is the same in every row; leave it out")
    return (numbers - centre) / spread, centre, spread


def _chosen(data: Patterns, rows: Codes) -> Patterns:
    kept, place = np.unique(data.rows[rows], return_inverse=True)
    return Patterns(data.codes[kept], data.weights[kept], place, data.levels)


def _told(
    whole: "Mixed", values: Vector, likelihood: float, scale: tuple[Vector, Vector], starts: Vector
) -> MixedClasses:
    logs, means, variances, table = whole.split(values)
    shares = np.exp(logs)
    order = np.argsort(-shares, kind="stable")
    ends = np.cumsum(whole.levels)[:-1]
    answers = np.split(np.exp(table), ends, axis=0) if whole.levels else []
    k, d = means.shape
    return MixedClasses(
        likelihood,
        shares[order],
        scale[0] + scale[1] * means[order],
        scale[1] * np.sqrt(variances[order]),
        tuple(each.T[order] for each in answers),
        whole.posterior(values)[:, order],
        k - 1 + 2 * k * d + k * sum(size - 1 for size in whole.levels),
        whole.n,
        starts,
    )


class Mixed:
    """Rows of scaled numbers and their patterns, and EM on them."""

    def __init__(self, numbers: Vector, data: Patterns, w: Vector) -> None:
        known = np.isfinite(numbers)
        filled = np.where(known, numbers, 0.0)
        self.whole = bool(known.all())
        parts = [filled, filled * filled] if self.whole else [filled, filled * filled, known]
        self.design = np.concatenate(parts, axis=1)
        self.d = numbers.shape[1]
        self.hot = one_hot(data.codes, data.levels)
        self.rows, self.levels, self.w = data.rows, data.levels, w
        self.n = float(w.sum())
        self.filled = filled

    def start(self, k: int, rng: np.random.Generator) -> Vector:
        """Return parameters around `k` different rows."""
        chosen = [int(rng.integers(len(self.w)))]
        near = np.full(len(self.w), np.inf)
        for _ in range(k - 1):
            near = np.minimum(near, ((self.filled - self.filled[chosen[-1]]) ** 2).sum(axis=1))
            mass = np.cumsum(self.w * (near + 0.1))
            chosen.append(min(int((mass < rng.random() * mass[-1]).sum()), len(near) - 1))
        table = [np.log(rng.dirichlet(np.ones(size), size=k).T + 0.05) for size in self.levels]
        return np.concatenate(
            [
                np.zeros(k),
                self.filled[chosen].ravel(),
                np.zeros(k * self.d),
                *(each.ravel() for each in table),
            ]
        )

    def split(self, values: Vector) -> tuple[Vector, Vector, Vector, Vector]:
        """Return log shares, means, variances (k, d), and log probabilities (levels, k)."""
        k = len(values) // (1 + 2 * self.d + sum(self.levels))
        logs = values[:k] - _log_sum(values[:k][None])[0]
        numbers = values[k : k + 2 * k * self.d].reshape(2, k, self.d)
        variances = np.maximum(np.exp(np.clip(numbers[1], -40, 20)), NARROW)
        table = values[k + 2 * k * self.d :].reshape(-1, k)
        parts, first = [], 0
        for size in self.levels:
            own = np.maximum(table[first : first + size], -80.0)
            parts.append(own - _log_sum(own.T)[None, :])
            first += size
        return logs, numbers[0], variances, np.concatenate(parts) if parts else table

    def step(self, values: Vector) -> tuple[float, Vector]:
        """Return the log likelihood of `values` and what EM makes of them."""
        loads, offset = self._loads(values)
        k = offset.shape[1]
        sums = np.zeros((self.design.shape[1], k))
        mass, likelihood = np.zeros(k), 0.0
        by_pattern = np.zeros((k, len(self.hot)))
        for first in range(0, len(self.w), BLOCK):
            own = slice(first, first + BLOCK)
            score = self.design[own] @ loads + offset[self.rows[own]]
            top = score.max(axis=1)
            np.exp(score - top[:, None], out=score)
            total = score.sum(axis=1)
            likelihood += float((self.w[own] * (top + np.log(total))).sum())
            score *= (self.w[own] / total)[:, None]
            sums += self.design[own].T @ score
            mass += score.sum(axis=0)
            for at in range(k if self.levels else 0):
                by_pattern[at] += np.bincount(self.rows[own], score[:, at], len(self.hot))
        return likelihood, self._moved(sums, mass, self.hot.T @ by_pattern.T)

    def posterior(self, values: Vector) -> Vector:
        """Return the probability of each class for each row, shape (n, k)."""
        loads, offset = self._loads(values)
        score = self.design @ loads + offset[self.rows]
        score = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(score / score.sum(axis=1, keepdims=True))

    def _loads(self, values: Vector) -> tuple[Vector, Vector]:
        """Return what the columns of the design, and what each pattern, adds to the score."""
        logs, means, variances, table = self.split(values)
        parts = [(means / variances).T, (-0.5 / variances).T]
        constant = (-0.5 * (LOG_TAU + np.log(variances) + means**2 / variances)).T
        offset = self.hot @ table + logs
        if self.whole:
            return np.concatenate(parts), offset + constant.sum(axis=0)
        return np.concatenate([*parts, constant]), offset

    def _moved(self, sums: Vector, mass: Vector, counts: Vector) -> Vector:
        d = self.d
        known = np.maximum(mass if self.whole else sums[2 * d :], 1e-12)
        means = sums[:d] / known
        variances = np.maximum(sums[d : 2 * d] / known - means**2, NARROW)
        parts, first = [], 0
        for size in self.levels:
            own = np.maximum(counts[first : first + size], LEAST)
            parts.append(np.log(own / own.sum(axis=0)).ravel())
            first += size
        shares = np.log(np.maximum(mass, 1e-300) / mass.sum())
        return np.concatenate([shares, means.T.ravel(), np.log(variances).T.ravel(), *parts])


def _log_sum(logs: Vector) -> Vector:
    top = logs.max(axis=1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))
