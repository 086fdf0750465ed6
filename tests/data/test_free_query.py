"""Free SQL: answers as the role sees the tables, and nothing that reaches beyond them."""

import os

import pandas as pd
import pytest

from workbench.data import demo, free_query
from workbench.data.bank import open_bank
from workbench.errors import ParameterError
from workbench.privacy.audit import Log

HOSTILE = {
    "a file": "SELECT * FROM read_text('{secret}')",
    "a file by its name": "SELECT * FROM '{secret}'",
    "a file as bytes": "SELECT * FROM read_blob('{secret}')",
    "a file of rows": "SELECT * FROM read_csv('{secret}')",
    "the lake's own files": "SELECT * FROM read_parquet('{bank}/lake/*/*.parquet')",
    "a guess at a file": "SELECT * FROM sniff_csv('{secret}')",
    "names of files": "SELECT * FROM glob('{bank}/*')",
    "what a parquet file is": "SELECT * FROM parquet_metadata('{secret}')",
    "a file in a part": "SELECT (SELECT content FROM read_text('{secret}')) FROM loans",
    "a file behind a name": "WITH loans AS (SELECT * FROM read_text('{secret}')) FROM loans",
    "a file called by a query": "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "a table called by name": "SELECT * FROM query_table('{secret}')",
    "a database": "ATTACH '{bank}/vault/identities.db' AS vault",
    "an address": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "an extension": "INSTALL httpfs",
    "loading one": "LOAD sqlite",
    "the environment": "SELECT getenv('HOME')",
    "writing a file": "COPY loans TO '{out}'",
    "writing many": "EXPORT DATABASE '{out}'",
    "a table of one's own": "CREATE TABLE mine AS SELECT * FROM loans",
    "deleting": "DELETE FROM loans",
    "deleting in a part": "WITH gone AS (DELETE FROM loans RETURNING *) SELECT * FROM gone",
    "changing": "UPDATE loans SET principal = 0",
    "putting in": "INSERT INTO loans SELECT * FROM loans",
    "dropping": "DROP VIEW loans",
    "a setting": "SET enable_external_access = true",
    "a setting by pragma": "PRAGMA enable_external_access = true",
    "a second statement": "SELECT 1; DROP VIEW loans",
    "a second one behind a comment": "SELECT 1 /* ; */ ; COPY loans TO '{out}'",
    "a prepared one": "PREPARE later AS DELETE FROM loans",
    "a call": "CALL pragma_version()",
    "the vault's table": "SELECT * FROM customer_identities",
    "variables of Python": "SELECT * FROM frame",
    "what the database knows of itself": "SELECT * FROM information_schema.tables_",
    "nothing": "  -- nothing",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("bank")
    demo.build(place, customers=150, months=14)
    return place


@pytest.fixture
def bank(folder):
    return open_bank(folder)


def _state(folder):
    """Return every file of a bank but the audit log, by its time and size."""
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and "audit" not in path.parts
    }


@pytest.mark.parametrize("query", HOSTILE.values(), ids=list(HOSTILE))
def test_nothing_beyond_the_tables_is_reached(bank, folder, tmp_path, monkeypatch, query):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"secret": ["hidden words"]})
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\nhidden words,2\n", "utf-8")
    before, loans = _state(folder), len(bank.table("loans"))
    with pytest.raises(ParameterError) as refused:
        bank.query(query.format(secret=secret, bank=folder, out=tmp_path / "out"))
    assert "\n" not in str(refused.value)
    assert "hidden words" not in str(refused.value)
    assert os.listdir(tmp_path) == ["secret.csv"]  # noqa: PTH208
    assert _state(folder) == before
    assert len(bank.table("loans")) == loans
    assert len(frame) == 1


def test_a_query_is_answered_as_pandas_would(bank):
    loans = bank.table("loans")
    found = bank.query(
        "SELECT product_id, count(*) AS n, sum(principal) AS total FROM loans GROUP BY 1"
    )
    own = loans.groupby("product_id")["principal"].agg(["size", "sum"])
    told = found.set_index("product_id").sort_index()
    assert told["n"].to_dict() == own["size"].to_dict()
    assert told["total"].astype(float).to_dict() == pytest.approx(own["sum"].to_dict())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM loans ORDER BY loan_id",
        "FROM loans ORDER BY loan_id",
        "SELECT l.* FROM loans AS l ORDER BY l.loan_id",
        "SELECT columns('.*') FROM loans ORDER BY loan_id",
        "WITH own AS (SELECT * FROM loans) SELECT * FROM own ORDER BY loan_id",
    ],
)
def test_columns_that_are_not_named_are_all_there(bank, query):
    pd.testing.assert_frame_equal(bank.query(query), bank.table("loans"), check_dtype=False)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) AS n FROM loans NATURAL JOIN customers",
        "SELECT count(DISTINCT loans) AS n FROM loans",
        "SELECT count(DISTINCT l) AS n FROM loans AS l",
    ],
)
def test_columns_that_only_a_whole_row_names_count_too(bank, query):
    # With the columns that the query names alone, each of them would count something else.
    assert bank.query(query)["n"].item() == bank.connection.sql(query).fetchall()[0][0]


def test_the_day_and_values_are_given_by_name(bank):
    found = bank.query("SELECT max(month_end) AS day FROM loan_months WHERE month_end <= $as_of")
    assert found["day"].item().date() == bank.as_of
    least = bank.query("SELECT min(principal) AS p FROM loans WHERE principal > $least", least=9e4)
    assert float(least["p"].item()) > 9e4
    with pytest.raises(ParameterError, match="takes \\['least'\\]"):
        bank.query("SELECT 1 FROM loans WHERE principal > $least")


def test_rows_of_other_branches_are_not_there(folder, monkeypatch):
    branches = open_bank(folder).query("SELECT branch_id FROM customers ORDER BY 1")["branch_id"]
    monkeypatch.setenv("WORKBENCH_BRANCHES", branches[0])
    own = open_bank(folder).query("SELECT DISTINCT branch_id FROM customers")
    assert own["branch_id"].tolist() == [branches[0]]


def test_what_a_role_does_not_see_is_refused_by_name_and_empty_otherwise(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "auditor")
    bank = open_bank(folder)
    with pytest.raises(ParameterError, match=r"'auditor' does not see customers\.gender"):
        bank.query("SELECT gender, count(*) AS n FROM customers GROUP BY 1")
    assert bank.query("SELECT * FROM customers")["gender"].isna().all()


def test_the_audit_log_says_that_it_was_asked_without_what_may_identify(bank, folder):
    bank.query("SELECT count(*) AS n FROM customers WHERE customer_id = '110101199003074557'")
    entry = list(Log(folder).entries())[-1]
    assert (entry.action, entry.role) == (free_query.QUERIED, "analyst")
    assert entry.subject.startswith("SELECT count(*) AS n FROM customers WHERE customer_id = '…'")
    assert "110101199003074557" not in entry.subject


def test_what_is_refused_is_not_answered_and_a_slip_names_what_was_meant(bank):
    with pytest.raises(ParameterError, match="did you mean 'loans'"):
        bank.query("SELECT * FROM loan")
    with pytest.raises(ParameterError, match="syntax error"):
        bank.query("SELEC loan_id FROM loans")
    with pytest.raises(ParameterError, match="did you mean 'principal'"):
        bank.query("SELECT principle FROM loans")
    with pytest.raises(ParameterError, match="did you mean 'principal'"):
        bank.query("SELECT l.principle FROM loans AS l")
    with pytest.raises(ParameterError, match="TRY_CAST") as refused:
        bank.query("SELECT CAST(loan_id AS INTEGER) FROM loans")
    assert bank.table("loans")["loan_id"][0] not in str(refused.value)
