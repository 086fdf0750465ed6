"""How long after the event the bank finds a public record, by kind of record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LATE = 30
"""Days after which a record comes late for a monthly review."""
WEAK = 3
"""Kinds that the figure sets off: the ones found last."""


@dataclass(frozen=True, eq=False, repr=False)
class RecordDelays(Result):
    """Days from an event to the day the bank found it.

    Only records that were found have a delay: of the newest events those found quickly are there
    already and the others are still to come, so the delays of all are somewhat longer.

    Attributes
    ----------
    table : DataFrame
        One row per `record_type`, longest median first: `records`, `median_days`, `p90_days`
        (nine in ten are found by then), `late_share` found after more than 30 days.
    facts : mapping
        `records`, `median`, `p90`, `late_share` of all; `longest` median of a kind.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("record_type", "code", values="record_type"),
        Column("records", "count"),
        Column("median_days", "count"),
        Column("p90_days", "count"),
        Column("late_share", "share"),
    )
    base: ClassVar[str | None] = "records"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.4)

    def summary(self) -> Finding:
        """Say how late records are found, and which kind last."""
        words = {"record": Word(str(self.table["record_type"].iloc[0]), "record_type")}
        shown = ("records", "median", "p90", "late_share", "longest")
        return Finding(f"{self.name}.finding", shown, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the median delay of each kind; the ones found last stand out."""
        table = self.table.assign(
            value=self.table["median_days"],
            strong=[at < WEAK for at in range(len(self.table))],
            label=[schema.value("record_type", kind) for kind in self.table["record_type"]],
        )
        return ranked.draw(
            table, rows="label", unit="count", label=text.say("information.delay_axis"), ax=ax
        )


def record_delays(delays: pd.DataFrame) -> RecordDelays:
    """Return how long after the event public records are found.

    Parameters
    ----------
    delays : DataFrame
        `record_type`, `delay_days`, `records` (`information_sources.record_delays`).
    """
    check.columns(delays, "record_type", "delay_days", "records")
    check.rows(delays, "public records")
    rows = [{"record_type": kind, **_measures(own)} for kind, own in delays.groupby("record_type")]
    table = pd.DataFrame(rows).sort_values(
        ["median_days", "record_type"], ascending=[False, True], ignore_index=True
    )
    whole = _measures(delays)
    n = int(whole["records"])
    facts = {
        "records": Fact(n, "count", n=n),
        "median": Fact(whole["median_days"], "count", n=n),
        "p90": Fact(whole["p90_days"], "count", n=n),
        "late_share": Fact(whole["late_share"], "share", n=n),
        "longest": Fact(table["median_days"].iloc[0], "count", n=int(table["records"].iloc[0])),
    }
    return RecordDelays("information.delays", table, facts)


def _measures(delays: pd.DataFrame) -> dict[str, float]:
    days = np.repeat(delays["delay_days"].to_numpy(float), delays["records"].to_numpy(int))
    # A whole day below which half, or nine in ten, were found: days are not divided.
    middle, most = np.quantile(days, [0.5, 0.9], method="inverted_cdf")
    return {
        "records": len(days),
        "median_days": float(middle),
        "p90_days": float(most),
        "late_share": float((days > LATE).mean()),
    }
