"""What outside sources say of customers: consents to it, conflicts, providers, delays."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank


def consent_uses(bank: "Bank") -> "pd.DataFrame":
    """Return how often information was used that needs a consent, and where none was live.

    Returns
    -------
    DataFrame
        `information` (`bureau_reports` or `third_party_items`), `used_year`, `used_quarter`,
        `gap` (code of `consent_gap`; missing where a consent was live), `customer_id` (missing
        where one was live), `uses`.
    """
    return bank.query("consent_uses")
