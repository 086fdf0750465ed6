"""Months, the Spring Festival, the rhythm of the bank's year and the loan prime rate.

A month is counted from year 0: `year * 12 + month - 1`.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.segments import Bools, Floats, Ints

Days = NDArray[np.datetime64]

LAST = date(2026, 9, 30)
"""Newest month-end of the demo bank."""

SPRING_FESTIVALS = (
    (2019, 2),
    (2020, 1),
    (2021, 2),
    (2022, 2),
    (2023, 1),
    (2024, 2),
    (2025, 1),
    (2026, 2),
    (2027, 2),
)
"""Year and month of the first day of the lunar year."""

LENDING = np.array([2.1, 0.8, 1.6, 0.7, 0.8, 1.3, 0.6, 0.8, 1.2, 0.6, 0.8, 1.0])
"""New loans of a calendar month relative to an average one: 开门红 and quarter-ends."""

WRITE_OFFS = np.array([0.4, 0.5, 1.2, 0.5, 0.7, 2.0, 0.4, 0.5, 1.3, 0.6, 1.1, 3.4])
"""Write-offs of a calendar month relative to an average one."""

LPR = (
    ((2022, 8), 3.65, 4.30),
    ((2023, 6), 3.55, 4.20),
    ((2023, 8), 3.45, 4.20),
    ((2024, 2), 3.45, 3.95),
    ((2024, 7), 3.35, 3.85),
    ((2024, 10), 3.10, 3.60),
    ((2025, 5), 3.00, 3.50),
)
"""First month, 1-year and 5-year LPR in %, unverified.

Before the first and after the last of these months the nearest value is held, not guessed.
"""


def number(day: date) -> int:
    """Return the month of `day`."""
    return day.year * 12 + day.month - 1


def starts(months: Ints) -> Days:
    """Return the first day of each month."""
    return (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")


def ends(months: Ints) -> Days:
    """Return the last day of each month."""
    return starts(months + 1) - np.timedelta64(1, "D")


def within(months: Ints, share: Floats) -> Days:
    """Return a day of each month; `share` 0 is the first, just under 1 the last."""
    first = starts(months)
    length = (starts(months + 1) - first).astype(np.int64)
    return np.asarray(first + np.floor(share * length).astype("timedelta64[D]"))


def on(months: Ints, day: Ints) -> Days:
    """Return that `day` of each month, from 1, or the last one if the month is shorter."""
    first = starts(months)
    length = (starts(months + 1) - first).astype(np.int64)
    return np.asarray(first + (np.minimum(day, length) - 1).astype("timedelta64[D]"))


def lpr(months: Ints, term: Ints) -> Floats:
    """Return the loan prime rate at `months` for loans of `term` months, a fraction a year."""
    from_month = np.array([year * 12 + month - 1 for (year, month), _, _ in LPR])
    row = np.clip(np.searchsorted(from_month, months, "right") - 1, 0, None)
    short = np.array([one for _, one, _ in LPR])[row]
    long = np.array([five for _, _, five in LPR])[row]
    return np.where(term > 60, long, short) / 100


def festival(months: Ints) -> Bools:
    """Tell which months hold the Spring Festival."""
    return np.isin(months, [year * 12 + month - 1 for year, month in SPRING_FESTIVALS])


def applying(months: Ints) -> Floats:
    """Return the applications of each month relative to an average one."""
    return np.asarray(LENDING[months % 12] * np.where(festival(months), 0.55, 1.0))


def quarter_end(months: Ints) -> Bools:
    """Tell which months end a quarter."""
    return np.asarray(months % 3 == 2)


def day_in_month(rng: np.random.Generator, months: Ints, *, rush: float = 0.45) -> Ints:
    """Return a day of each month; loans crowd into the last third of a quarter's last month."""
    place = rng.random(len(months))
    late = quarter_end(months) & (rng.random(len(months)) < rush * 0.5)
    place = np.where(late, 2 / 3 + place / 3, place) * 0.999
    length = (starts(months + 1) - starts(months)).astype(np.int64)
    return np.asarray(1 + np.floor(place * length), dtype=np.int64)
