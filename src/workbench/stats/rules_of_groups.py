"""What sets each group apart, as a rule short enough to remember, and how far it holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.arrays import Codes, Vector


@dataclass(frozen=True)
class Condition:
    """One side of a cut: column `at` lies above (`above`) or at or below `cut`."""

    at: int
    above: bool
    cut: float


@dataclass(frozen=True)
class GroupRule:
    """The shortest good rule of one group.

    Attributes
    ----------
    conditions : tuple of Condition
    precision : float
        Share of the rows that meet the rule and belong to the group.
    coverage : float
        Share of the rows of the group that meet the rule.
    """

    conditions: tuple[Condition, ...]
    precision: float
    coverage: float

    @property
    def fidelity(self) -> float:
        """Return the F1 score of the rule: the harmonic mean of precision and coverage."""
        both = self.precision + self.coverage
        return 2 * self.precision * self.coverage / both if both else 0.0


def group_rules(x: Vector, labels: Codes, *, depth: int = 2, cuts: int = 16) -> list[GroupRule]:
    """Return for each group the rule of at most `depth` conditions that tells it best (F1).

    Cuts are tried at quantiles of each column of `x`, shape (n, d), and halfway between the means
    of the groups; conditions are added one by one while that raises the F1 score by 0.01.
    """
    k = int(labels.max()) + 1
    filled = np.where(np.isfinite(x), x, np.nanmean(x, axis=0))
    options = [
        (Condition(at, above, float(cut)), (column > cut) == above)
        for at, column in enumerate(filled.T)
        for cut in _cuts(column, labels, k, cuts)
        for above in (True, False)
    ]
    return [_best(options, labels == group, depth) for group in range(k)]


def _cuts(column: Vector, labels: Codes, k: int, cuts: int) -> Vector:
    means = np.sort([column[labels == group].mean() for group in range(k)])
    halves = (means[1:] + means[:-1]) / 2
    return np.unique(np.concatenate([np.quantile(column, np.arange(1, cuts) / cuts), halves]))


def _best(
    options: list[tuple[Condition, NDArray[np.bool_]]], own: NDArray[np.bool_], depth: int
) -> GroupRule:
    held, rule = np.ones(len(own), dtype=bool), GroupRule((), float(own.mean()), 1.0)
    for _ in range(depth):
        found = [_rule(rule, condition, held & met, own) for condition, met in options]
        best = int(np.argmax([each.fidelity for each in found]))
        if found[best].fidelity < rule.fidelity + 0.01:
            break
        rule, held = found[best], held & options[best][1]
    return rule


def _rule(
    before: GroupRule, condition: Condition, met: NDArray[np.bool_], own: NDArray[np.bool_]
) -> GroupRule:
    both = float((met & own).sum())
    return GroupRule(
        (*before.conditions, condition),
        both / max(float(met.sum()), 1.0),
        both / max(float(own.sum()), 1.0),
    )
