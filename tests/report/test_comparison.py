"""Facts, rows and sources of two runs, compared."""

from math import isnan

import pytest

from workbench.record import Block, Table
from workbench.report import comparison
from workbench.result import Column, Fact, Finding

COLUMNS = (
    Column("segment", "code", values="segment"),
    Column("measure"),
    Column("loans", "count"),
    Column("state", "code", values="timeliness"),
)


def table(*rows, columns=COLUMNS):
    names = [column.name for column in columns]
    return Table(columns, None, tuple(dict(zip(names, row, strict=True)) for row in rows), ())


def fact(value, low=None, high=None, unit="share", confidence=0.95):
    return Fact(value, unit, low, high, confidence if low is not None else None)


def test_estimates_with_intervals_are_judged_by_the_interval_of_their_difference():
    found = comparison.fact("a.b", fact(0.10, 0.08, 0.12), fact(0.15, 0.13, 0.17))
    assert found.verdict == "beyond_error"
    assert (found.low, found.high) == pytest.approx((0.05 - 0.0283, 0.05 + 0.0283), abs=1e-4)
    assert found.unit == "pp"
    within = comparison.fact("a.b", fact(0.10, 0.08, 0.12), fact(0.12, 0.10, 0.14))
    assert within.verdict == "within_error"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (fact(0.1), fact(0.2)),
        (fact(0.1, 0.0, 0.2), fact(0.5)),
        (fact(0.1, 0.08, 0.12, confidence=0.9), fact(0.5, 0.4, 0.6)),
    ],
)
def test_without_two_intervals_of_one_coverage_nothing_is_judged(before, now):
    found = comparison.fact("a.b", before, now)
    assert found.verdict == "not_judged"
    assert found.change == pytest.approx(now.value - before.value)
    assert isnan(found.low)


def test_a_fact_of_another_unit_or_on_one_side_has_no_change():
    assert isnan(comparison.fact("a.b", fact(1.0, unit="count"), fact(1.0)).change)
    assert isnan(comparison.fact("a.b", None, fact(1.0)).change)
    names = [each.name for each in comparison.facts({"x.gone": fact(1)}, {"x.new": fact(2)})]
    assert names == ["x.new", "x.gone"]


def test_rows_are_matched_by_the_fewest_columns_that_name_them():
    before = table(("micro", "a", 10, "late"), ("micro", "b", 5, "late"), ("small", "a", 1, "late"))
    now = table(("small", "a", 1, "in_time"), ("micro", "a", 11, "late"), ("large", "a", 2, "late"))
    found = comparison.table("x", before, now)
    assert found.keys == ("segment", "measure")
    assert [row["segment"] for row in found.new] == ["large"]
    assert [(row["segment"], row["measure"]) for row in found.gone] == [("micro", "b")]
    changed = {row["segment"]: columns for _, row, columns in found.changed}
    assert changed == {"small": ("state",), "micro": ("loans",)}
    assert found.same == 0


def test_rows_that_nothing_identifies_are_not_compared():
    twice = table(("micro", "a", 1, "late"), ("micro", "a", 2, "late"))
    assert comparison.table("x", twice, twice).keys is None


def test_equal_tables_do_not_differ_whatever_the_order_of_their_rows():
    rows = [("micro", "a", 1, "late"), ("small", "a", None, "late")]
    found = comparison.table("x", table(*rows), table(*rows[::-1]))
    assert (found.differs, found.same) == (False, 2)


def test_only_tables_that_both_sides_have_are_compared():
    def block(name):
        return Block(name, 1, Finding("x"), {}, table(("micro", "a", 1, "late")), {})

    found = comparison.tables([block("a"), block("b")], [block("b"), block("c")])
    assert [each.result for each in found] == ["b"]


def test_data_parameters_and_code_are_told_apart():
    before = {
        **{"snapshot": "s1", "as_of": "2026-08-31"},
        "notebooks": {"n": {"parameters": {"share": "0.9", "gone": "1"}}},
        "code": {"version": "1", "commit": "a" * 40, "dirty": False, "lock": "b" * 64},
    }
    now = {
        **{"snapshot": "s2", "as_of": "2026-08-31"},
        "notebooks": {"n": {"parameters": {"share": "0.95"}}},
        "code": {"version": "1", "commit": "c" * 40, "dirty": True, "lock": "b" * 64},
    }
    found = [
        (each.kind, each.what, each.before, each.now) for each in comparison.sources(before, now)
    ]
    assert found == [
        ("data", "snapshot", "s1", "s2"),
        ("parameter", "n.share", "0.9", "0.95"),
        ("parameter", "n.gone", "1", "–"),
        ("code", "commit", "a" * 12, "c" * 12),
        ("code", "dirty", "false", "true"),
    ]
