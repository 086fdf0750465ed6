"""Bins of the score that a person set: which, who answers for them, and why."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from workbench.rules import pack
from workbench.rules.pack import Pack, Rule

NAME = "hand-bins"


class HandBins(Rule):
    """The bins of one variable: cuts of a number, or groups of a category's levels.

    Attributes
    ----------
    variable : str
    cuts : tuple of float
        Lower ends of all bins but the first, rising.
    special : tuple of float
        Values of a number that have bins of their own.
    groups : tuple of tuple of str
        Levels of a category.
    owner : str
        Who answers for it: a code of the list `owner_dept`.
    reason : str
    decided_on : date
    """

    variable: str = Field(min_length=1)
    cuts: tuple[float, ...] = ()
    special: tuple[float, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    decided_on: date

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.cuts) == bool(self.groups):
            raise ValueError(f"{self.variable} needs either cuts or groups")
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError(f"cuts of {self.variable} must rise")
        return self


class HandBinsPack(Pack):
    """The pack `hand-bins`."""

    bins: tuple[HandBins, ...]


def read() -> dict[str, HandBins]:
    """Return the bins set by hand, by variable.

    Raises
    ------
    ParameterError
        The pack lacks something or has a wrong value.
    """
    return {each.variable: each for each in pack.read(HandBinsPack, NAME).bins}
