"""Cross-tables of many rows: counts, sums, squares and largest contributions of each cell.

Categories become one mixed-radix code, and each measure is one pass of counting over it: nothing is
sorted and no row is copied twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Vector

MOST = 20_000_000
"""Cells of a table that are counted; more are as good as rows."""


@dataclass(frozen=True, eq=False, repr=False)
class Crosstab:
    """Cells with rows, in the order of their categories; arrays (cells,).

    Attributes
    ----------
    places : tuple of array of int
        For each category the position of the cell's label.
    count : array of int
        Rows.
    total, square : mapping of str to array
        Sums of each measure and of its square over rows that have it.
    known : mapping of str to array of int
        Rows that have each measure.
    largest, second : mapping of str to array
        Largest and second largest value of each measure; 0 where there is none.
    """

    places: tuple[NDArray[np.intp], ...]
    count: NDArray[np.int64]
    total: Mapping[str, Vector]
    square: Mapping[str, Vector]
    known: Mapping[str, NDArray[np.int64]]
    largest: Mapping[str, Vector]
    second: Mapping[str, Vector]


def crosstab(
    categories: Sequence[tuple[NDArray[np.integer], int]], measures: Mapping[str, Vector]
) -> Crosstab:
    """Return the table of rows by `categories`.

    Parameters
    ----------
    categories : sequence of (array (n,) of int, int)
        Codes from 0 of each row, and how many labels there are; a row below 0 in any is left out.
    measures : mapping of str to array (n,)
        What is added up; NaN is not known, and nothing is below 0.

    Raises
    ------
    DataError
        There would be more than `MOST` cells, or a code is beyond its labels.
    """
    sizes = [size for _, size in categories]
    if int(np.prod(sizes, dtype=float)) > MOST:
        raise DataError(
            f"a table of {' x '.join(map(str, sizes))} cells is too large; give it less detail"
        )
    cell, kept = _cells([(np.asarray(codes), size) for codes, size in categories])
    counted = np.bincount(cell, minlength=1)
    there = np.flatnonzero(counted)
    found: dict[str, dict[str, NDArray[np.generic]]] = {
        name: {} for name in ("total", "square", "known", "largest", "second")
    }
    for name, values in measures.items():
        own_rows = values if kept is None else values[kept]
        for part, own in _measured(cell, own_rows, len(counted)).items():
            found[part][name] = own[there]
    places = np.unravel_index(there, sizes)
    return Crosstab(tuple(places), counted[there], **found)  # type: ignore[arg-type]


def _cells(
    categories: Sequence[tuple[NDArray[np.integer], int]],
) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Return the cell of each row that has one, and which rows do; None where all do."""
    cell = np.zeros(len(categories[0][0]), dtype=np.int64)
    missing = False
    for codes, size in categories:
        if len(codes) and int(codes.max()) >= size:
            raise DataError(f"a code is {int(codes.max())}, but there are {size} labels")
        missing = missing or bool(len(codes) and int(codes.min()) < 0)
        cell *= size
        cell += codes
    if not missing:
        return cell, None
    kept = np.logical_and.reduce([codes >= 0 for codes, _ in categories])
    return cell[kept], kept


def _measured(cell: NDArray[np.int64], values: Vector, size: int) -> dict[str, NDArray[np.generic]]:
    known = ~np.isnan(values)
    if not known.all():
        cell, values = cell[known], values[known]
    first = np.zeros(size)
    np.maximum.at(first, cell, values)
    reached = np.flatnonzero(values == first[cell])
    # One row of each cell is the largest; a second that equals it stays among the others.
    _, once = np.unique(cell[reached], return_index=True)
    rest = np.ones(len(cell), dtype=np.bool_)
    rest[reached[once]] = False
    second = np.zeros(size)
    np.maximum.at(second, cell[rest], values[rest])
    return {
        "total": np.bincount(cell, values, minlength=size),
        "square": np.bincount(cell, values * values, minlength=size),
        "known": np.bincount(cell, minlength=size),
        "largest": first,
        "second": second,
    }
