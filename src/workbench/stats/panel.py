"""Change between two samples that may share sampled units.

Each sample keeps its own strata, weights and margins. What links them is the units that are in
both, by name: the scaled deviations of a shared unit from its stratum, in the one sample and in the
other, multiply to its contribution to the covariance. Without shared units the variances add up.

The covariance of overlapping samples goes back to Kish (1965), Survey Sampling, section 12.4; with
everybody in both samples of one stratum this is the paired difference, to the last digit.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.stats.arrays import Vector
from workbench.stats.design import Design
from workbench.stats.estimate import Estimate


def change(now: Design, before: Design, *, y_now: ArrayLike, y_before: ArrayLike) -> Estimate:
    """Estimate the means of `y_now` (n, k) minus those of `y_before` (m, k).

    Units are shared where both designs name their clusters and the names are equal; where one does
    not name them the samples count as independent. `n` is that of the smaller sample; the degrees
    of freedom count a shared unit once, and are at least those of the smaller sample.
    """
    later, earlier = now.mean(y_now), before.mean(y_before)
    shared, count = _shared(now, before, now.mean_residuals(y_now), before.mean_residuals(y_before))
    return Estimate(
        value=later.value - earlier.value,
        covariance=later.covariance + earlier.covariance - shared - shared.T,
        simple=later.simple + earlier.simple,
        n=np.minimum(later.n, earlier.n),
        population=np.minimum(later.population, earlier.population),
        df=max(later.df + earlier.df - count, min(later.df, earlier.df)),
    )


def covariance(
    now: Design, before: Design, influence_now: Vector, influence_before: Vector
) -> tuple[Vector, int]:
    """Return the covariance (k, k) of k functions of two samples, and degrees of freedom.

    Their influence values, per unit of weight, are the columns of `influence_now` (n, k) and
    `influence_before` (m, k); shared units are counted as in `change`.
    """
    shared, count = _shared(
        now, before, now.residuals(influence_now), before.residuals(influence_before)
    )
    parts = now.covariance(influence_now) + before.covariance(influence_before)
    df = max(now.df() + before.df() - count, min(now.df(), before.df()))
    return parts + shared + shared.T, df


def _shared(now: Design, before: Design, later: Vector, earlier: Vector) -> tuple[Vector, int]:
    """Return the covariance (k, k) through shared units, and how many there are."""
    names_now, names_before = now.stages[0].labels, before.stages[0].labels
    if names_now is None or names_before is None:
        return np.zeros((later.shape[1], later.shape[1])), 0
    # A name may stand for units in several strata; their deviations add up first.
    first = pd.DataFrame(later).groupby(names_now).sum()
    second = pd.DataFrame(earlier).groupby(names_before).sum()
    both = first.index.intersection(second.index)
    return first.loc[both].to_numpy().T @ second.loc[both].to_numpy(), len(both)
