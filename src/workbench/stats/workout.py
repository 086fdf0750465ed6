"""Loss given default from workouts that began at different times, those still open among them.

Leaving open workouts out keeps the quick ones, which end well; counting them as lost overstates the
loss. Here the recoveries of each month after default are averaged over all defaults that were
observed so long, whether their workout has ended or not, and the averages are added up: the
partitioned estimator of a mean that accrues over time under censoring (Lin, Feuer, Etzioni and Wax
1997, Biometrics 53:419-434). What ends the observation is the day of the data alone, which has
nothing to do with how a workout goes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Workouts:
    """Defaults with what was recovered of each.

    Attributes
    ----------
    recovered : ndarray, shape (n, months)
        Discounted share of the exposure recovered in each month after default.
    observed : ndarray of int, shape (n,)
        Months after default that the data reach; recoveries beyond them are not known.
    """

    recovered: Vector
    observed: Codes

    def take(self, rows: Codes) -> "Workouts":
        """Return the defaults in `rows`."""
        return Workouts(self.recovered[rows], self.observed[rows])

    def within(self, months: int) -> "Workouts":
        """Return the same with the first `months` months alone."""
        return Workouts(self.recovered[:, :months], self.observed)


@dataclass(frozen=True)
class Loss:
    """A mean loss given default.

    Attributes
    ----------
    value, se : float
        Share of the exposure that is lost, and its standard error.
    df : int
        Customers less one: the interval is t.
    n : int
        Defaults it rests on.
    months : int
        Months after default up to which recoveries count.
    """

    value: float
    se: float
    df: int
    n: int
    months: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of the t interval; missing with one customer."""
        if self.df < 1:
            return float("nan"), float("nan")
        reach = float(special.stdtrit(self.df, 0.5 + confidence / 2)) * self.se
        return self.value - reach, self.value + reach


def discounted(
    flows: tuple[Codes, Codes, Vector], exposure: Vector, rate: Vector, months: int
) -> Vector:
    """Return the discounted share of the exposure recovered by month, shape (n, months).

    Parameters
    ----------
    flows : tuple of ndarray
        Of each payment its default (0 to n - 1), months after default (from 1) and amount.
    exposure : ndarray, shape (n,)
        Owed at default, above 0.
    rate : ndarray, shape (n,)
        Yearly rate of discount.
    months : int
        Payments later than this do not count.
    """
    of, month, amount = flows
    found = np.zeros((len(exposure), months))
    kept = (month >= 1) & (month <= months)
    own, when = of[kept], month[kept]
    value = amount[kept] / exposure[own] * (1 + rate[own]) ** (-when / 12)
    np.add.at(found, (own, when - 1), value)
    return found


def with_cures(recovered: Vector, cured: Codes) -> Vector:
    """Return the recoveries with nothing lost where a loan was put right in month `cured`.

    `cured` is 0 for those that were not. What comes in later is instalments, not recovery.
    """
    found = recovered.copy()
    rows = np.flatnonzero((cured > 0) & (cured <= recovered.shape[1]))
    for row, month in zip(rows, cured[rows], strict=True):
        found[row, month:] = 0.0
        found[row, month - 1] = 1.0 - found[row, : month - 1].sum()
    return found


def loss(workouts: Workouts, clusters: Codes) -> Loss:
    """Return the mean loss of the defaults, each counting alike.

    Recoveries count up to the last month that at least two defaults were observed in. The standard
    error is robust to several defaults of one customer (`clusters`).

    Raises
    ------
    DataError
        No default was observed for a month.
    """
    mean, months = _monthly(workouts)
    influence = _influence(workouts, mean, months)
    sums = np.bincount(clusters, weights=influence)
    groups = len(np.unique(clusters))
    correction = groups / max(groups - 1, 1)
    variance = correction * float(np.sum(sums**2)) / len(influence) ** 2
    return Loss(
        1.0 - float(mean.sum()), float(np.sqrt(variance)), groups - 1, len(influence), months
    )


def pseudo_losses(workouts: Workouts) -> Vector:
    """Return the loss of each default as a pseudo-observation, shape (n,).

    Their mean is the mean loss; of a workout that was observed to the end it is nearly its own
    loss. A regression on them is one on losses with open workouts treated as in `loss` (Andersen,
    Klein and Rosthøj 2003, Biometrika 90:15-27). A single one may lie outside 0 to 1.
    """
    mean, months = _monthly(workouts)
    return np.asarray(1.0 - mean.sum() + _influence(workouts, mean, months))


def _monthly(workouts: Workouts) -> tuple[Vector, int]:
    """Return the mean recovery of each month over those observed so long."""
    span = workouts.recovered.shape[1]
    at_risk = (workouts.observed[:, None] > np.arange(span)).sum(axis=0)
    months = int((at_risk >= min(2, len(workouts.observed))).sum())
    if not len(workouts.observed) or not months:
        raise DataError("no default was observed for a month; widen the time of observation")
    seen = workouts.observed[:, None] > np.arange(months)
    total = np.where(seen, workouts.recovered[:, :months], 0.0).sum(axis=0)
    return np.asarray(total / at_risk[:months]), months


def _influence(workouts: Workouts, mean: Vector, months: int) -> Vector:
    """Return how each default moves the mean loss, times n."""
    seen = workouts.observed[:, None] > np.arange(months)
    apart = np.where(seen, workouts.recovered[:, :months] - mean, 0.0)
    return np.asarray(-(apart * (len(seen) / seen.sum(axis=0))).sum(axis=1))


def of_loans(
    loans: "pd.DataFrame",
    recoveries: "pd.DataFrame",
    *,
    months: int,
    cost_share: float,
    premium: float,
) -> Workouts:
    """Return the workouts of defaulted loans from their tables.

    Parameters
    ----------
    loans : DataFrame
        `loan_id`, `defaulted_on`, `exposure`, `rate`, `observed_months`, `cured_month` (0 never).
    recoveries : DataFrame
        `loan_id`, `month_end`, `recovered`; other loans, and months before default, are left out.
        What comes in within the month of default counts as of the month after.
    months : int
        Months after default up to which recoveries count.
    cost_share : float
        Cost of collection over what is recovered.
    premium : float
        Added to the loan's rate as it is discounted.
    """
    place = loans[["loan_id", "defaulted_on"]].assign(place=np.arange(len(loans)))
    found = recoveries.merge(place, on="loan_id")
    later = _months(found["month_end"]) - _months(found["defaulted_on"])
    kept = later >= 0
    flows = (
        found["place"].to_numpy(np.intp)[kept],
        np.maximum(later[kept], 1),
        (1 - cost_share) * found["recovered"].to_numpy(float)[kept],
    )
    rate = loans["rate"].to_numpy(float) + premium
    shares = discounted(flows, loans["exposure"].to_numpy(float), rate, months)
    cured = loans["cured_month"].to_numpy(np.intp)
    return Workouts(with_cures(shares, cured), loans["observed_months"].to_numpy(np.intp))


def _months(days: "pd.Series[Any]") -> Codes:
    """Return the number of the month of each day."""
    return np.asarray(12 * days.dt.year + days.dt.month, dtype=np.intp)
