"""How many groups there are, and whether there are any: one table of criteria and one answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from workbench.errors import DataError
from workbench.stats import clusters
from workbench.stats.arrays import Codes, Vector
from workbench.stats.kmeans import classified, kmeans, micro_clusters
from workbench.stats.latent import latent_classes
from workbench.stats.latent_mixed import mixed_classes
from workbench.stats.one_thread import one_thread
from workbench.stats.patterns import Patterns, one_hot
from workbench.stats.search import Search
from workbench.stats.stability import Stability, stability

MANY = 50_000
"""Rows on which mixtures are compared; more say nothing about the number of groups."""


@dataclass(frozen=True)
class Limits:
    """What a division must keep to count as structure.

    Attributes
    ----------
    agreement : float
        Least mean adjusted Rand index between fits to bootstrap samples.
    depth : float
        The upper end of the valley between any two groups lies below it.
    z : float
        Standard errors of that upper end.
    entropy : float
        Least relative entropy of a classification without numbers.
    smallest : float
        Least share of a group.
    """

    agreement: float
    depth: float
    z: float
    entropy: float
    smallest: float


@dataclass(frozen=True)
class Effort:
    """How hard it is looked: bootstrap `pairs`, `starts` of a search, `draws` of the gap.

    `sample` rows have their silhouettes computed, and `micro` groups stand for all rows.
    """

    pairs: int = 50
    starts: int = 10
    draws: int = 20
    sample: int = 10_000
    micro: int = 2_000


@dataclass(frozen=True)
class Solution:
    """One number of groups and what speaks for it; missing where it does not apply to one group.

    Attributes
    ----------
    k : int
    bic, icl, entropy : float
        Of the latent class model of the same number of groups.
    gap, gap_se, silhouette : float
    agreement, agreement_low, agreement_high, noise : float
        Adjusted Rand index between bootstrap fits, the central 95 % of its pairs, and the part
        that the search alone leaves open.
    across, within : float
        The least stable group: across solutions (SLSA) and within solutions (SLSW).
    smallest : float
        Share of the smallest group, of k-means or of the latent classes.
    depth : float
        Upper end of the shallowest valley between two groups of k-means, or two latent classes.
    holds : bool
        Whether it keeps all limits.
    """

    k: int
    bic: float
    icl: float
    entropy: float
    gap: float = np.nan
    gap_se: float = np.nan
    silhouette: float = np.nan
    agreement: float = np.nan
    agreement_low: float = np.nan
    agreement_high: float = np.nan
    noise: float = np.nan
    across: float = np.nan
    within: float = np.nan
    smallest: float = 1.0
    depth: float = np.nan
    holds: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Structure:
    """The solutions by number of groups from one, and the number chosen.

    `chosen` is the largest number whose groups are all apart, stable and large enough; None says
    that there is no stable structure.
    """

    solutions: tuple[Solution, ...]
    chosen: int | None


@one_thread
def structure(
    numbers: Vector,
    data: Patterns,
    *,
    most: int,
    limits: Limits,
    effort: Effort | None = None,
    seed: int = 1,
) -> Structure:
    """Judge 1 to `most` groups of rows with `numbers` (n, d), NaN where missing, and categories.

    With numbers, groups count only where a valley lies between any two of them: a single hump
    that is long or skewed is cut as stably as two are told apart, so stability alone cannot
    decide. Without numbers, the classes must lower BIC and be told apart with certainty.

    Raises
    ------
    DataError
        There are fewer than 50 rows.
    """
    if len(data.rows) < 50:
        raise DataError(f"{len(data.rows)} rows are too few to look for groups; 50 are needed")
    how = effort or Effort()
    space = embedded(numbers, data)
    micro = micro_clusters(space, most=how.micro, seed=seed)
    ks = range(2, most + 1)
    stable = stability(
        *(micro.centres, ks),
        weights=micro.weights,
        pairs=how.pairs,
        most=how.micro,
        search=Search(how.starts, seed),
    )
    rows = np.random.default_rng([seed, 3]).permutation(len(space))
    found = [Solution(1, *_mixture(numbers, data, 1, rows[:MANY], seed)[:3])]
    before: Codes | None = None
    for each in stable:
        labels, solution = _solution(
            (space, numbers, data, rows), (micro.centres, micro.weights), each, (limits, how, seed)
        )
        own = np.nan if before is None else _across(before, labels)
        found.append(Solution(**{**vars(solution), "across": own}))
        before = labels
    found = [Solution(**{**vars(one), "holds": _holds(one, found, limits)}) for one in found]
    kept = [one.k for one in found if one.holds]
    return Structure(tuple(found), max(kept) if kept else None)


def embedded(numbers: Vector, data: Patterns, gamma: float | None = None) -> Vector:
    """Return rows as points: numbers in standard deviations, categories as corners.

    Two rows that differ in one category lie √`gamma` apart; by default as far as two rows differ
    in a number on average. What is missing lies in the middle.
    """
    mean, spread = np.nanmean(numbers, axis=0), np.nanstd(numbers, axis=0)
    scaled = np.nan_to_num((numbers - mean) / np.where(spread > 0, spread, 1.0))
    corners = one_hot(data.codes, data.levels)
    share = data.weights @ corners
    first = 0
    for at, size in enumerate(data.levels):
        own = slice(first, first + size)
        share[own] /= max(share[own].sum(), 1e-300)
        corners[data.codes[:, at] < 0, own] = share[own]
        first += size
    distance = np.sqrt((1.0 if gamma is None else gamma) / 2)
    return np.concatenate([scaled, distance * (corners - share)[data.rows]], axis=1)


def _solution(
    given: tuple[Vector, Vector, Patterns, Codes],
    micro: tuple[Vector, Vector],
    stable: Stability,
    rules: tuple[Limits, Effort, int],
) -> tuple[Codes, Solution]:
    space, numbers, data, rows = given
    limits, how, seed = rules
    k = stable.k
    fit = kmeans(micro[0], k, weights=micro[1], starts=2 * how.starts, seed=seed)
    labels = classified(space, fit.centres)
    few = rows[: how.sample]
    away = clusters.gap(micro[0], fit.within, k, weights=micro[1], draws=how.draws, seed=seed)
    low, high = np.quantile(stable.agreement, [0.025, 0.975])
    used = rows[:MANY]
    bic, icl, certainty, classes = _mixture(numbers, data, k, used, seed)
    return labels, Solution(
        k,
        bic,
        icl,
        certainty,
        gap=away.value,
        gap_se=away.se,
        silhouette=float(clusters.silhouettes(space[few], labels[few]).mean()),
        agreement=float(stable.agreement.mean()),
        agreement_low=float(low),
        agreement_high=float(high),
        noise=stable.noise,
        within=float(stable.within.min()),
        smallest=min(
            float(np.bincount(own, minlength=k).min() / len(own)) for own in (labels, classes)
        ),
        # Classes may settle on a single value of a count, k-means cut a long crowd: both must hold.
        depth=max(
            _shallowest(space[used, : numbers.shape[1]], own, k, limits.z)
            for own in (labels[used], classes)
        ),
    )


def _shallowest(space: Vector, labels: Codes, k: int, z: float) -> float:
    if not space.shape[1]:
        return np.nan
    ones = np.ones(len(labels))
    pairs = combinations(range(k), 2)
    return max(
        clusters.valley(space, labels, pair, weights=ones, z=z).high
        if {*pair} <= set(np.unique(labels))
        else np.inf
        for pair in pairs
    )


def _across(before: Codes, labels: Codes) -> float:
    return float(clusters.across_solutions(clusters.crossed(before, labels)).min())


def _mixture(
    numbers: Vector, data: Patterns, k: int, rows: Codes, seed: int
) -> tuple[float, float, float, Codes]:
    """Return BIC, ICL and entropy of the latent class model of `k` classes, and its classes."""
    kept, place = np.unique(data.rows[rows], return_inverse=True)
    own = Patterns(data.codes[kept], np.bincount(place).astype(np.float64), place, data.levels)
    if not numbers.shape[1]:
        fit = latent_classes(own, k, search=Search(10, seed))
        weights = own.weights
        bic, icl = clusters.criteria(fit.log_likelihood, fit.parameters, fit.posterior, weights)
        likeliest = fit.posterior.argmax(axis=1)[own.rows]
        return bic, icl, clusters.entropy(fit.posterior, weights), likeliest
    mixed = mixed_classes(numbers[rows], own, k, search=Search(6, seed, 1e-6))
    ones = np.ones(len(rows))
    bic, icl = clusters.criteria(mixed.log_likelihood, mixed.parameters, mixed.posterior, ones)
    return bic, icl, clusters.entropy(mixed.posterior, ones), mixed.posterior.argmax(axis=1)


def _holds(one: Solution, all_: Sequence[Solution], limits: Limits) -> bool:
    if one.k == 1 or one.smallest < limits.smallest:
        return False
    if np.isnan(one.depth):
        least = min(each.bic for each in all_)
        return one.bic <= least and one.entropy >= limits.entropy
    return one.agreement >= limits.agreement and one.depth < limits.depth
