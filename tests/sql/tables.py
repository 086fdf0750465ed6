"""Canonical tables in memory, to run the named queries on."""

from datetime import date
from importlib.resources import files

import duckdb

from workbench import schema, settings, sql
from workbench.data import consent_purposes


def connection():
    """Return a database with all canonical tables, empty and without constraints."""
    found = duckdb.connect(config={"threads": 1})
    for table in schema.tables().values():
        columns = ", ".join(f"{column.name} {column.sql_type}" for column in table.columns)
        found.execute(f"CREATE TABLE {table.name} ({columns})")
    return found


def fill(found, table, *rows):
    """Insert `rows`, mappings of column to value; columns that are not named are missing."""
    for row in rows:
        marks = ", ".join("?" for _ in row)
        found.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
        )


def credit_cases(found, *, horizon, window, as_of, monthly_from=None, scored_on=None):
    """Run `credit_cases` with the rule pack's definition of default."""
    rules = settings.rulepack("default-definition")
    return query(
        found,
        "credit_cases",
        monthly_from=monthly_from,
        horizon=horizon,
        window=window,
        scored_on=scored_on,
        as_of=date.fromisoformat(as_of),
        overdue_days=rules["default"]["overdue_days"],
        financials_lag=rules["known"]["financials_lag_months"],
    )


def query(found, name, **values):
    """Run the named query; the purposes of consents are those of the rule pack."""
    text = files(sql).joinpath(f"{name}.sql").read_text("utf-8")
    if "$purposes" in text:
        values = {"purposes": consent_purposes.covered(), **values}
    return found.execute(text, values).df()
