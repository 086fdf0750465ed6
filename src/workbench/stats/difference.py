"""The difference of two independent estimates of which only value and interval are known."""

from dataclasses import dataclass
from math import hypot


@dataclass(frozen=True)
class Difference:
    """A difference with its interval, of the coverage the two intervals have."""

    value: float
    low: float
    high: float

    @property
    def beyond(self) -> bool:
        """Tell whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def difference(now: tuple[float, float, float], before: tuple[float, float, float]) -> Difference:
    """Return `now` less `before`, each a (value, low, high) with intervals of the same coverage.

    The variance of each side is recovered from the nearer limit of its interval, so intervals need
    not be symmetric: MOVER, Zou and Donner (2008), Statistics in Medicine 27: 1693-1702. The two
    must be independent; where they share cases the interval is too wide rather than too narrow, as
    long as the cases resemble themselves.

    >>> difference((0.5, 0.4, 0.6), (0.2, 0.1, 0.3)).beyond
    True
    """
    (value, low, high), (value_0, low_0, high_0) = now, before
    change = value - value_0
    return Difference(
        change,
        change - hypot(value - low, high_0 - value_0),
        change + hypot(high - value, value_0 - low_0),
    )
