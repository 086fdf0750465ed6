"""What a design says about a population: estimates with their covariance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.stats.arrays import Vector


@dataclass(frozen=True, eq=False, repr=False)
class Estimate:
    """k estimates from one design.

    Attributes
    ----------
    value : Vector (k,)
        The estimates.
    covariance : Vector (k, k)
        Their design-based covariance (Taylor linearisation).
    simple : Vector (k,)
        Variances a simple random sample of the same size would have, with replacement.
    n : Vector (k,)
        Rows each estimate rests on.
    population : Vector (k,)
        Sum of their weights.
    df : int
        Design degrees of freedom: first-stage units minus first-stage strata with such rows.
    """

    value: Vector
    covariance: Vector
    simple: Vector
    n: Vector
    population: Vector
    df: int

    @property
    def se(self) -> Vector:
        """Standard errors (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def deff_replace(self) -> Vector:
        """Design effects (k,) against simple random sampling with replacement.

        1 where neither sample has any variance.
        """
        variance = np.diag(self.covariance)
        constant = (variance == 0) & (self.simple == 0)
        return np.where(constant, 1.0, variance / np.where(constant, 1.0, self.simple))

    @property
    def deff(self) -> Vector:
        """Design effects (k,) against simple random sampling without replacement.

        Equal to `deff_replace` where the weights do not add up to more than the rows: they were
        scaled and say nothing about the size of the population.
        """
        unsampled = 1 - self.n / self.population
        return np.asarray(self.deff_replace / np.where(unsampled > 0, unsampled, 1.0))

    @property
    def effective_n(self) -> Vector:
        """Sizes (k,) of simple random samples with replacement that would be as precise."""
        return np.asarray(self.n / self.deff_replace)

    def interval(self, confidence: float = 0.95, df: float | None = None) -> tuple[Vector, Vector]:
        """Return lower and upper ends (k,) of t intervals; `df` inf takes the normal quantile."""
        half = quantile_t(confidence, self.df if df is None else df) * self.se
        return self.value - half, self.value + half

    def contrast(self, coefficients: Sequence[float]) -> "Estimate":
        """Return the linear combination of the estimates with `coefficients` (k,) as one estimate.

        `n` and `population` are those of all estimates it takes in.
        """
        c = np.asarray(coefficients, dtype=np.float64)
        used = c != 0
        return Estimate(
            value=np.array([c @ self.value]),
            covariance=np.array([[c @ self.covariance @ c]]),
            simple=np.array([(c[used] ** 2) @ self.simple[used]]),
            n=np.array([self.n[used].sum()]),
            population=np.array([self.population[used].sum()]),
            df=self.df,
        )


def quantile_t(confidence: float, df: float) -> float:
    """Return the two-sided t quantile for `confidence`; the normal one for endless `df`."""
    from scipy import special

    tail = (1 + confidence) / 2
    return float(special.ndtri(tail) if np.isinf(df) else special.stdtrit(df, tail))
