"""Limits of customers and the room in them, one customer at a time."""

from datetime import date

import pandas as pd
import pytest

from workbench.rules import assessed_need

DAY = date(2026, 9, 30)
PACKS = assessed_need.packs(DAY)
FIRM = {
    **{"segment": "small", "period_end": "2025-12-31", "basis": "unaudited", "income": 3600.0},
    **{"growth": 0.0, "expense": 3240.0, "cost": 3600.0, "profit": 360.0, "debt_service": 0.0},
    **{"receivables": 400.0, "inventory": 400.0, "prepayments": 100.0, "payables": 250.0},
    **{"advances": 50.0, "owed_here": 100.0, "projects_here": 0.0, "owed_everywhere": 300.0},
}
PERSON = {
    **FIRM,
    **{"segment": "consumer", "basis": "verified", "income": 120000.0, "debt_service": 4000.0},
    **{"owed_here": 5000.0, "owed_everywhere": 60000.0},
}


def assessed(row, **given):
    table = pd.DataFrame([row | given])
    table["period_end"] = pd.to_datetime(table["period_end"])
    table[["owed_everywhere"]] = table[["owed_everywhere"]].astype(float)
    return assessed_need.assessed(table, DAY, PACKS).iloc[0]


def test_the_limit_of_a_firm_is_its_need_less_what_it_brings():
    # Cycle 40 + 40 + 10 - 25 - 5 = 60 days; 3600 x 90 % x 60 / 360 = 540, of which it brings 20 %.
    found = assessed(FIRM)
    assert found["need"] == pytest.approx(540)
    assert found["limit"] == pytest.approx(432)
    assert found["room"] == pytest.approx(132)


def test_what_is_owed_here_counts_where_the_bureau_lags():
    assert assessed(FIRM, owed_here=350.0)["room"] == pytest.approx(82)


def test_project_loans_here_are_no_working_capital():
    assert assessed(FIRM, projects_here=100.0)["room"] == pytest.approx(232)


def test_credit_above_the_limit_leaves_no_room_rather_than_less():
    found = assessed(FIRM, owed_everywhere=900.0)
    assert (found["held"], found["room"]) == (900, 0)


@pytest.mark.parametrize("row", [FIRM, PERSON], ids=["firm", "person"])
def test_without_a_recent_report_room_is_unknown_and_the_limit_of_a_firm_is_not(row):
    found = assessed(row, owed_everywhere=None)
    assert pd.isna(found["room"])
    assert pd.isna(found["limit"]) == (row is PERSON)
    assert found["stated"]


@pytest.mark.parametrize(("end", "stated"), [("2024-09-30", True), ("2024-08-31", False)])
def test_an_old_statement_tells_neither_limit_nor_room(end, stated):
    found = assessed(FIRM, period_end=end)
    assert found["stated"] == stated
    assert pd.isna(found["room"]) != stated


def test_a_person_may_owe_what_spare_instalments_carry_besides():
    # 55 % of 10,000 less 4,000 leaves 1,500 a month: 49,675 over 36 months at 5.5 %.
    found = assessed(PERSON)
    assert found["room"] == pytest.approx(49675, abs=1)
    assert found["limit"] == pytest.approx(60000 + found["room"])
    assert assessed(PERSON, basis="self_declared")["room"] == 0
