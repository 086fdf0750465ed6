"""How many loans of each half-year went bad by age: whether newer ones are worse than older."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import lines
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.difference import difference
from workbench.stats.proportions import count_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HALF = 6
"""Months of disbursement in a cohort."""


@dataclass(frozen=True, eq=False, repr=False)
class LedgerVintage(Result):
    """Cumulative share of loans that went bad, by half-year of disbursement and age.

    Attributes
    ----------
    table : DataFrame
        One row per half-year, oldest first: `half_year` (such as 2025H2), `loans`, and
        `age_<months>` for each age: the share that was over the days of the default definition,
        non-performing or written off by then; missing where not every loan of the half-year is that
        old.
    facts : mapping
        `cohorts`, `age` (months at which two are compared), `bad_share` of the newest that is old
        enough, `bad_share_before` of that of a year earlier, `gap` (percentage points, with its
        interval).
    compared : tuple of str
        The two half-years that are compared, the newer first; empty without two.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: tuple[Column, ...]  # type: ignore[misc]
    compared: tuple[str, ...] = ()
    base: ClassVar[str | None] = "loans"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)
    key: ClassVar[tuple[str, ...]] = ("bad_share", "bad_share_before", "gap")

    def summary(self) -> Finding:
        """Say whether the newest half-year went bad faster than the one a year before."""
        if not self.compared:
            return Finding("ledger.vintage.early", ("cohorts",))
        gap = self.facts["gap"]
        assert gap.low is not None
        assert gap.high is not None
        kind = "worse" if gap.low > 0 else "better" if gap.high < 0 else "alike"
        words = {
            name: Word(cohort, said=_said(cohort))
            for name, cohort in zip(("newer", "older"), self.compared, strict=True)
        }
        quoted = ("age", "bad_share", "bad_share_before", "gap")
        return Finding(f"ledger.vintage.{kind}", quoted, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each half-year over the age."""
        ages = [column for column in self.table if str(column).startswith("age_")]
        turned = self.table.set_index("half_year")[ages].T.dropna(axis=1, how="all")
        months = [int(str(age).removeprefix("age_")) for age in ages]
        label = [text.say("ledger.vintage.age", months=each) for each in months]
        return lines.draw(
            turned.assign(label=label),
            columns="label",
            lines={str(each): str(each) for each in turned},
            unit="share2",
            label=text.say("ledger.vintage.axis"),
            ax=ax,
        )


def ledger_vintage(
    lent: pd.DataFrame,
    closing: date,
    *,
    ages: Sequence[int],
    cohorts: int,
    least: int,
    confidence: float = 0.95,
) -> LedgerVintage:
    """Return the share of loans gone bad by half-year of disbursement and months on the books.

    Loans that were repaid stay in the denominator: they did not go bad.

    Parameters
    ----------
    lent : DataFrame
        The query `vintages`: `year`, `month` (first of the half-year), `bad_month`, `loans`.
    closing : date
        The newest month end.
    ages : sequence of int
        Months on the books at which shares are given.
    cohorts : int
        The newest half-years that are shown.
    least : int
        Months the newest half-year must have behind it to be compared with that of a year before.
    confidence : float
        Coverage of the interval of the difference, from Wilson intervals of the two shares.
    """
    check.columns(lent, "year", "month", "bad_month", "loans")
    rows = [
        _row(own, int(own["year"].iloc[0]), int(own["month"].iloc[0]), closing, ages)
        for _, own in lent.groupby(["year", "month"], sort=True)
    ]
    names = ["half_year", "year", "half", "loans", *(f"age_{age}" for age in ages)]
    table = pd.DataFrame([row for row in rows if row is not None], columns=names)
    facts, compared = _compared(table, ages, least, confidence)
    table = table.tail(cohorts).reset_index(drop=True)
    columns = (
        Column("half_year"),
        Column("loans", "count"),
        *(Column(f"age_{age}", "share2") for age in ages),
    )
    facts |= {"cohorts": Fact(len(table), "count")}
    return LedgerVintage("ledger.vintage", table, facts, columns, compared)


def _row(
    own: pd.DataFrame, year: int, month: int, closing: date, ages: Sequence[int]
) -> dict[str, object] | None:
    """Return the shares of one half-year; nothing where not all of it is as old as any age."""
    # The youngest loan of the half-year was paid out in its last month.
    youngest = (closing.year - year) * 12 + closing.month - (month + HALF - 1)
    if youngest < min(ages):
        return None
    loans = int(own["loans"].sum())
    shares = {
        f"age_{age}": float(own.loc[own["bad_month"] <= age, "loans"].sum()) / loans
        if age <= youngest
        else np.nan
        for age in ages
    }
    half = 1 if month <= HALF else 2
    return {"half_year": f"{year}H{half}", "year": year, "half": half, "loans": loans, **shares}


def _compared(
    table: pd.DataFrame, ages: Sequence[int], least: int, confidence: float
) -> tuple[dict[str, Fact], tuple[str, ...]]:
    """Return the newest half-year beside that of a year before, at the greatest age of both."""
    for at in reversed(range(len(table))):
        row = table.iloc[at]
        old = table[(table["year"] == row["year"] - 1) & (table["half"] == row["half"])]
        reached = [age for age in ages if age >= least and not np.isnan(row[f"age_{age}"])]
        if len(old) and reached:
            age = max(reached)
            two = [_interval(own, age, confidence) for own in (row, old.iloc[0])]
            gap = difference(two[0], two[1])
            sizes = [int(own["loans"]) for own in (row, old.iloc[0])]
            ends = (100 * gap.low, 100 * gap.high)
            return {
                "age": Fact(age, "count"),
                "bad_share": Fact(two[0][0], "share2", *two[0][1:], confidence, sizes[0]),
                "bad_share_before": Fact(two[1][0], "share2", *two[1][1:], confidence, sizes[1]),
                "gap": Fact(100 * gap.value, "score", *ends, confidence, min(sizes)),
            }, (str(row["half_year"]), str(old.iloc[0]["half_year"]))
    return {}, ()


def _interval(row: "pd.Series[float]", age: int, confidence: float) -> tuple[float, float, float]:
    share, loans = float(row[f"age_{age}"]), int(row["loans"])
    ends = count_interval(round(share * loans), loans, "wilson", confidence)
    return share, float(ends[0]), float(ends[1])


def _said(cohort: str) -> dict[str, str]:
    """Return the half-year as a reader calls it, in each language."""
    year, _, half = cohort.partition("H")
    said = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            said[str(language)] = text.say(f"ledger.vintage.half_{half}", year=year)
    return said
