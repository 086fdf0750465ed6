"""Weighted means whose errors hold when rows of one customer are alike."""

import numpy as np
import pytest
import statsmodels.api as sm

from workbench.stats.grouped_means import means


def test_mean_and_error_are_those_of_a_clustered_regression_on_a_constant():
    rng = np.random.default_rng(1)
    clusters = np.sort(rng.integers(0, 60, 400))
    values = rng.normal(size=400) + rng.normal(size=60)[clusters]
    weights = rng.uniform(0.5, 3, 400)
    found = means(values, weights, np.zeros(400, dtype=int), clusters, count=1)
    peer = sm.WLS(values, np.ones(400), weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}
    )
    assert found.mean[0] == pytest.approx(peer.params[0], rel=1e-12)
    assert found.standard_error[0] == pytest.approx(peer.bse[0], rel=1e-10)


def test_groups_do_not_touch_one_another_and_missing_values_are_left_out():
    values = np.array([1.0, 3.0, np.nan, 10.0])
    groups, clusters = np.array([0, 0, 0, 1]), np.array([1, 2, 3, 4])
    found = means(values, np.ones(4), groups, clusters, count=3)
    assert found.mean[:2].tolist() == [2.0, 10.0]
    assert found.rows.tolist() == [2, 1, 0]
    assert np.isnan(found.mean[2])
    # One customer alone has no error.
    assert np.isnan(found.low[1])


def test_the_interval_holds_the_mean_as_often_as_it_says():
    held = 0
    for seed in range(600):
        rng = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(30), 4)
        values = 2 + rng.normal(size=30)[clusters] + rng.normal(size=120)
        found = means(values, np.ones(120), np.zeros(120, dtype=int), clusters, count=1)
        held += found.low[0] <= 2 <= found.high[0]
    assert 0.923 <= held / 600 <= 0.977
