"""How well a score ranks: area under the ROC curve with its variance, and the KS distance."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector, vector


@dataclass(frozen=True, eq=False, repr=False)
class Auc:
    """Area under the ROC curve; ties count one half.

    Attributes
    ----------
    value : float
    placements_events : ndarray, shape (events,)
        Share of the non-events that score below each event.
    placements_others : ndarray, shape (non-events,)
        Share of the events that score above each non-event.
    """

    value: float
    placements_events: Vector
    placements_others: Vector

    @property
    def variance(self) -> float:
        """Return the variance after DeLong, DeLong & Clarke-Pearson (1988)."""
        return covariance(self, self)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the normal interval, cut off at 0 and 1; missing when the variance is."""
        reach = float(special.ndtri(0.5 + confidence / 2) * np.sqrt(self.variance))
        low, high = np.clip([self.value - reach, self.value + reach], 0.0, 1.0)
        return float(low), float(high)

    def fallen_from(self, initial: float) -> tuple[float, float]:
        """Return S and the one-sided p-value that the area is still `initial`.

        S = (initial - current) / s with s after DeLong, as supervisors test a model's power.
        """
        distance = float((initial - self.value) / np.sqrt(self.variance))
        return distance, float(special.ndtr(-distance))


def auc(scores: Vector, events: Vector) -> Auc:
    """Return the area under the ROC curve of `scores`, higher meaning riskier.

    Midrank form of DeLong's placements (Sun & Xu 2014), O(n log n).

    Raises
    ------
    DataError
        There is no event, or no case without one.
    """
    from scipy.stats import rankdata

    above, below = _split(scores, events)
    m, n = len(above), len(below)
    ranks = rankdata(np.concatenate([above, below]))
    inside_events = (ranks[:m] - rankdata(above)) / n
    inside_others = 1 - (ranks[m:] - rankdata(below)) / m
    return Auc(float(inside_events.mean()), inside_events, inside_others)


def covariance(first: Auc, second: Auc) -> float:
    """Return the covariance of two areas estimated on the same cases in the same order."""
    return sum(
        float((a - a.mean()) @ (b - b.mean())) / (len(a) - 1) / len(a) if len(a) > 1 else np.nan
        for a, b in (
            (first.placements_events, second.placements_events),
            (first.placements_others, second.placements_others),
        )
    )


def paired_test(first: Auc, second: Auc) -> tuple[float, float]:
    """Return z and the two-sided p-value that two scores rank the same cases equally well."""
    spread = first.variance + second.variance - 2 * covariance(first, second)
    z = float((first.value - second.value) / np.sqrt(spread))
    return z, float(2 * special.ndtr(-abs(z)))


def ks(scores: Vector, events: Vector) -> float:
    """Return the Kolmogorov-Smirnov distance between the scores of events and of the others."""
    above, below = _split(scores, events)
    at = np.concatenate([above, below])
    ends = [np.searchsorted(np.sort(part), at, "right") / len(part) for part in (above, below)]
    return float(np.abs(ends[0] - ends[1]).max())


def _split(scores: Vector, events: Vector) -> tuple[Vector, Vector]:
    score, happened = vector(scores, "scores"), vector(events, "events", length=len(scores)) > 0
    above, below = score[happened], score[~happened]
    if not len(above) or not len(below):
        raise DataError(
            f"both outcomes are needed; there are {len(above)} events "
            f"and {len(below)} cases without one"
        )
    return above, below
