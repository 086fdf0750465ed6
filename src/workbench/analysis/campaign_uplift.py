"""What campaigns added: customers drawn to be contacted against those drawn not to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import hypot, nan
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.difference import Difference, difference
from workbench.stats.proportions import count_interval
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MORE, LESS, ALIKE = "more_loans", "fewer_loans", "no_difference"
"""Codes of the list `campaign_verdict`."""


@dataclass(frozen=True, eq=False, repr=False)
class CampaignUplift(Result):
    """Campaigns with a control group, the newest first.

    Attributes
    ----------
    table : DataFrame
        One row per campaign: `campaign` (its name), `campaign_type` (code), `assigned_on`,
        `arm_treated`, `arm_control`, `treated_share` and `untreated_share` (that took a loan),
        `uplift` (their difference, with `uplift_low`, `uplift_high`, which hold for all campaigns
        at once), `campaign_verdict` (code), `opt_out_share` (of those contacted), `loan_cost` (cost
        per loan gained, where loans were gained beyond chance), `contacts` (of both arms).
    facts : mapping
        `campaigns`, `above` (gained loans beyond chance), `uncontrolled` (without a control group,
        which are left out), `loan_cost` of all campaigns since `year_from`, and their
        `campaign_uplift`: that of the KPI, with its interval.
    best : str
        Name of the campaign that gained most; empty where none gained beyond chance.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    best: str = ""
    moves: Mapping[str, str] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("campaign"),
        Column("campaign_type", "code", values="campaign_type"),
        Column("assigned_on", "date"),
        Column("arm_treated", "count"),
        Column("arm_control", "count"),
        Column("treated_share", "share2"),
        Column("untreated_share", "share2"),
        Column("uplift", "pp", interval=("uplift_low", "uplift_high"), signed=True),
        Column("campaign_verdict", "code", values="campaign_verdict", judged=True),
        Column("opt_out_share", "share2"),
        Column("loan_cost", "money"),
    )
    base: ClassVar[str | None] = "contacts"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.4)
    key: ClassVar[tuple[str, ...]] = ("campaign_uplift", "above", "loan_cost")

    def summary(self) -> Finding:
        """Say how many campaigns gained loans beyond chance, and how much all did in a year."""
        if self.table.empty:
            return Finding("campaign.uplift.none", ("uncontrolled",))
        if pd.isna(self.facts["campaign_uplift"].value):
            return Finding("campaign.uplift.older", ("campaigns", "above", "uncontrolled"))
        quoted = ("campaigns", "above", "uncontrolled", "campaign_uplift")
        if not self.best:
            return Finding("campaign.uplift.alike", quoted)
        named = {"best": Word("", said=dict.fromkeys(map(str, text.LANGUAGES), self.best))}
        return Finding("campaign.uplift.found", quoted, named)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the uplift of each campaign with its interval on `ax`, against none.

        Campaigns are told by kind and month: a name is the bank's own, in its own language.
        """
        names = {"uplift": "value", "uplift_low": "low", "uplift_high": "high"}
        labels = [
            text.say(
                "campaign.uplift.row",
                kind=schema.value("campaign_type", str(kind)),
                month=formats.month(day),
            )
            for kind, day in zip(
                self.table["campaign_type"], self.table["assigned_on"], strict=True
            )
        ]
        return intervals.draw(
            self.table.rename(columns=names).assign(label=labels),
            rows="label",
            unit="pp",
            label=text.say("campaign.uplift.axis"),
            ax=ax,
            reference=0.0,
        )


def campaign_uplift(
    arms: pd.DataFrame, year_from: date, *, confidence: float = 0.95
) -> CampaignUplift:
    """Compare the two arms of each campaign.

    Differences have Newcombe intervals (Wilson's, combined by MOVER); the year's uplift is the mean
    weighted with the number treated, its interval by MOVER again (Zou 2009). Intervals of single
    campaigns are widened for their number (Bonferroni), and by them it is judged which gained.

    Parameters
    ----------
    arms : DataFrame
        The query `campaign_arms`.
    year_from : date
        Campaigns assigned after this day make the year's uplift.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(
        arms,
        "campaign",
        "campaign_type",
        "assigned_at",
        "treated",
        "untreated",
        "treated_loans",
        "cost",
    )
    both = arms[(arms["treated"] > 0) & (arms["untreated"] > 0)]
    wide = 1 - (1 - confidence) / max(len(both), 1)
    rows = [_row(own, wide) for _, own in both.iterrows()]
    names = [column.name for column in CampaignUplift.columns]
    table = pd.DataFrame(rows, columns=[*names, "uplift_low", "uplift_high", "contacts"])
    table = table.astype(dict.fromkeys(("uplift", "loan_cost", "opt_out_share"), "float64"))
    gained = table["campaign_verdict"] == MORE
    facts = {
        "campaigns": Fact(len(table), "ledger"),
        "above": Fact(int(gained.sum()), "ledger"),
        "uncontrolled": Fact(len(arms) - len(both), "ledger"),
        **_year(both[both["assigned_at"].dt.date > year_from], confidence),
    }
    best = table.loc[gained].nlargest(1, "uplift")["campaign"]
    return CampaignUplift(
        "campaign.uplift",
        table.iloc[::-1].reset_index(drop=True),
        facts,
        best=str(best.iloc[0]) if len(best) else "",
    )


def _row(own: "pd.Series[float]", confidence: float) -> dict[str, object]:
    gap = _gap(own, confidence)
    verdict = MORE if gap.low > 0 else LESS if gap.high < 0 else ALIKE
    gained = gap.value * own["treated"]
    return {
        "campaign": own["campaign"],
        "campaign_type": own["campaign_type"],
        "assigned_on": pd.Timestamp(own["assigned_at"]).normalize(),
        "arm_treated": int(own["treated"]),
        "arm_control": int(own["untreated"]),
        "treated_share": own["treated_loans"] / own["treated"],
        "untreated_share": own["untreated_loans"] / own["untreated"],
        "uplift": gap.value,
        "uplift_low": gap.low,
        "uplift_high": gap.high,
        "campaign_verdict": verdict,
        "opt_out_share": own["opted_out"] / own["contacted"] if own["contacted"] else nan,
        "loan_cost": own["cost"] / gained if verdict == MORE else nan,
        "contacts": int(own["treated"] + own["untreated"]),
    }


def _gap(own: "pd.Series[float]", confidence: float) -> Difference:
    sides = []
    for arm in ("treated", "untreated"):
        loans, number = int(own[f"{arm}_loans"]), int(own[arm])
        low, high = count_interval(loans, number, "wilson", confidence)
        sides.append((loans / number, float(low), float(high)))
    return difference(*sides)


def _year(both: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    """Return the uplift of all campaigns of the year, and what a loan gained has cost."""
    treated = float(both["treated"].sum())
    gaps = [(own["treated"] / treated, _gap(own, confidence)) for _, own in both.iterrows()]
    if not gaps:
        return {"campaign_uplift": Fact(nan, "pp"), "loan_cost": Fact(nan, "money")}
    value = sum(weight * gap.value for weight, gap in gaps)
    low = value - hypot(*(weight * (gap.value - gap.low) for weight, gap in gaps))
    high = value + hypot(*(weight * (gap.high - gap.value) for weight, gap in gaps))
    people = int(both["treated"].sum() + both["untreated"].sum())
    cost = float(both["cost"].sum()) / (value * treated) if low > 0 else nan
    return {
        "campaign_uplift": Fact(value, "pp", low, high, confidence, people),
        "loan_cost": Fact(cost, "money", n=people),
    }
