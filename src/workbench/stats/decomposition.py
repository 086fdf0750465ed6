"""How the change of a ratio of sums splits into entry, exit, mix and rate, without a remainder.

Arithmetic, not cause: another convention would split the same change differently.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.arrays import Vector, vector


@dataclass(frozen=True)
class RatioChange:
    """Contributions of groups to the change of a ratio; together they are the change.

    Attributes
    ----------
    before, after : float
        The ratio of all cases, then and now.
    entry, leaving, mix, rate : array
        Contribution of each group: of cases that came, of cases that went, of the shares of the
        groups among cases that stayed, and of the ratios inside the groups.
    """

    before: float
    after: float
    entry: Vector
    leaving: Vector
    mix: Vector
    rate: Vector

    @property
    def change(self) -> float:
        """Return the change of the ratio."""
        return self.after - self.before


@dataclass(frozen=True)
class Sums:
    """Numerators and denominators of groups: of cases that stayed, and of those that did not.

    Attributes
    ----------
    stayed_before, stayed_after, left, entered : pair of arrays
        (numerator, denominator) per group: cases that are there at both times, as they were and as
        they are; cases that are there only before; cases that are there only now.
    """

    stayed_before: tuple[ArrayLike, ArrayLike]
    stayed_after: tuple[ArrayLike, ArrayLike]
    left: tuple[ArrayLike, ArrayLike]
    entered: tuple[ArrayLike, ArrayLike]


def ratio_change(sums: Sums) -> RatioChange:
    """Split the change of a ratio.

    Entry and exit compare the cases that came, or went, with those that stayed at the same time
    (Melitz and Polanec 2015, RAND Journal of Economics 46: 362-375). Among cases that stayed, rate
    and mix weigh with the mean of both times (Bennet 1920, Journal of the Royal Statistical Society
    83: 455-462), and mix is taken against the mean ratio: a group counts when its share grew and
    its ratio is above average.
    """
    groups = len(np.asarray(sums.stayed_before[0]))
    one, one_all = _pair(sums.stayed_before, groups)
    two, two_all = _pair(sums.stayed_after, groups)
    left, left_all = _pair(sums.left, groups)
    came, came_all = _pair(sums.entered, groups)
    staying_1, staying_2 = _over(one.sum(), one_all.sum()), _over(two.sum(), two_all.sum())
    all_1, all_2 = one_all.sum() + left_all.sum(), two_all.sum() + came_all.sum()
    weight_1, weight_2 = _over(one_all, one_all.sum()), _over(two_all, two_all.sum())
    ratio_1, ratio_2 = _over(one, one_all), _over(two, two_all)
    # A group that is empty at one of both times has no ratio of its own then: no change of it.
    ratio_1, ratio_2 = (
        np.where(one_all == 0, ratio_2, ratio_1),
        np.where(two_all == 0, ratio_1, ratio_2),
    )
    middle = (staying_1 + staying_2) / 2
    return RatioChange(
        before=float(_over(one.sum() + left.sum(), all_1)),
        after=float(_over(two.sum() + came.sum(), all_2)),
        entry=_over(came - staying_2 * came_all, all_2),
        leaving=-_over(left - staying_1 * left_all, all_1),
        mix=(weight_2 - weight_1) * ((ratio_1 + ratio_2) / 2 - middle),
        rate=(weight_1 + weight_2) / 2 * (ratio_2 - ratio_1),
    )


def _pair(sums: tuple[ArrayLike, ArrayLike], groups: int) -> tuple[Vector, Vector]:
    part, whole = sums
    return (
        vector(part, "the numerators", length=groups),
        vector(whole, "the denominators", length=groups),
    )


def _over(part: ArrayLike, whole: ArrayLike) -> Vector:
    """Return part / whole, and zero where there is nothing."""
    above, below = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    shape = np.broadcast_shapes(above.shape, below.shape)
    quotient: Vector = np.zeros(shape)
    np.divide(above, below, out=quotient, where=np.broadcast_to(below != 0, shape))
    return quotient
