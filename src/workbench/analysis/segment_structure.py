"""How many segments there are in each group of cells, and whether they are real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import schema, text
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result
from workbench.stats.segmentation import Learned
from workbench.stats.structure import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = {"chosen": "●", "holds": "○"}


@dataclass(frozen=True, eq=False, repr=False)
class SegmentStructure(Result):
    """Criteria by group of cells and number of segments.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `k`, `headcount`, the fields of `stats.structure.Solution`,
        `structure_verdict` (`chosen`, `holds` or `fails`). BIC and ICL are those of the
        latent class model: k-means and k-prototypes have no likelihood.
    facts : mapping
        `groups` looked into, `structured` (with segments), `segments` in all of them,
        `least_agreement` (of the solutions chosen, if any), `most_by_bic` (segments that BIC alone
        would take), `left_out` (groups too small to look into).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("k", "count"),
        Column("headcount", "count"),
        Column("structure_verdict", "code", values="structure_verdict", judged=True),
        Column("ari", "ratio", interval=("ari_low", "ari_high")),
        Column("depth", "ratio"),
        Column("smallest", "share"),
        Column("bic", "count"),
        Column("icl", "count"),
        Column("entropy", "ratio"),
        Column("gap_statistic", "ratio"),
        Column("silhouette", "ratio"),
        Column("noise", "ratio"),
        Column("across", "ratio"),
        Column("within", "ratio"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.2)
    key: ClassVar[tuple[str, ...]] = ("segments", "structured", "groups")

    def summary(self) -> Finding:
        """Say how many groups have segments, or that none has."""
        if not self.facts["groups"].value:
            return Finding("segments.structure.too_few", ("left_out",))
        if not self.facts["structured"].value:
            return Finding("segments.structure.none", ("groups",))
        quoted = ("groups", "structured", "segments", "least_agreement", "most_by_bic")
        more = self.facts["most_by_bic"].value > self.facts["segments"].value
        return Finding(f"segments.structure.{'fewer' if more else 'found'}", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the valley between segments by group and number; what holds is marked."""
        drawn = self.table[self.table["k"] > 1]
        wide = drawn.pivot_table(
            index="cell_group", columns="k", values="depth", sort=False, dropna=False
        )
        coded = drawn.assign(mark=drawn["structure_verdict"].map(MARKS).fillna(""))
        marks = coded.pivot_table(
            index="cell_group", columns="k", values="mark", aggfunc="first", sort=False
        )
        wide.index = pd.Index([schema.value("segment_group", code) for code in wide.index])
        wide.columns = pd.Index([text.say("segments.structure.number", k=k) for k in wide.columns])
        label = text.say("segments.structure.axis")
        return grid.draw(wide, marks=marks.to_numpy(), unit="ratio", label=label, ax=ax, whole=True)


def segment_structure(found: Sequence[Learned]) -> SegmentStructure:
    """Set out the criteria of all solutions in `found`."""
    looked = [(each, each.structure) for each in found if each.structure]
    rows = [
        {"cell_group": each.group, "headcount": len(each.rows.numbers), **_columns(one)}
        | {"structure_verdict": _verdict(one.k, one.holds, judged.chosen)}
        for each, judged in looked
        for one in judged.solutions
    ]
    names = [
        name
        for column in SegmentStructure.columns
        for name in (column.name, *(column.interval or ()))
    ]
    table = pd.DataFrame(rows, columns=[*names, "gap_se", "holds"])
    chosen = table[table["structure_verdict"] == "chosen"]
    by_bic = [min(judged.solutions, key=lambda one: one.bic).k for _, judged in looked]
    facts = {
        "groups": Fact(len(looked), "count"),
        "structured": Fact(len(chosen), "count"),
        "segments": Fact(int(chosen["k"].sum()), "count"),
        "most_by_bic": Fact(int(sum(by_bic)), "count"),
        "left_out": Fact(len(found) - len(looked), "count"),
    }
    if len(chosen):
        row = chosen.iloc[int(chosen["ari"].argmin())]
        ends = float(row["ari_low"]), float(row["ari_high"])
        facts["least_agreement"] = Fact(float(row["ari"]), "ratio", *ends, confidence=0.95)
    return SegmentStructure("segments.structure", table, facts)


def _columns(one: Solution) -> dict[str, float]:
    """Return the fields of a solution under the names of the table's columns."""
    renamed = {
        "gap": "gap_statistic",
        "agreement": "ari",
        "agreement_low": "ari_low",
        "agreement_high": "ari_high",
    }
    return {renamed.get(name, name): value for name, value in vars(one).items()}


def _verdict(k: int, holds: bool, chosen: int | None) -> str | None:
    if k == 1:
        return "chosen_none" if chosen is None else None
    if k == chosen:
        return "chosen"
    return "holds" if holds else "fails"


@dataclass(frozen=True, eq=False, repr=False)
class SegmentExtractions(Result):
    """The segments beside those of other ways to form the same number.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `k`, `headcount`, `kmeans` and `prototypes` (adjusted Rand index).
    facts : mapping
        `groups`, and `least` of all indices where there are any.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("k", "count"),
        Column("headcount", "count"),
        Column("kmeans", "ratio"),
        Column("prototypes", "ratio"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how far the extractions agree."""
        if "least" not in self.facts:
            return Finding("segments.extractions.none")
        return Finding("segments.extractions.found", ("groups", "least"))


def segment_extractions(found: Sequence[Learned]) -> SegmentExtractions:
    """Compare the segments with those of k-means and k-prototypes."""
    rows = [
        {
            "cell_group": each.group,
            "k": len(each.card.segments),
            "headcount": len(each.rows.numbers),
            **each.agreement,
        }
        for each in found
        if each.card
    ]
    table = pd.DataFrame(rows, columns=[column.name for column in SegmentExtractions.columns])
    facts = {"groups": Fact(len(table), "count")}
    if len(table):
        least = float(np.min(table[["kmeans", "prototypes"]].to_numpy(float)))
        facts["least"] = Fact(least, "ratio")
    return SegmentExtractions("segments.extractions", table, facts)
