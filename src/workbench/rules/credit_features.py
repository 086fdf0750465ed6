"""What every model of default shares: which columns are features, and how they are chosen.

One place for the keys of a case, the attributes nobody may learn from, and the limits of the
choice, so that models judged side by side see the same features.
"""

from collections.abc import Collection
from typing import TypedDict

import pandas as pd

from workbench import check
from workbench.rules import hand_bins, risk_development, risk_model

KEYS = ("cohort", "loan_id", "customer_id", "customer_type", "defaulted")
"""Columns of a case that are not features."""
PROTECTED = ("gender", "birth_year", "marital_status")
"""Attributes kept for fairness tests; no feature unless asked for by name."""


class Choice(TypedDict):
    """What `stats.scorecard.planned` takes."""

    least_value: float
    alike: float
    inflation: float
    level: float
    cuts: dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
    groups: dict[str, tuple[tuple[str, ...], ...]]


def checked(cases: pd.DataFrame, *more: str) -> None:
    """Stop when `cases` lack a key or a column of `more`, are empty, or tell the outcome.

    Raises
    ------
    DataError
        Names the column that is missing, or the one known only after the outcome.
    """
    check.columns(cases, *KEYS, *more)
    risk_model.refuse_late(cases.columns)
    check.rows(cases, "loans with a known outcome")


def features(cases: pd.DataFrame, excluded: Collection[str] = PROTECTED) -> pd.DataFrame:
    """Return the columns of `cases` that a model may learn from."""
    return cases.drop(columns=[*KEYS, *(name for name in excluded if name in cases)])


def choice() -> Choice:
    """Return the limits of `risk-development`, and the bins that `hand-bins` sets by variable."""
    given, hand = risk_development.read().selection, hand_bins.read()
    return {
        "least_value": given.least_value,
        "alike": given.alike,
        "inflation": given.inflation,
        "level": given.level,
        "cuts": {name: (own.cuts, own.special) for name, own in hand.items() if own.cuts},
        "groups": {name: own.groups for name, own in hand.items() if own.groups},
    }
