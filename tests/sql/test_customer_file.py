"""Which fact applies to whom, and when it is too old."""

from datetime import date, datetime

import pytest

from tests.sql import tables
from workbench import settings

TODAY = date(2026, 9, 30)
AGES = settings.rulepack("customer-file")["ages"]
FACTS = [fact["name"] for fact in settings.rulepack("customer-file")["fact"]]


@pytest.fixture
def bank():
    made = tables.connection()
    for name, kind in (("P", "individual"), ("F", "corporate"), ("O", "business_owner")):
        tables.fill(made, "customers", {"customer_id": name, "customer_type": kind})
        row = {"loan_id": f"L{name}", "customer_id": name, "disbursed_on": date(2025, 1, 1)}
        tables.fill(made, "loans", {**row, "main_security": "credit"})
    return made


def files(bank):
    found = tables.query(bank, "customer_file", as_of=TODAY, **AGES)
    return found.set_index("customer_id")


def test_every_fact_of_the_rule_pack_is_a_column(bank):
    assert set(FACTS) <= set(files(bank).columns)


def test_facts_apply_to_some_customers_only(bank):
    found = files(bank)
    applies = {name: set(found.index[found[name].notna()]) for name in FACTS}
    assert applies["occupation"] == applies["education"] == applies["housing"] == {"P", "O"}
    assert applies["industry"] == {"F", "O"}
    assert applies["employees"] == applies["ownership"] == applies["representative"] == {"F"}
    assert applies["appraisal"] == set()
    assert applies["statement"] == applies["contact"] == {"P", "F", "O"}


def test_only_borrowers_with_a_live_loan_have_a_file(bank):
    bank.execute(f"UPDATE loans SET closed_on = DATE '{TODAY}' WHERE customer_id = 'P'")
    bank.execute("UPDATE loans SET disbursed_on = DATE '2026-10-01' WHERE customer_id = 'F'")
    assert list(files(bank).index) == ["O"]


@pytest.mark.parametrize(
    ("table", "row", "fact", "there"),
    [
        ("financials", {"received_on": date(2025, 3, 30)}, "statement", 1),
        ("financials", {"received_on": date(2025, 3, 29)}, "statement", 0),
        ("financials", {"received_on": date(2026, 10, 1)}, "statement", 0),
        ("financials", {"period_end": date(2025, 3, 30)}, "statement", 1),
        ("bureau_reports", {"queried_at": datetime(2025, 9, 30, 23)}, "bureau", 1),
        ("bureau_reports", {"queried_at": datetime(2025, 9, 29, 23)}, "bureau", 0),
        ("bureau_reports", {"queried_at": datetime(2026, 10, 1)}, "bureau", 0),
        ("third_party_items", {"received_at": datetime(2025, 9, 30)}, "third_party", 1),
        ("account_months", {"month_end": date(2026, 8, 30)}, "account", 1),
        ("account_months", {"month_end": date(2026, 8, 29)}, "account", 0),
        ("interactions", {"started_at": datetime(2026, 4, 3)}, "contact", 1),
        ("interactions", {"started_at": datetime(2026, 4, 2, 23)}, "contact", 0),
    ],
)
def test_a_fact_counts_from_the_day_the_bank_knew_it_until_it_is_too_old(
    bank, table, row, fact, there
):
    tables.fill(bank, table, {"customer_id": "P", **row})
    found = files(bank)
    assert found.loc["P", fact] == there
    assert found.loc["F", fact] == 0


def test_a_rating_counts_until_its_next_review(bank):
    for name, due in (("P", TODAY), ("F", date(2026, 9, 29))):
        row = {"customer_id": name, "assessed_on": date(2025, 9, 1), "next_review_on": due}
        tables.fill(bank, "risk_assessments", row)
    assert files(bank)["rating"].to_dict() == {"P": 1, "F": 0, "O": 0}


def test_the_oldest_appraisal_of_secured_loans_decides(bank):
    bank.execute("UPDATE loans SET main_security = 'mortgage' WHERE customer_id IN ('P', 'F')")
    for name, day in (("P", date(2025, 9, 30)), ("F", date(2026, 1, 1)), ("F", date(2020, 1, 1))):
        row = {"collateral_id": f"{name}{day}", "loan_id": f"L{name}", "appraised_on": day}
        tables.fill(bank, "collaterals", row)
    found = files(bank)["appraisal"]
    assert found.dropna().to_dict() == {"P": 1, "F": 0}


def test_every_live_loan_needs_its_schedule(bank):
    tables.fill(bank, "loans", {"loan_id": "LP2", "customer_id": "P", "disbursed_on": TODAY})
    for loan in ("LP", "LF"):
        tables.fill(bank, "repayment_schedule", {"loan_id": loan, "instalment_no": 1})
    assert files(bank)["schedule"].to_dict() == {"P": 0, "F": 1, "O": 0}


def test_unknown_is_not_on_file(bank):
    values = "education = 'unknown', occupation_class = '2', housing_status = 'owner'"
    bank.execute(f"UPDATE customers SET {values}, preferred_channel = 'app'")
    found = files(bank).loc["P"]
    assert found[["education", "occupation", "housing", "channel_known"]].tolist() == [0, 1, 1, 1]
