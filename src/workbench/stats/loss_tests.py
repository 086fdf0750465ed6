"""Whether predicted losses given default hold: their level, and how they rank.

Formulas of the ECB's instructions for reporting validation results of internal models (February
2019), sections 2.6 (loss given default) and 2.9 (conversion factors), as quoted; the text itself
was not seen.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

CLASSES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Upper ends of the classes of realised losses, the last one open."""


@dataclass(frozen=True)
class LevelTest:
    """A one-sample t test of realised against predicted values.

    Attributes
    ----------
    n : int
    predicted, realised : float
        Means.
    difference, se : float
        Realised less predicted, and its standard error.
    t, p_value : float
        One-sided against "not underestimated": a small p says that predictions are too low.
    """

    n: int
    predicted: float
    realised: float
    difference: float
    se: float
    t: float
    p_value: float

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of the t interval of the difference."""
        reach = float(special.stdtrit(self.n - 1, 0.5 + confidence / 2)) * self.se
        return self.difference - reach, self.difference + reach


@dataclass(frozen=True)
class Ranking:
    """The generalised area under the curve, (Somers' D + 1) / 2, with its standard error."""

    value: float
    se: float
    n: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of the normal interval, within 0 and 1."""
        reach = float(special.ndtri(0.5 + confidence / 2)) * self.se
        return max(self.value - reach, 0.0), min(self.value + reach, 1.0)


def level(predicted: Vector, realised: Vector) -> LevelTest:
    """Return the t test of realised against predicted values.

    Raises
    ------
    DataError
        Fewer than two values.
    """
    n = len(realised)
    if n < 2:
        raise DataError(f"a t test needs two values at least, not {n}; widen the sample")
    apart = realised - predicted
    mean, se = float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(n))
    t = mean / se if se > 0 else float(np.sign(mean)) * np.inf if mean else 0.0
    p_value = float(special.stdtr(n - 1, -t)) if np.isfinite(t) else float(t < 0)
    return LevelTest(n, float(predicted.mean()), float(realised.mean()), mean, se, t, p_value)


def ranking(predicted: Vector, realised: Vector, *, groups: int = 20) -> Ranking:
    """Return how well predictions rank the realised losses: 0.5 is not at all, 1 perfectly.

    Of two defaults with losses in different `CLASSES`, the chance that the one predicted to lose
    more does; equal predictions count one half. Predictions of more than `groups` values are cut
    at their quantiles.

    Raises
    ------
    DataError
        All losses are in one class.
    """
    rows = np.searchsorted(CLASSES, realised, "left")
    values = np.unique(predicted)
    if len(values) > groups:
        values = np.unique(np.quantile(predicted, np.arange(1, groups) / groups))
        columns = np.searchsorted(values, predicted, "right")
    else:
        columns = np.searchsorted(values, predicted)
    table = np.zeros((int(rows.max()) + 1, int(columns.max()) + 1))
    np.add.at(table, (rows, columns), 1)
    return _of_table(table)


def somers(table: Vector) -> tuple[float, float]:
    """Return Somers' D of the columns of counts given their rows, and its standard error.

    Goodman and Kruskal (1972): the delta method, as statistical packages give it.
    """
    above, below = _beside(table)
    n, in_row = table.sum(), table.sum(axis=1, keepdims=True)
    untied = n**2 - float((in_row**2).sum())
    if untied <= 0:
        raise DataError("all realised losses are in one class; nothing can be ranked")
    apart = above - below
    d = float((table * apart).sum()) / untied
    spread = untied * apart - float((table * apart).sum()) * (n - in_row)
    se = 2 / untied**2 * float(np.sqrt((table * spread**2).sum()))
    return d, se


def _of_table(table: Vector) -> Ranking:
    d, se = somers(table)
    return Ranking((d + 1) / 2, se / 2, int(table.sum()))


def _beside(table: Vector) -> tuple[Vector, Vector]:
    """Return for each cell how many are concordant and discordant with it."""
    total = np.zeros((table.shape[0] + 1, table.shape[1] + 1))
    total[1:, 1:] = table.cumsum(axis=0).cumsum(axis=1)
    last = total[-1:, :], total[:, -1:]
    upper_left, lower_right = total[:-1, :-1], _rest(total, last)
    upper_right = last[1][:-1] - total[:-1, 1:]
    lower_left = last[0][:, :-1] - total[1:, :-1]
    return upper_left + lower_right, upper_right + lower_left


def _rest(total: Vector, last: tuple[Vector, Vector]) -> Vector:
    return np.asarray(total[-1, -1] - last[0][:, 1:] - last[1][1:] + total[1:, 1:])


def cohorts(days: Codes, *, until: int, length: int) -> tuple[Codes, Codes]:
    """Return the rows of the last `length` months up to month `until`, and those before them."""
    tested = np.flatnonzero((days <= until) & (days > until - length))
    learnt = np.flatnonzero(days <= until - length)
    return learnt, tested
