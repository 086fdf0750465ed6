import numpy as np
import pytest
from scipy import special

from tests.oracles.risk.cases import case, close, german, validation
from workbench.stats import calibration, logit

SLOPE, SPIEGELHALTER, MURPHY = (
    "calibration_slope_intercept",
    "spiegelhalter_val",
    "murphy_decomposition",
)


def graded():
    p, _, events = validation()
    codes = np.searchsorted(case(MURPHY)["params"]["grade_breaks"][1:-1], p, side="left")
    return calibration.curve(p, events, codes)


def test_slope_and_intercept_agree_with_r():
    p, _, events = validation()
    found = calibration.recalibration(p, events)
    assert found.slope == close(SLOPE, "slope")
    assert found.slope_error == close(SLOPE, "slope_se")
    assert found.intercept == close(SLOPE, "intercept")
    assert found.in_the_large == close(SLOPE, "citl")
    assert found.in_the_large_error == close(SLOPE, "citl_se")
    assert found.statistic == close(SLOPE, "cox_LR")
    assert found.p_value == close(SLOPE, "cox_LR_p_df2")


def test_hosmer_lemeshow_out_of_sample_agrees_with_r():
    p, _, events = validation()
    found = calibration.hosmer_lemeshow(p, events)
    assert found.statistic == close("hosmer_lemeshow_val", "chi2")
    assert found.df == 10
    assert found.p_value == close("hosmer_lemeshow_val", "p_external")
    fitted = calibration.hosmer_lemeshow(p, events, fitted=True)
    assert fitted.p_value == close("hosmer_lemeshow_val", "p_if_fitted")


def test_hosmer_lemeshow_in_sample_agrees_with_r():
    design, events, _ = german()
    p = logit.fit(design, events).probabilities(design)
    found = calibration.hosmer_lemeshow(p, events, fitted=True)
    assert found.statistic == close("hosmer_lemeshow_dev", "chi2")
    assert found.df == 8
    assert found.p_value == close("hosmer_lemeshow_dev", "p")


def test_spiegelhalter_agrees_with_r():
    p, _, events = validation()
    found = calibration.brier(p, events)
    assert found.z == close(SPIEGELHALTER, "z")
    assert found.p_value == close(SPIEGELHALTER, "p_two_sided")
    assert found.score == close(SPIEGELHALTER, "brier")
    assert found.expected == close(SPIEGELHALTER, "brier_expected")


def test_murphy_parts_agree_with_the_reference():
    found, groups = calibration.murphy(graded()), graded()
    assert groups.cases.tolist() == case(MURPHY)["expected"]["n"]
    assert groups.events.tolist() == case(MURPHY)["expected"]["d"]
    assert groups.predicted.tolist() == close(MURPHY, "pd")
    assert found.score == close(MURPHY, "brier")
    assert found.reliability == close(MURPHY, "reliability")
    assert found.resolution == close(MURPHY, "resolution")
    assert found.uncertainty == close(MURPHY, "uncertainty")


def test_expected_calibration_error_agrees_with_the_reference():
    groups = graded()
    assert groups.expected_error == close("ece_graded", "ECE")
    assert groups.largest_error == close("ece_graded", "MCE")


def test_hosmer_lemeshow_rejects_a_true_model_five_times_in_a_hundred():
    random = np.random.default_rng(8)
    runs, rejected = 2000, 0
    for _ in range(runs):
        p = special.expit(random.normal(-1.5, 1, 1000))
        rejected += calibration.hosmer_lemeshow(p, random.random(1000) < p).p_value < 0.05
    assert abs(rejected / runs - 0.05) < 3 * np.sqrt(0.05 * 0.95 / runs)


def test_predictions_that_are_too_extreme_have_a_slope_below_one():
    random = np.random.default_rng(1)
    score = random.normal(-1, 1, 50_000)
    events = (random.random(50_000) < special.expit(score)).astype(float)
    found = calibration.recalibration(special.expit(1.25 * score), events)
    assert found.slope == pytest.approx(0.8, abs=4 * found.slope_error)
    assert found.slope < 1
    assert found.p_value < 0.001


def test_equal_predictions_stay_in_one_group():
    p = np.array([0.1] * 50 + [0.3] * 50)
    codes, groups = calibration.quantile_groups(p, 10)
    assert groups == 2
    assert len(set(codes[:50])) == 1


def test_a_group_without_a_default_has_an_interval_that_starts_at_zero():
    low, high = calibration.jeffreys_interval(np.array([0.0, 5.0]), np.array([5.0, 5.0]), 0.95)
    assert low[0] == 0
    assert 0.3 < high[0] < 0.5
    assert high[1] == 1


def test_predictions_far_too_low_are_still_set_right():
    # A full Newton step from here would leave every prediction at 1, and the next one nothing.
    told = 1e-9 * np.exp(np.linspace(-2, 2, 2000))
    truth = special.expit(special.logit(told) + 20)
    events = (np.random.default_rng(3).random(2000) < truth).astype(float)
    found = calibration.recalibration(told, events)
    p = special.expit(special.logit(told) + found.in_the_large)
    assert p.mean() == pytest.approx(events.mean(), abs=1e-9)
