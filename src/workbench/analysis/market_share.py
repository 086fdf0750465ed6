"""The bank's share of the loans to firms of all banks, quarter by quarter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import lines
from workbench.result import Column, Fact, Finding, Result, day_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHOLE = "ALL"
"""Code of a market series that is not split by industry or size."""
SHOWN = 9
"""Quarters that are shown: two years, and where they began."""


@dataclass(frozen=True, eq=False, repr=False)
class MarketShare(Result):
    """Loans to firms beside those of all banks of the place, at the same quarter ends.

    Attributes
    ----------
    table : DataFrame
        One row per quarter, oldest first: `quarter_end`, `market_loans` (of all banks), `own_loans`
        (the bank's to firms), `firms`, `market_share`, and `own_growth` and `market_growth` over
        twelve months.
    facts : mapping
        `market_share`, `market_share_change` (over twelve months), `own_loans`, `market_loans`,
        `own_growth`, `market_growth` of the newest quarter; none without a series.
    newest : date or None
        The newest quarter that is published.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    newest: date | None
    columns: ClassVar[tuple[Column, ...]] = (
        Column("quarter_end", "date"),
        Column("own_loans", "money"),
        Column("market_loans", "money"),
        Column("market_share", "share2"),
        Column("own_growth", "share", signed=True),
        Column("market_growth", "share", signed=True),
    )
    base: ClassVar[str | None] = "firms"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)
    key: ClassVar[tuple[str, ...]] = ("market_share", "own_growth", "market_growth")

    def summary(self) -> Finding:
        """Say the share, how it moved over a year, and who grew faster."""
        if self.newest is None:
            return Finding("market.share.none")
        day = {"quarter": day_word(self.newest)}
        change = self.facts["market_share_change"].value
        if np.isnan(change):
            return Finding("market.share.now", ("market_share", "own_loans", "market_loans"), day)
        kind = "gained" if change > 0 else "lost"
        quoted = ("market_share", "market_share_change", "own_growth", "market_growth")
        return Finding(f"market.share.{kind}", (*quoted, "own_loans", "market_loans"), day)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the growth of the bank's loans to firms beside that of all banks."""
        shown = self.table.dropna(subset=["own_growth", "market_growth"])
        return lines.draw(
            shown.assign(label=[f"{day:%Y-%m}" for day in shown["quarter_end"]]),
            columns="label",
            lines={name: text.say(f"column.{name}") for name in ("own_growth", "market_growth")},
            unit="share",
            label=text.say("market.share.axis"),
            ax=ax,
        )


def market_share(market: pd.DataFrame, firms: pd.DataFrame) -> MarketShare:
    """Compare the bank's loans to firms with those of all banks at each published quarter end.

    Parameters
    ----------
    market : DataFrame
        The query `market_totals`: `region_code`, `industry_code`, `size_class`, `period_end`,
        `market`. Of several regions the one with most loans; the series that is not split, else the
        sum over industries, else over sizes.
    firms : DataFrame
        The query `firm_loans`: `month_end`, `firms`, `balance`.
    """
    check.columns(market, "region_code", "industry_code", "size_class", "period_end", "market")
    check.columns(firms, "month_end", "firms", "balance")
    own = firms.rename(columns={"month_end": "quarter_end", "balance": "own_loans"})
    table = _totals(market).merge(own, on="quarter_end", how="inner").sort_values("quarter_end")
    table["market_share"] = table["own_loans"] / table["market_loans"]
    year_before = table.set_index("quarter_end")[["own_loans", "market_loans", "market_share"]]
    earlier = [pd.Timestamp(day) - pd.offsets.MonthEnd(12) for day in table["quarter_end"]]
    then = year_before.reindex(pd.DatetimeIndex(earlier)).reset_index(drop=True)
    table = table.reset_index(drop=True)
    for name in ("own", "market"):
        table[f"{name}_growth"] = table[f"{name}_loans"] / then[f"{name}_loans"] - 1
    change = table["market_share"] - then["market_share"]
    if table.empty:
        return MarketShare("market.share", table, {}, None)
    last = table.iloc[-1]
    n = int(last["firms"])
    facts = {
        "market_share": Fact(float(last["market_share"]), "share2", n=n),
        "market_share_change": Fact(float(change.iloc[-1]), "pp", n=n),
        "own_loans": Fact(float(last["own_loans"]), "money", n=n),
        "market_loans": Fact(float(last["market_loans"]), "money"),
        "own_growth": Fact(float(last["own_growth"]), "share", n=n),
        "market_growth": Fact(float(last["market_growth"]), "share"),
    }
    newest = pd.Timestamp(last["quarter_end"]).date()
    return MarketShare("market.share", table.tail(SHOWN).reset_index(drop=True), facts, newest)


def _totals(market: pd.DataFrame) -> pd.DataFrame:
    """Return loans of all banks by quarter end, from one way of splitting them."""
    by_industry, by_size = (market[name] != WHOLE for name in ("industry_code", "size_class"))
    for rows in (~by_industry & ~by_size, by_industry & ~by_size, ~by_industry & by_size):
        own = market[rows]
        if own.empty:
            continue
        # Regions beside one another would count firms twice where one holds the other.
        newest = own[own["period_end"] == own["period_end"].max()]
        place = newest.groupby("region_code")["market"].sum().idxmax()
        sums = own[own["region_code"] == place].groupby("period_end")["market"].sum()
        return pd.DataFrame({"quarter_end": pd.to_datetime(sums.index), "market_loans": sums.array})
    return pd.DataFrame({"quarter_end": pd.to_datetime([]), "market_loans": []})
