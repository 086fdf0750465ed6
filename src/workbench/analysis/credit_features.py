"""What every model of default shares: which columns are features, how they are binned and chosen.

One place for the keys of a case, the attributes nobody may learn from, and the plan of the
scorecard, so that models judged side by side see the same features.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from workbench import check
from workbench.rules import hand_bins, risk_development, risk_model
from workbench.stats import scorecard as cards
from workbench.stats.binning import Groups, Intervals, Rule

KEYS = ("cohort", "loan_id", "customer_id", "customer_type", "defaulted")
"""Columns of a case that are not features."""
PROTECTED = ("gender", "birth_year", "marital_status")
"""Attributes kept for fairness tests; no feature unless asked for by name."""


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


def plan() -> cards.Plan:
    """Return how variables are binned and chosen, by `risk-development` and `hand-bins`."""
    given = risk_development.read().selection
    return cards.Plan(
        least_value=given.least_value,
        alike=given.alike,
        inflation=given.inflation,
        level=given.level,
        hand=_hand(),
    )


def _hand() -> dict[str, Rule]:
    """Return the bins that the rule pack `hand-bins` sets, by variable."""
    return {
        name: Groups(own.groups) if own.groups else Intervals(np.array(own.cuts), own.special)
        for name, own in hand_bins.read().items()
    }
