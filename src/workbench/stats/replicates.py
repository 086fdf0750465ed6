"""Replicate weights: the variance of any statistic, by leaving out units or drawing them again.

Jackknife (JKn: each unit of each stratum is left out once; JK1 with a single stratum) and the
bootstrap of Rao & Wu (1988), JASA 83:231–241, in the rescaled form of Rao, Wu & Yue (1992),
Survey Methodology 18:209–217. Replicates are raked to the same margins as the sample, so their
spread knows about raking. First-stage units are resampled; a finite population shrinks the spread.
A stratum with a single unit is in every replicate as it is: no variance comes from it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench import progress
from workbench.errors import DataError, ParameterError
from workbench.stats import rake
from workbench.stats.arrays import Codes, Vector
from workbench.stats.design import Design
from workbench.stats.rake import Margin
from workbench.stats.stages import Stage

BATCH = 16
"""Replicates that are made at a time: few enough for the processor's cache."""
TOLERANCE = 1e-11
PASSES = 60
"""Passes over the margins after which a replicate that cannot meet them is taken as it is."""


@dataclass(frozen=True, eq=False, repr=False)
class Replicates:
    """R sets of weights beside those of the sample.

    Attributes
    ----------
    weights : Vector (n,)
        Weights of the sample.
    sets : Vector (R, n)
        Weights of the replicates.
    scales : Vector (R,)
        What the squared deviation of each replicate counts in the variance.
    """

    weights: Vector
    sets: Vector
    scales: Vector

    def raked(self, margins: Sequence[Margin], *, tolerance: float = TOLERANCE) -> "Replicates":
        """Return the same with sample and replicates raked to `margins`.

        A replicate in which a level lost all its rows is raked to the other levels as nearly as
        the margins allow.

        Raises
        ------
        DataError
            The margins cannot be met in the sample.
        """
        weights = rake.raked(self.weights, margins)
        sets = _Cells.of(margins).raked(self.sets, margins, tolerance)
        return replace(self, weights=weights, sets=sets)

    def values(self, statistic: Callable[[Vector], Vector]) -> Vector:
        """Return (R, k) the `statistic` (a function of weights) of every replicate."""
        return np.vstack([np.atleast_1d(statistic(each)) for each in self.sets])

    def means(self, y: Vector) -> tuple[Vector, Vector]:
        """Return the means (k,) of `y` (n, k) and those of the replicates (R, k); NaN is missing.

        One matrix product for all replicates.
        """
        answers = y[:, None] if y.ndim == 1 else y
        seen = ~np.isnan(answers)
        filled = np.where(seen, answers, 0.0)
        whole = (self.weights @ filled) / (self.weights @ seen)
        return whole, (self.sets @ filled) / (self.sets @ seen)

    def covariance(self, values: Vector) -> Vector:
        """Return the covariance (k, k) of a statistic from its replicate `values` (R, k)."""
        spread = values - values.mean(axis=0)
        return np.asarray((spread * self.scales[:, None]).T @ spread)


def jackknife(design: Design) -> Replicates:
    """Return one replicate for each first-stage unit, left out.

    Raises
    ------
    DataError
        The weights were raked (rake the replicates instead), or every stratum has a single unit.
    """
    first = _first(design)
    sets, scales = [], []
    for unit, stratum in enumerate(first.unit_stratum):
        n = first.units[stratum]
        if n == 1:
            continue
        factor = np.where(first.unit_stratum == stratum, n / (n - 1), 1.0)
        factor[unit] = 0.0
        sets.append(design.weights * factor[first.row_unit])
        scales.append((1 - first.fraction[stratum]) * (n - 1) / n)
    return Replicates(design.weights, np.vstack(sets), np.array(scales))


def bootstrap(design: Design, count: int, *, seed: int) -> Replicates:
    """Return `count` replicates, each with n-1 of the n units of every stratum drawn again.

    Raises
    ------
    ParameterError
        Fewer than two replicates.
    DataError
        As for `jackknife`.
    """
    sets = np.vstack(list(_drawn(design, count, seed)))
    return Replicates(design.weights, sets, np.full(count, 1 / (count - 1)))


def bootstrap_batches(
    design: Design, count: int, margins: Sequence[Margin], *, seed: int
) -> Iterator[Vector]:
    """Give the sets (some, n) of `bootstrap`, raked to `margins`, a few at a time.

    For a statistic of many rows: nothing the size of all sets is held. Raises as `bootstrap`.
    """
    cells = _Cells.of(margins) if margins else None
    for sets in _drawn(design, count, seed):
        yield cells.raked(sets, margins, TOLERANCE) if cells else sets


def _drawn(design: Design, count: int, seed: int) -> Iterator[Vector]:
    """Give the weights of `count` bootstrap replicates, some at a time."""
    if count < 2:
        raise ParameterError(f"a bootstrap needs at least 2 replicates, not {count}")
    first, draw = _first(design), np.random.default_rng(seed)
    members = [np.flatnonzero(first.unit_stratum == at) for at in range(len(first.units))]
    shrink = np.sqrt(1 - first.fraction)
    for start in progress.steps(range(0, count, BATCH), "progress.replicates"):
        times = np.ones((min(BATCH, count - start), len(first.unit_stratum)))
        for row in times:
            for stratum, own in enumerate(members):
                n = len(own)
                if n > 1:
                    # Counts of units drawn: multinomial, many times as quick for many units.
                    again = np.bincount(draw.integers(n, size=n - 1), minlength=n)
                    row[own] = 1 + shrink[stratum] * (again * n / (n - 1) - 1)
        yield design.weights * times[:, first.row_unit]


@dataclass(frozen=True, eq=False, repr=False)
class _Cells:
    """Rows that agree in all margins: they share their factors, so sums of them are raked.

    `row_cell` (n,) is the cell of each row, `codes` the level of each cell per margin.
    """

    row_cell: Codes
    codes: tuple[Codes, ...]

    @classmethod
    def of(cls, margins: Sequence[Margin]) -> "_Cells":
        shape = tuple(len(margin.levels) for margin in margins)
        place = np.ravel_multi_index(tuple(margin.codes for margin in margins), shape)
        cells, row_cell = np.unique(place, return_inverse=True)
        return cls(row_cell, tuple(np.unravel_index(cells, shape)))

    def raked(self, sets: Vector, margins: Sequence[Margin], tolerance: float) -> Vector:
        """Return the `sets` (R, n) raked, all at once."""
        from scipy import sparse

        size = len(self.codes[0])
        at = np.arange(size)
        start = np.vstack([np.bincount(self.row_cell, each, minlength=size) for each in sets])
        fitted = start.copy()
        dummies = [
            sparse.csr_array((np.ones(size), (code, at)), shape=(len(margin.levels), size))
            for margin, code in zip(margins, self.codes, strict=True)
        ]
        active = np.arange(len(fitted))
        for _ in range(PASSES):
            worst, part = np.zeros(len(active)), fitted[active]
            for margin, levels, code in zip(margins, dummies, self.codes, strict=True):
                sums = (levels @ part.T).T
                ratio = np.divide(margin.population, sums, out=np.ones_like(sums), where=sums > 0)
                worst = np.maximum(worst, np.abs(ratio - 1).max(axis=1))
                part *= ratio[:, code]
            fitted[active] = part
            active = active[worst > tolerance]
            if not len(active):
                break
        factors = np.divide(fitted, start, out=np.ones_like(start), where=start > 0)
        return np.asarray(sets * factors[:, self.row_cell])


def _first(design: Design) -> Stage:
    first = design.stages[0]
    if design.calibration:
        raise DataError("these weights were raked; make replicates first and rake each of them")
    if (first.units == 1).all():
        raise DataError("every stratum has a single unit: nothing can be left out; merge strata")
    return first
