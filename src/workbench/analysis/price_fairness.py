"""Same risk, same price: whether people alike in risk and product pay alike whoever they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.stats.arrays import Codes, Vector
from workbench.stats.grades import holm
from workbench.stats.grouped_means import means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALIKE = ("product_id", "grade", "main_security", "amount_at", "term", "month")
"""Loans of people are compared only when all of these are the same."""
AMOUNTS = (0.0, 50_000.0, 100_000.0, 200_000.0, 500_000.0, 1_000_000.0)
"""Lower ends of the bands within which amounts count as the same, yuan: of the comparison alone."""
YOUNG, OLD = 35, 55
"""Ages in whole years at which the bands of the comparison end and begin."""
PEOPLE = ("business_owner", "mortgage", "consumer")
"""Segments of people; a group that is not on record, or that a role does not see, stays empty."""
ONLINE = ("app", "web", "partner")


@dataclass(frozen=True, eq=False, repr=False)
class PriceFairness(Result):
    """How far prices of a group stand beside those of everybody else alike in risk.

    Attributes
    ----------
    table : DataFrame
        One row per `people` (list:code): `loans` (in cells where it can be compared), `cells`,
        `price_gap` (mean price less that of others in the same cell, with `low` to `high`,
        clustered by customer), `p_holm`, `verdict` (`alike`, `dearer`, `cheaper`).
    facts : mapping
        `groups`, `apart`, `widest` (largest gap in size), `loans`, `compared` (share of the loans
        of people that can be compared), `tolerated`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("people", "codes"),
        Column("loans", "count"),
        Column("cells", "count"),
        Column("price_gap", "bp", interval=("low", "high"), signed=True),
        Column("p_holm", "p"),
        Column("verdict", "code", values="price_verdict", judged=True),
    )
    base: ClassVar[str | None] = "loans"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)

    def summary(self) -> Finding:
        """Say whether some group pays otherwise at the same risk."""
        kind = "apart" if self.facts["apart"].value else "alike"
        return Finding(f"{self.name}.{kind}", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the gap of each group with its interval."""
        shown = self.table.dropna(subset=["price_gap"])
        labels = [code.partition(":") for code in shown["people"]]
        return intervals.draw(
            shown.assign(
                value=shown["price_gap"],
                label=[schema.value(values, code) for values, _, code in labels],
            ),
            rows="label",
            unit="bp",
            label=text.say("pricing.gap_axis"),
            ax=ax,
            reference=0.0,
        )


def price_fairness(
    priced: pd.DataFrame, *, tolerated_bp: float = 5.0, confidence: float = 0.95
) -> PriceFairness:
    """Compare prices of people within cells of the same product, grade, security, size and term.

    Parameters
    ----------
    priced : DataFrame
        `PriceFloor.priced`, with `gender`, `birth_year` and `channel`, which no price may use.
        Loans of firms are left out.
    tolerated_bp : float
        Gap that is too small to matter, basis points: a group is apart only when its gap is
        significant and larger.
    confidence : float
        Coverage of the intervals; 1 minus it is the level of all tests together.
    """
    check.columns(priced, "customer_id", "gender", "birth_year", "channel", "spread_bp", *ALIKE[:3])
    people = priced[priced["segment"].isin(PEOPLE)]
    check.rows(people, "loans of people")
    bands = np.searchsorted(np.array(AMOUNTS), people["principal"], side="right")
    month = people["disbursed_on"].dt.strftime("%Y-%m")
    people = people.assign(amount_at=bands, month=month)
    cell = np.asarray(
        people.groupby(list(ALIKE), dropna=False, sort=False).ngroup(), dtype=np.int64
    )
    gap = people["spread_bp"].to_numpy(float) / 1e4
    who = pd.factorize(people["customer_id"])[0].astype(np.int64)
    rows = [_row(gap, cell, who, member, confidence) for member in _members(people).values()]
    table = pd.DataFrame(rows)
    table.insert(0, "people", list(_members(people)))
    table["p_holm"] = holm(table["p"].to_numpy(float))
    sure = (table["p_holm"] < 1 - confidence) & (table["price_gap"].abs() > tolerated_bp / 1e4)
    table["verdict"] = np.select(
        [sure & (table["price_gap"] > 0), sure], ["dearer", "cheaper"], default="alike"
    )
    compared = np.bincount(cell)[cell] > 1
    return PriceFairness(
        "pricing.fairness", table, _facts(table, compared.astype(float), tolerated_bp)
    )


def _members(people: pd.DataFrame) -> dict[str, Vector]:
    """Return who belongs to each group: 1 or 0, missing where it is not known."""
    age = people["disbursed_on"].dt.year - people["birth_year"].astype(float)
    gender, known = people["gender"], age.notna().to_numpy()
    found = {
        "gender:female": np.where(gender.notna(), gender.eq("female").to_numpy(float), np.nan),
        "age_band:under_35": np.where(known, (age < YOUNG).to_numpy(float), np.nan),
        "age_band:from_55": np.where(known, (age >= OLD).to_numpy(float), np.nan),
    }
    way = people["channel"]
    online = way.isin(ONLINE).to_numpy(float)
    return {**found, "way_in:online": np.where(way.notna(), online, np.nan)}


def _row(
    value: Vector, cell: Codes, who: Codes, member: Vector, confidence: float
) -> dict[str, float]:
    """Return the gap of `member` to others of its cell: a regression with a constant per cell.

    The coefficient of one indicator after cells are absorbed is a weighted mean over cells; its
    error sums the linearised rows within customers.
    """
    known = ~np.isnan(member)
    y, x, c, w = value[known], member[known], np.unique(cell[known], return_inverse=True)[1], who
    size = np.bincount(c).astype(float)
    x_in = x - (np.bincount(c, x) / size)[c]
    y_in = y - (np.bincount(c, y) / size)[c]
    spread = float((x_in**2).sum())
    both = np.abs(x_in) > 0
    empty = {"loans": int(both.sum()), "cells": 0, "price_gap": np.nan, "low": np.nan}
    if spread <= 0 or len(np.unique(w[known][both])) < 2:
        return {**empty, "high": np.nan, "p": np.nan}
    slope = float((x_in * y_in).sum() / spread)
    # The slope is the mean of y / x weighted with x²: its error is that of a clustered mean.
    group = np.zeros(int(both.sum()), dtype=np.int64)
    found = means(
        y_in[both] / x_in[both],
        x_in[both] ** 2,
        group,
        w[known][both].astype(np.int64),
        count=1,
        confidence=confidence,
    )
    error = float(found.standard_error[0])
    return {
        **empty,
        "cells": len(np.unique(c[both])),
        "price_gap": slope,
        "low": float(found.low[0]),
        "high": float(found.high[0]),
        "p": float(2 * special.ndtr(-abs(slope) / error)) if error > 0 else np.nan,
    }


def _facts(table: pd.DataFrame, compared: Vector, tolerated: float) -> dict[str, Fact]:
    known = table.dropna(subset=["price_gap"])
    widest = known.iloc[int(known["price_gap"].abs().to_numpy().argmax())] if len(known) else None
    return {
        "groups": Fact(len(known), "ledger"),
        "apart": Fact(int((table["verdict"] != "alike").sum()), "ledger"),
        "widest": Fact(
            float(np.nan if widest is None else abs(widest["price_gap"])),
            "bp",
            n=None if widest is None else int(widest["loans"]),
        ),
        "tolerated": Fact(tolerated / 1e4, "bp"),
        "loans": Fact(len(compared), "count", n=len(compared)),
        "compared": Fact(float(compared.mean()), "share", n=len(compared)),
    }
