"""Where there is room under the assessed limits: industry by region by size, small cells shrunk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import assessed_need
from workbench.rules.tape import Vector
from workbench.stats.crosstab import Crosstab, crosstab
from workbench.stats.small_area import SPARE, Shrunk, shrunk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = ("section", "region", "segment")
LISTS = {"section": "industry_section", "segment": "segment"}
REGION, OTHER = 30, "~other"
"""Customers of known room that a region needs to stand alone, and what the rest is called; the code
sorts behind all others."""
LEAST_SPREAD = 1e-4
"""Least variance of the share of room within a cell: cells without any spread are not sure."""


@dataclass(frozen=True, eq=False, repr=False)
class RoomCells(Result):
    """One row per industry, region and size with a customer whose room is known.

    Attributes
    ----------
    table : DataFrame
        `section`, `region` (in each language; those of fewer than `REGION` customers stand
        together) and `region_code`, `segment`, `room_customers` (of known room), `room_mean` (mean
        share of the limit, from the cell alone), `room_drawn` (drawn towards industry and size,
        `drawn_low` to `drawn_high`), `room_expected` (that share of the cell's limits; sums of room
        itself rest on the few that have any), `own_weight` (how much the cell itself counts).
    facts : mapping
        `firms`, `unknown` (firms and owners of unknown room), `cells`, `room_mean`, `own_weight`
        (median), `spread` (deviation between cells that industry and size leave), `best`
        (its drawn share).
    best : tuple of str
        Industry, region and size of the cell of firms with the highest lower end, among those of
        at least `LEAST`; empty without any.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    best: tuple[str, ...]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("section", "code", values="industry_section"),
        Column("region", "said"),
        Column("segment", "code", values="segment"),
        Column("room_customers", "count"),
        Column("room_mean", "share"),
        Column("room_drawn", "share", interval=("drawn_low", "drawn_high")),
        Column("room_expected", "money", largest=("largest", "second")),
        Column("own_weight", "share"),
    )
    base: ClassVar[str | None] = "room_customers"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("segment",),)
    figure: ClassVar[tuple[float, float] | None] = (7.4, 4.6)
    key: ClassVar[tuple[str, ...]] = ("room_mean", "best", "own_weight")

    def summary(self) -> Finding:
        """Say where the room is surely large, how unsure small cells are, and who is unknown."""
        quoted = ("firms", "cells", "unknown", "room_mean", "own_weight")
        if not self.best:
            return Finding("needs.room.none", quoted)
        words = {
            "industry": Word(self.best[0], "industry_section"),
            "region": Word("", said=_region(self.best[1])),
            "segment": Word(self.best[2], "segment"),
        }
        return Finding("needs.room.found", (*quoted, "best"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the drawn share by industry and size, over regions, weighted by customers."""
        shown = self.table[self.table["room_drawn"].notna()]
        rows = shown.assign(weighted=shown["room_drawn"] * shown["room_customers"])
        sums = rows.groupby(["section", "segment"])[["weighted", "room_customers"]].sum()
        shares = (sums["weighted"] / sums["room_customers"]).rename("share").reset_index()
        wide = shares.pivot_table(index="section", columns="segment", values="share", sort=False)
        sizes = [code for code in schema.values("segment") if code in wide.columns]
        wide = wide.sort_index()[sizes]
        wide.index = pd.Index([schema.value("industry_section", code) for code in wide.index])
        wide.columns = pd.Index([schema.value("segment", code) for code in sizes])
        marks = np.full(wide.shape, "", dtype=object)
        label = text.say("needs.room.axis")
        return grid.draw(wide, marks=marks, unit="share", label=label, ax=ax)


LEAST = 10
"""Customers of known room that a cell needs to be named in the finding."""


def room_cells(
    customers: pd.DataFrame, assessed: pd.DataFrame, *, confidence: float = 0.95
) -> RoomCells:
    """Estimate the share of room in each cell of industry, region and size.

    Parameters
    ----------
    customers : DataFrame
        `section`, `region`, `segment`; those without an industry are left out.
    assessed : DataFrame
        From `rules.assessed_need.assessed`, in the same order.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(customers, *PLACES)
    at = customers["section"].notna().to_numpy() & customers["region"].notna().to_numpy()
    rows = assessed[at].assign(**{name: customers.loc[at, name].to_numpy() for name in PLACES})
    known = rows[rows["room"].notna() & (rows["limit"] > 0)]
    few = known["region"].map(known["region"].value_counts()) < REGION
    known = known.assign(region=known["region"].astype(object).mask(few, OTHER))
    check.rows(known, "firms or business owners of known room")
    labels = [_labels(known[name], name) for name in PLACES]
    cells = crosstab(
        [
            (pd.Categorical(known[name], categories=own).codes, len(own))
            for name, own in zip(PLACES, labels, strict=True)
        ],
        {
            "limit": known["limit"].to_numpy(float),
            "share": (known["room"] / known["limit"]).to_numpy(float),
        },
    )
    table = pd.DataFrame(
        {
            name: np.array(own, dtype=object)[place]
            for name, own, place in zip(PLACES, labels, cells.places, strict=True)
        }
    )
    table["region_code"] = table["region"]
    table["region"] = table["region_code"].map(_region)
    table["room_customers"], table["room_mean"] = cells.count, cells.total["share"] / cells.count
    drawn = _drawn(cells, table, confidence)
    table["room_drawn"], table["own_weight"] = np.clip(drawn.mean, 0, 1), drawn.own
    table["drawn_low"], table["drawn_high"] = np.clip(drawn.low, 0, 1), np.clip(drawn.high, 0, 1)
    table["room_expected"] = table["room_drawn"] * cells.total["limit"]
    for name, own in (("largest", cells.largest), ("second", cells.second)):
        table[name] = table["room_drawn"] * own["limit"]
    return RoomCells(
        "needs.room", table, *_found(table, drawn, int(len(rows) - len(known)), confidence)
    )


def _region(code: str) -> dict[str, str]:
    """Return a region as a reader sees it, in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            region = text.say("needs.room.region", code=code)
            found[str(language)] = text.say("needs.room.other") if code == OTHER else region
    return found


def _labels(values: "pd.Series[str]", name: str) -> list[str]:
    """Return the labels there are, in the order of their list; what no list knows comes last."""
    listed = schema.values(LISTS[name]) if name in LISTS else ()
    there = set(values)
    return [code for code in listed if code in there] + sorted(there - set(listed))


def _drawn(cells: Crosstab, table: pd.DataFrame, confidence: float) -> Shrunk:
    """Return the shares of the cells, drawn towards size and industry as far as cells allow."""
    n = cells.count.astype(float)
    within = _variance(cells, table["segment"].to_numpy())
    for names in (("segment", "section"), ("segment",), ()):
        dummies = [pd.get_dummies(table[name]).to_numpy(float) for name in names]
        design = np.column_stack([np.ones(len(table)), *dummies])
        if len(table) >= np.linalg.matrix_rank(design) + SPARE:
            means = table["room_mean"].to_numpy(float)
            return shrunk(means, within / n, design, confidence=confidence)
    raise DataError(f"{len(table)} cells of industry, region and size are too few to compare")


def _variance(cells: Crosstab, group: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> Vector:
    """Return for each cell the variance of customers within cells, pooled over its size."""
    n = cells.count.astype(float)
    apart = np.maximum(cells.square["share"] - cells.total["share"] ** 2 / n, 0.0)
    pooled = pd.DataFrame({"group": group, "apart": apart, "free": n - 1})
    sums = pooled.groupby("group")[["apart", "free"]].transform("sum")
    whole = apart.sum() / max(float((n - 1).sum()), 1.0)
    own = np.where(sums["free"] > 0, sums["apart"] / sums["free"].clip(lower=1), whole)
    return np.maximum(own, LEAST_SPREAD)


def _found(
    table: pd.DataFrame, drawn: Shrunk, unknown: int, confidence: float
) -> tuple[dict[str, Fact], tuple[str, ...]]:
    n = int(table["room_customers"].sum())
    share = float((table["room_mean"] * table["room_customers"]).sum() / n)
    facts = {
        "firms": Fact(n, "count", n=n),
        "unknown": Fact(unknown, "count", n=n + unknown),
        "cells": Fact(len(table), "ledger"),
        "room_mean": Fact(share, "share", n=n),
        "own_weight": Fact(float(table["own_weight"].median()), "share"),
        "spread": Fact(float(np.sqrt(drawn.spread)), "pp"),
    }
    # Limits of owners follow another formula: their share says nothing beside that of firms.
    firm = ~table["segment"].isin(assessed_need.PRIVATE)
    large = table[firm & (table["room_customers"] >= LEAST)]
    if large.empty:
        return facts, ()
    first = large.iloc[int(large["drawn_low"].to_numpy().argmax())]
    facts["best"] = Fact(
        float(first["room_drawn"]),
        "share",
        float(first["drawn_low"]),
        float(first["drawn_high"]),
        confidence,
        int(first["room_customers"]),
    )
    return facts, tuple(str(first[name]) for name in ("section", "region_code", "segment"))
