"""The price of a loan from its costs, its return on capital and its value added, over one year.

For a unit of exposure, with funding f on what capital K does not fund, running cost c, fee g, loss
given default LGD, hurdle h before income tax, tax share t of interest, and interest received with
chance s = (1 - PD)^a:

    r s (1 - t) = f (1 - K) + c + PD LGD + K h - g

Every function is a closed form over arrays: a hundred thousand loans take milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.arrays import Vector

ARRAYS = ("funding", "operating", "pd", "lgd", "capital", "tax", "fee")
"""Names of the costs of each loan."""


@dataclass(frozen=True, eq=False, repr=False)
class Costs:
    """What a unit of each loan costs a year; arrays of one shape, or numbers.

    Attributes
    ----------
    funding, operating : array
        Transfer price of its funds; cost of making and running it.
    pd, lgd : array
        Probability of default within a year, and loss given default.
    capital : array
        Capital held: risk weight times the capital ratio.
    tax : array
        Share of interest that goes to the state.
    fee : array
        Fee income a year, after tax on it.
    hurdle, income_tax : float
        Return on capital that is asked for after income tax, and that tax.
    lost_interest : float
        Exponent a: 1 when defaulted loans pay no interest, 0 when all interest is received.
    """

    funding: Vector
    operating: Vector
    pd: Vector
    lgd: Vector
    capital: Vector
    tax: Vector
    fee: Vector
    hurdle: float
    income_tax: float
    lost_interest: float = 1.0

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Vector],
        *,
        hurdle: float,
        income_tax: float,
        lost: float = 1.0,
    ) -> "Costs":
        """Return the costs whose arrays are `columns`, by the names above."""
        arrays = {name: np.asarray(columns[name], dtype=float) for name in ARRAYS}
        return cls(**arrays, hurdle=hurdle, income_tax=income_tax, lost_interest=lost)

    @property
    def received(self) -> Vector:
        """Return the share of interest that is received: its chance."""
        return np.asarray((1 - self.pd) ** self.lost_interest)


@dataclass(frozen=True, eq=False, repr=False)
class Price:
    """A price and what it is made of; the parts add up to it, less the fee.

    Attributes
    ----------
    rate : array
        Interest a year at which the return on capital is the hurdle.
    funding, operating, loss, capital, tax, fee : array
        `loss` holds expected loss and the interest that defaulted loans do not pay; `fee` is what
        fees take off the price.
    """

    rate: Vector
    funding: Vector
    operating: Vector
    loss: Vector
    capital: Vector
    tax: Vector
    fee: Vector


def price(costs: Costs) -> Price:
    """Return the least price of each loan: the return on its capital is the hurdle."""
    funding = costs.funding * (1 - costs.capital)
    loss = costs.pd * costs.lgd
    capital = costs.capital * costs.hurdle / (1 - costs.income_tax)
    needed = funding + costs.operating + loss + capital - costs.fee
    rate = needed / (costs.received * (1 - costs.tax))
    return Price(
        rate=rate,
        funding=funding,
        operating=costs.operating,
        loss=loss + rate * (1 - costs.tax) * (1 - costs.received),
        capital=capital,
        tax=rate * costs.tax,
        fee=costs.fee,
    )


def profit(rate: ArrayLike, costs: Costs) -> Vector:
    """Return the expected profit a year of a unit lent at `rate`, before income tax."""
    income = np.asarray(rate) * costs.received * (1 - costs.tax) + costs.fee
    spent = costs.funding * (1 - costs.capital) + costs.operating + costs.pd * costs.lgd
    return np.asarray(income - spent)


def raroc(rate: ArrayLike, costs: Costs) -> Vector:
    """Return the risk-adjusted return on capital after income tax of loans at `rate`."""
    return np.asarray(profit(rate, costs) * (1 - costs.income_tax) / costs.capital)


def value_added(rate: ArrayLike, costs: Costs) -> Vector:
    """Return the economic value added of a unit a year: profit after tax less cost of capital."""
    return np.asarray(profit(rate, costs) * (1 - costs.income_tax) - costs.capital * costs.hurdle)


def exempt_price(costs: Costs, highest_exempt: Vector) -> tuple[Price, Costs]:
    """Return the least price where interest up to a rate is exempt from tax, and its costs.

    A loan is priced without tax where that price is not above its `highest_exempt` rate, and with
    tax otherwise.
    """
    free = replace(costs, tax=np.zeros_like(costs.tax))
    holds = price(free).rate <= highest_exempt
    taxed = replace(costs, tax=np.where(holds, 0.0, costs.tax))
    return price(taxed), taxed
