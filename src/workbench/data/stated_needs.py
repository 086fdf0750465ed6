"""What customers state they need, hold, and take: stated needs as topics, features, outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.data.comments import Coder
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank


class Window(Protocol):
    """Which days cases are taken on; see the rule pack `next-product`."""

    @property
    def horizon_months(self) -> int:
        """Months in which a product counts as taken."""

    @property
    def step_months(self) -> int:
        """Months between two days."""

    @property
    def days(self) -> int:
        """How many days."""

    @property
    def need_months(self) -> int:
        """Months in which needs count."""

    @property
    def follow_days(self) -> int:
        """Days in which a contact has to end in a loan."""


class Holding(Protocol):
    """From which use on a service counts as held."""

    @property
    def online_logins(self) -> int:
        """Logins a month."""

    @property
    def wealth(self) -> float:
        """Assets beyond deposits, in yuan."""


class Rules(Protocol):
    """What of the rule pack `next-product` says which cases are taken."""

    @property
    def window(self) -> Window:
        """Which days."""

    @property
    def holding(self) -> Holding:
        """What is held."""


COLUMNS = {
    "stated_needs_applied": "applications.stated_need",
    "stated_needs_noted": "interactions.note_text",
}
"""Query → the column of free text that it reads."""


@dataclass(frozen=True, eq=False, repr=False)
class StatedNeeds:
    """Needs that customers stated, without their words.

    Attributes
    ----------
    rows : DataFrame
        One row per text: `customer_id`, `said_on`, `source` (`application` or `contact`),
        `need_outcome` (`served`, `unserved`, `own_risk` or `open`).
    topics : tuple of str
        Codes of the topics.
    marks : ndarray of bool, shape (n, topics)
        Which topics each text names.
    """

    rows: "pd.DataFrame"
    topics: tuple[str, ...]
    marks: NDArray[np.bool_]


def stated(bank: "Bank", coder: Coder, *, months: int, follow_days: int) -> StatedNeeds:
    """Return the needs stated in the last `months` in applications and contacts.

    Words are read by a program for roles that see no free text only where the rule pack `roles`
    lets it; they are never part of what is returned.
    """
    import pandas as pd

    values = {"months": months, "follow": follow_days}
    parts = [bank.coded(query, column, coder, **values) for query, column in COLUMNS.items()]
    rows = pd.concat([rows for rows, _ in parts], ignore_index=True)
    return StatedNeeds(rows, coder.marks, np.concatenate([marks for _, marks in parts]))


def month_ends(bank: "Bank", *, count: int, step: int) -> list[date]:
    """Return up to `count` month ends, `step` months apart, up to the bank's day; oldest first.

    Those before the first month of the bank's loans are left out.

    Raises
    ------
    DataError
        The bank has no months of loans.
    """
    oldest = bank.connection.sql("SELECT min(month_end) FROM loan_months").fetchall()[0][0]
    if oldest is None:
        raise DataError("table loan_months has no row: take it in before asking for next products")
    following = bank.as_of + timedelta(days=1)
    newest = date(following.year, following.month, 1) - timedelta(days=1)
    found = [later(newest, -step * back) for back in range(count)]
    return [day for day in reversed(found) if day >= oldest]


@dataclass(frozen=True, eq=False, repr=False)
class Cases:
    """Customers on several days: what was known of them, what they held, what they took.

    Attributes
    ----------
    days : list of date
        Days whose outcome is known, oldest first.
    today : date
        The newest month end.
    features, held : mapping of date to DataFrame
        See `features` and `held`, for each of the days and for today.
    taken : mapping of date to DataFrame
        Who took which kind of loan in the horizon after each of the days.
    """

    days: "list[date]"
    today: date
    features: "Mapping[date, pd.DataFrame]"
    held: "Mapping[date, pd.DataFrame]"
    taken: "Mapping[date, pd.DataFrame]"


def cases(bank: "Bank", rules: "Rules") -> Cases:
    """Return the customers of today, and of the days that the rule pack asks for before."""
    window, holding = rules.window, rules.holding
    reach = window.horizon_months + window.days * window.step_months
    known = month_ends(bank, count=reach, step=1)
    today = known[-1]
    over = [day for day in known if later(day, window.horizon_months) <= today]
    days = over[:: -window.step_months][: window.days][::-1]
    every = [*days, today]
    return Cases(
        days,
        today,
        {day: features(bank, day) for day in every},
        {day: held(bank, day, holding.online_logins, holding.wealth) for day in every},
        {day: taken(bank, day, window.horizon_months) for day in days},
    )


@dataclass(frozen=True, eq=False, repr=False)
class Offering:
    """What an offer is chosen from.

    Attributes
    ----------
    customers : DataFrame
        The query `offer_customers`: everybody of today.
    said : StatedNeeds
        Needs of the last months.
    cases : Cases
        Customers of today, and of the days before that propensity is learnt on.
    held : DataFrame
        What customers hold today.
    """

    customers: "pd.DataFrame"
    said: StatedNeeds
    cases: Cases
    held: "pd.DataFrame"


def offering(bank: "Bank", coder: Coder, rules: "Rules") -> Offering:
    """Return what an offer to today's customers is chosen from.

    Raises
    ------
    DataError
        The bank has no months of loans.
    """
    window = rules.window
    own = cases(bank, rules)
    said = stated(bank, coder, months=window.need_months, follow_days=window.follow_days)
    return Offering(bank.query("offer_customers"), said, own, own.held[own.today])


def features(bank: "Bank", day: date) -> "pd.DataFrame":
    """Return what was known of each customer on `day`: one row each; see `need_features.sql`."""
    return bank.query("need_features", day=day)


def held(bank: "Bank", day: date, logins: int, wealth: float) -> "pd.DataFrame":
    """Return what customers hold on `day`: one row per `customer_id` and thing `held`."""
    return bank.query("holdings", day=day, logins=logins, wealth=wealth)


def taken(bank: "Bank", day: date, months: int) -> "pd.DataFrame":
    """Return who took which kind of loan in the `months` after `day`."""
    return bank.query("loans_taken", day=day, until=later(day, months))


def later(day: date, months: int) -> date:
    """Return the month end `months` after the month end `day`."""
    behind = day.year * 12 + day.month + months
    return date(behind // 12, behind % 12 + 1, 1) - timedelta(days=1)
