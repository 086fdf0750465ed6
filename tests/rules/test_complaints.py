from datetime import date

import pandas as pd
import pytest

from workbench import schema
from workbench.rules import complaints

RULES = complaints.rules(date(2026, 10, 31))


def due(received, complexity):
    table = pd.DataFrame({"received_at": [pd.Timestamp(received)], "complexity": [complexity]})
    return complaints.due_days(table, RULES)[0]


@pytest.mark.parametrize(
    ("complexity", "expected"),
    [("simple", "2026-03-02"), ("complex", "2026-03-17"), ("special", "2026-04-16")],
)
def test_days_are_calendar_days_after_the_day_of_receipt(complexity, expected):
    assert str(due("2026-02-15 23:59", complexity)) == expected
    assert str(due("2026-02-15 00:00", complexity)) == expected


def test_an_unknown_complexity_or_no_day_of_receipt_has_no_deadline():
    assert pd.isna(due("2026-02-15", None))
    assert pd.isna(due("2026-02-15", "other"))
    assert pd.isna(due(None, "simple"))


def test_the_pack_knows_every_complexity_of_the_schema():
    assert set(schema.values("complexity")) <= set(type(RULES.days).model_fields)
