"""Whose assessment of risk is due or overdue, by branch and by grade: the list to work down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, Word, day_word
from workbench.rules import risk_refresh
from workbench.stats.calibration import jeffreys_interval
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = (
    *("assessment_id", "customer_id", "assessed_on", "next_review_on", "risk_grade"),
    *("override_grade", "borrows", "model_version", "pd_12m"),
)
UNAPPROVED = "-unapproved"
"""What the version of a model ends with that nobody approved."""
DRAWN = 12
"""Rows that the figure has room for."""


@dataclass(frozen=True, eq=False, repr=False)
class ReviewDue(Result):
    """Customers with a live loan by when their next assessment is due.

    Attributes
    ----------
    table : DataFrame
        One row per branch, most overdue first, or per grade, safest first: `branch_name` or
        `risk_grade`, `customers_assessed`, `overdue_review`, `due_soon`, `overdue_share` with
        `low` to `high` (Jeffreys), and `light`.
    facts : mapping
        `overdue_share`, `overdue`, `due_soon`, `customers`, `oldest` (days), `peak` (most that fall
        due on one day of those due soon), `unapproved` (customers whose newest assessment is of a
        model nobody approved), `limit`; by grade also `urgent` (overdue or due soon in the
        riskiest grade).
    by : str
        `branch_name` or `risk_grade`.
    light : str
        Of all customers, by the rule pack `risk-refresh`.
    until, busiest : date
        Last day that counts as soon, and the day on which most of those fall due.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    by: str
    light: str
    until: date
    busiest: date
    columns: ClassVar[tuple[Column, ...]] = ()
    base: ClassVar[str | None] = "customers_assessed"
    parts: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("overdue_share", "overdue", "due_soon")

    def summary(self) -> Finding:
        """Say how large the backlog is, against the limit, and when the next wave falls due."""
        said = {
            "light": Word(self.light, "validation_light"),
            "until": day_word(self.until),
            "busiest": day_word(self.busiest),
        }
        return Finding(f"{self.name}.{self.kind()}", tuple(self.facts), said)

    def kind(self) -> str:
        """Return which of the sentences is true."""
        if self.facts["overdue"].value:
            return "finding"
        if not self.facts["due_soon"].value:
            return "calm"
        return "wave" if self.facts["peak"].value == self.facts["due_soon"].value else "none"

    def plot(self, ax: "Axes") -> "Axes":
        """Draw how many customers of each row are overdue, due soon and due later."""
        drawn = self.table.dropna(subset=["overdue_share"]).head(DRAWN)
        labels = drawn[self.by].astype(str)
        if self.by == "risk_grade":
            labels = pd.Series([text.say("risk.grade", grade=each) for each in labels], drawn.index)
        later = drawn["customers_assessed"] - drawn["overdue_review"] - drawn["due_soon"]
        shown = drawn.assign(later=later, label=labels)
        colours = {"overdue_review": PALETTE[4], "due_soon": ACCENT, "later": MUTED}
        names = ("risk.due_overdue", "risk.due_soon", "risk.due_later")
        return bars.stacked(
            shown,
            rows="label",
            parts={
                part: (text.say(name), colour)
                for (part, colour), name in zip(colours.items(), names, strict=True)
                if shown[part].sum()
            },
            unit="count",
            label=self._axis(len(drawn)),
            ax=ax,
        )

    def _axis(self, shown: int) -> str:
        if shown == len(self.table):
            return text.say("risk.due_axis")
        order = "first" if self.facts["overdue"].value else "largest"
        return text.say(f"risk.due_{order}", shown=shown)


def _columns(first: Column) -> tuple[Column, ...]:
    return (
        first,
        Column("customers_assessed", "count"),
        Column("overdue_review", "count"),
        Column("due_soon", "count"),
        Column("overdue_share", "share", interval=("low", "high")),
        Column("light", "code", values="validation_light", judged=True),
    )


@dataclass(frozen=True, eq=False, repr=False)
class DueByBranch(ReviewDue):
    """The backlog of each branch."""

    columns: ClassVar[tuple[Column, ...]] = _columns(Column("branch_name"))


@dataclass(frozen=True, eq=False, repr=False)
class DueByGrade(ReviewDue):
    """The backlog of each grade, the officer's where there is one."""

    columns: ClassVar[tuple[Column, ...]] = _columns(Column("risk_grade"))

    def summary(self) -> Finding:
        """Say how many of the riskiest grade are to be renewed: where to begin."""
        found = super().summary()
        words = {**found.words, "riskiest": Word(str(self.table["risk_grade"].iloc[-1]))}
        return Finding(found.key, found.facts, words)

    def kind(self) -> str:
        """Return which of the sentences is true."""
        if self.facts["unapproved"].value:
            return "unapproved"
        return "finding" if self.facts["urgent"].value else "calm"


KINDS: Mapping[str, type[ReviewDue]] = {"branch_name": DueByBranch, "risk_grade": DueByGrade}


def review_due(
    assessments: pd.DataFrame,
    *,
    day: date,
    by: Literal["branch_name", "risk_grade"] = "branch_name",
    confidence: float = 0.95,
) -> ReviewDue | None:
    """Count whose assessment is overdue or due soon, by `by`.

    Returns nothing where no customer with a live loan was ever assessed.

    Parameters
    ----------
    assessments : DataFrame
        As `Bank.assessment_outcomes` gives them.
    day : date
        Overdue is what was to be renewed before it.
    by : str
        `branch_name` or `risk_grade`.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(assessments, *NEEDED, by)
    ordered = assessments.sort_values(["assessed_on", "assessment_id"], kind="stable")
    newest = ordered[ordered["borrows"] == 1].drop_duplicates("customer_id", keep="last")
    if newest.empty:
        return None
    rules, today = risk_refresh.read().review, pd.Timestamp(day)
    due = pd.to_datetime(newest["next_review_on"])
    soon = today + pd.Timedelta(days=rules.soon_days)
    marked = newest.assign(
        risk_grade=newest["override_grade"].fillna(newest["risk_grade"]),
        overdue_review=due < today,
        due_soon=(due >= today) & (due <= soon),
    )
    table = _counted(marked, by, rules, confidence)
    facts = _facts(marked, today, rules, confidence)
    if by == "risk_grade":
        last = table.iloc[-1]
        urgent = int(last["overdue_review"] + last["due_soon"])
        facts["urgent"] = Fact(urgent, "count", n=int(last["customers_assessed"]))
    days = due[marked["due_soon"].to_numpy()].value_counts().sort_index()
    busiest = pd.Timestamp(days.index[int(days.argmax())]) if len(days) else soon
    facts["peak"] = Fact(int(days.max()) if len(days) else 0, "count", n=len(marked))
    name = f"risk.due_{'branch' if by == 'branch_name' else 'grade'}"
    light = rules.light(facts["overdue_share"].value)
    until = day + timedelta(days=rules.soon_days)
    return KINDS[by](name, table, facts, by, light, until, busiest.date())


def _facts(
    marked: pd.DataFrame, today: pd.Timestamp, rules: risk_refresh.Review, confidence: float
) -> dict[str, Fact]:
    n, late = len(marked), int(marked["overdue_review"].sum())
    low, high = jeffreys_interval(np.array([late]), np.array([float(n)]), confidence)
    waited = (today - pd.to_datetime(marked["next_review_on"])).dt.days.max()
    unapproved = int(marked["model_version"].str.endswith(UNAPPROVED).sum())
    return {
        "overdue_share": Fact(late / n, "share", float(low[0]), float(high[0]), confidence, n),
        "overdue": Fact(late, "count", n=n),
        "due_soon": Fact(int(marked["due_soon"].sum()), "count", n=n),
        "customers": Fact(n, "count", n=n),
        "oldest": Fact(max(int(waited), 0), "count", n=n),
        "unapproved": Fact(unapproved, "count", n=n),
        "limit": Fact(rules.overdue_red, "share"),
    }


def _counted(
    marked: pd.DataFrame, by: str, rules: risk_refresh.Review, confidence: float
) -> pd.DataFrame:
    grouped = marked.groupby(by, sort=True)
    table = grouped[["overdue_review", "due_soon"]].sum().astype(int)
    table["customers_assessed"] = grouped.size()
    if by == "risk_grade":
        table = table.loc[grouped["pd_12m"].mean().sort_values().index]
    late, all_ = (table[name].to_numpy(float) for name in ("overdue_review", "customers_assessed"))
    low, high = jeffreys_interval(late, all_, confidence)
    table = table.assign(overdue_share=late / all_, low=low, high=high)
    table["light"] = [rules.light(share) for share in table["overdue_share"]]
    if by == "branch_name":
        table = table.sort_values(["overdue_share", "customers_assessed"], ascending=False)
    return table.reset_index()
