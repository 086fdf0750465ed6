"""How far customers have drifted from those the segments were found in, and when to find anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.segmentation import Living, Segmentation
from workbench.stats import segment_card, segmentation, woe
from workbench.stats.segmentation import Columns, Learned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MIX, DOUBT = "segment_mix", "certainty"


@dataclass(frozen=True, eq=False, repr=False)
class SegmentDrift(Result):
    """Stability of what forms segments, of their sizes and of their certainty, by group.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `measure` (a column of the card, or `segment_mix`), `headcount` now, `index`
        (population stability index against the month the segments were found in), `chance` (what
        chance alone exceeds once in twenty times), `certain` (share placed with probability 0.8 or
        more), `drift_state` (`stable`, `watch`, `refit`).
    facts : mapping
        `columns`, `watched`, `refit` (groups whose segments have to be found anew), `largest`
        index if there is any.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("measure", "code", values="segment_measure"),
        Column("headcount", "count"),
        Column("index", "number"),
        Column("chance", "number"),
        Column("certain", "share"),
        Column("drift_state", "code", values="drift_state", judged=True),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say whether segments have to be found anew, and what drifted most."""
        if "largest" not in self.facts:
            return Finding("segments.drift.none")
        row = self.table.iloc[0]
        words = {
            "measure": Word(str(row["measure"]), "segment_measure"),
            "group": Word(str(row["cell_group"]), "segment_group"),
        }
        key = "refit" if self.facts["refit"].value else "held"
        quoted = ("compared", "watched", "refit", "largest")
        return Finding(f"segments.drift.{key}", quoted, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the stability indices on `ax`, those that ask for new segments in colour."""
        labels = [
            f"{schema.value('segment_group', group)} · {schema.value('segment_measure', measure)}"
            for group, measure in zip(self.table["cell_group"], self.table["measure"], strict=True)
        ]
        drawn = pd.DataFrame(
            {
                "label": labels,
                "value": self.table["index"],
                "strong": self.table["drift_state"] == "refit",
            }
        )
        label = text.say("segments.drift.axis")
        return ranked.draw(drawn, rows="label", unit="number", label=label, ax=ax)


def segment_drift(
    found: Sequence[Learned],
    now: pd.DataFrame,
    placed: pd.DataFrame,
    rules: Segmentation,
) -> SegmentDrift:
    """Compare the customers of now with those on the cards.

    Parameters
    ----------
    found : sequence of Learned
        The frozen segmentations.
    now : DataFrame
        Customers of the later month, with what forms segments.
    placed : DataFrame
        `cell_group` of the same rows.
    rules : Segmentation
        Indices from which a column is watched, and from which segments are found anew.
    """
    columns, living = Columns(*rules.formed_of()), rules.living
    groups, rows = placed["cell_group"].to_numpy(dtype=object), []
    for each in found:
        inside = np.flatnonzero(groups == each.group)
        if each.card is None or not len(inside):
            continue
        own = segmentation.rows(now.iloc[inside], columns)
        scores = segment_card.scored(each.card, own.numbers, own.codes)
        certain = float((scores.posterior.max(axis=1) >= segmentation.SURE).mean())
        before = np.array(each.card.shares) * each.card.rows
        sizes = np.bincount(scores.labels, minlength=len(before)).astype(np.float64)
        parts = [*segment_card.drifted(each.card, own.numbers, own.codes), (MIX, before, sizes)]
        for name, then, since in parts:
            index = woe.stability(then, since)
            used = int(((then + since) > 0).sum())
            limit = woe.stability_limit(used, then.sum(), since.sum()) if used > 1 else np.nan
            doubtful = name == MIX and certain < living.certain
            state = _state(index, limit, living) if not doubtful else "refit"
            rows.append((each.group, name, len(inside), index, limit, certain, state))
    names = [column.name for column in SegmentDrift.columns]
    table = pd.DataFrame(rows, columns=names).sort_values(
        "index", ascending=False, ignore_index=True, kind="stable"
    )
    asked = table.loc[table["drift_state"] == "refit", "cell_group"].nunique()
    facts = {
        "compared": Fact(len(table), "count"),
        "watched": Fact(int((table["drift_state"] == "watch").sum()), "count"),
        "refit": Fact(int(asked), "count"),
    }
    if len(table):
        row = table.iloc[0]
        facts["largest"] = Fact(float(row["index"]), "number", n=int(row["headcount"]))
    return SegmentDrift("segments.drift", table, facts)


def _state(index: float, limit: float, rules: Living) -> str:
    if not index > limit or index < rules.watch:
        return "stable"
    return "refit" if index >= rules.refit else "watch"
