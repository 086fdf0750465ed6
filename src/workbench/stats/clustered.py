"""Least squares whose errors hold when rows of a cluster are alike, even for few clusters.

The covariance is the bias-reduced sandwich CR2 (Bell & McCaffrey 2002, Survey Methodology
28:169–181), and each coefficient has Satterthwaite degrees of freedom of its own: with few clusters
on one side of a comparison they are far fewer than the clusters. Constants of groups inside the
clusters may be absorbed instead of being columns, which leaves CR2 as it is where the weights are
those of the working model (Pustejovsky & Tipton 2018, Journal of Business & Economic Statistics
36:672–683).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector, coded, vector
from workbench.stats.estimate import quantile_t

TOLERANCE = 1e-9
"""Below it an eigenvalue counts as zero: the cluster alone fits that direction."""


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Weighted rows in the order of their clusters, absorbed constants taken out.

    Attributes
    ----------
    x : Vector (n, p)
        Columns times the root of the weights.
    y : Vector (n,)
        Outcomes likewise.
    first : Codes (G,)
        First row of each cluster.
    bread : Vector (p, p)
        Inverse of the cross-product of `x`.
    """

    x: Vector
    y: Vector
    first: Codes
    bread: Vector

    def sums(self, values: Vector) -> Vector:
        """Return the sums of `values` (n, …) over the rows of each cluster, (G, …)."""
        return np.asarray(np.add.reduceat(values, self.first, axis=0))


@dataclass(frozen=True, eq=False, repr=False)
class Clustered:
    """p coefficients, their covariance and what the bootstrap needs.

    Attributes
    ----------
    coefficients : Vector (p,)
        In the order of the columns.
    covariance : Vector (p, p)
        CR2.
    df : Vector (p,)
        Satterthwaite degrees of freedom of each coefficient.
    rows : Rows
        What was fitted.
    """

    coefficients: Vector
    covariance: Vector
    df: Vector
    rows: Rows

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.rows.first)

    @property
    def se(self) -> Vector:
        """Standard errors (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def p_values(self) -> Vector:
        """Two-sided p-values (p,) of t tests against zero."""
        return np.asarray(2 * special.stdtr(self.df, -np.abs(self.coefficients / self.se)))

    def interval(self, column: int, confidence: float = 0.95) -> tuple[float, float]:
        """Return the t interval of one coefficient."""
        half = quantile_t(confidence, float(self.df[column])) * float(self.se[column])
        value = float(self.coefficients[column])
        return value - half, value + half

    def detectable(self, column: int, confidence: float = 0.95, power: float = 0.8) -> float:
        """Return the smallest true effect found in a `power` share of samples like this one.

        It depends on the standard error and never on the estimate (Bloom 1995, Evaluation Review
        19:547–556).
        """
        df = float(self.df[column])
        reach = quantile_t(confidence, df) + float(special.stdtrit(df, power))
        return reach * float(self.se[column])


def fit(
    y: ArrayLike,
    x: ArrayLike,
    *,
    clusters: Any,
    weights: ArrayLike | None = None,
    absorb: Any = None,
) -> Clustered:
    """Regress `y` (n,) on the columns of `x` (n, p).

    Parameters
    ----------
    clusters : array (n,)
        Cluster of each row.
    weights : array (n,) or None
        Inverse of the variance of each row under the working model, up to a factor.
    absorb : array (n,) or None
        Groups, each inside one cluster, that have a constant of their own. None: `x` holds a
        constant if there is to be one.

    Raises
    ------
    DataError
        Lengths differ, a number is missing, a weight is not above zero, a column repeats the
        others, or a group lies in several clusters.
    """
    answers = vector(y, "the outcome")
    columns = np.asarray(x, dtype=np.float64)
    size = len(answers)
    weight = np.ones(size) if weights is None else vector(weights, "weights", length=size)
    if columns.ndim != 2 or len(columns) != size:
        raise DataError(f"the columns have shape {columns.shape}; expected ({size}, columns)")
    if not (np.isfinite(answers).all() and np.isfinite(columns).all() and (weight > 0).all()):
        raise DataError("outcome and columns must be numbers, weights above zero; leave rows out")
    own, names = coded(clusters, "clusters")
    if absorb is not None:
        answers, columns = _without_constants(answers, columns, weight, absorb, own)
    order = np.argsort(own, kind="stable")
    root = np.sqrt(weight[order])
    left = columns[order] * root[:, None]
    first = np.searchsorted(own[order], np.arange(len(names)))
    rows = Rows(left, answers[order] * root, first, _inverse(left.T @ left))
    return _fitted(rows)


def _without_constants(
    y: Vector, x: Vector, weight: Vector, absorb: Any, clusters: Codes
) -> tuple[Vector, Vector]:
    groups, names = coded(absorb, "groups with a constant")
    pairs = np.unique(np.column_stack([groups, clusters]), axis=0)
    if len(pairs) > len(names):
        raise DataError("a group with a constant of its own lies in several clusters")
    total = np.bincount(groups, weight)
    both = np.column_stack([y, x])
    sums = [np.bincount(groups, weight * column, minlength=len(names)) for column in both.T]
    both = both - (np.column_stack(sums) / total[:, None])[groups]
    return both[:, 0], both[:, 1:]


def _inverse(cross: Vector) -> Vector:
    if len(cross) and np.linalg.cond(cross) > 1 / np.finfo(float).eps ** 0.75:
        raise DataError("a column of the comparison repeats the others; there is nothing to tell")
    return np.asarray(np.linalg.inv(cross))


def _fitted(rows: Rows) -> Clustered:
    beta = rows.bread @ (rows.x.T @ rows.y)
    residual = rows.y - rows.x @ beta
    ends = np.append(rows.first[1:], len(rows.y))
    reduced = np.empty_like(rows.x)
    for start, end in zip(rows.first, ends, strict=True):
        part = rows.x[start:end]
        reduced[start:end] = _reducing(part, rows.bread) @ part @ rows.bread
    scores = rows.sums(reduced * residual[:, None])
    return Clustered(beta, scores.T @ scores, _satterthwaite(rows, reduced), rows)


def _reducing(part: Vector, bread: Vector) -> NDArray[np.float64]:
    """Return the symmetric inverse root of I - H for one cluster."""
    roots, axes = np.linalg.eigh(np.eye(len(part)) - part @ bread @ part.T)
    scale = np.where(roots > TOLERANCE, 1 / np.sqrt(np.maximum(roots, TOLERANCE)), 0.0)
    return np.asarray((axes * scale) @ axes.T)


def _satterthwaite(rows: Rows, reduced: Vector) -> Vector:
    """Return the degrees of freedom (p,) if errors were independent with the weights' variances."""
    found = []
    for column in reduced.T:
        across = rows.sums(rows.x * column[:, None])
        product = np.diag(rows.sums(column**2)) - across @ rows.bread @ across.T
        squares = float((product**2).sum())
        found.append(np.trace(product) ** 2 / squares if squares > 0 else np.nan)
    return np.array(found)
