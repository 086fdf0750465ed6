"""A bank's tables with the days between which a KPI is read."""

from functools import cached_property

import pandas as pd

DAY = pd.Timedelta(days=1)
EVER, NEVER = pd.Timestamp("1900-01-01"), pd.Timestamp("2999-12-31")
NPL = ["substandard", "doubtful", "loss"]


class Period:
    """Tables by attribute, and what several KPIs ask of them."""

    def __init__(self, tables, opening, closing, given):
        self._tables = tables
        self.opening = pd.Timestamp(opening)
        self.closing = pd.Timestamp(closing)
        self.given = given

    def __getattr__(self, name):
        return self._tables(name)

    def during(self, moments):
        """Tell which days or moments lie after the opening day and not after the closing one."""
        days = pd.to_datetime(moments).dt.normalize()
        return (days > self.opening) & (days <= self.closing)

    def book(self, day=None):
        """Return the months of loans that end on `day`, with their loans."""
        months = self.loan_months
        found = months[pd.to_datetime(months["month_end"]) == (day or self.closing)]
        return found.merge(self.loans, on="loan_id", how="left", validate="1:1")

    def owing(self, day=None):
        """Return the loans with a balance on `day`."""
        book = self.book(day)
        return book[book["balance"] > 0]

    @cached_property
    def borrowers(self):
        return set(self.owing()["customer_id"])

    @cached_property
    def present(self):
        """Customers of the closing day."""
        people = self.customers
        opened = pd.to_datetime(people["opened_on"])
        closed = pd.to_datetime(people["closed_on"]).fillna(NEVER)
        return people[(opened <= self.closing) & (closed > self.closing)]

    @cached_property
    def ratings(self):
        """The last assessment of each customer, by customer."""
        found = self.risk_assessments
        found = found[pd.to_datetime(found["assessed_on"]) <= self.closing]
        found = found.sort_values(["assessed_on", "assessment_id"])
        return found.groupby("customer_id").last().assign(lgd=self._lgd(found))

    def _lgd(self, ordered):
        # `last` of a group passes over missing values: take the row instead.
        rows = ordered.groupby("customer_id").tail(1).set_index("customer_id")
        return rows["lgd"].fillna(self.given["lgd"])

    @cached_property
    def healthy(self):
        """Loans with a balance that are not in default, with PD and LGD where there are any."""
        found = self.owing()
        found = found[found["dpd"] <= self.given["overdue_days"]]
        return found.join(self.ratings[["pd_12m", "lgd"]], on="customer_id")


def share(part, whole):
    """Return the mean of a truth per row, or None without rows."""
    return None if len(whole) == 0 else float(part.sum()) / len(whole)


def quotient(part, whole):
    """Return `part` over `whole`, or None."""
    return None if whole == 0 or whole != whole else part / whole
