"""Queries behind pricing: what was known when a loan was made, and nothing later."""

from datetime import date

import pytest

from tests.sql import tables
from workbench import sql

AS_OF = date(2026, 6, 30)


@pytest.fixture
def bank():
    found = tables.connection()
    tables.fill(
        found,
        "customers",
        {"customer_id": "p", "customer_type": "individual", "branch_id": "B1"},
        {"customer_id": "f", "customer_type": "corporate", "size_class": "micro"},
    )
    tables.fill(
        found,
        "products",
        {"product_id": "C", "product_type": "consumer"},
        {"product_id": "H", "product_type": "mortgage"},
    )
    for code, value in (("LPR1Y", 0.031), ("LPR5Y", 0.036)):
        tables.fill(
            found,
            "market_series",
            *(
                {
                    **{"series_code": code, "industry_code": "ALL", "region_code": "ALL"},
                    **{"size_class": "ALL", "period_end": end, "published_on": day},
                    "value": value - step,
                }
                for end, day, step in (
                    ("2026-04-30", "2026-04-20", 0.0),
                    ("2026-05-31", "2026-05-20", 0.001),
                )
            ),
        )
    return found


def loan(found, name, day, **given):
    row = {
        **{"loan_id": name, "customer_id": "p", "product_id": "C", "disbursed_on": day},
        **{"matures_on": "2027-05-15", "principal": 1000, "rate_at_origination": 0.05},
        **{"risk_grade_at_origination": "B1", "rate_type": "fixed"},
        **given,
    }
    tables.fill(found, "loans", row)


def priced(found, months=12):
    rows = tables.query(found, "priced_loans", as_of=AS_OF, months=months)
    return rows.set_index("loan_id")


def test_the_prime_rate_is_the_one_published_by_the_day(bank):
    loan(bank, "before", "2026-05-19")
    loan(bank, "on", "2026-05-20")
    loan(bank, "long", "2026-05-20", matures_on="2046-05-20", product_id="H")
    found = priced(bank)["prime"]
    assert found.to_dict() == pytest.approx({"before": 0.031, "on": 0.030, "long": 0.035})


def test_only_assessments_of_before_count_and_the_newest_of_them(bank):
    loan(bank, "x", "2026-05-15")
    usual = {"customer_id": "p", "risk_grade": "B1", "model_id": "m", "model_version": "1"}
    for number, day, chance in (
        ("1", "2025-12-31", 0.01),
        ("2", "2026-05-15", 0.02),
        ("3", "2026-05-16", 0.9),
    ):
        tables.fill(
            bank,
            "risk_assessments",
            {**usual, "assessment_id": number, "assessed_on": day, "pd_12m": chance, "lgd": 0.4},
        )
    assert priced(bank).loc["x", "pd"] == 0.02


def test_deposits_are_those_of_the_year_before_with_their_months(bank):
    loan(bank, "x", "2026-05-15")
    for end, amount in (("2025-04-30", 900), ("2025-05-31", 100), ("2026-04-30", 300)):
        tables.fill(
            bank, "account_months", {"customer_id": "p", "month_end": end, "deposit_avg": amount}
        )
    tables.fill(
        bank, "account_months", {"customer_id": "p", "month_end": "2026-05-31", "deposit_avg": 5000}
    )
    found = priced(bank).loc["x"]
    assert found["deposit_months"] == 2
    assert found["deposits"] == 200


def test_an_appraisal_of_later_and_prior_claims_do_not_count(bank):
    loan(bank, "x", "2026-05-15")
    for number, day, value, prior in (
        ("1", "2026-05-01", 5000, 1000),
        ("2", "2026-05-16", 9000, None),
    ):
        tables.fill(
            bank,
            "collaterals",
            {
                **{"collateral_id": number, "loan_id": "x", "appraised_on": day},
                **{"appraised_value": value, "prior_claims": prior},
            },
        )
    assert priced(bank).loc["x", "security_value"] == 4000


def test_what_is_owed_is_what_is_live_that_day_and_lines_count_in_full(bank):
    tables.fill(bank, "facilities", {"facility_id": "F", "revolving": True, "credit_limit": 5000})
    loan(bank, "paid", "2025-01-01", closed_on="2026-05-15")
    loan(bank, "live", "2025-01-01", facility_id="F", principal=2000)
    loan(bank, "x", "2026-05-15")
    loan(bank, "later", "2026-05-16")
    found = priced(bank).loc["x"]
    assert (found["owed"], found["line"]) == (3000, 6000)


def test_only_loans_of_the_last_months_are_priced(bank):
    loan(bank, "old", "2025-06-30")
    loan(bank, "new", "2025-07-01")
    loan(bank, "future", "2026-07-01")
    assert list(priced(bank).index) == ["new"]


def test_a_list_price_is_that_of_product_grade_amount_term_and_day(bank):
    loan(bank, "x", "2026-05-15", base_rate_code="LPR1Y")
    usual = {"product_id": "C", "risk_grade": "B1", "amount_from": 0, "term_from_m": 1}
    usual |= {"base_rate_code": "LPR1Y", "valid_from": "2026-01-01"}
    for number, change in enumerate(
        (
            {"spread_bp": 90},
            {"spread_bp": 1, "risk_grade": "A1"},
            {"spread_bp": 2, "amount_from": 1001},
            {"spread_bp": 3, "term_from_m": 13},
            {"spread_bp": 4, "valid_from": "2026-05-16"},
            {"spread_bp": 5, "base_rate_code": "FIXED"},
            {"spread_bp": 6, "valid_to": "2026-05-14"},
        )
    ):
        tables.fill(bank, "price_list", {**usual, "price_id": str(number), **change})
    assert priced(bank).loc["x", "list_bp"] == 90


def test_offers_are_the_decided_applications_of_the_months(bank):
    for name, day in (("a", "2026-06-30 23:00:00"), ("b", "2026-03-30 12:00:00"), ("c", None)):
        tables.fill(
            bank,
            "applications",
            {
                **{"application_id": name, "customer_id": "f", "product_id": "C"},
                **{"decided_at": day, "decision": "approved", "requested_term_m": 12},
            },
        )
    found = tables.query(bank, "price_offers", as_of=AS_OF, months=3)
    assert found["application_id"].tolist() == ["a"]
    assert found["segment"].tolist() == ["micro"]


def test_a_loan_performed_a_year_ago_and_defaulted_since(bank):
    loan(bank, "bad", "2025-01-01")
    loan(bank, "good", "2025-01-01", closed_on="2026-01-31")
    loan(bank, "worse", "2025-01-01")
    loan(bank, "gone", "2024-01-01", closed_on="2025-06-30")
    for name, end, days in (
        ("bad", "2025-06-30", 0),
        ("bad", "2026-06-30", 91),
        ("good", "2025-06-30", 0),
        ("worse", "2025-06-30", 91),
        ("worse", "2026-06-30", 91),
    ):
        tables.fill(
            bank,
            "loan_months",
            {"loan_id": name, "month_end": end, "balance": 10, "dpd": days, "rate": 0.05},
        )
    found = tables.query(bank, "product_loans", as_of=AS_OF, overdue_days=90).set_index("loan_id")
    assert sorted(found.index) == ["bad", "good", "worse"]
    assert found["performed"].to_dict() == {"bad": 1, "good": 1, "worse": 0}
    assert found["defaulted"].to_dict() == {"bad": 1, "good": 0, "worse": 1}
    assert found["live"].to_dict() == {"bad": 1, "good": 0, "worse": 1}
    assert found["balance"].to_dict() == {"bad": 10, "good": 0, "worse": 10}


def test_a_person_with_a_home_loan_is_a_mortgage_customer_with_all_loans(bank):
    loan(bank, "home", "2025-01-01", product_id="H")
    loan(bank, "car", "2026-01-01")
    found = tables.query(bank, "product_loans", as_of=AS_OF, overdue_days=90)
    assert set(found["segment"]) == {"mortgage"}


@pytest.mark.parametrize("begins", ["prime as (", "    case\n        when c.customer_type"])
def test_loans_and_offers_take_prime_rate_and_segment_alike(begins):
    """Each query runs alone, on any database: what both need is written twice, and is the same."""
    ends = {"prime as (": "\n),", "    case\n        when c.customer_type": "end as segment"}
    found = []
    for name in ("priced_loans", "price_offers"):
        query = sql.text(name)
        start = query.index(begins)
        found.append(query[start : query.index(ends[begins], start)])
    assert len(found[0]) > 100
    assert found[0] == found[1]
