"""Special mention, non-performing and past due over the last months, as shares of the balance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, text
from workbench.plots import lines
from workbench.result import Column, Fact, Finding, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = {
    "npl_share": "npl",
    "special_mention_share": "special_mention",
    "past_due_share": "overdue",
}


@dataclass(frozen=True, eq=False, repr=False)
class LedgerQuality(Result):
    """The book's quality month by month.

    Attributes
    ----------
    table : DataFrame
        One row per `month_end`: `loans`, `balance`, `npl_share`, `special_mention_share` and
        `past_due_share` (of the balance).
    facts : mapping
        The three shares at the newest month end, each with `_month` (change since the month
        before) and `_change` (since the year began); `npl_amount`.
    moves : mapping
        Fact → the fact that is its change.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    moves: Mapping[str, str] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("month_end", "date"),
        Column("balance", "money"),
        *(Column(name, "share2") for name in SHARES),
        Column("loans", "count"),
    )
    base: ClassVar[str | None] = "loans"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)
    key: ClassVar[tuple[str, ...]] = tuple(SHARES)

    def summary(self) -> Finding:
        """Say where the three shares stand, and whether quality got better since the year began."""
        if "npl_share_change" not in self.facts:
            return Finding("ledger.quality.now", tuple(SHARES))
        worse = self.facts["npl_share_change"].value > 0
        kind = "worse" if worse else "better"
        quoted = (*SHARES, "npl_amount", *(f"{name}_change" for name in SHARES))
        return Finding(f"ledger.quality.{kind}", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the three shares over the months."""
        months = [f"{day:%Y-%m}" for day in self.table["month_end"]]
        return lines.draw(
            self.table.assign(label=months),
            columns="label",
            lines={name: text.say(f"column.{name}") for name in SHARES},
            unit="share2",
            label=text.say("ledger.quality.axis"),
            ax=ax,
        )


def ledger_quality(months: pd.DataFrame) -> LedgerQuality:
    """Return the book's quality over `months`, the query `ledger_months`, oldest first."""
    check.columns(months, "month_end", "loans", "balance", *SHARES.values())
    check.rows(months, "month ends of the ledger")
    table = months[["month_end", "loans", "balance"]].copy()
    for name, part in SHARES.items():
        table[name] = months[part] / months["balance"]
    newest = pd.Timestamp(table["month_end"].iloc[-1])
    dated = table.set_index("month_end")
    earlier = {
        "month": newest - pd.offsets.MonthEnd(1),
        "change": pd.Timestamp(newest.year - 1, 12, 31),
    }
    loans = int(table["loans"].iloc[-1])
    facts = {"npl_amount": Fact(float(months["npl"].iloc[-1]), "money", n=loans)}
    for name in SHARES:
        now = float(table[name].iloc[-1])
        facts[name] = Fact(now, "share2", n=loans)
        for when, day in earlier.items():
            if day in dated.index:
                change = now - float(dated[name].loc[day])
                facts[f"{name}_{when}"] = Fact(change, "pp", n=int(dated["loans"].loc[day]))
    moves = {name: f"{name}_month" for name in SHARES if f"{name}_month" in facts}
    return LedgerQuality("ledger.quality", table.reset_index(drop=True), facts, moves)
