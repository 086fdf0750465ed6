"""Whether the bank's five-tier classes follow the rules in every month, and how claims move up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import columns
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import cure, five_tier, statuses
from workbench.rules.tape import UNKNOWN, amounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class StatusMonths(Result):
    """The five-tier classes month by month: how many are milder than the rules, hasty upgrades.

    Attributes
    ----------
    table : DataFrame
        One row per month end, oldest first: `status_month`, `loans` compared, `milder` (loans the
        bank classes better than the rules allow), `milder_share` of the balance, `upgraded` (claims
        that are not retail and became performing) and `upgraded_early` (of these, too early).
    facts : mapping
        `months`, `highest` (largest `milder_share`), `upgraded`, `upgraded_early` over all months.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("status_month", "date"),
        Column("loans", "count"),
        Column("milder", "count"),
        Column("milder_share", "share2"),
        Column("upgraded", "count"),
        Column("upgraded_early", "count"),
    )
    base: ClassVar[str | None] = "loans"
    about: ClassVar[str] = "ledger"

    def summary(self) -> Finding:
        """Say how large the milder part ever was, and how many upgrades came too early."""
        return Finding(f"{self.name}.finding", tuple(self.facts), {"month": self._worst()})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the milder share of the balance per month; the largest stands out."""
        months = [f"{month:%Y-%m}" for month in self.table["status_month"]]
        share = self.table["milder_share"]
        return columns.draw(
            self.table.assign(value=share, strong=share == share.max(), month=months),
            columns="month",
            unit="share2",
            label=text.say("status.milder_axis"),
            ax=ax,
        )

    def _worst(self) -> Word:
        share = self.table["milder_share"].fillna(0).to_numpy(float)
        return Word(f"{self.table['status_month'].iloc[int(share.argmax())]:%Y-%m}", "month")


def status_months(
    tape: pd.DataFrame, schedule: pd.DataFrame, *, units_per_euro: float = 1.0
) -> StatusMonths:
    """Compare the bank's classes with their floors in every month of `tape`.

    Parameters
    ----------
    tape : DataFrame
        As the query `loan_status` gives it. The edition in force at its newest month end judges all
        months: what a loan of an earlier month would be under the rules of today.
    schedule : DataFrame
        As the query `schedule_dpd` gives it; its days past due come before the bank's own.
    units_per_euro : float
        Units of the tape's currency that make one euro.
    """
    check.columns(tape, "loan_id", "month_end", "five_class", "balance")
    check.rows(tape, "loans with a balance")
    packs = statuses.packs(tape["month_end"].max().date())
    tape = statuses.scheduled(tape, schedule)
    floor = statuses.judged(tape, packs, units_per_euro=units_per_euro).floor
    own = five_tier.coded(tape["five_class"])
    known = (own != UNKNOWN) & (floor != UNKNOWN)
    milder = known & (own < floor)
    balance, moves = amounts(tape, "balance"), cure.upgrades(tape, packs.loans)
    counted = pd.DataFrame(
        {
            "status_month": tape["month_end"].to_numpy(),
            "loans": known,
            "milder": milder,
            "balance": balance * known,
            "milder_balance": balance * milder,
            "upgraded": moves.upgraded,
            "upgraded_early": moves.early,
        }
    )
    sums = counted.groupby("status_month", sort=True).sum().reset_index()
    share = sums["milder_balance"] / sums["balance"].replace(0.0, np.nan)
    table = sums.assign(milder_share=share).drop(columns=["balance", "milder_balance"])
    return StatusMonths("status.months", table, _facts(table))


def _facts(table: pd.DataFrame) -> dict[str, Fact]:
    upgraded = int(table["upgraded"].sum())
    return {
        "months": Fact(len(table), "count"),
        "highest": Fact(float(table["milder_share"].max()), "share2", n=int(table["loans"].max())),
        "upgraded": Fact(upgraded, "count"),
        "upgraded_early": Fact(int(table["upgraded_early"].sum()), "count", n=upgraded),
    }
