"""Stages of a sampling design: strata, sampled units, finite populations.

Variance between the units of one stage. A design of several stages adds up what its stages give;
the strata of a later stage lie inside the units of the stage before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError, ParameterError
from workbench.stats.arrays import Codes, Vector, coded, vector

SingleUnit = Literal["error", "certainty", "average", "centered"]
"""What to do about a stratum of which a single unit was sampled.

`error`
    Stop and name the stratum.
`certainty`
    Treat the unit as sampled with certainty: no variance comes from it (too small).
`average`
    Give the stratum the average variance of the others (survey.lonely.psu = "average" in R).
`centered`
    Take the unit's deviation from the mean of all units (survey.lonely.psu = "adjust" in R).
"""

CENSUS = 1e-7
"""A stratum with a smaller unsampled fraction counts as fully sampled."""


@dataclass(frozen=True, eq=False, repr=False)
class Stage:
    """One stage of sampling: n rows in P units in H strata.

    Attributes
    ----------
    row_unit : Codes (n,)
        Unit each row belongs to.
    unit_stratum : Codes (P,)
        Stratum each unit belongs to.
    labels : array (P,) or None
        Name of each unit as the caller gave it; None when no clusters were given.
    units : Vector (H,)
        Sampled units per stratum.
    fraction : Vector (H,)
        Sampled fraction per stratum; 0 where the population is unknown or endless.
    above : Vector (H,)
        Product of the sampled fractions of the stages above.
    single_unit : SingleUnit
        Treatment of strata with a single unit.
    """

    row_unit: Codes
    unit_stratum: Codes
    labels: NDArray[Any] | None
    units: Vector
    fraction: Vector
    above: Vector
    single_unit: SingleUnit

    def single(self) -> NDArray[np.bool_]:
        """Return (H,) which strata have a single unit and were not sampled completely."""
        return np.asarray((self.units == 1) & (1 - self.fraction > CENSUS))

    def elementary(self) -> bool:
        """Tell whether every row is its own unit, in row order."""
        return len(self.unit_stratum) == len(self.row_unit)

    def factors(self) -> Vector:
        """Return (H,) what a stratum's sum of squared deviations is multiplied with."""
        alone = self.single()
        plain = self.units / np.maximum(self.units - 1, 1)
        factor = self.above * (1 - self.fraction) * plain
        if self.single_unit == "average":
            return np.where(alone, 0.0, factor) * len(alone) / max(int((~alone).sum()), 1)
        if self.single_unit == "certainty":
            return np.where(alone, 0.0, factor)
        return factor

    def totals(self, values: Vector) -> Vector:
        """Return (P, k) the sums of `values` (n, k) over the rows of each unit."""
        if self.elementary():
            return values
        size = len(self.unit_stratum)
        columns = [np.bincount(self.row_unit, column, minlength=size) for column in values.T]
        return np.column_stack(columns)

    def residuals(self, totals: Vector) -> Vector:
        """Return (P, k) scaled deviations whose cross-product is this stage's covariance."""
        size = len(self.units)
        sums = [np.bincount(self.unit_stratum, column, minlength=size) for column in totals.T]
        centres = np.column_stack(sums) / self.units[:, None]
        if self.single_unit == "centered":
            centres[self.single()] = totals.mean(axis=0)
        scale = np.sqrt(self.factors())[self.unit_stratum]
        return np.asarray((totals - centres[self.unit_stratum]) * scale[:, None])


def stages(
    size: int,
    strata: Sequence[Any],
    clusters: Sequence[Any],
    population: Sequence[Any],
    single_unit: SingleUnit,
) -> tuple[Stage, ...]:
    """Return the stages of a design of `size` rows.

    The three sequences have one entry a stage, from the first on; None stands for a single
    stratum, for rows that are the units, and for an endless population.
    """
    if single_unit not in get_args(SingleUnit):
        raise ParameterError(
            f"single_unit must be one of {list(get_args(SingleUnit))}, not {single_unit!r}"
        )
    built: list[Stage] = []
    for depth, parts in enumerate(zip(strata, clusters, population, strict=True), start=1):
        built.append(_stage(size, parts, built[-1] if built else None, single_unit, depth))
    return tuple(built)


def _stage(
    size: int, parts: tuple[Any, Any, Any], parent: Stage | None, single: SingleUnit, depth: int
) -> Stage:
    strata, clusters, population = parts
    outer = parent.row_unit if parent else np.zeros(size, np.intp)
    inner, names = _column(strata, size, f"strata of stage {depth}")
    row_stratum, strata_codes = coded(outer * len(names) + inner, "strata")
    row_unit, labels = _units(clusters, row_stratum, depth)
    unit_stratum = np.empty(int(row_unit.max()) + 1, np.intp)
    unit_stratum[row_unit] = row_stratum
    units = np.bincount(unit_stratum, minlength=len(strata_codes)).astype(np.float64)
    sampled = np.ones(len(units))
    if parent:
        sampled[row_stratum] = (parent.above * parent.fraction)[parent.unit_stratum][outer]
    fraction = _fraction(population, row_stratum, units, depth)
    stage = Stage(row_unit, unit_stratum, labels, units, fraction, sampled, single)
    _refuse_single(stage, names[strata_codes % len(names)], depth)
    return stage


def _units(clusters: Any, row_stratum: Codes, depth: int) -> tuple[Codes, NDArray[Any] | None]:
    """Return the unit of each row and the units' labels; in row order where units are rows."""
    size = len(row_stratum)
    if clusters is None:
        return np.arange(size), None
    own, found = _column(clusters, size, f"clusters of stage {depth}")
    row_unit, pairs = coded(row_stratum * len(found) + own, "clusters")
    if len(pairs) == size:
        return np.arange(size), found[own]
    return row_unit, found[pairs % len(found)]


def _column(values: Any, size: int, what: str) -> tuple[Codes, NDArray[Any]]:
    if values is None:
        return np.zeros(size, np.intp), np.zeros(1, np.intp)
    if len(values) != size:
        raise DataError(f"{what} has {len(values)} values, the weights have {size}")
    return coded(values, what)


def _fraction(population: Any, row_stratum: Codes, units: Vector, depth: int) -> Vector:
    """Return (H,) sampled fractions from the population of each row's stratum."""
    if population is None:
        return np.zeros(len(units))
    what = f"population of stage {depth}"
    counts = vector(population, what, length=len(row_stratum))
    per_stratum = np.empty(len(units))
    per_stratum[row_stratum] = counts
    if not np.array_equal(per_stratum[row_stratum], counts):
        raise DataError(f"{what} differs between rows of one stratum; give each stratum one count")
    if not (per_stratum >= units).all():
        at = int(np.flatnonzero(~(per_stratum >= units))[0])
        raise DataError(
            f"{what} is {per_stratum[at]:g} in a stratum with {units[at]:g} sampled units; "
            "it counts the units of the stratum, sampled or not"
        )
    return np.asarray(units / per_stratum)


def _refuse_single(stage: Stage, names: NDArray[Any], depth: int) -> None:
    alone = stage.single()
    if alone.any() and stage.single_unit == "error":
        raise DataError(
            f"stage {depth} has strata with a single unit: {sorted({str(n) for n in names[alone]})}"
            "; merge strata, or choose single_unit 'centered', 'average' or 'certainty'"
        )
    if alone.all() and stage.single_unit == "average":
        raise DataError(f"every stratum of stage {depth} has a single unit: there is no average")
