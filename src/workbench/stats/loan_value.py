"""The price of a loan over its whole life: the rate at which its present value is nothing.

Month by month a loan that is still there pays interest and principal by its plan; it defaults with
that year's hazard, is prepaid with another, and is charged for funding, running cost and capital.
All flows are weighted with survival and discounted at the transfer price. While a hazard lasts, the
sums over months are geometric, so thirty years cost as much as one: a hundred thousand loans take
part of a second. Without instalments the present value is linear in the rate and solved at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.loan_price import ARRAYS, Costs

BULLET, PRINCIPAL, INSTALMENT = range(3)
"""Ways of repayment: all at the end, equal parts of principal, equal instalments."""
YEAR = 12
STEPS, TOLERANCE = 60, 1e-13
NEAR = 1e-9
"""Ratios nearer to one than this are taken for one."""
LEAST_RATE = 1e-6
"""An instalment plan needs a rate above nothing; below this its balances are those of this rate."""


@dataclass(frozen=True, eq=False, repr=False)
class Life:
    """How each loan runs.

    Attributes
    ----------
    months : array (n,) of int
        Term.
    method : array (n,) of int
        `BULLET`, `PRINCIPAL` or `INSTALMENT`.
    pd : array (n, years)
        Probability of default within each year of those then alive; the last one goes on.
    prepaid : array (n,)
        Share prepaid a year.
    """

    months: NDArray[np.int64]
    method: NDArray[np.int64]
    pd: NDArray[np.float64]
    prepaid: Vector


@dataclass(frozen=True, eq=False, repr=False)
class _Spell:
    """Months in which a hazard lasts, of all loans; arrays (n,).

    Attributes
    ----------
    begins, months : array
        Months before it, and in it.
    weight : array
        Survival and discount of its first month.
    ratio : array
        Weight of a month over that of the month before.
    hazard : array
        Monthly chance of default.
    """

    begins: Vector
    months: Vector
    weight: Vector
    ratio: Vector
    hazard: Vector


@dataclass(frozen=True, eq=False, repr=False)
class _Weights:
    """Weighted sums of opening balances, and the same with the chance of default in the month."""

    owed: Vector
    failing: Vector


def price(costs: Costs, life: Life) -> Vector:
    """Return the rate a year at which each loan's present value is nothing, shape (n,).

    Raises
    ------
    DataError
        A loan has no such rate: its term is below a month, or default is certain.
    """
    if (life.months < 1).any() or (life.pd >= 1).any():
        raise DataError(
            "a loan needs a term of at least a month and a PD below 1 to be priced over its life"
        )
    spells = _spells(costs, life)
    rate = _direct(costs, _fixed(life, spells))
    rows = np.flatnonzero(life.method == INSTALMENT)
    if len(rows):
        rate[rows] = _iterated(_rows(costs, rows), _only(life, rows), _cut(spells, rows))
    return rate


def present_value(rate: Vector, costs: Costs, life: Life) -> Vector:
    """Return the present value of a unit lent at `rate`, after all costs and that of capital."""
    spells = _spells(costs, life)
    fixed, falling = _fixed(life, spells), _falling(rate, life, spells)
    instalment = life.method == INSTALMENT
    weights = _Weights(
        np.where(instalment, falling.owed, fixed.owed),
        np.where(instalment, falling.failing, fixed.failing),
    )
    return _value(rate, costs, weights)


def monthly(chance: Vector) -> Vector:
    """Return the monthly chance that makes up a yearly one."""
    return np.asarray(-np.expm1(np.log1p(-chance) / YEAR))


def _iterated(costs: Costs, life: Life, spells: list[_Spell]) -> Vector:
    """Return the rates by the secant method, all loans at once: plans depend on the rate a little.

    In each step the rate that would be right for the plan of the rate before is compared with it.
    """
    last = np.full(len(life.months), 0.04)
    gap = _direct(costs, _falling(last, life, spells)) - last
    rate = last + gap
    for _ in range(STEPS):
        now = _direct(costs, _falling(rate, life, spells)) - rate
        moved, bent = rate - last, now - gap
        step = np.divide(now * moved, bent, out=-now, where=np.abs(bent) > TOLERANCE)
        last, gap, rate = rate, now, rate - step
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            return np.asarray(rate)
    raise DataError("the price over the life of a loan does not converge; check PD, LGD and term")


def _direct(costs: Costs, weights: _Weights) -> Vector:
    """Return the rate at which income with these weights pays for everything else."""
    income = (1 - costs.tax) * (weights.owed - costs.lost_interest * weights.failing)
    return np.asarray(
        (_running(costs) * weights.owed + YEAR * costs.lgd * weights.failing) / income
    )


def _value(rate: Vector, costs: Costs, weights: _Weights) -> Vector:
    income = rate * (1 - costs.tax) * (weights.owed - costs.lost_interest * weights.failing)
    return np.asarray(
        (income - _running(costs) * weights.owed) / YEAR - costs.lgd * weights.failing
    )


def _running(costs: Costs) -> Vector:
    """Return what a unit owed costs a year besides losses: funds, running, capital, less fees."""
    hurdle = costs.hurdle / (1 - costs.income_tax)
    return np.asarray(
        costs.funding * (1 - costs.capital) + costs.operating + costs.capital * hurdle - costs.fee
    )


def _spells(costs: Costs, life: Life) -> list[_Spell]:
    discount = 1 / (1 + costs.funding / YEAR)
    stays = 1 - monthly(life.prepaid)
    columns = life.pd.shape[1]
    weight, found = discount, []
    for year in range(columns):
        hazard = monthly(life.pd[:, year])
        ratio = discount * stays * (1 - hazard)
        begins = np.full(len(life.months), float(YEAR * year))
        left = np.maximum(life.months - begins, 0.0)
        months = np.minimum(left, YEAR) if year < columns - 1 else left
        found.append(_Spell(begins, months, weight, ratio, hazard))
        weight = weight * ratio**YEAR
    return found


def _fixed(life: Life, spells: list[_Spell]) -> _Weights:
    """Return the weights of plans that do not depend on the rate."""
    parts = life.method == PRINCIPAL
    owed, failing = np.zeros(len(life.months)), np.zeros(len(life.months))
    for spell in spells:
        even = powers(spell.ratio, spell.months)
        falling = even * (1 - spell.begins / life.months) - (
            steps(spell.ratio, spell.months) / life.months
        )
        own = spell.weight * np.where(parts, falling, even)
        owed += own
        failing += spell.hazard * own
    return _Weights(owed, failing)


def _falling(rate: Vector, life: Life, spells: list[_Spell]) -> _Weights:
    """Return the weights of equal instalments at `rate`."""
    growth = 1 + np.maximum(rate, LEAST_RATE) / YEAR
    grown = growth ** life.months.astype(float)
    owed, failing = np.zeros(len(rate)), np.zeros(len(rate))
    for spell in spells:
        paid = growth**spell.begins * powers(spell.ratio * growth, spell.months)
        own = spell.weight * (grown * powers(spell.ratio, spell.months) - paid) / (grown - 1)
        owed += own
        failing += spell.hazard * own
    return _Weights(owed, failing)


def powers(ratio: Vector, months: Vector) -> Vector:
    """Return 1 + ratio + ratio² + ..., with as many terms as `months`."""
    log = np.log(ratio)
    even = np.abs(log) < NEAR
    safe = np.where(even, 1.0, log)
    return np.where(even, months, np.expm1(months * safe) / np.expm1(safe))


def steps(ratio: Vector, months: Vector) -> Vector:
    """Return the sum of j ratio^j over j = 0, 1, ... below `months`."""
    even = np.abs(1 - ratio) < NEAR
    safe = np.where(even, 0.5, ratio)
    last = np.maximum(months - 1, 0) * safe**months
    found = (powers(safe, months) - np.minimum(months, 1) - last) / (1 - safe)
    return np.where(even, months * (months - 1) / 2, found)


def _rows(costs: Costs, rows: NDArray[np.int64]) -> Costs:
    size = len(costs.funding)
    own = {name: np.broadcast_to(getattr(costs, name), size)[rows] for name in ARRAYS}
    return Costs.of(own, hurdle=costs.hurdle, income_tax=costs.income_tax, lost=costs.lost_interest)


def _only(life: Life, rows: NDArray[np.int64]) -> Life:
    return Life(life.months[rows], life.method[rows], life.pd[rows], life.prepaid[rows])


def _cut(spells: list[_Spell], rows: NDArray[np.int64]) -> list[_Spell]:
    return [_Spell(*(array[rows] for array in vars(spell).values())) for spell in spells]
