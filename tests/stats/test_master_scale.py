from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy import special, stats

from workbench.errors import DataError
from workbench.stats import master_scale as scale
from workbench.stats.master_scale import Limits


def counts(seed, slices=9, cases=900, steepness=3.0):
    """Return cases, defaults and sums of PD of slices, least risky first."""
    random = np.random.default_rng(seed)
    n = random.integers(cases // 2, cases, slices).astype(float)
    p = special.expit(np.linspace(-steepness - 1, -1, slices) + random.normal(0, 0.2, slices))
    return n, random.binomial(n.astype(int), p).astype(float), n * np.sort(p)


def half(n, begin, end):
    """Return where the second half of the cases of the slices begins, found by looking."""
    edges = range(begin, end + 1)
    return min(edges, key=lambda at: (abs(n[begin:at].sum() - n[begin:end].sum() / 2), at))


def keeps(n, d, p, starts, limits, even):
    """Tell whether a scale keeps the limits, each checked on its own."""
    ends = [*starts[1:], len(n)]
    spans = [slice(a, b) for a, b in zip(starts, ends, strict=True)]
    level = limits.level / max(len(spans) - 1, 1)
    least = limits.level / len(spans) if even else 0.0
    whole = all(stands(n, d, own, limits, least) for own in spans)
    return whole and all(rises(n, d, p, *pair, limits, level) for pair in pairwise(spans))


def stands(n, d, own, limits, level):
    if n[own].sum() < limits.share * n.sum() or d[own].sum() < limits.defaults:
        return False
    at = half(n, own.start, own.stop)
    return own.start == at or tail(n, d, slice(own.start, at), slice(at, own.stop)) >= level


def rises(n, d, p, first, second, limits, level):
    steps = [
        part[second].sum() / n[second].sum() >= limits.ratio * part[first].sum() / n[first].sum()
        for part in (d, p)
    ]
    return all(steps) and tail(n, d, first, second) <= level


def tail(n, d, first, second):
    both, more = d[first].sum() + d[second].sum(), d[second].sum()
    share = n[second].sum() / (n[first].sum() + n[second].sum()) if n[second].size else 0.0
    return stats.binom.sf(more - 1, both, share)


def likelihood(n, d, starts):
    total = 0.0
    for a, b in zip(starts, [*starts[1:], len(n)], strict=True):
        cases, events = n[a:b].sum(), d[a:b].sum()
        rate = events / cases
        total += special.xlogy(events, rate) + special.xlogy(cases - events, 1 - rate)
    return total


def by_force(n, d, p, limits):
    for even in (True, False):
        for grades in range(min(limits.grades, len(n)), 0, -1):
            every = [(0, *rest) for rest in combinations(range(1, len(n)), grades - 1)]
            kept = [own for own in every if keeps(n, d, p, own, limits, even)]
            if kept:
                return max(kept, key=lambda own: likelihood(n, d, own)), even
    return None


@pytest.mark.parametrize("seed", range(60))
def test_the_scale_is_the_one_found_by_trying_all(seed):
    n, d, p = counts(seed)
    limits = Limits(grades=6, share=0.05, defaults=3, ratio=1.2 + 0.1 * (seed % 4))
    starts, even = by_force(n, d, p, limits)
    found = scale.built(n, d, p, limits)
    assert found.log_likelihood == pytest.approx(likelihood(n, d, starts), rel=1e-12)
    assert (tuple(found.starts), found.even) == (starts, even)


def test_without_defaults_there_is_no_scale():
    with pytest.raises(DataError, match="no scale can be made"):
        scale.built(np.full(5, 100.0), np.zeros(5), np.ones(5), Limits())


def test_planted_grades_are_found_again():
    rates = np.repeat([0.002, 0.01, 0.05, 0.2], 6)
    n = np.full(24, 4000.0)
    d = np.random.default_rng(4).binomial(4000, rates).astype(float)
    found = scale.built(n, d, n * np.linspace(0.9, 1.1, 24) * rates, Limits())
    assert found.starts.tolist() == [0, 6, 12, 18]


def test_neighbours_without_a_difference_get_no_grade_of_their_own_too_often():
    # One true rate: a second grade is an error, and rarer than the level of the whole scale allows
    # for each of the places it could begin at.
    wrong = 0
    for seed in range(200):
        d = np.random.default_rng(seed).binomial(500, 0.03, 8).astype(float)
        p = 500 * 0.03 * np.geomspace(0.5, 2, 8)
        found = scale.built(np.full(8, 500.0), d, p, Limits(defaults=1))
        wrong += len(found.starts) > 1
    assert wrong / 200 <= 7 * 0.05


def test_the_test_between_neighbours_is_the_conditional_binomial():
    found = scale.differ(*(np.array([each]) for each in (500.0, 5.0, 300.0, 9.0)))
    assert found[0] == pytest.approx(stats.binomtest(9, 14, 3 / 8, alternative="greater").pvalue)
    none = scale.differ(*(np.array([each]) for each in (500.0, 5.0, 300.0, 0.0)))
    assert none[0] == 1


SIZES = [(400, 600, 0.01), (2000, 1000, 0.02), (5000, 5000, 0.004), (300, 300, 0.2)]


@pytest.mark.parametrize(("first", "second", "rate"), SIZES)
def test_the_size_between_neighbours_is_the_enumerated_one_and_within_the_level(
    first, second, rate
):
    runs, level = 10_000, 0.05
    ends = [int(stats.binom.ppf(1 - 1e-12, n, rate)) + 1 for n in (first, second)]
    one, other = (np.arange(end + 1, dtype=float) for end in ends)
    rejects = scale.differ(float(first), one[:, None], float(second), other) < level
    chance = np.outer(stats.binom.pmf(one, first, rate), stats.binom.pmf(other, second, rate))
    exact = chance[rejects].sum()
    random = np.random.default_rng(first)
    drawn = [
        np.minimum(random.binomial(n, rate, runs), e)
        for n, e in zip((first, second), ends, strict=True)
    ]
    simulated = rejects[drawn[0], drawn[1]].mean()
    assert abs(simulated - exact) <= 3 * np.sqrt(exact * (1 - exact) / runs)
    assert exact <= level


def graded(seed, n=6000, within=0.0):
    """Return three grades with a PD of their own; `within` moves true rates inside a grade."""
    random = np.random.default_rng(seed)
    grade = np.sort(random.integers(0, 3, n))
    place = random.random(n)
    p = np.array([0.01, 0.04, 0.15])[grade]
    events = random.random(n) < p * (1 + within * (place - 0.5))
    return grade, p * (0.9 + 0.2 * place), events.astype(float), random.integers(0, 4, n)


def test_even_grades_are_called_uneven_no_more_often_than_the_level():
    runs, uneven = 400, 0
    for seed in range(runs):
        found = scale.checked(*graded(seed))
        both = np.concatenate([found.halves, found.groups])
        uneven += np.nanmin(both) < 0.05
    assert uneven / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_grades_that_hold_two_risks_are_found():
    found = scale.checked(*graded(1, within=1.8, n=20_000))
    assert (found.halves < 0.05).sum() >= 2
    assert (found.steps[1:] < 0.001).all()
    assert np.isnan(found.steps[0])


def test_a_segment_apart_within_a_grade_is_found():
    grade, p, events, group = graded(2, n=20_000)
    events = np.where(
        (group == 3) & (grade == 2), np.random.default_rng(1).random(20_000) < 0.3, events
    )
    found = scale.checked(grade, p, events.astype(float), group)
    assert found.groups[2] < 0.001
    assert found.groups[0] > 0.05


def test_equal_probabilities_share_a_slice():
    codes = scale.slices(np.repeat([0.01, 0.02, 0.3], [50, 3, 47]), 10)
    assert np.unique(codes).tolist() == list(range(len(np.unique(codes))))
    assert len({int(code) for code in codes[:50]}) == 1
