"""What the bank did not know yet, or might not use, on the day it would have scored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result


@dataclass(frozen=True, eq=False, repr=False)
class CreditClock(Result):
    """Per source, the facts about the time before the cohort days, and those that were withheld.

    Attributes
    ----------
    table : DataFrame
        One row per source: `fact_source`, `clock_rule` (which day decides), `about_before` (facts
        about the time before a cohort day), `known_late` (of those, not known to the bank that
        day), `without_consent` (not to be used that day) and `withheld_share`.
    facts : mapping
        `sources`, `about_before`, `known_late`, `without_consent`, `withheld_share`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("fact_source", "code", values="feature_table"),
        Column("clock_rule", "code", values="clock_rule"),
        Column("about_before", "count"),
        Column("known_late", "count"),
        Column("without_consent", "count"),
        Column("withheld_share", "share"),
    )
    base: ClassVar[str | None] = "about_before"
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say how much was withheld by the clock and by consent."""
        return Finding(f"{self.name}.finding", tuple(self.facts))


def credit_clock(clock: pd.DataFrame) -> CreditClock | None:
    """Count what the guard against late knowledge keeps out of the features.

    Returns nothing where no source is on file before any cohort day.

    Parameters
    ----------
    clock : DataFrame
        `Bank.credit_clock`: `fact_source`, `cohort`, `about_before`, `known_late`,
        `without_consent`.
    """
    check.columns(clock, "fact_source", "about_before", "known_late", "without_consent")
    if clock.empty:
        return None
    counts = ["about_before", "known_late", "without_consent"]
    table = clock.groupby("fact_source", sort=True)[counts].sum().astype(int).reset_index()
    withheld = table["known_late"] + table["without_consent"]
    table.insert(1, "clock_rule", table["fact_source"])
    table = table.assign(withheld_share=withheld / table["about_before"])
    whole = int(table["about_before"].sum())
    facts = {
        "sources": Fact(len(table), "count"),
        **{name: Fact(int(table[name].sum()), "count", n=whole) for name in counts},
        "withheld_share": Fact(float(withheld.sum()) / whole, "share", n=whole),
    }
    return CreditClock("risk.clock", table, facts)
