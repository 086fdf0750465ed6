"""Whether the delinquency states mean the same in every month, before anyone reads their moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.errors import DataError
from workbench.plots import columns
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import homogeneity
from workbench.stats.homogeneity import Counts, Mask, Steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATES = "delinquency_state"
"""Value list of the states."""


@dataclass(frozen=True, eq=False, repr=False)
class StatusCoding(Result):
    """Each monthly step compared with the others that are not breaks.

    Attributes
    ----------
    table : DataFrame
        One row per step, oldest first: `month_to`, `loans`, `moved` (share of the loans that moved
        otherwise than in the other steps), `statistic`, `df`, `p_holm`, `state_from`, `state_to`
        (the move that gained most), `share_step` and `share_elsewhere` of the loans in `state_from`
        that made it, and `verdict` (`break`, `ordinary`).
    facts : mapping
        `steps`, `breaks`, `different` (numbers of steps; different: by the test at the level),
        `moved`, `share`, `share_elsewhere`, `p_holm` of the step that differs most, `ordinary`
        (largest `moved` among the steps that are no break; missing when all are), `notable`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("month_to", "date"),
        Column("loans", "count"),
        Column("moved", "share2"),
        Column("p_holm", "p"),
        Column("state_from", "code", values=STATES, judged=True),
        Column("state_to", "code", values=STATES, judged=True),
        Column("share_step", "share2"),
        Column("share_elsewhere", "share2"),
        Column("verdict", "code", values="step_verdict", judged=True),
    )
    base: ClassVar[str | None] = "loans"
    about: ClassVar[str] = "ledger"
    key: ClassVar[tuple[str, ...]] = ("moved", "different", "breaks")

    def summary(self) -> Finding:
        """Say whether a step breaks the series, and which move shows it."""
        worst = self.table.iloc[int(self.table["moved"].argmax())]
        words = {
            "month": Word(f"{worst['month_to']:%Y-%m}", "month"),
            "state_from": Word(worst["state_from"], STATES),
            "state_to": Word(worst["state_to"], STATES),
        }
        if self.facts["breaks"].value:
            shown = ("steps", "breaks", "moved", "share", "share_elsewhere", "ordinary")
            return Finding(f"{self.name}.break", shown, words)
        month = {"month": words["month"]}
        return Finding(f"{self.name}.steady", ("steps", "different", "moved", "notable"), month)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw per step the share of loans that moved otherwise; breaks stand out."""
        months = [f"{month:%Y-%m}" for month in self.table["month_to"]]
        return columns.draw(
            self.table.assign(
                value=self.table["moved"], strong=self.table["verdict"] == "break", month=months
            ),
            columns="month",
            unit="share",
            label=text.say("risk.moved_axis"),
            ax=ax,
            reference=self.facts["notable"].value,
        )


def status_coding(
    steps: pd.DataFrame, *, notable: float = 0.05, confidence: float = 0.95
) -> StatusCoding:
    """Compare the transition matrix of each month with those of the other months.

    Parameters
    ----------
    steps : DataFrame
        One row per `month_from`, `month_to`, `state_from`, `state_to`: number of `loans`.
    notable : float
        Share of the loans that must move otherwise before a step counts as a break. With many
        loans the seasons alone make every step differ significantly; a change of coding moves
        many loans at once.
    confidence : float
        1 minus it is the level of the tests over all steps (Holm).
    """
    check.columns(steps, "month_from", "month_to", "state_from", "state_to", "loans")
    check.rows(steps, "loans followed from one month to the next")
    months, states, counts = _matrices(steps)
    found, broken = homogeneity.without_breaks(counts, notable=notable, level=1 - confidence)
    table = _table(months, states, found, broken)
    return StatusCoding("risk.status_coding", table, _facts(table, notable, 1 - confidence))


def _matrices(steps: pd.DataFrame) -> tuple["pd.Series[pd.Timestamp]", list[str], Counts]:
    """Return the months, the states and the counts, shape (steps, states, states)."""
    at, months = pd.factorize(steps["month_to"], sort=True)
    if len(months) < 2:
        raise DataError("one month cannot be compared with others; two or more steps are needed")
    ends = np.concatenate([steps["state_from"], steps["state_to"]])
    codes, states = pd.factorize(ends, sort=True)
    begin, end = codes[: len(steps)], codes[len(steps) :]
    counts = np.zeros((len(months), len(states), len(states)))
    np.add.at(counts, (at, begin, end), steps["loans"].to_numpy(float))
    return pd.Series(months), [str(state) for state in states], counts


def _table(
    months: "pd.Series[pd.Timestamp]", states: list[str], found: Steps, broken: Mask
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month_to": months,
            "loans": found.loans,
            "moved": found.distance,
            "statistic": found.statistic,
            "df": found.df,
            "p_holm": found.adjusted,
            "state_from": [states[at] for at in found.state_from],
            "state_to": [states[at] for at in found.state_to],
            "share_step": found.share,
            "share_elsewhere": found.share_elsewhere,
            "verdict": np.where(broken, "break", "ordinary"),
        }
    )


def _facts(table: pd.DataFrame, notable: float, level: float) -> dict[str, Fact]:
    worst = table.iloc[int(table["moved"].argmax())]
    ordinary = table.loc[table["verdict"] == "ordinary", "moved"]
    n = int(worst["loans"])
    return {
        "steps": Fact(len(table), "count"),
        "breaks": Fact(int((table["verdict"] == "break").sum()), "count"),
        "different": Fact(int((table["p_holm"] < level).sum()), "count"),
        "moved": Fact(float(worst["moved"]), "share2", n=n),
        "share": Fact(float(worst["share_step"]), "share2", n=n),
        "share_elsewhere": Fact(float(worst["share_elsewhere"]), "share2", n=n),
        "p_holm": Fact(float(worst["p_holm"]), "p", n=n),
        "ordinary": Fact(float(ordinary.max()), "share2", n=n),
        "notable": Fact(notable, "share"),
    }
