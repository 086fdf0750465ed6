"""The questionnaire asks what the survey's tables, queries and reports know."""

from datetime import date

import pytest

from workbench import schema, settings
from workbench.data.demo import names
from workbench.errors import ParameterError
from workbench.rules import pack, questionnaire
from workbench.rules.questionnaire import Questionnaire

ASKED = questionnaire.rules(date(2026, 10, 12))


def test_the_items_are_those_of_the_demo_banks_waves():
    own = [(i.id, i.zh, i.measures, i.scale) for i in ASKED.item]
    assert own == [*names.QUESTIONS, (*names.OPEN[:2], None, "open")]
    assert [i.en for i in ASKED.item] == [*names.ENGLISH, names.OPEN[2]]


def test_recommendation_satisfaction_and_effort_are_asked_once_each():
    measured = [item.measures for item in ASKED.closed]
    assert all(measured.count(each) == 1 for each in ("recommend", "overall", "effort"))


def test_points_have_labels_of_every_one_or_of_the_ends():
    assert ASKED.scale["likert_5"].points("en")[5] == "Very satisfied"
    ends = ASKED.scale["nps_0_10"].points("zh")
    assert {point for point, label in ends.items() if label} == {0, 10}


def test_each_mode_is_on_one_list():
    listed = {mode: ASKED.list_of(mode) for mode in schema.values("survey_mode")}
    assert set(listed.values()) == {"phone", "questionnaire"}
    assert listed["phone"] == "phone"


def test_it_is_not_asked_before_it_is_in_force():
    with pytest.raises(ParameterError, match="no edition of rule 'questionnaire'"):
        questionnaire.rules(date(2025, 12, 31))


def changed(monkeypatch, change):
    content = {**settings.rulepack("questionnaire")}
    content["item"] = [dict(each) for each in content["item"]]
    change(content)
    monkeypatch.setattr(settings, "rulepack", lambda name: content)
    return pack.read(Questionnaire, "questionnaire")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["item"][1].update(id="Q1"), "twice"),
        (lambda c: c["item"][0].update(scale="likert_9"), "likert_9"),
        (lambda c: c["item"][0].update(measures="luck"), "luck"),
        (lambda c: c.update(lists={"phone": ["phone"], "questionnaire": ["web"]}), "modes"),
        (lambda c: c["item"][0].update(zh=""), "at least 1 character"),
    ],
)
def test_a_questionnaire_that_cannot_be_asked_is_refused(monkeypatch, change, said):
    with pytest.raises(ParameterError, match=said):
        changed(monkeypatch, change)
