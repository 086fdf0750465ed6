"""The interval of a difference from two intervals: worked examples of the paper, and coverage."""

import numpy as np
import pytest

from workbench.stats.difference import difference


def test_symmetric_intervals_give_the_interval_of_independent_means():
    found = difference((10.0, 8.0, 12.0), (7.0, 5.5, 8.5))
    assert found.value == pytest.approx(3.0)
    assert (found.low, found.high) == pytest.approx((3.0 - 2.5, 3.0 + 2.5))
    assert found.beyond


def test_two_shares_give_newcombes_hybrid_score_interval():
    # Newcombe (1998), Statistics in Medicine 17: 873-890, table II, method 10: 56/70 less 48/80.
    one, two = (wilson_of(56, 70), wilson_of(48, 80))
    found = difference(one, two)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_the_interval_covers_as_often_as_the_two_it_is_made_of():
    drawn = np.random.default_rng(7)
    one, two = drawn.binomial(120, 0.15, 4000), drawn.binomial(200, 0.10, 4000)
    covered = [
        found.low <= 0.05 <= found.high
        for a, b in zip(one, two, strict=True)
        for found in [difference(wilson_of(a, 120), wilson_of(b, 200))]
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.012)


def wilson_of(events, cases):
    z = 1.959963984540054
    share = events / cases
    middle = (share + z**2 / (2 * cases)) / (1 + z**2 / cases)
    half = z / (1 + z**2 / cases) * np.sqrt(share * (1 - share) / cases + z**2 / (4 * cases**2))
    return share, middle - half, middle + half
