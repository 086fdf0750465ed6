"""What another price would earn: price times acceptance, less loss and cost, with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, schema, text
from workbench.plots import bands
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import loan_pricing
from workbench.stats import loan_price
from workbench.stats.arrays import Vector
from workbench.stats.willingness import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWS = 4_000
"""Draws of the coefficients behind the intervals."""


class Demand(Protocol):
    """Acceptance of a segment as a function of price: see `price_demand.Curve`."""

    segment: str
    coefficients: Vector
    covariance: Vector
    reduced: float
    reach: tuple[float, float]
    offers: int


@dataclass(frozen=True, eq=False, repr=False)
class ProfitCurve(Result):
    """Economic value added per unit offered, at prices that were tried.

    Attributes
    ----------
    table : DataFrame
        One row per `segment` and `price_change` (beside the usual price, as a fraction): `offers`,
        `accepted_share` (with `accept_low` to `accept_high`), `profit` (economic value added a year
        as a share of the amount offered, with `low` to `high`).
    facts : mapping
        For the segment with the most offers: `best_shift` (with the interval of the best price),
        `gain` (profit there less that at the usual price, with its interval), `usual`,
        `accepted_now` and `accepted_best` (shares that accept), `offers`; and `segments`.
    leading : str
        That segment; empty without any.
    edge : bool
        Whether its best price is the lowest or highest tried: a better one may lie beyond.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    leading: str
    edge: bool
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("price_change", "bp", signed=True),
        Column("offers", "count"),
        Column("accepted_share", "share", interval=("accept_low", "accept_high")),
        Column("profit", "bp", interval=("low", "high"), signed=True),
    )
    base: ClassVar[str | None] = "offers"
    key: ClassVar[tuple[str, ...]] = ("best_shift", "gain", "accepted_best")

    def summary(self) -> Finding:
        """Say which price would earn most, and whether that is surely more than now."""
        if not self.leading:
            return Finding(f"{self.name}.untested")
        gain = self.facts["gain"]
        sure = gain.low is not None and gain.low > 0
        kind = ("edge" if self.edge else "sure") if sure else "unsure"
        words = {"segment": Word(self.leading, "segment")}
        return Finding(f"{self.name}.{kind}", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the profit curve of each segment over the prices that were tried."""
        return bands.draw(
            self.table.assign(
                x=self.table["price_change"],
                y=self.table["profit"],
                label=[schema.value("segment", code) for code in self.table["segment"]],
            ),
            groups="label",
            units=("bp", "bp"),
            labels=(text.say("pricing.change_axis"), text.say("pricing.profit_axis")),
            ax=ax,
        )


def profit_curve(
    curves: Sequence[Demand],
    priced: pd.DataFrame,
    day: date,
    *,
    step_bp: float = 10.0,
    worse_risk: float = 0.0,
    confidence: float = 0.95,
) -> ProfitCurve:
    """Weigh the margin of a price with its acceptance, within the prices that were tried.

    Parameters
    ----------
    curves : sequence of price_demand.Curve
        Acceptance by price, from prices that the lot set.
    priced : DataFrame
        `PriceFloor.priced`: what loans of each segment cost and earn now.
    day : date
        Day whose hurdle and income tax are used.
    step_bp : float
        Distance of the prices compared.
    worse_risk : float
        Assumption: by which share the PD of those who accept rises per 100 bp, since whoever finds
        better elsewhere leaves first. No test of prices alone can tell; 0 leaves the PD as it is.
    confidence : float
        Coverage of the intervals (coefficients drawn from their normal approximation).
    """
    check.columns(priced, *loan_price.ARRAYS, "segment", "rate", "principal", "exempt_to")
    own = loan_pricing.rules(day).capital
    rows, best = [], {}
    for curve in curves:
        loans = priced[priced["segment"] == curve.segment]
        if loans.empty:
            continue
        found, best[curve.segment] = _curve(
            curve, loans, (own.hurdle, own.income_tax), (step_bp, worse_risk, confidence)
        )
        rows.append(found)
    if not rows:
        empty = pd.DataFrame(columns=[*(column.name for column in ProfitCurve.columns)])
        return ProfitCurve("pricing.profit", empty, {}, "", edge=False)
    leading = max(best, key=lambda segment: best[segment]["offers"].value)
    facts = {**best[leading], "segments": Fact(len(best), "ledger")}
    table = pd.concat(rows, ignore_index=True)
    tried = table.loc[table["segment"] == leading, "price_change"]
    edge = facts["best_shift"].value in (float(tried.min()), float(tried.max()))
    return ProfitCurve("pricing.profit", table, facts, leading, edge=edge)


def _curve(
    curve: Demand,
    loans: pd.DataFrame,
    money: tuple[float, float],
    how: tuple[float, float, float],
) -> tuple[pd.DataFrame, dict[str, Fact]]:
    step, worse, confidence = how
    first, last = np.ceil(curve.reach[0] / step), np.floor(curve.reach[1] / step)
    change = step * np.arange(min(first, 0), max(last, 0) + 1)
    margin = np.array([_margin(loans, each, money, worse) for each in change])
    beta = np.vstack([curve.coefficients, drawn(curve.coefficients, curve.covariance, DRAWS, 1)])
    accepted = _accepted(beta, change, curve.reduced)
    profit = accepted * margin
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    ends, shares = (np.quantile(each[1:], tails, axis=0) for each in (profit, accepted))
    top, usual = int(profit[0].argmax()), int(np.flatnonzero(change == 0)[0])
    table = pd.DataFrame(
        {
            "segment": curve.segment,
            "price_change": change / 1e4,
            "offers": curve.offers,
            "accepted_share": accepted[0],
            "accept_low": shares[0],
            "accept_high": shares[1],
            "profit": profit[0],
            "low": ends[0],
            "high": ends[1],
        }
    )
    places = np.quantile(change[profit[1:].argmax(axis=1)], tails) / 1e4
    gains = np.quantile(profit[1:, top] - profit[1:, usual], tails)
    gain = float(profit[0, top] - profit[0, usual])
    n = curve.offers
    return table, {
        "best_shift": Fact(
            float(change[top]) / 1e4, "bp", float(places[0]), float(places[1]), confidence, n
        ),
        "gain": Fact(gain, "bp", float(gains[0]), float(gains[1]), confidence, n),
        "usual": Fact(float(profit[0, usual]), "bp", n=n),
        "accepted_now": _share(accepted, shares, usual, confidence, n),
        "accepted_best": _share(accepted, shares, top, confidence, n),
        "offers": Fact(n, "count", n=n),
    }


def _share(accepted: Vector, ends: Vector, at: int, confidence: float, n: int) -> Fact:
    """Return the share that accepts at one of the changes, with its interval."""
    low, high = (float(end) for end in ends[:, at])
    return Fact(float(accepted[0, at]), "share", low, high, confidence, n)


def _accepted(beta: Vector, change: Vector, reduced: float) -> Vector:
    """Return the share that accepts at each change, for each row of coefficients."""
    value = beta[:, :1] + beta[:, 1:2] * change
    less = special.expit(value + beta[:, 2:3])
    return np.asarray((1 - reduced) * special.expit(value) + reduced * less)


def _margin(loans: pd.DataFrame, change: float, money: tuple[float, float], worse: float) -> float:
    """Return the economic value added a year of a unit lent at prices changed by `change` bp."""
    columns = {name: loans[name].to_numpy(float) for name in loan_price.ARRAYS}
    columns["pd"] = np.clip(columns["pd"] * (1 + worse * change / 100), 0, 0.999)
    rate = loans["rate"].to_numpy(float) + change / 1e4
    columns["tax"] = np.where(rate <= loans["exempt_to"].to_numpy(float), 0.0, columns["tax"])
    costs = loan_price.Costs.of(columns, hurdle=money[0], income_tax=money[1])
    value = loan_price.value_added(rate, costs)
    return float(np.average(value, weights=loans["principal"].to_numpy(float)))
