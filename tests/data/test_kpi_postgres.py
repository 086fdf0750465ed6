"""The KPIs' queries run on PostgreSQL as they stand, and return what DuckDB returns."""

import re
from datetime import date

import psycopg
import pytest

from tests.data import random_bank
from tests.data.test_kpi import GIVEN
from workbench import schema
from workbench.data import kpi
from workbench.sql import catalogue

JUNE = date(2026, 6, 30)
QUERIES = [code for code, one in catalogue.kpis().items() if one.source == "sql"]


@pytest.fixture(scope="module")
def bank():
    return random_bank.connection(7)


@pytest.fixture(scope="module")
def copied(bank, postgres):
    """A PostgreSQL database with the same rows."""
    with psycopg.connect(f"host={postgres} user=me dbname=postgres", autocommit=True) as first:
        first.execute("create database kpis")
    with psycopg.connect(f"host={postgres} user=me dbname=kpis") as connection:
        for table in schema.stored("lake").values():
            copy(connection.cursor(), table, bank)
        yield connection


def copy(cursor, table, bank):
    types = {one.name: one.sql_type.replace("DOUBLE", "DOUBLE PRECISION") for one in table.columns}
    cursor.execute(
        f"create table {table.name} ({', '.join(f'{name} {type}' for name, type in types.items())})"
    )
    with cursor.copy(f"copy {table.name} ({', '.join(types)}) from stdin") as copying:
        for row in bank.execute(f"select {', '.join(types)} from {table.name}").fetchall():
            copying.write_row(row)


@pytest.mark.parametrize("code", QUERIES)
def test_both_databases_return_the_same_parts(bank, copied, code):
    one = catalogue.kpi(code)
    days = {"from": kpi.opening(JUNE, one.windows[0]), "to": JUNE}
    values = {name: {**GIVEN, **days}[name] for name in (*one.parameters, *days)}
    query = re.sub(r"--.*", "", one.query)
    used = {name: each for name, each in values.items() if f"${name}" in query}
    ours = bank.execute(query, used).fetchone()
    theirs = copied.execute(re.sub(r"\$(\w+)", r"%(\1)s", query.replace("%", "%%")), used)
    assert [column.name for column in theirs.description] == [each[0] for each in bank.description]
    assert ours[0] is not None
    assert [each if each is None else float(each) for each in theirs.fetchone()] == [
        each if each is None else pytest.approx(float(each), rel=1e-9) for each in ours
    ]
