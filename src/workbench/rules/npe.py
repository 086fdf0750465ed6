"""EBA non-performing exposures: past due and material, unlikely to pay, or forborne and failing."""

from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field

from workbench import check
from workbench.errors import ParameterError
from workbench.rules import debtor
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import UNKNOWN, Flags, Share, Statuses, amounts, flags, ratio


class Overdue(Rule):
    """More than so many days past due."""

    days: int


class Materiality(Rule):
    """Arrears that count: above the amount and above the share."""

    retail_euro: float = Field(ge=0)
    other_euro: float = Field(ge=0)
    share: Share


class Forborne(Rule):
    """Days past due under probation."""

    probation_overdue_days: int


class Pulling(Rule):
    """Share of a debtor's exposure that makes all of it non-performing."""

    share: Share


class NonPerforming(Pack):
    """The rule pack `eba-npe`."""

    overdue: Overdue
    materiality: Materiality
    forborne: Forborne
    pulling: Pulling


def rules(day: date) -> NonPerforming:
    """Return the pack in force on `day`."""
    return in_force(NonPerforming, "eba-npe", day)


def non_performing(
    tape: pd.DataFrame, rules: NonPerforming, *, units_per_euro: float = 1.0
) -> Statuses:
    """Return 1 for non-performing exposures, 0 for others, `UNKNOWN` without days, shape (n,).

    Parameters
    ----------
    tape : DataFrame
        `customer_id`, `dpd`, `overdue_amount`, `balance`, `retail`; optional `month_end`.
        Optional, counting as no where missing: `unlikely_to_pay`, `credit_impaired`, `bankrupt`,
        `probation` (forborne, under probation after having been non-performing), `forborne_again`.
    units_per_euro : float
        Units of the tape's currency that make one euro.

    Notes
    -----
    Arrears of retail loans are weighed loan by loan, those of other debtors together. The 90 days
    in a row above both thresholds are not followed: the arrears of the day are compared.
    """
    check.columns(tape, "customer_id", "dpd", "overdue_amount", "balance", "retail")
    if units_per_euro <= 0:
        raise ParameterError(f"units_per_euro must be positive, not {units_per_euro}")
    dpd, balance = amounts(tape, "dpd"), np.nan_to_num(amounts(tape, "balance"))
    groups = debtor.codes(tape)
    past_due = (dpd > rules.overdue.days) & _material(tape, groups, rules, units_per_euro)
    pulled = debtor.share(groups, balance * past_due, balance) > rules.pulling.share
    failing = flags(tape, "probation") & (
        (dpd > rules.forborne.probation_overdue_days) | flags(tape, "forborne_again")
    )
    unlikely = (
        flags(tape, "unlikely_to_pay") | flags(tape, "credit_impaired") | flags(tape, "bankrupt")
    )
    found = past_due | pulled | failing | unlikely
    return np.where(found, np.int8(1), np.where(np.isnan(dpd), np.int8(UNKNOWN), np.int8(0)))


def _material(
    tape: pd.DataFrame, groups: debtor.Codes, rules: NonPerforming, units_per_euro: float
) -> Flags:
    arrears = np.nan_to_num(amounts(tape, "overdue_amount"))
    balance = np.nan_to_num(amounts(tape, "balance"))
    retail, limits = flags(tape, "retail"), rules.materiality
    share = np.where(retail, ratio(arrears, balance), debtor.share(groups, arrears, balance))
    owed = np.where(retail, arrears, debtor.total(groups, arrears))
    limit = np.where(retail, limits.retail_euro, limits.other_euro) * units_per_euro
    return (owed > limit) & (share > limits.share)
