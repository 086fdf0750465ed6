"""Weighted means of groups, with errors that hold when rows of one customer are alike.

The mean is a ratio of sums; its variance is that of the linearised rows, summed within clusters
(Taylor linearisation, factor G / (G - 1) for G clusters of the group).
"""

from dataclasses import dataclass

import numpy as np

from workbench.stats.arrays import Codes, Vector
from workbench.stats.estimate import quantile_t


@dataclass(frozen=True, eq=False, repr=False)
class Means:
    """One mean per group, arrays (groups,); intervals are missing with fewer than two clusters.

    Attributes
    ----------
    mean, standard_error, low, high : array
        Intervals by Student's t with one degree of freedom less than clusters.
    rows, clusters : array of int
        Rows with a value, and clusters they fall into.
    """

    mean: Vector
    standard_error: Vector
    low: Vector
    high: Vector
    rows: Codes
    clusters: Codes


def means(
    values: Vector,
    weights: Vector,
    groups: Codes,
    clusters: Codes,
    *,
    count: int,
    confidence: float = 0.95,
) -> Means:
    """Return the weighted mean of `values` in each group from 0 to `count` - 1.

    Rows without a value are left out.
    """
    known = ~np.isnan(values) & (weights > 0)
    x, w, g, c = values[known], weights[known], groups[known], clusters[known]
    total = np.bincount(g, w, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(g, w * x, minlength=count) / total
    pairs, owner = np.unique(np.stack([g, c]), axis=1, return_inverse=True)
    residual = w * (x - mean[g]) / total[g]
    sums = np.bincount(owner.ravel(), residual, minlength=pairs.shape[1])
    held = np.bincount(pairs[0], minlength=count)
    squares = np.bincount(pairs[0], sums**2, minlength=count)
    some = held > 1
    error = np.full(count, np.nan)
    error[some] = np.sqrt(squares[some] * held[some] / (held[some] - 1))
    reach = np.full(count, np.nan)
    reach[some] = [quantile_t(confidence, int(size) - 1) for size in held[some]]
    return Means(
        *(mean, error, mean - reach * error, mean + reach * error),
        *(np.bincount(g, minlength=count), held),
    )
