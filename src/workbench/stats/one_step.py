"""How coefficients vary over samples of customers, by one Newton step from the estimate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats import logit
from workbench.stats.arrays import Codes, Vector


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
    """Coefficients of resampled customers, the constant first, shape (draws, 1 + variables)."""

    coefficients: NDArray[np.float64]

    def positive(self) -> Vector:
        """Return in what share of the draws each coefficient is above 0."""
        return np.asarray((self.coefficients > 0).mean(axis=0))

    def interval(self, confidence: float) -> tuple[Vector, Vector]:
        """Return the percentile interval of each coefficient."""
        low, high = np.quantile(
            self.coefficients, [0.5 - confidence / 2, 0.5 + confidence / 2], axis=0
        )
        return low, high


def resampled(
    design: logit.Matrix, events: Vector, customers: Codes, *, draws: int = 500, seed: int = 1
) -> Draws:
    """Return the coefficients of `draws` samples of customers, drawn with replacement.

    One Newton step from the estimate on all rows, with the information of the whole sample (the
    one-step bootstrap: Shao & Tu 1995, The Jackknife and Bootstrap, 3.1.3): exact to first order,
    and hundreds of draws take no longer than a fit. Customers come with all their rows.
    """
    beta, information = logit.estimate(design, events)
    scores = logit.cluster_scores(beta, design, events, customers)
    scores = scores[np.bincount(customers, minlength=len(scores)) > 0]
    steps = scores @ np.linalg.inv(information)
    random, number = np.random.default_rng(seed), len(scores)
    found = np.empty((draws, len(beta)))
    for at in range(draws):
        times = np.bincount(random.integers(0, number, number), minlength=number)
        found[at] = beta + times @ steps
    return Draws(found)
