"""What segments are formed of is what was known at the end of the month, and no more."""

from datetime import date, datetime

import pytest

from tests.sql.tables import connection, fill, query

MONTH = date(2026, 6, 30)


@pytest.fixture
def bank():
    found = connection()
    fill(
        found,
        "customers",
        {"customer_id": "A", "customer_type": "individual", "opened_on": date(2020, 6, 30)},
        {"customer_id": "B", "customer_type": "individual", "opened_on": date(2026, 7, 1)},
        {
            "customer_id": "C",
            "customer_type": "individual",
            "opened_on": date(2019, 1, 1),
            "closed_on": date(2026, 6, 30),
        },
    )
    months = [(date(2026, 3, 31), 99), (date(2026, 4, 30), 2), (date(2026, 5, 31), 4)]
    months += [(MONTH, 6), (date(2026, 7, 31), 500)]
    for day, logins in months:
        row = {"customer_id": "A", "month_end": day, "digital_logins": logins, "txn_count": logins}
        money = {"deposit_avg": 300, "inflow": 100, "aum_avg": 400, "revenue_to_bank": 10}
        paid = {"payroll_flag": day == MONTH, "products_held": logins}
        fill(found, "account_months", {**row, **money, **paid})
    return found


def only(bank, **more):
    rows = query(bank, "segment_customers", month=MONTH, **more)
    assert rows["customer_id"].tolist() == ["A"]
    return rows.iloc[0]


def test_means_are_of_the_three_months_up_to_the_month(bank):
    row = only(bank)
    assert (row["logins"], row["entries"], row["products"]) == (4, 4, 6)
    assert row["kept"] == pytest.approx(3)
    assert row["payroll"] == "no"
    assert row["earned"] == 40
    assert row["years_here"] == pytest.approx(6, abs=0.01)
    assert row["balance"] == 0


def test_nothing_that_became_known_later_is_used(bank):
    def statement(received, income, period):
        own = {"customer_id": "A", "basis": "audited", "period_months": 12, "total_assets": 1}
        return {**own, "period_end": period, "received_on": received, "income": income}

    early = statement(date(2026, 4, 1), 50, date(2024, 12, 31))
    late = statement(date(2026, 7, 1), 900, date(2025, 12, 31))
    fill(bank, "financials", early, late)
    for number, day, pd_12m in ((1, date(2026, 5, 1), 0.02), (2, date(2026, 8, 1), 0.5)):
        own = {"assessment_id": str(number), "customer_id": "A", "assessed_on": day}
        fill(bank, "risk_assessments", {**own, "pd_12m": pd_12m})
    row = only(bank)
    assert row["revenue"] == 50
    assert row["pd"] == pytest.approx(0.02)


@pytest.mark.parametrize(("withdrawn", "expected"), [(None, 0.25), (datetime(2026, 1, 5), None)])
def test_a_report_without_a_live_consent_is_not_used(bank, withdrawn, expected):
    consent = {"consent_id": "K", "customer_id": "A", "purpose": "credit_review"}
    granted = datetime(2025, 1, 1)
    fill(bank, "consents", {**consent, "granted_at": granted, "withdrawn_at": withdrawn})
    asked = datetime(2026, 2, 1)
    report = {"bureau_report_id": "R", "customer_id": "A", "consent_id": "K", "queried_at": asked}
    fill(bank, "bureau_reports", {**report, "total_balance": 400})
    fill(bank, "loans", {"loan_id": "L", "customer_id": "A"})
    fill(bank, "loan_months", {"loan_id": "L", "month_end": MONTH, "balance": 100, "dpd": 0})
    found = only(bank)["wallet"]
    assert found == pytest.approx(expected) if expected else found != found


def test_assets_go_back_twelve_months_and_no_further(bank):
    rows = query(bank, "segment_aum", month=MONTH)
    assert rows["aum"].tolist() == [400.0] * 4
    assert rows["month_end"].is_monotonic_increasing
