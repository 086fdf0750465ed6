"""The price grid of a segment: grade, amount and term, with floor, list and actual price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import loan_pricing
from workbench.stats import loan_price
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIXED = "FIXED"
CELL = ["grade", "amount_at", "term_at"]


@dataclass(frozen=True, eq=False, repr=False)
class PriceGrid(Result):
    """Floors of every cell of grade, amount and term in which a segment borrows.

    Attributes
    ----------
    table : DataFrame
        One row per cell: `grade`, `amount_band`, `term_band`, `loans`, `floor_spread` (quoted,
        over the prime rate, as a fraction), `list_spread` and `actual_spread` (means of its loans),
        `above_floor` (actual less floor) and `raroc`.
    facts : mapping
        `cells`, `loans`, `lowest`, `highest` (floor), `under` (cells whose actual mean is below
        the floor), `judged` (cells with loans).
    segment : str
        Whose grid it is.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    segment: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("grade"),
        Column("amount_band", "said"),
        Column("term_band", "said"),
        Column("loans", "count"),
        Column("floor_spread", "bp", signed=True),
        Column("list_spread", "bp", signed=True),
        Column("actual_spread", "bp", signed=True),
        Column("above_floor", "bp", signed=True),
        Column("raroc", "share"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)

    def summary(self) -> Finding:
        """Say over which spreads the floor runs, and in how many cells prices are below it."""
        return Finding(
            f"{self.name}.finding", tuple(self.facts), {"segment": Word(self.segment, "segment")}
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the floor by grade and amount for the commonest term, marked where prices are below.

        A mark stands where the actual mean of the cell is shown and below the floor.
        """
        spoken = text.language()
        table = self.table.assign(
            amount=[band[spoken] for band in self.table["amount_band"]],
            term=[band[spoken] for band in self.table["term_band"]],
        )
        common = table.groupby("term", sort=False)["loans"].sum().idxmax()
        shown = table[table["term"] == common]
        floors = _wide(shown, "floor_spread")
        under = _wide(shown, "above_floor").to_numpy(float) < 0
        return grid.draw(
            floors,
            marks=np.where(under, text.say("pricing.under_mark"), ""),
            unit="bp",
            label=text.say("pricing.grid_axis", term=common),
            ax=ax,
        )


def price_grid(priced: pd.DataFrame, day: date, *, segment: str) -> PriceGrid:
    """Price a typical loan of `segment` in every cell of grade, amount and term.

    The floor of a cell has the mean PD of its grade, made to rise from grade to grade, the funding
    and running cost of its term and mean amount, and loss given default, capital and fees of the
    segment; recorded relationship income takes nothing off a list price.

    Parameters
    ----------
    priced : DataFrame
        `PriceFloor.priced`.
    day : date
        Day whose rules and prime rate (that of the newest loan) are used.
    segment : str
        Code of the list `segment`.

    Raises
    ------
    DataError
        The segment has no priced loan.
    ParameterError
        There is no such segment.
    """
    check.choice(segment, schema.values("segment"), "segment")
    check.columns(priced, *loan_price.ARRAYS, "grade", "term", "principal", "prime", "list_bp")
    own = loan_pricing.rules(day)
    loans = priced[priced["segment"] == segment]
    check.rows(loans, f"priced loans of the segment {segment!r}")
    lower, upper = np.array(own.grid.amounts), np.array(own.grid.terms)
    loans = loans.assign(
        amount_at=np.maximum(np.searchsorted(lower, loans["principal"], side="right") - 1, 0),
        term_at=np.minimum(np.searchsorted(upper, loans["term"], side="left"), len(upper) - 1),
        list_spread=_listed(loans),
    )
    table = _cells(loans, own)
    table["amount_band"] = [_said("amount", lower, at) for at in table["amount_at"]]
    table["term_band"] = [_said("term", upper, at) for at in table["term_at"]]
    return PriceGrid("pricing.grid", table, _facts(table), segment)


def _listed(loans: pd.DataFrame) -> pd.Series:  # type: ignore[type-arg]
    """Return the list price over the prime rate, as a fraction; fixed list prices less the rate."""
    whole = np.where(loans["list_base"].eq(FIXED), loans["prime"].to_numpy(float), 0.0)
    return loans["list_bp"].astype(float) / 1e4 - whole


def _cells(loans: pd.DataFrame, own: loan_pricing.LoanPricing) -> pd.DataFrame:
    grades = sorted(loans["grade"].dropna().unique())
    chance = loans.groupby("grade")["pd"].mean().reindex(grades).cummax()
    places = loans[CELL[1:]].drop_duplicates().sort_values(CELL[1:])
    every = places.merge(pd.DataFrame({"grade": grades}), how="cross")[CELL]
    every = every.sort_values(CELL).reset_index(drop=True)
    typical = loans.groupby(CELL[1:])[["principal", "term"]].mean()
    shape = every.join(typical, on=CELL[1:])
    shape = shape.assign(segment=loans["segment"].iloc[0], **_usual(loans))
    columns = {
        "funding": loan_pricing.funding(shape, own),
        "operating": loan_pricing.operating(shape, own),
        "pd": every["grade"].map(chance).to_numpy(float),
        **{name: np.full(len(every), loans[name].mean()) for name in ("lgd", "capital", "fee")},
        "tax": np.full(len(every), float(loans["tax"].mean())),
    }
    money = {"hurdle": own.capital.hurdle, "income_tax": own.capital.income_tax}
    prime = loans.sort_values("disbursed_on")["prime"].iloc[-1]
    highest = np.full(len(every), float(loans["exempt_to"].median()))
    floor = loan_price.exempt_price(loan_price.Costs.of(columns, **money), highest)[0].rate
    quoted = loan_pricing.quoted(floor, np.full(len(every), prime), own) / 1e4
    return every.assign(floor_spread=quoted).join(_actual(loans), on=CELL).fillna({"loans": 0})


def _usual(loans: pd.DataFrame) -> dict[str, Any]:
    """Return how most of the loans are repaid and repriced."""
    names = ("repayment_method", "rate_type")
    usual: dict[str, Any] = {name: loans[name].mode().iloc[0] for name in names}
    return usual | {"reprice_months": float(loans["reprice_months"].astype(float).median())}


def _actual(loans: pd.DataFrame) -> pd.DataFrame:
    held = loans.assign(
        spread=loans["spread_bp"] / 1e4 * loans["principal"],
        over=loans["above_floor"] * loans["principal"],
        earned=loans["raroc"] * loans["capital"] * loans["principal"],
        own=loans["capital"] * loans["principal"],
        listed=loans["list_spread"] * loans["principal"],
    )
    sums = held.groupby(CELL)[["spread", "over", "earned", "own", "listed", "principal"]].sum()
    return pd.DataFrame(
        {
            "loans": held.groupby(CELL).size(),
            "list_spread": sums["listed"] / sums["principal"],
            "actual_spread": sums["spread"] / sums["principal"],
            "above_floor": sums["over"] / sums["principal"],
            "raroc": sums["earned"] / sums["own"],
        }
    )


def _wide(table: pd.DataFrame, name: str) -> pd.DataFrame:
    wide = table.pivot_table(index="grade", columns="amount", values=name, sort=False, dropna=False)
    return wide.reindex(columns=list(dict.fromkeys(table["amount"])))


def _said(kind: str, bounds: np.ndarray, at: int) -> dict[str, str]:  # type: ignore[type-arg]
    """Return what a band is called in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            if kind == "term":
                found[str(language)] = text.say("pricing.term_band", months=int(bounds[at]))
            else:
                low = formats.number(bounds[at], "money")
                found[str(language)] = text.say("pricing.amount_band", low=low)
    return found


def _facts(table: pd.DataFrame) -> dict[str, Fact]:
    n = int(table["loans"].sum())
    some = table[table["loans"] > 0]
    return {
        "cells": Fact(len(table), "count"),
        "judged": Fact(len(some), "count"),
        "under": Fact(int((some["above_floor"] < 0).sum()), "count"),
        "lowest": Fact(float(table["floor_spread"].min()), "bp"),
        "highest": Fact(float(table["floor_spread"].max()), "bp"),
        "loans": Fact(n, "count", n=n),
    }
