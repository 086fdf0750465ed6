"""What management looks at, read once: windows that compare, a ledger that begins late."""

from datetime import date

import pandas as pd
import pytest

from workbench.data import demo, kpi
from workbench.data.bank import open_bank
from workbench.data.month_figures import month_figures, readings
from workbench.errors import DataError

CODES = ("NPL_RATIO", "MIG_SM", "WARN_RECALL")


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month") / "bank"
    demo.build(folder, customers=400, months=24)
    return open_bank(folder)


@pytest.fixture(scope="module")
def found(bank):
    return month_figures(bank, CODES)


def test_kpis_are_those_of_the_catalogue_and_a_year_to_date_is_not_compared(bank, found):
    own = found.readings.set_index("code")
    for code in CODES:
        assert own.loc[code, "value"] == pytest.approx(kpi.kpi(bank, code), abs=1e-12)
    before = found.closing.replace(day=1) - pd.Timedelta(days=1)
    assert own.loc["NPL_RATIO", "before"] == pytest.approx(kpi.kpi(bank, "NPL_RATIO", at=before))
    assert own.loc["MIG_SM", ["before", "year_start"]].isna().all()


def test_what_moved_non_performing_loans_leads_from_one_balance_to_the_other(found):
    now = found.months["npl"].iloc[-1]
    assert found.since == date(found.closing.year - 1, 12, 31)
    assert found.npl_before + found.flows["amount"].sum() == pytest.approx(now, abs=0.01)
    assert len(found.months) == 13


def test_a_ledger_that_begins_within_the_year_is_counted_from_its_first_month(bank, found):
    first = date(found.closing.year, 3, 31)
    late = open_bank(bank.folder)
    late.connection.execute(
        "CREATE TABLE late AS SELECT * FROM loan_months WHERE month_end >= ?", [first]
    )
    late.connection.execute("CREATE OR REPLACE VIEW loan_months AS SELECT * FROM late")
    short = month_figures(late, CODES[:1])
    assert short.since == first
    now = short.months["npl"].iloc[-1]
    assert short.npl_before + short.flows["amount"].sum() == pytest.approx(now, abs=0.01)
    assert pd.isna(short.readings["year_start"].iloc[0])


def test_without_any_month_it_says_what_is_missing(bank):
    empty = open_bank(bank.folder, as_of="2000-01-31")
    with pytest.raises(DataError, match="take loan_months in first"):
        month_figures(empty, CODES)


def test_no_kpi_asked_is_no_reading(bank, found):
    assert readings(bank, (), found.closing).empty
