"""Readings at earlier month ends are the ones that reading each month by itself gives."""

from datetime import date

import pytest

from workbench import settings
from workbench.data import demo, kpi, kpi_history
from workbench.data.bank import open_bank
from workbench.errors import ParameterError

CODES = ["LOAN_BAL", "NPL_RATIO", "BORROWERS", "WAVG_RATE"]


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


def test_every_month_has_the_value_of_the_catalogue(bank):
    closing = kpi_history.newest_month(bank)
    found = kpi_history.history(bank, CODES, closing, 3)
    assert len(found) == 16
    for row in found.to_dict("records"):
        day = row["month_end"].date()
        assert row["value"] == pytest.approx(kpi.kpi(bank, row["code"], at=day), rel=1e-12)


def test_the_bank_is_as_it_was_afterwards(bank):
    before = bank.connection.sql("SELECT count(*) FROM loan_months").fetchall()
    kpi_history.history(bank, ["LOAN_BAL"], date(2026, 8, 31), 1)
    assert bank.connection.sql("SELECT count(*) FROM loan_months").fetchall() == before
    kinds = bank.connection.sql(
        "SELECT table_type FROM information_schema.tables WHERE table_name = 'loan_months'"
    ).fetchall()
    assert kinds == [("VIEW",)]


def test_months_before_the_bank_had_loans_are_left_out(bank):
    found = kpi_history.history(bank, ["LOAN_BAL"], date(2022, 12, 31), 6)
    assert [str(day)[:7] for day in found["month_end"]] == ["2022-10", "2022-11", "2022-12"]


def test_only_facts_of_the_ledger_at_a_moment_have_such_a_history(bank):
    with pytest.raises(ParameterError, match="NPL_FORMATION is not a value"):
        kpi_history.history(bank, ["NPL_FORMATION"], date(2026, 8, 31), 1)


def test_the_target_in_force_is_taken(bank):
    found = kpi_history.targets(bank, date(2026, 9, 30)).set_index("code")
    assert found.index.is_unique
    table = bank.table("kpi_targets")
    (one,) = table[
        (table["kpi_code"] == "NPL_RATIO")
        & (table["scope"] == "ALL")
        & (table["valid_from"] <= "2026-09-30")
        & ~(table["valid_to"] < "2026-09-30")
    ]["target_value"]
    assert found.loc["NPL_RATIO", "target"] == one
