"""What customers complain of, how often they are right, and what is answered too late."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COUNTS = ("upheld", "repeated", "too_late")


@dataclass(frozen=True, eq=False, repr=False)
class ComplaintCauses(Result):
    """Complaints by what they are about, most first.

    Attributes
    ----------
    table : DataFrame
        One row per `category` (code): `complaints`, and of these `upheld`, `repeated`, `too_late`;
        `running` (share of all complaints, this row and those above).
    facts : mapping
        `complaints`, `upheld`, `repeated`, `too_late` in all; `first_share` of the commonest cause.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("category", "code", values="complaint_category"),
        Column("complaints", "count"),
        Column("upheld", "count"),
        Column("repeated", "count"),
        Column("too_late", "count"),
    )
    base: ClassVar[str | None] = "complaints"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)
    key: ClassVar[tuple[str, ...]] = ("complaints", "upheld", "too_late")

    def summary(self) -> Finding:
        """Say how many complaints there are, and what most are about."""
        if self.table.empty:
            return Finding("complaints.causes.none")
        quoted = ("complaints", *COUNTS, "first_share")
        most = Word(str(self.table["category"].iloc[0]), "complaint_category")
        return Finding("complaints.causes.found", quoted, {"most": most})

    def told(self, hidden: Collection[str] = ()) -> Finding:
        """Return the finding; where details may not be told, without them."""
        found = super().told(hidden)
        few = ("complaints", "first_share")
        if not found.is_untold or not set(hidden).isdisjoint(few):
            return found
        return replace(self.summary(), key="complaints.causes.partly", facts=few)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the number of complaints by cause on `ax`; suppressed causes are left out."""
        shown = self.table.dropna(subset=["complaints"])
        named = [schema.value("complaint_category", code) for code in shown["category"]]
        first = [at == 0 for at in range(len(shown))]
        return ranked.draw(
            shown.assign(label=named, value=shown["complaints"], strong=first),
            rows="label",
            unit="count",
            label=text.say("complaints.causes.axis"),
            ax=ax,
        )


def complaint_causes(complaints: pd.DataFrame) -> ComplaintCauses:
    """Order complaints, the query `complaint_causes`, by how many there are of a cause."""
    check.columns(complaints, "category", "complaints", *COUNTS)
    table = complaints.sort_values(
        ["complaints", "category"], ascending=[False, True], ignore_index=True
    ).astype(dict.fromkeys(("complaints", *COUNTS), int))
    total = int(table["complaints"].sum())
    counts = {name: Fact(int(table[name].sum()), "count", n=total) for name in COUNTS}
    facts = {"complaints": Fact(total, "count", n=total), **counts}
    if total:
        first = int(table["complaints"].iloc[0])
        facts["first_share"] = Fact(first / total, "share", n=first)
    return ComplaintCauses("complaints.causes", table, facts)
