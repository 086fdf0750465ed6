"""Complaints: the last day on which one is dealt with in time."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check
from workbench.rules.pack import Pack, Rule, in_force


class Days(Rule):
    """Calendar days by complexity."""

    simple: int
    complex: int
    special: int


class Deadlines(Pack):
    """The rule pack `complaint-deadlines`."""

    days: Days


def rules(day: date) -> Deadlines:
    """Return the pack in force on `day`."""
    return in_force(Deadlines, "complaint-deadlines", day)


def due_days(complaints: pd.DataFrame, rules: Deadlines) -> NDArray[np.datetime64]:
    """Return the last day in time of each complaint, shape (n,); NaT where it cannot be told.

    Parameters
    ----------
    complaints : DataFrame
        `received_at`, and `complexity`: `simple`, `complex` or `special`.

    Notes
    -----
    Calendar days; the day of receipt is not counted, a last day on a holiday is not moved.
    """
    check.columns(complaints, "received_at", "complexity")
    days = complaints["complexity"].map(
        {"simple": rules.days.simple, "complex": rules.days.complex, "special": rules.days.special}
    )
    received = pd.to_datetime(complaints["received_at"]).to_numpy().astype("datetime64[D]")
    known = days.notna().to_numpy(dtype=np.bool_)
    due = received + days.fillna(0).to_numpy(dtype=np.int64).astype("timedelta64[D]")
    return np.where(known, due, np.datetime64("NaT", "D"))
