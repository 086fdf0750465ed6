"""What becomes of floors and earnings if funding, risk, the hurdle or prices are otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import ParameterError
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import loan_pricing
from workbench.stats import loan_price
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCENARIOS = ("as_is", "funding", "risk", "hurdle", "price", "together")
"""What is changed, one at a time and all at once."""


@dataclass(frozen=True)
class Change:
    """What an analyst changes.

    Attributes
    ----------
    funding, price : float
        Added to the transfer price and to the price of every loan, as a fraction.
    risk : float
        Times the probability of default.
    hurdle : float
        Added to the return asked for, as a fraction.
    """

    funding: float = 0.0
    risk: float = 1.0
    hurdle: float = 0.0
    price: float = 0.0

    def only(self, name: str) -> "Change":
        """Return the change of one thing; of all for `together`, of none for `as_is`."""
        if name == "together":
            return self
        return Change() if name == "as_is" else replace(Change(), **{name: getattr(self, name)})


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf(Result):
    """Floors and earnings under each change; volumes stay as they are.

    Attributes
    ----------
    table : DataFrame
        One row per `price_scenario`: `price_case` (what is changed by how much, a text per
        language), `loans`, `floor_rate` (mean, weighted by amount), `floor_change` (beside as it
        is), `below_floor` (share of loans below their floor), `raroc`, `value_sum` (value added of
        all loans, yuan a year).
    facts : mapping
        `funding`, `risk`, `hurdle`, `price` (what is changed), `floor`, `below`, `value_added` as
        it is; the same with all changes: `floor_together`, `below_together`, `value_together`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("price_case", "said"),
        Column("loans", "count"),
        Column("floor_rate", "share2"),
        Column("floor_change", "bp", signed=True),
        Column("below_floor", "share"),
        Column("raroc", "share"),
        Column("value_sum", "money", signed=True),
    )
    base: ClassVar[str | None] = "loans"

    def summary(self) -> Finding:
        """Say what all changes together do to floors, and to how many loans."""
        return Finding(f"{self.name}.finding", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of loans below their floor under each change."""
        return ranked.draw(
            self.table.assign(
                value=self.table["below_floor"],
                strong=self.table["price_scenario"] == "together",
                label=[each[str(text.language())] for each in self.table["price_case"]],
            ),
            rows="label",
            unit="share",
            label=text.say("pricing.below_axis"),
            ax=ax,
        )


def price_what_if(
    priced: pd.DataFrame,
    day: date,
    *,
    funding_bp: float = 0.0,
    risk_times: float = 1.0,
    hurdle_points: float = 0.0,
    price_bp: float = 0.0,
) -> WhatIf:
    """Price the loans again with something changed, one at a time and all together.

    Parameters
    ----------
    priced : DataFrame
        `PriceFloor.priced`.
    day : date
        Day whose rules are used, as for the floor.
    funding_bp, price_bp : float
        Basis points added to the transfer price, and to the price of every loan.
    risk_times : float
        Times every probability of default; those above 99.9 % are taken for that.
    hurdle_points : float
        Percentage points added to the return on capital that is asked for.

    Raises
    ------
    ParameterError
        `risk_times` is negative.
    """
    check.columns(priced, *loan_price.ARRAYS, "exempt_to", "credit", "rate", "principal")
    check.rows(priced, "priced loans")
    if risk_times < 0:
        raise ParameterError(f"risk_times must be 0 or more, not {risk_times}; 1 changes nothing")
    own = loan_pricing.rules(day).capital
    change = Change(funding_bp / 1e4, risk_times, hurdle_points / 100, price_bp / 1e4)
    rows = [_row(priced, change.only(name), (own.hurdle, own.income_tax)) for name in SCENARIOS]
    table = pd.DataFrame(rows)
    table.insert(0, "price_scenario", SCENARIOS)
    amounts = {
        "funding": funding_bp,
        "price": price_bp,
        "risk": risk_times,
        "hurdle": hurdle_points,
    }
    table.insert(1, "price_case", [_case(name, amounts) for name in SCENARIOS])
    table["floor_change"] = table["floor_rate"] - table["floor_rate"].iloc[0]
    first, last, n = table.iloc[0], table.iloc[-1], len(priced)
    facts = {
        "funding": Fact(change.funding, "bp"),
        "risk": Fact(change.risk, "ratio"),
        "hurdle": Fact(change.hurdle, "pp"),
        "price": Fact(change.price, "bp"),
        "floor": Fact(float(first["floor_rate"]), "share2", n=n),
        "floor_together": Fact(float(last["floor_rate"]), "share2", n=n),
        "below": Fact(float(first["below_floor"]), "share", n=n),
        "below_together": Fact(float(last["below_floor"]), "share", n=n),
        "value_added": Fact(float(first["value_sum"]), "money", n=n),
        "value_together": Fact(float(last["value_sum"]), "money", n=n),
    }
    return WhatIf("pricing.what_if", table, facts)


def _case(name: str, amounts: Mapping[str, float]) -> dict[str, str]:
    """Return what a scenario changes by how much, in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            if name in amounts:
                changed = f"{amounts[name]:+g}".replace("-", formats.MINUS)
                times = f"{amounts[name]:g}"
                said = text.say(f"pricing.case_{name}", changed=changed, times=times)
            else:
                said = schema.value("price_scenario", name)
            found[str(language)] = said
    return found


def _row(priced: pd.DataFrame, change: Change, asked: tuple[float, float]) -> dict[str, float]:
    columns = {name: priced[name].to_numpy(float) for name in loan_price.ARRAYS}
    columns["funding"] = columns["funding"] + change.funding
    columns["pd"] = np.minimum(columns["pd"] * change.risk, 0.999)
    rate = priced["rate"].to_numpy(float) + change.price
    amount, exempt = priced["principal"].to_numpy(float), priced["exempt_to"].to_numpy(float)
    costs = loan_price.Costs.of(columns, hurdle=asked[0] + change.hurdle, income_tax=asked[1])
    floor = loan_price.exempt_price(costs, exempt)[0].rate - priced["credit"].to_numpy(float)
    earned = replace(costs, tax=np.where(rate <= exempt, 0.0, costs.tax))
    held = earned.capital * amount
    return {
        "loans": len(priced),
        "floor_rate": float(np.average(floor, weights=amount)),
        "below_floor": float((rate < floor).mean()),
        "raroc": float(np.average(loan_price.raroc(rate, earned), weights=held)),
        "value_sum": float((loan_price.value_added(rate, earned) * amount).sum()),
    }
