"""How many answers an estimate, or the finding of a change, needs; and what given answers allow.

The usual formulas for means of large samples, with a design effect and, where a population is
given, its finite correction (Cochran 1977, Sampling Techniques, 4.6–4.8).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import ParameterError


@dataclass(frozen=True)
class Precision:
    """What is asked of an estimate.

    Attributes
    ----------
    deviation : float
        Standard deviation of one answer.
    deff : float
        Design effect: how many times its variance is that of a simple random sample.
    confidence : float
        Coverage of intervals; its complement is the size of tests.
    power : float
        Chance that a test finds the change it is to find.
    """

    deviation: float
    deff: float = 1.0
    confidence: float = 0.95
    power: float = 0.8

    def __post_init__(self) -> None:
        if not (self.deviation >= 0 and self.deff > 0):
            raise ParameterError(
                f"deviation {self.deviation} and design effect {self.deff} must be above zero"
            )
        if not (0 < self.confidence < 1 and 0 < self.power < 1):
            raise ParameterError(
                f"confidence {self.confidence} and power {self.power} must lie between 0 and 1"
            )

    @property
    def _each(self) -> float:
        return self.deff * self.deviation**2

    @property
    def _coverage(self) -> float:
        return float(special.ndtri((1 + self.confidence) / 2))

    @property
    def _reach(self) -> float:
        return self._coverage + float(special.ndtri(self.power))

    def for_margin(self, margin: float, population: float = np.inf) -> float:
        """Return the answers whose interval reaches `margin` to either side."""
        _above_zero(margin, "the margin")
        endless = self._each * (self._coverage / margin) ** 2
        return float(endless / (1 + endless / population))

    def margin(self, answers: float, population: float = np.inf) -> float:
        """Return how far an interval on `answers` reaches to either side."""
        left = max(1 - answers / population, 0.0)
        return float(self._coverage * np.sqrt(self._each * left / answers))

    def for_change(self, change: float, before: float | None = None) -> float:
        """Return the answers that find a true `change` from an independent wave.

        `before` is the number of answers of the wave before; None: as many as now. Infinite where
        the wave before was too small for any number to do.
        """
        _above_zero(change, "the change")
        each = self._each * (self._reach / change) ** 2
        if before is None:
            return float(2 * each)
        return float(each / (1 - each / before)) if before > each else float(np.inf)

    def detectable(self, answers: float, before: float | None = None) -> float:
        """Return the smallest true change that waves of these sizes find."""
        spread = self._each * (1 / answers + 1 / (answers if before is None else before))
        return float(self._reach * np.sqrt(spread))


def _above_zero(value: float, what: str) -> None:
    if not value > 0:
        raise ParameterError(f"{what} must be above zero, not {value}")
