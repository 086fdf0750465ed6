"""Whom the next survey wave may ask: consent, do-not-contact and days of rest are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result
from workbench.rules.survey_plan import SurveyPlan
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REASONS = ("no_consent", "do_not_contact", "resting")
"""Why somebody is not asked, in the order in which it is looked at."""
COLOURS = {
    "available": ACCENT,
    "no_consent": MUTED,
    "do_not_contact": PALETTE[4],
    "resting": PALETTE[2],
}


@dataclass(frozen=True, eq=False, repr=False)
class Reachable(Result):
    """Whom the next wave may ask.

    Attributes
    ----------
    table : DataFrame
        One row per `segment`: `population`, of these `no_consent` (none to be surveyed is live),
        `do_not_contact`, `resting` (asked or contacted not long ago) and `available`, each counted
        once; `available_share`.
    facts : mapping
        `population`, `available`, `available_share`, the three reasons.
    people : DataFrame
        Those available: `customer_id`, `segment`, `branch_id`. Never shown.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    people: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("population", "count"),
        *(Column(reason, "count") for reason in REASONS),
        Column("available", "count"),
        Column("available_share", "share"),
    )
    base: ClassVar[str | None] = "population"
    parts: ClassVar[bool] = True
    sums: ClassVar[tuple[tuple[str, ...], ...]] = (("population", *REASONS, "available"),)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        """Say how many may be asked, and why the others may not."""
        if self.table.empty:
            return Finding(f"{self.name}.nobody")
        quoted = ("population", "available", "available_share", *REASONS)
        return Finding(f"{self.name}.finding", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw who may be asked and who may not, as shares of each segment, on `ax`."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        parts = ("available", *REASONS)
        shares = self.table[list(parts)].div(self.table["population"], axis=0)
        labels = [schema.value("segment", str(code)) for code in self.table["segment"]]
        return bars.stacked(
            shares.assign(label=labels),
            rows="label",
            parts={part: (text.say(f"column.{part}"), COLOURS[part]) for part in parts},
            unit="share",
            label=text.say("survey.share_of_population"),
            ax=ax,
        )


def reachable(frame: pd.DataFrame, *, plan: SurveyPlan, on: date) -> Reachable:
    """Count whom a wave that begins `on` a day may ask.

    Parameters
    ----------
    frame : DataFrame
        As `Bank.survey_frame` gives it.
    plan : SurveyPlan
        From `rules.survey_plan`: how long somebody is left alone.
    on : date
        First day of fieldwork.
    """
    needed = (
        "customer_id",
        "segment",
        "branch_id",
        "do_not_contact",
        "consents",
        "surveyed_on",
        "contacted_on",
    )
    check.columns(frame, *needed)
    if frame.empty:
        nothing = Reachable.no_rows()
        return Reachable(
            "survey.reachable", nothing, {}, frame[["customer_id", "segment", "branch_id"]]
        )
    asked = _within(frame["surveyed_on"], on, plan.rest.after_survey)
    contacted = _within(frame["contacted_on"], on, plan.rest.after_campaign)
    fate = np.select(
        [~frame["consents"].astype(bool), frame["do_not_contact"].astype(bool), asked | contacted],
        REASONS,
        default="available",
    )
    table = pd.crosstab(frame["segment"], fate).reindex(
        columns=[*REASONS, "available"], fill_value=0
    )
    table.insert(0, "population", table.sum(axis=1))
    table["available_share"] = table["available"] / table["population"]
    order = [code for code in schema.values("segment") if code in table.index]
    table = table.loc[order].rename_axis(columns=None).reset_index()
    whole = table[["population", *REASONS, "available"]].sum()
    n = int(whole["population"])
    facts = {str(name): Fact(int(count), "count", n=n) for name, count in whole.items()}
    facts["available_share"] = Fact(float(whole["available"] / n), "share", n=n)
    people = frame.loc[fate == "available", ["customer_id", "segment", "branch_id"]]
    return Reachable("survey.reachable", table, facts, people.reset_index(drop=True))


def _within(days: "pd.Series[pd.Timestamp]", on: date, rest: int) -> "pd.Series[bool]":
    return (pd.Timestamp(on) - pd.to_datetime(days)).dt.days <= rest
