"""Small banks written as text, and one KPI read from them.

A line `table: column column …` begins a table, each line after it is a row. `-` is a missing value;
days without a year lie in 2026.
"""

import re
from datetime import date

from tests.sql import tables
from workbench import sql
from workbench.data import kpi

CLOSING = date(2026, 6, 30)
OWN = {"net_capital": 1000, "inclusive_limit": 1000}
"""Limits small enough for small banks; all other parameters are those of the rule pack."""


def bank(content):
    """Return the database that `content` describes."""
    found = tables.connection()
    name, columns = "", []
    for line in content.strip().splitlines():
        head, colon, names = line.partition(": ")
        if colon:
            name, columns = head.strip(), names.split()
        elif line.strip():
            values = [_value(each) for each in line.split()]
            tables.fill(found, name, dict(zip(columns, values, strict=True)))
    return found


def read(content, code, *, window, **given):
    """Return the row of the KPI `code` over `window` up to the end of June 2026."""
    query = sql.text(f"kpi/{code.lower()}")
    days = {"from": kpi.opening(CLOSING, window), "to": CLOSING}
    values = {**kpi.parameters(CLOSING), **OWN, **given, **days}
    found = content if not isinstance(content, str) else bank(content)
    rows = found.execute(query, {name: values[name] for name in sql.parameters(query)}).df()
    assert len(rows) == 1
    return rows.iloc[0]


def _value(each):
    if each == "-":
        return None
    return f"2026-{each}" if re.fullmatch(r"\d\d-\d\d(T\d\d:\d\d)?", each) else each
