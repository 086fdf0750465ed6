"""The rows behind every KPI add up to it, and only what they add up to is shown."""

import math

import pytest

from workbench.analysis.kpi_explained import GROUPS, kpi_explained
from workbench.data import demo, kpi, kpi_behind, kpi_rows
from workbench.data.bank import open_bank
from workbench.errors import DataError, ParameterError
from workbench.lab.explaining import EXPLAINED, explain
from workbench.privacy.audit import Log
from workbench.privacy.suppress import suppress
from workbench.sql import catalogue

GIVEN = {"net_capital": 1e9, "operating_cost_rate": 0.01, "capital_rate": 0.08, "tax_rate": 0.25}
APART = {
    "CSAT_T2B": "survey",
    "NPS": "survey",
    "BACKUP_AGE_DAYS": "system",
    "COMPLAINTS_PER_10K": "several",
    "HHI_INDUSTRY": "product",
    "NPL_FORMATION": "several",
    "RAROC": "several",
    "TAT_MEDIAN_H": "median",
    "WARN_LEAD_DAYS": "median",
}
OTHER_BASE = {"BAL_PER_BORROWER", "CAMPAIGN_UPLIFT", "CUSTOMERS_PER_RM", "LOAD_REJECT"}
"""KPIs that count something else than their rows as what they rest on."""
WINDOWS = [
    (code, window)
    for code, one in catalogue.kpis().items()
    if code not in APART
    for window in one.windows
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("bank")
    demo.build(place, customers=600, months=26)
    return place


@pytest.fixture(scope="module")
def bank(folder):
    return open_bank(folder)


@pytest.fixture(scope="module")
def readings(bank):
    chosen = list(catalogue.kpis().values())
    return {(each.code, each.window): each for each in kpi.readings(bank, chosen, given=GIVEN)}


def test_the_kpis_that_are_no_sum_of_rows_are_these_and_no_others():
    found = {}
    for code, one in catalogue.kpis().items():
        try:
            kpi_rows.rows(one)
        except kpi_rows.NoRowsError as error:
            found[code] = str(error)
    assert found == APART


def test_almost_every_kpi_has_a_value_to_be_compared_with(readings):
    without = {code for (code, _), each in readings.items() if each.value is None} - set(APART)
    assert without <= {"COMPLAINT_ONTIME", "COMPLAINT_REPEAT"}


@pytest.mark.parametrize(("code", "window"), WINDOWS, ids=str)
def test_the_rows_add_up_to_the_kpi_and_so_do_its_groups(bank, readings, code, window):
    reading = readings[code, window]
    if reading.value is None:
        with pytest.raises(DataError, match="not available"):
            kpi_behind.behind(bank, code, window=window, given=GIVEN)
        return
    found = kpi_behind.behind(bank, code, window=window, given=GIVEN)
    assert found.reading == reading
    _equal(found.rows["kpi_part"], reading.numerator, found.kinds[0])
    if reading.denominator is None:
        assert found.rows["kpi_whole"].isna().all()
    elif not found.fixed:
        _equal(found.rows["kpi_whole"], reading.denominator, found.kinds[1])
    told = math.fsum(found.rows["kpi_part"].dropna())
    if found.quotient:
        whole = math.fsum(found.rows["kpi_whole"].dropna())
        told /= reading.denominator if found.fixed else whole
    assert told == pytest.approx(reading.value, rel=1e-12)
    if code not in OTHER_BASE:
        assert len(found.rows) == reading.base
    for by, column in GROUPS.items():
        if column in found.rows and found.rows[column].notna().any():
            table = kpi_explained(found, by=by).table
            _equal(table["kpi_numerator"], reading.numerator, found.kinds[0])
            assert table["kpi_cases"].sum() == len(found.rows)


def _equal(values, told, kind):
    total = math.fsum(values.dropna().astype(float))
    if kind == "money":
        assert round(total, 2) == round(told, 2)
    elif kind == "count":
        assert total == told
    else:
        assert total == pytest.approx(told, rel=1e-12)


def test_rows_that_come_to_something_else_are_not_shown(bank, monkeypatch):
    true = kpi_rows.rows(catalogue.kpi("SM_RATIO"))
    query = f"SELECT * FROM ({true.query}) LIMIT 100"
    wrong = kpi_rows.Rows(query, true.identifiers, true.fixed, true.quotient)
    monkeypatch.setattr(kpi_rows, "rows", lambda one: wrong)
    with pytest.raises(DataError, match="the rows behind KPI SM_RATIO come to"):
        kpi_behind.behind(bank, "SM_RATIO")


def test_the_loans_behind_a_ratio_are_those_in_its_numerator(bank):
    months = bank.table("loan_months")
    day = months["month_end"].max()
    own = months[(months["month_end"] == day) & (months["five_class"] == "special_mention")]
    loans = explain("SM_RATIO", bank=bank).loans()
    assert set(loans["loan_id"]) == set(own.loc[own["balance"] > 0, "loan_id"])
    assert loans["kpi_part"].is_monotonic_decreasing
    assert (loans["five_class"] == "special_mention").all()


def test_each_borrower_counts_once_at_one_of_the_loans(bank):
    rows = kpi_behind.behind(bank, "BORROWERS").rows
    assert set(rows["kpi_part"]) <= {0, 1}
    assert (rows.groupby("customer_id")["kpi_part"].sum() == 1).all()


def test_a_branch_has_its_own_kpi_and_no_other_rows(folder, bank):
    (branch, *_) = bank.table("loans")["branch_id"].value_counts().index
    found = explain("LOAN_BAL", branch=branch, bank=bank)
    assert set(found.rows()["branch_id"]) == {branch}
    own = kpi.kpi(bank.of_branches([branch]), "LOAN_BAL")
    assert found.result.facts["value"].value == own
    with pytest.raises(ParameterError, match="no branches"):
        explain("LOAN_BAL", branch="B9999", bank=bank)


def test_a_role_of_one_branch_does_not_get_at_another(folder, bank, monkeypatch):
    first, second = bank.table("loans")["branch_id"].value_counts().index[:2]
    monkeypatch.setenv("WORKBENCH_ROLE", "relationship")
    monkeypatch.setenv("WORKBENCH_BRANCHES", first)
    own = open_bank(folder)
    assert set(explain("LOAN_BAL", bank=own).rows()["branch_id"]) == {first}
    with pytest.raises(ParameterError, match=f"sees the branches {first}, not {second}"):
        explain("LOAN_BAL", branch=second, bank=own)


def test_who_sees_no_pseudonyms_sees_no_record(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "auditor")
    with pytest.raises((ParameterError, DataError), match=r"does not see|withheld"):
        explain("SM_RATIO", bank=open_bank(folder)).rows()


def test_a_report_shows_no_record(bank, monkeypatch):
    found = explain("SM_RATIO", bank=bank)
    monkeypatch.setattr("workbench.settings.run", lambda: object())
    with pytest.raises(ParameterError, match="JupyterLab"):
        found.rows()


def test_looking_at_records_is_written_down(folder, bank):
    explain("SM_RATIO", bank=bank).loans()
    entry = list(Log(folder).entries())[-1]
    assert (entry.action, entry.subject) == (EXPLAINED, "SM_RATIO moment")


def test_small_groups_are_suppressed_before_they_are_shown(bank):
    found = kpi_behind.behind(bank, "SM_RATIO")
    lone = found.rows.copy()
    lone.loc[lone.index[:3], "branch_id"] = "B0000"
    result = kpi_explained(kpi_behind.Behind(**{**vars(found), "rows": lone}), by="branch")
    safe = suppress(result)
    names = [safe.result.table["kpi_group"][at] for at in safe.rows]
    assert any(name.startswith("B0000") for name in names)
    assert len(names) >= 2


def test_a_kpi_that_does_not_come_apart_and_a_group_that_is_not_there_are_said(bank):
    with pytest.raises(DataError, match="it is a median"):
        explain("TAT_MEDIAN_H", bank=bank)
    with pytest.raises(ParameterError, match="cannot be taken apart by 'colour'"):
        explain("SM_RATIO", by="colour", bank=bank)
    with pytest.raises(DataError, match=r"\.rows\(\) gives them"):
        explain("APPROVAL_RATE", bank=bank).loans()
