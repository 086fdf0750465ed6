"""From all loans on file to the sample of the score: what is left out, step by step, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import splits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = (
    "window_not_full",
    "closed",
    "nothing_owed",
    "days_unknown",
    "overdue",
    "classified",
    "outcome_open",
    "outcomes_overlap",
)
"""Why a loan on the tape at a cohort day is not in the sample, in the order in which it leaves."""
COLUMNS = ("cohort", "loan_id", "customer_id", "standing", "window_full", "outcome_known")


@dataclass(frozen=True, eq=False, repr=False)
class CreditPopulation(Result):
    """The waterfall from all loans to the sample.

    Attributes
    ----------
    table : DataFrame
        One row per step, the tape first and the sample last: `population_step`, `cases_before`
        (loans on cohort days that the step looks at), `removed` and `removed_share` of them,
        `cases_left`, and the different `loans_left` and `customers_left`.
    facts : mapping
        `loans` (on file), `never` (loans on file that were on no cohort day's tape), `tape` and
        `sample` (loans on cohort days), `share` (of the tape that is in the sample), `sample_loans`
        and `sample_customers` (different ones).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("population_step", "code", values="population_step"),
        Column("cases_before", "count"),
        Column("removed", "count"),
        Column("removed_share", "share2"),
        Column("cases_left", "count"),
        Column("loans_left", "count"),
        Column("customers_left", "count"),
    )
    base: ClassVar[str | None] = "cases_before"
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)
    key: ClassVar[tuple[str, ...]] = ("tape", "sample", "share")

    def summary(self) -> Finding:
        """Say how many of all are in the sample, and which step takes most."""
        steps = self.table.iloc[1:-1]
        largest = str(steps["population_step"].iloc[int(steps["removed"].argmax())])
        words = {"largest": Word(largest, "population_step")}
        return Finding(f"{self.name}.finding", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw how many are left after each step; the sample stands out."""
        labels = [schema.value("population_step", step) for step in self.table["population_step"]]
        last = np.arange(len(self.table)) == len(self.table) - 1
        drawn = self.table.assign(value=self.table["cases_left"], label=labels, strong=last)
        return ranked.draw(
            drawn, rows="label", unit="count", label=text.say("risk.left_axis"), ax=ax
        )


def credit_population(
    outcomes: pd.DataFrame, loans: pd.DataFrame, *, horizon_months: int
) -> CreditPopulation:
    """Count what each exclusion takes on the way from all loans to the sample.

    A loan is counted once for each cohort day on whose tape it stands. It leaves at the first step
    that applies: the months before the day are not all there; it is closed, nothing is owed, its
    days past due are not known, it is in default by days or by class; the months behind the day
    are not over; the cohort's outcomes overlap with those of a newer one (`stats.splits`).

    Parameters
    ----------
    outcomes : DataFrame
        `Bank.credit_outcomes`: the columns `COLUMNS`.
    loans : DataFrame
        All loans on file: `loan_id`.
    horizon_months : int
        Length of the outcome window.

    Raises
    ------
    DataError
        No loan is left for the sample.
    """
    check.columns(outcomes, *COLUMNS)
    check.columns(loans, "loan_id")
    check.rows(outcomes, "loans on the tape of a cohort day")
    left = np.ones(len(outcomes), dtype=np.bool_)
    rows = [_row("tape", outcomes, left, left)]
    for step in STEPS:
        gone = left & _leaves(step, outcomes, left, horizon_months)
        rows.append(_row(step, outcomes, left, left & ~gone))
        left = left & ~gone
    if not left.any():
        raise DataError("no loan is left for the sample; see the horizon, the window and the tape")
    rows.append(_row("sample", outcomes, left, left))
    table = pd.DataFrame(rows)
    on_file, on_tape = loans["loan_id"].nunique(), outcomes["loan_id"].nunique()
    n = len(outcomes)
    facts = {
        "loans": Fact(int(on_file), "count", n=int(on_file)),
        "never": Fact(int(on_file - on_tape), "count", n=int(on_file)),
        "tape": Fact(n, "count", n=n),
        "sample": Fact(int(left.sum()), "count", n=int(left.sum())),
        "share": Fact(float(left.mean()), "share", n=n),
        "sample_loans": Fact(int(table["loans_left"].iloc[-1]), "count", n=int(left.sum())),
        "sample_customers": Fact(int(table["customers_left"].iloc[-1]), "count", n=int(left.sum())),
    }
    return CreditPopulation("risk.population", table, facts)


def _leaves(
    step: str, outcomes: pd.DataFrame, left: splits.Mask, horizon_months: int
) -> splits.Mask:
    if step == "window_not_full":
        return (outcomes["window_full"] == 0).to_numpy()
    if step == "outcome_open":
        return (outcomes["outcome_known"] == 0).to_numpy()
    if step == "outcomes_overlap":
        kept = splits.separate_cohorts(outcomes.loc[left, "cohort"], horizon_months)
        return ~outcomes["cohort"].isin(kept).to_numpy()
    return (outcomes["standing"] == step).to_numpy()


def _row(
    step: str, outcomes: pd.DataFrame, before: splits.Mask, after: splits.Mask
) -> dict[str, object]:
    cases, own = int(before.sum()), outcomes[after]
    removed = cases - len(own)
    return {
        "population_step": step,
        "cases_before": cases,
        "removed": removed,
        "removed_share": removed / cases if cases else float("nan"),
        "cases_left": len(own),
        "loans_left": int(own["loan_id"].nunique()),
        "customers_left": int(own["customer_id"].nunique()),
    }
