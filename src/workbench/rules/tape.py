"""Columns of a loan tape as arrays: amounts, flags and shares, with missing values made explicit.

A tape is a table with one row per loan, or per loan and month end.
"""

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

Flags = NDArray[np.bool_]
"""Yes or no, shape (n,)."""
Vector = NDArray[np.float64]
"""Numbers, shape (n,)."""
Statuses = NDArray[np.int8]
"""Codes of a status; `UNKNOWN` where it cannot be told."""
Share = Annotated[float, Field(ge=0, le=1)]
UNKNOWN = -1


def ratio(part: Vector, whole: Vector) -> Vector:
    """Return `part` over `whole`, shape (n,); NaN where `whole` is nothing or missing.

    Rounded to 12 places: sums of amounts in cents are not exact as floats, and a share of exactly
    a limit must not pass for more than it.
    """
    shares = np.full(len(whole), np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return np.round(shares, 12)


def flags(tape: pd.DataFrame, name: str) -> Flags:
    """Return the column `name` as true or false; missing values and a missing column are false."""
    if name not in tape:
        return np.zeros(len(tape), dtype=np.bool_)
    column = tape[name]
    if column.dtype == np.bool_:
        return column.to_numpy()
    return column.astype("boolean").fillna(False).to_numpy(dtype=np.bool_)


def amounts(tape: pd.DataFrame, name: str) -> Vector:
    """Return the column `name` as floats, shape (n,); NaN where missing or without such column."""
    if name not in tape:
        return np.full(len(tape), np.nan)
    return tape[name].to_numpy(dtype=np.float64, na_value=np.nan)
