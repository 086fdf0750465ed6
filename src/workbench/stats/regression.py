"""Regression on survey answers, linear and logistic, with the errors of the design.

Coefficients solve weighted score equations; their covariance is the sandwich in which the meat is
the design's own variance of the scores (Binder 1983, International Statistical Review 51:279–292).
So strata, clusters, every stage and the raking of weights count here as they do for a mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.design import Design
from workbench.stats.estimate import quantile_t

STEPS, TOLERANCE = 60, 1e-12
SEPARATED = 1e-7
"""Mean variance of the outcomes below which the columns are taken to separate them."""


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """p coefficients from one design.

    Attributes
    ----------
    coefficients : Vector (p,)
        In the order of the columns; of an ordinal fit the thresholds follow.
    covariance : Vector (p, p)
        Design-based.
    df : int
        Design degrees of freedom + 1 - columns (`df.residual` of svyglm).
    n : int
        Rows used.
    """

    coefficients: Vector
    covariance: Vector
    df: int
    n: int

    @property
    def se(self) -> Vector:
        """Standard errors (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def p_values(self) -> Vector:
        """Two-sided p-values (p,) of t tests against zero."""
        return np.asarray(2 * special.stdtr(self.df, -np.abs(self.coefficients / self.se)))

    def interval(self, confidence: float = 0.95) -> tuple[Vector, Vector]:
        """Return lower and upper ends (p,) of t intervals."""
        half = quantile_t(confidence, self.df) * self.se
        return self.coefficients - half, self.coefficients + half

    def test(self, columns: list[int]) -> tuple[float, float]:
        """Return the Wald F of several coefficients together, and its p-value."""
        value, part = self.coefficients[columns], self.covariance[np.ix_(columns, columns)]
        statistic = float(value @ np.linalg.solve(part, value)) / len(columns)
        return statistic, float(special.fdtrc(len(columns), self.df, statistic))


def linear(design: Design, y: ArrayLike, x: ArrayLike, *, domain: ArrayLike | None = None) -> Fit:
    """Regress `y` (n,) on the columns of `x` (n, p), a constant among them if there is to be one.

    Rows with a missing value, and rows outside `domain` (mask), do not count; their units do.
    """
    answers, columns, weights = rows(design, y, x, domain)
    bread = inverse(columns.T @ (weights[:, None] * columns))
    beta = bread @ (columns.T @ (weights * answers))
    return fit(design, beta, columns * (answers - columns @ beta)[:, None] @ bread, weights)


def logistic(
    design: Design, event: ArrayLike, x: ArrayLike, *, domain: ArrayLike | None = None
) -> Fit:
    """Regress the log odds of `event` (0 or 1) on the columns of `x`, otherwise as `linear`.

    Raises
    ------
    DataError
        An event is neither 0 nor 1; the columns separate the outcomes or repeat each other.
    """
    answers, columns, weights = rows(design, event, x, domain)
    if not np.isin(answers[weights > 0], (0.0, 1.0)).all():
        raise DataError("an event must be 0 or 1 (or missing)")
    beta = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        chance = special.expit(columns @ beta)
        spread = weights * chance * (1 - chance)
        if spread.sum() < SEPARATED * weights.sum():
            break
        bread = inverse(columns.T @ (spread[:, None] * columns))
        step = bread @ (columns.T @ (weights * (answers - chance)))
        beta += step
        if np.abs(step).max() < TOLERANCE * (1 + np.abs(beta).max()):
            scores = columns * (answers - special.expit(columns @ beta))[:, None]
            return fit(design, beta, scores @ bread, weights)
    raise DataError("the logit does not converge: the columns separate the outcomes; use fewer")


def rank_difference(design: Design, y: ArrayLike, second: ArrayLike) -> Fit:
    """Compare the ranks of `y` (n,) in two groups (`second` is a mask): Lumley & Scott (2013).

    Ranks are estimated population ranks, as shares. The second coefficient is the difference of
    mean ranks; its degrees of freedom are those of `svyranktest` in R.
    """
    answers = np.asarray(y, dtype=np.float64)
    counted = ~np.isnan(answers) & (design.weights > 0)
    weights = design.weights[counted]
    _, places = np.unique(answers[counted], return_inverse=True)
    sums = np.bincount(places, weights)
    share = np.full(len(answers), np.nan)
    share[counted] = ((np.cumsum(sums) - sums / 2) / sums.sum())[places]
    return linear(design, share, np.column_stack([np.ones(len(answers)), np.asarray(second)]))


def rows(
    design: Design, y: ArrayLike, x: ArrayLike, domain: ArrayLike | None
) -> tuple[Vector, Vector, Vector]:
    """Return answers (n,), columns (n, p) and weights (n,), all zero where a row does not count."""
    answers, columns = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if len(answers) != len(design) or len(columns) != len(design) or columns.ndim != 2:
        raise DataError(
            f"answers have shape {answers.shape} and columns {columns.shape}; "
            f"expected ({len(design)},) and ({len(design)}, columns)"
        )
    counted = np.isfinite(answers) & np.isfinite(columns).all(axis=1)
    if domain is not None:
        counted &= design.mask(domain)
    weights = np.where(counted, design.weights, 0.0)
    if not weights.any():
        raise DataError("no row has an answer and all its columns; check the domain")
    return np.where(counted, answers, 0.0), np.where(counted[:, None], columns, 0.0), weights


def inverse(matrix: Vector) -> Vector:
    """Return the inverse, or stop and say that a column repeats the others."""
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        raise DataError("a column of the regression repeats the others; drop one") from None


def fit(design: Design, beta: Vector, influence: Vector, weights: Vector) -> Fit:
    """Return the coefficients `beta` (p,) with the covariance of their `influence` (n, p)."""
    counted = weights > 0
    inner = np.where(counted[:, None], influence, 0.0)
    return Fit(
        coefficients=beta,
        covariance=design.covariance(inner),
        df=design.df(counted) + 1 - len(beta),
        n=int(counted.sum()),
    )
