"""Replicate weights: the variance of any statistic, by leaving out units or drawing them again.

Jackknife (JKn: each unit of each stratum is left out once; JK1 with a single stratum) and the
bootstrap of Rao & Wu (1988), JASA 83:231–241, in the rescaled form of Rao, Wu & Yue (1992),
Survey Methodology 18:209–217. Replicates are raked to the same margins as the sample, so their
spread knows about raking. First-stage units are resampled; a finite population shrinks the spread.
A stratum with a single unit is in every replicate as it is: no variance comes from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.errors import DataError, ParameterError
from workbench.stats import rake
from workbench.stats.arrays import Vector
from workbench.stats.design import Design
from workbench.stats.rake import Margin
from workbench.stats.stages import Stage

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

    def raked(self, margins: Sequence[Margin], *, tolerance: float = 1e-11) -> "Replicates":
        """Return the same with sample and replicates raked to `margins`.

        A replicate in which a level lost all its rows is raked to the other levels as nearly as
        the margins allow.

        Raises
        ------
        DataError
            The margins cannot be met in the sample.
        """
        weights = rake.raked(self.weights, margins)
        return replace(self, weights=weights, sets=_raked(self.sets, margins, tolerance))

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
    if count < 2:
        raise ParameterError(f"a bootstrap needs at least 2 replicates, not {count}")
    first, draw = _first(design), np.random.default_rng(seed)
    drawn = np.empty((count, len(first.unit_stratum)))
    for stratum, units in enumerate(first.units):
        members = np.flatnonzero(first.unit_stratum == stratum)
        n = int(units)
        if n == 1:
            drawn[:, members] = 1.0
            continue
        # Which units are drawn, counted: multinomial, and many times as quick for many units.
        times = np.array(
            [np.bincount(draw.integers(n, size=n - 1), minlength=n) for _ in range(count)]
        )
        shrink = np.sqrt(1 - first.fraction[stratum])
        drawn[:, members] = 1 - shrink + shrink * times * n / (n - 1)
    sets = design.weights * drawn[:, first.row_unit]
    return Replicates(design.weights, sets, np.full(count, 1 / (count - 1)))


def _raked(sets: Vector, margins: Sequence[Margin], tolerance: float) -> Vector:
    """Return the `sets` (R, n) raked, all at once.

    Rows that agree in all margins share their factors: sums of such cells are raked, then rows.
    """
    from scipy import sparse

    shape = [len(margin.levels) for margin in margins]
    place = np.ravel_multi_index(tuple(margin.codes for margin in margins), tuple(shape))
    cells, row_cell = np.unique(place, return_inverse=True)
    codes = np.unravel_index(cells, tuple(shape))
    n = sets.shape[1]
    gather = sparse.csr_array((np.ones(n), row_cell, np.arange(n + 1)), shape=(n, len(cells)))
    start = np.asarray(sets @ gather)
    fitted = start.copy()
    dummies = [np.eye(size)[code] for size, code in zip(shape, codes, strict=True)]
    active = np.arange(len(fitted))
    for _ in range(PASSES):
        worst, part = np.zeros(len(active)), fitted[active]
        for margin, levels, code in zip(margins, dummies, codes, strict=True):
            sums = part @ levels
            ratio = np.divide(margin.population, sums, out=np.ones_like(sums), where=sums > 0)
            worst = np.maximum(worst, np.abs(ratio - 1).max(axis=1))
            part *= ratio[:, code]
        fitted[active] = part
        active = active[worst > tolerance]
        if not len(active):
            break
    factors = np.divide(fitted, start, out=np.ones_like(start), where=start > 0)
    raked = np.empty_like(sets)
    for at, factor in enumerate(factors):
        np.multiply(sets[at], factor[row_cell], out=raked[at])
    return raked


def _first(design: Design) -> Stage:
    first = design.stages[0]
    if design.calibration:
        raise DataError("these weights were raked; make replicates first and rake each of them")
    if (first.units == 1).all():
        raise DataError("every stratum has a single unit: nothing can be left out; merge strata")
    return first
