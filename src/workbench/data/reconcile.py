"""The bank's own totals against the sums of the loans taken in: general ledger, return 1104."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench import settings, sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Reconciled:
    """One control total beside the sum of the rows taken in.

    Attributes
    ----------
    authority, item, scope : str
        Who states it, what it is about, and for which branch or `ALL`.
    month_end : str
        ISO day.
    stated, found : float
        The total, and the sum of the rows.
    agrees : bool
        Whether the difference is within the tolerance of the rule pack `intake-limits`.
    """

    authority: str
    month_end: str
    item: str
    scope: str
    stated: float
    found: float
    agrees: bool

    @property
    def difference(self) -> float:
        """Return what the rows have more than the total."""
        return self.found - self.stated


def reconcile(connection: "DuckDBPyConnection", since: date, as_of: date) -> list[Reconciled]:
    """Compare control totals with the loans, month by month.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Has the canonical tables `control_totals`, `loans` and `loan_months`.
    since, as_of : date
        First and last day of the months to look at.

    Returns
    -------
    list of Reconciled
        The whole bank before branches, newest month first.
    """
    limits = settings.rulepack("intake-limits")["control_totals"]
    values = {"since": since, "as_of": as_of}
    rows = connection.execute(sql.text("control_totals"), values)
    found = []
    for authority, month, item, scope, stated, own in rows.fetchall():
        allowed = max(limits["absolute"], limits["share"] * abs(stated))
        agrees = abs(own - stated) <= allowed
        found.append(Reconciled(authority, str(month), item, scope, stated, own, agrees))
    return found
