"""What moved the non-performing balance: what came in, how loans left, and whose they were."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import contributions, ranked
from workbench.privacy import suppress
from workbench.result import Column, Fact, Finding, Result, day_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENTERED, COLLECTED, UPGRADED = "entered", "collected", "upgraded"
DIRECTIONS = ("in", "out")
"""Codes of the list `npl_direction`."""
CAUSES = (ENTERED, UPGRADED, COLLECTED, "written_off", "transferred")
"""Codes of the list `npl_movement`, in the order of the table."""
TOGETHER = 2
"""So many times the customers that are listed are told of as a sum: it is not that of the list."""
LETTERS = 8
"""Letters of a pseudonym that tell customers apart: a whole one is never published."""
DISPOSALS = (COLLECTED, "written_off", "transferred")
"""What makes money or a loss of a non-performing loan; an upgrade does neither."""


@dataclass(frozen=True, eq=False, repr=False)
class NplMovement(Result):
    """The movement of the non-performing balance; its rows add up to the change.

    Attributes
    ----------
    table : DataFrame
        One row per `npl_movement` (code) that occurred: `loans`, `amount` (positive when it adds),
        `largest` and `second` (what the two customers who moved most moved).
    facts : mapping
        `opening`, `closing`, `change`, and the amount of each cause.
    since : date
        The month end it is counted from.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    since: date
    columns: ClassVar[tuple[Column, ...]] = (
        Column("npl_movement", "code", values="npl_movement"),
        Column("loans", "count"),
        Column("amount", "money", signed=True, largest=("largest", "second")),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    row_facts: ClassVar[str | None] = "npl_movement"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.4)
    key: ClassVar[tuple[str, ...]] = ("change", ENTERED, "closing")

    def summary(self) -> Finding:
        """Say how far the non-performing balance moved, and by what."""
        kind = "rose" if self.facts["change"].value > 0 else "fell"
        quoted = ("opening", "closing", "change", *CAUSES)
        return Finding(f"npl.movement.{kind}", quoted, {"since": day_word(self.since)})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw every cause and their sum on `ax`; suppressed ones together."""
        named = [schema.value("npl_movement", each) for each in self.table["npl_movement"]]
        moved = pd.DataFrame({"label": named, "value": self.table["amount"]})
        return contributions.draw(
            contributions.with_rest(moved, self.facts["change"].value, text.say("changes.rest")),
            rows="label",
            total=text.say("changes.total"),
            unit="money",
            label=text.say("npl.movement.axis"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class NplDisposals(Result):
    """How non-performing loans were disposed of.

    Attributes
    ----------
    table : DataFrame
        One row per `disposal` (code; `repossessed` always without numbers, since no table tells
        it): `loans`, `disposed`, `share` (of what was disposed of), `largest`, `second`.
    facts : mapping
        `disposed` in all, the amount of each way, `collected_share`.
    since : date
        The month end it is counted from.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    since: date
    columns: ClassVar[tuple[Column, ...]] = (
        Column("disposal", "code", values="disposal"),
        Column("loans", "count"),
        Column("disposed", "money", largest=("largest", "second")),
        Column("share", "share"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    row_facts: ClassVar[str | None] = "disposal"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)
    key: ClassVar[tuple[str, ...]] = DISPOSALS

    def summary(self) -> Finding:
        """Say how much was disposed of, and by which way."""
        quoted = ("disposed", *DISPOSALS, "collected_share")
        kind = "found" if self.facts["disposed"].value > 0 else "none"
        since = {"since": day_word(self.since)}
        return Finding(f"npl.disposals.{kind}", quoted if kind == "found" else (), since)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the amount disposed of by each way on `ax`."""
        shown = self.table.dropna(subset=["disposed"])
        named = [schema.value("disposal", code) for code in shown["disposal"]]
        return ranked.draw(
            shown.assign(label=named, value=shown["disposed"], strong=True),
            rows="label",
            unit="money",
            label=text.say("npl.disposals.axis"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class NplMovers(Result):
    """The customers who moved most into and out of the non-performing balance.

    A row is one customer: only an authorised credit report shows it.

    Attributes
    ----------
    table : DataFrame
        One row per customer and `npl_direction` (code), largest first in each: `place`,
        `branch_name`, `customer` (beginning of the pseudonym), `way` (code of `npl_movement`: the
        largest), `amount`, `customers` (always one).
    facts : mapping
        For each direction (`in`, `out`): `customers_in` with a movement, `amount_in` in all,
        `largest_in` of the customer who moved most, `top_in` of the `together` who moved most, and
        `top_in_share` of all. `top_…` is missing where it would give the largest away.
    figure : (float, float) or None
        None without two directions that may be drawn.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    figure: tuple[float, float] | None = None  # type: ignore[misc]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("npl_direction", "code", values="npl_direction"),
        Column("place"),
        Column("customer", judged=True),
        Column("branch_name", judged=True),
        Column("way", "code", values="npl_movement", judged=True),
        Column("amount", "money", signed=True),
    )
    base: ClassVar[str | None] = "customers"
    about: ClassVar[str] = "ledger"
    unfolded: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("customers_in", "customers_out")

    def summary(self) -> Finding:
        """Say how many customers moved in and out."""
        return Finding("npl.movers.found", ("customers_in", "customers_out"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what the largest customers and all others moved, in each direction, on `ax`."""
        rows = []
        for direction in DIRECTIONS:
            top, amount = (self.facts[f"{each}_{direction}"].value for each in ("top", "amount"))
            for part, value in (("top", top), ("others", amount - top)):
                key = f"npl.movers.{part}_{direction}"
                label = text.say(key, together=self.facts["together"])
                rows.append({"label": label, "value": value, "strong": part == "top"})
        return ranked.draw(
            pd.DataFrame(rows), rows="label", unit="money", label=text.say("npl.movers.axis"), ax=ax
        )


def npl_movement(flows: pd.DataFrame, npl_before: float, since: date) -> NplMovement:
    """Split the change of the non-performing balance since a month end by cause.

    Parameters
    ----------
    flows : DataFrame
        The query `npl_flows`: `customer_id`, `cause`, `loans`, `amount`.
    npl_before : float
        Non-performing balance at `since`.
    since : date
        The earlier month end.
    """
    sums = _by_cause(flows, CAUSES)
    change = float(flows["amount"].sum())
    facts = {
        "opening": Fact(npl_before, "money"),
        "closing": Fact(npl_before + change, "money"),
        "change": Fact(change, "money"),
    }
    facts |= {
        code: Fact(float(sums["amount"][code]), "money", n=int(sums["loans"][code]))
        for code in CAUSES
    }
    table = sums[sums["loans"] > 0].rename_axis("npl_movement").reset_index()
    return NplMovement("npl.movement", table, facts, since)


def npl_disposals(flows: pd.DataFrame, since: date) -> NplDisposals:
    """Split what was disposed of since a month end: collected, written off, sold, repossessed.

    Parameters
    ----------
    flows, since
        As for `npl_movement`.
    """
    sums = _by_cause(flows, DISPOSALS)
    amounts = -sums["amount"]
    total = float(amounts.sum())
    table = sums.assign(disposed=amounts, share=amounts / total if total else np.nan)
    table = table.rename_axis("disposal").reset_index()
    unknown = pd.DataFrame({"disposal": ["repossessed"], "loans": [0]})
    table = pd.concat([table, unknown], ignore_index=True)
    loans = int(sums["loans"].sum())
    facts = {
        "disposed": Fact(total, "money", n=loans),
        "collected_share": Fact(
            float(amounts[COLLECTED]) / total if total else float("nan"), "share", n=loans
        ),
    }
    facts |= {
        code: Fact(float(amounts[code]), "money", n=int(sums["loans"][code])) for code in DISPOSALS
    }
    return NplDisposals("npl.disposals", table, facts, since)


def npl_movers(flows: pd.DataFrame, most: int) -> NplMovers:
    """Return the `most` customers with the largest amounts into, and out of, non-performing.

    Parameters
    ----------
    flows : DataFrame
        As for `npl_movement`, with `branch_name`.
    """
    check.columns(flows, "customer_id", "branch_name", "cause", "amount")
    parts, top = [], TOGETHER * most
    facts = {"together": Fact(top, "ledger")}
    entered = flows["cause"] == ENTERED
    for direction, own in zip(DIRECTIONS, (flows[entered], flows[~entered]), strict=True):
        moved = _moved(own)
        parts.append(_largest(moved, most).assign(npl_direction=direction))
        facts |= _concentration(moved["amount"].abs(), top, direction)
    table = pd.concat(parts, ignore_index=True)
    drawn = all(facts[f"top_{each}"].value > 0 for each in DIRECTIONS)
    size = (7.2, 2.8) if drawn else None
    return NplMovers("npl.movers", table.assign(customers=1), facts, size)


def _moved(own: pd.DataFrame) -> pd.DataFrame:
    """Return amount, branch and chief way of each customer, the largest first."""
    ordered = own.assign(size=own["amount"].abs()).sort_values(
        ["size", "customer_id"], ascending=[False, True], kind="stable"
    )
    grouped = ordered.groupby("customer_id", sort=False)
    table = pd.DataFrame(
        {
            "amount": grouped["amount"].sum(),
            "branch_name": grouped["branch_name"].first(),
            "way": grouped["cause"].first(),
        }
    ).reset_index(names="customer")
    order = table["amount"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _largest(moved: pd.DataFrame, most: int) -> pd.DataFrame:
    table = moved.head(most).copy()
    table["customer"] = table["customer"].str[:LETTERS]
    return table.assign(place=[str(at + 1) for at in range(len(table))])


def _concentration(sizes: "pd.Series[float]", most: int, direction: str) -> dict[str, Fact]:
    """Return the facts of one direction; `sizes` are positive, the largest first."""
    count, amount, top = len(sizes), float(sizes.sum()), float(sizes.head(most).sum())
    given = suppress.rules()
    # The second largest customer knows its own part of a sum: what is left has to hide the largest.
    safe = given.least <= most < count and all(
        float(part.iloc[2:].sum()) >= given.share * float(part.iloc[0])
        for part in (sizes.head(most), sizes.iloc[most:])
    )
    top = top if safe else math.nan
    return {
        f"customers_{direction}": Fact(count, "count", n=count),
        f"amount_{direction}": Fact(amount, "money", n=count),
        f"largest_{direction}": Fact(float(sizes.head(1).sum()), "money", n=min(count, 1)),
        f"top_{direction}": Fact(top, "money", n=most),
        f"top_{direction}_share": Fact(top / amount if amount else math.nan, "share", n=most),
    }


def _by_cause(flows: pd.DataFrame, causes: tuple[str, ...]) -> pd.DataFrame:
    """Return loans, amount and the two largest customers of each of `causes`."""
    check.columns(flows, "customer_id", "cause", "loans", "amount")
    own = flows[flows["cause"].isin(list(causes))]
    sums = own.groupby("cause")[["loans", "amount"]].sum()
    by_customer = own.groupby(["cause", "customer_id"])["amount"].sum().abs()
    ordered = by_customer.sort_values(ascending=False, kind="stable").groupby(level=0)
    tops = {
        name: ordered.nth(place).droplevel(1) for place, name in enumerate(("largest", "second"))
    }
    found = sums.join(pd.DataFrame(tops)).reindex(list(causes))
    found = found.fillna({"loans": 0, "amount": 0.0, "second": 0.0, "largest": 0.0})
    return found.astype({"loans": int})
