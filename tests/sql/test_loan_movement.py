"""What became of each loan between two month ends, by a worked example."""

from datetime import date

import pytest

from tests.sql import tables

FROM, TO = date(2026, 8, 31), date(2026, 9, 30)
LOANS = {
    # loan: (balance before, class before, balance now, class now, written off, closed on, how)
    "new": (None, None, 90, "normal", 0, None, None),
    "drawn": (50, "normal", 80, "normal", 0, None, None),
    "repaid": (100, "normal", 95, "special_mention", 0, None, None),
    "partly": (100, "doubtful", 60, "doubtful", 40, None, None),
    "matured": (30, "normal", 0, "normal", 0, date(2026, 9, 10), "matured"),
    "lost": (20, "loss", 0, "loss", 20, date(2026, 9, 12), "written_off"),
    "sold": (10, "substandard", None, None, 0, date(2026, 9, 13), "transferred"),
    "open": (7, "normal", None, None, 0, None, None),
}


@pytest.fixture
def found():
    bank = tables.connection()
    tables.fill(
        bank, "customers", {"customer_id": "C", "customer_type": "corporate", "size_class": "micro"}
    )
    tables.fill(bank, "products", {"product_id": "P", "product_type": "mortgage"})
    for loan, (before, was, now, is_now, lost, closed, how) in LOANS.items():
        tables.fill(
            bank,
            "loans",
            {"loan_id": loan, "customer_id": "C", "product_id": "P", "branch_id": "B"}
            | {"disbursed_on": date(2025, 1, 1), "closed_on": closed, "close_type": how},
        )
        for day, balance, five_class, amount in ((FROM, before, was, 0), (TO, now, is_now, lost)):
            if balance is not None:
                row = {"loan_id": loan, "month_end": day, "balance": balance}
                row |= {"five_class": five_class, "written_off_amount": amount}
                tables.fill(bank, "loan_months", row)
    return tables.query(bank, "loan_movement", **{"from": FROM, "to": TO})


def by(found, name):
    return {(row["way"], row["cause"]): row[name] for row in found.to_dict("records")}


def test_every_loan_goes_one_way(found):
    assert by(found, "loans") == {
        ("entered", "new"): 1,
        ("stayed", "drawn"): 1,
        ("stayed", "repaid"): 2,
        ("left", "matured"): 2,
        ("left", "written_off"): 1,
        ("left", "transferred"): 1,
    }
    assert set(found["segment"]) == {"micro"}


def test_balances_and_losses_are_those_of_the_loans(found):
    assert by(found, "balance_before")["stayed", "repaid"] == 200
    assert by(found, "balance_now")["stayed", "repaid"] == 155
    assert by(found, "written_off") == {
        ("entered", "new"): 0,
        ("stayed", "drawn"): 0,
        ("stayed", "repaid"): 40,
        ("left", "matured"): 0,
        ("left", "written_off"): 20,
        ("left", "transferred"): 0,
    }
    assert found["balance_before"].sum() == 317
    assert found["balance_now"].sum() == 325


def test_what_is_non_performing_is_counted_at_each_end(found):
    assert by(found, "npl_before")["stayed", "repaid"] == 100
    assert by(found, "npl_now")["stayed", "repaid"] == 60
    assert by(found, "npl_before")["left", "transferred"] == 10
