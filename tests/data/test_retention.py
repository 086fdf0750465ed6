"""Forgetting: who may be forgotten is gone from every file; nobody else is."""

import re
from datetime import date, datetime

import duckdb
import pytest

from tests.data import people
from tests.sql import tables
from workbench.data import backup, retention
from workbench.data import bank as banks
from workbench.data.bank import About, open_bank
from workbench.data.integrity import flaws
from workbench.data.lake import Lake
from workbench.errors import DataError, NothingToDoError, ParameterError
from workbench.privacy import roles, vault
from workbench.privacy.audit import Log

TODAY = date(2026, 11, 24)
OLD, LATE, NEW = date(2016, 11, 24), date(2016, 11, 25), date(2020, 1, 1)


def person(number, closed):
    return {"customer_id": f"c{number}", "customer_type": "individual", "branch_id": "B1"} | {
        **{"region_code": f"44030{number}", "opened_on": date(2010, 1, 1), "closed_on": closed},
        **{"do_not_contact": False, "birth_year": 1900 + number},
    }


def loan(name, owner, closed, **more):
    usual = {"product_id": "P", "branch_id": "B1", "disbursed_on": date(2011, 1, 1)}
    usual |= {"matures_on": date(2015, 1, 1), "currency": "CNY", "rate_type": "fixed"}
    usual |= {"rate_at_origination": 0.05, "repayment_method": "bullet", "principal": 1}
    usual |= {"main_security": "credit"}
    return {"loan_id": name, "customer_id": owner, "closed_on": closed, **usual, **more}


ROWS = {
    "branches": [{"branch_id": "B1", "branch_name": "甲", "region_code": "440300"}],
    # c1, c7 may be forgotten; the others are kept, each by another rule.
    "customers": [
        person(1, OLD),
        person(2, LATE),
        person(3, OLD),
        person(4, OLD),
        person(5, None),
        person(6, OLD),
        person(7, OLD),
    ],
    "loans": [
        loan("L1", "c1", OLD),
        loan("L3", "c3", None),
        loan("L4", "c4", NEW, renewal_of_loan_id="L1"),
        loan("L5", "c5", OLD),
    ],
    "loan_months": [
        {"loan_id": name, "month_end": date(2012, 1, 31), "balance": at}
        for at, name in enumerate(("L1", "L3", "L5"), start=1)
    ],
    "guarantees": [
        {"guarantee_id": "G1", "loan_id": "L5", "guarantor_id": "c1", "amount": 1},
        {"guarantee_id": "G6", "loan_id": "L3", "guarantor_id": "c6", "amount": 1},
    ],
    "complaints": [
        {"complaint_id": "Q1", "loan_id": "L1", "received_at": datetime(2012, 1, 1)},
        {"complaint_id": "Q2", "customer_id": "c1", "received_at": datetime(2012, 1, 1)}
        | {"closed_at": datetime(2012, 2, 1)},
    ],
    "customer_links": [
        {"link_id": "K1", "from_customer_id": "c5", "to_customer_id": "c1"},
        {"link_id": "K2", "from_customer_id": "c5", "to_customer_id": "c2"},
    ],
    "products": [{"product_id": "P", "product_name": "贷"}],
}
LEFT = {
    "branches": ["B1"],
    "customers": ["c2", "c3", "c4", "c5", "c6"],
    "loans": ["L3", "L4", "L5"],
    "loan_months": ["L3", "L5"],
    "guarantees": ["G6"],
    "complaints": ["Q1"],
    "customer_links": ["K2"],
    "products": ["P"],
}


def commit(folder, rows):
    made = tables.connection()
    for name, listed in rows.items():
        tables.fill(made, name, *listed)
    return Lake(folder).commit(
        made, {name: name for name in rows}, lineage={name: {} for name in rows}, files={}
    )


@pytest.fixture
def bank(home, bank):
    About("测", "Test", role="operator").write(bank)
    commit(bank, {name: rows for name, rows in ROWS.items() if name in ("branches", "products")})
    commit(bank, ROWS)
    with vault.opened(banks.keys(bank), roles.current("operator"), "keep vault") as held:
        held.put(identity(number) for number in range(1, 8))
    return bank


def identity(number):
    return {
        "customer_id": f"c{number}",
        "core_customer_no": f"N{number}",
        "legal_name": f"测某{number}",
        "id_type": "other",
        "id_number": f"D{number}",
    }


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path: path.read_bytes() for path in files}


def words(text):
    return set(re.findall(r"[A-Za-z0-9]+", text))


def keys(folder, table):
    return sorted(open_bank(folder).table(table).iloc[:, 0])


def forgotten(folder, **options):
    return retention.forget(folder, today=TODAY, **options)


def test_without_yes_nothing_changes(bank):
    before = content(bank)
    said = forgotten(bank)
    assert (said.customers, said.snapshot) == (2, "")
    assert said.rows == {
        **{"complaints": 2, "customer_links": 1, "customers": 2, "guarantees": 1},
        **{"loan_months": 1, "loans": 2},
    }
    assert said.lost == (Lake(bank).ids()[-1],)
    assert content(bank) == before


def test_who_may_be_forgotten_is_gone_and_nobody_else(bank):
    first, second = Lake(bank).ids()
    done = forgotten(bank, do=True)
    assert {table: keys(bank, table) for table in LEFT} == LEFT
    loans = open_bank(bank).table("loans").set_index("loan_id")
    assert loans["renewal_of_loan_id"].isna().all()
    assert open_bank(bank).table("complaints")["loan_id"].isna().all()
    assert set(people.identified(bank)) == {"c2", "c3", "c4", "c5", "c6"}
    assert done.lost == (second,)
    assert Lake(bank).ids() == [first, done.snapshot]
    assert not (bank / banks.FORGETTING).exists()
    (said,) = [entry.subject for entry in Log(bank).entries() if entry.action == "forget"]
    assert said == "2 customers, rule retention 2025"
    with pytest.raises(NothingToDoError, match="nobody's retention is over"):
        forgotten(bank)


def test_no_file_holds_them_any_more(bank):
    named = {word for path in (bank / "lake").rglob("*.json") for word in words(path.read_text())}
    assert {"c1", "c7", "L1", "440301", "1901"} <= named
    forgotten(bank, do=True)
    for path in (bank / "lake").rglob("*.parquet"):
        cells = duckdb.sql(f"SELECT * FROM '{path}'").fetchall()
        # What a checkpoint of Delta says of columns is nested.
        assert not {"c1", "c7", "L1", "440301", "1901"} & words(str(cells)), path
    for path in (bank / "lake").rglob("*.json"):
        assert not {"c1", "c7", "L1", "440301", "1901"} & words(path.read_text()), path


def test_lake_and_log_are_as_written_and_the_next_load_works(bank):
    forgotten(bank, do=True)
    assert flaws(Lake(bank)) == []
    assert Log(bank).verify().fault is None
    commit(bank, {"customers": [person(8, None), person(2, None)]})
    assert keys(bank, "customers") == ["c2", "c3", "c4", "c5", "c6", "c8"]
    assert flaws(Lake(bank)) == []


def test_a_snapshot_that_held_them_says_why_it_is_lost(bank):
    second = Lake(bank).ids()[-1]
    forgotten(bank, do=True)
    with pytest.raises(DataError, match=f"snapshot {second} can no longer be read"):
        open_bank(bank, snapshot=second)
    with pytest.raises(ParameterError, match="there is no snapshot"):
        open_bank(bank, snapshot="0009-12345678")


def test_copies_of_the_vault_open_no_longer(bank, home):
    made, _ = backup.create(bank, home / "safe")
    old = (bank / "vault" / "vault.key").read_text()
    forgotten(bank, do=True)
    assert (bank / "vault" / "vault.key").read_text() != old
    (home / "keys").mkdir()
    for name in ("backup.key", "vault.key"):
        (home / "keys" / name).write_bytes((bank / "vault" / name).read_bytes())
        (home / "keys" / name).chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_KEYS", str(home / "keys"))
        with pytest.raises(ParameterError, match="was made with key"):
            backup.restore(home / "safe" / made.file, home / "again")


@pytest.mark.parametrize(
    ("customer", "said"),
    [
        ("c2", "rule 'identity' keeps it until 2026-11-25"),
        ("c3", "rule 'loans' keeps it as it has not ended"),
        ("c4", "rule 'loans' keeps it until 2030-01-01"),
        ("c5", "rule 'identity' keeps it as it has not ended"),
        ("c6", "rule 'guarantees' keeps it as it has not ended"),
        ("c9", "there is no such customer"),
    ],
)
def test_somebody_who_must_be_kept_is_refused_with_rule_and_date(bank, home, customer, said):
    (home / "list.csv").write_text(f"customer_id\nc1\n{customer}\n")
    with pytest.raises(DataError, match=f"record 2 may not be forgotten: {said}") as error:
        forgotten(bank, place=home / "list.csv", do=True)
    assert customer not in str(error.value)
    assert len(keys(bank, "customers")) == 7
    assert len(people.identified(bank)) == 7


def test_of_those_who_may_only_the_listed_are_forgotten(bank, home):
    (home / "list.csv").write_text("customer_id\nc7\n")
    assert forgotten(bank, place=home / "list.csv", do=True).rows == {"customers": 1}
    assert keys(bank, "customers") == ["c1", "c2", "c3", "c4", "c5", "c6"]


def test_one_day_earlier_nobody_is_forgotten(bank):
    with pytest.raises(NothingToDoError):
        retention.forget(bank, today=date(2026, 11, 23))
    assert retention.forget(bank, today=date(2026, 11, 25)).customers == 3


def test_a_role_that_may_not_is_refused(bank, monkeypatch):
    for name in ("analyst", "risk", "auditor"):
        monkeypatch.setenv("WORKBENCH_ROLE", name)
        with pytest.raises(ParameterError, match="the right 'forget', which operator has"):
            forgotten(bank, do=True)


def test_while_it_is_under_way_nothing_else_is_done(bank, home):
    (bank / banks.FORGETTING).write_text(
        '{"customers": ["c7"], "tables": ["customers"], "rows": {"customers": 1}, "vault_key": ""}'
    )
    with pytest.raises(ParameterError, match="run `workbench forget --yes` to finish it"):
        banks.key(bank)
    assert forgotten(bank).customers == 1
    assert len(keys(bank, "customers")) == 7
    assert forgotten(bank, do=True).customers == 1
    assert keys(bank, "customers") == ["c1", "c2", "c3", "c4", "c5", "c6"]
    banks.key(bank)
