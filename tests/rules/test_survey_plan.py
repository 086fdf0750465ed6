from datetime import date

import pytest

from workbench import schema
from workbench.errors import ParameterError
from workbench.rules import survey_plan


def test_every_mode_of_a_survey_has_a_cost():
    plan = survey_plan.rules(date(2026, 9, 30))
    assert set(plan.cost.by_mode()) == set(schema.values("survey_mode"))


def test_before_it_is_in_force_there_is_no_plan():
    with pytest.raises(ParameterError, match="no edition of rule 'survey-plan'"):
        survey_plan.rules(date(2025, 12, 31))
