"""Raking: weights that reproduce known population margins, and what that does to variance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

AGREEMENT = 1e-6
"""Relative difference up to which the totals of two margins count as the same population."""


@dataclass(frozen=True, eq=False, repr=False)
class Margin:
    """One population margin.

    Attributes
    ----------
    name : str
        What the levels are levels of, such as `segment`; used in errors.
    levels : tuple of str
        Name of each level.
    codes : Codes (n,)
        Level of each row.
    population : Vector (L,)
        Population count of each level.
    """

    name: str
    levels: tuple[str, ...]
    codes: Codes
    population: Vector


@dataclass(frozen=True, eq=False, repr=False)
class Calibration:
    """Takes out of influence values what the margins explain.

    The weights were made to reproduce the margins, so whatever of an estimate follows from them
    has no sampling variance left: the influence values are replaced by their residuals from a
    least-squares fit on the margins' dummies, weighted with the weights *before* raking.

    Deville, Särndal & Sautory (1993), Journal of the American Statistical Association 88:1013–1020.

    Attributes
    ----------
    codes : Codes (n, M)
        Level of each row per margin, numbered through all margins.
    base : Vector (n,)
        Weights before raking.
    inverse : Vector (L, L)
        Generalised inverse of the weighted cross-table of all levels.
    """

    codes: Codes
    base: Vector
    inverse: Vector

    def coefficients(self, influence: Vector) -> Vector:
        """Return (L, k) the fitted contribution of each level to `influence` (n, k)."""
        size = len(self.inverse)
        weighted = self.base[:, None] * influence
        sums = np.zeros((size, influence.shape[1]))
        for codes in self.codes.T:
            for at, column in enumerate(weighted.T):
                sums[:, at] += np.bincount(codes, column, minlength=size)
        return np.asarray(self.inverse @ sums)

    def residuals(self, influence: Vector) -> Vector:
        """Return (n, k) what of `influence` the margins leave unexplained."""
        fitted = self.coefficients(influence)
        left = influence.copy()
        for codes in self.codes.T:
            left -= fitted[codes]
        return left


def raked(
    weights: Vector, margins: Sequence[Margin], *, tolerance: float = 1e-12, passes: int = 500
) -> Vector:
    """Return `weights` (n,) adjusted so that every margin is reproduced.

    Iterative proportional fitting (Deming & Stephan 1940, Annals of Mathematical Statistics
    11:427–444), until no level is off by more than `tolerance` relative to its population.

    Raises
    ------
    DataError
        A level has a population but no row, or rows but no population; two margins count
        different populations; or the margins cannot be met together within `passes` passes.
    """
    for margin in margins:
        _refuse_empty(weights, margin)
    _refuse_contradiction(margins)
    fitted = weights.copy()
    worst, where = np.inf, ""
    for _ in range(passes):
        worst = 0.0
        for margin in margins:
            ratio = _ratio(margin, fitted)
            at = int(np.abs(ratio - 1).argmax())
            if abs(ratio[at] - 1) > worst:
                worst, where = abs(ratio[at] - 1), f"{margin.levels[at]!r} of {margin.name!r}"
            fitted *= ratio[margin.codes]
        if worst <= tolerance:
            return fitted
    raise DataError(
        f"raking did not converge in {passes} passes: level {where} is still off by {worst:.2g}; "
        "the margins contradict each other in this sample: drop one or merge levels"
    )


def calibration(base: Vector, margins: Sequence[Margin]) -> Calibration:
    """Return the calibration that `raked(base, margins)` amounts to."""
    starts = np.cumsum([0, *[len(margin.levels) for margin in margins]])
    codes = np.column_stack(
        [margin.codes + start for margin, start in zip(margins, starts[:-1], strict=True)]
    )
    size = int(starts[-1])
    table = np.zeros((size, size))
    for first in codes.T:
        for second in codes.T:
            pairs = np.bincount(first * size + second, base, minlength=size * size)
            table += pairs.reshape(size, size)
    scale = 1 / np.sqrt(np.maximum(np.diag(table), np.finfo(float).tiny))
    scaled = np.linalg.pinv(table * np.outer(scale, scale), rcond=1e-12, hermitian=True)
    return Calibration(codes, base, scaled * np.outer(scale, scale))


def _ratio(margin: Margin, weights: Vector) -> Vector:
    """Return (L,) population over sum of weights; 1 for a level that neither side has."""
    sums = np.bincount(margin.codes, weights, minlength=len(margin.levels))
    return np.divide(margin.population, sums, out=np.ones(len(sums)), where=sums > 0)


def _refuse_empty(weights: Vector, margin: Margin) -> None:
    sums = np.bincount(margin.codes, weights, minlength=len(margin.levels))
    if len(margin.population) != len(margin.levels) or len(sums) != len(margin.levels):
        raise DataError(
            f"margin {margin.name!r} has {len(margin.levels)} levels, {len(margin.population)} "
            f"population counts and codes up to {margin.codes.max()}"
        )
    if not (np.isfinite(margin.population) & (margin.population >= 0)).all():
        raise DataError(f"margin {margin.name!r} has a population count that is not a count")
    if unanswered := _named(margin, (sums == 0) & (margin.population > 0)):
        raise DataError(
            f"margin {margin.name!r} has nobody to stand for {unanswered}; merge levels"
        )
    if unknown := _named(margin, (sums > 0) & (margin.population == 0)):
        raise DataError(
            f"margin {margin.name!r} has answers but no population in {unknown}; "
            "merge levels or correct the counts"
        )


def _named(margin: Margin, some: NDArray[np.bool_]) -> str:
    return ", ".join(
        f"{level!r} (population {count:g})"
        for level, count, named in zip(margin.levels, margin.population, some, strict=True)
        if named
    )


def _refuse_contradiction(margins: Sequence[Margin]) -> None:
    totals = [float(margin.population.sum()) for margin in margins]
    for (one, first), (other, second) in pairwise(zip(margins, totals, strict=True)):
        if abs(first - second) > AGREEMENT * max(first, second):
            raise DataError(
                f"margins {one.name!r} and {other.name!r} count different populations: "
                f"{first:g} and {second:g}; scale them to one total"
            )
