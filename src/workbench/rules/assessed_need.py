"""Assessed need and limit of each customer, and the room that credit already held leaves in it.

The limit is an approver's cap, not demand: how much could be lent by the formula, not how much
anybody wants.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench import check
from workbench.rules import affordability, needs_assessment, working_capital
from workbench.rules.affordability import Affordability
from workbench.rules.instalments import carried
from workbench.rules.needs_assessment import NeedsAssessment
from workbench.rules.tape import Flags, Vector, amounts
from workbench.rules.working_capital import WorkingCapital

PRIVATE = ("business_owner", "mortgage", "consumer")
"""Segments assessed by income; all others by their statements as firms."""


@dataclass(frozen=True)
class Packs:
    """The packs an assessment needs, of one day.

    Attributes
    ----------
    working : WorkingCapital
    household : Affordability
    house : NeedsAssessment
    """

    working: WorkingCapital
    household: Affordability
    house: NeedsAssessment


def packs(day: date) -> Packs:
    """Return the packs in force on `day`."""
    return Packs(working_capital.rules(day), affordability.rules(day), needs_assessment.rules(day))


def private(customers: pd.DataFrame) -> Flags:
    """Tell who is assessed by income."""
    return customers["segment"].isin(PRIVATE).to_numpy()


def monthly_income(customers: pd.DataFrame, packs: Packs) -> Vector:
    """Return the income that counts, yuan a month: discounted by how it was established."""
    yearly = amounts(customers, "income")
    return needs_assessment.counted_income(yearly, customers["basis"], packs.house) / 12


def need(customers: pd.DataFrame, packs: Packs) -> working_capital.Need:
    """Return the need for working capital of each row; NaN for those assessed by income."""
    growth = needs_assessment.expected_growth(amounts(customers, "growth"), packs.house)
    return working_capital.working_capital(customers.assign(growth=growth), packs.working)


def assessed(customers: pd.DataFrame, day: date, packs: Packs) -> pd.DataFrame:
    """Return need, limit, credit held and room of each customer, in the order given.

    Parameters
    ----------
    customers : DataFrame
        As the query `need_customers` gives them.
    day : date
        Day of the assessment.
    packs : Packs
        The packs in force.

    Returns
    -------
    DataFrame
        Yuan, NaN where unknown. `limit`: of a firm the need for working capital less the share it
        has to bring; of others credit held and what their spare instalments would carry. `held`:
        the larger of what is owed here and everywhere, of a firm less its project loans here.
        `room`: limit less held, never below nothing; known only with a statement that is not too
        old and a recent report of the bureau. `stated` (bool): whether there is such a statement.
    """
    check.columns(
        customers, "segment", "period_end", "debt_service", "owed_here", "owed_everywhere"
    )
    months = _age(customers["period_end"], day)
    stated = months <= packs.house.statement.oldest_months
    own, here = private(customers), amounts(customers, "owed_here")
    everywhere = np.maximum(amounts(customers, "owed_everywhere"), here)
    projects = np.where(own, 0.0, amounts(customers, "projects_here"))
    held = np.maximum(everywhere - projects, 0.0)
    demand = np.where(own, np.nan, need(customers, packs).need)
    room = np.where(
        own,
        _spare(customers, packs),
        np.maximum(demand * (1 - packs.house.own_funds.share) - held, 0.0),
    )
    limit = np.where(own, held + room, demand * (1 - packs.house.own_funds.share))
    return pd.DataFrame(
        {
            "stated": stated & ~np.isnan(np.where(own, amounts(customers, "income"), demand)),
            "need": np.where(stated, demand, np.nan),
            "limit": np.where(stated, limit, np.nan),
            "held_here": np.maximum(here - projects, 0.0),
            "held": held,
            "room": np.where(stated, np.where(np.isnan(held), np.nan, room), np.nan),
        },
        index=customers.index,
    )


def _spare(customers: pd.DataFrame, packs: Packs) -> Vector:
    """Return the amount that spare instalments of private borrowers would carry, yuan."""
    payment = affordability.spare_payment(
        monthly_income(customers, packs),
        amounts(customers, "debt_service"),
        packs.household.limits.all_debt,
    )
    return carried(payment, packs.house.spare.rate, packs.house.spare.months)


def _age(ends: "pd.Series[pd.Timestamp]", day: date) -> Vector:
    """Return the months from each of `ends` to `day`; NaN where there is none."""
    found = (day.year - ends.dt.year) * 12 + day.month - ends.dt.month
    return np.asarray(found.to_numpy(float, na_value=np.nan))
