"""Willingness to pay: what an attribute of an offer is worth in price, with its interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector

Matrix = NDArray[np.float64]
DRAWS = 10_000
"""Draws of the coefficients behind an interval."""


@dataclass(frozen=True, eq=False, repr=False)
class Worth:
    """What one unit of an attribute is worth, in units of price.

    Attributes
    ----------
    value, standard_error : float
        Minus the attribute's coefficient over that of price; its error by the delta method.
    low, high : float
        Interval by the delta method.
    drawn_low, drawn_high : float
        Interval by drawing coefficients (Krinsky and Robb 1986): it need not be symmetric, and is
        the better one where the coefficient of price is not sharp.
    """

    value: float
    standard_error: float
    low: float
    high: float
    drawn_low: float
    drawn_high: float


def worth(
    coefficients: Vector,
    covariance: Matrix,
    places: tuple[int, int],
    *,
    confidence: float = 0.95,
    seed: int = 1,
) -> Worth:
    """Return what a unit of an attribute is worth.

    Parameters
    ----------
    coefficients, covariance : array
        Of a fitted choice model.
    places : tuple of int
        Where the coefficients of the attribute and of price stand.
    confidence : float
        Coverage of both intervals.
    seed : int
        What the draws of the coefficients start from.

    Raises
    ------
    DataError
        The coefficient of price is nothing: no price makes up for anything.
    """
    beta, slope = (float(coefficients[place]) for place in places)
    if slope == 0:
        raise DataError("the coefficient of price is zero; willingness to pay cannot be given")
    value = -beta / slope
    part = covariance[np.ix_(places, places)]
    gradient = np.array([-1 / slope, beta / slope**2])
    error = float(np.sqrt(gradient @ part @ gradient))
    reach = float(special.ndtri(0.5 + confidence / 2)) * error
    sample = drawn(np.array([beta, slope]), part, DRAWS, seed)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(-sample[:, 0] / sample[:, 1], tails)
    return Worth(value, error, value - reach, value + reach, float(low), float(high))


def drawn(coefficients: Vector, covariance: Matrix, draws: int, seed: int) -> Matrix:
    """Return `draws` of the coefficients from their normal approximation, shape (draws, k)."""
    rng = np.random.default_rng(seed)
    # Through eigenvalues: a covariance that is singular by rounding still has its draws.
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return np.asarray(coefficients + rng.standard_normal((draws, len(coefficients))) @ root.T)
