"""How much of a loan in default is lost, by segment and security, workouts still open included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_refresh
from workbench.stats import workout
from workbench.stats.arrays import Codes
from workbench.stats.workout import Workouts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = ("segment", "main_security")
OTHERS = "loss_cell:others"
"""Cells with too few defaults for an estimate of their own, together."""
LOANS = (
    *("loan_id", "customer_id", "segment", "main_security", "defaulted_on", "exposure", "rate"),
    *("observed_months", "cured_month", "ended"),
)
RECOVERIES = ("loan_id", "month_end", "recovered")


@dataclass(frozen=True, eq=False, repr=False)
class LossGivenDefault(Result):
    """Loss given default of each segment and security.

    Attributes
    ----------
    table : DataFrame
        One row per segment and security with enough defaults (rule pack `risk-refresh`), and one
        for all others together: `loss_cell`, `defaults_seen`, `workouts_open`, `loss_mean` with
        `low` to `high`, `loss_ended` (naive: of ended workouts alone), `loss_open_lost` (naive:
        what is still open counted as lost) and `loss_downturn`.
    facts : mapping
        `loss` of all defaults, `loss_weighted` (by exposure), `ended_only`, `open_lost` (the naive
        ones), `downturn`, `addition`, `defaults`, `open`, `cured` (share put right), `months` up
        to which recoveries count.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("loss_cell", "codes"),
        Column("defaults_seen", "count"),
        Column("workouts_open", "count"),
        Column("loss_mean", "share", interval=("low", "high")),
        Column("loss_ended", "share"),
        Column("loss_open_lost", "share"),
        Column("loss_downturn", "share"),
    )
    base: ClassVar[str | None] = "defaults_seen"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.6)
    key: ClassVar[tuple[str, ...]] = ("loss", "loss_weighted", "downturn")

    def summary(self) -> Finding:
        """Say how much is lost, and what leaving open workouts out would have said."""
        return Finding(f"{self.name}.finding", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the loss of each cell with its interval; the line is that of all."""
        drawn = self.table.dropna(subset=["loss_mean"]).sort_values("loss_mean")
        column = self.columns[0]
        labels = [column.cell({"loss_cell": each}) for each in drawn["loss_cell"]]
        return intervals.draw(
            drawn.assign(value=drawn["loss_mean"], label=labels),
            rows="label",
            unit="share",
            label=text.say("risk.loss_axis"),
            ax=ax,
            reference=self.facts["loss"].value,
        )


def loss_given_default(
    loans: pd.DataFrame, recoveries: pd.DataFrame, *, confidence: float = 0.95
) -> LossGivenDefault | None:
    """Measure the loss given default by discounting what was recovered at the loan's own rate.

    Returns nothing where no default was observed for a month. A loan that is put right loses
    nothing; of the others all that came in within the months of the rule pack counts, also behind a
    write-off. Defaults count alike; intervals are robust to several of one customer.

    Parameters
    ----------
    loans, recoveries : DataFrame
        As `Bank.defaulted_loans` gives them.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(loans, *LOANS)
    check.columns(recoveries, *RECOVERIES)
    loans = loans[loans["observed_months"] > 0].reset_index(drop=True)
    if len(loans) < 2:
        return None
    rules = risk_refresh.read()
    made = workout.of_loans(
        loans,
        recoveries,
        months=rules.loss.workout_months,
        cost_share=rules.loss.cost_share,
        premium=rules.loss.discount_premium,
    )
    customers = pd.factorize(loans["customer_id"])[0].astype(np.intp)
    waits = _open(loans, rules.loss.workout_months)
    cells = _cells(loans, rules.loss.least_defaults)
    rows = [
        {
            "loss_cell": name,
            **_cell(made, customers, waits, np.flatnonzero(cells == name), rules, confidence),
        }
        for name in dict.fromkeys(cells[np.argsort(_order(loans, cells), kind="stable")])
    ]
    table = pd.DataFrame(rows)
    facts = _facts(loans, made, customers, waits, rules, confidence)
    return LossGivenDefault("risk.loss", table, facts)


def _cells(loans: pd.DataFrame, least: int) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return the cell of each loan as codes: its own with `least` defaults, else the others'."""
    names = "segment:" + loans["segment"] + "|main_security:" + loans["main_security"]
    own = names.map(names.value_counts()) >= least
    return np.asarray(names.where(own, OTHERS), dtype=object)


def _order(loans: pd.DataFrame, cells: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> Codes:
    """Return the place of each loan's cell in the order of the value lists, the others last."""
    place = np.zeros(len(loans), dtype=np.intp)
    for name in CELL:
        codes = list(schema.values(name))
        place = place * len(codes) + loans[name].map(codes.index).to_numpy(np.intp)
    place[cells == OTHERS] = np.iinfo(np.intp).max
    return place


def _open(loans: pd.DataFrame, months: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Tell which workouts may still bring something in: a write-off alone ends none."""
    final = loans["ended"].notna() & (loans["ended"] != "written_off")
    done = final | (loans["cured_month"] > 0) | (loans["observed_months"] >= months)
    return np.asarray(~done, dtype=bool)


def _cell(
    made: Workouts,
    customers: Codes,
    waits: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    at: Codes,
    rules: risk_refresh.RiskRefresh,
    confidence: float,
) -> dict[str, float]:
    counts = {"defaults_seen": len(at), "workouts_open": int(waits[at].sum())}
    names = ("loss_mean", "low", "high", "loss_ended", "loss_open_lost", "loss_downturn")
    if len(at) < rules.loss.least_defaults:
        return {**counts, **dict.fromkeys(names, float("nan"))}
    found = workout.loss(made.take(at), customers[at])
    values = (
        *(found.value, *found.interval(confidence), *_naive(made, waits, at)),
        rules.downturn.of(found.value),
    )
    return {**counts, **dict(zip(names, values, strict=True))}


def _naive(
    made: Workouts, waits: "np.ndarray[tuple[int], np.dtype[np.bool_]]", at: Codes
) -> tuple[float, float]:
    """Return the mean loss of ended workouts alone, and with all that is open counted as lost."""
    lost = 1 - made.recovered[at].sum(axis=1)
    ended = lost[~waits[at]]
    return float(ended.mean()) if len(ended) else float("nan"), float(lost.mean())


def _facts(
    loans: pd.DataFrame,
    made: Workouts,
    customers: Codes,
    waits: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    rules: risk_refresh.RiskRefresh,
    confidence: float,
) -> dict[str, Fact]:
    n, everybody = len(loans), np.arange(len(loans))
    found = workout.loss(made, customers)
    low, high = found.interval(confidence)
    exposure = loans["exposure"].to_numpy(float)
    weighted = float(np.average(workout.pseudo_losses(made), weights=exposure))
    ended, lost = _naive(made, waits, everybody)
    return {
        "loss": Fact(found.value, "share", low, high, confidence, n),
        "loss_weighted": Fact(weighted, "share", n=n),
        "ended_only": Fact(ended, "share", n=int((~waits).sum())),
        "open_lost": Fact(lost, "share", n=n),
        "downturn": Fact(rules.downturn.of(found.value), "share", n=n),
        "addition": Fact(rules.downturn.addition, "pp"),
        "defaults": Fact(n, "count", n=n),
        "open": Fact(int(waits.sum()), "count", n=n),
        "cured": Fact(float((loans["cured_month"] > 0).mean()), "share", n=n),
        "months": Fact(found.months, "count"),
    }
