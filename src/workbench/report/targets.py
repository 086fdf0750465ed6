"""What a pack promises: when it is there, and within which limits its facts are."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from workbench.record import Recorded
from workbench.report.pack import Level, Threshold
from workbench.report.progress import Progress


@dataclass(frozen=True)
class Crossed:
    """A fact beyond one of its limits.

    Attributes
    ----------
    notebook, fact : str
        Whose fact, as `<result>.<fact>`.
    level : str
        `yellow`, `red`, or `unknown` when the fact has no value.
    value, limit : float or None
        What it is, and what it crossed; None when unknown.
    side : str
        `above` or `below`; empty when unknown.
    """

    notebook: str
    fact: str
    level: Level | Literal["unknown"]
    value: float | None
    limit: float | None
    side: Literal["above", "below", ""]

    def manifest(self) -> dict[str, object]:
        """Return the same as plain values."""
        return asdict(self)


def crossed(
    notebook: str, recorded: Recorded, thresholds: Mapping[str, Threshold]
) -> Iterator[Crossed]:
    """Give the facts of `recorded` that are beyond a limit, each at its worst level."""
    facts = recorded.facts()
    for name, threshold in thresholds.items():
        if name not in facts:
            continue
        value = facts[name].value
        if math.isnan(value):
            yield Crossed(notebook, name, "unknown", None, None, "")
        elif worst := _worst(threshold, value):
            level, limit, side = worst
            yield Crossed(notebook, name, level, value, limit, side)


def _worst(
    threshold: Threshold, value: float
) -> tuple[Level, float, Literal["above", "below"]] | None:
    levels: tuple[Level, ...] = ("red", "yellow")
    for level in levels:
        if threshold.above and value > (limit := float(getattr(threshold.above, level))):
            return level, limit, "above"
        if threshold.below and value < (limit := float(getattr(threshold.below, level))):
            return level, limit, "below"
    return None


@dataclass(frozen=True)
class Deadline:
    """When a run is due."""

    due: datetime

    @classmethod
    def of(cls, clock: time, begun: datetime) -> "Deadline":
        """Return the deadline of a run that began at `begun`: the nearest moment of `clock`.

        A run that begins at 02:00 or at 22:00 is due at the next 07:30; one at 07:45 is late.
        """
        today = begun.replace(
            hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0
        )
        days = (today - timedelta(days=1), today, today + timedelta(days=1))
        return cls(min(days, key=lambda due: abs(due - begun)))

    def warn(self, now: datetime, usual: float | None, progress: Progress) -> None:
        """Say that the deadline has passed, or that as long as last time would be too long."""
        if now > self.due:
            progress.say(f"warning: the deadline {self._said} has passed; publishing all the same")
        elif usual is not None and now + timedelta(seconds=usual) > self.due:
            progress.say(
                f"warning: the last run took {usual:.0f} s, so the deadline {self._said} "
                "will be missed"
            )

    def manifest(self, now: datetime) -> dict[str, object]:
        """Return when it was due, and whether that was met at `now`."""
        return {"due": self.due.isoformat(timespec="seconds"), "met": now <= self.due}

    @property
    def _said(self) -> str:
        return f"{self.due:%Y-%m-%d %H:%M}"
