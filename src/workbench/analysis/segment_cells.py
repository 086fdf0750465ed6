"""In which cell of the rules each customer stands, and the proof that it is exactly one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.customer_cells import Cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = ("large", "medium", "small", "micro")
"""Sizes of firms, as the rules and the bank's own records call them."""


@dataclass(frozen=True, eq=False, repr=False)
class SegmentCells(Result):
    """Customers by cell, in the order of the rules.

    Attributes
    ----------
    table : DataFrame
        `cell`, `cell_group` it is looked into with, `headcount`, `customer_share`, `earned` (mean
        of a customer in twelve months).
    facts : mapping
        `headcount`, `cells` with customers, `nowhere` and `several` (customers in no cell, and in
        more than one), `unknown` (whose size or tier cannot be told), `largest` (share of the
        largest cell), `resized` (of firms whose size the rules tell and that are on record as of
        some size, the share recorded as another).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell", "code", values="customer_cell"),
        Column("cell_group", "code", values="segment_group"),
        Column("headcount", "count"),
        Column("customer_share", "share"),
        Column("earned", "money"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("cell_group",),)
    key: ClassVar[tuple[str, ...]] = ("headcount", "nowhere", "several")

    def summary(self) -> Finding:
        """Say whether each customer is in exactly one cell, and which is the largest."""
        largest = str(self.table.sort_values("headcount").iloc[-1]["cell"])
        words = {"cell": Word(largest, "customer_cell")}
        if self.facts["nowhere"].value or self.facts["several"].value:
            return Finding("segments.cells.broken", ("headcount", "nowhere", "several"))
        quoted = ("headcount", "cells", "unknown", "largest")
        if np.isnan(self.facts["resized"].value):
            return Finding("segments.cells.proved", quoted, words)
        return Finding("segments.cells.sized", (*quoted, "resized"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each cell on `ax`."""
        labels = [schema.value("customer_cell", code) for code in self.table["cell"]]
        drawn = pd.DataFrame(
            {"label": labels, "value": self.table["customer_share"], "strong": False}
        )
        label = text.say("segments.cells.axis")
        return ranked.draw(drawn, rows="label", unit="share", label=label, ax=ax)


def segment_cells(customers: pd.DataFrame, cells: Cells, groups: Mapping[str, str]) -> SegmentCells:
    """Count the customers of each cell.

    Parameters
    ----------
    customers : DataFrame
        With `earned`, what each brought in twelve months, and `recorded_size`.
    cells : Cells
        The cell of each of them, from `rules.customer_cells.cells`.
    groups : mapping
        Cell → group it is looked into with.
    """
    check.columns(customers, "earned", "recorded_size")
    frame = pd.DataFrame({"cell": cells.cell, "earned": customers["earned"].to_numpy()})
    found = frame.groupby("cell", sort=False).agg(
        headcount=("cell", "size"), earned=("earned", "mean")
    )
    found = found.reindex([code for code in cells.codes if code in found.index]).reset_index()
    found.insert(1, "cell_group", found["cell"].map(groups))
    found.insert(3, "customer_share", found["headcount"] / len(frame))
    unknown = found["cell"].str.endswith("_unknown")
    largest = found.iloc[int(found["headcount"].argmax())]
    facts = {
        "headcount": Fact(len(frame), "count"),
        "cells": Fact(len(found), "count"),
        "nowhere": Fact(int((cells.belongs == 0).sum()), "count"),
        "several": Fact(int((cells.belongs > 1).sum()), "count"),
        "unknown": Fact(
            float(found.loc[unknown, "headcount"].sum() / len(frame)),
            "share",
            n=int(found.loc[unknown, "headcount"].sum()) or None,
        ),
        "largest": Fact(float(largest["customer_share"]), "share", n=int(largest["headcount"])),
        "resized": _resized(frame["cell"], customers["recorded_size"]),
    }
    return SegmentCells("segments.cells", found, facts)


def _resized(cell: "pd.Series[str]", recorded: "pd.Series[str]") -> Fact:
    """Return the share of firms that the rules put into another size than is on record."""
    told, known = cell.to_numpy(str), recorded.to_numpy(str)
    sized = np.isin(told, SIZES) & np.isin(known, SIZES)
    share = float((told[sized] != known[sized]).mean()) if sized.any() else np.nan
    return Fact(share, "share", n=int(sized.sum()) or None)
