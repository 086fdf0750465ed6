"""Which earlier reports a run is compared with."""

from datetime import date
from pathlib import Path

from workbench.report.history import Run
from workbench.report.references import chosen


def run(name, as_of, snapshot="s1"):
    manifest = {"as_of": as_of, "snapshot": snapshot}
    return Run("pack", name, "published", Path(name), Path(name), manifest)


RUNS = [
    run("r9", "2026-09-30", "s0"),
    run("r8", "2026-08-31"),
    run("r7", "2026-08-31"),
    run("r6", "2026-07-31"),
    run("r5", "2025-12-31"),
    run("r4", "2025-09-15"),
]


def test_the_newest_run_of_each_month_is_taken():
    found = chosen(RUNS, date(2026, 9, 30), "s1")
    assert (found.last.run, found.year_start.run, found.year_ago.run) == ("r8", "r5", "r4")
    assert found.same_day.run == "r9"
    assert [each.run for each in found.monthly.values()] == ["r4", "r5", "r6", "r8"]


def test_where_the_month_before_is_missing_the_nearest_earlier_one_is_taken():
    found = chosen(RUNS[3:], date(2026, 9, 30), "s1")
    assert found.last.run == "r6"


def test_a_run_of_the_same_or_a_later_month_is_not_earlier():
    found = chosen(RUNS, date(2026, 7, 15), "s1")
    assert found.last.run == "r5"
    assert chosen(RUNS, date(2025, 9, 1), "s1").last is None


def test_the_same_day_on_the_same_snapshot_is_no_restatement():
    assert chosen(RUNS, date(2026, 9, 30), "s0").same_day is None


def test_january_is_compared_with_december_twice():
    found = chosen([run("a", "2025-12-31"), run("b", "2025-01-31")], date(2026, 1, 31), "s")
    assert (found.last.run, found.year_start.run, found.year_ago.run) == ("a", "a", "b")
