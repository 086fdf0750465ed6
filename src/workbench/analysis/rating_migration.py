"""What the newest assessments changed: customers by grade before, and which way they went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, day_word
from workbench.rules import risk_model
from workbench.stats.calibration import jeffreys_interval
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAR = 2
"""Grades moved from which a change is far."""
NEEDED = ("assessment_id", "customer_id", "assessed_on", "model_id", "pd_12m")


@dataclass(frozen=True, eq=False, repr=False)
class RatingMigration(Result):
    """Customers assessed on the newest day and before, by their grade before.

    Attributes
    ----------
    table : DataFrame
        One row per grade of the master scale before, safest first: `grade`, `customers_assessed`,
        `stayed`, `improved`, `worsened`, `moved_far` (shares), `pd_before` and `pd_now` (means).
    facts : mapping
        `customers`, `worsened`, `improved`, `far` (shares), `pd_before`, `pd_now`, `first_time`
        (customers never assessed before), `other_model` (share whose former assessment was
        another model's).
    before, day : Timestamp
        Middle day of the former assessments, and day of the newest.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    before: pd.Timestamp
    day: pd.Timestamp
    columns: ClassVar[tuple[Column, ...]] = (
        Column("grade"),
        Column("customers_assessed", "count"),
        Column("stayed", "share"),
        Column("improved", "share"),
        Column("worsened", "share"),
        Column("moved_far", "share"),
        Column("pd_before", "share2"),
        Column("pd_now", "share2"),
    )
    base: ClassVar[str | None] = "customers_assessed"
    parts: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("worsened", "improved", "pd_now")

    def summary(self) -> Finding:
        """Say how many went which way, and what became of the mean PD."""
        said = {"before": day_word(self.before.date()), "day": day_word(self.day.date())}
        kind = "other" if self.facts["other_model"].value else "finding"
        return Finding(f"{self.name}.{kind}", tuple(self.facts), said)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw which way the customers of each former grade went."""
        drawn = self.table.dropna(subset=["stayed"])
        return bars.stacked(
            drawn.assign(label=[text.say("risk.grade", grade=each) for each in drawn["grade"]]),
            rows="label",
            parts={
                "improved": (text.say("column.improved"), ACCENT),
                "stayed": (text.say("column.stayed"), MUTED),
                "worsened": (text.say("column.worsened"), PALETTE[4]),
            },
            unit="share",
            label=text.say("risk.migration_axis"),
            ax=ax,
        )


def rating_migration(
    assessments: pd.DataFrame, *, confidence: float = 0.95
) -> RatingMigration | None:
    """Compare the newest day's assessments with the one before of each customer.

    Both PDs are put into the grades of the master scale: models with scales of their own compare.
    Returns nothing where no customer of the newest day was assessed before.

    Parameters
    ----------
    assessments : DataFrame
        As `Bank.assessment_outcomes` gives them.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(assessments, *NEEDED)
    if assessments.empty:
        return None
    ordered = assessments.sort_values(["assessed_on", "assessment_id"], kind="stable")
    day = ordered["assessed_on"].iloc[-1]
    now = ordered[ordered["assessed_on"] == day].drop_duplicates("customer_id", keep="last")
    former = ordered[ordered["assessed_on"] < day].drop_duplicates("customer_id", keep="last")
    both = now.merge(former, on="customer_id", suffixes=("", "_before"))
    if both.empty:
        return None
    names, upper = risk_model.grades()
    at, was = (
        np.searchsorted(upper, both[name].to_numpy(float), "left")
        for name in ("pd_12m", "pd_12m_before")
    )
    moved = both.assign(
        place=was,
        stayed=at == was,
        improved=at < was,
        worsened=at > was,
        moved_far=np.abs(at - was) >= FAR,
    )
    grouped = moved.groupby("place", sort=True)
    shares = ["stayed", "improved", "worsened", "moved_far"]
    table = (
        grouped[shares]
        .mean()
        .assign(
            customers_assessed=grouped.size(),
            pd_before=grouped["pd_12m_before"].mean(),
            pd_now=grouped["pd_12m"].mean(),
        )
    )
    table.insert(0, "grade", [names[place] for place in table.index])
    facts = _facts(moved, len(now) - len(both), confidence)
    before = both["assessed_on_before"].median().normalize()
    return RatingMigration(
        "risk.migration", table.reset_index(drop=True), facts, before, pd.Timestamp(day)
    )


def _facts(moved: pd.DataFrame, first_time: int, confidence: float) -> dict[str, Fact]:
    n = len(moved)

    def share(name: str) -> Fact:
        count = float(moved[name].sum())
        low, high = jeffreys_interval(np.array([count]), np.array([float(n)]), confidence)
        return Fact(count / n, "share", float(low[0]), float(high[0]), confidence, n)

    other = moved["model_id"] != moved["model_id_before"]
    return {
        "customers": Fact(n, "count", n=n),
        "worsened": share("worsened"),
        "improved": share("improved"),
        "far": share("moved_far"),
        "pd_before": Fact(float(moved["pd_12m_before"].mean()), "share2", n=n),
        "pd_now": Fact(float(moved["pd_12m"].mean()), "share2", n=n),
        "first_time": Fact(first_time, "count", n=n + first_time),
        "other_model": Fact(float(other.mean()), "share", n=n),
    }
