"""A smooth curve of outcome against prediction, and how far it lies from the diagonal.

The curve is the local quadratic regression that R's `loess` computes by default: fitted at the
corners of cells that hold few points and joined by cubics that keep values and slopes (Cleveland &
Grosse 1991). There are about 15 corners at any number of rows, so that a million take a moment.
"""

from dataclasses import dataclass

import numpy as np
from scipy import interpolate

from workbench.errors import DataError
from workbench.stats.arrays import Vector

SPAN = 0.75
"""Share of the points that a local fit uses."""
CELL = 0.2
"""A cell is divided while it holds more than this share of the points of one fit."""
MARGIN = 0.005
"""The outer corners stand this share of the range outside the points."""
MOST = 20_000
"""More points than this are averaged in neighbours of equal number before the curve is fitted."""


@dataclass(frozen=True)
class Distance:
    """Distance between the smooth curve and the predictions (Austin & Steyerberg 2019).

    Attributes
    ----------
    mean : float
        Integrated calibration index, ICI.
    median, high, largest : float
        Median, 90th percentile and maximum: E50, E90, Emax.
    """

    mean: float
    median: float
    high: float
    largest: float


def calibration_distance(probabilities: Vector, events: Vector) -> Distance:
    """Return how far the smooth curve of `events` over `probabilities` is from the diagonal."""
    apart = np.abs(loess(probabilities, events) - probabilities)
    high = float(np.quantile(apart, 0.9))
    return Distance(float(apart.mean()), float(np.median(apart)), high, float(apart.max()))


def loess(x: Vector, y: Vector, *, span: float = SPAN) -> Vector:
    """Return the local quadratic regression of `y` on `x` at every `x`, shape (n,).

    Raises
    ------
    DataError
        Fewer than three different values in the span of a fit.
    """
    order = np.argsort(x, kind="stable")
    ordered, outcome, cases = _thinned(x[order], y[order])
    used = min(len(ordered), int(np.floor(len(ordered) * span + 1e-5)))
    reach = MARGIN * max(float(ordered[-1] - ordered[0]), 1e-10 * float(np.abs(ordered).max()))
    ends = [float(x[order[0]]) - reach, float(x[order[-1]]) + reach]
    cuts = _cuts(ordered, int(np.floor(len(ordered) * span * CELL)))
    corners = np.array([ends[0], *cuts, ends[1]])
    fits = [_local(ordered, outcome, cases, corner, used) for corner in corners]
    value, slope = np.array(fits).T
    return np.asarray(interpolate.CubicHermiteSpline(corners, value, slope)(x))


def _thinned(ordered: Vector, outcome: Vector) -> tuple[Vector, Vector, Vector]:
    """Return points, means and weights: of all points, or of neighbours when they are very many."""
    if len(ordered) <= MOST:
        return ordered, outcome, np.ones(len(ordered))
    starts = np.arange(MOST) * len(ordered) // MOST
    cases = np.diff(np.append(starts, len(ordered))).astype(np.float64)
    point, mean = (np.add.reduceat(values, starts) / cases for values in (ordered, outcome))
    return point, mean, cases


def _cuts(ordered: Vector, most: int) -> list[float]:
    """Return where the points are divided, at medians, until no cell holds more than `most`."""
    cells, cuts = [(0, len(ordered))], []
    while cells:
        first, last = cells.pop()
        if last - first <= max(most, 1) or ordered[first] == ordered[last - 1]:
            continue
        middle = (first + last + 1) // 2
        # Equal values stay on one side, as in the original: the cut moves up to the next value.
        while middle < last and ordered[middle - 1] == ordered[middle]:
            middle += 1
        if middle == last:
            continue
        cuts.append(float(ordered[middle - 1] + ordered[middle]) / 2)
        cells += [(first, middle), (middle, last)]
    return sorted(cuts)


def _local(
    ordered: Vector, outcome: Vector, cases: Vector, at: float, used: int
) -> tuple[float, float]:
    """Return value and slope at `at` of the quadratic fitted to the `used` nearest points."""
    place = int(np.searchsorted(ordered, at))
    first = _first_of_nearest(ordered, at, used, place)
    distance = ordered[first : first + used] - at
    width = float(np.abs(distance).max())
    inside = slice(*np.searchsorted(ordered, [at - width, at + width], side="left"))
    distance, y = ordered[inside] - at, outcome[inside]
    weight = (1 - np.minimum(np.abs(distance) / width, 1) ** 3) ** 3 * cases[inside]
    scaled = distance / width
    powers = [float(weight @ scaled**power) for power in range(5)]
    moments = np.array([[powers[i + j] for j in range(3)] for i in range(3)])
    right = np.array([float(weight @ (y * scaled**power)) for power in range(3)])
    if np.linalg.matrix_rank(moments, hermitian=True) < 3:
        raise DataError(
            f"the curve needs three different predictions near {at:.4g}; use fewer or wider groups"
        )
    found = np.linalg.solve(moments, right)
    return float(found[0]), float(found[1] / width)


def _first_of_nearest(ordered: Vector, at: float, used: int, place: int) -> int:
    """Return where the window of the `used` nearest points begins, by bisection."""
    low, high = max(0, place - used), min(place, len(ordered) - used)
    while low < high:
        middle = (low + high) // 2
        if at - ordered[middle] > ordered[middle + used] - at:
            low = middle + 1
        else:
            high = middle
    return low
