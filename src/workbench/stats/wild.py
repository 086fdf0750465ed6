"""The wild cluster bootstrap: a test, and an interval, that hold with few clusters.

Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90:414–427, with the null
hypothesis imposed: residuals of the fit without the effect are multiplied by one random number a
cluster, and the t statistic of each such sample is compared with that of the real one. Weights of
Rademacher (plus or minus one), or the six of Webb (2014, Queen's Economics Department Working Paper
1315) where so few clusters have too few different signs. All samples are computed at once from
sums by cluster (Roodman et al. 2019, The Stata Journal 19:4–60). Where few of many clusters are
treated it may still be off either way (MacKinnon & Webb 2017, Journal of Applied Econometrics
32:233–254).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.clustered import Clustered, Rows

Weights = Literal["webb", "rademacher"]
DRAWS = 1999
FEW_SIGNS = 12
"""Clusters up to which the weights are Webb's."""
WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
STEPS = 40
"""Halvings when an end of an interval is looked for."""
TIES = 1e-9
"""Statistics closer than this are equal."""


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """The bootstrap of one coefficient.

    Attributes
    ----------
    fit : Clustered
        The fit.
    column : int
        Which coefficient.
    signs : Vector (draws, clusters)
        What the residuals of each cluster are multiplied with.
    """

    fit: Clustered
    column: int
    signs: Vector

    def p_value(self, value: float = 0.0) -> float:
        """Return the two-sided p-value of the coefficient being `value`."""
        rows, at = self.fit.rows, self.column
        own = rows.x @ rows.bread[:, at]
        residual = rows.y - rows.x @ self.fit.coefficients
        spread = np.sqrt((rows.sums(own * residual) ** 2).sum())
        if spread == 0:
            raise DataError("the outcomes do not differ within clusters: nothing to bootstrap")
        observed = abs(float(self.fit.coefficients[at]) - value) / spread
        return float((self._statistics(rows, own, value) >= observed * (1 - TIES)).mean())

    def _statistics(self, rows: Rows, own: Vector, value: float) -> Vector:
        """Return |t| of every sample (draws,) in which the coefficient is `value`."""
        others = np.delete(rows.x, self.column, axis=1)
        target = rows.y - value * rows.x[:, self.column]
        null = target - others @ np.linalg.lstsq(others, target, rcond=None)[0]
        moved = rows.sums(own * null)
        pulled = rows.sums(rows.x * null[:, None]) @ rows.bread
        across = rows.sums(rows.x * own[:, None])
        scores = self.signs * moved - (self.signs @ pulled) @ across.T
        return np.asarray(np.abs(self.signs @ moved) / np.sqrt((scores**2).sum(axis=1)))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the values that the test does not reject; an end may be infinite."""
        return self._end(-1, confidence), self._end(1, confidence)

    def _end(self, side: int, confidence: float) -> float:
        value, step = float(self.fit.coefficients[self.column]), float(self.fit.se[self.column])
        kept, lost = 0.0, 4.0
        while self.p_value(value + side * lost * step) > 1 - confidence:
            kept, lost = lost, 2 * lost
            if lost > 2**12:
                return side * np.inf
        for _ in range(STEPS):
            middle = (kept + lost) / 2
            inside = self.p_value(value + side * middle * step) > 1 - confidence
            kept, lost = (middle, lost) if inside else (kept, middle)
            if lost - kept < 1e-4 * lost:
                break
        return value + side * lost * step


def bootstrap(
    fit: Clustered, column: int, *, seed: int, draws: int = DRAWS, weights: Weights | None = None
) -> Bootstrap:
    """Return the bootstrap of the coefficient `column` of `fit`.

    Parameters
    ----------
    seed : int
        Same seed, same samples.
    draws : int
        Samples; with Rademacher weights all of them where there are no more than this.
    weights : Weights or None
        None: Webb's for up to twelve clusters, Rademacher's for more.
    """
    clusters = fit.clusters
    chosen = weights or ("webb" if clusters <= FEW_SIGNS else "rademacher")
    draw = np.random.default_rng(seed)
    if chosen == "webb":
        signs = draw.choice(np.concatenate([-WEBB, WEBB]), size=(draws, clusters))
    elif 2**clusters <= draws:
        bits = np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1
        signs = 1.0 - 2.0 * bits
    else:
        signs = 1.0 - 2.0 * draw.integers(0, 2, size=(draws, clusters))
    return Bootstrap(fit, column, signs)
