"""The frozen segmentations: what they hold, and that they score alike after being read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.data.segment_store import Frozen
from workbench.errors import GateError
from workbench.result import Column, Fact, Finding, Result
from workbench.stats import segment_card
from workbench.stats.segment_card import Card
from workbench.stats.segmentation import Learned

MADE, AGAIN, OTHERWISE = "made", "again", "otherwise"
PARITY = 1e-12
"""Largest difference of a probability between a card and the card read back."""


@dataclass(frozen=True, eq=False, repr=False)
class SegmentCards(Result):
    """The cards, one for each group of cells with segments.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `learned_on`, `headcount`, `k`, `card_columns` (that form segments),
        `card_hash` (SHA-256, its first 16 digits), `card_state` (made in this run; frozen, and
        found again; frozen, and no longer found so).
    facts : mapping
        `cards`, `frozen` and `found_again` (of the frozen ones), and `parity` (the largest
        difference of a probability after reading back) where there are any.
    texts : mapping
        Group → the card as JSON.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    texts: Mapping[str, str]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("learned_on", "date"),
        Column("headcount", "count"),
        Column("k", "count"),
        Column("card_columns", "count"),
        Column("card_hash"),
        Column("card_state", "code", values="card_state"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many cards there are."""
        if not len(self.table):
            return Finding("segments.cards.none", ("cards",))
        if self.facts["frozen"].value:
            return Finding("segments.cards.frozen", ("cards", "frozen", "found_again"))
        return Finding("segments.cards.found", ("cards",))


def segment_cards(
    found: Sequence[Learned], anew: Sequence[Learned] = (), frozen: Frozen | None = None
) -> SegmentCards:
    """Write each card, read it back, and compare what both say of the customers.

    Parameters
    ----------
    found : sequence of Learned
        With the cards customers are placed by.
    anew : sequence of Learned
        What a search of the same month found now.
    frozen : Frozen, optional
        What was frozen in the bank.

    Raises
    ------
    GateError
        A card that was read back scores otherwise.
    """
    rows, texts, worst = [], {}, 0.0
    now = {each.group: each.card for each in anew}
    for each in found:
        if each.card is None:
            continue
        card = each.card
        written = card.write()
        again = segment_card.read(written)
        before = segment_card.scored(card, each.rows.numbers, each.rows.codes).posterior
        after = segment_card.scored(again, each.rows.numbers, each.rows.codes).posterior
        apart = float(np.abs(before - after).max())
        if apart > PARITY:
            raise GateError(f"the card of {each.group} scores otherwise once read back: {apart:g}")
        worst, texts[each.group] = max(worst, apart), written
        rows.append(
            {
                "cell_group": each.group,
                "learned_on": pd.Timestamp(date.fromisoformat(card.learned_on)),
                "headcount": card.rows,
                "k": len(card.segments),
                "card_columns": len(card.numbers) + len(card.categories),
                "card_hash": card.hash[:16],
                "card_state": _state(card, now.get(each.group), frozen),
            }
        )
    table = pd.DataFrame(rows, columns=[column.name for column in SegmentCards.columns])
    kept, equal = (table["card_state"] != MADE).sum(), (table["card_state"] == AGAIN).sum()
    facts = {"cards": Fact(len(table), "count"), "frozen": Fact(int(kept), "count")}
    facts["found_again"] = Fact(int(equal), "count")
    if rows:
        facts["parity"] = Fact(worst, "statistic")
    return SegmentCards("segments.cards", table, facts, texts)


def _state(card: Card, now: Card | None, frozen: Frozen | None) -> str:
    if frozen is None:
        return MADE
    return AGAIN if now is not None and now.hash == card.hash else OTHERWISE
