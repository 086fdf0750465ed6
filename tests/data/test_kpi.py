"""Every KPI agrees with an independent computation, and none is missing without a reason."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from tests.data import kpi_oracle, random_bank
from tests.sql import tables
from tests.sql.kpi import mini
from workbench import sql, text
from workbench.data import kpi
from workbench.errors import DataError, ParameterError
from workbench.sql import catalogue

JUNE = date(2026, 6, 30)
GIVEN = {
    **{"net_capital": 5000, "inclusive_limit": 9000, "overdue_days": 90, "lgd": 0.45},
    **{"renewal_days": 30, "churn_days": 90},
    **{"operating_cost_rate": 0.01, "tax_rate": 0.25, "capital_rate": 0.08},
}
TOLD = {code: 3.5 for code, one in catalogue.kpis().items() if one.source != "sql"}


class Tables:
    """What the KPIs ask of a bank, on a database of the test's own."""

    withheld = ()
    folder = Path("a bank without backups")
    taken_in = datetime(2026, 7, 1, tzinfo=UTC)

    def __init__(self, connection, as_of=JUNE):
        self.connection = connection
        self.as_of = as_of

    def empty(self, *names):
        return [name for name in names if not len(self.table(name))]

    def table(self, name):
        return self.connection.sql(f"SELECT * FROM {name}").df()

    def query(self, name, **values):
        query = catalogue.kpi(name.removeprefix("kpi/").upper()).query
        wanted = {each: values[each] for each in sql.parameters(query)}
        return self.connection.execute(query, wanted).df()


@pytest.fixture(scope="module", params=[1, 2, 3])
def bank(request):
    return Tables(random_bank.connection(request.param))


@pytest.mark.parametrize("at", [JUNE, date(2026, 2, 28)])
def test_every_kpi_agrees_with_pandas_on_a_random_bank(bank, at):
    found = kpi.kpis(bank, at=at, given={**GIVEN, **TOLD})
    assert set(found["code"]) == set(catalogue.kpis())
    assert found["reason"].isna().all(), found[found["reason"].notna()]
    assert disagreements(found, bank.table) == []


def disagreements(found, table, **given):
    """Return what pandas makes otherwise of the rows of `found`: code, window and both values."""
    held = cache(table)
    values = {**GIVEN, **given}
    wrong = []
    for one in found[~found["code"].isin(TOLD)].itertuples():
        days = {"opening": one.opening, "closing": one.closing}
        other = kpi_oracle.value(held, one.code, **days, **values)
        if other is None or one.value != pytest.approx(other, rel=1e-9):
            wrong.append((one.code, one.window, one.value, other))
    return wrong


def test_windows_end_at_month_ends_and_begin_the_day_after_one():
    assert kpi.opening(JUNE, "moment") == JUNE
    assert kpi.opening(JUNE, "month") == date(2026, 5, 31)
    assert kpi.opening(JUNE, "quarter") == date(2026, 3, 31)
    assert kpi.opening(JUNE, "year_to_date") == date(2025, 12, 31)
    assert kpi.opening(date(2028, 2, 29), "12_months") == date(2027, 2, 28)
    assert kpi.opening(date(2026, 1, 31), "month") == kpi.opening(date(2026, 1, 31), "year_to_date")


@pytest.fixture
def small():
    """A bank with one loan and nothing else."""
    content = """
    loans: loan_id customer_id
    A 1
    loan_months: loan_id month_end balance dpd five_class
    A 05-31 100 0 normal
    A 06-30 80 3 special_mention
    """
    return Tables(mini.bank(content))


def test_a_kpi_is_read_at_the_last_month_end_over_its_first_window(small):
    small.as_of = date(2026, 7, 30)
    assert kpi.kpi(small, "LOAN_BAL") == 80
    assert kpi.kpi(small, "LOAN_BAL", at=date(2026, 5, 31)) == 100
    assert kpi.kpi(small, "MIG_NORMAL", window="month") == 1
    found = kpi.kpis(small, ["MIG_NORMAL", "LOAN_BAL"])
    assert found[["code", "window"]].to_numpy().tolist() == [
        ["MIG_NORMAL", "year_to_date"],
        ["MIG_NORMAL", "month"],
        ["LOAN_BAL", "moment"],
    ]
    assert found["reason"].tolist()[0] == "no_cases"
    assert found["value"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize("at", [date(2026, 7, 31), date(2026, 6, 29)])
def test_other_days_are_refused(small, at):
    with pytest.raises(ParameterError, match=f"at a month end up to 2026-06-30, not at {at}"):
        kpi.kpi(small, "LOAN_BAL", at=at)


def test_windows_that_a_kpi_does_not_have_are_refused(small):
    with pytest.raises(ParameterError, match="LOAN_BAL is read over moment, not 'month'"):
        kpi.kpi(small, "LOAN_BAL", window="month")


@pytest.mark.parametrize(
    ("code", "reason", "missing"),
    [
        ("RESPONSE_RATE", "empty_table", "survey_invitations, survey_waves"),
        ("NPS", "not_given", "NPS"),
        ("BACKUP_AGE_DAYS", "not_given", "BACKUP_AGE_DAYS"),
        ("REFI_RATE", "no_cases", ""),
        ("EXPECTED_LOSS", "empty_table", "risk_assessments"),
    ],
)
def test_what_is_not_there_is_said_and_never_a_number(small, code, reason, missing):
    one = catalogue.kpi(code)
    (reading,) = kpi.readings(small, [one])
    assert (reading.value, reading.reason, reading.missing) == (None, reason, missing)
    with text.spoken("en"):
        assert missing in reading.unavailable()
        assert reading.unavailable().startswith("Not available")
    assert reading.unavailable().startswith("暂缺")
    with pytest.raises(DataError, match=f"KPI {code} is not available at 2026-06-30: {reason}"):
        kpi.kpi(small, code)


def test_nothing_given_is_no_value_and_what_is_given_is_one(small):
    tables.fill(small.connection, "customers", {"customer_id": "1"})
    with pytest.raises(DataError, match="not_given net_capital"):
        kpi.kpi(small, "TOP10_CAPITAL")
    assert kpi.kpi(small, "TOP10_CAPITAL", given={"net_capital": 160}) == 0.5
    assert kpi.kpi(small, "BACKUP_AGE_DAYS", given={"BACKUP_AGE_DAYS": 2}) == 2.0
    (reading,) = kpi.readings(small, [catalogue.kpi("LOAN_BAL")])
    assert reading.unavailable() == ""


@pytest.mark.parametrize("withheld", ["loans.customer_id", "loans"])
def test_a_role_that_does_not_see_a_column_gets_no_number(small, withheld):
    small.withheld = (withheld, "products.product_name")
    found = kpi.kpis(small, ["BORROWERS", "LOAN_BAL"])
    assert found["reason"].fillna("").tolist() == ["withheld", ""]
    assert found["missing"].tolist() == [withheld, ""]


def test_the_limit_of_inclusive_loans_is_that_of_the_day():
    assert kpi.parameters(JUNE)["inclusive_limit"] == 10_000_000
    assert "inclusive_limit" not in kpi.parameters(date(2017, 12, 31))


def test_every_parameter_is_in_a_pack_or_the_banks_own():
    wanted = {name for one in catalogue.kpis().values() for name in one.parameters}
    own = {"net_capital", "operating_cost_rate", "capital_rate", "tax_rate"}
    assert wanted - kpi.parameters(JUNE).keys() == own
    assert kpi.parameters(JUNE).keys() <= wanted
