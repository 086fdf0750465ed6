"""The array types of this package, and how a caller's columns become arrays."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.errors import DataError

Vector = NDArray[np.float64]
"""Floats; the shape is stated where it is used."""
Codes = NDArray[np.intp]
"""Whole numbers from 0 that stand for groups."""


def vector(values: ArrayLike, what: str, *, length: int | None = None) -> Vector:
    """Return `values` as floats of shape (n,), or stop naming `what` it is."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or (length is not None and len(array) != length):
        expected = "one column" if length is None else f"{length} numbers"
        raise DataError(f"{what} must be {expected}, not of shape {array.shape}")
    return array


def coded(values: Any, what: str) -> tuple[Codes, NDArray[Any]]:
    """Return the group of each value, from 0 in sorted order, and the groups' labels.

    Raises
    ------
    DataError
        A value is missing.
    """
    codes, labels = pd.factorize(np.asarray(values), sort=True)
    if (codes < 0).any():
        missing = int((codes < 0).sum())
        raise DataError(f"{what} is missing in {missing} of {len(codes)} rows; give every row one")
    return codes.astype(np.intp, copy=False), np.asarray(labels)
