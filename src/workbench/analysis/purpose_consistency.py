"""Whether amount, term and industry of applications fit what the money is said to be for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.application_checks import Outcome
from workbench.rules.tape import Flags, Vector
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class PurposeConsistency(Result):
    """One row per check of purposes, in the order of the rule pack.

    Attributes
    ----------
    table : DataFrame
        `finding` (its title in each language), `reason_code`, `asked` (applications it applies to),
        `findings` and `found_share` (that do not fit, `found_low` to `found_high`), `untold` (share
        for which that cannot be told), `found_amount` (money asked for in them, with its two
        `largest`), `granted` (share of those found that were approved all the same).
    facts : mapping
        `asked`, `found_any` (share with one finding or more), `found_amount`, `granted` (share of
        those approved), `several` (share with two or more), `commonest`.
    first : mapping
        Title of the commonest finding, in each language.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    first: Mapping[str, str]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("finding", "said"),
        Column("reason_code"),
        Column("asked", "count"),
        Column("findings", "count"),
        Column("found_share", "share", interval=("found_low", "found_high")),
        Column("untold", "share"),
        Column("found_amount", "money", largest=("largest", "second")),
        Column("granted", "share"),
    )
    base: ClassVar[str | None] = "asked"
    figure: ClassVar[tuple[float, float] | None] = (8.4, 3.0)
    key: ClassVar[tuple[str, ...]] = ("found_any", "found_amount", "granted")

    def summary(self) -> Finding:
        """Say how many purposes do not fit, and how many of them were approved."""
        if not self.facts["found_any"].value:
            return Finding("needs.purpose.none", ("asked",))
        words = {"finding": Word("", said=self.first)}
        quoted = ("asked", "found_any", "found_amount", "commonest", "granted")
        return Finding("needs.purpose.found", quoted, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each finding among the applications it could be made on."""
        ends = {"found_share": "value", "found_low": "low", "found_high": "high"}
        drawn = self.table[self.table["found_share"].notna()].rename(columns=ends)
        drawn["label"] = [said[text.language()] for said in drawn["finding"]]
        label = text.say("needs.purpose.axis")
        return intervals.draw(drawn, rows="label", unit="share", label=label, ax=ax)


def purpose_consistency(
    applications: pd.DataFrame, outcomes: Sequence[Outcome], *, confidence: float = 0.95
) -> PurposeConsistency:
    """Count applications whose amount, term, product or industry does not fit their purpose.

    Parameters
    ----------
    applications : DataFrame
        As the query `need_applications` gives them.
    outcomes : sequence of Outcome
        From `rules.application_checks.outcomes`, of the checks of purpose.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(applications, "decision", "requested")
    check.rows(applications, "decided applications")
    approved = ~applications["decision"].eq("declined").to_numpy()
    asked = applications["requested"].to_numpy(float)
    table = pd.DataFrame([_row(each, approved, asked) for each in outcomes])
    n = table["asked"].to_numpy(float)
    table["found_share"] = np.divide(
        table["findings"].to_numpy(float), n, out=np.full(len(n), np.nan), where=n > 0
    )
    ends = share_interval(table["found_share"].to_numpy(float), np.maximum(n, 1.0), confidence)
    table["found_low"], table["found_high"] = ends.low, ends.high
    times = np.sum([each.fails for each in outcomes], axis=0)
    some, place = times > 0, int(table["findings"].argmax())
    facts = {
        "asked": Fact(len(applications), "count", n=len(applications)),
        "found_any": Fact(float(some.mean()), "share", n=len(applications)),
        "found_amount": Fact(float(np.nansum(asked[some])), "money", n=int(some.sum())),
        "granted": Fact(
            float(approved[some].mean()) if some.any() else np.nan, "share", n=int(some.sum())
        ),
        "several": Fact(float((times > 1).mean()), "share", n=len(applications)),
        "commonest": Fact(int(table["findings"].max()), "ledger"),
    }
    return PurposeConsistency("needs.purpose", table, facts, outcomes[place].check.said())


def _row(outcome: Outcome, approved: Flags, asked: Vector) -> dict[str, object]:
    found = outcome.fails
    largest = np.sort(np.nan_to_num(asked[found]))[::-1]
    return {
        "reason_code": outcome.check.code,
        "finding": outcome.check.said(),
        "asked": int(outcome.applies.sum()),
        "findings": int(found.sum()),
        "untold": float(outcome.unknown.sum()) / max(int(outcome.applies.sum()), 1),
        "found_amount": float(np.nansum(asked[found])),
        "largest": float(largest[0]) if len(largest) else 0.0,
        "second": float(largest[1]) if len(largest) > 1 else 0.0,
        "granted": float(approved[found].mean()) if found.any() else np.nan,
    }
