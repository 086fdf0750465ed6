"""A design matrix kept as bins, a byte a cell: weights are looked up block by block."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.stats.arrays import Vector

if TYPE_CHECKING:
    from workbench.stats.binning import Binning

BLOCK = 16_384
"""Rows looked up at once when all of them are gone through."""
SMALL, LARGE = np.uint8, np.uint16


@dataclass(frozen=True, eq=False, repr=False)
class Coded:
    """Rows of weights of evidence, each variable as codes into its own short table.

    Attributes
    ----------
    codes : tuple of ndarray of int, each of shape (n,)
        Bin of each value, by variable.
    tables : tuple of ndarray
        Weight of each bin, by variable.
    """

    codes: tuple[NDArray[Any], ...]
    tables: tuple[Vector, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Return rows and variables."""
        return (len(self.codes[0]) if self.codes else 0, len(self.codes))

    def __getitem__(self, rows: slice) -> NDArray[np.float64]:
        """Return the weights of these rows, shape (rows, variables)."""
        columns = [codes[rows] for codes in self.codes]
        found = np.empty((len(columns[0]) if columns else 0, len(columns)), order="F")
        for at, own in enumerate(columns):
            np.take(self.tables[at], own, out=found[:, at], mode="clip")
        return found

    def columns(self, kept: list[int]) -> "Coded":
        """Return the variables at the places `kept`, without a copy."""
        return Coded(tuple(self.codes[at] for at in kept), tuple(self.tables[at] for at in kept))

    def correlation(self) -> NDArray[np.float64]:
        """Return the correlation of each two variables' weights."""
        n, k = self.shape
        total, cross = np.zeros(k), np.zeros((k, k))
        for at in range(0, n, BLOCK):
            part = self[at : at + BLOCK]
            total += part.sum(axis=0)
            cross += part.T @ part
        mean = total / n
        covariance = cross / n - np.outer(mean, mean)
        spread = np.sqrt(np.diag(covariance))
        return np.asarray(covariance / np.outer(spread, spread))


def codes(binning: "Binning", values: Any) -> NDArray[Any]:
    """Return the bin of each value in the smallest integers that hold it, shape (n,)."""
    small = len(binning.events) <= np.iinfo(SMALL).max
    return binning.rule.codes(values).astype(SMALL if small else LARGE)


def table(binning: "Binning") -> Vector:
    """Return the weight of each bin, and 0 for a level that is in none."""
    return np.append(binning.weights, 0.0)
