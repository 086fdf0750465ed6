"""The first answer about needs: what is unmet, what stands in the way, and where to grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.result import Column, Fact, Finding, Result, Word

QUOTED = {
    "needs.exclusions": ("offered",),
    "needs.next_products": ("by_need",),
    "needs.stated": ("unmet_share",),
    "needs.declines": ("decline_rate", "top_share"),
    "needs.affordability": ("over_today", "over_worst"),
    "needs.purpose": ("found_any",),
    "needs.limits": ("room_share", "unknown_share"),
    "needs.growth": ("market_share",),
}
"""Facts of each result that the answer repeats, in order."""
TABLED = ("found_any", "unknown_share", "market_share")
"""Facts that stand in the table alone: the sentence says what somebody acts on."""

NOBODY = Fact(0, "count", n=0)
"""Customers with a need stated, where nothing is proposed to anybody."""


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
    key: ClassVar[tuple[str, ...]] = ("by_need", "unmet_share", "over_today")

    def summary(self) -> Finding:
        """Say the answer in one paragraph."""
        words = {f"{name}_places": Word("", said=said) for name, said in self.places.items()}
        quoted = tuple(name for name in self.facts if name not in TABLED)
        if self.reason:
            words["reason"] = Word(self.reason, "decline_reason")
            return Finding("needs.answer.found", quoted, words)
        return Finding("needs.answer.no_declines", quoted, words)


def need_answer(
    results: Sequence[Result], reason: str, places: Mapping[str, Mapping[str, str]]
) -> NeedAnswer:
    """Gather the answer from the results that stand below it.

    Parameters
    ----------
    results : sequence of Result
        Those named in `QUOTED`, in any order.
    reason : str
        The commonest reason for declines.
    places : mapping
        From `GrowthChoice.named`.

    Raises
    ------
    DataError
        One of those quoted is not among the results.
    """
    by_name = {each.name: each for each in results}
    missing = [name for name in QUOTED if name not in by_name]
    if missing:
        raise DataError(f"the answer quotes {', '.join(missing)}; hand it that result as well")
    rows: list[dict[str, object]] = []
    facts: dict[str, Fact] = {}
    for name, quoted in QUOTED.items():
        for fact_name in quoted:
            fact = by_name[name].facts.get(fact_name, NOBODY)
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
    facts |= {name: by_name["needs.growth"].facts[name] for name in ("grow", "avoid")}
    return NeedAnswer("needs.answer", pd.DataFrame(rows), facts, reason, places)


def _end(value: float | None) -> float:
    return np.nan if value is None else value
