"""The usual variation of a ledger figure: robust, and right for ordinary months."""

import numpy as np
import pytest
from scipy.stats import median_abs_deviation

from workbench.stats.variation import variation


def test_it_is_the_median_and_the_scaled_median_deviation():
    found = variation([1.0, 2.0, 3.0, 4.0, 100.0])
    assert (found.centre, found.months) == (3.0, 5)
    assert found.spread == pytest.approx(1.4826022, rel=1e-7)


def test_a_few_wild_months_do_not_widen_it():
    drawn = np.random.default_rng(3).normal(0, 1, 24)
    calm = variation(drawn)
    wild = variation(np.concatenate([drawn[:-2], [50.0, -80.0]]))
    assert wild.spread < 1.5 * calm.spread
    assert np.std(np.concatenate([drawn[:-2], [50.0, -80.0]])) > 10 * calm.spread


def test_about_one_ordinary_month_in_twelve_is_outside_two_spreads_of_24_months():
    # For a known spread one in 22 would be; that it is estimated from 24 months adds the rest.
    drawn = np.random.default_rng(5).normal(0.3, 2.0, (20_000, 25))
    outside = [variation(row[:-1]).beyond(row[-1], 2.0) for row in drawn]
    other = np.random.default_rng(11).normal(0, 1, (200_000, 25))
    spread = median_abs_deviation(other[:, :-1], axis=1, scale="normal")
    expected = np.mean(np.abs(other[:, -1] - np.median(other[:, :-1], axis=1)) > 2 * spread)
    assert np.mean(outside) == pytest.approx(expected, abs=0.006)
    assert expected == pytest.approx(1 / 12, abs=0.005)


def test_missing_months_are_left_out_and_none_is_none():
    assert variation([float("nan"), 1.0, 2.0, 3.0]).months == 3
    assert variation([]).months == 0


def test_a_figure_that_rarely_moves_has_the_ordinary_deviation_instead_of_none():
    found = variation([0.0] * 20 + [1.0])
    assert found.spread == pytest.approx(np.std([0.0] * 20 + [1.0]))
    assert not variation([0.0] * 24).beyond(0.0, 2.0)
    assert variation([0.0] * 24).beyond(1e-9, 2.0)
