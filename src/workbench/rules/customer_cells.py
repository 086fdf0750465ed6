"""The cell of each customer: firms by size, business owners, individuals by tier. One each."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench import check
from workbench.errors import DataError
from workbench.rules import size_class, tiers
from workbench.rules.tape import UNKNOWN

OWNER, SIZE_UNKNOWN, TIER_UNKNOWN = "business_owner", "size_unknown", "tier_unknown"
FIRM, INDIVIDUAL = "corporate", "individual"


@dataclass(frozen=True, eq=False, repr=False)
class Cells:
    """Where customers stand.

    Attributes
    ----------
    cell : ndarray of str, shape (n,)
        The cell of each customer.
    codes : tuple of str
        All cells there are, in order, with or without customers.
    belongs : ndarray of int, shape (n,)
        In how many cells each customer is, by the condition of each cell for itself.
    """

    cell: NDArray[np.object_]
    codes: tuple[str, ...]
    belongs: NDArray[np.int64]

    @property
    def proved(self) -> bool:
        """Tell whether each customer is in exactly one cell."""
        return bool((self.belongs == 1).all())


def cells(customers: pd.DataFrame, aum: ArrayLike, day: date) -> Cells:
    """Return the cell of each customer by the rules in force on `day`.

    Parameters
    ----------
    customers : DataFrame
        `customer_type`, and for firms what `size_class.size_classes` asks for.
    aum : array_like, shape (n, months)
        Assets of the customers by month, oldest first; NaN where unknown.

    Raises
    ------
    DataError
        A customer has no type, or one that is not known.
    """
    check.columns(customers, "customer_type")
    kind = customers["customer_type"].to_numpy(dtype=object)
    known = np.isin(kind, [FIRM, OWNER, INDIVIDUAL])
    if not known.all():
        first = int(np.argmin(known))
        raise DataError(
            f"{int((~known).sum())} customers have no known type, the first in row {first + 1}: "
            f"{kind[first]!r}; it must be {FIRM}, {OWNER} or {INDIVIDUAL}"
        )
    sizes = size_class.rules(day)
    classes = size_class.size_classes(customers, sizes)
    levels = tiers.rules(day)
    held = tiers.tiers(aum, levels)[:, -1]
    tier_codes = [tier.code for tier in levels.tiers]
    size_codes = [*reversed(size_class.SIZES), size_class.NOT_COVERED]
    firm, owner, person = (kind == each for each in (FIRM, OWNER, INDIVIDUAL))
    conditions = {
        **{code: firm & (classes == code) for code in size_codes},
        SIZE_UNKNOWN: firm & (classes == None),  # noqa: E711
        OWNER: owner,
        **{code: person & (held == at) for at, code in enumerate(tier_codes)},
        TIER_UNKNOWN: person & (held == UNKNOWN),
    }
    belongs = np.sum(list(conditions.values()), axis=0).astype(np.int64)
    cell = np.full(len(kind), None, dtype=object)
    for code, inside in conditions.items():
        cell[inside] = code
    return Cells(cell, tuple(conditions), belongs)
