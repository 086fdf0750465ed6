"""The exact best way to merge ordered pre-bins into few bins of monotone event rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench import check
from workbench.stats.arrays import Vector

Trend = Literal["auto", "ascending", "descending", "peak", "valley", "none"]
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
        `ascending`, `descending`, `peak`, `valley` or `none`.
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
    difference : float
        The event rates of neighbouring bins differ by at least so much.
    p_value : float
        Neighbouring bins differ at this level by the two-sided test of two proportions; 1 asks for
        nothing.
    """

    bins: int = 8
    share: float = 0.05
    cases: float = 1.0
    difference: float = 0.0
    p_value: float = 1.0

    @property
    def pairwise(self) -> bool:
        """Tell whether neighbours must differ by more than their order."""
        return self.difference > 0 or self.p_value < 1


def merged(events: Vector, others: Vector, limits: Limits, trend: Trend = "auto") -> Merge:
    """Return the partition of the pre-bins with the highest information value.

    Dynamic programme over (number of bins, first and last pre-bin of the last bin): exact, not a
    heuristic, and without a solver. O(K n² log n) for n pre-bins and K bins, O(K n³) when
    neighbours must differ by more than their order. `auto` solves both directions and keeps the
    better one; `peak` rises to some bin and falls after it, `valley` the other way round, and
    either part may be missing. Of equal partitions the one with fewer bins wins. When no
    partition respects the limits there is one bin.

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
    found = [_best(table, limits, direction) for direction in tried]
    return max(found, key=lambda merge: merge.value)


@dataclass(frozen=True, eq=False, repr=False)
class _Spans:
    """Every bin [i, j) there could be: its part of the information value and its event rate.

    Arrays of shape (n, n + 1); a bin that breaks the limits is worth `NOT_ALLOWED`.
    """

    value: NDArray[np.float64]
    rate: NDArray[np.float64]
    size: NDArray[np.float64]

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
        return cls(value, rate, size)


State = NDArray[np.float64]
"""Best information value up to the bin [i, j) with k + 1 bins, shape (bins, n, n + 1)."""


def _best(spans: _Spans, limits: Limits, trend: Trend) -> Merge:
    """Return the best partition of one trend.

    The trend is one state, or two for `peak` and `valley`: bins before the turn, then bins after
    it, which follow bins of either state.
    """
    steps = [
        _Pairs(spans, limits, sign) if limits.pairwise else _Order(spans, sign)
        for sign in SIGNS[trend]
    ]
    n = len(spans.value)
    states = [np.full((limits.bins, n, n + 1), NOT_ALLOWED) for _ in steps]
    states[0][0, 0] = spans.value[0]
    for k in range(1, limits.bins):
        for at, step in enumerate(steps):
            before = np.maximum.reduce([state[k - 1] for state in states[: at + 1]])
            states[at][k] = step.after(before) + spans.value
    return _traced(states, steps, trend)


SIGNS: dict[Trend, tuple[int, ...]] = {
    "ascending": (1,),
    "descending": (-1,),
    "peak": (1, -1),
    "valley": (-1, 1),
    "none": (0,),
}
"""Direction of each state: rising, falling, or any."""


class _Order:
    """Bins may follow each other when their rates are in order."""

    def __init__(self, spans: _Spans, sign: int) -> None:
        n = len(spans.value)
        self.rate = np.where(np.isnan(spans.rate), np.inf, sign * spans.rate if sign else 0.0)
        # before[i, h]: rate of the bin [h, i) that could stand before a bin starting at i.
        before = self.rate[:, :n].T
        self.order = np.argsort(before, axis=1, kind="stable")
        ordered = np.take_along_axis(before, self.order, axis=1)
        self.allowed = np.stack(
            [np.searchsorted(ordered[i], self.rate[i], side="right") for i in range(n)]
        )

    def after(self, best: State) -> State:
        """Return the best value before each bin [i, j), of those that it may follow."""
        n = len(self.rate)
        reached = np.take_along_axis(best[:, :n].T, self.order, axis=1)
        running = np.maximum.accumulate(reached, axis=1)
        running = np.concatenate([np.full((n, 1), NOT_ALLOWED), running], axis=1)
        return np.asarray(np.take_along_axis(running, self.allowed, axis=1))

    def fits(self, i: int, end: int) -> NDArray[np.bool_]:
        """Tell which starts h < i give a bin [h, i) that may stand before [i, end)."""
        return np.asarray(self.rate[:i, i] <= self.rate[i, end])


class _Pairs:
    """Bins may follow each other when their rates are in order and far enough apart."""

    def __init__(self, spans: _Spans, limits: Limits, sign: int) -> None:
        self.spans, self.limits, self.sign = spans, limits, sign
        n = len(spans.value)
        self.allowed = [self._allowed(i, slice(i + 1, n + 1)) for i in range(n)]

    def _allowed(self, i: int, ends: slice) -> NDArray[np.bool_]:
        rate, size = self.spans.rate, self.spans.size
        before, size_before = rate[:i, i, None], size[:i, i, None]
        own, size_own = rate[None, i, ends], size[None, i, ends]
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = own - before
            found = np.abs(apart) >= self.limits.difference
            if self.sign:
                found &= self.sign * apart >= 0
            if self.limits.p_value < 1:
                pooled = (before * size_before + own * size_own) / (size_before + size_own)
                spread = pooled * (1 - pooled) * (1 / size_before + 1 / size_own)
                found &= apart**2 >= spread * special.chdtri(1, self.limits.p_value)
        return np.asarray(found)

    def after(self, best: State) -> State:
        """Return the best value before each bin [i, j), of those that it may follow."""
        n = len(self.spans.value)
        found = np.full((n, n + 1), NOT_ALLOWED)
        for i in range(1, n):
            reached = np.where(self.allowed[i], best[:i, i, None], NOT_ALLOWED)
            found[i, i + 1 :] = reached.max(axis=0)
        return found

    def fits(self, i: int, end: int) -> NDArray[np.bool_]:
        """Tell which starts h < i give a bin [h, i) that may stand before [i, end)."""
        return self.allowed[i][:, end - i - 1]


def _traced(states: list[State], steps: Sequence[_Order | _Pairs], trend: Trend) -> Merge:
    """Walk back from the best last bin; among equals the fewest bins and the earliest start."""
    n = states[0].shape[1]
    best = np.maximum.reduce(states)
    reached = best[:, :, n].max(axis=1)
    if reached.max() == NOT_ALLOWED:
        return Merge(np.zeros(1, dtype=np.intp), 0.0, trend)
    k = int(np.argmax(reached >= reached.max() - ROUNDING))
    i, end = int(np.argmax(best[k, :, n])), n
    value, starts = float(best[k, i, n]), [i]
    state = int(np.argmax([own[k, i, n] for own in states]))
    for bins in range(k, 0, -1):
        open_states = states[: state + 1]
        before = np.maximum.reduce([own[bins - 1, :i, i] for own in open_states])
        h = int(np.argmax(np.where(steps[state].fits(i, end), before, NOT_ALLOWED)))
        state = int(np.argmax([own[bins - 1, h, i] for own in open_states]))
        i, end = h, i
        starts.append(i)
    return Merge(np.array(starts[::-1], dtype=np.intp), value, trend)
