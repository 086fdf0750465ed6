from datetime import date

import duckdb
import pytest

from workbench import settings
from workbench.data import bank
from workbench.data.lake import Lake
from workbench.errors import DataError, ParameterError
from workbench.privacy import pseudonym
from workbench.privacy.audit import Log


@pytest.fixture
def folder(tmp_path):
    bank.About("示例银行", "Example Bank").write(tmp_path)
    return tmp_path


@pytest.fixture
def filled(folder):
    connection = duckdb.connect()
    connection.execute(
        "CREATE VIEW b AS SELECT 'B1' branch_id, '甲支行' branch_name, "
        "NULL::VARCHAR parent_branch_id, '440300' region_code, 'relationship' dept_role, "
        "'a' taken_from"
    )
    Lake(folder).commit(connection, {"branches": "b"}, lineage={"branches": {}}, files={"a": "a"})
    return folder


def test_tables_have_the_canonical_columns_also_without_rows(filled):
    opened = bank.open_bank(filled)
    assert opened.table("branches")["branch_name"].tolist() == ["甲支行"]
    assert "balance" in opened.table("loan_months").columns
    assert opened.table("loan_months").empty


def test_a_folder_that_is_no_bank_is_named(tmp_path):
    with pytest.raises(ParameterError, match="is not a bank"):
        bank.open_bank(tmp_path)


def test_a_bank_without_data_says_so(folder):
    with pytest.raises(DataError, match="no data yet"):
        bank.open_bank(folder)


def test_a_bank_is_narrowed_to_branches_and_never_widened(filled, monkeypatch):
    assert bank.open_bank(filled).of_branches(["B2"]).role.branches == ("B2",)
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B1")
    opened = bank.open_bank(filled)
    assert opened.of_branches(["B1"]).role.branches == ("B1",)
    for beyond in (["B2"], ["B1", "B2"], []):
        with pytest.raises(ParameterError, match="sees the branches B1, not"):
            opened.of_branches(beyond)


def test_a_run_pins_snapshot_and_day(filled, tmp_path, monkeypatch):
    snapshot = Lake(filled).current().id
    run = settings.Run(tmp_path / "record", filled, snapshot, "2026-03-31", ("zh",))
    run.write(tmp_path / "run.json")
    monkeypatch.setenv("WORKBENCH_RUN", str(tmp_path / "run.json"))
    opened = bank.open_bank()
    assert (opened.snapshot, opened.as_of) == (snapshot, date(2026, 3, 31))


def test_an_unknown_table_is_named(filled):
    with pytest.raises(DataError, match="no table 'loan'"):
        bank.open_bank(filled).table("loan")


def test_a_query_that_lacks_a_value_says_which(filled):
    with pytest.raises(ParameterError, match="wave"):
        bank.open_bank(filled).query("survey_responses")


def test_a_value_with_a_quote_is_a_value_and_not_a_query(filled):
    with pytest.raises(DataError, match="no survey wave"):
        bank.open_bank(filled).survey("x'; DROP TABLE loans; --")


def test_the_demo_key_is_public_and_another_bank_gets_its_own(folder):
    own = bank.key(folder)
    assert own != pseudonym.DEMO
    assert bank.key(folder) == own
    bank.About("演示", "Demo", demo=True).write(folder)
    assert bank.key(folder) == pseudonym.DEMO


def test_another_key_than_the_banks_is_refused(folder):
    bank.key(folder)
    bank.About("示例银行", "Example Bank", key_id="0123456789ab").write(folder)
    with pytest.raises(ParameterError, match="was taken in with 0123456789ab"):
        bank.key(folder)


def test_a_lost_key_is_not_replaced_silently(folder):
    bank.About("示例银行", "Example Bank", key_id="0123456789ab").write(folder)
    with pytest.raises(ParameterError, match="is missing"):
        bank.key(folder)


def test_a_survey_the_bank_does_not_have_says_what_to_do(filled):
    with pytest.raises(DataError, match="the bank has no survey: take one in first"):
        bank.open_bank(filled).survey("2026Q3")


def test_queries_on_absent_tables_are_empty_with_their_columns(filled):
    opened = bank.open_bank(filled)
    assert opened.survey_waves().empty
    assert opened.status_steps().empty
    assert "defaulted" in opened.credit_cases(12, 6).columns


def test_an_opening_is_put_into_the_audit_log_with_role_and_snapshot(filled, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "risk")
    opened = bank.open_bank(filled)
    (entry,) = Log(filled).entries()
    assert (entry.action, entry.role) == ("open bank", "risk")
    assert (entry.subject, entry.snapshot) == ("", opened.snapshot)


def test_an_opening_in_a_run_names_the_notebook(filled, tmp_path, monkeypatch):
    record = tmp_path / "record" / "satisfaction-survey"
    settings.Run(record, filled, Lake(filled).current().id, "2026-03-31", ("zh",)).write(
        tmp_path / "run.json"
    )
    monkeypatch.setenv("WORKBENCH_RUN", str(tmp_path / "run.json"))
    bank.open_bank()
    assert [entry.subject for entry in Log(filled).entries()] == ["satisfaction-survey"]


def test_the_bank_names_the_role_unless_the_environment_does(filled, monkeypatch):
    bank.About("示例银行", "Example Bank", role="auditor").write(filled)
    opened = bank.open_bank(filled)
    assert opened.role.name == "auditor"
    assert "customers.customer_id" in opened.withheld
    monkeypatch.setenv("WORKBENCH_ROLE", "risk")
    assert bank.open_bank(filled).withheld == ()


def test_a_role_that_is_refused_opens_nothing(filled, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "relationship")
    with pytest.raises(ParameterError, match="WORKBENCH_BRANCHES"):
        bank.open_bank(filled)


def test_a_branch_that_is_not_there_is_named_with_those_that_are(filled, monkeypatch):
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B1,B9")
    with pytest.raises(ParameterError, match=r"no branches \['B9'\].*there are \['B1'\]"):
        bank.open_bank(filled).table("branches")


@pytest.mark.parametrize("branches", ["B1", ""])
def test_rows_of_branches_are_held_when_gathered_and_those_of_a_whole_bank_stay_in_their_files(
    filled, monkeypatch, branches
):
    monkeypatch.setenv("WORKBENCH_BRANCHES", branches)
    opened = bank.open_bank(filled)
    before = [opened.table(name) for name in ("branches", "loan_months")]
    opened.gather()
    opened.gather()
    after = [opened.table(name) for name in ("branches", "loan_months")]
    assert all(
        a.equals(b) and list(a.dtypes) == list(b.dtypes) for a, b in zip(before, after, strict=True)
    )
    for file in filled.rglob("*.parquet"):
        file.unlink()
    if branches:
        assert opened.table("branches").equals(before[0])
    else:
        with pytest.raises(duckdb.IOException):
            opened.table("branches")


def test_a_bank_gets_an_id_by_which_its_keys_are_known_and_keeps_it(folder):
    first = bank.keys(folder).account("vault")
    assert first == bank.keys(folder).account("vault")
    assert bank.about(folder).id in first
