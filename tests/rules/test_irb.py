"""Risk weights by internal ratings: the printed table, the floor, size and maturity."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.rules import irb

CASES = json.loads((Path(__file__).parents[1] / "oracles" / "pricing" / "oracle.json").read_text())
BASEL = next(case for case in CASES if case["id"] == "basel_irb_risk_weights")
CLASSES = ("corporate", "retail_mortgage", "retail_other", "retail_qrre")
RULES = irb.rules(date(2026, 9, 30))


def weights(name):
    rows = np.array(BASEL["expected"]["full_precision"])
    return 100 * irb.risk_weights(
        rows[:, 0] / 100, BASEL["params"]["lgd"], name, RULES, maturity=BASEL["params"]["maturity"]
    )


@pytest.mark.parametrize("place", range(4), ids=CLASSES)
def test_all_printed_risk_weights_are_met(place):
    printed = np.array(BASEL["expected"]["published"])
    assert len(printed) == 19
    assert np.abs(weights(CLASSES[place]) - printed[:, place + 1]).max() <= 0.0105


@pytest.mark.parametrize("place", range(4), ids=CLASSES)
def test_the_formula_is_met_to_nine_digits(place):
    exact = np.array(BASEL["expected"]["full_precision"])
    np.testing.assert_allclose(weights(CLASSES[place]), exact[:, place + 1], rtol=1e-9)


def test_a_probability_is_raised_to_the_least_one():
    assert irb.floored([0.0, 0.0003, 0.02], RULES).tolist() == [0.0005, 0.0005, 0.02]


def test_small_firms_get_relief_and_missing_sales_none():
    pd_, lgd = np.full(4, 0.02), np.full(4, 0.45)
    sales = np.array([np.nan, 3e8, 3e7, 1e6])
    none, most, least, below = irb.risk_weights(pd_, lgd, "corporate", RULES, sales=sales)
    assert none == most
    assert least == below
    assert least < most


def test_maturity_counts_for_firms_only():
    for name, differs in (("corporate", True), ("retail_other", False)):
        short, long = (irb.risk_weights(0.02, 0.45, name, RULES, maturity=m) for m in (1, 5))
        assert (short < long) == differs


def test_an_unknown_class_or_segment_is_named():
    with pytest.raises(ParameterError, match=r"no class 'bank'.*corporate"):
        irb.risk_weights(0.02, 0.45, "bank", RULES)
    with pytest.raises(ParameterError, match="no class for segment 'x'"):
        irb.by_segment(np.array(["x"], dtype=object), np.array([0.1]), np.array([0.4]), RULES)
