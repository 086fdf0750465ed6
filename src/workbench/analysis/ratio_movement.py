"""Where a change of the NPL ratio comes from: entry, exit, mix and rate, by group of loans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import contributions
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.decomposition import RatioChange, Sums, ratio_change

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("entry", "leaving", "mix", "rate")
WAYS = ("stayed", "left", "entered")


@dataclass(frozen=True, eq=False, repr=False)
class RatioMovement(Result):
    """Contributions of groups to the change of the ratio; all of them add up to it.

    Attributes
    ----------
    table : DataFrame
        One row per group, largest contribution first: `loans`, `ratio_before`, `ratio_now`, and
        the contributions `entry`, `leaving`, `mix`, `rate` and their sum `contribution_pp`.
    facts : mapping
        `before`, `now`, `change`, and the four contributions over all groups.
    by : str
        `segment` or `branch_name`: what the groups are.
    since : str
        The month end it is counted from, in ISO form.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    by: str
    since: str
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.8)

    @property
    def columns(self) -> tuple[Column, ...]:  # type: ignore[override]
        """Return the columns: the group first."""
        group = (
            Column("segment", "code", values="segment") if self.by == "segment" else Column(self.by)
        )
        return (
            group,
            Column("loans", "count"),
            Column("ratio_before", "share2"),
            Column("ratio_now", "share2"),
            *(Column(part, "pp", signed=True) for part in (*PARTS, "contribution_pp")),
        )

    def summary(self) -> Finding:
        """Say how far the ratio moved, and which of the four parts moved it most."""
        most = max(PARTS, key=lambda part: abs(self.facts[part].value))
        words = {"since": Word(self.since), "most": Word(most, "ratio_part")}
        change = round(self.facts["change"].value, 4)
        kind = "rose" if change > 0 else "fell" if change < 0 else "same"
        return Finding(f"changes.npl.{kind}", ("before", "now", "change", *PARTS), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the four contributions and their sum on `ax`."""
        rows = [
            {"label": schema.value("ratio_part", part), "value": self.facts[part].value}
            for part in PARTS
        ]
        return contributions.draw(
            pd.DataFrame(rows),
            rows="label",
            total=text.say("changes.total"),
            unit="pp",
            label=text.say("changes.npl.axis"),
            ax=ax,
        )


def ratio_movement(moves: pd.DataFrame, by: str, since: str) -> RatioMovement:
    """Split the change of the NPL ratio between two month ends.

    Parameters
    ----------
    moves : DataFrame
        The query `loan_movement` with the column `by`: `way`, `loans`, `balance_before`,
        `balance_now`, `npl_before`, `npl_now`.
    by : str
        `segment` or `branch_name`.
    since : str
        The earlier month end, in ISO form.
    """
    numbers = ("loans", "balance_before", "balance_now", "npl_before", "npl_now")
    check.columns(moves, by, "way", *numbers)
    sums = moves.pivot_table(index=by, columns="way", values=list(numbers), aggfunc="sum")
    wanted = pd.MultiIndex.from_product([numbers, WAYS])
    sums = sums.reindex(columns=wanted).fillna(0.0)
    split = ratio_change(
        Sums(
            stayed_before=(sums["npl_before", "stayed"], sums["balance_before", "stayed"]),
            stayed_after=(sums["npl_now", "stayed"], sums["balance_now", "stayed"]),
            left=(sums["npl_before", "left"], sums["balance_before", "left"]),
            entered=(sums["npl_now", "entered"], sums["balance_now", "entered"]),
        )
    )
    whole = sums.T.groupby(level=0).sum().T
    table = pd.DataFrame(
        {
            by: sums.index,
            "loans": whole["loans"].to_numpy(int),
            "ratio_before": (whole["npl_before"] / whole["balance_before"]).to_numpy(),
            "ratio_now": (whole["npl_now"] / whole["balance_now"]).to_numpy(),
            **{part: getattr(split, part) for part in PARTS},
        }
    )
    table["contribution_pp"] = table[list(PARTS)].sum(axis=1)
    order = table["contribution_pp"].abs().sort_values(ascending=False, kind="stable").index
    name = "changes.npl_segment" if by == "segment" else "changes.npl_branch"
    return RatioMovement(name, table.loc[order].reset_index(drop=True), _facts(split), by, since)


def _facts(split: RatioChange) -> dict[str, Fact]:
    return {
        "before": Fact(split.before, "share2"),
        "now": Fact(split.after, "share2"),
        "change": Fact(split.change, "pp"),
        **{part: Fact(float(getattr(split, part).sum()), "pp") for part in PARTS},
    }
