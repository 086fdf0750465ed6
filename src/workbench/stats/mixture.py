"""How a mean changed between two samples: by who is in it, and by what those alike say.

Kitagawa (1955), Journal of the American Statistical Association 50:1168–1194: with shares sⱼ and
means ȳⱼ of groups j, the change of Σ sⱼȳⱼ is Σ Δsⱼ·(ȳⱼ+ȳⱼ′)/2 (mix) plus Σ Δȳⱼ·(sⱼ+sⱼ′)/2
(within). The two add up exactly; half of their interaction goes to each. Arithmetic, not cause.
Errors are linearised, with the covariance of units that are in both samples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import DataError
from workbench.stats import panel
from workbench.stats.arrays import Codes, Vector
from workbench.stats.design import Design
from workbench.stats.estimate import quantile_t


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """A change of a mean in two parts.

    Attributes
    ----------
    mix, within : float
        What the shares of the groups changed, and what the means inside them did.
    covariance : Vector (2, 2)
        Of mix and within.
    df : int
        Design degrees of freedom.
    """

    mix: float
    within: float
    covariance: Vector
    df: int

    @property
    def total(self) -> float:
        """The change of the mean: mix plus within."""
        return self.mix + self.within

    def interval(self, part: str, confidence: float = 0.95) -> tuple[float, float]:
        """Return the t interval of `mix`, `within` or `total`."""
        taken = np.array({"mix": [1, 0], "within": [0, 1], "total": [1, 1]}[part])
        spread = float(np.sqrt(max(taken @ self.covariance @ taken, 0.0)))
        half, value = quantile_t(confidence, self.df) * spread, getattr(self, part)
        return value - half, value + half


def split(
    now: Design,
    before: Design,
    answers: tuple[ArrayLike, ArrayLike],
    groups: tuple[Codes, Codes],
) -> Split:
    """Split the change of the mean of `answers` (now, before) by `groups` (codes, now and before).

    A missing answer leaves its row out.

    Raises
    ------
    DataError
        A group has answers in only one of the samples; merge groups.
    """
    size = int(max(groups[0].max(), groups[1].max())) + 1
    later = _Parts.of(now, answers[0], groups[0], size)
    earlier = _Parts.of(before, answers[1], groups[1], size)
    for parts, when in ((later, "the later"), (earlier, "the earlier")):
        if empty := np.flatnonzero(parts.share == 0).tolist():
            raise DataError(f"groups {empty} have no answers in {when} sample; merge groups")
    moved, changed = later.share - earlier.share, later.mean - earlier.mean
    mean, share = (later.mean + earlier.mean) / 2, (later.share + earlier.share) / 2
    by_share, by_mean = np.column_stack([mean, changed / 2]), np.column_stack([moved / 2, share])
    # The earlier sample enters mix and within with the opposite sign, but for half the product.
    influence_now = later.influence(by_share, by_mean)
    influence_before = earlier.influence(
        np.column_stack([-mean, changed / 2]), np.column_stack([moved / 2, -share])
    )
    covariance, df = panel.covariance(now, before, influence_now, influence_before)
    return Split(float(moved @ mean), float(changed @ share), covariance, df)


@dataclass(frozen=True, eq=False, repr=False)
class _Parts:
    """Shares (G,) and means (G,) of the groups of one sample, and their influence values (n, G)."""

    share: Vector
    mean: Vector
    of_share: Vector
    of_mean: Vector

    @classmethod
    def of(cls, design: Design, answers: ArrayLike, groups: Codes, size: int) -> "_Parts":
        y = np.asarray(answers, dtype=np.float64)
        counted = ~np.isnan(y)
        filled = np.where(counted, y, 0.0)
        inside = counted[:, None] & (groups[:, None] == np.arange(size))
        weights = design.weights[:, None] * inside
        totals = weights.sum(axis=0)
        whole = float(totals.sum())
        safe = np.where(totals > 0, totals, 1.0)
        mean = (weights * filled[:, None]).sum(axis=0) / safe
        share = totals / whole
        of_share = (inside - share * counted[:, None]) / whole
        of_mean = inside * (filled[:, None] - mean) / safe
        return cls(share, mean, of_share, of_mean)

    def influence(self, by_share: Vector, by_mean: Vector) -> Vector:
        """Return (n, k) influence values of functions with these derivatives (G, k)."""
        return np.asarray(self.of_share @ by_share + self.of_mean @ by_mean)
