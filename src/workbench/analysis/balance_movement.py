"""Where a change of the loan balance comes from: new loans, repayments, losses, in money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import contributions
from workbench.result import Column, Fact, Finding, Result, day_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WRITTEN_OFF = "written_off"
ORDER = (
    *("new", "drawn", "repaid", "matured", "renewed", "prepaid_own_funds"),
    *("prepaid_refinanced", "prepaid_unknown", "transferred", WRITTEN_OFF),
)
"""Every cause that a movement can have, as they stand in the table."""


@dataclass(frozen=True, eq=False, repr=False)
class BalanceMovement(Result):
    """The movement of the balance by cause; its rows add up to the change.

    Attributes
    ----------
    table : DataFrame
        One row per `movement` (code) that occurred: `loans`, `amount` (positive when it adds).
    facts : mapping
        `opening`, `closing`, `change`, and the amount of every movement by its code.
    since : date
        The month end the movement is counted from.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    since: date
    columns: ClassVar[tuple[Column, ...]] = (
        Column("movement", "code", values="movement"),
        Column("loans", "count"),
        Column("amount", "money", signed=True),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)

    def summary(self) -> Finding:
        """Say how far the balance moved, and by what."""
        kind = "rose" if self.facts["change"].value > 0 else "fell"
        quoted = ("opening", "closing", "change", "new", "repaid", WRITTEN_OFF)
        return Finding(f"changes.balance.{kind}", quoted, {"since": day_word(self.since)})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw every movement and their sum on `ax`."""
        labels = [schema.value("movement", code) for code in self.table["movement"]]
        return contributions.draw(
            self.table.assign(label=labels, value=self.table["amount"]),
            rows="label",
            total=text.say("changes.total"),
            unit="money",
            label=text.say("changes.balance.axis"),
            ax=ax,
        )


def balance_movement(moves: pd.DataFrame, since: date) -> BalanceMovement:
    """Split the change of the balance between two month ends by what happened to each loan.

    Parameters
    ----------
    moves : DataFrame
        The query `loan_movement`: `way`, `cause`, `loans`, `balance_before`, `balance_now`,
        `written_off`, in any grouping.
    since : date
        The earlier month end.
    """
    check.columns(moves, "cause", "loans", "balance_before", "balance_now", WRITTEN_OFF)
    rows = moves.assign(
        amount=moves["balance_now"] - moves["balance_before"] + moves[WRITTEN_OFF],
    )
    sums = rows.groupby("cause")[["loans", "amount"]].sum()
    # What is left of a loan that ended by being written off is written off as well.
    ended = sums["amount"].get(WRITTEN_OFF, 0.0)
    lost = float(ended - moves[WRITTEN_OFF].sum())
    loans = int(
        moves.loc[(moves["cause"] == WRITTEN_OFF) | (moves[WRITTEN_OFF] > 0), "loans"].sum()
    )
    sums = sums.reindex([*ORDER, *sorted(set(sums.index) - set(ORDER))], fill_value=0)
    sums.loc[WRITTEN_OFF] = {"loans": loans, "amount": lost}
    amounts = {str(code): Fact(float(value), "money") for code, value in sums["amount"].items()}
    opening, closing = (float(moves[f"balance_{when}"].sum()) for when in ("before", "now"))
    facts = {
        "opening": Fact(opening, "money"),
        "closing": Fact(closing, "money"),
        "change": Fact(closing - opening, "money"),
        **amounts,
    }
    table = sums[(sums["loans"] > 0) | (sums["amount"] != 0)].rename_axis("movement").reset_index()
    return BalanceMovement("changes.balance", table.astype({"loans": int}), facts, since)
