import time
from itertools import combinations

import numpy as np
import pytest

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
