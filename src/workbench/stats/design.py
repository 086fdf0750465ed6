"""One object for every estimate from a sample survey.

A `Design` knows the weights, the sampling stages and the margins the weights were raked to. Every
estimator writes its estimate as a sum of influence values (Taylor linearisation), and one function
turns influence values into variance. So a mean, a ratio, a domain, a difference and a net promoter
score all know about strata, clusters, finite populations and raking in the same way.

Domains are given as a mask or as codes, never by dropping rows: a stratum of which a domain happens
to hold few units still has all its units.

Sources: Binder (1983), International Statistical Review 51:279–292; Lumley (2004), Journal of
Statistical Software 9(8); checked against R survey 4.1-1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import DataError
from workbench.stats import domains, greg, rake
from workbench.stats.arrays import Codes, Vector, coded, vector
from workbench.stats.estimate import Estimate
from workbench.stats.greg import Distance, Regression
from workbench.stats.rake import Calibration, Margin
from workbench.stats.stages import SingleUnit, Stage, stages

Inside = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """How n answers stand for a population.

    Attributes
    ----------
    weights : Vector (n,)
        Final weights.
    stages : tuple of Stage
        Sampling stages, the first one first.
    calibration : Calibration, Regression or None
        Margins the weights were raked to, or auxiliaries they were calibrated to.
    """

    weights: Vector
    stages: tuple[Stage, ...]
    calibration: Calibration | Regression | None = None

    @classmethod
    def build(
        cls,
        weights: ArrayLike | None = None,
        *,
        strata: Any = None,
        clusters: Any = None,
        population: Any = None,
        single_unit: SingleUnit = "error",
    ) -> "Design":
        """Describe a sample.

        Parameters
        ----------
        weights : array (n,) or None
            Design weights; None computes them from the `population` of every stage.
        strata, clusters : array (n,), list of such, or None
            Stratum and sampled unit of each row. A list has one entry a stage, the first stage
            first. No strata: one stratum. No clusters: every row is a unit. Clusters of different
            strata are different units even if they share a name.
        population : array (n,), list of such, or None
            Units, sampled or not, in the stratum of each row (finite population correction).
            None: the sample is a small part of the population.
        single_unit : SingleUnit
            What to do about a stratum with a single sampled unit.

        Raises
        ------
        DataError
            Lengths differ, a value is missing, a weight is negative or not a number, or a stratum
            has a single unit and `single_unit` is "error".
        """
        given = [_list(part) for part in (strata, clusters, population)]
        depth = max(len(part) for part in given)
        filled = [[*part, *[None] * (depth - len(part))] for part in given]
        size = _size(weights, filled)
        built = stages(size, filled[0], filled[1], filled[2], single_unit)
        return cls(_inverse_probabilities(built) if weights is None else _weights(weights), built)

    def __len__(self) -> int:
        return len(self.weights)

    def raked(self, margins: Sequence[Margin], *, tolerance: float = 1e-12) -> "Design":
        """Return this design with weights raked to `margins`, and a variance that knows it.

        Raises
        ------
        DataError
            As `workbench.stats.rake.raked`; or the weights were raked before.
        """
        self._refuse_second()
        weights = rake.raked(self.weights, margins, tolerance=tolerance)
        return replace(self, weights=weights, calibration=rake.calibration(self.weights, margins))

    def calibrated(
        self,
        auxiliaries: ArrayLike,
        totals: ArrayLike,
        distance: Distance = "linear",
        bounds: tuple[float, float] = (0.0, np.inf),
    ) -> "Design":
        """Return this design with weights that meet `totals` (q,) of `auxiliaries` (n, q).

        See `workbench.stats.greg.calibrated`; `linear` is the GREG estimator.

        Raises
        ------
        DataError
            The totals cannot be met, or the weights were raked or calibrated before.
        """
        self._refuse_second()
        columns = np.asarray(auxiliaries, dtype=np.float64)
        known = vector(totals, "totals")
        weights = greg.calibrated(self.weights, columns, known, distance, bounds)
        return replace(self, weights=weights, calibration=greg.regression(self.weights, columns))

    def _refuse_second(self) -> None:
        if self.calibration:
            raise DataError("these weights were raked before; give all margins at once")

    @property
    def kish_deff(self) -> float:
        """Loss of precision by unequal weights alone, n Σw² / (Σw)² (Kish 1965)."""
        w = self.weights
        return float(len(w) * (w @ w) / w.sum() ** 2)

    def df(self, inside: Inside | None = None) -> int:
        """Return first-stage units minus strata, of those with a row `inside` a domain."""
        first, rows = self.stages[0], self.weights != 0
        counted = rows if inside is None else rows & inside
        there = np.zeros(len(first.unit_stratum), dtype=np.bool_)
        there[first.row_unit[counted]] = True
        strata = np.bincount(first.unit_stratum[there], minlength=len(first.units))
        return int(there.sum()) - int((strata > 0).sum())

    def residuals(self, influence: Vector, stage: int = 0) -> Vector:
        """Return (P, k) scaled deviations of one stage's units.

        Their cross-product, summed over the stages, is the covariance of the estimates whose
        influence values, per unit of weight, are the columns of `influence` (n, k).
        """
        left = self.calibration.residuals(influence) if self.calibration else influence
        part = self.stages[stage]
        return part.residuals(part.totals(self.weights[:, None] * left))

    def covariance(self, influence: Vector) -> Vector:
        """Return the covariance (k, k) of estimates with `influence` values (n, k)."""
        parts = [self.residuals(influence, stage) for stage in range(len(self.stages))]
        return np.asarray(sum(part.T @ part for part in parts))

    def mean(self, y: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
        """Estimate the means of `y` (n,) or (n, k) over a `domain` (mask; None is everybody).

        A missing answer (NaN) leaves the row out of that column's domain.
        """
        value, influence, inside = self._mean(y, domain)
        return self._estimate(value, influence, inside, domain)

    def mean_residuals(self, y: ArrayLike) -> Vector:
        """Return `residuals` (P, k) of the first stage for the means of `y` (n,) or (n, k)."""
        _, influence, _ = self._mean(y, None)
        return self.residuals(influence)

    def proportion(self, event: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
        """Estimate the shares of `event` (0, 1 or NaN) as means; see `stats.proportions`."""
        return self.mean(event, domain=domain)

    def total(self, y: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
        """Estimate the population totals of `y` (n,) or (n, k) over a `domain`."""
        answers, inside = self._answers(y, domain)
        value = (self.weights[:, None] * inside * answers).sum(axis=0)
        return self._estimate(value, answers, inside, domain)

    def ratio(self, y: ArrayLike, x: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
        """Estimate the ratio of the totals of `y` (n,) and `x` (n,) over a `domain`."""
        above, present = self._answers(y, domain)
        below, inside = self._answers(x, present[:, 0])
        weights = self.weights[:, None] * inside
        total = (weights * below).sum(axis=0)
        if total[0] == 0:
            raise DataError("the denominator of the ratio adds up to zero")
        value = (weights * above).sum(axis=0) / total
        return self._estimate(value, (above - value * below) / total, inside, domain)

    def by(self, y: ArrayLike, groups: Any) -> tuple[Estimate, NDArray[Any]]:
        """Estimate the mean of `y` (n,) in each of `groups` (n,) with their covariance.

        Returns the estimates, in sorted order of the groups' labels, and those labels. For many
        groups or columns `domain_means` is faster; it gives no covariance between groups.
        """
        codes, labels = coded(groups, "groups")
        answers, inside = self._answers(y, None)
        members = (codes[:, None] == np.arange(len(labels))) & inside
        value, influence = self._linearised(answers, members)
        return self._estimate(value, influence, members, None), labels

    def difference(self, y: ArrayLike, first: ArrayLike, second: ArrayLike) -> Estimate:
        """Estimate the mean of `y` (n,) in domain `first` minus that in domain `second` (masks)."""
        pair = np.column_stack([np.asarray(first, bool), np.asarray(second, bool)])
        answers, inside = self._answers(y, None)
        members = pair & inside
        value, influence = self._linearised(answers, members)
        both = self._estimate(value, influence, members, pair.any(axis=1))
        return both.contrast([1, -1])

    def domain_means(self, y: ArrayLike, codes: Codes, groups: int) -> domains.Grid:
        """Estimate the means of all columns of `y` (n, k) in `groups` domains, fast.

        `codes` (n,) from 0 to `groups` - 1 say which domain a row belongs to. A missing answer
        leaves the row out of that column. Empty domains give NaN.
        """
        answers, inside = self._answers(y, None)
        if len(self.stages) > 1 or isinstance(self.calibration, Regression):
            return domains.one_by_one(self, answers, inside, codes, groups)
        return domains.grid(self, answers, inside, codes, groups)

    def quantile(self, y: ArrayLike, share: float, confidence: float = 0.95) -> tuple[float, ...]:
        """Estimate the quantile of `y` (n,) below which a `share` of the population lies.

        Returns value, lower and upper end: Woodruff (1952), JASA 47:635–646, without
        interpolation: the smallest answer at which the weighted share is reached.
        """
        answers, inside = self._answers(y, None)
        values = answers[inside[:, 0], 0]
        order = np.argsort(values, kind="stable")
        reached = np.cumsum(self.weights[inside[:, 0]][order])
        reached = reached / reached[-1]

        def at(p: float) -> float:
            place = int(np.searchsorted(reached, p - 1e-12))
            return float(values[order][min(place, len(values) - 1)])

        value = at(share)
        below = self.mean(np.where(inside[:, 0], answers[:, 0] <= value, np.nan))
        low, high = below.interval(confidence)
        return value, at(float(low[0])), at(float(high[0]))

    def mask(self, domain: ArrayLike) -> Inside:
        """Return `domain` as a mask (n,), or stop and say what a domain is."""
        mask = np.asarray(domain)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            raise DataError(
                f"a domain is a mask of {len(self)} booleans, not {mask.dtype} {mask.shape}"
            )
        return mask

    def _answers(self, y: ArrayLike, domain: ArrayLike | None) -> tuple[Vector, Inside]:
        """Return answers (n, k) with 0 for missing, and (n, k) which of them count."""
        answers = np.asarray(y, dtype=np.float64)
        answers = answers[:, None] if answers.ndim == 1 else answers
        if len(answers) != len(self):
            raise DataError(f"there are {len(answers)} answers but {len(self)} weights")
        inside = ~np.isnan(answers)
        if domain is not None:
            inside &= self.mask(domain)[:, None]
        return np.where(inside, answers, 0.0), inside

    def _mean(self, y: ArrayLike, domain: ArrayLike | None) -> tuple[Vector, Vector, Inside]:
        """Return means (k,), their influence values (n, k) and which answers count (n, k)."""
        answers, inside = self._answers(y, domain)
        return (*self._linearised(answers, inside), inside)

    def _linearised(self, answers: Vector, inside: Inside) -> tuple[Vector, Vector]:
        weights = self.weights[:, None] * inside
        totals = np.asarray(weights.sum(axis=0))
        if (totals <= 0).any():
            raise DataError("a domain has no answer with a positive weight")
        value = (weights * answers).sum(axis=0) / totals
        return value, np.where(inside, (answers - value) / totals, 0.0)

    def _estimate(
        self, value: Vector, influence: Vector, inside: Inside, domain: ArrayLike | None
    ) -> Estimate:
        weights = self.weights[:, None] * inside
        inner = np.where(inside, influence, 0.0)
        n = np.asarray((weights > 0).sum(axis=0), dtype=np.float64)
        population = weights.sum(axis=0)
        spread = (weights * (inner - (weights * inner).sum(axis=0) / population) ** 2).sum(axis=0)
        variance = spread / population * n / np.maximum(n - 1, 1)
        return Estimate(
            value=value,
            covariance=self.covariance(inner),
            simple=population**2 * variance / n,
            n=n,
            population=population,
            df=self.df(None if domain is None else np.asarray(domain)),
        )


def _list(part: Any) -> list[Any]:
    """Return one entry a stage; a list of plain values is the column of a single stage."""
    several = isinstance(part, (list, tuple)) and any(np.ndim(each) == 1 for each in part)
    return list(part) if several else [part]


def _size(weights: ArrayLike | None, parts: list[list[Any]]) -> int:
    if weights is not None:
        return len(np.asarray(weights))
    counts = parts[2]
    if any(each is None for each in counts):
        raise DataError("give weights, or the population of every stage to compute them from")
    return len(counts[0])


def _weights(weights: ArrayLike) -> Vector:
    values = vector(weights, "weights")
    if not (np.isfinite(values) & (values >= 0)).all() or not values.any():
        raise DataError("weights must be numbers of zero or more, and not all zero")
    return values


def _inverse_probabilities(built: tuple[Stage, ...]) -> Vector:
    shares = [stage.fraction[stage.unit_stratum][stage.row_unit] for stage in built]
    return np.asarray(1 / np.prod(shares, axis=0))
