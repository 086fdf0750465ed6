"""Needs on the demo bank: what was planted there is found by the analyses of the notebook."""

import json

import pytest

from workbench import settings
from workbench.analysis import decline_reasons, growth_choice, income_proof, purpose_consistency
from workbench.data import demo, needs
from workbench.data.bank import open_bank
from workbench.errors import DataError
from workbench.rules import application_checks, assessed_need


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.fixture(scope="module")
def planted(bank):
    return json.loads((bank.folder / "truth.json").read_text("utf-8"))["planted"]


@pytest.fixture(scope="module")
def known(bank):
    return needs.known(bank, months=24, recent=12)


@pytest.fixture(scope="module")
def packs(bank):
    return assessed_need.packs(bank.as_of)


def judged(bank, known, packs, which):
    checks = application_checks.rules(bank.as_of)
    measured = application_checks.measures(known.applications, checks, packs)
    own = getattr(checks, which)
    return application_checks.outcomes(own, known.applications, measured, packs.household)


def test_declines_for_ability_to_repay_are_borne_out_and_those_for_documents_are_not(
    bank, known, packs
):
    outcomes = judged(bank, known, packs, "eligibility")
    before = [each for each in outcomes if each.check.code == "debt_before"]
    found = decline_reasons.declines_borne_out(known.applications, before).table.iloc[0]
    assert found["borne"] == "yes"
    assert found["borne_low"] > 2 * found["others_high"]


def test_purposes_a_product_is_not_for_are_as_many_as_planted(bank, known, packs, planted):
    fit = purpose_consistency.purpose_consistency(
        known.applications, judged(bank, known, packs, "purpose"), confidence=0.99
    )
    row = fit.table.set_index("reason_code").loc["P1"]
    assert row["found_low"] <= planted["needs.misused_products"]["value"] <= row["found_high"]


def test_incomes_only_declared_are_as_many_as_planted(known, packs, planted):
    rows = income_proof.income_proof(known.customers, packs).table.set_index("income_basis")
    value = planted["needs.income_proof"]["value"]
    ratio = rows.loc["self_declared", "headcount"] / rows.loc["verified", "headcount"]
    assert ratio == pytest.approx(value["self_declared"] / value["verified"], rel=0.08)


def test_the_market_grows_as_planted_and_a_shrinking_industry_is_avoided(
    bank, known, packs, planted
):
    limits = assessed_need.assessed(known.customers, bank.as_of, packs)
    inputs = growth_choice.Inputs(known.book, known.market, known.customers, limits)
    found = growth_choice.growth_choice(inputs, packs.house.choice).table.set_index("section")
    for section, growth in planted["needs.market_growth"]["value"].items():
        assert found.loc[section, "market_growth"] == pytest.approx(growth, abs=1e-3)
    assert found.loc["K", "choice"] == "avoid"
    assert found.loc["I", "choice"] != "avoid"


def test_room_is_that_of_limits_less_what_is_held(bank, known, packs):
    found = assessed_need.assessed(known.customers, bank.as_of, packs)
    firm = ~assessed_need.private(known.customers)
    own = found[firm & found["room"].notna().to_numpy()]
    assert (own["room"] >= 0).all()
    left = (own["limit"] - own["held"]).clip(lower=0)
    assert (own["room"] - left).abs().max() < 1e-6


def test_a_bank_without_decided_applications_is_told_so(bank):
    early = open_bank(bank.folder, as_of="2020-01-31")
    with pytest.raises(DataError, match="no application was decided in the 1 months"):
        needs.known(early, months=1, recent=12)
