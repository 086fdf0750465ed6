"""Proportional odds for ordered survey answers, with weights that count and errors of the design.

McCullagh (1980), Journal of the Royal Statistical Society B 42:109–142; the sandwich as in
`stats.regression`.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.design import Design
from workbench.stats.regression import Fit, fit, inverse, rows

STEPS, TOLERANCE, HALVINGS = 60, 1e-12, 40
SEPARATED = 1e-6
"""Log likelihood per answer, below zero, at which the columns are taken to separate the answers."""


def ordinal(design: Design, y: ArrayLike, x: ArrayLike, *, domain: ArrayLike | None = None) -> Fit:
    """Fit proportional odds of an ordered answer `y` (n,) on the columns of `x` (n, p).

    No constant among the columns: the thresholds between the K levels that occur take its place and
    follow the p slopes. A positive slope means higher answers (McCullagh 1980, JRSS B 42:109–142).
    """
    answers, columns, weights = rows(design, y, x, domain)
    used = weights > 0
    levels, codes = np.unique(answers[used], return_inverse=True)
    if len(levels) < 2:
        raise DataError(f"an ordinal regression needs two levels; there is {levels.tolist()}")
    model = _Ordinal(columns[used], codes.astype(np.intp), weights[used], len(levels) - 1)
    thresholds, slopes = model.solved()
    scores, bread = model.scores(thresholds, slopes), model.bread(thresholds, slopes)
    influence = np.zeros((len(answers), len(bread)))
    influence[used] = scores @ bread
    back = model.uncentred()
    order = np.r_[len(thresholds) : len(bread), : len(thresholds)]
    found = (back @ np.r_[thresholds, slopes])[order]
    return fit(design, found, (influence @ back.T)[:, order], weights)


class _Ordinal:
    """The likelihood of a proportional odds model, on columns centred for a stable start."""

    def __init__(self, columns: Vector, codes: Codes, weights: Vector, thresholds: int) -> None:
        self.mean = weights @ columns / weights.sum()
        self.x, self.codes, self.w, self.cuts = columns - self.mean, codes, weights, thresholds

    def uncentred(self) -> Vector:
        """Return the matrix that takes centred thresholds and slopes to those of the columns."""
        size = self.cuts + self.x.shape[1]
        back = np.eye(size)
        back[: self.cuts, self.cuts :] = self.mean
        return back

    def solved(self) -> tuple[Vector, Vector]:
        """Return thresholds (K-1,) and slopes (p,) by Newton's method with halved steps."""
        below = np.cumsum(np.bincount(self.codes, self.w, minlength=self.cuts + 1))[:-1]
        place = np.r_[special.logit(below / self.w.sum()), np.zeros(self.x.shape[1])]
        for _ in range(STEPS):
            scores = self.scores(place[: self.cuts], place[self.cuts :])
            gradient = self.w @ scores
            if self._likelihood(place) > -SEPARATED * self.w.sum():
                break
            step = self.bread(place[: self.cuts], place[self.cuts :]) @ gradient
            if gradient @ step < TOLERANCE:
                return place[: self.cuts], place[self.cuts :]
            place = self._climbed(place, step)
        raise DataError("the ordinal regression does not converge: columns separate the answers")

    def _climbed(self, place: Vector, step: Vector) -> Vector:
        start, share = self._likelihood(place), 1.0
        for _ in range(HALVINGS):
            there = place + share * step
            ordered = (np.diff(there[: self.cuts]) > 0).all()
            if ordered and self._likelihood(there) >= start - 1e-9 * abs(start):
                return np.asarray(there)
            share /= 2
        return place

    def _likelihood(self, place: Vector) -> float:
        return float(self.w @ np.log(self._chances(place[: self.cuts], place[self.cuts :])[2]))

    def _chances(self, thresholds: Vector, slopes: Vector) -> tuple[Vector, Vector, Vector]:
        """Return (n,) the chance to answer at most this level, at most the one below, and this."""
        ends = np.r_[-np.inf, thresholds, np.inf]
        predictor = self.x @ slopes
        upper = special.expit(ends[self.codes + 1] - predictor)
        lower = special.expit(ends[self.codes] - predictor)
        return upper, lower, np.maximum(upper - lower, np.finfo(float).tiny)

    def scores(self, thresholds: Vector, slopes: Vector) -> Vector:
        """Return (n, K-1+p) derivatives of each row's log likelihood."""
        upper, lower, chance = self._chances(thresholds, slopes)
        above, below = upper * (1 - upper) / chance, lower * (1 - lower) / chance
        found = np.zeros((len(self.w), self.cuts + self.x.shape[1]))
        each = np.arange(len(self.w))
        first, last = self.codes > 0, self.codes < self.cuts
        found[each[last], self.codes[last]] += above[last]
        found[each[first], self.codes[first] - 1] -= below[first]
        found[:, self.cuts :] = self.x * (below - above)[:, None]
        return found

    def bread(self, thresholds: Vector, slopes: Vector) -> Vector:
        """Return the inverse of the negative second derivative of the weighted likelihood."""
        upper, lower, chance = self._chances(thresholds, slopes)
        above, below = upper * (1 - upper) / chance, lower * (1 - lower) / chance
        curve_above = above * (1 - 2 * upper) - above**2
        curve_below = -below * (1 - 2 * lower) - below**2
        mixed = above * below
        hessian = np.zeros((self.cuts + self.x.shape[1],) * 2)
        cut = np.arange(self.cuts)
        hessian[cut, cut] = self._level_sums(curve_above)[:-1] + self._level_sums(curve_below)[1:]
        beside = self._level_sums(mixed)[1:-1]
        hessian[cut[:-1], cut[1:]], hessian[cut[1:], cut[:-1]] = beside, beside
        for at, column in enumerate(self.x.T, start=self.cuts):
            with_cuts = self._level_sums((curve_above + mixed) * column)[:-1]
            with_cuts = with_cuts + self._level_sums((curve_below + mixed) * column)[1:]
            hessian[: self.cuts, at] = hessian[at, : self.cuts] = -with_cuts
        weight = self.w * (curve_above + curve_below + 2 * mixed)
        hessian[self.cuts :, self.cuts :] = (self.x * weight[:, None]).T @ self.x
        return inverse(-hessian)

    def _level_sums(self, values: Vector) -> Vector:
        return np.asarray(np.bincount(self.codes, self.w * values, minlength=self.cuts + 1), float)
