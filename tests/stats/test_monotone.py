import time
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from tests.oracles.risk.cases import case
from workbench.stats.monotone import Limits, merged

OPTIMUM = case("monotone_binning_optimum")


def value(events, others, bounds):
    """Return information value, event rates and sizes of the bins between `bounds`."""
    a, b = (np.add.reduceat(count, bounds) for count in (events, others))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = a / a.sum(), b / b.sum()
        return float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum()), a, b


def brute(events, others, limits, trend):
    """Return the highest information value over all partitions."""
    n, best = len(events), -np.inf
    for bins in range(1, limits.bins + 1):
        for cuts in combinations(range(1, n), bins - 1):
            found, a, b = value(events, others, [0, *cuts])
            large = (a + b >= limits.share * (events + others).sum()).all()
            filled = (np.minimum(a, b) >= limits.cases).all()
            rate = np.diff(a / (a + b))
            ordered = {
                "ascending": (rate >= 0).all(),
                "descending": (rate <= 0).all(),
                "auto": (rate >= 0).all() or (rate <= 0).all(),
                "none": True,
            }[trend]
            if large and filled and ordered:
                best = max(best, found)
    return best


@pytest.mark.parametrize("trend", ["ascending", "descending", "auto", "none"])
def test_no_partition_is_better_in_125_random_cases_per_trend(trend):
    random = np.random.default_rng(["ascending", "descending", "auto", "none"].index(trend))
    for _ in range(125):
        n = int(random.integers(2, 10))
        events = random.integers(0, 6, n).astype(float) + (random.random(n) < 0.5)
        others = random.integers(0, 12, n).astype(float) + 1
        events[0] += 1
        limits = Limits(
            int(random.integers(1, 6)),
            float(random.choice([0, 0.05, 0.2])),
            int(random.integers(1, 3)),
        )
        best = brute(events, others, limits, trend)
        found = merged(events, others, limits, trend)
        again, a, b = value(events, others, found.first)
        if np.isneginf(best):
            assert found.first.tolist() == [0]
            assert found.value == 0
        else:
            assert found.value == pytest.approx(best, abs=1e-12)
            assert again == pytest.approx(best, abs=1e-12)
            assert (np.minimum(a, b) >= limits.cases).all()


@pytest.mark.parametrize("at", range(len(OPTIMUM["expected"])))
def test_the_optimum_agrees_with_exact_search(at):
    problem, expected = OPTIMUM["params"]["problems"][at], OPTIMUM["expected"][at]
    events, others = (np.array(problem[name], float) for name in ("events", "nonevents"))
    limits = Limits(problem["max_bins"], problem["min_frac"])
    found = merged(events, others, limits, problem["trend"])
    assert found.value == pytest.approx(expected["iv"], rel=1e-9)
    assert found.first[1:].tolist() == expected["first_prebin_of_bins"]
    assert found.value >= expected["iv_optbinning_cpsat"] - 1e-15


def test_auto_takes_the_better_direction_where_a_heuristic_fails():
    problem = next(p for p in OPTIMUM["params"]["problems"] if p["variable"] == "BILL_AMT2")
    events, others = (np.array(problem[name], float) for name in ("events", "nonevents"))
    found = merged(events, others, Limits(8, 0.05))
    assert found.trend == "descending"
    assert found.value > 0.005


def test_bins_of_equal_rate_are_one_bin():
    found = merged(np.full(20, 3.0), np.full(20, 17.0), Limits(8, 0.0))
    assert found.first.tolist() == [0]


def test_a_hundred_prebins_take_milliseconds():
    random = np.random.default_rng(3)
    events = random.integers(5, 50, 100).astype(float)
    others = random.integers(100, 500, 100).astype(float)
    merged(events, others, Limits(10, 0.02))
    started = time.process_time()
    for _ in range(5):
        merged(events, others, Limits(10, 0.02))
    assert (time.process_time() - started) / 5 <= 0.020


def turns(rate, sign):
    """Tell whether the rates go in one direction and then, if at all, in the other."""
    steps = sign * np.diff(rate)
    return any((steps[:at] >= 0).all() and (steps[at:] <= 0).all() for at in range(len(rate)))


def apart(a, b, limits):
    """Tell whether neighbours differ as the limits ask, by the plain two-proportion test."""
    size, rate = a + b, a / (a + b)
    for left, right in zip(range(len(a) - 1), range(1, len(a)), strict=True):
        if abs(rate[left] - rate[right]) < limits.difference:
            return False
        pooled = (a[left] + a[right]) / (size[left] + size[right])
        spread = np.sqrt(pooled * (1 - pooled) * (1 / size[left] + 1 / size[right]))
        p = 2 * stats.norm.sf(abs(rate[left] - rate[right]) / spread)
        if limits.p_value < 1 and p > limits.p_value:
            return False
    return True


def exhaustive(events, others, limits, trend):
    n, best = len(events), -np.inf
    for bins in range(1, limits.bins + 1):
        for cuts in combinations(range(1, n), bins - 1):
            found, a, b = value(events, others, [0, *cuts])
            rate = a / (a + b)
            ordered = {
                "peak": turns(rate, 1),
                "valley": turns(rate, -1),
                "ascending": (np.diff(rate) >= 0).all(),
                "descending": (np.diff(rate) <= 0).all(),
                "none": True,
            }[trend]
            large = (a + b >= limits.share * (events + others).sum()).all()
            if (
                ordered
                and large
                and (np.minimum(a, b) >= limits.cases).all()
                and apart(a, b, limits)
            ):
                best = max(best, found)
    return best


@pytest.mark.parametrize("trend", ["peak", "valley", "ascending", "descending", "none"])
@pytest.mark.parametrize(
    ("difference", "p_value"), [(0.0, 1.0), (0.08, 1.0), (0.0, 0.2), (0.05, 0.1)]
)
def test_no_partition_with_turns_and_distances_is_better(trend, difference, p_value):
    random = np.random.default_rng([len(trend), int(100 * difference), int(100 * p_value)])
    for _ in range(30):
        n = int(random.integers(2, 9))
        events = random.integers(1, 12, n).astype(float)
        others = random.integers(1, 25, n).astype(float)
        limits = Limits(
            int(random.integers(1, 6)), float(random.choice([0, 0.1])), 1.0, difference, p_value
        )
        best = exhaustive(events, others, limits, trend)
        found = merged(events, others, limits, trend)
        if np.isneginf(best):
            assert found.first.tolist() == [0]
        else:
            assert found.value == pytest.approx(best, abs=1e-12)
            again, a, b = value(events, others, found.first)
            assert again == pytest.approx(best, abs=1e-12)
            assert apart(a, b, limits)


def test_a_hump_is_seen_as_a_peak_and_not_as_a_slope():
    events, others = np.array([2.0, 10, 25, 12, 3]), np.array([98.0, 90, 75, 88, 97])
    peak, slope = (merged(events, others, Limits(5, 0.05), trend) for trend in ("peak", "auto"))
    assert peak.first.tolist() == [0, 1, 2, 3, 4]
    assert peak.value > 2 * slope.value


def test_a_hundred_pre_bins_with_distances_take_little_longer():
    random = np.random.default_rng(9)
    events, others = random.integers(1, 40, 100) * 1.0, random.integers(50, 900, 100) * 1.0
    for trend in ("peak", "valley"):
        start = time.process_time()
        merged(events, others, Limits(10, 0.02), trend)
        assert time.process_time() - start < 0.2
