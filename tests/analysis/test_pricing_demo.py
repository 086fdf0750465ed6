"""Pricing on the demo bank: what was planted there is found by the analyses of the notebook."""

import json

import pytest

from workbench import settings
from workbench.analysis.price_demand import price_demand
from workbench.analysis.price_deviations import price_deviations
from workbench.analysis.price_floor import price_floor
from workbench.data import demo
from workbench.data.bank import open_bank


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.fixture(scope="module")
def planted():
    truth = settings.home() / "data" / "demo" / "truth.json"
    return json.loads(truth.read_text("utf-8"))["planted"]


def test_the_price_test_recovers_the_planted_sensitivity_and_officers_do_not(bank, planted):
    rows = price_demand(bank.price_offers(48), confidence=0.99).table
    found = rows.set_index(["segment", "price_evidence"])
    for segment, truth in planted["offers.price_sensitivity"]["value"].items():
        lot, officers = found.loc[(segment, "lot")], found.loc[(segment, "officers")]
        assert lot["slope_low"] <= -10 * truth <= lot["slope_high"]
        assert officers["price_slope"] > lot["slope_high"]


def test_approvals_without_authority_are_as_many_as_planted(bank, planted):
    priced = price_floor(bank.priced_loans(12), bank.as_of).priced
    found = price_deviations(priced, bank.as_of, confidence=0.99).facts["too_low"]
    # The list is that of the year of the offer there and of the payout here: a few loans differ.
    assert found.value == pytest.approx(planted["offers.approved_too_low"]["value"], abs=0.012)
