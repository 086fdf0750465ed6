import math
from datetime import UTC, datetime, time

import pytest

from tests.report.heard import Told
from workbench.record import Block, Recorded, Table
from workbench.report import targets
from workbench.report.pack import Threshold
from workbench.report.targets import Deadline
from workbench.result import Fact, Finding

BELOW = Threshold.model_validate({"below": {"yellow": 30, "red": 20}})
BOTH = Threshold.model_validate(
    {"below": {"yellow": 0.9, "red": 0.8}, "above": {"yellow": 1.1, "red": 1.2}}
)


def recorded(value):
    table = Table((), None, (), ())
    block = Block(
        "sample", 1, Finding("sample.finding", ()), {"nps": Fact(value, "points")}, table, {}
    )
    return Recorded((block,))


@pytest.mark.parametrize(
    ("threshold", "value", "expected"),
    [
        (BELOW, 30, None),
        (BELOW, 29.9, ("yellow", 30, "below")),
        (BELOW, 20, ("yellow", 30, "below")),
        (BELOW, 19, ("red", 20, "below")),
        (BOTH, 1.0, None),
        (BOTH, 1.15, ("yellow", 1.1, "above")),
        (BOTH, 1.3, ("red", 1.2, "above")),
        (BOTH, 0.85, ("yellow", 0.9, "below")),
    ],
)
def test_a_fact_is_beyond_the_worst_limit_it_crossed(threshold, value, expected):
    found = [
        (each.level, each.limit, each.side)
        for each in targets.crossed("n", recorded(value), {"sample.nps": threshold})
    ]
    assert found == ([expected] if expected else [])


def test_a_fact_without_a_value_is_unknown_not_well():
    (found,) = targets.crossed("n", recorded(math.nan), {"sample.nps": BELOW, "sample.x": BELOW})
    assert found.manifest() == {
        **{"notebook": "n", "fact": "sample.nps", "level": "unknown"},
        **{"value": None, "limit": None, "side": ""},
    }


@pytest.mark.parametrize(
    ("begun", "due"),
    [
        ("2026-09-30T02:00", "2026-09-30T07:30"),
        ("2026-09-30T07:45", "2026-09-30T07:30"),
        ("2026-09-30T22:00", "2026-10-01T07:30"),
        ("2026-12-31T23:59", "2027-01-01T07:30"),
    ],
)
def test_a_run_is_due_at_the_nearest_moment_of_the_clock(begun, due):
    moment = datetime.fromisoformat(begun).replace(tzinfo=UTC)
    assert Deadline.of(time(7, 30), moment).due.isoformat()[:16] == due


def test_a_deadline_that_passed_or_will_pass_is_one_warning_and_stands_in_the_manifest():
    deadline, told = Deadline(datetime(2026, 9, 30, 7, 30, tzinfo=UTC)), Told()
    early, late = (deadline.due.replace(minute=minute) for minute in (29, 31))
    deadline.warn(early, 30, told)
    assert told.lines == []
    deadline.warn(early, 90, told)
    deadline.warn(late, None, told)
    assert [line.partition(":")[0] for line in told.lines] == ["warning", "warning"]
    assert "the last run took 90 s" in told.lines[0]
    assert "2026-09-30 07:30 has passed; publishing all the same" in told.lines[1]
    assert deadline.manifest(early) == {"due": "2026-09-30T07:30:00+00:00", "met": True}
    assert deadline.manifest(late)["met"] is False
