"""Where a change of the NPL ratio comes from: entry, exit, mix and rate, by group of loans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import contributions
from workbench.result import Column, Fact, Finding, Result, Word, day_word
from workbench.stats.decomposition import RatioChange, Sums, ratio_change

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("entry", "leaving", "mix", "rate")
TOTAL = "contribution_bp"
PLACES = ("first", "second")
"""Facts that quote the groups which contribute most."""
DRAWN = 6
"""Groups that the figure names."""
WAYS = ("stayed", "left", "entered")


@dataclass(frozen=True, eq=False, repr=False)
class RatioMovement(Result):
    """Contributions of groups to the change of the ratio; all of them add up to it.

    Attributes
    ----------
    table : DataFrame
        One row per group, largest contribution first: `loans`, `ratio_before`, `ratio_now`, and
        the contributions `entry`, `leaving`, `mix`, `rate` and their sum `contribution_bp`; `rank`
        (`first`, `second`: the facts that quote the row).
    facts : mapping
        `before`, `now`, `change`, the four contributions over all groups, and those of the `first`
        and `second` group of the table (basis points).
    by : str
        `segment` or `branch_name`: what the groups are.
    since : date
        The month end it is counted from.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    by: str
    since: date
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    row_facts: ClassVar[str | None] = "rank"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)

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
            *(Column(part, "bp", signed=True) for part in (*PARTS, TOTAL)),
        )

    def summary(self) -> Finding:
        """Say how far the ratio moved, and which of the four parts moved it most."""
        most = max(PARTS, key=lambda part: abs(self.facts[part].value))
        words = {"since": day_word(self.since)}
        change = round(self.facts["change"].value, 4)
        kind = "rose" if change > 0 else "fell" if change < 0 else "same"
        groups = [self._group(row) for _, row in self.table.head(len(PLACES)).iterrows()]
        words |= {f"{place}_group": group for place, group in zip(PLACES, groups, strict=False)}
        if self.by != "segment" and len(groups) > 1:
            return Finding(f"{self.name}.{kind}", ("now", "change", "first", "second"), words)
        words["most"] = Word(most, "ratio_part")
        quoted = ("before", "now", "change", *PARTS, "first")
        return Finding(f"changes.npl_segment.{kind}", quoted, words)

    def _group(self, row: "pd.Series[Any]") -> Word:
        return Word(str(row[self.by]), "segment" if self.by == "segment" else None)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the contributions and their sum on `ax`: of the parts, or of the first groups."""
        rows = self._parts() if self.by == "segment" else self._groups()
        return contributions.draw(
            pd.DataFrame(rows),
            rows="label",
            total=text.say("changes.total"),
            unit="bp",
            label=text.say("changes.npl.axis"),
            ax=ax,
        )

    def _parts(self) -> list[dict[str, object]]:
        return [
            {"label": schema.value("ratio_part", part), "value": self.facts[part].value}
            for part in PARTS
        ]

    def _groups(self) -> list[dict[str, object]]:
        """Return the groups that contribute most; suppressed ones are among all others."""
        shown = self.table.dropna(subset=[TOTAL]).head(DRAWN)
        rows = [{"label": row[self.by], "value": row[TOTAL]} for row in shown.to_dict("records")]
        whole = sum(self.facts[part].value for part in PARTS)
        rest = whole - float(shown[TOTAL].sum())
        return [*rows, {"label": text.say("changes.rest"), "value": rest}]


def ratio_movement(moves: pd.DataFrame, by: str, since: date) -> RatioMovement:
    """Split the change of the NPL ratio between two month ends.

    Parameters
    ----------
    moves : DataFrame
        The query `loan_movement` with the column `by`: `way`, `loans`, `balance_before`,
        `balance_now`, `npl_before`, `npl_now`.
    by : str
        `segment` or `branch_name`.
    since : date
        The earlier month end.
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
    table[TOTAL] = table[list(PARTS)].sum(axis=1)
    order = table[TOTAL].abs().sort_values(ascending=False, kind="stable").index
    name = "changes.npl_segment" if by == "segment" else "changes.npl_branch"
    table = table.loc[order].reset_index(drop=True)
    table["rank"] = [*PLACES, *[""] * len(table)][: len(table)]
    facts = _facts(split) | {
        str(row["rank"]): Fact(float(row[TOTAL]), "bp", n=int(row["loans"]))
        for _, row in table.head(len(PLACES)).iterrows()
    }
    return RatioMovement(name, table, facts, by, since)


def _facts(split: RatioChange) -> dict[str, Fact]:
    return {
        "before": Fact(split.before, "share2"),
        "now": Fact(split.after, "share2"),
        "change": Fact(split.change, "pp"),
        **{part: Fact(float(getattr(split, part).sum()), "bp") for part in PARTS},
    }
