"""The attestation board: what software cannot do about confidentiality, and who confirmed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Controls(Result):
    """The newest review of each control.

    Attributes
    ----------
    table : DataFrame
        One row per `control`, worst first: `branches` reviewed, `met_share` (of those it applies
        to), `unmet` branches (partly or not met), `overdue` branches (reviewed longer ago than the
        cadence), `reviewed_on` (oldest of the newest reviews).
    facts : mapping
        `controls`, `branches`, `met` (share over all), `unmet`, `overdue` (reviews), `backup_days`
        (age of the last verified backup, missing without one).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("control", "code", values="control_code"),
        Column("branches", "count"),
        Column("met_share", "share"),
        Column("unmet", "count"),
        Column("overdue", "count"),
        Column("reviewed_on", "date"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.0)
    key: ClassVar[tuple[str, ...]] = ("met", "unmet", "overdue")

    def summary(self) -> Finding:
        """Say what share of the controls is met, and which is worst."""
        words = {"control": Word(self.table["control"].iloc[0], "control_code")}
        shown = ("controls", "branches", "met", "unmet", "backup_days")
        backed = "finding" if self.facts["backup_days"].value >= 0 else "no_backup"
        return Finding(f"{self.name}.{backed}", shown, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of branches that meet each control; the worst three stand out."""
        table = self.table.assign(
            value=self.table["met_share"],
            strong=[at < 3 for at in range(len(self.table))],
            label=[schema.value("control_code", code) for code in self.table["control"]],
        )
        return ranked.draw(
            table, rows="label", unit="share", label=text.say("information.met_axis"), ax=ax
        )


def controls(
    attestations: pd.DataFrame, *, as_of: date, cadence_days: int, backup_days: int | None = None
) -> Controls:
    """Return the board of controls.

    Parameters
    ----------
    attestations : DataFrame
        The table `control_attestations`.
    as_of : date
        Day of the data; later reviews do not count.
    cadence_days : int
        Days after which a review is overdue.
    backup_days : int, optional
        Age of the last backup that was verified by a restore.
    """
    check.columns(attestations, "control_code", "branch_id", "reviewed_on", "status")
    known = attestations[attestations["reviewed_on"] <= pd.Timestamp(as_of)]
    check.rows(known, "reviews of controls")
    newest = known.sort_values("reviewed_on").groupby(["control_code", "branch_id"]).tail(1)
    age = (pd.Timestamp(as_of) - newest["reviewed_on"]).dt.days
    applies = newest["status"] != "not_applicable"
    reviewed = newest.assign(
        met=(newest["status"] == "met").where(applies),
        unmet=applies & (newest["status"] != "met"),
        overdue=age > cadence_days,
    )
    table = reviewed.groupby("control_code").agg(
        branches=("branch_id", "nunique"),
        met_share=("met", lambda each: each.dropna().astype(float).mean()),
        unmet=("unmet", "sum"),
        overdue=("overdue", "sum"),
        reviewed_on=("reviewed_on", "min"),
    )
    table = table.rename_axis("control").reset_index()
    table = table.sort_values(["met_share", "control"], ignore_index=True)
    facts = {
        "controls": Fact(len(table), "count"),
        "branches": Fact(newest["branch_id"].nunique(), "count"),
        "met": Fact(float(reviewed["met"].dropna().astype(float).mean()), "share"),
        "unmet": Fact(int(reviewed["unmet"].sum()), "count"),
        "overdue": Fact(int(reviewed["overdue"].sum()), "count"),
        "backup_days": Fact(float("nan") if backup_days is None else backup_days, "count"),
    }
    return Controls("information.controls", table, facts)
