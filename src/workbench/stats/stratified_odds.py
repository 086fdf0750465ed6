"""Odds ratios common to several strata: Mantel & Haenszel, with the variance of Robins et al.

Mantel & Haenszel (1959, JNCI 22:719–748); Robins, Breslow & Greenland (1986, Biometrics
42:311–323).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.stats.arrays import Codes

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class OddsRatio:
    """An odds ratio with its interval and the p-value against 1; missing where nothing is told."""

    value: float
    low: float
    high: float
    p_value: float


UNKNOWN = OddsRatio(np.nan, np.nan, np.nan, np.nan)


def odds_ratio(event: Mask, exposed: Mask, strata: Codes, *, confidence: float = 0.95) -> OddsRatio:
    """Return the odds of the event with the exposure over those without, within strata.

    Parameters
    ----------
    event, exposed : ndarray of bool, shape (n,)
    strata : ndarray of int, shape (n,)
        From 0.
    confidence : float
        Coverage of the interval.
    """
    code = (1 - event.astype(np.intp)) * 2 + (1 - exposed.astype(np.intp))
    size = int(strata.max()) + 1 if len(strata) else 0
    if not size:
        return UNKNOWN
    cells = np.bincount(code * size + strata, minlength=4 * size).reshape(4, size).astype(float)
    a, b, c, d = cells
    n = np.maximum(cells.sum(axis=0), 1.0)
    r, s = a * d / n, b * c / n
    if r.sum() <= 0 or s.sum() <= 0:
        return UNKNOWN
    p, q = (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    log, error = float(np.log(r.sum() / s.sum())), float(np.sqrt(variance))
    reach = float(special.ndtri((1 + confidence) / 2)) * error
    p_value = float(2 * special.ndtr(-abs(log) / error))
    return OddsRatio(np.exp(log), np.exp(log - reach), np.exp(log + reach), p_value)
