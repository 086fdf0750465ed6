"""Means of small cells, drawn towards what the cells have in common: with intervals that hold.

Cell means are taken to vary around a regression on what describes the cells, by a spread that is
estimated from them: y ~ N(theta, D), theta ~ N(X b, A) (Fay & Herriot 1979, JASA 74:269-277). With
a flat prior on b and A the posterior is integrated over A (Morris 1983, JASA 78:47-55; Morris &
Tang 2011, Statistical Science 26:271-287): the estimate of A is never stuck at nothing, and what
is not known of it widens the intervals.
"""

from dataclasses import dataclass

import numpy as np

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.estimate import quantile_t

POINTS = 200
"""Points at which the spread of the cells is integrated over."""
SPARE = 3
"""Cells that are needed beyond the columns of the regression: with fewer, A cannot be told."""


@dataclass(frozen=True, eq=False, repr=False)
class Shrunk:
    """Cells after shrinkage, arrays (cells,).

    Attributes
    ----------
    mean, low, high : array
        Posterior mean, and the mean plus and minus a normal quantile of posterior deviations.
    own : array
        How much a cell's own mean counts, from 0 to 1; the rest is the regression's.
    fitted : array
        What the regression alone says of each cell.
    spread : float
        Posterior mean of A, the variance between cells that the regression leaves.
    """

    mean: Vector
    low: Vector
    high: Vector
    own: Vector
    fitted: Vector
    spread: float


def shrunk(means: Vector, variances: Vector, design: Vector, *, confidence: float = 0.95) -> Shrunk:
    """Return the means of cells drawn towards a regression on `design`.

    Parameters
    ----------
    means : array (cells,)
        Mean of each cell from its own customers.
    variances : array (cells,)
        Its sampling variance, above nothing: pool it over cells where they are small.
    design : array (cells, columns)
        What describes the cells, the intercept among it; columns that repeat others do no harm.
    confidence : float
        Coverage of the intervals, over cells and samples together.

    Raises
    ------
    DataError
        There are too few cells for the columns, or a variance is not above nothing.
    """
    rank = int(np.linalg.matrix_rank(design))
    if len(means) < rank + SPARE:
        raise DataError(
            f"shrinkage of {len(means)} cells on {rank} columns needs {rank + SPARE} cells; "
            "describe them by less"
        )
    if not (variances > 0).all():
        raise DataError("sampling variances must be above 0; pool them over cells")
    base = np.linalg.qr(_columns(design, rank))[0]
    middle = float(np.exp(np.log(variances).mean()))
    share = (np.arange(POINTS) + 0.5) / POINTS
    spreads = middle * (1 - share) / share
    parts = [_given(means, variances, base, spread) for spread in spreads]
    # The flat prior of A becomes 1 / share^2 in the share.
    log = np.array([part[0] for part in parts]) - 2 * np.log(share)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    at, within, own, fitted = (np.array([part[of] for part in parts]) for of in range(1, 5))
    mean = weight @ at
    error = np.sqrt(weight @ within + weight @ (at - mean) ** 2)
    half = quantile_t(confidence, np.inf) * error
    return Shrunk(
        *(mean, mean - half, mean + half, weight @ own, weight @ fitted, float(weight @ spreads)),
    )


def _columns(design: Vector, rank: int) -> Vector:
    """Return as many columns as span the design."""
    u, size, _ = np.linalg.svd(np.asarray(design, dtype=np.float64), full_matrices=False)
    return np.asarray(u[:, :rank] * size[:rank])


def _given(
    y: Vector, variances: Vector, base: Vector, spread: float
) -> tuple[float, Vector, Vector, Vector, Vector]:
    """Return log density, means, variances, own weights and fit of the cells for one spread."""
    total = variances + spread
    scaled = base / total[:, None]
    cross = base.T @ scaled
    inverse = np.linalg.inv(cross)
    fitted = base @ (inverse @ (scaled.T @ y))
    apart = y - fitted
    drawn = variances / total
    density = -0.5 * (np.log(total).sum() + np.linalg.slogdet(cross)[1] + (apart**2 / total).sum())
    leverage = np.einsum("ij,jk,ik->i", base, inverse, base)
    within = spread * drawn + drawn**2 * leverage
    return float(density), fitted + (1 - drawn) * apart, within, 1 - drawn, fitted
