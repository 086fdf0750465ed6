"""A smooth curve of outcome against prediction, and how far it lies from the diagonal.

The curve is the local quadratic regression that R's `loess` computes by default: fitted at the
corners of cells that hold few points and joined by cubics that keep values and slopes (Cleveland &
Grosse 1991). There are about 15 corners at any number of rows, so that a million take a moment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
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
FEW = 500
"""As many where the curve is fitted hundreds of times."""

Matrix = NDArray[np.float64]


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


@dataclass(frozen=True)
class Spread:
    """The mean distance with what sampling makes of it.

    Attributes
    ----------
    mean, low, high : float
        Integrated calibration index and its interval, corrected for what noise adds to a distance.
    chance : float
        What true predictions exceed with probability 1 - confidence.
    """

    mean: float
    low: float
    high: float
    chance: float


def calibration_distance(probabilities: Vector, events: Vector) -> Distance:
    """Return how far the smooth curve of `events` over `probabilities` is from the diagonal."""
    apart = np.abs(loess(probabilities, events) - probabilities)
    high = float(np.quantile(apart, 0.9))
    return Distance(float(apart.mean()), float(np.median(apart)), high, float(apart.max()))


def distance_spread(
    probabilities: Vector,
    events: Vector,
    *,
    confidence: float = 0.95,
    draws: int = 400,
    seed: int = 1,
) -> Spread:
    """Return the mean distance with an interval and with what chance alone would make of it.

    Defaults are drawn anew from the smooth curve (for the interval, basic bootstrap) and from the
    predictions (for chance), on at most `FEW` neighbourhoods of equal size; cases are taken as
    independent.
    """
    order = np.argsort(probabilities, kind="stable")
    points, rates, cases = _thinned(probabilities[order], events[order], FEW)
    smoother = _Smoother.of(points, cases, (points[0], points[-1]), SPAN)

    def distance(outcome: Matrix) -> Vector:
        apart = np.abs(smoother.curve(outcome)(points) - points[:, None])
        return np.asarray(np.average(apart, axis=0, weights=cases))

    random = np.random.default_rng(seed)
    found = float(distance(rates[:, None])[0])
    curve = np.clip(smoother.curve(rates[:, None])(points)[:, 0], 0, 1)
    size = np.round(cases).astype(np.intp)
    again, chance = (
        distance((random.binomial(size, truth, (draws, len(points))) / size).T)
        for truth in (curve, points)
    )
    ends = 2 * found - np.quantile(again, [0.5 + confidence / 2, 0.5 - confidence / 2])
    # Noise can only add to a distance: an interval that does not reach it is moved to hold it.
    low, high = max(float(ends[0]), 0.0), max(float(ends[1]), 0.0)
    return Spread(found, min(low, found), max(high, found), float(np.quantile(chance, confidence)))


def loess(x: Vector, y: Vector, *, span: float = SPAN) -> Vector:
    """Return the local quadratic regression of `y` on `x` at every `x`, shape (n,).

    Raises
    ------
    DataError
        Fewer than three different values in the span of a fit.
    """
    order = np.argsort(x, kind="stable")
    points, outcome, cases = _thinned(x[order], y[order], MOST)
    ends = float(x[order[0]]), float(x[order[-1]])
    return np.asarray(_Smoother.of(points, cases, ends, span).curve(outcome[:, None])(x)[:, 0])


@dataclass(frozen=True, eq=False, repr=False)
class _Smoother:
    """The curve as what it is, linear in the outcome: corners, and what gives their fits."""

    corners: Vector
    value: Matrix
    slope: Matrix

    @classmethod
    def of(
        cls, points: Vector, cases: Vector, ends: tuple[float, float], span: float
    ) -> "_Smoother":
        used = min(len(points), int(np.floor(len(points) * span + 1e-5)))
        low, high = ends
        reach = MARGIN * max(high - low, 1e-10 * max(abs(low), abs(high)))
        cuts = _cuts(points, int(np.floor(len(points) * span * CELL)))
        corners = np.array([low - reach, *cuts, high + reach])
        value, slope = np.zeros((2, len(corners), len(points)))
        for at, corner in enumerate(corners):
            inside, weights = _local(points, cases, float(corner), used)
            value[at, inside], slope[at, inside] = weights
        return cls(corners, value, slope)

    def curve(self, outcome: Matrix) -> interpolate.CubicHermiteSpline:
        """Return the curves of `outcome`, shape (points, curves)."""
        return interpolate.CubicHermiteSpline(
            self.corners, self.value @ outcome, self.slope @ outcome
        )


def _thinned(ordered: Vector, outcome: Vector, most: int) -> tuple[Vector, Vector, Vector]:
    """Return points, means and weights: of all points, or of neighbours when they are very many."""
    if len(ordered) <= most:
        return ordered, outcome, np.ones(len(ordered))
    starts = np.arange(most) * len(ordered) // most
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


def _local(ordered: Vector, cases: Vector, at: float, used: int) -> tuple[slice, Matrix]:
    """Return the points that count at `at`, and what makes value and slope of their outcomes."""
    place = int(np.searchsorted(ordered, at))
    first = _first_of_nearest(ordered, at, used, place)
    width = float(np.abs(ordered[first : first + used] - at).max())
    inside = slice(*np.searchsorted(ordered, [at - width, at + width], side="left"))
    scaled = (ordered[inside] - at) / width if width > 0 else np.zeros(0)
    weight = (1 - np.minimum(np.abs(scaled), 1) ** 3) ** 3 * cases[inside]
    powers = np.vander(scaled, 3, increasing=True)
    moments = powers.T @ (powers * weight[:, None])
    if np.linalg.matrix_rank(moments, hermitian=True) < 3:
        raise DataError(
            f"the curve needs three different predictions near {at:.4g}; use fewer or wider groups"
        )
    found = np.linalg.solve(moments, (powers * weight[:, None]).T)
    return inside, np.stack([found[0], found[1] / width])


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
