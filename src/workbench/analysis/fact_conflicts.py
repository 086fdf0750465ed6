"""Facts on which two sources contradict each other, by pair of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAIR = "fact_pair"
"""Value list of the pairs of sources."""


@dataclass(frozen=True, eq=False, repr=False)
class FactConflicts(Result):
    """How often two sources lie further apart than the bank accepts.

    Attributes
    ----------
    table : DataFrame
        One row per `fact_pair`, largest share first: the sources `first_source` and
        `second_source`, `compared` (customers, or reports), `conflicting`, `share`, the accepted
        range `lowest` to `highest`, the `owner` that clears it up.
    facts : mapping
        `compared`, `conflicting`, `share` of all; `largest` share of a pair.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("fact_pair", "code", values=PAIR),
        Column("first_source", "code", values="source_kind"),
        Column("second_source", "code", values="source_kind"),
        Column("compared", "count"),
        Column("conflicting", "count"),
        Column("share", "share"),
        Column("lowest", "ratio"),
        Column("highest", "ratio"),
        Column("owner", "code", values="dept_role"),
    )
    base: ClassVar[str | None] = "compared"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.0)

    def summary(self) -> Finding:
        """Say how many comparisons conflict, and which pair most often."""
        words = {"pair": Word(str(self.table["fact_pair"].iloc[0]), PAIR)}
        shown = ("compared", "conflicting", "share", "largest")
        return Finding(f"{self.name}.finding", shown, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the conflicting share of each pair; the largest stands out."""
        table = self.table.assign(
            value=self.table["share"],
            strong=[at == 0 for at in range(len(self.table))],
            label=[schema.value(PAIR, pair) for pair in self.table["fact_pair"]],
        )
        return ranked.draw(
            table, rows="label", unit="share", label=text.say("information.conflict_axis"), ax=ax
        )


def fact_conflicts(distances: pd.DataFrame, rules: Sequence[Mapping[str, Any]]) -> FactConflicts:
    """Return how often two sources contradict each other.

    Parameters
    ----------
    distances : DataFrame
        `fact_pair`, `apart`, `times` (`information_sources.fact_distances`).
    rules : sequence of mapping
        `name`, `first`, `second`, `owner`, and `highest` and, where there is one, `lowest` distance
        that is accepted: rule pack `fact-conflicts`.
    """
    check.columns(distances, "fact_pair", "apart", "times")
    check.rows(distances, "facts that two sources tell")
    rows = [_row(distances[distances["fact_pair"] == rule["name"]], rule) for rule in rules]
    table = pd.DataFrame(rows)
    table = table[table["compared"] > 0].sort_values(
        ["share", "fact_pair"], ascending=[False, True], ignore_index=True
    )
    compared, conflicting = int(table["compared"].sum()), int(table["conflicting"].sum())
    facts = {
        "compared": Fact(compared, "count", n=compared),
        "conflicting": Fact(conflicting, "count", n=compared),
        "share": Fact(conflicting / compared, "share", n=compared),
        "largest": Fact(table["share"].iloc[0], "share", n=int(table["compared"].iloc[0])),
    }
    return FactConflicts("information.conflicts", table, facts)


def _row(own: pd.DataFrame, rule: Mapping[str, Any]) -> dict[str, Any]:
    lowest, highest = float(rule.get("lowest", float("nan"))), float(rule["highest"])
    beyond = (own["apart"] < lowest) | (own["apart"] > highest)
    compared, conflicting = int(own["times"].sum()), int(own.loc[beyond, "times"].sum())
    return {
        "fact_pair": rule["name"],
        "first_source": rule["first"],
        "second_source": rule["second"],
        "compared": compared,
        "conflicting": conflicting,
        "share": conflicting / compared if compared else float("nan"),
        "lowest": lowest,
        "highest": highest,
        "owner": rule["owner"],
    }
