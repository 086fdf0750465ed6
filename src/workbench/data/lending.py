"""What a bank says of its lending: cases, outcomes, losses, prices, each a query with its rules."""

from abc import ABC, abstractmethod
from datetime import date
from typing import TYPE_CHECKING

from workbench import settings
from workbench.data import consent_purposes
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


class Lending(ABC):
    """The part of a bank that speaks of loans and who was granted them."""

    @property
    @abstractmethod
    def as_of(self) -> date:
        """Return the day up to which facts may be used."""

    @property
    @abstractmethod
    def connection(self) -> "DuckDBPyConnection":
        """Return a connection in which every table of the snapshot can be read."""

    @abstractmethod
    def query(self, name: str, **values: object) -> "pd.DataFrame":
        """Return the result of the named query."""

    def credit_cases(
        self, horizon_months: int, window_months: int, *, months: int | None = None
    ) -> "pd.DataFrame":
        """Return one row per loan and cohort: features known then, and whether it defaulted.

        Parameters
        ----------
        horizon_months : int
            Length of the outcome window behind the cohort's day.
        window_months : int
            Months of behaviour before the cohort's day that features may look at.
        months : int or None
            Every month end is a cohort, the last so many whose outcome is complete; without it
            all half-year ends are.
        """
        first = months and _month_before(self.as_of, horizon_months + months - 1)
        return self._cases(horizon_months, window_months, monthly_from=first)

    def loans_to_score(self, window_months: int) -> "pd.DataFrame":
        """Return one row per loan that performs on the day, with the features of `credit_cases`.

        Nothing is said of their outcome. No row when the day is not the end of a month that the
        bank has, or has fewer than `window_months` of history behind it.
        """
        return self._cases(0, window_months, scored_on=self.as_of).drop(columns="defaulted")

    def customers_in_default(self) -> set[str]:
        """Return the customers with a loan in default on the day."""
        return set(self._of_default("customers_in_default")["customer_id"])

    def defaulted_loans(self) -> "tuple[pd.DataFrame, pd.DataFrame]":
        """Return one row per loan that fell into default, and what was recovered by month."""
        return self._of_default("defaulted_loans"), self.query("recoveries")

    def defaulted_lines(self, months: int) -> "pd.DataFrame":
        """Return one row per revolving line in default: drawn `months` before, and owed then."""
        return self._of_default("defaulted_lines", months=months)

    def assessment_outcomes(self, horizon_months: int) -> "pd.DataFrame":
        """Return one row per assessment, and whether a default followed within the horizon."""
        return self._of_default("assessment_outcomes", horizon=horizon_months)

    def _of_default(self, name: str, **values: object) -> "pd.DataFrame":
        days = settings.rulepack("default-definition")["default"]["overdue_days"]
        return self.query(name, overdue_days=days, **values)

    def _cases(
        self,
        horizon_months: int,
        window_months: int,
        *,
        monthly_from: date | int | None = None,
        scored_on: date | None = None,
    ) -> "pd.DataFrame":
        rules = settings.rulepack("default-definition")
        return self.query(
            "credit_cases",
            monthly_from=monthly_from,
            purposes=consent_purposes.covered(),
            horizon=horizon_months,
            window=window_months,
            scored_on=scored_on,
            overdue_days=rules["default"]["overdue_days"],
            financials_lag=rules["known"]["financials_lag_months"],
        )

    def credit_outcomes(self, horizon_months: int, window_months: int) -> "pd.DataFrame":
        """Return one row per loan on the tape at each half-year end: its standing, and its fate.

        Nothing is left out, so that what `credit_cases` leaves out can be counted: `standing` says
        why a loan is not at risk that day, `window_full` and `outcome_known` whether the months
        before and behind the day are all there; `failed_on`, `closed_on`, `close_type` and
        `last_seen` what became of it within the horizon.
        """
        days = settings.rulepack("default-definition")["default"]["overdue_days"]
        return self.query(
            "credit_outcomes", horizon=horizon_months, window=window_months, overdue_days=days
        )

    def failed_months(self) -> "pd.DataFrame":
        """Return all months, up to the day, of loans that were in default at some month end."""
        days = settings.rulepack("default-definition")["default"]["overdue_days"]
        return self.query("failed_months", overdue_days=days)

    def credit_clock(self, horizon_months: int, window_months: int) -> "pd.DataFrame":
        """Return facts about the time before each cohort that the bank knew later, by source."""
        return self.query(
            "credit_clock",
            purposes=consent_purposes.covered(),
            horizon=horizon_months,
            window=window_months,
            financials_lag=settings.rulepack("default-definition")["known"][
                "financials_lag_months"
            ],
        )

    def application_cases(self, horizon_months: int) -> "pd.DataFrame":
        """Return one row per application decided at least `horizon_months` ago.

        What the bank knew when it decided, whether it declined, and `outcome`: whether the loan
        that followed defaulted within the horizon; missing where no loan followed.
        """
        rules = settings.rulepack("default-definition")
        return self.query(
            "application_cases",
            purposes=consent_purposes.covered(),
            horizon=horizon_months,
            overdue_days=rules["default"]["overdue_days"],
            financials_lag=rules["known"]["financials_lag_months"],
        )

    def priced_loans(self, months: int) -> "pd.DataFrame":
        """Return one row per loan made in the last `months`, with what was known when it was made.

        Terms, newest assessment, recorded deposits, all loans and lines of the customer, value of
        security, prime rate and list price of the day, approval of the price.
        """
        return self.query("priced_loans", months=months)

    def price_offers(self, months: int) -> "pd.DataFrame":
        """Return one row per application decided in the last `months`: offer, price, answer."""
        return self.query("price_offers", months=months)

    def choice_tasks(self, study: str = "") -> "pd.DataFrame":
        """Return one row per alternative and attribute of a study's tasks; of the newest if empty.

        Raises
        ------
        DataError
            There is no such study up to the day.
        """
        rows = self.query("choice_tasks", study=study)
        if study and rows.empty:
            held = self.connection.sql("SELECT DISTINCT study FROM choice_tasks ORDER BY study")
            known = ", ".join(str(row[0]) for row in held.fetchall()) or "none"
            raise DataError(f"there is no study {study!r} up to {self.as_of}; there are: {known}")
        return rows

    def product_loans(self) -> "pd.DataFrame":
        """Return one row per loan live now or a year before, and whether it defaulted since."""
        return self._of_default("product_loans")


def _month_before(day: date, months: int) -> date:
    """Return the first day of the month that lies `months` months before that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
