"""IFRS 9: the stage of impairment that the backstops of the standard demand."""

from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field

from workbench import check
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import UNKNOWN, Statuses, amounts, flags, ratio

IMPAIRED = 3
"""Stage of credit-impaired assets."""


class SignificantRise(Rule):
    """When credit risk has risen significantly."""

    overdue_days: int
    pd_multiple: float = Field(gt=1)


class Default(Rule):
    """When default is presumed."""

    overdue_days: int


class Stages(Pack):
    """The rule pack `ifrs9-stages`."""

    stage_2: SignificantRise
    stage_3: Default


def rules(day: date) -> Stages:
    """Return the pack in force on `day`."""
    return in_force(Stages, "ifrs9-stages", day)


def stages(tape: pd.DataFrame, rules: Stages) -> Statuses:
    """Return the lowest stage each loan may be in: 1, 2 or 3, shape (n,); `UNKNOWN` without days.

    Parameters
    ----------
    tape : DataFrame
        `dpd`. Optional, counting as no where missing: `credit_impaired`, `significant_rise` (by the
        bank's own criteria), `watch_listed`, `restructured`; and `pd_now` with `pd_at_origination`.

    Notes
    -----
    Both presumptions on days past due may be rebutted (5.5.11, B5.5.37): a bank's lower stage is
    a difference to explain, not an error.
    """
    check.columns(tape, "dpd")
    dpd = amounts(tape, "dpd")
    rise, default = rules.stage_2, rules.stage_3
    multiple = ratio(amounts(tape, "pd_now"), amounts(tape, "pd_at_origination"))
    second = (
        (dpd > rise.overdue_days)
        | (multiple >= rise.pd_multiple)
        | flags(tape, "significant_rise")
        | flags(tape, "watch_listed")
        | flags(tape, "restructured")
    )
    third = (dpd > default.overdue_days) | flags(tape, "credit_impaired")
    first = np.where(np.isnan(dpd), np.int8(UNKNOWN), np.int8(1))
    return np.where(third, np.int8(3), np.where(second, np.int8(2), first))
