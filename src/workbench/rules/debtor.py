"""What several claims on one debtor say together: which rows share a debtor, and shares of debt."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check

Codes = NDArray[np.intp]
Flags = NDArray[np.bool_]
Vector = NDArray[np.float64]


def codes(tape: pd.DataFrame) -> Codes:
    """Return a number per debtor and month end, shape (n,), from `customer_id`, `month_end`.

    Without `month_end` all rows are of one day.
    """
    check.columns(tape, "customer_id")
    debtors, _ = pd.factorize(tape["customer_id"])
    if "month_end" not in tape:
        return debtors
    months, found = pd.factorize(tape["month_end"])
    return pd.factorize(debtors * len(found) + months)[0]


def ratio(part: Vector, whole: Vector) -> Vector:
    """Return `part` over `whole`, shape (n,); NaN where `whole` is nothing or missing.

    Rounded to 12 places: sums of amounts in cents are not exact as floats, and a share of exactly
    a limit must not pass for more than it.
    """
    shares = np.full(len(whole), np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return np.round(shares, 12)


def share(groups: Codes, part: Vector, whole: Vector) -> Vector:
    """Return per row the `ratio` of the sums of `part` and of `whole` in the row's group."""
    if not len(groups):
        return np.empty(0)
    counted = np.bincount(groups, weights=part).astype(np.float64, copy=False)
    total = np.bincount(groups, weights=whole).astype(np.float64, copy=False)
    found: Vector = ratio(counted, total)[groups]
    return found


def any_of(groups: Codes, flags: Flags) -> Flags:
    """Return per row whether any row of its group is flagged."""
    if not len(groups):
        return np.empty(0, dtype=np.bool_)
    return (np.bincount(groups, weights=flags) > 0)[groups]


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
