"""Which of many intervals each value lies in, by a grid: exact, and quicker than bisection."""

import numpy as np

from workbench.stats.arrays import Codes, Vector

CELLS, BLOCK = 2048, 16_384
"""Cells of the grid, and values told at once: both stay in the processor's nearest memory."""
FEW = BLOCK // 2
"""Up to so many values bisection is quicker than a grid that must first be laid out."""


def interval_of(cuts: Vector, values: Vector) -> Codes:
    """Return how many of the ascending `cuts` are at most each value, shape (n,).

    What `numpy.searchsorted(cuts, values, side="right")` returns, in a fifth of its time for many
    values. The cell of a value rises with the value, rounding included, so that only cuts in a
    value's own cell are compared with it. A missing value has no meaning here.
    """
    if len(values) <= FEW or len(cuts) == 0 or not np.isfinite(cuts[[0, -1]]).all():
        return np.searchsorted(cuts, values, side="right").astype(np.intp, copy=False)
    grid = _Grid(cuts)
    found = np.empty(len(values), dtype=np.intp)
    for at in range(0, len(values), BLOCK):
        own = slice(at, at + BLOCK)
        found[own] = grid.codes(values[own])
    return found


class _Grid:
    """Equal cells from the first cut to the last, and what is known of the values in each."""

    def __init__(self, cuts: Vector) -> None:
        self.cuts, self.low = cuts, cuts[0]
        with np.errstate(over="ignore", divide="ignore"):
            scale = (CELLS - 1) / (cuts[-1] / 2 - cuts[0] / 2) / 2
        self.scale = float(scale) if np.isfinite(scale) else 1.0
        inside = self._cells(cuts)
        count = np.bincount(inside, minlength=CELLS)
        self.before = np.cumsum(count) - count
        self.edge = np.full(CELLS, np.nan)  # nothing is at least that
        self.edge[inside] = cuts
        self.crowded = count > 1
        self.any_crowded = bool(self.crowded.any())

    def codes(self, values: Vector) -> Codes:
        cells = self._cells(values)
        found = self.before.take(cells)
        found += values >= self.edge.take(cells)
        if self.any_crowded:
            several = np.flatnonzero(self.crowded.take(cells))
            found[several] = np.searchsorted(self.cuts, values[several], side="right")
        return found

    def _cells(self, values: Vector) -> Codes:
        with np.errstate(over="ignore", invalid="ignore"):
            place = values - self.low
            place *= self.scale
        np.fmax(place, 0.0, out=place)
        np.fmin(place, CELLS - 1.0, out=place)
        return np.asarray(place.astype(np.intp))
