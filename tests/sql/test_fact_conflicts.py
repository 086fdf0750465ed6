from datetime import date, datetime

import pytest

from tests.sql import tables

LAST = date(2026, 9, 30)
QUERIED = datetime(2026, 5, 4, 10)


@pytest.fixture
def bank():
    found = tables.connection()
    tables.fill(found, "branches", {"branch_id": "B1", "region_code": "440300"})
    customer = {"customer_id": "C1", "branch_id": "B1", "opened_on": date(2020, 1, 1)}
    tables.fill(found, "customers", {**customer, "region_code": "440300", "employees": 30})
    return found


def apart(bank, pair):
    rows = tables.query(bank, "fact_conflicts", as_of=LAST, statement_months=18, class_months=12)
    own = rows[rows["fact_pair"] == pair]
    return own[["apart", "times"]].to_numpy().tolist()


def item(code, value, *, name="I1", observed=date(2026, 1, 31), **more):
    received = datetime(2026, 3, 1)
    row = {"item_id": name, "customer_id": "C1", "item_code": code, "value": value}
    return {**row, "observed_on": observed, "received_at": received, **more}


def statement(income, *, end=date(2025, 12, 31), months=12):
    row = {"customer_id": "C1", "period_end": end, "basis": "verified", "period_months": months}
    return {**row, "received_on": date(2026, 2, 1), "income": income}


def test_income_of_a_year_stands_over_invoices_and_twelve_fund_bases(bank):
    tables.fill(bank, "financials", statement(60, months=6))
    items = [item("invoice_sales_12m", 80), item("housing_fund_base", 8, name="I2")]
    tables.fill(bank, "third_party_items", *items)
    assert apart(bank, "income_invoices") == [[1.5, 1]]
    assert apart(bank, "income_fund_base") == [[1.25, 1]]


def test_only_the_newest_figures_of_about_the_same_time_are_compared(bank):
    tables.fill(bank, "financials", statement(100), statement(10, end=date(2024, 12, 31)))
    older = item("invoice_sales_12m", 10, name="I0", observed=date(2025, 1, 31))
    tables.fill(bank, "third_party_items", older, item("invoice_sales_12m", 50))
    assert apart(bank, "income_invoices") == [[2.0, 1]]
    bank.execute("DELETE FROM financials WHERE income = 100")
    bank.execute("UPDATE financials SET period_end = DATE '2024-06-30'")
    assert apart(bank, "income_invoices") == []


def test_staff_stand_over_those_insured(bank):
    tables.fill(bank, "third_party_items", item("social_security_heads", 10))
    assert apart(bank, "staff_insured") == [[3.0, 1]]


def test_an_item_without_a_live_consent_is_left_out(bank):
    tables.fill(bank, "third_party_items", item("social_security_heads", 10, consent_id="A1"))
    consent = {"consent_id": "A1", "customer_id": "C1", "granted_at": datetime(2025, 1, 1)}
    tables.fill(bank, "consents", consent)
    assert apart(bank, "staff_insured") == [[3.0, 1]]
    bank.execute("UPDATE consents SET withdrawn_at = TIMESTAMP '2026-02-01'")
    assert apart(bank, "staff_insured") == []


@pytest.mark.parametrize(
    ("month", "own", "expected"),
    [
        (date(2026, 4, 30), "doubtful", [[2.0, 1]]),
        (date(2026, 4, 30), "special_mention", []),
        (date(2025, 5, 31), "substandard", [[2.0, 1]]),
        (date(2025, 4, 30), "substandard", []),
        (date(2026, 5, 31), "substandard", []),
    ],
)
def test_a_class_counts_in_the_year_before_the_report(bank, month, own, expected):
    report = {"bureau_report_id": "R1", "customer_id": "C1", "queried_at": QUERIED}
    tables.fill(bank, "bureau_reports", {**report, "worst_class": "normal"})
    tables.fill(bank, "loans", {"loan_id": "L1", "customer_id": "C1"})
    tables.fill(bank, "loan_months", {"loan_id": "L1", "month_end": month, "five_class": own})
    assert apart(bank, "own_bureau_class") == expected


def test_a_region_differs_from_that_of_the_branch(bank):
    assert apart(bank, "region_branch") == [[0.0, 1]]
    bank.execute("UPDATE customers SET region_code = '440100'")
    assert apart(bank, "region_branch") == [[1.0, 1]]


def test_lookalikes_agree_in_every_attribute_and_are_still_customers(bank):
    row = {"customer_type": "individual", "opened_on": date(2020, 1, 1), "birth_year": 1980}
    tables.fill(bank, "customers", {**row, "customer_id": "C2", "education": "college"})
    tables.fill(bank, "customers", {**row, "customer_id": "C3", "education": "bachelor"})
    tables.fill(bank, "customers", {**row, "customer_id": "C4", "closed_on": LAST})
    tables.fill(bank, "customers", {**row, "customer_id": "C5", "gender": "female"})
    found = tables.query(bank, "customer_lookalikes", as_of=LAST)
    assert sorted(found["customers"]) == [1, 1, 2]
