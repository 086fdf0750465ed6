"""The regulator's need for working capital: the published sheet, and firms of every kind."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError, ParameterError
from workbench.rules import working_capital
from workbench.rules.working_capital import new_loan

RULES = working_capital.rules(date(2026, 9, 30))
FOLDER = Path(__file__).parents[1] / "oracles" / "needs"
CASE = json.loads((FOLDER / "oracle.json").read_text("utf-8"))[0]


def sheet(**given):
    own = CASE["params"]
    row = {
        **{"income": own["revenue"], "cost": own["cost"], "profit": own["profit"]},
        "growth": own["next_year_revenue"] / own["revenue"] - 1,
        **{"receivables": own["avg_receivable"], "inventory": own["avg_inventory"]},
        **{"payables": own["avg_payable"], "prepayments": own["avg_prepaid"]},
        "advances": own["avg_advance"],
    }
    return pd.DataFrame([row | given])


def test_the_published_sheet_is_met_to_a_thousandth_and_the_recomputed_one_to_the_last_digit():
    found = working_capital.working_capital(sheet(), RULES)
    left = new_loan(found.need, np.array([CASE["params"]["own_plus_existing_plus_other"]]), 0, 0)
    own = {
        **{"turnover": found.turnover[0], "working_capital": found.need[0], "new_loan": left[0]},
        **{"ar_days": found.receivable_days[0], "inv_days": found.inventory_days[0]},
        **{"prepaid_days": found.prepaid_days[0], "ap_days": found.payable_days[0]},
        "adv_days": found.advance_days[0],
    }
    expected = CASE["expected"]
    # The sheet prints days to three places: 0.019 stands for 0.01877.
    for name, printed in expected["published"].items():
        assert own[name] == pytest.approx(printed, rel=1e-3, abs=5e-4), name
    for name in ("turnover", "working_capital", "new_loan"):
        assert own[name] == pytest.approx(expected[name], abs=1e-9), name
    for short, name in (("inv", "inventory"), ("ar", "receivable"), ("ap", "payable")):
        days = getattr(found, f"{name}_days")[0]
        assert days == pytest.approx(expected["days"][short], abs=1e-12)


def test_who_is_paid_before_paying_needs_nothing_and_is_called_self_financed():
    found = working_capital.working_capital(sheet(advances=5000.0), RULES)
    assert found.cycle_days[0] < 0
    assert found.need[0] == 0
    assert found.self_financed[0]
    assert np.isnan(found.turnover[0])


def test_a_loss_needs_more_than_revenue_turned_over():
    gain, loss = (working_capital.working_capital(sheet(profit=p), RULES) for p in (900.0, -900.0))
    assert loss.need[0] == pytest.approx(gain.need[0] * (20315.74 + 900) / (20315.74 - 900))


@pytest.mark.parametrize("given", [{"income": 0.0}, {"cost": 0.0}, {"inventory": None}])
def test_a_sheet_that_lacks_something_has_no_need_rather_than_none(given):
    found = working_capital.working_capital(sheet(**given), RULES)
    assert np.isnan(found.need[0])
    assert not found.self_financed[0]


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="'inventory' is missing"):
        working_capital.working_capital(sheet().drop(columns="inventory"), RULES)


def test_before_the_rule_was_in_force_there_is_none():
    with pytest.raises(ParameterError, match="no edition of rule 'working-capital-need'"):
        working_capital.rules(date(2024, 6, 30))
