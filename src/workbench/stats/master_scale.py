"""Grades made from data: the finest scale whose grades differ and are even, found exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.grades import holm

Table = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """What a scale must keep.

    Attributes
    ----------
    grades : int
        Most grades.
    share : float
        Least share of the cases in a grade.
    defaults : int
        Least defaults in a grade.
    ratio : float
        Least ratio of the default rates, and of the mean PDs, of neighbouring grades.
    level : float
        Of the tests over the whole scale: neighbours differ and grades are even at this level.
    """

    grades: int = 12
    share: float = 0.02
    defaults: int = 5
    ratio: float = 1.25
    level: float = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Found:
    """A scale: grade g holds the slices from `starts[g]` to the next grade's start.

    Attributes
    ----------
    starts : ndarray of int, shape (grades,)
    log_likelihood : float
        Of the outcomes at the grades' own default rates.
    even : bool
        Whether evenness could be kept; with very many defaults no run of slices is even.
    """

    starts: Codes
    log_likelihood: float
    even: bool


def slices(p: Vector, most: int) -> Codes:
    """Return the slice of each case by its PD, from 0: at most `most` slices of equal size.

    Equal PDs are never parted.
    """
    cuts = np.unique(np.quantile(p, np.linspace(0, 1, most + 1)[1:-1]))
    codes = np.searchsorted(cuts, p, side="left")
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def differ(cases: Vector, defaults: Vector, cases_next: Vector, defaults_next: Vector) -> Vector:
    """Return the one-sided p-value that the next grade does not default more often.

    Given the defaults of both, those of the next one are binomial with its share of the cases:
    exact for rare (Poisson) events, and on the safe side for all others (Przyborowski & Wilenski
    1940).
    """
    both = defaults + defaults_next
    share = cases_next / np.maximum(cases + cases_next, 1)
    some = np.maximum(defaults_next, 1)
    tail = special.betainc(some, both - some + 1, share)
    return np.where(defaults_next > 0, tail, 1.0)


def built(cases: Vector, defaults: Vector, p: Vector, limits: Limits) -> Found:
    """Return the scale with the most grades, and of those the most likely one.

    Grades are runs of slices in the order of the PD. Every grade holds enough cases and defaults
    and is even: its riskier half of slices does not default more often at the level shared by the
    grades (Bonferroni). Neighbours are monotone in default rate and in mean PD by the least ratio,
    and differ at the level shared by the pairs. For each number of grades, from the most down, all
    scales that keep this are searched by dynamic programming over (last grade but one, last
    grade), so none is overlooked; the first number that has one gives the most likely of its own.
    Where no scale of any number is even, the same search without that condition is made.

    Parameters
    ----------
    cases, defaults : ndarray, shape (slices,)
        Of the slices, least risky first; see `slices`.
    p : ndarray, shape (slices,)
        Sum of the PDs of the cases.
    limits : Limits

    Raises
    ------
    DataError
        Not even one grade keeps the limits: too few cases or defaults.
    """
    runs = _Runs(cases, defaults, p)
    for even in (True, False):
        for grades in range(min(limits.grades, len(cases)), 0, -1):
            found = _best(runs, grades, limits, even)
            if found is not None:
                return found
    raise DataError(
        f"no scale can be made of {cases.sum():.0f} cases with {defaults.sum():.0f} defaults: "
        f"a grade needs {limits.defaults} defaults; widen the sample"
    )


class _Runs:
    """Sums over the run of slices from i to j (exclusive), arrays of shape (n, n + 1)."""

    def __init__(self, cases: Vector, defaults: Vector, p: Vector) -> None:
        self.size = len(cases)
        self.cases, self.defaults, self.p = (_spans(own) for own in (cases, defaults, p))
        self.rate = _over(self.defaults, self.cases)
        self.mean = _over(self.p, self.cases)
        entropy = special.xlogy(self.defaults, self.rate)
        self.likelihood = entropy + special.xlogy(self.cases - self.defaults, 1 - self.rate)

    def even(self) -> Table:
        """Return the p-value that the riskier half of each run does not default more often."""
        begin, end = np.indices(self.cases.shape)
        half = self.middle()
        low = self.cases[begin, half], self.defaults[begin, half]
        rows = np.minimum(half, self.size - 1)
        high = self.cases[rows, end], self.defaults[rows, end]
        return np.where(half > begin, differ(*low, *high), 1.0)

    def middle(self) -> Codes:
        """Return the slice at which the second half of the cases of each run begins."""
        total = np.concatenate([[0.0], np.cumsum(self.cases[np.arange(self.size), 1:].diagonal())])
        begin, end = np.indices(self.cases.shape)
        aim = (total[begin] + total[np.maximum(end, begin)]) / 2
        at = np.searchsorted(total, aim)
        # The nearer edge of the two around the half, the lower one when both are as near.
        nearer = np.abs(total[np.maximum(at - 1, 0)] - aim) <= np.abs(total[at] - aim)
        return np.asarray(np.clip(np.where(nearer, at - 1, at), begin, end), dtype=np.intp)


def _spans(values: Vector) -> Table:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.triu(total[None, :] - total[:-1, None], 1))


def _over(part: Table, whole: Table) -> Table:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0))


def _best(runs: _Runs, grades: int, limits: Limits, even: bool) -> Found | None:
    allowed = _allowed(runs, limits, limits.level / grades if even else 0.0)
    if grades == 1:
        ok = allowed[0, runs.size]
        own = float(runs.likelihood[0, runs.size])
        return Found(np.array([0]), own, even) if ok else None
    edges = _edges(runs, allowed, limits, limits.level / (grades - 1))
    # best[i, j]: the most likely scale so far whose last grade is the run from i to j.
    best = np.where(allowed & (np.arange(runs.size)[:, None] == 0), runs.likelihood, -np.inf)
    back = []
    for _ in range(grades - 1):
        before = best[:, : runs.size, None] + np.where(edges, 0.0, -np.inf)
        back.append(before.argmax(axis=0))
        best = before.max(axis=0) + np.where(allowed, runs.likelihood, -np.inf)
    at, end = int(best[:, runs.size].argmax()), runs.size
    if not np.isfinite(best[at, end]):
        return None
    starts, value = [at], float(best[at, end])
    for step in back[::-1]:
        at, end = int(step[at, end]), at
        starts.append(at)
    return Found(np.array(starts[::-1]), value, even)


def _allowed(runs: _Runs, limits: Limits, level: float) -> Mask:
    """Tell which runs may be a grade, shape (n, n + 1)."""
    enough = runs.cases >= limits.share * runs.cases[0, runs.size]
    enough &= (runs.defaults >= limits.defaults) & (runs.cases > 0)
    return np.asarray(enough & (runs.even() >= level))


def _edges(runs: _Runs, allowed: Mask, limits: Limits, level: float) -> Mask:
    """Tell which grade h to i may stand before which grade i to j, shape (n, n, n + 1)."""
    n = runs.size
    found = np.zeros((n, n, n + 1), dtype=np.bool_)
    h, i = np.nonzero(allowed[:, :n])
    for first, second in zip(h, i, strict=True):
        after = np.flatnonzero(allowed[second])
        rate, mean = runs.rate[first, second], runs.mean[first, second]
        keeps = runs.rate[second, after] >= limits.ratio * rate
        keeps &= runs.mean[second, after] >= limits.ratio * mean
        p = differ(
            runs.cases[first, second],
            runs.defaults[first, second],
            runs.cases[second, after],
            runs.defaults[second, after],
        )
        found[first, second, after] = keeps & (p <= level)
    return found


@dataclass(frozen=True, eq=False, repr=False)
class Checks:
    """Whether the grades of a scale are even and differ, on any cases. Arrays of shape (grades,).

    Attributes
    ----------
    halves, groups : ndarray
        p-values that the riskier half by PD does not default more often, and that the groups (such
        as segments) default alike; adjusted over grades and both tests together after Holm. Missing
        where there are no two halves or groups.
    steps : ndarray
        p-values that a grade does not default more often than the one before it, adjusted over
        the pairs after Holm; missing for the first.
    """

    halves: Vector
    groups: Vector
    steps: Vector


def checked(grade: Codes, p: Vector, events: Vector, group: Codes) -> Checks:
    """Test the scale that gives each case its `grade`, numbered from 0 without gaps.

    Parameters
    ----------
    grade, group : ndarray of int, shape (n,)
    p, events : ndarray, shape (n,)
        PD, and 1 for a default.
    """
    number = int(grade.max()) + 1
    halves, groups = np.full(number, np.nan), np.full(number, np.nan)
    for at in range(number):
        own = grade == at
        halves[at] = _halves(p[own], events[own])
        groups[at] = _groups(group[own], events[own])
    adjusted = holm(np.concatenate([halves, groups]))
    cases = np.bincount(grade, minlength=number).astype(np.float64)
    defaults = np.bincount(grade, weights=events, minlength=number).astype(np.float64)
    steps = np.full(number, np.nan)
    steps[1:] = differ(cases[:-1], defaults[:-1], cases[1:], defaults[1:])
    return Checks(adjusted[:number], adjusted[number:], holm(steps))


def _halves(p: Vector, events: Vector) -> float:
    riskier = p > np.median(p)
    if riskier.all() or not riskier.any():
        return float("nan")
    sizes = np.array([[(~riskier).sum(), riskier.sum()]], dtype=float)
    counts = np.array([[events[~riskier].sum(), events[riskier].sum()]])
    return float(differ(sizes[:, 0], counts[:, 0], sizes[:, 1], counts[:, 1])[0])


LEAST = 5.0
"""Groups with fewer expected defaults are joined before they are compared."""


def _groups(group: Codes, events: Vector) -> float:
    """Return the p-value of Pearson's chi-square that all groups default alike."""
    cases = np.bincount(group).astype(np.float64)
    defaults = np.bincount(group, weights=events).astype(np.float64)
    cases, defaults = cases[cases > 0], defaults[cases > 0]
    rate = defaults.sum() / cases.sum()
    if not 0 < rate < 1:
        return float("nan")
    few = cases * min(rate, 1 - rate) < LEAST
    if few.any():
        cases = np.append(cases[~few], cases[few].sum())
        defaults = np.append(defaults[~few], defaults[few].sum())
    if len(cases) < 2 or (cases * min(rate, 1 - rate)).min() < LEAST:
        cases, defaults = _with_smallest(cases, defaults)
    if len(cases) < 2:
        return float("nan")
    statistic = float(((defaults - cases * rate) ** 2 / (cases * rate * (1 - rate))).sum())
    return float(special.chdtrc(len(cases) - 1, statistic))


def _with_smallest(cases: Vector, defaults: Vector) -> tuple[Vector, Vector]:
    """Join the rest of the small groups with the smallest of the others."""
    if len(cases) < 2:
        return cases, defaults
    order = np.argsort(cases, kind="stable")
    cases, defaults = cases[order], defaults[order]
    return (
        np.append(cases[2:], cases[:2].sum()),
        np.append(defaults[2:], defaults[:2].sum()),
    )
