"""How an optimum is looked for: many short starts, the best few to the end, steps that leap."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.stats.arrays import Vector

SHORT, FINISHED = 15, 3
"""Iterations of a start before the best few are chosen, and how many those are."""

Parameters = Vector
"""The parameters of a model as one vector without bounds."""


@dataclass(frozen=True)
class Search:
    """How hard it is looked, and with which random numbers.

    Attributes
    ----------
    starts : int
        Random starts.
    seed : int
        Decides them, and nothing else does.
    tolerance : float
        Gain in log likelihood of an iteration, per unit of weight, at which a run ends.
    """

    starts: int = 20
    seed: int = 1
    tolerance: float = 1e-9


Step = Callable[[Parameters], tuple[float, Parameters]]
"""From parameters to their log likelihood and the parameters after one iteration of EM."""


def squarem(step: Step, start: Parameters, most: int, gain: float) -> tuple[float, Parameters]:
    """Iterate `step` with squared extrapolation, which is kept only where the likelihood rises.

    Ends after `most` evaluations, or when an EM step gains no more than `gain`.
    """
    used, before = 0, -np.inf
    score, once = step(start)
    while True:
        used += 2
        second, twice = step(once)
        if used >= most or (second - score <= gain and score - before <= gain):
            break
        before = score
        first_move = once - start
        bend = twice - once - first_move
        length = float(bend @ bend)
        ahead = np.sqrt(float(first_move @ first_move) / length) if length > 1e-28 else 1.0
        ahead = min(max(ahead, 1.0), 256.0)
        jump = start + 2 * ahead * first_move + ahead * ahead * bend
        third, after = step(jump) if ahead > 1.0 else (-np.inf, twice)
        used += 1
        if np.isfinite(third) and third >= second:
            start, score, once = jump, third, after
        else:
            start = twice
            score, once = step(start)
    return second, once
