import numpy as np
import pytest

from tests.oracles.risk.cases import case, close, validation
from workbench.errors import DataError
from workbench.stats import discrimination
from workbench.stats.discrimination import auc, covariance, ks, paired_test

DELONG = "delong_german_val"


def both():
    full, small, events = validation()
    return auc(full, events), auc(small, events)


def test_area_and_variance_agree_with_proc():
    full, small = both()
    assert full.value == close(DELONG, "auc1")
    assert small.value == close(DELONG, "auc2")
    assert full.variance == close(DELONG, "var_auc1")
    assert small.variance == close(DELONG, "var_auc2")
    assert covariance(full, small) == close(DELONG, "cov")
    assert 2 * full.value - 1 == close(DELONG, "gini1")


def test_the_interval_agrees_with_proc():
    full, _ = both()
    low, high = full.interval(0.95)
    assert [low, full.value, high] == close(DELONG, "ci95_auc1")


def test_the_paired_test_agrees_with_proc():
    z, p = paired_test(*both())
    assert z == close(DELONG, "z_paired")
    assert p == close(DELONG, "p_paired")


def test_the_fall_from_an_earlier_area_agrees_with_the_reference():
    full, _ = both()
    s, p = full.fallen_from(case("ecb_auc_test")["params"]["auc_initial"])
    assert s == close("ecb_auc_test", "S")
    assert p == close("ecb_auc_test", "p")


def test_the_ks_distance_agrees_with_r():
    full, _, events = validation()
    assert ks(full, events) == close("ks_german_val", "ks")


def test_ties_count_one_half():
    scores, events = np.array([1.0, 1, 2, 2]), np.array([0.0, 1, 0, 1])
    assert auc(scores, events).value == 0.5
    assert auc(np.ones(4), events).value == 0.5
    assert auc(np.ones(4), events).variance == 0


def test_a_perfect_score_stays_inside_zero_and_one():
    found = auc(np.arange(10.0), (np.arange(10) > 5).astype(float))
    assert found.value == 1
    assert found.interval(0.95)[1] <= 1


def test_one_event_has_an_area_but_no_variance():
    found = auc(np.arange(10.0), (np.arange(10) == 7).astype(float))
    assert found.value == pytest.approx(7 / 9)
    assert np.isnan(found.variance)
    assert np.isnan(found.interval(0.95)).all()


def test_the_interval_covers_the_true_area_95_times_in_100():
    random = np.random.default_rng(6)
    truth, inside = 0.7602499389065233, 0  # P(N(1, 1) > N(0, 1)) = Phi(1 / sqrt 2)
    for _ in range(1000):
        scores = np.concatenate([random.normal(1, 1, 60), random.normal(0, 1, 240)])
        events = np.repeat([1.0, 0.0], [60, 240])
        low, high = auc(scores, events).interval(0.95)
        inside += low <= truth <= high
    assert 0.927 <= inside / 1000 <= 0.970


def test_one_outcome_alone_is_refused():
    for statistic in (discrimination.auc, discrimination.ks):
        with pytest.raises(DataError, match="both outcomes"):
            statistic(np.arange(3.0), np.zeros(3))
