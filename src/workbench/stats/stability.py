"""Whether a division into groups comes back in other samples, and how much of it is the search."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench import progress
from workbench.stats.arrays import Codes, Vector
from workbench.stats.clusters import adjusted_rand, crossed, jaccard
from workbench.stats.kmeans import classified, kmeans, micro_clusters
from workbench.stats.one_thread import one_thread
from workbench.stats.search import Search

STARTS = 10
"""Starts of every fit. With fewer, what is measured is the search, not the sample."""


@dataclass(frozen=True, eq=False, repr=False)
class Stability:
    """How one number of groups holds in samples of the same rows.

    Attributes
    ----------
    k : int
    agreement : ndarray, shape (pairs,)
        Adjusted Rand index of all rows between the fits to two bootstrap samples.
    noise : float
        The same between two searches on one sample: what the search alone leaves open.
    within : ndarray, shape (k,)
        For each group of the fit to all rows its mean best overlap (Jaccard) with a group of the
        fit to a bootstrap sample: segment-level stability within solutions.
    """

    k: int
    agreement: Vector
    noise: float
    within: Vector


@one_thread
def stability(
    x: Vector,
    ks: Sequence[int],
    *,
    weights: Vector | None = None,
    pairs: int = 50,
    most: int = 2_000,
    search: Search | None = None,
) -> list[Stability]:
    """Compare fits of k-means to pairs of bootstrap samples (Dolnicar & Leisch 2010).

    Both fits of a pair classify all rows. More than `most` rows are taken as that many
    micro-clusters, whose weights are drawn as the rows would be.

    Parameters
    ----------
    x : ndarray, shape (n, d)
    ks : sequence of int
        Numbers of groups.
    weights : ndarray, optional
        How many rows each row stands for; their sum is the size of a sample.
    """
    how = search or Search(STARTS)
    micro = micro_clusters(x, weights=weights, most=most, seed=how.seed)
    rng = np.random.default_rng([how.seed, 5])
    size = round(float(micro.weights.sum()))
    share = micro.weights / micro.weights.sum()
    samples = rng.multinomial(size, share, size=2 * pairs).astype(np.float64)
    return [
        _stable(micro.centres, micro.weights, k, samples, (how.starts, how.seed))
        for k in progress.steps(list(ks), "progress.stability")
    ]


def _stable(x: Vector, w: Vector, k: int, samples: Vector, how: tuple[int, int]) -> Stability:
    starts, seed = how
    whole = classified(x, kmeans(x, k, weights=w, starts=2 * starts, seed=seed).centres)
    labels = [_labels(x, sample, k, (starts, seed + at)) for at, sample in enumerate(samples)]
    pairs = zip(labels[::2], labels[1::2], strict=True)
    agreement = np.array([adjusted_rand(crossed(one, two, w)) for one, two in pairs])
    again = [
        _labels(x, sample, k, (starts, seed + 10_000 + at))
        for at, sample in enumerate(samples[: max(len(samples) // 4, 1)])
    ]
    noise = [
        1 - adjusted_rand(crossed(one, two, w)) for one, two in zip(labels, again, strict=False)
    ]
    # As in fpc: only rows that were drawn tell whether a group came back.
    found = [
        jaccard(crossed(whole, own, np.where(sample > 0, w, 0.0)))
        for own, sample in zip(labels, samples, strict=True)
    ]
    return Stability(k, agreement, float(np.mean(noise)), np.mean(found, axis=0))


def _labels(x: Vector, sample: Vector, k: int, how: tuple[int, int]) -> Codes:
    drawn = np.flatnonzero(sample)
    fit = kmeans(x[drawn], k, weights=sample[drawn], starts=how[0], seed=how[1])
    return classified(x, fit.centres)
