"""Which conditions applicants fail, by segment, and whether failing them decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.application_checks import Outcome
from workbench.rules.tape import Flags
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Eligibility(Result):
    """One row per condition of the rule pack and segment it applies to.

    Attributes
    ----------
    table : DataFrame
        `condition` (its title in each language), `condition_code`, `segment`, `asked`
        (applications it applies to), `fails` (share that does not meet it, `fails_low` to
        `fails_high`), `untold` (share for which that cannot be told), `declined_fail` and
        `declined_pass` (share declined of those that do not and that do meet it).
    facts : mapping
        `asked` (applications decided), `fails_any` (share that does not meet one condition or
        more), `declined_fail`, `declined_pass` (share declined with and without any such), `untold`
        (share for which at least one condition cannot be told), `commonest` (share failing it).
    first : mapping
        Title of the condition failed most often, in each language.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    first: Mapping[str, str]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("condition", "said"),
        Column("segment", "code", values="segment"),
        Column("asked", "count"),
        Column("fails", "share", interval=("fails_low", "fails_high")),
        Column("untold", "share"),
        Column("declined_fail", "share"),
        Column("declined_pass", "share"),
    )
    base: ClassVar[str | None] = "asked"
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("condition_code",),)
    figure: ClassVar[tuple[float, float] | None] = (8.4, 4.2)
    key: ClassVar[tuple[str, ...]] = ("fails_any", "declined_fail", "declined_pass")

    def summary(self) -> Finding:
        """Say how many fail a condition, and whether they are declined more often."""
        words = {"condition": Word("", said=self.first)}
        return Finding("needs.eligibility.found", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share that does not meet each condition, by segment."""
        shown = self.table.assign(
            row=[said[text.language()] for said in self.table["condition"]],
            column=[schema.value("segment", code) for code in self.table["segment"]],
        )
        wide = shown.pivot_table(
            index="row", columns="column", values="fails", sort=False, dropna=False
        )
        names = [schema.value("segment", code) for code in schema.values("segment")]
        wide = wide[[name for name in names if name in wide.columns]]
        marks = np.full(wide.shape, "", dtype=object)
        label = text.say("needs.eligibility.axis")
        return grid.draw(wide, marks=marks, unit="share", label=label, ax=ax)


def eligibility(
    applications: pd.DataFrame, outcomes: Sequence[Outcome], *, confidence: float = 0.95
) -> Eligibility:
    """Count who meets each condition, by segment, and how often who does not is declined.

    Parameters
    ----------
    applications : DataFrame
        As the query `need_applications` gives them: `segment`, `decision`.
    outcomes : sequence of Outcome
        From `rules.application_checks.outcomes`, of the checks of eligibility.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(applications, "segment", "decision")
    check.rows(applications, "decided applications")
    declined = applications["decision"].eq("declined").to_numpy()
    segment = applications["segment"].to_numpy()
    table = pd.concat([_rows(each, segment, declined) for each in outcomes], ignore_index=True)
    ends = share_interval(
        table["fails"].to_numpy(float), table["asked"].to_numpy(float), confidence
    )
    table["fails_low"], table["fails_high"] = ends.low, ends.high
    any_ = np.logical_or.reduce([each.fails for each in outcomes])
    blank = np.logical_or.reduce([each.unknown for each in outcomes])
    shares = [each.fails.sum() / max(each.applies.sum(), 1) for each in outcomes]
    place = int(np.argmax(shares))
    n, applied = len(applications), int(outcomes[place].applies.sum())
    facts = {
        "asked": Fact(n, "count", n=n),
        "fails_any": Fact(float(any_.mean()), "share", n=n),
        "declined_fail": Fact(_share(declined[any_]), "share", n=int(any_.sum())),
        "declined_pass": Fact(_share(declined[~any_]), "share", n=int((~any_).sum())),
        "untold": Fact(float(blank.mean()), "share", n=n),
        "commonest": Fact(float(shares[place]), "share", n=applied),
    }
    return Eligibility("needs.eligibility", table, facts, outcomes[place].check.said())


def _rows(outcome: Outcome, segment: NDArray[np.object_], declined: Flags) -> pd.DataFrame:
    at = outcome.applies
    rows = pd.DataFrame(
        {
            "segment": segment[at],
            "fails": outcome.fails[at],
            "untold": outcome.unknown[at],
            "declined_fail": np.where(outcome.fails[at], declined[at], np.nan),
            "declined_pass": np.where(outcome.fails[at], np.nan, declined[at]),
        }
    )
    by = rows.groupby("segment")
    table = by[["fails", "untold", "declined_fail", "declined_pass"]].mean()
    table.insert(0, "asked", by.size())
    listed = [code for code in schema.values("segment") if code in table.index]
    found = table.loc[listed].rename_axis("segment").reset_index()
    found.insert(0, "condition", [outcome.check.said()] * len(found))
    found.insert(1, "condition_code", outcome.check.code)
    return found


def _share(values: Flags) -> float:
    return float(values.mean()) if len(values) else np.nan
