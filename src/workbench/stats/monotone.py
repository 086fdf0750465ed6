"""The exact best way to merge ordered pre-bins into few bins of monotone event rate."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from workbench import check
from workbench.stats.arrays import Vector

Trend = Literal["auto", "ascending", "descending", "none"]
TRENDS: tuple[Trend, ...] = get_args(Trend)
NOT_ALLOWED = -np.inf
ROUNDING = 1e-14
"""Splitting a bin into parts of equal rate adds nothing but rounding."""


@dataclass(frozen=True, eq=False, repr=False)
class Merge:
    """A partition of n pre-bins into consecutive bins.

    Attributes
    ----------
    first : ndarray of int, shape (bins,)
        First pre-bin of each bin; the first one is 0.
    value : float
        Information value of the bins.
    trend : str
        `ascending`, `descending` or `none`.
    """

    first: NDArray[np.intp]
    value: float
    trend: Trend


@dataclass(frozen=True)
class Limits:
    """What a partition must respect.

    Attributes
    ----------
    bins : int
        At most so many bins.
    share : float
        Each bin holds at least this share of the cases.
    cases : float
        Each bin holds at least so many events and so many non-events.
    """

    bins: int = 8
    share: float = 0.05
    cases: float = 1.0


def merged(events: Vector, others: Vector, limits: Limits, trend: Trend = "auto") -> Merge:
    """Return the partition of the pre-bins with the highest information value.

    Dynamic programme over (number of bins, first and last pre-bin of the last bin): exact, not a
    heuristic, and without a solver. O(K n² log n) for n pre-bins and K bins. `auto` solves
    both directions and keeps the better one. Of equal partitions the one with fewer bins
    wins. When no partition respects the limits there is one bin.

    Parameters
    ----------
    events, others : ndarray, shape (n,)
        Whole numbers of events and of non-events per pre-bin, in order.
    limits : Limits
        Greatest number and least size of bins.
    trend : str
        Direction of the event rate from bin to bin; equal rates are allowed.
    """
    check.choice(trend, TRENDS, "trend")
    tried: tuple[Trend, ...] = ("ascending", "descending") if trend == "auto" else (trend,)
    table = _Spans.of(events, others, limits)
    found = [_best(table, limits.bins, direction) for direction in tried]
    return max(found, key=lambda merge: merge.value)


@dataclass(frozen=True, eq=False, repr=False)
class _Spans:
    """Every bin [i, j) there could be: its part of the information value and its event rate.

    Arrays of shape (n, n + 1); a bin that breaks the limits is worth `NOT_ALLOWED`.
    """

    value: NDArray[np.float64]
    rate: NDArray[np.float64]

    @classmethod
    def of(cls, events: Vector, others: Vector, limits: Limits) -> "_Spans":
        n = len(events)
        a, b = (np.concatenate([[0.0], np.cumsum(count)]) for count in (events, others))
        inside_a, inside_b = (total[None, :] - total[:n, None] for total in (a, b))
        size = inside_a + inside_b
        enough = (inside_a >= limits.cases) & (inside_b >= limits.cases)
        enough &= (size >= limits.share * size[0, n]) & (inside_a > 0) & (inside_b > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share_a, share_b = inside_a / a[n], inside_b / b[n]
            value = np.where(enough, (share_a - share_b) * np.log(share_a / share_b), NOT_ALLOWED)
            rate = np.where(enough, inside_a / size, np.nan)
        return cls(value, rate)


def _best(spans: _Spans, most: int, trend: Trend) -> Merge:
    """Return the best partition in one direction."""
    n = len(spans.value)
    rate = np.where(np.isnan(spans.rate), np.inf, spans.rate)
    if trend != "ascending":
        rate = np.where(np.isnan(spans.rate), np.inf, -spans.rate if trend != "none" else 0.0)
    # before[i, h]: rate of the bin [h, i) that could stand before a bin starting at i.
    before = rate[:, :n].T
    order = np.argsort(before, axis=1, kind="stable")
    ordered = np.take_along_axis(before, order, axis=1)
    allowed = np.stack([np.searchsorted(ordered[i], rate[i], side="right") for i in range(n)])
    best = np.full((most, n, n + 1), NOT_ALLOWED)
    best[0, 0] = spans.value[0]
    for k in range(1, most):
        reached = np.take_along_axis(best[k - 1, :, :n].T, order, axis=1)
        running = np.maximum.accumulate(reached, axis=1)
        running = np.concatenate([np.full((n, 1), NOT_ALLOWED), running], axis=1)
        best[k] = np.take_along_axis(running, allowed, axis=1) + spans.value
    return _traced(best, spans, rate, trend)


def _traced(
    best: NDArray[np.float64], spans: _Spans, rate: NDArray[np.float64], trend: Trend
) -> Merge:
    """Walk back from the best last bin; among equals the fewest bins and the earliest start."""
    n = len(spans.value)
    reached = best[:, :, n].max(axis=1)
    if reached.max() == NOT_ALLOWED:
        return Merge(np.zeros(1, dtype=np.intp), 0.0, trend)
    k = int(np.argmax(reached >= reached.max() - ROUNDING))
    i, end = int(np.argmax(best[k, :, n])), n
    value, starts = float(best[k, i, n]), [i]
    for bins in range(k, 0, -1):
        fits = rate[:i, i] <= rate[i, end]
        i, end = int(np.argmax(np.where(fits, best[bins - 1, :i, i], NOT_ALLOWED))), i
        starts.append(i)
    return Merge(np.array(starts[::-1], dtype=np.intp), value, trend)
