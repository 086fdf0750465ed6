"""Weight of evidence, information value and population stability of binned counts."""

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector

PRIOR = 10.0
"""Cases with the overall event rate that are added to each bin before its weight is taken.

A bin of 3 cases without an event then says little, one without any case says nothing (weight 0),
and a bin of 500 cases is hardly changed.
"""
EMPTY = 0.5
"""What an empty cell counts in an information value, which would else be infinite."""


def weights(events: Vector, others: Vector, *, prior: float = PRIOR) -> Vector:
    """Return ln(share of the events / share of the non-events) per bin: positive is riskier.

    `prior` cases with the overall event rate are added to every bin. Shape (bins,).
    """
    total_events, total_others = _totals(events, others)
    rate = total_events / (total_events + total_others)
    odds = (events + prior * rate) / (others + prior * (1 - rate))
    return np.asarray(np.log(odds * total_others / total_events))


def information_value(events: Vector, others: Vector, *, empty: float = EMPTY) -> float:
    """Return the information value Σ (share of events - share of non-events) · ln(their ratio).

    Unsmoothed, but a cell without cases counts as `empty` cases in a bin that has others; bins
    without any case are left out.
    """
    return float(contributions(events, others, empty=empty).sum())


def contributions(events: Vector, others: Vector, *, empty: float = EMPTY) -> Vector:
    """Return each bin's part of the information value, shape (bins,)."""
    _totals(events, others)
    used = (events + others) > 0
    filled_events = np.where(used & (events == 0), empty, events)
    filled_others = np.where(used & (others == 0), empty, others)
    share_events = filled_events / filled_events.sum()
    share_others = filled_others / filled_others.sum()
    return np.asarray(
        special.rel_entr(share_events, share_others) + special.rel_entr(share_others, share_events)
    )


def information_interval(
    events: Vector, others: Vector, confidence: float, *, empty: float = EMPTY
) -> tuple[float, float]:
    """Return an interval of the information value by the delta method, cut off at 0.

    The counts of events and of non-events are taken as two independent multinomial samples. The
    bins are taken as given: that they were chosen on the same cases makes the value too high by
    about (bins - 1) (1 / events + 1 / non-events), which is not corrected here.
    """
    _totals(events, others)
    used = (events + others) > 0
    a = np.where(used & (events == 0), empty, events)[used]
    b = np.where(used & (others == 0), empty, others)[used]
    p, q = a / a.sum(), b / b.sum()
    slope_p, slope_q = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    variance = sum(
        float(share @ slope**2 - (share @ slope) ** 2) / total
        for share, slope, total in ((p, slope_p, a.sum()), (q, slope_q, b.sum()))
    )
    value = information_value(events, others, empty=empty)
    reach = float(special.ndtri(0.5 + confidence / 2)) * np.sqrt(variance)
    return max(value - float(reach), 0.0), value + float(reach)


def stability(expected: Vector, actual: Vector, *, empty: float = EMPTY) -> float:
    """Return the population stability index of `actual` against `expected` counts per bin.

    Σ (actual share - expected share) · ln(their ratio), as credit practice uses it.
    """
    return information_value(actual, expected, empty=empty)


def stability_limit(
    bins: int, expected: float, actual: float, *, confidence: float = 0.95
) -> float:
    """Return the index that chance alone exceeds with probability 1 - `confidence`.

    Under no change the index is about (1/n + 1/m) times a chi-square of bins - 1 degrees of
    freedom (Yurdakul & Naranjo 2020).
    """
    return float((1 / expected + 1 / actual) * special.chdtri(bins - 1, 1 - confidence))


def _totals(events: Vector, others: Vector) -> tuple[float, float]:
    total_events, total_others = float(events.sum()), float(others.sum())
    if not (total_events > 0 and total_others > 0):
        raise DataError(
            f"both outcomes are needed; there are {total_events:g} events "
            f"and {total_others:g} cases without one"
        )
    return total_events, total_others
