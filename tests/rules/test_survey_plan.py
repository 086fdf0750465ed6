from datetime import date

import pytest

from workbench import schema
from workbench.errors import ParameterError
from workbench.rules import survey_plan


def test_every_mode_of_a_survey_has_a_cost():
    plan = survey_plan.rules(date(2026, 9, 30))
    assert set(plan.cost.by_mode()) == set(schema.values("survey_mode"))


def test_every_mode_of_a_first_wave_has_a_share_and_a_response():
    first = survey_plan.rules(date(2026, 9, 30)).first
    assert set(first.share) == set(first.response) == set(schema.values("survey_mode"))
    assert sum(first.share.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share": {"phone": 1.0}}, "name each of"),
        ({"share": {"phone": 0.5, "web": 0.2, "app": 0.2, "sms": 0.2, "rm": 0.1}}, "add up to 1"),
        ({"response": {"phone": 0.0, "web": 0.2, "app": 0.2, "sms": 0.2, "rm": 0.1}}, "above 0"),
    ],
)
def test_assumptions_of_a_first_wave_that_cannot_be_are_refused(change, said):
    first = survey_plan.rules(date(2026, 9, 30)).first
    with pytest.raises(ValueError, match=said):
        survey_plan.First(**{**first.model_dump(), **change})


def test_before_it_is_in_force_there_is_no_plan():
    with pytest.raises(ParameterError, match="no edition of rule 'survey-plan'"):
        survey_plan.rules(date(2025, 12, 31))
