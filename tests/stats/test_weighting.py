"""Trimming against R, adjustment for non-response against planted truth."""

import numpy as np
import pytest

from tests.stats.oracle import agrees, schools
from tests.stats.test_replicates import margins
from workbench.errors import DataError, ParameterError
from workbench.stats import weighting
from workbench.stats.design import Design


def test_trimmed_weights_agree_with_r():
    table = schools("apiclus1")
    raked = Design.build(table["pw"], clusters=table["dnum"]).raked(list(margins(table)))
    cut = weighting.trimmed(raked.weights, low=10, high=45)
    agrees(cut[:20], "clus1.trim", "weights_head")
    agrees(cut.sum(), "clus1.trim", "wsum")
    agrees(weighting.precision(cut).deff, "clus1.trim", "kish_deff")


@pytest.mark.parametrize("seed", range(20))
def test_trimming_keeps_the_sum_and_the_bounds(seed):
    weights = np.random.default_rng(seed).lognormal(0, 1.5, 50)
    mean = weights.mean()
    cut = weighting.trimmed(weights, low=0.3 * mean, high=2 * mean)
    assert cut.sum() == pytest.approx(weights.sum(), rel=1e-11)
    assert cut.min() >= 0.3 * mean * (1 - 1e-12)
    assert cut.max() <= 2 * mean * (1 + 1e-12)
    assert (np.diff(cut[np.argsort(weights)]) >= -1e-9).all(), "no weight overtakes a larger one"


def test_bounds_without_room_are_refused():
    with pytest.raises(ParameterError, match="the mean weight is 2"):
        weighting.trimmed(np.full(4, 2.0), low=0, high=1.5)


def test_precision_says_what_unequal_weights_cost():
    own = weighting.precision(np.array([1.0, 1, 1, 3, 0]))
    assert (own.n, own.effective) == (4, 36 / 12)
    assert own.deff == pytest.approx(4 / 3)
    assert (own.smallest, own.largest) == pytest.approx((1 / 1.5, 2.0))


def drawn(seed, size=4000):
    """Return invitations whose answers and whose propensity to answer depend on one feature."""
    rng = np.random.default_rng(seed)
    feature = rng.normal(size=size)
    answered = rng.random(size) < 1 / (1 + np.exp(0.5 - feature))
    return feature, answered, 7 + feature + rng.normal(size=size)


def test_both_adjustments_take_most_of_the_planted_bias_out():
    raw, cells, propensity = [], [], []
    for seed in range(30):
        feature, answered, y = drawn(seed)
        base = np.ones(len(y))
        raw.append(y[answered].mean() - y.mean())
        groups = np.digitize(feature, [-1.0, -0.3, 0.3, 1.0])
        one = weighting.answered_in_cells(base, answered, groups)
        two, _ = weighting.answered_by_propensity(base, answered, feature[:, None], classes=8)
        cells.append(one @ y / one.sum() - y.mean())
        propensity.append(two @ y / two.sum() - y.mean())
        assert one.sum() == pytest.approx(len(y))
        assert two.sum() == pytest.approx(len(y))
    assert np.mean(raw) > 0.4
    assert abs(np.mean(cells)) < 0.15 * np.mean(raw)
    assert abs(np.mean(propensity)) < 0.15 * np.mean(raw)


def test_the_propensity_is_recovered():
    feature, answered, _ = drawn(1, 20_000)
    _, chance = weighting.answered_by_propensity(np.ones(len(feature)), answered, feature[:, None])
    assert np.abs(chance - 1 / (1 + np.exp(0.5 - feature))).max() < 0.03


def test_who_did_not_answer_has_no_weight():
    weights = weighting.answered_in_cells(
        np.array([1.0, 2, 3]), np.array([True, False, True]), np.array([0, 0, 1])
    )
    assert weights.tolist() == [3, 0, 3]


def test_cells_without_answers_and_propensities_without_both_are_refused():
    with pytest.raises(DataError, match=r"nobody answered in cells \[1\]"):
        weighting.answered_in_cells(np.ones(2), np.array([True, False]), np.array([0, 1]))
    with pytest.raises(DataError, match="people who did not"):
        weighting.answered_by_propensity(np.ones(2), np.ones(2, bool), np.ones((2, 1)))
