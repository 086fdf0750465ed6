"""Shrinkage of small cells: intervals cover, risk falls, and nothing is invented."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.stats.small_area import shrunk

SIZES = np.array([1, 1, 2, 3, 5, 8, 20, 60])


def cells(rng, count, spread, *, within=1.0):
    """Return means, variances, design and truth of cells that differ by size class and chance."""
    n = rng.choice(SIZES, count)
    variances = within / n
    kind = np.arange(count) % 3
    design = np.column_stack([np.ones(count), kind == 1, kind == 2]).astype(float)
    truth = design @ [1.0, 0.5, -0.5] + np.sqrt(spread) * rng.normal(size=count)
    return truth + np.sqrt(variances) * rng.normal(size=count), variances, design, truth


@pytest.mark.parametrize(
    ("count", "spread", "most"),
    [(20, 0.3, 0.98), (60, 0.05, 0.98), (60, 0.3, 0.97), (240, 0.3, 0.97), (60, 2.0, 0.97)],
)
def test_intervals_cover_the_truth_and_the_error_is_less_than_that_of_the_cells_alone(
    count, spread, most
):
    rng = np.random.default_rng([count, round(100 * spread)])
    covered, own_error, error = [], [], []
    for _ in range(250):
        means, variances, design, truth = cells(rng, count, spread)
        found = shrunk(means, variances, design)
        covered.append(((found.low <= truth) & (truth <= found.high)).mean())
        own_error.append(((means - truth) ** 2).mean())
        error.append(((found.mean - truth) ** 2).mean())
    assert 0.93 <= np.mean(covered) <= most
    assert np.mean(error) < (0.8 if spread > 1 else 0.55) * np.mean(own_error)


def test_small_cells_are_covered_as_well_as_large_ones():
    rng = np.random.default_rng(5)
    hit = {1: [], 60: []}
    for _ in range(300):
        means, variances, design, truth = cells(rng, 80, 0.3)
        found = shrunk(means, variances, design)
        inside = (found.low <= truth) & (truth <= found.high)
        for n, kept in hit.items():
            kept.append(inside[np.isclose(variances, 1 / n)].mean())
    for n, kept in hit.items():
        assert 0.93 <= np.nanmean(kept) <= 0.97, n


def test_cells_that_do_not_differ_are_drawn_together_and_their_intervals_err_on_the_wide_side():
    rng = np.random.default_rng(6)
    covered, error, own_error = [], [], []
    for _ in range(200):
        means, variances, design, truth = cells(rng, 60, 0.0)
        found = shrunk(means, variances, design)
        covered.append(((found.low <= truth) & (truth <= found.high)).mean())
        error.append(((found.mean - truth) ** 2).mean())
        own_error.append(((means - truth) ** 2).mean())
    assert np.mean(covered) > 0.97
    assert np.mean(error) < 0.1 * np.mean(own_error)


def test_shares_of_few_customers_that_pile_up_at_nothing_are_covered():
    """Not normal at all: three of four have no room; variances pooled as in the notebook."""
    rng = np.random.default_rng(7)
    covered, error, own_error = [], [], []
    for _ in range(200):
        count = 120
        n = rng.choice([3, 5, 8, 15, 40], count)
        truth = np.clip(0.10 + 0.03 * rng.normal(size=count), 0.01, 1)
        shares = [
            np.where(rng.random(k) < 0.25, rng.random(k) * 2 * t / 0.25, 0)
            for k, t in zip(n, truth, strict=True)
        ]
        means = np.array([own.mean() for own in shares])
        apart = sum(((own - own.mean()) ** 2).sum() for own in shares)
        variances = apart / (n - 1).sum() / n
        found = shrunk(means, variances, np.ones((count, 1)))
        covered.append(((found.low <= truth) & (truth <= found.high)).mean())
        error.append(((found.mean - truth) ** 2).mean())
        own_error.append(((means - truth) ** 2).mean())
    assert 0.92 <= np.mean(covered) <= 0.98
    assert np.mean(error) < 0.4 * np.mean(own_error)


def test_equal_cells_shrink_as_the_formula_says():
    """With equal variances D and p = 1 the posterior mean keeps 1 - E(B) of each deviation."""
    means = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    found = shrunk(means, np.ones(8), np.ones((8, 1)))
    grid = (np.arange(20_000) + 0.5) / 20_000
    squares = ((means - means.mean()) ** 2).sum()
    # B has density B^((m-1)/2) exp(-B S / 2) / B^2 on (0, 1), from the flat prior of A.
    density = grid ** (3.5 - 2) * np.exp(-grid * squares / 2)
    drawn = (grid * density).sum() / density.sum()
    expected = means - drawn * (means - means.mean())
    np.testing.assert_allclose(found.mean, expected, rtol=2e-4)
    np.testing.assert_allclose(found.own, 1 - drawn, rtol=2e-4)


def test_a_column_that_repeats_others_changes_nothing():
    rng = np.random.default_rng(8)
    means, variances, design, _ = cells(rng, 40, 0.3)
    twice = np.column_stack([design, design[:, 1] + design[:, 2]])
    one, other = shrunk(means, variances, design), shrunk(means, variances, twice)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-10)
    np.testing.assert_allclose(one.high, other.high, atol=1e-10)


def test_too_few_cells_and_variances_of_nothing_are_refused():
    with pytest.raises(DataError, match="3 cells on 1 columns needs 4 cells"):
        shrunk(np.zeros(3), np.ones(3), np.ones((3, 1)))
    with pytest.raises(DataError, match="above 0"):
        shrunk(np.zeros(5), np.zeros(5), np.ones((5, 1)))
