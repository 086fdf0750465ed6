"""Willingness to pay: its error by numbers, and intervals that hold what they promise."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.stats import choice, willingness

BETA = np.array([0.8, -0.03])


def drawn(seed, n=1500):
    rng = np.random.default_rng(seed)
    gaps = np.column_stack([rng.choice([-1.0, 0, 1], n), rng.choice([-60.0, -20, 20, 60], n)])
    chance = 1 / (1 + np.exp(-gaps @ BETA))
    return choice.paired(gaps, (rng.random(n) < chance).astype(float))


def test_the_standard_error_is_that_of_numerical_slopes():
    fit = drawn(1)
    found = willingness.worth(fit.coefficients, fit.covariance, (0, 1))
    step = 1e-7
    slopes = []
    for place in range(2):
        up = fit.coefficients.copy()
        up[place] += step
        slopes.append((-up[0] / up[1] - found.value) / step)
    gradient = np.array(slopes)
    exact = np.sqrt(gradient @ fit.covariance @ gradient)
    assert found.standard_error == pytest.approx(exact, rel=1e-4)


def test_both_intervals_hold_the_truth_as_often_as_they_say():
    truth, held, drawn_held = -BETA[0] / BETA[1], 0, 0
    for seed in range(400):
        fit = drawn(seed, n=600)
        found = willingness.worth(fit.coefficients, fit.covariance, (0, 1))
        held += found.low <= truth <= found.high
        drawn_held += found.drawn_low <= truth <= found.drawn_high
    # 95 % within three Monte Carlo errors of 400 draws.
    assert 0.917 <= held / 400 <= 0.983
    assert 0.917 <= drawn_held / 400 <= 0.983


def test_the_same_seed_draws_the_same_interval():
    fit = drawn(2)
    one, two = (willingness.worth(fit.coefficients, fit.covariance, (0, 1)) for _ in range(2))
    assert vars(one) == vars(two)


def test_a_price_that_does_not_matter_buys_nothing():
    with pytest.raises(DataError, match="coefficient of price is zero"):
        willingness.worth(np.array([1.0, 0.0]), np.eye(2), (0, 1))
