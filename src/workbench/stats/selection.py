"""Which weights stay in a score: correlation, variance inflation, sign and significance."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats import logit
from workbench.stats.arrays import Vector
from workbench.stats.coded import Coded
from workbench.stats.logit import Design, Matrix

ROUGH = 1e-3
"""Step at which a fit that only decides which variable leaves may end: z is then right to 1e-4."""
Reason = Literal["alike", "collinear", "wrong_sign", "not_needed"]


@dataclass(frozen=True)
class Exit:
    """Why a column left.

    Attributes
    ----------
    column : int
        Its place among the columns offered.
    reason : str
        `alike` (correlation), `collinear` (variance inflation), `wrong_sign` or `not_needed`.
    value : float
        The correlation, the variance inflation factor, or the z of the coefficient.
    beside : int or None
        Place of the stronger column it is alike to.
    """

    column: int
    reason: Reason
    value: float
    beside: int | None = None


def inflation(correlation: Matrix) -> Vector:
    """Return each column's variance inflation factor, 1 / (1 - R²) on the other columns.

    The diagonal of the inverse correlation matrix (Belsley, Kuh & Welsch 1980); infinite for all
    where columns repeat one another exactly.
    """
    try:
        found = np.diag(np.linalg.inv(correlation))
    except np.linalg.LinAlgError:
        return np.full(len(correlation), np.inf)
    # Beyond the precision of the inverse the sign is lost before the size is.
    return np.where(found >= 1 - 1e-9, found, np.inf)


def apart(correlation: Matrix, alike: float) -> tuple[list[int], list[Exit]]:
    """Return the columns, strongest first, that are not nearly the same as a stronger one."""
    kept: list[int] = []
    left: list[Exit] = []
    for at in range(len(correlation)):
        own = np.abs(correlation[at, kept])
        if kept and own.max() >= alike:
            beside = kept[int(own.argmax())]
            left.append(Exit(at, "alike", float(correlation[at, beside]), beside))
        else:
            kept.append(at)
    return kept, left


def uninflated(correlation: Matrix, kept: list[int], limit: float) -> tuple[list[int], list[Exit]]:
    """Leave out the column of the greatest variance inflation until none is above `limit`."""
    kept, left = list(kept), list[Exit]()
    while len(kept) > 1:
        found = inflation(correlation[np.ix_(kept, kept)])
        # Of equal ones the weaker column leaves, which stands behind the stronger.
        worst = len(kept) - 1 - int(np.argmax(found[::-1]))
        if found[worst] <= limit:
            break
        left.append(Exit(kept.pop(worst), "collinear", float(found[worst])))
    return kept, left


def needed(weights: Design, events: Vector, level: float) -> tuple[list[int], Vector, list[Exit]]:
    """Drop the column with the smallest z until all are positive and significant at `level`.

    Returns the columns kept, the coefficients with the constant first, and the exits in order.

    Raises
    ------
    DataError
        None is left.
    """
    kept, start, left = list(range(weights.shape[1])), None, list[Exit]()
    while kept:
        own = _columns(weights, kept)
        beta, information = logit.estimate(own, events, start=start, tolerance=ROUGH)
        covariance = np.linalg.inv(information)
        z = (beta / np.sqrt(np.diag(covariance)))[1:]
        worst = int(np.argmin(z))
        if z[worst] > 0 and 2 * special.ndtr(-z[worst]) <= level:
            return kept, logit.estimate(own, events, start=beta)[0], left
        reason: Reason = "not_needed" if z[worst] > 0 else "wrong_sign"
        left.append(Exit(kept.pop(worst), reason, float(z[worst])))
        at = worst + 1
        # The best without this column, were the likelihood quadratic: near enough to start from.
        start = np.delete(beta - covariance[at] * (beta[at] / covariance[at, at]), at)
    raise DataError("no variable carries information about default; check horizon and features")


def _columns(weights: Design, kept: list[int]) -> Design:
    """Return the columns `kept`, without a copy where there is a way."""
    if isinstance(weights, Coded):
        return weights.columns(kept)
    assert isinstance(weights, np.ndarray)
    return weights[:, kept]
