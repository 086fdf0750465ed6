import numpy as np
import pandas as pd
import pytest

from tests.analysis import credit
from workbench import settings, text
from workbench.analysis.grades import grades
from workbench.errors import ParameterError
from workbench.rules.risk_model import SCALE


def test_each_case_is_in_the_first_grade_whose_bound_it_does_not_exceed():
    bounds = [entry["upper"] for entry in settings.rulepack(SCALE)["grades"]]
    table = pd.DataFrame({"pd": [bounds[0], bounds[0] + 1e-9, 1.0], "defaulted": [0, 0, 1]})
    assert grades(table).table["grade"].tolist() == ["1", "2", "9"]


def test_true_probabilities_are_not_refuted():
    found = grades(credit.predictions(6000))
    assert set(found.table["verdict"]) == {"fits"}
    with text.spoken("en"):
        assert "refute the PD of none" in credit.said(found)


@pytest.mark.parametrize(("shift", "verdict"), [(-0.7, "too_low"), (0.7, "too_high")])
def test_probabilities_that_are_wrong_are_refuted_in_the_right_direction(shift, verdict):
    found = grades(credit.predictions(8000, shift=shift))
    assert verdict in set(found.table["verdict"])
    assert set(found.table["verdict"]) <= {verdict, "fits"}
    assert found.facts[verdict].value >= 1


def test_over_all_grades_a_true_scale_is_refuted_at_most_five_times_in_a_hundred():
    refuted = [
        (grades(credit.predictions(2000, seed=seed)).table["verdict"] != "fits").any()
        for seed in range(150)
    ]
    assert np.mean(refuted) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_correlated_defaults_are_shown_beside_independent_ones():
    found = grades(credit.predictions(8000, shift=-0.4))
    assert (found.table["p_correlated"] >= found.table["p_low"] - 0.05).all()
    assert found.facts["too_low_correlated"].value <= found.facts["too_low"].value
    assert (
        found.facts["correlation"].value == settings.rulepack(SCALE)["tests"]["asset_correlation"]
    )


def test_counts_add_up():
    table = credit.predictions(3000)
    found = grades(table)
    assert found.table["cases"].sum() == 3000
    assert found.table["defaults"].sum() == table["defaulted"].sum()
    assert found.facts["predicted"].value == pytest.approx(table["pd"].mean())


def test_a_scale_that_does_not_rise_is_refused(monkeypatch):
    scale = {"grades": [{"grade": "1", "upper": 0.2}, {"grade": "2", "upper": 0.1}]}
    monkeypatch.setattr(settings, "rulepack", lambda name: scale)
    with pytest.raises(ParameterError, match="must rise to 1"):
        grades(credit.predictions(100))
