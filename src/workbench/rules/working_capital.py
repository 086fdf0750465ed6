"""Working-capital need: what the turnover cycle of a firm ties up, by the regulator's formula."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field

from workbench import check
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Flags, Vector, amounts

SHEET = (
    *("income", "cost", "profit", "growth", "receivables", "inventory"),
    *("payables", "prepayments", "advances"),
)
"""Columns of a sheet: money in yuan, growth a share; balances are means over the year."""


class Cycle(Rule):
    """Days of a year."""

    year_days: float = Field(gt=0, le=366)


class Longest(Rule):
    """Longest term of a working-capital loan."""

    months: int = Field(ge=1)


class WorkingCapital(Pack):
    """The rule pack `working-capital-need`."""

    cycle: Cycle
    longest: Longest


def rules(day: date) -> WorkingCapital:
    """Return the pack in force on `day`."""
    return in_force(WorkingCapital, "working-capital-need", day)


@dataclass(frozen=True, eq=False, repr=False)
class Need:
    """What the formula gives, arrays (n,); NaN where the sheet lacks something.

    Attributes
    ----------
    inventory_days, receivable_days, payable_days, prepaid_days, advance_days : array
        Days of each part of the cycle.
    cycle_days : array
        Inventory + receivables + prepayments - payables - advances.
    turnover : array
        Times a year; NaN where the cycle is not longer than nothing.
    need : array
        Yuan; nothing where suppliers and customers pay for the whole cycle (`self_financed`).
    self_financed : array of bool
        Whether the cycle is known and not longer than nothing.
    """

    inventory_days: Vector
    receivable_days: Vector
    payable_days: Vector
    prepaid_days: Vector
    advance_days: Vector
    cycle_days: Vector
    turnover: Vector
    need: Vector
    self_financed: Flags


def working_capital(sheets: pd.DataFrame, rules: WorkingCapital) -> Need:
    """Return the need for working capital of each firm.

    need = revenue x (1 - profit margin) x (1 + expected growth) / turnover, with turnover =
    days of a year / days of the cycle. Receivables and advances received turn over with revenue,
    inventory, payables and prepayments with cost of sales.

    Parameters
    ----------
    sheets : DataFrame
        The columns of `SHEET`. Without revenue or cost above nothing there is no need to work out.
    rules : WorkingCapital
        The pack in force.
    """
    check.columns(sheets, *SHEET)
    values = {name: amounts(sheets, name) for name in SHEET}
    year = rules.cycle.year_days
    revenue, cost = (_positive(values[name]) for name in ("income", "cost"))
    days = {
        **{name: year * values[name] / cost for name in ("inventory", "payables", "prepayments")},
        **{name: year * values[name] / revenue for name in ("receivables", "advances")},
    }
    cycle = days["inventory"] + days["receivables"] + days["prepayments"]
    cycle = cycle - days["payables"] - days["advances"]
    turns = np.where(cycle > 0, year / np.where(cycle > 0, cycle, 1.0), np.nan)
    spent = revenue * (1 - values["profit"] / revenue) * (1 + values["growth"])
    need = np.where(np.isnan(cycle) | np.isnan(spent), np.nan, spent * np.maximum(cycle, 0) / year)
    return Need(
        *(days["inventory"], days["receivables"], days["payables"], days["prepayments"]),
        *(days["advances"], cycle, turns, need, cycle <= 0),
    )


def new_loan(need: Vector, own_funds: Vector, existing: Vector, other: Vector) -> Vector:
    """Return what may be lent anew: the need less own funds, loans there are, and other sources.

    Yuan, shape (n,); below nothing where there is more than enough.
    """
    return np.asarray(need - own_funds - existing - other)


def _positive(values: Vector) -> Vector:
    return np.where(values > 0, values, np.nan)
