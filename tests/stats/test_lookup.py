"""Intervals by grid are those of bisection, value for value."""

import numpy as np
import pytest

from workbench.stats import lookup

SIZE = 20_000
EDGES = [0.0, -0.0, np.inf, -np.inf, 5e-324, 1.7e308, -1.7e308]


def drawn(kind, random):
    values = random.normal(size=SIZE)
    return {
        "even": values,
        "skewed": np.exp(4 * values),
        "ties": np.round(values, 1),
        "whole": np.round(30 * values),
        "huge": values * 1e307,
        "tiny": values * 1e-310,
        "far": values + 1e15,
    }[kind]


@pytest.mark.parametrize("kind", ["even", "skewed", "ties", "whole", "huge", "tiny", "far"])
@pytest.mark.parametrize("cuts", [1, 2, 50, 3000])
def test_the_grid_finds_what_bisection_finds(kind, cuts):
    random = np.random.default_rng(cuts)
    values = drawn(kind, random)
    edges = np.unique(random.choice(values, cuts))
    # Values on the cuts and right beside them are where rounding would show.
    values = np.concatenate(
        [values, edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), EDGES]
    )
    assert len(values) > lookup.FEW
    expected = np.searchsorted(edges, values, side="right")
    np.testing.assert_array_equal(lookup.interval_of(edges, values), expected)


def test_endless_cuts_and_no_cuts_are_bisected():
    values = np.random.default_rng(1).normal(size=SIZE)
    edges = np.array([-np.inf, 0.0, np.inf])
    expected = np.searchsorted(edges, values, side="right")
    np.testing.assert_array_equal(lookup.interval_of(edges, values), expected)
    assert not lookup.interval_of(edges[:0], values).any()
