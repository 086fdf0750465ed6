"""The wild cluster bootstrap against one that fits every sample anew."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.stats import clustered, wild


def sample(seed, clusters=10):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), 4)
    x = np.column_stack(
        [(cluster < clusters // 2) * 1.0, rng.normal(size=len(cluster)), np.ones(len(cluster))]
    )
    y = x @ [0.5, 1.0, 2.0] + rng.normal(size=clusters)[cluster] + rng.normal(size=len(cluster))
    return y, x, cluster


def one_by_one(y, x, cluster, signs, value=0.0):
    """Return the p-value of the first coefficient, each sample fitted by least squares."""
    names = np.unique(cluster)

    def statistic(outcome, null):
        beta, *_ = np.linalg.lstsq(x, outcome, rcond=None)
        bread, residual = np.linalg.inv(x.T @ x), outcome - x @ beta
        scores = np.array([bread[0] @ x[cluster == g].T @ residual[cluster == g] for g in names])
        return abs(beta[0] - null) / np.sqrt((scores**2).sum())

    kept, *_ = np.linalg.lstsq(x[:, 1:], y - value * x[:, 0], rcond=None)
    fitted = value * x[:, 0] + x[:, 1:] @ kept
    drawn = [statistic(fitted + sign[cluster] * (y - fitted), value) for sign in signs]
    return np.mean(np.array(drawn) >= statistic(y, value) * (1 - 1e-9))


@pytest.mark.parametrize("weights", ["webb", "rademacher"])
@pytest.mark.parametrize("value", [0.0, 1.2])
def test_all_samples_at_once_are_those_fitted_one_by_one(weights, value):
    y, x, cluster = sample(1)
    drawn = wild.bootstrap(
        clustered.fit(y, x, clusters=cluster), 0, seed=3, draws=300, weights=weights
    )
    assert drawn.p_value(value) == one_by_one(y, x, cluster, drawn.signs, value)


def test_few_signs_are_all_used_once():
    y, x, cluster = sample(2, clusters=6)
    fit = clustered.fit(y, x, clusters=cluster)
    signs = wild.bootstrap(fit, 0, seed=1, draws=100, weights="rademacher").signs
    assert len(np.unique(signs, axis=0)) == len(signs) == 64
    assert set(np.round(np.unique(wild.bootstrap(fit, 0, seed=1).signs ** 2), 12)) == {
        0.5,
        1.0,
        1.5,
    }


def test_the_interval_holds_what_the_test_does_not_reject():
    y, x, cluster = sample(3)
    drawn = wild.bootstrap(clustered.fit(y, x, clusters=cluster), 0, seed=1)
    low, high = drawn.interval(0.9)
    width = high - low
    for end, inward in ((low, 1), (high, -1)):
        assert drawn.p_value(end + inward * 0.01 * width) > 0.1
        assert drawn.p_value(end - inward * 0.01 * width) <= 0.1


def test_the_same_seed_gives_the_same_p_value():
    y, x, cluster = sample(4)
    fit = clustered.fit(y, x, clusters=cluster)
    first, again, other = (wild.bootstrap(fit, 0, seed=s).p_value() for s in (1, 1, 2))
    assert first == again != other


def test_outcomes_without_spread_are_refused():
    _, x, cluster = sample(5)
    fit = clustered.fit(np.zeros(len(x)), x, clusters=cluster)
    with pytest.raises(DataError, match="nothing to bootstrap"):
        wild.bootstrap(fit, 0, seed=1).p_value()
