"""Why applications fail: recorded reasons by segment, and how far what was known bears them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import grid, pairs
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.application_checks import Outcome
from workbench.rules.tape import Flags
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 30
"""Declines of a segment below which shares of reasons say nothing and are not drawn."""
UNRECORDED = "other"
"""Reason under which a decline without one is counted."""


@dataclass(frozen=True, eq=False, repr=False)
class DeclineMix(Result):
    """One row per segment and recorded reason.

    Attributes
    ----------
    table : DataFrame
        `segment`, `decline_reason`, `declined` (applications of the segment declined),
        `reason_count` and `reason_share` (of them, for this reason).
    facts : mapping
        `asked`, `declined`, `decline_rate`, `top_share` (of the commonest reason).
    first : str
        The commonest reason; empty without any decline.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    first: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("decline_reason", "code", values="decline_reason"),
        Column("declined", "count"),
        Column("reason_count", "count"),
        Column("reason_share", "share"),
    )
    base: ClassVar[str | None] = "declined"
    figure: ClassVar[tuple[float, float] | None] = (7.6, 3.4)

    def summary(self) -> Finding:
        """Say how many were declined, and for which reason most."""
        if not self.first:
            return Finding("needs.declines.none", ("asked",))
        words = {"reason": Word(self.first, "decline_reason")}
        return Finding("needs.declines.found", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each reason by segment, where there are declines enough for shares."""
        drawn = self.table[self.table["declined"] >= LEAST]
        shown = drawn.assign(
            row=[schema.value("segment", code) for code in drawn["segment"]],
            column=[schema.value("decline_reason", code) for code in drawn["decline_reason"]],
        )
        wide = shown.pivot_table(
            index="row", columns="column", values="reason_share", sort=False, dropna=False
        )
        marks = np.full(wide.shape, "", dtype=object)
        label = text.say("needs.declines.axis", least=LEAST)
        return grid.draw(wide, marks=marks, unit="share", label=label, ax=ax)


@dataclass(frozen=True, eq=False, repr=False)
class DeclinesBorneOut(Result):
    """One row per recorded reason that checks can bear out.

    Attributes
    ----------
    table : DataFrame
        `decline_reason`, `reason_count` (declines for it), `borne_out` (share of them that fail a
        check of that reason, `borne_low` to `borne_high`), `others_fail` (the same of applications
        approved, `others_low` to `others_high`), `borne` (`yes` where more of the declined fail
        than of the approved, beyond sampling error; else `no`).
    facts : mapping
        `declined`, `checkable` (share of declines whose reason a check can bear out), `borne_out`
        (share of those that fail one), `reasons`, `told` (reasons borne out).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("decline_reason", "code", values="decline_reason"),
        Column("reason_count", "count"),
        Column("borne_out", "share", interval=("borne_low", "borne_high")),
        Column("others_fail", "share", interval=("others_low", "others_high")),
        Column("borne", "code", values="reason_borne", judged=True),
    )
    base: ClassVar[str | None] = "reason_count"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        """Say for how many declines a check fails that bears the reason out."""
        return Finding("needs.declines.borne", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw for each reason the share failing its checks: approved, and declined for it."""
        drawn = self.table[self.table["borne_out"].notna()]
        labels = [schema.value("decline_reason", code) for code in drawn["decline_reason"]]
        return pairs.draw(
            drawn.assign(label=labels),
            rows="label",
            ends=(
                ("others_fail", text.say("needs.declines.approved")),
                ("borne_out", text.say("needs.declines.declined")),
            ),
            unit="share",
            label=text.say("needs.declines.borne_axis"),
            ax=ax,
        )


def decline_mix(applications: pd.DataFrame) -> DeclineMix:
    """Count recorded reasons by segment.

    Parameters
    ----------
    applications : DataFrame
        As the query `need_applications` gives them. A decline without a reason is `other`.
    """
    check.columns(applications, "segment", "decision", "decline_reason")
    check.rows(applications, "decided applications")
    declined = applications[applications["decision"].eq("declined")]
    reason = declined["decline_reason"].fillna(UNRECORDED)
    counts = pd.crosstab(declined["segment"], reason)
    rows = [code for code in schema.values("segment") if code in counts.index]
    columns = [code for code in schema.values("decline_reason") if code in counts.columns]
    wide = counts.loc[rows, columns] if len(declined) else counts
    table = (
        wide.rename_axis(index="segment")
        .reset_index()
        .melt(id_vars="segment", var_name="decline_reason", value_name="reason_count")
    )
    table = table.sort_values(
        "segment", key=lambda own: own.map(rows.index), kind="stable", ignore_index=True
    )
    table["declined"] = table["segment"].map(wide.sum(axis=1))
    table["reason_share"] = table["reason_count"] / table["declined"]
    total, n = wide.sum().sort_values(ascending=False, kind="stable"), len(applications)
    some = len(declined)
    facts = {
        "asked": Fact(n, "count", n=n),
        "declined": Fact(some, "count", n=some),
        "decline_rate": Fact(some / n, "share", n=n),
        "top_share": Fact(float(total.iloc[0]) / some if some else np.nan, "share", n=some),
    }
    return DeclineMix("needs.declines", table, facts, str(total.index[0]) if some else "")


def declines_borne_out(
    applications: pd.DataFrame, outcomes: Sequence[Outcome], *, confidence: float = 0.95
) -> DeclinesBorneOut:
    """Compare recorded reasons with what the checks say on the same applications.

    Parameters
    ----------
    applications : DataFrame
        As the query `need_applications` gives them.
    outcomes : sequence of Outcome
        From `rules.application_checks.outcomes`, of the checks of eligibility.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(applications, "decision", "decline_reason")
    declined = applications["decision"].eq("declined").to_numpy()
    reason = applications["decline_reason"].to_numpy()
    rows, fits = [], np.zeros(len(applications), dtype=np.bool_)
    named = {each.check.reason for each in outcomes} - {None}
    for code in (code for code in schema.values("decline_reason") if code in named):
        own = [each for each in outcomes if each.check.reason == code]
        fails = np.logical_or.reduce([each.fails for each in own])
        applies = np.logical_or.reduce([each.applies for each in own])
        there = declined & (reason == code) & applies
        fits = fits | (there & fails)
        rows.append({"decline_reason": code} | _row(fails, there, ~declined & applies, confidence))
    table = pd.DataFrame(rows)
    checkable, some = int(table["reason_count"].sum()), int(declined.sum())
    facts = {
        "declined": Fact(some, "count", n=some),
        "checkable": Fact(checkable / max(some, 1), "share", n=some),
        "borne_out": Fact(float(fits.sum()) / max(checkable, 1), "share", n=checkable),
        "reasons": Fact(len(table), "ledger"),
        "told": Fact(int((table["borne"] == "yes").sum()), "ledger"),
    }
    return DeclinesBorneOut("needs.declines_borne", table, facts)


def _row(fails: Flags, there: Flags, others: Flags, confidence: float) -> dict[str, object]:
    count = np.array([there.sum(), others.sum()], dtype=float)
    hit = np.array([(fails & there).sum(), (fails & others).sum()], dtype=float)
    share = np.divide(hit, count, out=np.full(2, np.nan), where=count > 0)
    ends = share_interval(share, np.maximum(count, 1.0), confidence)
    return {
        "reason_count": int(count[0]),
        **{"borne_out": share[0], "borne_low": ends.low[0], "borne_high": ends.high[0]},
        **{"others_fail": share[1], "others_low": ends.low[1], "others_high": ends.high[1]},
        "borne": "yes" if ends.low[0] > ends.high[1] else "no",
    }
