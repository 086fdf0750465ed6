"""What several claims on one debtor say together: which rows share a debtor, and shares of debt."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check
from workbench.errors import DataError
from workbench.rules.tape import Vector, ratio

Codes = NDArray[np.intp]


def codes(tape: pd.DataFrame) -> Codes:
    """Return a number per debtor and month end, shape (n,), from `customer_id`, `month_end`.

    Without `month_end` all rows are of one day.
    """
    check.columns(tape, "customer_id")
    debtors, _ = pd.factorize(tape["customer_id"])
    if missing := int((debtors < 0).sum()):
        raise DataError(f"customer_id is missing in {missing} of {len(tape)} rows; give each one")
    if "month_end" not in tape:
        return debtors
    months, found = pd.factorize(tape["month_end"])
    return pd.factorize(debtors * len(found) + months)[0]


def total(groups: Codes, amounts: Vector) -> Vector:
    """Return per row the sum of `amounts` in the row's group, shape (n,)."""
    if not len(groups):
        return np.empty(0)
    found: Vector = np.bincount(groups, weights=amounts).astype(np.float64, copy=False)[groups]
    return found


def share(groups: Codes, part: Vector, whole: Vector) -> Vector:
    """Return per row the `ratio` of the sums of `part` and of `whole` in the row's group."""
    return ratio(total(groups, part), total(groups, whole))


def largest(claims: pd.DataFrame, keys: list[str], amount: str) -> pd.DataFrame:
    """Return the largest sums of `amount` that single debtors have in each group of claims.

    Parameters
    ----------
    claims : DataFrame
        One row per claim: `customer_id`, `keys` that make up the groups, and `amount`.

    Returns
    -------
    DataFrame
        One row per group, with `keys` as index: `largest`, and `second`, which is 0 in a group with
        one debtor.
    """
    check.columns(claims, "customer_id", *keys, amount)
    sums = claims.groupby([*keys, "customer_id"])[amount].sum().sort_values(ascending=False)
    place = sums.groupby(level=keys).cumcount()
    first, second = (sums[place == at].droplevel("customer_id") for at in (0, 1))
    return pd.DataFrame({"largest": first, "second": second.reindex(first.index, fill_value=0.0)})
