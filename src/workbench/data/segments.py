"""What segments are formed of and described by: the customers of a month as of that month."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbench.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank
    from workbench.data.segment_store import Frozen


def month_before(bank: "Bank", months: int) -> date:
    """Return the month end `months` before the newest one of the accounts.

    Raises
    ------
    DataError
        The bank has no account months.
    ParameterError
        Its accounts do not go back that far.
    """
    newest, oldest = bank.connection.sql(
        "SELECT max(month_end), min(month_end) FROM account_months "
        f"WHERE month_end <= DATE '{bank.as_of.isoformat()}'"
    ).fetchall()[0]
    if newest is None:
        raise DataError(
            f"table account_months has no row up to {bank.as_of}; segments are formed of how "
            "customers use their accounts: take that table in first"
        )
    count = newest.year * 12 + newest.month - months
    first = date(count // 12, count % 12 + 1, 1)
    found = first - timedelta(days=1)
    if found < oldest:
        raise ParameterError(
            f"accounts go back to {oldest}, not to {found} ({months} months before {newest}); "
            "choose fewer months"
        )
    return found


def learned_on(bank: "Bank", months: int, frozen: "Frozen | None") -> date:
    """Return the month end whose customers the segments are found in.

    That of the `frozen` segments, if there are any; else `months` before the newest one, with the
    errors of `month_before`.
    """
    return frozen.day if frozen else month_before(bank, months)


def customers(bank: "Bank", month: date) -> "pd.DataFrame":
    """Return one row per customer at the end of `month`; see `sql/segment_customers.sql`."""
    found = bank.query("segment_customers", month=month)
    if found.empty:
        raise DataError(f"the bank has no customer on {month}; check the day and the snapshot")
    return found


def assets(bank: "Bank", month: date, customers: "pd.DataFrame") -> "pd.DataFrame":
    """Return the assets of `customers`, in their order, by month up to `month`; NaN if unknown."""
    rows = bank.query("segment_aum", month=month)
    wide = rows.pivot_table(index="customer_id", columns="month_end", values="aum")
    return wide.reindex(customers["customer_id"])
