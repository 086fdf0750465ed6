"""Loans in default, what was recovered of them, lines, and what followed an assessment."""

from datetime import date

import pandas as pd
import pytest

from tests.sql.tables import connection, fill, query

AS_OF = date(2026, 6, 30)
DAYS = 90


def month_end(number):
    """Return the end of month `number` of 2025, which may lie in later years."""
    return (pd.Timestamp("2024-12-31") + pd.offsets.MonthEnd(number)).date()


@pytest.fixture
def bank():
    found = connection()
    fill(
        found,
        "customers",
        {"customer_id": "F", "customer_type": "corporate", "size_class": "small"},
        {"customer_id": "P", "customer_type": "individual"},
    )
    fill(
        found,
        "products",
        {"product_id": "M", "product_type": "mortgage"},
        {"product_id": "W", "product_type": "working_capital"},
    )
    return found


def add(bank, loan, months, *, customer="F", product="W", security="credit", **more):
    """Add a loan whose months are given as number → (balance, dpd, class, recovered, off)."""
    terms = {"loan_id": loan, "customer_id": customer, "product_id": product}
    fill(
        bank,
        "loans",
        {**terms, "main_security": security, "disbursed_on": date(2024, 1, 1), **more},
    )
    for number, (balance, dpd, five_class, recovered, off) in months.items():
        row = {"loan_id": loan, "month_end": month_end(number), "balance": balance, "dpd": dpd}
        row |= {"five_class": five_class, "recovered_amount": recovered, "rate": 0.06}
        fill(bank, "loan_months", {**row, "written_off_amount": off})


def sound(balance=100):
    return (balance, 0, "normal", 0, 0)


def bad(balance=100, recovered=0, off=0):
    return (balance, 120, "substandard", recovered, off)


def defaults(bank, as_of=AS_OF):
    return query(bank, "defaulted_loans", overdue_days=DAYS, as_of=as_of).set_index("loan_id")


def test_a_loan_is_in_default_from_its_first_bad_month(bank):
    add(bank, "L", {1: sound(), 2: (90, 91, "special_mention", 0, 0), 3: bad(80)})
    row = defaults(bank).loc["L"]
    assert row["defaulted_on"] == pd.Timestamp("2025-02-28")
    assert (row["exposure"], row["rate"], row["observed_months"]) == (90, 0.06, 16)
    assert (row["segment"], row["cured_month"]) == ("small", 0)


def test_exactly_ninety_days_is_no_default(bank):
    add(bank, "L", {1: sound(), 2: (90, 90, "special_mention", 0, 0)})
    assert defaults(bank).empty


def test_a_loan_in_default_when_first_seen_is_left_out(bank):
    add(bank, "L", {1: bad(), 2: bad()})
    assert defaults(bank).empty


def test_what_is_not_known_on_the_day_does_not_count(bank):
    add(bank, "L", {1: sound(), 8: bad(), 10: sound()})
    assert defaults(bank, date(2025, 7, 31)).empty
    assert defaults(bank, date(2025, 9, 30)).loc["L", "cured_month"] == 0
    assert defaults(bank, date(2025, 10, 31)).loc["L", "cured_month"] == 2


def test_a_loan_that_ends_in_its_month_of_default_owed_what_it_did_before(bank):
    add(bank, "L", {1: sound(70), 2: (0, 120, "loss", 0, 70)}, closed_on=date(2025, 2, 28))
    bank.execute("UPDATE loans SET close_type = 'written_off'")
    row = defaults(bank).loc["L"]
    assert (row["exposure"], row["ended"]) == (70, "written_off")


def test_security_is_what_it_was_last_appraised_at_before_default_less_prior_claims(bank):
    add(bank, "L", {1: sound(), 4: bad()}, customer="P", product="M", security="mortgage")
    values = [("K1", 500, "2024-05-01", 40), ("K1", 300, "2025-04-30", 40)]
    values += [("K1", 900, "2025-05-01", 0), ("K2", 20, "2024-05-01", None)]
    for name, value, day, claims in values:
        own = {"collateral_id": name, "loan_id": "L", "appraised_value": value}
        fill(bank, "collaterals", {**own, "appraised_on": day, "prior_claims": claims})
    row = defaults(bank).loc["L"]
    assert (row["segment"], row["security_value"]) == ("mortgage", 300 - 40 + 20)


def test_recoveries_are_listed_by_month_up_to_the_day(bank):
    add(bank, "L", {1: sound(), 2: bad(), 3: bad(60, recovered=40), 20: bad(0, recovered=5)})
    found = query(bank, "recoveries", as_of=AS_OF)
    assert found["recovered"].tolist() == [40]


def line(bank, months, limit=200, loan="A", facility="C"):
    fill(bank, "facilities", {"facility_id": facility, "customer_id": "F", "credit_limit": limit})
    bank.execute("UPDATE facilities SET revolving = TRUE")
    add(bank, loan, months, facility_id=facility)


def lines(bank):
    return query(bank, "defaulted_lines", overdue_days=DAYS, as_of=AS_OF, months=12)


def test_a_line_is_looked_at_a_year_before_all_its_loans_together(bank):
    line(bank, {1: sound(80), 13: bad(90)})
    add(bank, "B", {1: sound(20), 13: sound(40)}, facility_id="C")
    (row,) = lines(bank).to_dict("records")
    assert (row["drawn"], row["exposure"], row["credit_limit"]) == (100, 130, 200)


def test_a_line_that_was_not_there_a_year_before_is_left_out(bank):
    line(bank, {3: sound(80), 13: bad(90)})
    assert lines(bank).empty


def assess(bank, day, **more):
    own = {"assessment_id": f"E{day}", "customer_id": "F", "assessed_on": day}
    given = {"model_id": "m", "model_version": "1", "pd_12m": 0.02, "risk_grade": "A"}
    fill(bank, "risk_assessments", {**own, **given, "next_review_on": "2027-01-31", **more})


def outcomes(bank):
    found = query(bank, "assessment_outcomes", overdue_days=DAYS, as_of=AS_OF, horizon=12)
    return found.set_index("assessment_id")


@pytest.mark.parametrize(("fails_in", "defaulted"), [(7, 1), (18, 1), (19, 0)])
def test_a_default_within_a_year_of_the_assessment_counts(bank, fails_in, defaulted):
    add(bank, "L", {6: sound(), fails_in: bad()})
    assess(bank, "2025-06-30")
    row = outcomes(bank).loc["E2025-06-30"]
    assert (row["outcome_known"], row["borrows"]) == (1, 1)
    assert row["defaulted"] == defaulted


def test_an_outcome_that_is_not_over_is_missing(bank):
    add(bank, "L", {7: sound(), 9: bad()})
    assess(bank, "2025-07-31")
    row = outcomes(bank).loc["E2025-07-31"]
    assert row["outcome_known"] == 0
    assert pd.isna(row["defaulted"])


def test_who_has_no_performing_loan_on_the_day_has_no_outcome(bank):
    add(bank, "L", {6: bad(), 8: bad()}, closed_on=date(2026, 1, 31))
    assess(bank, "2025-06-30")
    row = outcomes(bank).loc["E2025-06-30"]
    assert pd.isna(row["defaulted"])
    assert row["borrows"] == 0


def test_customers_in_default_are_those_with_a_live_loan_in_it(bank):
    add(bank, "L", {18: bad()})
    add(bank, "N", {18: sound()}, customer="P")
    found = query(bank, "customers_in_default", overdue_days=DAYS, as_of=AS_OF)
    assert found["customer_id"].tolist() == ["F"]
