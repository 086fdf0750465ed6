import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from workbench.errors import DataError
from workbench.stats import life_table
from workbench.stats.calibration import jeffreys_interval


def drawn(seed, n=3000, hazard=0.01, leaving=0.03):
    random = np.random.default_rng(seed)
    fails, leaves = random.geometric(hazard, n), random.geometric(leaving, n)
    months = np.minimum(np.minimum(fails, leaves), 12)
    return months.astype(float), ((fails <= leaves) & (fails <= 12)).astype(float)


def test_the_rate_agrees_with_statsmodels():
    months, defaulted = drawn(1)
    reference = SurvfuncRight(months, defaulted)
    found = life_table.rate(months, defaulted, horizon=12)
    assert found.value == pytest.approx(1 - reference.surv_prob[-1], rel=1e-12)
    # On the log(-log) scale, by hand from the reference's standard error of S.
    survival, error = reference.surv_prob[-1], reference.surv_prob_se[-1]
    reach = 1.959963984540054 * error / abs(survival * np.log(survival))
    assert found.low == pytest.approx(1 - survival ** np.exp(-reach), rel=1e-9)
    assert found.high == pytest.approx(1 - survival ** np.exp(reach), rel=1e-9)


def test_where_nobody_leaves_it_is_the_plain_share():
    months, defaulted = np.full(500, 12.0), np.zeros(500)
    months[:20], defaulted[:20] = np.arange(20) % 12 + 1, 1
    found = life_table.rate(months, defaulted, horizon=12)
    assert found.value == pytest.approx(20 / 500, rel=1e-12)
    low, high = jeffreys_interval(np.array([20.0]), np.array([500.0]), 0.95)
    assert (found.low, found.high) == pytest.approx((low[0], high[0]), abs=0.003)


def test_three_loans_by_hand():
    # Month 1: one of three leaves; month 2: one of two defaults: 1 - 1/2.
    found = life_table.rate(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), horizon=3)
    assert found.value == pytest.approx(0.5)


def test_a_default_behind_the_horizon_does_not_count():
    found = life_table.rate(np.array([5.0, 13.0]), np.array([0.0, 1.0]), horizon=12)
    assert found.value == 0
    assert np.isnan(found.low)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    true, inside, runs = 1 - 0.99**12, 0, 400
    for seed in range(1, runs + 1):
        found = life_table.rate(*drawn(seed, n=800), horizon=12)
        inside += found.low <= true <= found.high
    assert abs(inside / runs - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / runs)


def test_nobody_followed_is_an_error():
    with pytest.raises(DataError, match="nobody was followed"):
        life_table.rate(np.array([]), np.array([]), horizon=12)
