"""What to see to first: the sides of the service that are most surely important and weak."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word

MOST = 3
"""Priorities a page has room for."""
LEAST = 0.05
"""Share of the bootstrap samples below which a side is no priority: one in twenty is chance."""
PLACES = ("first", "second", "third")


@dataclass(frozen=True, eq=False, repr=False)
class Priorities(Result):
    """The sides of the service to see to first, the surest first.

    Attributes
    ----------
    table : DataFrame
        One row per priority: `place`, `construct`, `improve_share` (share of bootstrap samples in
        which it is important and weak), `standing` (`likely` in more than half, else `unsure`),
        `importance` and `performance` with `_low` and `_high`, `answers`. A side that is both in
        fewer than one sample in twenty is no priority.
    facts : mapping
        `priorities`, `likely` (how many come first in most samples), and `first`, `second`,
        `third`: their shares.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place", "count"),
        Column("construct", "code", values="construct"),
        Column("improve_share", "share"),
        Column("standing", "code", values="priority_standing", judged=True),
        Column("performance", "score", interval=("performance_low", "performance_high")),
        Column("importance", "share", interval=("importance_low", "importance_high")),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Name the priorities, and say whether any is sure enough to act on."""
        if self.table.empty:
            return Finding(f"{self.name}.none")
        constructs = self.table["construct"].astype(str)
        places = PLACES[: len(self.table)]
        words = {
            f"{place}_name": Word(code, "construct")
            for place, code in zip(places, constructs, strict=True)
        }
        kind = "likely" if self.facts["likely"].value else "unsure"
        how = ("", "_two", "_three")[len(places) - 1]
        return Finding(f"{self.name}.{kind}{how}", (*places, *self._counted(kind)), words)

    @staticmethod
    def _counted(kind: str) -> tuple[str, ...]:
        return ("likely",) if kind == "likely" else ()


def priorities(drivers: pd.DataFrame, *, most: int = MOST) -> Priorities:
    """Rank the sides of the service by how often they are important and weak.

    Parameters
    ----------
    drivers : DataFrame
        The table of `satisfaction_drivers.key_drivers`; empty where answers were too few.
    most : int
        Priorities to name, up to three.
    """
    if drivers.empty:
        nothing = pd.DataFrame(columns=[column.name for column in Priorities.columns])
        none = {name: Fact(0, "count") for name in ("priorities", "likely")}
        return Priorities("survey.priorities", nothing, none)
    check.columns(drivers, "construct", "improve_share", "importance", "performance", "answers")
    table = drivers[drivers["improve_share"].astype(float) >= LEAST]
    table = table.sort_values(
        ["improve_share", "importance"], ascending=False, kind="stable", ignore_index=True
    ).head(most)
    likely = table["improve_share"].astype(float) > 1 / 2
    table = table.assign(
        place=np.arange(1, len(table) + 1), standing=np.where(likely, "likely", "unsure")
    )
    facts = {
        "priorities": Fact(len(table), "count"),
        "likely": Fact(int(likely.sum()), "count"),
    }
    for place, (_, row) in zip(PLACES, table.iterrows(), strict=False):
        facts[place] = Fact(float(row["improve_share"]), "share", n=int(row["answers"]))
    return Priorities("survey.priorities", table, facts)
