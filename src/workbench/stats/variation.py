"""How much a figure without sampling error usually moves from month to month."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NORMAL = 1.482602218505602
"""Median absolute deviation to standard deviation, for a normal distribution."""


@dataclass(frozen=True)
class Variation:
    """The usual monthly change of a figure.

    Attributes
    ----------
    centre : float
        Median of the monthly changes.
    spread : float
        Their robust standard deviation.
    months : int
        How many changes they are estimated from.
    """

    centre: float
    spread: float
    months: int

    def band(self, width: float) -> tuple[float, float]:
        """Return the changes that are usual: centre less and plus `width` spreads."""
        return self.centre - width * self.spread, self.centre + width * self.spread

    def beyond(self, change: float, width: float) -> bool:
        """Tell whether `change` is outside the band."""
        low, high = self.band(width)
        return not low <= change <= high


def variation(changes: ArrayLike) -> Variation:
    """Return the usual variation of monthly `changes`; missing ones are left out.

    The spread is the median absolute deviation, scaled to the standard deviation of a normal
    distribution (Hampel 1974, JASA 69: 383-393): a few unusual months do not widen it. Where more
    than half of the changes are equal it would be zero; then it is the standard deviation.
    """
    known = np.asarray(changes, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return Variation(float("nan"), float("nan"), 0)
    centre = float(np.median(known))
    spread = NORMAL * float(np.median(np.abs(known - centre)))
    return Variation(centre, spread or float(known.std()), len(known))
