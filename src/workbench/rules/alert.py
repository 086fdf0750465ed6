"""Thresholds of facts: at which level a value stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

from workbench.errors import ParameterError

Level = Literal["green", "yellow", "red"]
DIRECTIONS = ("above", "below")


@dataclass(frozen=True)
class Threshold:
    """From where on a fact is watched.

    Attributes
    ----------
    fact : str
        `<result>.<fact>`.
    yellow, red : float
        Limits in the fact's unit; a value at the limit has not passed it.
    direction : str
        `above` when large values are bad, `below` when small ones are.
    """

    fact: str
    yellow: float
    red: float
    direction: str = "above"

    def level(self, value: float | None) -> Level | None:
        """Return the level of `value`; None when there is none."""
        if value is None or isnan(value):
            return None
        sign = 1 if self.direction == "above" else -1
        if sign * value > sign * self.red:
            return "red"
        return "yellow" if sign * value > sign * self.yellow else "green"


def threshold(values: Mapping[str, Any]) -> Threshold:
    """Return the threshold that `values` of a pack describe.

    Raises
    ------
    ParameterError
        The direction is unknown, or red lies before yellow.
    """
    found = Threshold(
        fact=str(values["fact"]),
        yellow=float(values["yellow"]),
        red=float(values["red"]),
        direction=str(values.get("direction", "above")),
    )
    if found.direction not in DIRECTIONS:
        raise ParameterError(
            f"threshold of {found.fact}: direction is {found.direction!r}; write above or below"
        )
    if (found.red - found.yellow) * (1 if found.direction == "above" else -1) < 0:
        raise ParameterError(
            f"threshold of {found.fact}: red {found.red} comes before yellow {found.yellow}"
        )
    return found
