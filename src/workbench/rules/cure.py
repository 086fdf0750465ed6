"""The way back from non-performing, seen on month ends: months without arrears, hasty upgrades."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench import check
from workbench.rules import five_tier, pack
from workbench.rules.five_tier import FiveTier
from workbench.rules.tape import UNKNOWN, Flags, Statuses, Vector, amounts

FIVE_TIER = "five-tier"
"""Rule with the months that cure."""


@dataclass(frozen=True, eq=False, repr=False)
class Upgrades:
    """Moves from non-performing to performing, arrays of shape (n,) in the rows of the tape.

    Attributes
    ----------
    upgraded : array of bool
        The bank's class is performing and was not at the month end before.
    early : array of bool
        Such a move for which too few months had passed since the arrears were cleared.
    """

    upgraded: Flags
    early: Flags


def rule(day: date) -> FiveTier | None:
    """Return the five-tier rules in force on `day`; nothing before there were any."""
    editions = (each for each in pack.headers().values() if each.rule == FIVE_TIER)
    return five_tier.rules(day)[0] if any(each.covers(day) for each in editions) else None


def clean_months(tape: pd.DataFrame) -> Vector:
    """Return consecutive month ends without arrears up to and with each row, shape (n,).

    0 in arrears; `UNKNOWN` while the arrears, if any, lie before the tape or before a gap in it.

    Parameters
    ----------
    tape : DataFrame
        `loan_id`, `month_end`, `dpd`, in any order.
    """
    check.columns(tape, "loan_id", "month_end", "dpd")
    order, follows = _in_time(tape)
    dpd = amounts(tape, "dpd")[order]
    place = np.arange(len(tape))
    dirty = dpd > 0
    # A run is counted from the last month in arrears; the first month of a loan, a month behind a
    # gap and a month without days start one whose beginning nobody has seen.
    marks = dirty | ~follows | np.isnan(dpd)
    last = np.maximum.accumulate(np.where(marks, place, 0)) if len(place) else place
    counted = np.where(dirty[last], place - last, UNKNOWN)
    found = np.empty(len(tape))
    found[order] = counted
    return found


def upgrades(tape: pd.DataFrame, loans: FiveTier) -> Upgrades:
    """Return the bank's upgrades of claims that are not retail, and which came too early.

    Parameters
    ----------
    tape : DataFrame
        One row per loan and month end: `loan_id`, `month_end`, `dpd`, `five_class`,
        `customer_type`; optional `size_class`, `product_type`.

    Notes
    -----
    Six clean month ends are at most six months, so an upgrade that is called early is one; the
    second condition, two repayment periods, is not seen on month ends. Retail claims may go up by
    days past due alone and are left out.
    """
    order, follows = _in_time(tape)
    bad = (five_tier.coded(tape["five_class"]) >= five_tier.NON_PERFORMING)[order]
    good = (five_tier.coded(tape["five_class"]) >= 0)[order] & ~bad
    moved = np.zeros(len(tape), dtype=np.bool_)
    moved[order[1:]] = follows[1:] & bad[:-1] & good[1:]
    moved &= ~five_tier.is_retail(tape, loans.retail)
    clean = clean_months(tape)
    return Upgrades(moved, moved & (clean >= 0) & (clean < loans.cure.months))


def standing(tape: pd.DataFrame, failed: Flags, months: int) -> Statuses:
    """Return how each row of the tape stands towards a default, arrays of shape (n,).

    0 where no default is known or it is cured, 1 on probation, 2 in default. A default is cured at
    the first month end without it that closes `months` consecutive month ends without arrears;
    until then the loan is on probation, however well it pays.

    Parameters
    ----------
    tape : DataFrame
        `loan_id`, `month_end`, `dpd`, in any order.
    failed : ndarray of bool, shape (n,)
        Rows that are in default by themselves.
    months : int
        Month ends without arrears that cure.
    """
    order, _ = _in_time(tape)
    loan, _ = pd.factorize(tape["loan_id"])
    loan, bad = loan[order], failed[order]
    cured = ~bad & (clean_months(tape)[order] >= months)
    place, first = np.arange(len(tape)), np.flatnonzero(np.diff(loan, prepend=-1))
    start = np.repeat(first, np.diff(np.append(first, len(tape))))
    last_bad, last_cured = (
        np.maximum.accumulate(np.where(own, place, -1)) if len(tape) else place
        for own in (bad, cured)
    )
    open_ = (last_bad >= start) & (last_bad > last_cured)
    found = np.empty(len(tape), dtype=np.int8)
    found[order] = np.where(bad, 2, np.where(open_, 1, 0))
    return found


def _in_time(tape: pd.DataFrame) -> tuple["np.ndarray[tuple[int], np.dtype[np.intp]]", Flags]:
    """Return the order by loan and month, and which rows then follow the month before."""
    check.columns(tape, "loan_id", "month_end")
    loan, _ = pd.factorize(tape["loan_id"])
    ends = pd.DatetimeIndex(tape["month_end"])
    month = ends.year.to_numpy() * 12 + ends.month.to_numpy()
    order = np.lexsort((month, loan))
    loan, month = loan[order], month[order]
    follows = np.zeros(len(tape), dtype=np.bool_)
    follows[1:] = (loan[1:] == loan[:-1]) & (month[1:] == month[:-1] + 1)
    return order, follows
