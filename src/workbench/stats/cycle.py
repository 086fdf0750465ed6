"""One-factor model of credit risk: how a PD moves with the economy, and what that makes of rates.

Vasicek (2002): given the state z of the economy, PD(z) = Φ((Φ⁻¹(PD) - √ρ z) / √(1 - ρ)); a positive
z is a good year. The correlation ρ and the long-run PD are parameters with a source: a few years
of data cannot estimate them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector


@dataclass(frozen=True)
class Margin:
    """A prudent supplement to an estimated PD.

    Attributes
    ----------
    estimate : float
        The best estimate.
    sampling : float
        Upper confidence bound minus the estimate, cases independent.
    correlated : float
        The same when defaults move together and few years were seen.
    """

    estimate: float
    sampling: float
    correlated: float


def point_in_time(pd: ArrayLike, z: float, correlation: float) -> Vector:
    """Return the PD in an economy of state `z` from the through-the-cycle `pd`."""
    _checked(correlation)
    shifted = special.ndtri(np.asarray(pd, dtype=np.float64)) - np.sqrt(correlation) * z
    return np.asarray(special.ndtr(shifted / np.sqrt(1 - correlation)))


def through_the_cycle(pd: ArrayLike, z: float, correlation: float) -> Vector:
    """Return the through-the-cycle PD of what is `pd` in an economy of state `z`."""
    _checked(correlation)
    own = special.ndtri(np.asarray(pd, dtype=np.float64))
    return np.asarray(special.ndtr(own * np.sqrt(1 - correlation) + np.sqrt(correlation) * z))


def state(rate: float, long_run: float, correlation: float) -> float:
    """Return the state of the economy in which a portfolio with PD `long_run` has this `rate`."""
    _checked(correlation)
    if correlation == 0 or not (0 < rate < 1 and 0 < long_run < 1):
        raise DataError(
            "a state of the economy needs a positive correlation and rates between 0 and 1; "
            f"they are {correlation}, {rate} and {long_run}"
        )
    own = special.ndtri(long_run) - np.sqrt(1 - correlation) * special.ndtri(rate)
    return float(own / np.sqrt(correlation))


def rate_interval(long_run: float, correlation: float, confidence: float) -> tuple[float, float]:
    """Return between which default rates of a large portfolio a year lies with `confidence`."""
    ends = special.ndtri([0.5 + confidence / 2, 0.5 - confidence / 2])
    low, high = (float(point_in_time(long_run, float(z), correlation)) for z in ends)
    return low, high


def margin(
    estimate: float, cases: float, *, years: int, correlation: float, confidence: float
) -> Margin:
    """Return the margins of conservatism of a default rate seen over `years` years.

    `sampling` is the one-sided Jeffreys bound of `cases` independent loans. `correlated` adds the
    spread of yearly rates in the one-factor model: its standard error in Φ⁻¹(rate) is
    √(ρ / (1 - ρ) / years), added in squares to that of sampling.
    """
    _checked(correlation)
    defaults = estimate * cases
    bound = float(special.betaincinv(defaults + 0.5, cases - defaults + 0.5, confidence))
    centre, quantile = float(special.ndtri(estimate)), float(special.ndtri(confidence))
    sampling = (float(special.ndtri(bound)) - centre) / quantile
    together = float(np.hypot(sampling, np.sqrt(correlation / (1 - correlation) / max(years, 1))))
    wide = float(special.ndtr(centre + quantile * together))
    return Margin(estimate, bound - estimate, wide - estimate)


def _checked(correlation: float) -> None:
    if not 0 <= correlation < 1:
        raise DataError(f"the correlation must be at least 0 and less than 1, not {correlation}")
