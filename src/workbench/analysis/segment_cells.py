"""In which cell of the rules each customer stands, and the proof that it is exactly one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.customer_cells import Cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
        largest cell).
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
        return Finding("segments.cells.proved", quoted, words)

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
        With `earned`, what each brought in twelve months.
    cells : Cells
        The cell of each of them, from `rules.customer_cells.cells`.
    groups : mapping
        Cell → group it is looked into with.
    """
    check.columns(customers, "earned")
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
    }
    return SegmentCells("segments.cells", found, facts)
