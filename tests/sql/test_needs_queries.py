"""Queries behind the assessment of needs: what was known then, and nothing later."""

from datetime import date

import pytest

from tests.sql import tables
from workbench.data import consent_purposes

AS_OF = date(2026, 9, 30)
PURPOSES = consent_purposes.covered()


@pytest.fixture
def bank():
    found = tables.connection()
    tables.fill(
        found,
        "customers",
        {
            **{"customer_id": "f", "customer_type": "corporate", "size_class": "micro"},
            **{"industry_code": "C33", "region_code": "990104", "opened_on": "2020-01-01"},
            "founded_year": 2015,
        },
        {
            **{"customer_id": "p", "customer_type": "individual", "opened_on": "2020-01-01"},
            **{"birth_year": 1980, "industry_code": "F52"},
        },
        {"customer_id": "gone", "customer_type": "individual", "opened_on": "2020-01-01"}
        | {"closed_on": "2026-09-30"},
    )
    tables.fill(
        found,
        "products",
        {"product_id": "W", "product_type": "working_capital"},
        {"product_id": "X", "product_type": "fixed_asset"},
        {"product_id": "H", "product_type": "mortgage"},
    )
    tables.fill(
        found,
        "consents",
        {
            **{"consent_id": "k", "customer_id": "f", "purpose": "bureau_query"},
            "granted_at": "2025-01-01 09:00:00",
        },
        {
            **{"consent_id": "m", "customer_id": "f", "purpose": "marketing"},
            "granted_at": "2025-01-01 09:00:00",
        },
    )
    return found


def statement(found, year, received, customer="f", **given):
    row = {
        **{"customer_id": customer, "period_end": f"{year}-12-31", "basis": "unaudited"},
        **{"period_months": 12, "received_on": received, "income": 1000, "inventory": 100},
        **given,
    }
    tables.fill(found, "financials", row)


def report(found, number, at, consent="k", reason="post_loan", owed=500):
    tables.fill(
        found,
        "bureau_reports",
        {
            **{"bureau_report_id": number, "customer_id": "f", "consent_id": consent},
            **{"queried_at": at, "query_reason": reason, "total_balance": owed},
            **{"max_dpd_24m": 0, "queries_3m": 0},
        },
    )


def owed(found, name, product, balance, customer="f", month="2026-09-30"):
    tables.fill(
        found,
        "loans",
        {
            **{"loan_id": name, "customer_id": customer, "product_id": product},
            **{"disbursed_on": "2025-10-15", "matures_on": "2027-10-15", "rate_type": "floating"},
            "repayment_method": "equal_instalment",
        },
    )
    tables.fill(
        found,
        "loan_months",
        {"loan_id": name, "month_end": month, "balance": balance, "rate": 0.04, "dpd": 0}
        | {"five_class": "normal", "written_off_amount": 0},
    )


def customers(found, recent=12):
    rows = tables.query(found, "need_customers", as_of=AS_OF, recent=recent, purposes=PURPOSES)
    return rows.set_index("customer_id")


def test_who_has_left_is_no_customer_and_a_person_has_no_industry(bank):
    found = customers(bank)
    assert list(found.index) == ["f", "p"]
    assert found["section"].tolist()[0] == "C"
    assert found["section"].isna().tolist() == [False, True]


def test_a_statement_counts_from_the_day_it_was_received(bank):
    statement(bank, 2024, "2025-04-01")
    statement(bank, 2025, "2026-10-01", income=2000)
    assert customers(bank).loc["f", "income"] == 1000
    bank.execute("update financials set received_on = '2026-09-30' where income = 2000")
    assert customers(bank).loc["f", "income"] == 2000


def test_balances_are_means_over_two_years_where_both_are_known(bank):
    statement(bank, 2025, "2026-04-01")
    assert customers(bank).loc["f", ["inventory", "averaged"]].tolist() == [100, 0]
    statement(bank, 2024, "2025-04-01", income=800, inventory=300)
    found = customers(bank).loc["f"]
    assert (found["inventory"], found["averaged"]) == (200, 1)
    assert found["growth"] == pytest.approx(0.25)
    # A statement of two years before is no opening balance.
    bank.execute("update financials set period_end = '2023-12-31' where income = 800")
    assert customers(bank).loc["f", "averaged"] == 0


def test_statements_of_a_quarter_are_not_yearly_ones(bank):
    statement(bank, 2025, "2026-04-01", period_months=3)
    assert customers(bank)["income"].isna().all()


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"at": "2025-10-01 09:00:00"}, True),
        ({"at": "2025-09-30 09:00:00"}, False),
        ({"at": "2026-10-01 09:00:00"}, False),
        ({"at": "2026-09-30 23:00:00"}, True),
        ({"at": "2026-06-01 09:00:00", "consent": "m"}, False),
        ({"at": "2026-06-01 09:00:00", "consent": "none"}, False),
        ({"at": "2026-06-01 09:00:00", "reason": "other"}, False),
    ],
)
def test_a_report_counts_when_recent_and_under_a_consent_for_it(bank, given, known):
    report(bank, "1", **given)
    assert customers(bank)["owed_everywhere"].notna()["f"] == known


def test_a_report_after_the_consent_was_withdrawn_does_not_count(bank):
    report(bank, "1", "2026-06-01 09:00:00")
    bank.execute("update consents set withdrawn_at = '2026-05-31 09:00:00' where consent_id = 'k'")
    assert customers(bank)["owed_everywhere"].isna().all()


def test_what_is_owed_here_is_that_of_the_day_and_projects_stand_apart(bank):
    owed(bank, "1", "W", 70)
    owed(bank, "2", "X", 30)
    owed(bank, "3", "W", 999, month="2026-08-31")
    found = customers(bank).loc["f"]
    assert (found["owed_here"], found["projects_here"]) == (100, 30)


def test_loans_of_private_customers_with_what_is_left_of_them(bank):
    owed(bank, "1", "H", 50, customer="p")
    owed(bank, "2", "W", 50)
    tables.fill(
        bank,
        "collaterals",
        {"collateral_id": "1", "loan_id": "1", "appraised_value": 90, "appraised_on": "2026-01-01"},
        {"collateral_id": "2", "loan_id": "1", "appraised_value": 40, "appraised_on": "2026-10-01"},
    )
    found = tables.query(bank, "need_loans", as_of=AS_OF)
    assert found["loan_id"].tolist() == ["1"]
    row = found.iloc[0]
    assert (row["months_left"], row["floating"], row["security_value"]) == (13, 1, 90)


def application(found, name, at, **given):
    row = {
        **{"application_id": name, "customer_id": "f", "product_id": "W", "applied_at": at},
        **{"purpose": "working_capital", "decision": "declined", "decline_reason": "capacity"},
        **{"requested_amount": 100, "requested_term_m": 12, "decided_at": at},
        **given,
    }
    tables.fill(found, "applications", row)


def asked(found, months=12):
    rows = tables.query(
        found, "need_applications", as_of=AS_OF, months=months, recent=12, purposes=PURPOSES
    )
    return rows.set_index("application_id")


def test_only_decided_applications_of_the_months_are_looked_at(bank):
    application(bank, "in", "2025-10-01 09:00:00")
    application(bank, "early", "2025-09-30 09:00:00")
    application(bank, "open", "2026-01-01 09:00:00", decision="pending", decided_at=None)
    application(bank, "left", "2026-01-01 09:00:00", decision="withdrawn")
    assert list(asked(bank).index) == ["in"]


def test_an_application_is_judged_by_what_was_known_when_it_was_made(bank):
    application(bank, "a", "2026-03-15 09:00:00", decided_at="2026-03-20 09:00:00")
    statement(bank, 2024, "2025-04-01")
    statement(bank, 2025, "2026-03-16", income=2000)
    report(bank, "1", "2026-03-19 09:00:00", owed=500)
    report(bank, "2", "2026-03-21 09:00:00", owed=900)
    owed(bank, "1", "W", 120, month="2026-02-28")
    row = asked(bank).loc["a"]
    assert row["income"] == 1000
    assert row["statement_months"] == 15
    assert row["owed_elsewhere"] == 380
    assert row["years_founded"] == 11


def test_a_book_has_what_firms_owed_then_and_now_and_who_defaulted_since(bank):
    owed(bank, "1", "W", 70)
    for month, balance, dpd in (("2025-09-30", 90, 0), ("2026-03-31", 80, 91)):
        tables.fill(
            bank,
            "loan_months",
            {"loan_id": "1", "month_end": month, "balance": balance, "rate": 0.04, "dpd": dpd}
            | {"five_class": "normal", "written_off_amount": 0},
        )
    row = tables.query(bank, "need_book", as_of=AS_OF, overdue_days=90).iloc[0]
    assert (row["balance"], row["balance_before"]) == (70, 90)
    assert (row["performed"], row["defaulted"]) == (1, 1)


def test_the_market_is_the_newest_quarter_published_and_the_one_a_year_before(bank):
    usual = {"series_code": "SYSTEM_LOANS", "region_code": "990100", "size_class": "ALL"}
    for end, published, value in (
        ("2025-06-30", "2025-07-17", 4.0),
        ("2026-06-30", "2026-07-17", 5.0),
        ("2026-09-30", "2026-10-17", 9.0),
    ):
        row = {"industry_code": "C", "period_end": end, "published_on": published}
        tables.fill(bank, "market_series", usual | row | {"value": value})
    found = tables.query(bank, "market_loans", as_of=AS_OF).iloc[0]
    assert (found["market"], found["market_before"]) == (5e8, 4e8)
