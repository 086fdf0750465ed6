"""Tables read from a database by its URL: SQLite always, PostgreSQL where its programs are."""

import sqlite3
from pathlib import Path

import psycopg
import pytest

from tests.data import month
from workbench import settings
from workbench.data import database
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.errors import DataError, NothingToDoError, ParameterError

DDL = """
create table branches (branch_id text, branch_name text, region_code text, dept_role text);
create view customers as select 'K' || n as customer_no, '440300' as region_code, 'B' || (n % 2)
  as branch_id, date('2020-01-31') as opened_on from numbers;
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "data" / "sources").mkdir(parents=True)
    (tmp_path / "data" / "rulepacks").symlink_to(settings.home() / "data" / "rulepacks")
    (tmp_path / "data" / "sources" / "core.toml").write_text(month.SOURCE, "utf-8")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return tmp_path


def fill(cursor, *, numbers="with recursive n(n) as (select 0 union all select n + 1 from n"):
    cursor.execute("create table numbers (n integer)")
    cursor.execute(f"insert into numbers {numbers} where n < 119) select n from n")
    for statement in DDL.split(";")[:-1]:
        cursor.execute(statement)
    for row in (("B0", "甲支行", "440300", "relationship"), ("B1", "乙", "440300", "risk")):
        cursor.execute("insert into branches values ('{}', '{}', '{}', '{}')".format(*row))


@pytest.fixture
def sqlite(home):
    with sqlite3.connect(home / "core.db") as connection:
        fill(connection.cursor())
    return f"sqlite:///{home / 'core.db'}"


def test_tables_and_views_come_in_like_files(home, sqlite):
    load = take_in([sqlite], home / "bank")
    assert load.tables["customers"].accepted == 120
    assert load.tables["branches"].accepted == 2
    bank = open_bank(home / "bank")
    assert set(bank.table("branches")["branch_name"]) == {"甲支行", "乙"}
    assert str(bank.table("customers")["opened_on"].iloc[0].date()) == "2020-01-31"
    with pytest.raises(NothingToDoError):
        take_in([sqlite], home / "bank")


def test_a_password_in_a_url_is_refused_and_not_repeated(home):
    with pytest.raises(ParameterError, match="holds a password") as error:
        take_in(["postgresql+psycopg://me:Geheim9@localhost/core"], home / "bank")
    assert "Geheim9" not in str(error.value)


def test_a_database_that_does_not_answer_is_named(home):
    with pytest.raises(DataError, match="cannot reach postgresql\\+psycopg://me@localhost:1/core"):
        take_in(["postgresql+psycopg://me@localhost:1/core"], home / "bank")


def test_an_unknown_kind_of_database_is_named(home):
    with pytest.raises(ParameterError, match="no driver reads this database"):
        take_in(["nosuch://me@localhost/core"], home / "bank")


def test_a_database_without_tables_of_a_map_is_named(home):
    sqlite3.connect(home / "empty.db").close()
    with pytest.raises(DataError, match=r"has no table or view that a source map names .*branches"):
        take_in([f"sqlite:///{home / 'empty.db'}"], home / "bank")


def test_postgresql_tables_of_other_schemas_and_kinds(home, postgres):
    with psycopg.connect(f"host={postgres} user=me dbname=postgres", autocommit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("drop database if exists core")
        cursor.execute("create database core")
    with psycopg.connect(f"host={postgres} user=me dbname=core") as connection:
        cursor = connection.cursor()
        fill(cursor, numbers="with recursive n(n) as (select 0 union all select n + 1 from n")
        cursor.execute("create schema core")
        cursor.execute(
            "create table core.products (product_id varchar(8), product_name text, "
            "product_type text, fee numeric(9, 2), made timestamptz default now())"
        )
        cursor.execute("insert into core.products values ('P1', '消费贷', 'consumer', 1.50)")
    url = f"postgresql+psycopg://me@/core?host={postgres}"
    load = take_in([url], home / "bank")
    assert {name: each.accepted for name, each in load.tables.items()} == {
        "branches": 2,
        "customers": 120,
        "products": 1,
    }
    assert load.unknown["core.products.parquet"] == ("fee", "made")
    assert open_bank(home / "bank").table("products")["product_name"].tolist() == ["消费贷"]


def test_only_strings_with_a_scheme_are_urls():
    assert database.is_url("postgresql+psycopg://me@host/core")
    assert not database.is_url("data/drop")
    assert not database.is_url(Path("a://b"))
