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
QUOTED = ("new", "drawn", "repaid", WRITTEN_OFF)
"""Movements that are facts too."""


@dataclass(frozen=True, eq=False, repr=False)
class BalanceMovement(Result):
    """The movement of the balance by cause; its rows add up to the change.

    Attributes
    ----------
    table : DataFrame
        One row per `movement` (code) that occurred: `loans`, `amount` (positive when it adds),
        `largest` and `second` (what the two customers who moved most moved).
    facts : mapping
        `opening`, `closing`, `change`, and the amounts of `new`, `drawn`, `repaid`, `written_off`.
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
        Column("amount", "money", signed=True, largest=("largest", "second")),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    row_facts: ClassVar[str | None] = "movement"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)

    def summary(self) -> Finding:
        """Say how far the balance moved, and by what."""
        kind = "rose" if self.facts["change"].value > 0 else "fell"
        quoted = ("opening", "closing", "change", "new", "repaid")
        return Finding(f"changes.balance.{kind}", quoted, {"since": day_word(self.since)})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw every movement and their sum on `ax`; suppressed ones together."""
        named = [schema.value("movement", each) for each in self.table["movement"]]
        moved = pd.DataFrame({"label": named, "value": self.table["amount"]})
        return contributions.draw(
            contributions.with_rest(moved, self.facts["change"].value, text.say("changes.rest")),
            rows="label",
            total=text.say("changes.total"),
            unit="money",
            label=text.say("changes.balance.axis"),
            ax=ax,
        )


def balance_movement(
    moves: pd.DataFrame, since: date, *, name: str = "changes.balance"
) -> BalanceMovement:
    """Split the change of the balance between two month ends by what happened to each loan.

    Parameters
    ----------
    moves : DataFrame
        The query `loan_movement`: `way`, `cause`, `loans`, `balance_before`, `balance_now`,
        `written_off`, `largest` and `second`, in any grouping.
    since : date
        The earlier month end.
    name : str
        Of the result.
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
    sums = sums.join(_tops(moves))
    amounts = {
        code: Fact(float(sums["amount"][code]), "money", n=int(sums["loans"][code]))
        for code in QUOTED
    }
    opening, closing = (float(moves[f"balance_{when}"].sum()) for when in ("before", "now"))
    facts = {
        "opening": Fact(opening, "money"),
        "closing": Fact(closing, "money"),
        "change": Fact(closing - opening, "money"),
        **amounts,
    }
    table = sums[(sums["loans"] > 0) | (sums["amount"] != 0)].rename_axis("movement").reset_index()
    return BalanceMovement(name, table.astype({"loans": int}), facts, since)


def _tops(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the two largest movements of customers by cause: `largest`, `second`."""
    partly = (moves[WRITTEN_OFF] > 0) & (moves["cause"] != WRITTEN_OFF)
    lost = moves[partly].assign(cause=WRITTEN_OFF)
    both = pd.concat([moves, lost])
    values = pd.concat([both.set_index("cause")[name] for name in ("largest", "second")])
    ordered = values.sort_values(ascending=False, kind="stable").groupby(level=0)
    return pd.DataFrame({"largest": ordered.nth(0), "second": ordered.nth(1)})
