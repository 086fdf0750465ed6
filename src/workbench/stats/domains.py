"""Means of many items in many domains, with design-based standard errors, in one pass.

Answers are first added up to cells of (sampled unit, domain); influence values then live on cells
instead of on rows times domains. The cost is a few passes over rows times items, whatever the
number of domains.

For raked weights the variance is that of residuals, which are not zero outside the domain. It is
written as a quadratic form, var(t − Xb) = var(t) − 2 b′cov(X, t) + b′var(X) b, in which only var(t)
and cov(X, t) depend on the domain and both live on cells.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from workbench.stats.arrays import Codes, Vector
from workbench.stats.rake import Calibration
from workbench.stats.stages import Stage

if TYPE_CHECKING:
    from workbench.stats.design import Design


@dataclass(frozen=True, eq=False, repr=False)
class Grid:
    """Means of k items in G domains; NaN where a domain has no answer.

    Attributes
    ----------
    mean, se : Vector (G, k)
        Means and their standard errors.
    n : Vector (G, k)
        Answers.
    kish_n : Vector (G, k)
        Answers discounted for unequal weights, (Σw)² / Σw².
    df : Vector (G,)
        First-stage units minus strata with a row in the domain.
    """

    mean: Vector
    se: Vector
    n: Vector
    kish_n: Vector
    df: Vector


@dataclass(frozen=True, eq=False, repr=False)
class _Cells:
    """n rows added up to C cells of unit and domain, and the H strata and G domains they lie in.

    `order` and `starts` sort rows into cells; None when every row is a cell.
    """

    stage: Stage
    row_domain: Codes
    unit: Codes
    domain: Codes
    groups: int
    order: Codes | None = None
    starts: Codes | None = None

    def sums(self, values: Vector) -> Vector:
        """Return (C,) sums of `values` (n,)."""
        if self.order is None or self.starts is None:
            return values
        return np.asarray(np.add.reduceat(values[self.order], self.starts))

    def by_domain(self, values: Vector) -> Vector:
        """Return (G,) sums of `values` (C,)."""
        return np.asarray(np.bincount(self.domain, values, minlength=self.groups), float)

    @cached_property
    def place(self) -> Codes:
        """Stratum and domain (C,) of each cell as one number."""
        return np.asarray(self.stage.unit_stratum[self.unit] * self.groups + self.domain)

    @cached_property
    def present(self) -> Vector:
        """Cells (H, G) in each stratum and domain."""
        return self.by_stratum(np.ones(len(self.unit)))

    def by_stratum(self, values: Vector) -> Vector:
        """Return (H, G) sums of `values` (C,)."""
        shape = (len(self.stage.units), self.groups)
        sums = np.bincount(self.place, values, minlength=shape[0] * shape[1])
        return np.asarray(sums, float).reshape(shape)


@dataclass(frozen=True, eq=False, repr=False)
class _Weighted:
    """What one pattern of answered rows gives: weights (n,), their cell sums (C,), totals (G,)."""

    rows: Vector
    cells: Vector
    total: Vector
    n: Vector
    kish_n: Vector

    @classmethod
    def of(cls, weights: Vector, cells: _Cells) -> "_Weighted":
        per_cell = cells.sums(weights)
        total = cells.by_domain(per_cell)
        answered = (weights > 0).astype(np.float64)
        n = np.asarray(np.bincount(cells.row_domain, answered, minlength=cells.groups), float)
        squares = np.bincount(cells.row_domain, weights**2, minlength=cells.groups)
        return cls(weights, per_cell, total, n, total**2 / np.where(squares > 0, squares, 1.0))


def grid(
    design: "Design", answers: Vector, inside: NDArray[np.bool_], codes: Codes, groups: int
) -> Grid:
    """Return the grid for a design of one stage; arguments as in `Design.domain_means`."""
    cells = _cells(design.stages[0], codes, groups)
    everybody = _Weighted.of(design.weights, cells)
    margins = design.calibration
    raking = _Raking(design, margins, cells) if isinstance(margins, Calibration) else None
    shape = (groups, answers.shape[1])
    mean, variance, n, kish = (np.empty(shape) for _ in range(4))
    for at, (y, seen) in enumerate(zip(answers.T, inside.T, strict=True)):
        weighted = everybody if seen.all() else _Weighted.of(design.weights * seen, cells)
        mean[:, at], variance[:, at] = _moments(cells, weighted, y, raking)
        n[:, at], kish[:, at] = weighted.n, weighted.kish_n
    df = cells.present.sum(axis=0) - (cells.present > 0).sum(axis=0)
    return Grid(mean, np.sqrt(variance), n, kish, df)


def one_by_one(
    design: "Design", answers: Vector, inside: NDArray[np.bool_], codes: Codes, groups: int
) -> Grid:
    """Return the grid for several stages or calibrated weights, one domain after the other."""
    shape = (groups, answers.shape[1])
    mean, se, n, kish = (np.full(shape, np.nan) for _ in range(4))
    df = np.zeros(groups)
    visible = np.where(inside, answers, np.nan)
    for group in range(groups):
        member = codes == group
        weights = design.weights[:, None] * (inside & member[:, None])
        total, squares = weights.sum(axis=0), (weights**2).sum(axis=0)
        some = total > 0
        n[group] = (weights > 0).sum(axis=0)
        kish[group] = total**2 / np.where(some, squares, 1.0)
        df[group] = design.df(member) if member.any() else 0
        if some.any():
            found = design.mean(visible[:, some], domain=member)
            mean[group, some], se[group, some] = found.value, found.se
    return Grid(mean, se, n, kish, df)


def _cells(stage: Stage, codes: Codes, groups: int) -> _Cells:
    if stage.elementary():
        return _Cells(stage, codes, np.arange(len(codes)), codes, groups)
    key = stage.row_unit * groups + codes
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    unit, domain = np.divmod(ordered[starts], groups)
    return _Cells(stage, codes, unit, domain, groups, order, starts)


def _moments(
    cells: _Cells, weighted: _Weighted, answers: Vector, raking: "_Raking | None"
) -> tuple[Vector, Vector]:
    """Return means and variances (G,) of one item."""
    empty = weighted.total == 0
    total = np.where(empty, 1.0, weighted.total)
    sums = cells.sums(weighted.rows * answers)
    mean = cells.by_domain(sums) / total
    influence = (sums - weighted.cells * mean[cells.domain]) / total[cells.domain]
    centres = _centres(cells, influence)
    variance = _between(cells, influence, centres)
    if raking:
        seen = (
            raking.base if weighted.n.sum() == len(answers) else raking.base * (weighted.rows > 0)
        )
        variance = raking.adjusted(variance, (influence, centres), (seen, answers), (mean, total))
    mean[empty], variance[empty] = np.nan, np.nan
    return mean, variance


def _centres(cells: _Cells, influence: Vector) -> Vector:
    """Return (H, G) what the units of a stratum are compared with, as in `Stage.residuals`."""
    stage = cells.stage
    centres = np.asarray(cells.by_stratum(influence) / stage.units[:, None])
    if stage.single_unit == "centered":
        centres[stage.single()] = cells.by_domain(influence) / len(stage.unit_stratum)
    return centres


def _between(cells: _Cells, influence: Vector, centres: Vector) -> Vector:
    """Return (G,) variances between units; units without a row in the domain count as zero."""
    squares = cells.by_stratum((influence - centres.ravel()[cells.place]) ** 2)
    absent = cells.stage.units[:, None] - cells.present
    return np.asarray(cells.stage.factors() @ (squares + absent * centres**2))


_MADE: "WeakKeyDictionary[Design, tuple[Vector, Vector, Vector]]" = WeakKeyDictionary()
"""What the grids of a raked design share, as long as the design is in use."""


class _Raking:
    """The part of the quadratic form that all items share."""

    def __init__(self, design: "Design", calibration: Calibration, cells: _Cells) -> None:
        self._cells, self._calibration, self.base = cells, calibration, calibration.base
        self._variance, self._scaled, self._strata = _Raking._shared(design, calibration)
        self._places = [codes * cells.groups + cells.row_domain for codes in calibration.codes.T]
        self._order = np.argsort(cells.domain, kind="stable")
        self._starts = np.r_[0, np.cumsum(np.bincount(cells.domain, minlength=cells.groups))]

    @staticmethod
    def _shared(design: "Design", calibration: Calibration) -> tuple[Vector, Vector, Vector]:
        """Return what all grids of a design share, made once: it is the dearer part."""
        from scipy import sparse

        if design in _MADE:
            return _MADE[design]
        stage, size = design.stages[0], len(calibration.inverse)
        rows, width = calibration.codes.shape
        entries = (
            np.repeat(design.weights, width),
            calibration.codes.ravel(),
            np.arange(rows + 1) * width,
        )
        dummies = sparse.csr_array(entries, shape=(rows, size))
        if not stage.elementary():
            ones = (np.ones(rows), (stage.row_unit, np.arange(rows)))
            dummies = sparse.csr_array(ones, shape=(len(stage.unit_stratum), rows)) @ dummies
        scaled = stage.residuals(dummies.toarray())
        factored = scaled * np.sqrt(stage.factors())[stage.unit_stratum][:, None]
        strata = (np.ones(len(scaled)), (stage.unit_stratum, np.arange(len(scaled))))
        by_stratum = sparse.csr_array(strata, shape=(len(stage.units), len(scaled)))
        _MADE[design] = scaled.T @ scaled, factored, np.asarray(by_stratum @ factored)
        return _MADE[design]

    def adjusted(
        self,
        variance: Vector,
        cells: tuple[Vector, Vector],
        rows: tuple[Vector, Vector],
        domains: tuple[Vector, Vector],
    ) -> Vector:
        """Return (G,) the variances of residuals.

        `cells` holds influence values and centres, `rows` the weights before raking and the
        answers, `domains` the means and the sums of final weights.
        """
        from scipy import sparse

        influence, centres = cells
        fitted = self._coefficients(rows, domains)
        entries = (influence[self._order], self._cells.unit[self._order], self._starts)
        shape = (self._cells.groups, len(self._scaled))
        cross = sparse.csr_array(entries, shape=shape) @ self._scaled - centres.T @ self._strata
        quadratic = ((fitted.T @ self._variance) * fitted.T).sum(axis=1)
        linear = (fitted.T * cross).sum(axis=1)
        return np.asarray(np.maximum(variance - 2 * linear + quadratic, 0.0))

    def _coefficients(self, rows: tuple[Vector, Vector], domains: tuple[Vector, Vector]) -> Vector:
        """Return (L, G) the fit of the influence values on the margins' dummies."""
        (base, answers), (mean, total) = rows, domains
        shape = (len(self._calibration.inverse), self._cells.groups)
        deviation = base * (answers - mean[self._cells.row_domain])
        sums = np.zeros(shape[0] * shape[1])
        for place in self._places:
            sums += np.bincount(place, deviation, minlength=len(sums))
        return np.asarray(self._calibration.inverse @ (sums.reshape(shape) / total))
