"""What outside sources say of customers: consents to it, conflicts, providers, delays."""

from typing import TYPE_CHECKING, Any

from workbench import settings
from workbench.data import consent_purposes

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank


YEAR = 12
"""Months over which purchases are counted."""


def consent_uses(bank: "Bank") -> "pd.DataFrame":
    """Return how often information was used that needs a consent, and where none covered it.

    Returns
    -------
    DataFrame
        `information` (`bureau_reports` or `third_party_items`), `used_year`, `used_quarter`,
        `gap` (code of `consent_gap`; missing where a consent to this use was live), `customer_id`
        (missing there, too), `uses`.
    """
    return bank.query("consent_uses", purposes=consent_purposes.covered())


def conflict_rules() -> list[dict[str, Any]]:
    """Return how far sources may lie apart: `name`, `first`, `second`, `owner` and the range."""
    return list(settings.rulepack("fact-conflicts")["pair"])


def fact_distances(bank: "Bank") -> "pd.DataFrame":
    """Return how far two sources lie apart on one fact.

    Returns
    -------
    DataFrame
        `fact_pair`, `apart` (first figure over the second; grades; 0 or 1), `times`.
    """
    return bank.query("fact_conflicts", **settings.rulepack("fact-conflicts")["comparable"])


def customer_lookalikes(bank: "Bank") -> "pd.DataFrame":
    """Return how many customers share each combination of attributes; nobody is named.

    Returns
    -------
    DataFrame
        `customer_type`, the attributes compared, `customers`.
    """
    return bank.query("customer_lookalikes")


def rarity() -> float:
    """Return how few customers chance may give a group before its look-alikes are looked up."""
    return float(settings.rulepack("fact-conflicts")["lookalike"]["rare"])


def record_delays(bank: "Bank") -> "pd.DataFrame":
    """Return how many public records were found how many days after the event.

    Returns
    -------
    DataFrame
        `record_type`, `delay_days`, `records`.
    """
    return bank.query("record_delays")


def provider_purchases(bank: "Bank") -> "pd.DataFrame":
    """Return what each provider delivered in a year.

    Returns
    -------
    DataFrame
        One row per `provider`: `borrowers` it applies to, those `covered`, `items`, `cost`,
        `without_consent`, `credit_items` on natural persons, and those `licensed`.
    """
    persons = settings.rulepack("third-party-credit")["individuals"]
    return bank.query(
        "providers",
        months=YEAR,
        purposes=consent_purposes.covered(),
        natural_persons=f",{','.join(persons['customer_types'])},",
        credit_items=f",{','.join(persons['items'])},",
    )


def provider_cases(bank: "Bank", *, horizon_months: int = 12) -> "pd.DataFrame":
    """Return what providers said of borrowers before a cohort's day, their rating and outcome.

    Returns
    -------
    DataFrame
        `cohort`, `customer_id`, `provider`, `item_code`, `measure` (log of a ratio for amounts and
        staff, else the value), `pd` of the rating, `defaulted` within the horizon (0 or 1).
    """
    rules = settings.rulepack("default-definition")
    return bank.query(
        "provider_cases",
        purposes=consent_purposes.covered(),
        horizon=horizon_months,
        overdue_days=rules["default"]["overdue_days"],
    )
