import numpy as np
import pytest
from scipy import special

from tests.oracles.risk.cases import case, validation
from workbench.errors import DataError
from workbench.stats import recalibration
from workbench.stats.discrimination import auc

NAME = "platt_beta_isotonic"
EXPECTED = case(NAME)["expected"]


def close(value):
    limits = case(NAME)["tolerance"]
    return pytest.approx(value, rel=limits["rtol"], abs=limits["atol"])


def learnt(method):
    p, _, events = validation()
    return recalibration.learnt(method, p, events), p, events


def log_likelihood(p, events):
    return float(np.sum(special.xlogy(events, p) + special.xlog1py(1 - events, -p)))


def test_platt_agrees_with_r():
    found, p, events = learnt("platt")
    assert found.parameters.tolist() == close(list(EXPECTED["platt"].values()))
    assert log_likelihood(found.apply(p), events) == close(EXPECTED["platt_ll"])


def test_beta_agrees_with_r():
    found, p, events = learnt("beta")
    names = ("beta_c", "beta_a", "beta_b")
    assert found.parameters.tolist() == close([EXPECTED[name] for name in names])
    assert log_likelihood(found.apply(p), events) == close(EXPECTED["beta_ll"])


def test_isotonic_agrees_with_r(monkeypatch):
    monkeypatch.setattr(recalibration, "FLAT", 0.0)
    found, p, events = learnt("isotonic")
    assert len(found.parameters) == EXPECTED["isotonic_levels"]
    assert np.mean((found.apply(p) - events) ** 2) == close(EXPECTED["isotonic_brier"])


def test_no_isotonic_level_is_exactly_nothing():
    found, p, _ = learnt("isotonic")
    assert found.parameters[0] == 0
    assert 0 < found.apply(p).min() < 0.001


def test_the_intercept_sets_the_mean_and_keeps_the_spread():
    found, p, events = learnt("intercept")
    after = found.apply(p)
    assert after.mean() == pytest.approx(events.mean(), rel=1e-12)
    moved = special.logit(after) - special.logit(p)
    assert moved == pytest.approx(np.full(len(p), found.parameters[0]), abs=1e-12)


def test_quasi_moments_match_default_rate_and_discrimination():
    found, p, events = learnt("moments")
    after = np.sort(found.apply(p))
    assert after.mean() == pytest.approx(events.mean(), rel=1e-10)
    implied = recalibration.implied_auc(after, np.ones(len(p)))
    assert implied == pytest.approx(auc(p, events).value, abs=1e-10)


def test_quasi_moments_find_the_curve_they_describe():
    # PDs of the form of the curve: matching their own mean and area gives them back.
    ranks, weights = (np.arange(40) + 0.5) / 40, np.full(40, 25.0)
    truth = special.expit(-3 + 0.9 * special.ndtri(ranks))
    constant, slope, found = recalibration.quasi_moments(
        ranks, weights, target=truth.mean(), auc=recalibration.implied_auc(truth, weights)
    )
    assert (constant, slope) == pytest.approx((-3, 0.9), abs=1e-8)
    assert found == pytest.approx(truth, abs=1e-10)


def test_an_area_that_no_curve_has_is_refused():
    # A single score ranks nobody: its area is one half whatever the slope.
    ranks, weights = np.array([0.5]), np.ones(1)
    with pytest.raises(DataError, match="no curve over these scores has an area of"):
        recalibration.quasi_moments(ranks, weights, target=0.5, auc=0.95)


@pytest.mark.parametrize("method", recalibration.METHODS[2:])
def test_too_extreme_predictions_are_set_right_on_other_cases(method):
    random = np.random.default_rng(4)
    odds = random.normal(-2, 1, 40_000)
    events = (random.random(40_000) < special.expit(odds)).astype(float)
    wrong = special.expit(2 * odds + 1)
    train = np.arange(40_000) < 20_000
    found = recalibration.learnt(method, wrong[train], events[train]).apply(wrong[~train])
    truth = special.expit(odds[~train])
    assert np.abs(found - truth).mean() < 0.2 * np.abs(wrong[~train] - truth).mean()


@pytest.mark.parametrize("method", recalibration.METHODS)
def test_every_method_keeps_the_order(method):
    found, p, _ = learnt(method)
    after = found.apply(np.sort(p))
    assert (np.diff(after) >= -1e-15).all()
    assert ((after > 0) & (after < 1)).all()


def test_a_case_never_teaches_its_own_correction():
    p, _, events = validation()
    fold = np.arange(len(p)) % 5
    changed = events.copy()
    changed[fold == 2] = 1 - changed[fold == 2]
    before, after = (
        recalibration.cross_fitted("isotonic", p, own, fold) for own in (events, changed)
    )
    assert (before[fold == 2] == after[fold == 2]).all()
    assert (before[fold != 2] != after[fold != 2]).any()


def test_probabilities_are_anchored_to_a_long_run_rate():
    p, _, _ = validation()
    assert recalibration.anchored(p, 0.02).mean() == pytest.approx(0.02, rel=1e-12)
    with pytest.raises(DataError, match="between 0 and 1"):
        recalibration.anchored(p, 0.0)
