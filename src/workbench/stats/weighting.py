"""From selection to final weights: who did not answer, weights that are too large, what it costs.

Non-response is taken into account by adjustment cells or by the estimated propensity to answer
(Little 1986, International Statistical Review 54:139–157); large weights are cut and what is cut
off is given to the others, so that the population is kept (Potter 1990).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import DataError, ParameterError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.logit import estimate, probabilities

Mask = NDArray[np.bool_]
ROUNDS = 100


@dataclass(frozen=True, eq=False, repr=False)
class Precision:
    """What unequal weights leave of a sample (Kish 1965, section 11.7).

    Attributes
    ----------
    n : int
        Answers with a weight.
    effective : float
        Answers of equal weight that would be as precise, (Σw)² / Σw².
    smallest, largest : float
        Extreme weights over the mean weight.
    """

    n: int
    effective: float
    smallest: float
    largest: float

    @property
    def deff(self) -> float:
        """Kish's design effect of weighting, n over effective."""
        return self.n / self.effective


def precision(weights: Vector) -> Precision:
    """Return what `weights` (n,) cost in precision."""
    used = weights[weights > 0]
    mean = used.mean()
    effective = float(used.sum() ** 2 / (used @ used))
    return Precision(len(used), effective, float(used.min() / mean), float(used.max() / mean))


def trimmed(weights: Vector, *, low: float = 0.0, high: float = np.inf) -> Vector:
    """Return `weights` (n,) cut to [low, high], their sum kept.

    What is cut off is given to all others in equal amounts, again and again until nobody is
    outside (`trimWeights(strict = TRUE)` of R survey).

    Raises
    ------
    ParameterError
        The bounds leave no room for the sum of the weights.
    """
    total = float(weights.sum())
    if not low * len(weights) <= total <= high * len(weights) or not low <= high:
        raise ParameterError(
            f"weights between {low:g} and {high:g} cannot add up to {total:g} in {len(weights)} "
            f"rows; the mean weight is {total / len(weights):g}"
        )
    cut = np.clip(weights, low, high)
    fixed = cut != weights
    for _ in range(ROUNDS):
        left = total - float(cut.sum())
        if abs(left) <= 1e-12 * total:
            return cut
        open_ = ~fixed if (~fixed).any() else (cut < high if left > 0 else cut > low)
        moved = np.clip(cut + np.where(open_, left / open_.sum(), 0.0), low, high)
        fixed |= open_ & ((moved == low) | (moved == high))
        cut = moved
    raise ParameterError(f"weights could not be trimmed to [{low:g}, {high:g}]; widen the bounds")


def answered_in_cells(base: Vector, answered: Mask, cells: Codes) -> Vector:
    """Return weights (n,) in which those who answered stand for all of their cell; 0 for others.

    Raises
    ------
    DataError
        Nobody answered in a cell.
    """
    size = int(cells.max()) + 1
    invited = np.bincount(cells, base, minlength=size)
    there = np.bincount(cells, base * answered, minlength=size)
    if empty := np.flatnonzero((invited > 0) & (there == 0)).tolist():
        raise DataError(f"nobody answered in cells {empty}; merge them with others")
    factor = np.divide(invited, there, out=np.zeros(size), where=there > 0)
    return np.asarray(base * answered * factor[cells])


def answered_by_propensity(
    base: Vector,
    answered: Mask,
    features: ArrayLike,
    *,
    kinds: Codes | None = None,
    classes: int = 5,
) -> tuple[Vector, Vector]:
    """Return weights (n,) adjusted for the propensity to answer, and the propensities (n,).

    A logit on `features` (n, p) of everybody invited gives the propensity; classes of it, of equal
    size, are the adjustment cells, so that one badly estimated propensity cannot make one weight
    huge. Classes in which nobody answered are merged with the next. With `kinds` (n,) people are
    of few kinds, and `features` (kinds, p) are those of each kind.

    Raises
    ------
    DataError
        Everybody or nobody answered, or the features separate them.
    """
    columns = np.asarray(features, dtype=np.float64)
    if answered.all() or not answered.any():
        raise DataError("a propensity needs people who answered and people who did not")
    of = np.arange(len(answered)) if kinds is None else kinds
    trials = np.bincount(of, minlength=len(columns)).astype(np.float64)
    events: Vector = np.asarray(np.bincount(of, answered, len(columns)), dtype=np.float64)
    beta, _ = estimate(columns, events, trials=trials)
    chance = probabilities(beta, columns)[of]
    edges = np.unique(np.quantile(chance, np.linspace(0, 1, classes + 1)[1:-1]))
    cells = np.searchsorted(edges, chance, side="right")
    there = np.bincount(cells, answered, minlength=len(edges) + 1) > 0
    # Each class without an answer goes to the nearest one above that has some, else below.
    with_answers = np.flatnonzero(there)
    nearest = np.minimum(np.searchsorted(with_answers, cells), len(with_answers) - 1)
    return answered_in_cells(base, answered, nearest.astype(np.intp)), chance
