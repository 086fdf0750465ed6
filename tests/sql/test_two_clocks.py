"""What predicts is read by the day the bank knew it, never by the day it happened."""

import re
from datetime import date

import pandas as pd
import pytest

from tests.sql import tables
from tests.sql.test_credit_cases import COHORT, add, bank, cases
from workbench import schema, sql

__all__ = ["bank"]
EXTERNAL = {
    table.name: (table.known_at, [c.name for c in table.columns if c.clock == "event"])
    for table in schema.tables().values()
    if table.known_at
}
QUERIES = [*sql.names(""), *(f"kpi/{name}" for name in sql.names("kpi"))]


def words(query):
    return re.findall(r"\w+", re.sub(r"--.*", "", sql.text(query)))


def read(query):
    """Return the external tables that `query` reads."""
    plain = re.sub(r"--.*", "", sql.text(query))
    return set(re.findall(r"(?:from|join) (\w+)", plain)) & EXTERNAL.keys()


def test_there_are_external_tables_and_queries_that_read_them():
    assert len(EXTERNAL) == 6
    assert {"credit_cases", "provider_cases"} <= {query for query in QUERIES if read(query)}


@pytest.mark.parametrize("query", [query for query in QUERIES if read(query)])
def test_a_query_that_reads_external_facts_reads_when_they_were_known(query):
    for table in read(query):
        known, _ = EXTERNAL[table]
        assert known in words(query), table


@pytest.mark.parametrize(
    ("period", "received", "known"),
    [
        (date(2024, 3, 31), date(2024, 12, 31), True),
        (date(2024, 3, 31), date(2025, 1, 1), False),
        (date(2024, 12, 31), date(2024, 12, 31), True),
    ],
)
def test_a_statement_counts_from_the_day_the_bank_received_it(bank, period, received, known):
    add(bank)
    row = {"customer_id": "C1", "period_end": period, "basis": "audited", "period_months": 12}
    amounts = {"income": 200, "total_assets": 100, "total_liabilities": 40}
    tables.fill(bank, "financials", {**row, **amounts, "received_on": received})
    found = cases(bank).set_index("cohort")["leverage"]
    assert pd.notna(found.loc[pd.Timestamp(COHORT)]) is known
