"""The owner's file of the UCI credit-default data goes through intake as published."""

import pytest

from workbench.data.bank import open_bank
from workbench.data.intake import take_in

LATE_ONE_MONTH = [0, 0, 2, 4, 28, 3688]
"""Rows with status 1, April to September, as counted in the owner's file."""


@pytest.fixture(scope="module")
def bank(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uci")
    take_in([real_data / "raw" / "uci_taiwan_default.csv"], folder)
    return open_bank(folder)


def test_every_row_comes_in(bank):
    sizes = {name: len(bank.table(name)) for name in ("customers", "loans", "loan_months")}
    assert sizes == {"customers": 30_000, "loans": 30_000, "loan_months": 180_000}


def test_the_default_rate_is_the_published_one(bank):
    defaulted = bank.table("default_outcomes")["defaulted"]
    assert defaulted.sum() == 6_636
    assert round(defaulted.mean(), 4) == 0.2212


def test_the_status_of_the_source_is_kept_as_it_was_written(bank):
    months = bank.table("loan_months")
    ones = (months["source_status"] == "1").groupby(months["month_end"]).sum()
    assert ones.tolist() == LATE_ONE_MONTH
    assert set(months["dpd"]) == {30 * late for late in range(9)}


def test_undocumented_codes_are_unknown_not_guessed(bank):
    customers = bank.table("customers")
    assert (customers["education"] == "unknown").sum() == 123 + 345
    assert (customers["marital_status"] == "unknown").sum() == 323 + 54


def test_credit_balances_stay_negative(bank):
    assert (bank.table("loan_months")["balance"] < 0).sum() == 3_932
