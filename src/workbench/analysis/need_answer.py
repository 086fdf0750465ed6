"""The first answer about needs: what is unmet, what stands in the way, and where to grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.result import Column, Fact, Finding, Result, Word

QUOTED = {
    "needs.limits": ("room_share", "unknown_share"),
    "needs.affordability": ("over_today", "over_worst"),
    "needs.declines": ("decline_rate", "top_share"),
    "needs.purpose": ("found_any",),
    "needs.growth": ("market_share",),
}
"""Facts of each result that the answer repeats, in order."""


@dataclass(frozen=True, eq=False, repr=False)
class NeedAnswer(Result):
    """One row per number of the answer, quoted from the results below.

    Attributes
    ----------
    table : DataFrame
        `answer_part` (title of the result), `answer_figure` (which number of it), `value`
        (`value_low` to `value_high` where there is an interval), `value_unit`, `rests_on` (people,
        or applications).
    facts : mapping
        The numbers, by the names they have there; `grow` and `avoid`, how many industries to grow
        in and to avoid.
    reason : str
        The commonest reason for declines; empty without any.
    places : mapping
        Names of the industries to grow in and to avoid in each language: `grow`, `avoid`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    reason: str
    places: Mapping[str, Mapping[str, str]]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("answer_part", "title"),
        Column("answer_figure", "code", values="need_figure"),
        Column("value", "share", interval=("value_low", "value_high"), units="value_unit"),
        Column("rests_on", "count"),
    )
    base: ClassVar[str | None] = "rests_on"
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("room_share", "over_today", "decline_rate")

    def summary(self) -> Finding:
        """Say the answer in one paragraph."""
        words = {f"{name}_places": Word("", said=said) for name, said in self.places.items()}
        if self.reason:
            words["reason"] = Word(self.reason, "decline_reason")
            return Finding("needs.answer.found", tuple(self.facts), words)
        return Finding("needs.answer.no_declines", tuple(self.facts), words)


def need_answer(
    results: Sequence[Result], reason: str, places: Mapping[str, Mapping[str, str]]
) -> NeedAnswer:
    """Gather the answer from the results that stand below it.

    Parameters
    ----------
    results : sequence of Result
        Those named in `QUOTED`, in any order; one that is left out is not quoted.
    reason : str
        The commonest reason for declines.
    places : mapping
        From `GrowthChoice.named`.

    Raises
    ------
    DataError
        None of the results is one of those quoted.
    """
    by_name = {each.name: each for each in results}
    rows: list[dict[str, object]] = []
    facts: dict[str, Fact] = {}
    for name, quoted in QUOTED.items():
        for fact_name in quoted if name in by_name else ():
            fact = by_name[name].facts[fact_name]
            facts[fact_name] = fact
            rows.append(
                {
                    "answer_part": name,
                    "answer_figure": fact_name,
                    **{"value": fact.value, "value_unit": fact.unit},
                    **{"value_low": _end(fact.low), "value_high": _end(fact.high)},
                    "rests_on": fact.n,
                }
            )
    if not rows:
        raise DataError(f"the answer needs results among {', '.join(QUOTED)}; none was given")
    if "needs.growth" in by_name:
        facts |= {name: by_name["needs.growth"].facts[name] for name in ("grow", "avoid")}
    return NeedAnswer("needs.answer", pd.DataFrame(rows), facts, reason, places)


def _end(value: float | None) -> float:
    return np.nan if value is None else value
