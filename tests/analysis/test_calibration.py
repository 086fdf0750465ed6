import pytest

from tests.analysis import credit
from workbench import text
from workbench.analysis.calibration import calibration, calibration_tests


def test_true_probabilities_are_called_calibrated():
    found = calibration_tests(credit.predictions(6000))
    assert found.verdict == "holds"
    assert found.facts["slope"].low < 1 < found.facts["slope"].high


def test_predictions_that_are_too_low_on_the_whole_are_found():
    found = calibration_tests(credit.predictions(6000, shift=-0.5))
    assert found.verdict == "level"
    assert found.facts["in_the_large"].value == pytest.approx(0.5, abs=0.1)
    with text.spoken("en"):
        assert "Recalibrate the intercept" in credit.said(found)


def test_predictions_that_are_too_extreme_are_found():
    table = credit.predictions(20_000, slope=1.4)
    odds = table["pd"] / (1 - table["pd"])
    # Keep the level right, so that only the spread is wrong.
    for _ in range(50):
        odds *= table["defaulted"].mean() / (odds / (1 + odds)).mean()
    found = calibration_tests(table.assign(pd=odds / (1 + odds)))
    assert found.verdict == "spread"
    assert found.facts["slope"].high < 1


def test_the_curve_has_groups_of_equal_size_from_low_to_high():
    found = calibration(credit.predictions(6000), groups=8)
    assert found.table["cases"].tolist() == [750] * 8
    assert found.table["predicted"].is_monotonic_increasing
    assert found.facts["groups"].value == 8


def test_groups_outside_their_interval_are_counted():
    right, wrong = (calibration(credit.predictions(6000, shift=s)).facts for s in (0.0, 0.8))
    assert right["outside"].value <= 2
    assert wrong["outside"].value >= 7
    assert wrong["error"].value > 3 * right["error"].value


def test_degrees_of_freedom_are_the_number_of_groups():
    own = calibration_tests(credit.predictions(6000), groups=7).table.set_index("measure")
    assert own.loc["hosmer_lemeshow", "ideal"] == 7
