"""Tiers of individual customers: up at once, down only after months below the bound."""

from datetime import date

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from workbench.errors import DataError
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import UNKNOWN, Statuses


class Tier(Rule):
    """One tier: its lower bound in yuan, and months in a row below it until a customer falls."""

    code: str
    title_zh: str
    title_en: str
    aum_from: float = Field(ge=0)
    months_below: int = Field(ge=1)


class Tiers(Pack):
    """The rule pack `retail-tiers`, lowest tier first."""

    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> "Tiers":
        bounds = [tier.aum_from for tier in self.tiers]
        if bounds[0] != 0 or sorted(set(bounds)) != bounds:
            raise ValueError(f"bounds aum_from must begin with 0 and rise; they are {bounds}")
        return self


def rules(day: date) -> Tiers:
    """Return the pack in force on `day`."""
    return in_force(Tiers, "retail-tiers", day)


def tiers(aum: ArrayLike, rules: Tiers) -> Statuses:
    """Return the place of each customer's tier by month, shape (customers, months).

    0 is the lowest tier; `UNKNOWN` before the first known value.

    Parameters
    ----------
    aum : array_like, shape (customers, months)
        Monthly average of assets under management in yuan, months in order without gaps; NaN where
        unknown: the tier then stays and the months below are not counted on.

    Notes
    -----
    A customer rises in the month in which the average reaches a higher bound, and falls, to the
    tier of that month's average, in the last of `months_below` consecutive months below the bound
    of the tier held.
    """
    values = np.asarray(aum, dtype=np.float64)
    if values.ndim != 2:
        raise DataError(f"AUM must be a table of customers by months, not of shape {values.shape}")
    bounds = [tier.aum_from for tier in rules.tiers]
    # UNKNOWN, -1, reads the last place; there nothing can be below, so its patience is never asked.
    patience = np.array([tier.months_below for tier in rules.tiers])
    found = np.full(values.shape, UNKNOWN, dtype=np.int8)
    held = np.full(len(values), UNKNOWN, dtype=np.int8)
    below = np.zeros(len(values), dtype=np.int64)
    for month in range(values.shape[1]):
        known = ~np.isnan(values[:, month])
        reached = np.searchsorted(bounds[1:], values[:, month], side="right").astype(np.int8)
        below = np.where(known, np.where(reached < held, below + 1, 0), below)
        moves = known & ((reached >= held) | (below >= patience[held]))
        below[moves] = 0
        held = np.where(moves, reached, held)
        found[:, month] = held
    return found
