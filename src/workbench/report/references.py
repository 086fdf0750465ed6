"""Which earlier reports a run is compared with: last month's, the year start's, a year ago's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from workbench.report import comparison, history
from workbench.report.history import Run
from workbench.result import Fact


@dataclass(frozen=True)
class References:
    """Earlier published runs of one pack.

    Attributes
    ----------
    last, year_start, year_ago : Run or None
        The newest run of the month before, of the December before, and of the same month a year
        before. Where there is none of the month before, `last` is the nearest earlier one.
    same_day : Run or None
        The newest run up to the same day on another snapshot.
    monthly : mapping of date to Run
        The newest run of every earlier month, by the month's last day, the earliest first.
    """

    last: Run | None = None
    year_start: Run | None = None
    year_ago: Run | None = None
    same_day: Run | None = None
    monthly: Mapping[date, Run] = field(default_factory=dict)

    def facts(self, run: Run | None) -> dict[str, Fact]:
        """Return the facts of one of them; none of none."""
        return comparison.recorded_facts(run.folder) if run and run.folder else {}

    def series(self, months: int) -> dict[date, dict[str, Fact]]:
        """Return the facts of the last `months` months' runs, the earliest first."""
        return {month: self.facts(run) for month, run in [*self.monthly.items()][-months:]}


def references(pack: str, as_of: date, snapshot: str) -> References:
    """Return the reports that a run of `pack` up to `as_of` on `snapshot` is compared with."""
    return chosen(history.published(pack), as_of, snapshot)


def chosen(runs: Iterable[Run], as_of: date, snapshot: str) -> References:
    """Return those of `runs`, the newest first, that a run is compared with."""
    newest: dict[date, Run] = {}
    same: list[Run] = []
    for run in runs:
        if run.as_of is None or run.folder is None:
            continue
        if run.as_of == as_of and run.snapshot != snapshot:
            same.append(run)
        month = month_end(run.as_of)
        if month < month_end(as_of):
            newest.setdefault(month, run)
    monthly = dict(sorted(newest.items()))
    closing = month_end(as_of)
    before = closing.replace(day=1) - timedelta(days=1)
    return References(
        last=monthly.get(before) or next(reversed(monthly.values()), None),
        year_start=monthly.get(date(closing.year - 1, 12, 31)),
        year_ago=monthly.get(month_end(closing.replace(day=1, year=closing.year - 1))),
        same_day=next(iter(same), None),
        monthly=monthly,
    )


def month_end(day: date) -> date:
    """Return the last day of the month of `day`.

    >>> month_end(date(2026, 2, 3))
    datetime.date(2026, 2, 28)
    """
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
