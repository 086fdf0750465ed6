"""The demo bank: measures planted without effect look like one, and the report is not taken in."""

import json

import pytest

from workbench import settings
from workbench.analysis.survey_measure_effect import measure_effect
from workbench.analysis.survey_measures import register
from workbench.analysis.survey_next_wave import draw, next_wave
from workbench.analysis.survey_reachable import reachable
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.rules import survey_plan
from workbench.stats.respondents import weighted

MARGINS = ("segment", "branch_name", "mode_assigned")


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.fixture(scope="module")
def waves(bank):
    names = bank.survey_waves()["wave_id"]
    return [weighted(bank.survey(name), name=name, margins=MARGINS) for name in names]


@pytest.fixture(scope="module")
def effect(bank, waves):
    return measure_effect(waves, bank.survey_waves(), bank.measures())


def planted(bank):
    found = json.loads((bank.folder / "truth.json").read_text("utf-8"))["planted"]
    return found["actions.in_the_worst_outlets"]


def test_the_naive_gain_of_the_worst_branches_is_seen_and_not_taken_for_an_effect(bank, effect):
    truth, fair = planted(bank), effect.facts["same_score"]
    naive = effect.facts["before_after"]
    assert truth["value"] == 0
    assert naive.value == pytest.approx(truth["naive"], abs=6)
    assert effect.facts["given_back"].value > naive.value
    assert effect.answer == "same_score"
    assert fair.low <= truth["value"] <= fair.high


def test_difference_in_differences_alone_would_have_cried_wolf(effect):
    assert effect.facts["difference"].low > 0


def test_the_bank_is_said_to_be_too_small(effect):
    assert effect.facts["detectable"].value > effect.facts["aim"].value
    assert effect.summary().key == "survey.measure_effect.chosen_too_small"


def test_the_register_holds_what_surveys_and_complaints_raised(bank):
    own = bank.table("actions")
    raised = own["origin_type"].isin(["survey", "complaint"])
    known = own.loc[raised, "opened_at"].dt.date <= bank.as_of
    assert register(bank.measures(), as_of=bank.as_of).facts["raised"].value == known.sum()


def test_the_next_wave_asks_only_who_may_be_asked(bank, waves):
    plan = survey_plan.rules(bank.as_of)
    reach = reachable(bank.survey_frame(), plan=plan, on=bank.as_of)
    last = waves[-1]
    planned = next_wave(last, bank.survey(last.name), reach.table, plan=plan)
    own = draw(reach.people, planned, plan=plan, seed=1)
    assert not planned.reached
    customers = bank.table("customers").set_index("customer_id")
    assert not customers.loc[own["customer_id"], "do_not_contact"].any()
    consents = bank.table("consents")
    live = consents[(consents["purpose"] == "survey") & consents["withdrawn_at"].isna()]
    assert own["customer_id"].isin(live["customer_id"]).all()
