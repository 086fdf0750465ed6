import numpy as np
import pytest

from tests.analysis import credit
from workbench import text
from workbench.analysis.low_default import low_default
from workbench.analysis.pd_level import pd_level
from workbench.analysis.recalibration import recalibration
from workbench.errors import DataError
from workbench.rules import risk_model


def test_true_probabilities_are_left_as_they_are():
    found = recalibration(credit.predictions(6000))
    assert found.chosen == "unchanged"
    assert found.predictions["pd"].tolist() == found.predictions["pd_before"].tolist()


@pytest.mark.parametrize(
    ("shift", "slope", "chosen"), [(-0.8, 1.0, "intercept"), (0.0, 1.8, "platt")]
)
def test_the_simplest_method_that_sets_things_right_is_chosen(shift, slope, chosen):
    found = recalibration(credit.predictions(8000, shift=shift, slope=slope))
    assert found.chosen == chosen
    assert found.facts["distance"].value < 0.3 * found.facts["distance_before"].value
    assert found.facts["gain"].low > 0


def test_a_customer_with_several_loans_widens_the_interval():
    table = credit.predictions(3000, shift=-0.8)
    again = table.loc[table.index.repeat(4)].reset_index(drop=True)
    alone = again.assign(customer_id=[f"X{at}" for at in range(len(again))])
    widths = [
        own.facts["gain"].high - own.facts["gain"].low
        for own in (recalibration(alone), recalibration(again))
    ]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.1)


def test_the_levels_have_the_means_they_are_named_after():
    table = credit.predictions(6000)
    found = pd_level(credit.cases(2000), table, horizon_months=12)
    given = risk_model.read().calibration
    now = found.predictions
    assert now["pd_point_in_time"].mean() == pytest.approx(table["defaulted"].mean())
    assert now["pd_through_the_cycle"].mean() == pytest.approx(given.long_run_rate)
    assert now["pd_prudent"].mean() == pytest.approx(found.facts["prudent"].value)
    assert found.facts["prudent"].value > given.long_run_rate
    assert (np.argsort(now["pd_prudent"]) == np.argsort(table["pd"])).all()


def test_a_bad_year_is_called_unusual():
    # The invented loans default at 15 %, the long-run rate is 2 %.
    found = pd_level(credit.cases(2000), credit.predictions(3000), horizon_months=12)
    assert found.facts["state"].value < -2
    with text.spoken("en"):
        assert "outside what years usually bring" in credit.said(found)


def test_a_level_needs_defaults():
    table = credit.predictions(500).assign(defaulted=0)
    with pytest.raises(DataError, match="with a default and without one"):
        pd_level(credit.cases(500), table, horizon_months=12)


def test_only_grades_with_few_defaults_have_bounds_and_a_low_pd_is_named():
    table = credit.predictions(20_000, shift=-3.0)
    found = low_default(table).table.set_index("grade")
    few = found["defaults"] < risk_model.read().calibration.low_default_below
    assert few.any()
    assert (~few).any()
    assert found["neutral"].notna().tolist() == few.tolist()
    assert (found["evidence"][~few] == "enough").all()
    assert "below" in set(found["evidence"][few])
    some = few & (found["defaults"] < found["cases"])
    bounds = found.loc[some, ["neutral", "medium", "strict", "correlated"]]
    assert (bounds.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)


def test_true_probabilities_of_a_few_loans_are_supported_or_close():
    found = low_default(credit.predictions(800))
    assert found.table["cases"].sum() == 800
    assert 0 < found.facts["expected_ratio"].value < 1
