"""Rows of answers as few distinct patterns with their weights: what latent classes need of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

COUNTED = 50_000_000
"""Possible patterns up to which they are counted in one table; beyond, they are sorted."""


@dataclass(frozen=True, eq=False, repr=False)
class Patterns:
    """Distinct rows of answers.

    Attributes
    ----------
    codes : ndarray of int, shape (u, q)
        Each pattern; -1 where the answer is missing.
    weights : ndarray, shape (u,)
        Weighted rows with the pattern.
    rows : ndarray of int, shape (n,)
        The pattern of each row.
    levels : tuple of int
        Number of answers of each item.
    """

    codes: Codes
    weights: Vector
    rows: Codes
    levels: tuple[int, ...]


def patterns(
    codes: NDArray[np.integer], levels: Sequence[int], weights: Vector | None = None
) -> Patterns:
    """Return the distinct rows of `codes`, shape (n, q), whole numbers from 0, -1 for missing.

    Raises
    ------
    DataError
        A code lies outside the levels of its item.
    """
    sizes = np.array(levels, dtype=np.int64)
    if codes.ndim != 2 or codes.shape[1] != len(sizes):
        raise DataError(f"codes of {len(sizes)} items are needed, not of shape {codes.shape}")
    for at, size in enumerate(sizes):
        column = codes[:, at]
        if len(column) and (column.min() < -1 or column.max() >= size):
            raise DataError(f"item {at + 1} has a code outside 0 to {size - 1} (missing: -1)")
    if float(np.prod(sizes + 1.0)) >= 2.0**62:
        found, rows = np.unique(codes, axis=0, return_inverse=True)
        rows = rows.reshape(-1)
        return Patterns(found.astype(np.intp), _weighed(rows, weights, len(found)), rows, _t(sizes))
    key = np.zeros(len(codes), dtype=np.int64)
    for at, size in enumerate(sizes):
        key *= size + 1
        key += codes[:, at]
        key += 1
    present, rows = _present(key, int(np.prod(sizes + 1)))
    split = np.empty((len(present), len(sizes)), dtype=np.intp)
    rest = present.copy()
    for at in range(len(sizes) - 1, -1, -1):
        split[:, at] = rest % (sizes[at] + 1) - 1
        rest //= sizes[at] + 1
    return Patterns(split, _weighed(rows, weights, len(present)), rows, _t(sizes))


def one_hot(codes: Codes, levels: Sequence[int]) -> Vector:
    """Return a column for each level of each item, 1 where a pattern has it; missing is all 0."""
    ends = np.concatenate([[0], np.cumsum(levels)]).astype(np.intp)
    found = np.zeros((len(codes), int(ends[-1])))
    for at in range(codes.shape[1]):
        known = np.flatnonzero(codes[:, at] >= 0)
        found[known, ends[at] + codes[known, at]] = 1.0
    return found


def _present(key: NDArray[np.int64], possible: int) -> tuple[NDArray[np.int64], Codes]:
    if possible > COUNTED or possible > 50 * max(len(key), 1_000_000):
        present, rows = np.unique(key, return_inverse=True)
        return present, rows.astype(np.intp, copy=False)
    seen = np.zeros(possible, dtype=bool)
    seen[key] = True
    present = np.flatnonzero(seen)
    place = np.zeros(possible, dtype=np.int32)
    place[present] = np.arange(len(present), dtype=np.int32)
    return present, place[key]  # type: ignore[return-value]


def _weighed(rows: Codes, weights: Vector | None, count: int) -> Vector:
    return np.bincount(rows, weights, count).astype(np.float64)


def _t(sizes: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(size) for size in sizes)
