"""Default rates where not everybody was followed to the end: Kaplan and Meier on whole months."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector


@dataclass(frozen=True)
class Rate:
    """Share that has defaulted by the last month, with its interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float


def rate(months: Vector, defaulted: Vector, *, horizon: int, confidence: float = 0.95) -> Rate:
    """Return the share that defaults within `horizon` months, as Kaplan and Meier estimate it.

    Parameters
    ----------
    months : ndarray, shape (n,)
        Month, from 1, of the default or else of the last sight.
    defaulted : ndarray, shape (n,)
        1 for a default in that month. Who leaves without one is at risk through that month and
        unknown behind it: those who stay stand for him, which is right only where leaving says
        nothing of the risk.
    horizon : int
        Months followed; later ones do not count.
    confidence : float
        Coverage of the interval: Greenwood's variance on the log(-log) scale (Kalbfleisch &
        Prentice 2002); Jeffreys' would ignore who left. Missing without a default.

    Raises
    ------
    DataError
        Nobody was followed.
    """
    if not len(months):
        raise DataError("nobody was followed; a default rate needs loans at risk")
    at = np.clip(months.astype(np.intp), 0, horizon + 1)
    inside = (defaulted > 0) & (months <= horizon)
    events = np.bincount(at[inside], minlength=horizon + 2)[1 : horizon + 1].astype(float)
    left = np.bincount(at, minlength=horizon + 2)
    risk = (len(months) - np.cumsum(left)[:horizon]).astype(float)
    seen = risk > 0
    events, risk = events[seen], risk[seen]
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = float(np.prod(1 - events / risk))
        spread = float(np.sqrt(np.sum(events / (risk * (risk - events)))))
    if not events.any() or survival <= 0:
        return Rate(1 - survival, float("nan"), float("nan"))
    reach = float(special.ndtri(0.5 + confidence / 2)) * spread / abs(np.log(survival))
    ends = [float(survival ** np.exp(sign * reach)) for sign in (-1, 1)]
    return Rate(1 - survival, 1 - ends[0], 1 - ends[1])
