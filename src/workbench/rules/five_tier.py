"""Five-tier classification: the class below which a loan may not be classified, and the way up.

The rules give floors. The class itself is the bank's judgement of the debtor; a class better than
the floor needs an explanation, a worse one does not.
"""

from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench import check
from workbench.rules import debtor
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import UNKNOWN, Flags, Share, Statuses, Vector, amounts, flags, ratio

FiveClass = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
CLASSES: tuple[FiveClass, ...] = get_args(FiveClass)
"""The classes from best to worst; their places, 0 to 4, are the codes of the arrays here."""
NON_PERFORMING = CLASSES.index("substandard")
"""Code from which a class counts as non-performing (办法 Art. 6)."""
CARD = "credit_card"
"""Product type that has the ladder of cards."""


class Overdue(Rule):
    """More than so many days past due: at least this class."""

    special_mention: int
    substandard: int
    doubtful: int
    loss: int

    def bounds(self) -> list[int]:
        """Return the days in the order of the classes."""
        return [self.special_mention, self.substandard, self.doubtful, self.loss]


class Technical(Rule):
    """Days an overdue payment with a technical cause may last without a floor."""

    days: int


class Floor(Rule):
    """At least this class."""

    floor: FiveClass


class Refinanced(Floor):
    """Renewals that are at least a class."""

    renewal_types: tuple[str, ...]


class ExpectedLoss(Rule):
    """Share of expected loss in the balance from which a credit-impaired loan is this class."""

    doubtful: Share
    loss: Share


class Contagion(Rule):
    """What non-performing debt of a debtor does to the rest of it."""

    own_share: Share
    all_banks_share: Share
    floor: FiveClass
    other_debt_floor: FiveClass


class Retail(Rule):
    """Customer types and firm sizes whose loans are retail."""

    customer_types: tuple[str, ...]
    size_classes: tuple[str, ...]


class Observation(Rule):
    """Repayment periods and months, both of which must pass."""

    periods: int
    months: int


class Restructured(Observation):
    """Floors of restructured loans under observation."""

    floor: FiveClass
    again_floor: FiveClass


class FiveTier(Pack):
    """The rule pack `five-tier`."""

    overdue: Overdue
    technical: Technical
    refinanced: Refinanced
    impaired: Floor
    expected_loss: ExpectedLoss
    bankrupt: Floor
    contagion: Contagion
    retail: Retail
    cure: Observation
    restructured: Restructured


class CardLadder(Pack):
    """The rule pack `five-tier-cards`."""

    overdue: Overdue


def rules(day: date) -> tuple[FiveTier, CardLadder]:
    """Return the packs for loans and for cards in force on `day`."""
    return in_force(FiveTier, "five-tier", day), in_force(CardLadder, "five-tier-cards", day)


def overdue_floor(dpd: ArrayLike, overdue: Overdue) -> Statuses:
    """Return the class that days past due alone demand, shape (n,); `UNKNOWN` where missing."""
    days = np.asarray(dpd)
    # side="left" counts the bounds that are below the days: more than a bound, not at least it.
    found = np.searchsorted(overdue.bounds(), days, side="left").astype(np.int8)
    if np.issubdtype(days.dtype, np.floating):
        found[np.isnan(days)] = UNKNOWN
    return found


def is_retail(tape: pd.DataFrame, retail: Retail) -> Flags:
    """Tell which loans are retail, shape (n,).

    From `customer_type`, and `size_class` and `product_type` where there are such columns.
    """
    check.columns(tape, "customer_type")
    found = tape["customer_type"].isin(retail.customer_types)
    if "size_class" in tape:
        found |= tape["size_class"].isin(retail.size_classes)
    if "product_type" in tape:
        found |= tape["product_type"] == CARD
    return found.to_numpy(dtype=np.bool_)


def floors(tape: pd.DataFrame, loans: FiveTier, cards: CardLadder) -> Statuses:
    """Return the floor of each loan by itself, shape (n,); `UNKNOWN` without days past due.

    Parameters
    ----------
    tape : DataFrame
        One row per loan, or loan and month end: `dpd` and `product_type`. Optional, counting as
        no where missing: `technical` (overdue for a technical cause), `credit_impaired`,
        `bankrupt`, `restructured` (under observation), `restructured_again`; `renewal_type`; and
        `expected_loss` with `balance`, which count for credit-impaired loans.
    """
    check.columns(tape, "dpd", "product_type")
    dpd = amounts(tape, "dpd")
    card = (tape["product_type"] == CARD).to_numpy(dtype=np.bool_)
    found = np.where(
        card, overdue_floor(dpd, cards.overdue), overdue_floor(dpd, loans.overdue)
    ).astype(np.int8)
    excused = flags(tape, "technical") & ~card & (dpd <= loans.technical.days)
    found[excused] = CLASSES.index("normal")
    if "renewal_type" in tape:
        renewed = tape["renewal_type"].isin(loans.refinanced.renewal_types)
        _raise(found, renewed.to_numpy(dtype=np.bool_), loans.refinanced.floor)
    impaired = flags(tape, "credit_impaired")
    _raise(found, impaired, loans.impaired.floor)
    if "expected_loss" in tape:
        share = _loss_share(tape)
        _raise(found, impaired & (share >= loans.expected_loss.doubtful), "doubtful")
        _raise(found, impaired & (share >= loans.expected_loss.loss), "loss")
    _raise(found, flags(tape, "bankrupt"), loans.bankrupt.floor)
    _raise(found, flags(tape, "restructured"), loans.restructured.floor)
    _raise(found, flags(tape, "restructured_again"), loans.restructured.again_floor)
    return found


def contagion_floor(tape: pd.DataFrame, classes: Statuses, loans: FiveTier) -> Statuses:
    """Return the class that the debtor's other debt demands of each loan, shape (n,).

    Parameters
    ----------
    tape : DataFrame
        One row per loan, or loan and month end: `customer_id`, `customer_type`, `balance`; optional
        `month_end`, `size_class`, `product_type`, and `bureau_balance`, `bureau_overdue90`: the
        debtor's debt at all banks and the part overdue for more than 90 days.
    classes : array of int8
        Class of each row, from `floors`, the bank's own, or the worse of both.

    Notes
    -----
    Retail claims get 0, normal, and count for nobody else. A loan does not drag itself along: its
    own balance is left out of the non-performing part, so that a class that rests on judgement
    of this loan alone is not called a rule.
    """
    groups = debtor.codes(tape)
    wide = ~is_retail(tape, loans.retail)
    balance = np.where(wide, np.nan_to_num(amounts(tape, "balance")), 0.0)
    bad = wide & (classes >= NON_PERFORMING)
    others = debtor.total(groups, balance * bad) - balance * bad
    own = ratio(others, debtor.total(groups, balance))
    others_bad = debtor.total(groups, bad.astype(np.float64)) - bad > 0
    everywhere, bad_elsewhere = _at_all_banks(tape)
    limits = loans.contagion
    found = np.zeros(len(tape), dtype=np.int8)
    spread = (own > limits.own_share) | (everywhere > limits.all_banks_share)
    _raise(found, wide & spread, limits.floor)
    _raise(found, wide & (others_bad | bad_elsewhere), limits.other_debt_floor)
    return found


def may_upgrade(paid_periods: ArrayLike, paid_months: ArrayLike, observation: Observation) -> Flags:
    """Tell whether loans have been repaid long enough to leave a class, shape (n,).

    Parameters
    ----------
    paid_periods, paid_months : array_like, shape (n,)
        Consecutive repayment periods, and whole months, paid on time since all arrears were
        cleared (cure), or since the first repayment after the change (restructured).

    Notes
    -----
    Necessary, not sufficient: the debtor must also be able to go on paying and have no
    credit-impaired asset left at the bank (办法 Art. 14), which is a person's judgement.
    """
    periods, months = np.asarray(paid_periods), np.asarray(paid_months)
    return (periods >= observation.periods) & (months >= observation.months)


def coded(classes: "pd.Series[str]") -> Statuses:
    """Return the codes of class names, shape (n,); `UNKNOWN` where missing or not a class."""
    return pd.Categorical(classes, categories=CLASSES).codes.astype(np.int8)


def _raise(found: Statuses, rows: Flags, floor: FiveClass) -> None:
    code = np.int8(CLASSES.index(floor))
    np.maximum(found, code, out=found, where=rows)


def _loss_share(tape: pd.DataFrame) -> Vector:
    check.columns(tape, "balance")
    return ratio(amounts(tape, "expected_loss"), amounts(tape, "balance"))


def _at_all_banks(tape: pd.DataFrame) -> tuple[Vector, Flags]:
    """Return the share of long-overdue debt at all banks, and whether there is any."""
    overdue = amounts(tape, "bureau_overdue90")
    return ratio(overdue, amounts(tape, "bureau_balance")), overdue > 0
