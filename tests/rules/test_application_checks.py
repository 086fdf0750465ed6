"""Checks of applications: who they apply to, what fails, and what cannot be told."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from workbench.errors import ParameterError
from workbench.rules import application_checks, assessed_need
from workbench.rules.application_checks import Check, measures, outcomes, reason_codes

DAY = date(2026, 9, 30)
RULES, PACKS = application_checks.rules(DAY), assessed_need.packs(DAY)
FIRM = {
    **{"segment": "small", "section": "C", "product_type": "working_capital"},
    **{"purpose": "working_capital", "requested": 300.0, "term": 12, "age": None},
    **{"years_founded": 5, "statement_months": 9, "basis": "unaudited", "income": 3600.0},
    **{"growth": 0.0, "expense": 3240.0, "cost": 3600.0, "profit": 360.0, "debt_service": 0.0},
    **{"receivables": 400.0, "inventory": 400.0, "prepayments": 100.0, "payables": 250.0},
    **{"advances": 50.0, "owed_elsewhere": 100.0, "max_dpd_24m": 0, "queries_3m": 1},
}
PERSON = FIRM | {
    **{"segment": "consumer", "section": None, "product_type": "consumer", "purpose": "car"},
    **{"basis": "verified", "income": 120000.0, "expense": 48000.0, "debt_service": 3000.0},
    **{"requested": 72000.0, "term": 24, "age": 40, "years_founded": None},
}


def judged(checks, *rows):
    table = pd.DataFrame(rows)
    for name in ("age", "years_founded", "max_dpd_24m"):
        table[name] = table[name].astype(float)
    found = outcomes(checks, table, measures(table, RULES, PACKS), PACKS.household)
    return {each.check.code: each for each in found}


def test_debt_service_after_the_loan_is_that_before_and_the_instalment():
    table = pd.DataFrame([PERSON])
    found = measures(table, RULES, PACKS)
    # 72,000 over 24 months at 5.5 %: 3,174.89 a month.
    assert found["dsti_before"][0] == pytest.approx(0.30)
    assert found["dsti_after"][0] == pytest.approx((3000 + 3174.89) / 10000, abs=1e-6)
    assert found["residual"][0] == pytest.approx(10000 - 6174.89 - 4000, abs=0.01)
    bullet = measures(pd.DataFrame([PERSON | {"product_type": "credit"}]), RULES, PACKS)
    assert bullet["dsti_after"][0] == pytest.approx((3000 + 72000 * 0.055 / 12) / 10000)


def test_a_person_is_not_judged_as_a_firm_nor_a_firm_as_a_person():
    found = judged(RULES.eligibility, PERSON, FIRM)
    assert found["debt_after"].applies.tolist() == [True, False]
    assert found["over_need"].applies.tolist() == [False, True]
    assert found["debt_after"].fails.tolist() == [True, False]


def test_the_amount_is_compared_with_the_limit_that_credit_elsewhere_leaves():
    # Need 540 less 20 % less 100 elsewhere: 332.
    rows = [FIRM, FIRM | {"requested": 333.0}, FIRM | {"owed_elsewhere": 500.0}]
    assert judged(RULES.eligibility, *rows)["over_need"].fails.tolist() == [False, True, True]


def test_what_is_not_known_neither_passes_nor_fails():
    found = judged(RULES.eligibility, FIRM | {"max_dpd_24m": None})["arrears"]
    assert (found.fails[0], found.unknown[0]) == (False, True)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("A1", {"requested": 1801.0}),
        ("A2", {"segment": "business_owner", "requested": 7300.0, "product_type": "credit"}),
        ("T1", {"term": 37}),
        ("P1", {"purpose": "equipment"}),
        ("P2", {"product_type": "fixed_asset"}),
        ("I1", {"section": "K"}),
    ],
)
def test_each_purpose_that_does_not_fit_has_its_code_and_a_fitting_one_has_none(code, changes):
    found = outcomes(
        RULES.purpose,
        table := pd.DataFrame([FIRM, FIRM | changes]),
        measures(table, RULES, PACKS),
        PACKS.household,
    )
    assert reason_codes(found).tolist() == ["", code]


def test_several_codes_are_joined():
    found = list(judged(RULES.purpose, FIRM | {"term": 37, "section": "K"}).values())
    assert reason_codes(found).tolist() == ["T1|I1"]


def test_a_bound_is_met_exactly_on_it():
    found = judged(RULES.eligibility, *(FIRM | {"max_dpd_24m": days} for days in (60, 61)))
    assert found["arrears"].fails.tolist() == [False, True]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"measure": "luck", "most": 1}, "measure must be one of"),
        ({"measure": "queries_3m"}, "needs a measure and a bound"),
        ({"most": 1}, "needs a measure and a bound"),
        ({}, "name the purposes"),
    ],
)
def test_a_check_that_checks_nothing_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        Check(code="x", title_zh="某", title_en="some", **given)


def test_a_limit_that_no_pack_has_is_named():
    odd = Check(code="x", title_zh="某", title_en="some", measure="dsti_before", most="hope")
    with pytest.raises(ParameterError, match="names the limit 'hope'"):
        judged([odd], FIRM)


def test_the_input_is_not_changed():
    table = pd.DataFrame([FIRM, PERSON])
    before = table.copy()
    outcomes(RULES.eligibility, table, measures(table, RULES, PACKS), PACKS.household)
    pd.testing.assert_frame_equal(table, before)
    assert np.isfinite(measures(table, RULES, PACKS)["amount_over_income"]).all()
