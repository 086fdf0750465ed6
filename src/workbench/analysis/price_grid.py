"""The price grid of a segment: a floor for each grade, amount and term, and actual prices in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import axes, grid
from workbench.result import NO_BREAK, Column, Fact, Finding, Result, Word
from workbench.rules import loan_pricing
from workbench.stats import loan_price
from workbench.stats.arrays import Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIXED = "FIXED"
CELL = ["grade", "amount_at", "term_at"]
SLOPED = {"floor_rise": "floor_bp_mean", "list_rise": "listed", "paid_rise": "spread"}
"""What is compared between the best and the worst grade."""
HELD = 30
"""Loans that a grade needs to be compared: with fewer its mean price says little."""


@dataclass(frozen=True, eq=False, repr=False)
class PriceGrid(Result):
    """Floors of every grade, amount and term in which a segment borrows.

    Attributes
    ----------
    table : DataFrame
        One row per cell: `grade`, `amount_band`, `term_band`, `floor_spread` (quoted, over the
        prime rate, as a fraction).
    facts : mapping
        `cells`, `lowest`, `highest` (floor).
    segment : str
        Whose grid it is.
    actual : ActualPrices
        What loans in these cells cost.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    segment: str
    actual: "ActualPrices"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("grade"),
        Column("amount_band", "said"),
        Column("term_band", "said"),
        Column("floor_spread", "bp", signed=True),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)

    def summary(self) -> Finding:
        """Say over which spreads the floor runs."""
        return Finding(
            f"{self.name}.finding", tuple(self.facts), {"segment": Word(self.segment, "segment")}
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the floor by grade and amount for the shortest term of the grid."""
        spoken = str(text.language())
        table = self.table.assign(
            amount=[band[spoken].replace(" ", NO_BREAK) for band in self.table["amount_band"]],
            term=[band[spoken] for band in self.table["term_band"]],
        )
        first = str(table["term"].iloc[0])
        shown = table[table["term"] == first]
        wide = shown.pivot_table(index="grade", columns="amount", values="floor_spread", sort=False)
        return grid.draw(
            wide,
            marks=np.full(wide.shape, ""),
            unit="bp",
            label=text.say("pricing.grid_axis", term=first),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class ActualPrices(Result):
    """Prices of the loans in the cells of a grid.

    Attributes
    ----------
    table : DataFrame
        One row per cell that holds loans: `grade`, `amount_band`, `term_band`, `loans`,
        `list_spread` and `actual_spread` (means weighted by amount), `above_floor` (actual less the
        loans' own floors) and `raroc`.
    facts : mapping
        `loans`, `judged` (cells), `under` (cells whose mean is below the floors) and, where two
        grades have enough loans, from the best to the worst of them `floor_rise`, `list_rise` and
        `paid_rise` (differences of means weighted by amount).
    segment : str
        Whose loans they are.
    grades : tuple of str
        The best and the worst grade with enough loans; empty with fewer than two.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    segment: str
    grades: tuple[str, ...]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("grade"),
        Column("amount_band", "said"),
        Column("term_band", "said"),
        Column("loans", "count"),
        Column("list_spread", "bp", signed=True),
        Column("actual_spread", "bp", signed=True),
        Column("above_floor", "bp", signed=True),
        Column("raroc", "share"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say in how many cells prices are below their floors, and whether they follow the risk."""
        words = {"segment": Word(self.segment, "segment")}
        if not self.grades:
            return Finding(f"{self.name}.finding", tuple(self.facts), words)
        words |= dict(zip(("best", "worst"), map(Word, self.grades), strict=True))
        flat = self.facts["paid_rise"].value < self.facts["floor_rise"].value / 2
        return Finding(f"{self.name}.{'flat' if flat else 'sloped'}", tuple(self.facts), words)


def price_grid(priced: pd.DataFrame, day: date, *, segment: str) -> PriceGrid:
    """Price a typical loan of `segment` in every cell of grade, amount and term.

    The floor of a cell has the mean PD of its grade over all loans, made to rise from grade to
    grade, the geometric mean of its amounts and the longest of its terms, and loss given default,
    capital, tax and fees as the segment's loans have on average; recorded relationship income takes
    nothing off a list price.

    Parameters
    ----------
    priced : DataFrame
        `PriceFloor.priced`.
    day : date
        Day whose rules are used; the prime rate is that of the newest loan.
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
    loans = priced[(priced["segment"] == segment) & priced["grade"].notna()]
    check.rows(loans, f"priced loans of the segment {segment!r}")
    lower, upper = np.array(own.grid.amounts), np.array(own.grid.terms)
    loans = loans.assign(
        amount_at=np.maximum(np.searchsorted(lower, loans["principal"], side="right") - 1, 0),
        term_at=np.minimum(np.searchsorted(upper, loans["term"], side="left"), len(upper) - 1),
        list_spread=_listed(loans),
    )
    every = _cells(loans, priced.groupby("grade")["pd"].mean().sort_index().cummax(), own)
    actual = _actual(loans)
    rises, grades = _rises(loans)
    said = ActualPrices(
        "pricing.actual_grid",
        _named(actual, lower, upper),
        _judged(actual) | rises,
        segment,
        grades,
    )
    facts = {
        "cells": Fact(len(every), "ledger"),
        "lowest": Fact(float(every["floor_spread"].min()), "bp"),
        "highest": Fact(float(every["floor_spread"].max()), "bp"),
    }
    return PriceGrid("pricing.grid", _named(every, lower, upper), facts, segment, said)


def _listed(loans: pd.DataFrame) -> Vector:
    """Return the list price over the prime rate, as a fraction; fixed list prices less the rate."""
    whole = np.where(loans["list_base"].eq(FIXED), loans["prime"].to_numpy(float), 0.0)
    return np.asarray(loans["list_bp"].to_numpy(float, na_value=np.nan) / 1e4 - whole)


def _cells(
    loans: pd.DataFrame, chance: "pd.Series[float]", own: loan_pricing.LoanPricing
) -> pd.DataFrame:
    places = loans[CELL[1:]].drop_duplicates()
    every = places.merge(pd.DataFrame({"grade": chance.index}), how="cross")[CELL]
    every = every.sort_values([*CELL[1:], "grade"]).reset_index(drop=True)
    shape = every.assign(
        principal=_typical(own.grid.amounts)[every["amount_at"].to_numpy()],
        term=np.array(own.grid.terms)[every["term_at"].to_numpy()],
        segment=loans["segment"].iloc[0],
        **_usual(loans),
    )
    columns = {
        "funding": loan_pricing.funding(shape, own),
        "operating": loan_pricing.operating(shape, own),
        "pd": every["grade"].map(chance).to_numpy(float),
        **{name: np.full(len(every), loans[name].mean()) for name in ("lgd", "capital", "fee")},
        "tax": np.full(len(every), float(loans["tax"].mean())),
    }
    money = {"hurdle": own.capital.hurdle, "income_tax": own.capital.income_tax}
    prime = float(loans.sort_values("disbursed_on")["prime"].iloc[-1])
    highest = np.full(len(every), float(loans["exempt_to"].median()))
    floor = loan_price.exempt_price(loan_price.Costs.of(columns, **money), highest)[0].rate
    quoted = loan_pricing.quoted(floor, np.full(len(every), prime), own) / 1e4
    return every.assign(floor_spread=quoted)


def _typical(lower: list[float]) -> Vector:
    """Return the geometric mean of each band; half the upper end of the first, twice the last."""
    edges = np.array([*lower, 4 * lower[-1]])
    low = np.where(edges[:-1] > 0, edges[:-1], edges[1:] / 4)
    return np.asarray(np.sqrt(low * edges[1:]))


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
    by = held.groupby(CELL)
    sums = by[["spread", "over", "earned", "own", "listed", "principal"]].sum(min_count=1)
    found = pd.DataFrame(
        {
            "loans": by.size(),
            "list_spread": sums["listed"] / sums["principal"],
            "actual_spread": sums["spread"] / sums["principal"],
            "above_floor": sums["over"] / sums["principal"],
            "raroc": sums["earned"] / sums["own"],
        }
    )
    return found.reset_index().sort_values([*CELL[1:], "grade"]).reset_index(drop=True)


def _named(table: pd.DataFrame, lower: Vector, upper: Vector) -> pd.DataFrame:
    """Return the table with what its bands are called in each language."""
    amounts, terms = (
        [_said(kind, bounds, at) for at in range(len(bounds))]
        for kind, bounds in (("amount", lower), ("term", upper))
    )
    bands = pd.DataFrame(
        {
            "amount_band": [amounts[at] for at in table["amount_at"]],
            "term_band": [terms[at] for at in table["term_at"]],
        }
    )
    return pd.concat([table, bands], axis=1)


def _said(kind: str, bounds: Vector, at: int) -> dict[str, str]:
    """Return what a band is called in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            if kind == "term":
                found[str(language)] = text.say("pricing.term_band", months=int(bounds[at]))
            else:
                found[str(language)] = _amount(bounds, at)
    return found


def _amount(bounds: Vector, at: int) -> str:
    """Return what the band of amounts from `bounds[at]` is called in the current language."""
    low, high = (
        axes.tick(end, "money") for end in (bounds[at], bounds[min(at + 1, -1 + len(bounds))])
    )
    if at == len(bounds) - 1:
        return text.say("pricing.amount_from", low=low)
    kind = "band" if bounds[at] > 0 else "under"
    return text.say(f"pricing.amount_{kind}", low=low, high=high)


def _rises(loans: pd.DataFrame) -> tuple[dict[str, Fact], tuple[str, ...]]:
    """Return how floor, list and price rise from the best to the worst grade with enough loans."""
    held = loans[loans["list_spread"].notna()]
    held = held.assign(spread=held["spread_bp"] / 1e4, listed=held["list_spread"])
    held = held.assign(floor_bp_mean=held["spread"] - held["above_floor"])
    sizes = held.groupby("grade").size()
    grades = sorted(sizes.index[sizes >= HELD])
    if len(grades) < 2:
        return {}, ()
    ends = [held[held["grade"] == grade] for grade in (grades[0], grades[-1])]
    n = sum(map(len, ends))
    rises = {
        name: np.subtract(
            *(np.average(own[column], weights=own["principal"]) for own in ends[::-1])
        )
        for name, column in SLOPED.items()
    }
    facts = {name: Fact(float(rise), "bp", n=n) for name, rise in rises.items()}
    return facts, (str(grades[0]), str(grades[-1]))


def _judged(table: pd.DataFrame) -> dict[str, Fact]:
    n = int(table["loans"].sum())
    return {
        "loans": Fact(n, "count", n=n),
        "judged": Fact(len(table), "ledger"),
        "under": Fact(int((table["above_floor"] < 0).sum()), "ledger"),
    }
