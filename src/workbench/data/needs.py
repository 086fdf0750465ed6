"""What needs are assessed from: customers, loans and applications, with what was known of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench import settings
from workbench.data import consent_purposes
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank


@dataclass(frozen=True, eq=False, repr=False)
class Known:
    """What is known at the bank's day.

    Attributes
    ----------
    customers, loans, applications, book, market : DataFrame
        The queries `need_customers`, `need_loans`, `need_applications`, `need_book` and
        `market_loans`.
    """

    customers: "pd.DataFrame"
    loans: "pd.DataFrame"
    applications: "pd.DataFrame"
    book: "pd.DataFrame"
    market: "pd.DataFrame"


def known(bank: "Bank", *, months: int, recent: int) -> Known:
    """Return what needs are assessed from.

    Parameters
    ----------
    bank : Bank
        The bank as of its day.
    months : int
        Months up to the day whose decided applications are looked at.
    recent : int
        Months for which a report of the bureau counts as recent.

    Raises
    ------
    DataError
        The bank has no customer, or no decided application in those months.
    """
    purposes = consent_purposes.covered()
    overdue = settings.rulepack("default-definition")["default"]["overdue_days"]
    found = Known(
        bank.query("need_customers", recent=recent, purposes=purposes),
        bank.query("need_loans"),
        bank.query("need_applications", months=months, recent=recent, purposes=purposes),
        bank.query("need_book", overdue_days=overdue),
        bank.query("market_loans"),
    )
    if found.customers.empty:
        raise DataError(f"the bank has no customer on {bank.as_of}; check the day and the snapshot")
    if found.applications.empty:
        raise DataError(
            f"no application was decided in the {months} months up to {bank.as_of}; "
            "take more months (parameter months)"
        )
    return found
