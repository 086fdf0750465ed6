"""What a fitted model expects when one column is set to a value for everybody: partial dependence.

Friedman (2001), Annals of Statistics 29:1189–1232, section 8.2. It describes the model, not what
would happen: columns that move together are moved apart. Errors are those of the coefficients, by
draws from their normal distribution; the answers themselves are taken as given.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.stats.arrays import Vector
from workbench.stats.regression import Fit

DRAWS = 200
"""Draws of the coefficients behind an interval."""


@dataclass(frozen=True, eq=False, repr=False)
class Dependence:
    """Mean chances by value of one column: `chance`, and `low` and `high` of its interval (v,)."""

    chance: Vector
    low: Vector
    high: Vector


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """An ordinal fit with the people it is about; `of` makes it.

    Attributes
    ----------
    patterns : Vector (P, p)
        The different rows of the columns.
    mass : Vector (P,)
        Share of the weight of each.
    sets : Vector (1 + draws, p + K - 1)
        The coefficients, and draws of them: slopes, then thresholds.
    """

    patterns: Vector
    mass: Vector
    sets: Vector

    @classmethod
    def of(cls, fit: Fit, x: Vector, weights: Vector, *, seed: int = 1) -> "Model":
        """Return the model of `stats.ordinal.ordinal` on columns `x` (n, p), weights (n,)."""
        patterns, places = np.unique(x, axis=0, return_inverse=True)
        mass = np.bincount(places.ravel(), weights, minlength=len(patterns)) / weights.sum()
        draw = np.random.default_rng(seed).multivariate_normal(
            fit.coefficients, fit.covariance, size=DRAWS, method="eigh"
        )
        return cls(patterns, mass, np.vstack([fit.coefficients, draw]))

    def at_least(
        self, column: int, values: Vector, cut: int, confidence: float = 0.95
    ) -> Dependence:
        """Return the mean chance of an answer above threshold `cut`, by value of one column.

        Parameters
        ----------
        column : int
            The column that is set to each of `values` (v,) for everybody.
        cut : int
            Place of the threshold, from 0.
        confidence : float
            Coverage of the interval.
        """
        slopes = self.patterns.shape[1]
        others = np.delete(np.arange(slopes), column)
        # (P, 1 + draws): what everything but the column says.
        rest = self.patterns[:, others] @ self.sets[:, others].T - self.sets[:, slopes + cut]
        moved = [rest + value * self.sets[:, column] for value in values]
        found = np.array([self.mass @ special.expit(each) for each in moved])
        tails = (1 - confidence) / 2, (1 + confidence) / 2
        low, high = np.quantile(found[:, 1:], tails, axis=1)
        return Dependence(found[:, 0], low, high)
