"""What was done about complaints and surveys: measures, who owns them, and what is overdue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import did
from workbench.stats.respondents import Wave
from workbench.stats.scores import measures as scored
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATES = ("done", "done_late", "open", "past_due")
"""Codes of the list `measure_state`, in the order of the figure."""
COLOURS = dict(zip(STATES, (ACCENT, PALETTE[2], MUTED, PALETTE[4]), strict=True))
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, eq=False, repr=False)
class Register(Result):
    """Measures by what raised them, kind and owner, most first.

    Attributes
    ----------
    table : DataFrame
        `origin_type`, `measure_kind`, `owner_dept`, `raised`; of these `done` (in time),
        `done_late`, `open` (not yet due) and `past_due`; `on_time` (done in time, of those due or
        done late), `open_days` (median age of what is not done) and `overdue_days` (longest).
    facts : mapping
        `raised`, `finished`, `unfinished`, `overdue`, `on_time`, and `longest` days overdue.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin_type", "code", values="origin_type"),
        Column("measure_kind", "code", values="measure"),
        Column("owner_dept", "code", values="dept_role"),
        Column("raised", "count"),
        *(Column(state, "count") for state in STATES),
        Column("on_time", "share"),
        Column("overdue_days", "count"),
    )
    base: ClassVar[str | None] = "raised"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("origin_type",), ("measure_kind",))
    sums: ClassVar[tuple[tuple[str, ...], ...]] = (("raised", *STATES),)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.0)

    def summary(self) -> Finding:
        """Say how many measures there are, and how many are overdue."""
        if self.table.empty:
            return Finding(f"{self.name}.none")
        quoted = ("raised", "finished", "unfinished", "on_time")
        if not self.facts["overdue"].value:
            return Finding(f"{self.name}.in_time", quoted)
        worst = self.table.sort_values("overdue_days", kind="stable", na_position="first").iloc[-1]
        words = {
            "measure": Word(str(worst["measure_kind"]), "measure"),
            "dept": Word(str(worst["owner_dept"]), "dept_role"),
        }
        return Finding(f"{self.name}.overdue", (*quoted, "overdue", "longest"), words)

    def told(self, hidden: Collection[str] = ()) -> Finding:
        """Return the finding; where details may not be told, without them."""
        found, few = super().told(hidden), ("raised", "on_time")
        if not found.is_untold or not set(hidden).isdisjoint(few):
            return found
        return Finding(f"{self.name}.partly", few)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the states of the measures of each row that may be shown, in numbers, on `ax`."""
        shown = self.table.dropna(subset=["raised"])
        if shown.empty:
            ax.set_axis_off()
            return ax
        labels = [
            text.say(
                "survey.measure_label",
                origin=schema.value("origin_type", str(row["origin_type"])),
                measure=schema.value("measure", str(row["measure_kind"])),
            )
            for _, row in shown.iterrows()
        ]
        return bars.stacked(
            shown.assign(label=labels),
            rows="label",
            parts={state: (text.say(f"column.{state}"), COLOURS[state]) for state in STATES},
            unit="count",
            label=text.say("survey.measures_axis"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class BranchMeasures(Result):
    """Measures of single branches, the newest first.

    Attributes
    ----------
    table : DataFrame
        `origin_id` (wave), `branch_name`, `measure_kind`, `owner_dept`, `opened_on`, `started_on`,
        `due_on`, `done_on`, `measure_state`, `overdue_days`; `baseline` and `target` (points of
        the net promoter score), `latest` (of the newest wave) and the `answers` it rests on.
    facts : mapping
        `measures`, `unfinished`, `reached`: those whose branch scores at least its target now.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin_id"),
        Column("branch_name"),
        Column("measure_kind", "code", values="measure"),
        Column("owner_dept", "code", values="dept_role"),
        Column("opened_on", "date"),
        Column("started_on", "date"),
        Column("due_on", "date"),
        Column("done_on", "date"),
        Column("measure_state", "code", values="measure_state"),
        Column("overdue_days", "count"),
        Column("baseline", "points"),
        Column("target", "points"),
        Column("latest", "points"),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many branches have reached their target, and that one score proves nothing."""
        if self.table.empty:
            return Finding(f"{self.name}.none")
        return Finding(f"{self.name}.finding", ("measures", "unfinished", "reached"))


@dataclass(frozen=True, eq=False, repr=False)
class LastMeasures(Result):
    """What became of the measures behind each wave, and whether they can be said to have helped.

    Attributes
    ----------
    table : DataFrame
        One row per wave that raised measures, the newest first: `origin_id`, `raised`, of these
        `done`, `done_late`, `open` and `past_due`. Counts of measures, not of people.
    facts : mapping
        Of the newest of these waves `raised`, `finished`, `unfinished` and `overdue`; `detectable`
        and `aim` (points), and `effect`, where the effect can be compared.
    state : str
        `none` without measures, `nothing` without branches to compare, `too_small` for a bank that
        cannot find the effect aimed at, else `beyond` or `within` sampling error.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    state: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin_id"),
        Column("raised", "count"),
        *(Column(state, "count") for state in STATES),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say first whether the effect of measures can be told, then how far the last ones are."""
        if self.state == "none":
            return Finding(f"{self.name}.none")
        quoted = ["raised", "finished", "unfinished", "overdue"]
        if self.state != "nothing":
            quoted += ["detectable", "aim", "effect"]
        words = {"wave": Word(str(self.table["origin_id"].iloc[0]))}
        return Finding(f"{self.name}.{self.state}", tuple(quoted), words)


def register(
    measures: pd.DataFrame,
    *,
    as_of: date,
    origins: Sequence[str] = ("survey", "complaint"),
    name: str = "survey.measures",
) -> Register:
    """Count the measures raised by `origins`, by kind and owner.

    Parameters
    ----------
    measures : DataFrame
        One row per measure, as `Bank.measures` gives them.
    as_of : date
        Day on which what is not done is open or overdue. Due times count to the minute.
    origins : sequence of str
        Codes of the list `origin_type`.
    name : str
        Of the result.
    """
    own = _followed(measures[measures["origin_type"].isin(list(origins))], as_of)
    by = ["origin_type", "measure", "owner_dept"]
    counts = own.groupby([*by, "measure_state"]).size().unstack(fill_value=0)  # noqa: PD010
    table = counts.reindex(columns=list(STATES), fill_value=0)
    table.insert(0, "raised", table.sum(axis=1))
    groups = own.groupby(by)
    due = table["done"] + table["done_late"] + table["past_due"]
    table = table.assign(
        on_time=table["done"] / due.where(due > 0),
        open_days=groups["open_days"].median(),
        overdue_days=groups["overdue_days"].max(),
    )
    table = table.reset_index().sort_values(
        ["origin_type", "raised", *by[1:]], ascending=[False, False, True, True], ignore_index=True
    )
    table = table.rename_axis(columns=None).rename(columns={"measure": "measure_kind"})
    return Register(name, table, _counted(own))


def branch_measures(
    measures: pd.DataFrame, wave: Wave, *, as_of: date, metric: str = "NPS"
) -> BranchMeasures:
    """List the measures that single branches took to raise `metric`, beside their newest score.

    Parameters
    ----------
    measures : DataFrame
        As for `register`; of these, the ones with a branch and this target.
    wave : Wave
        The newest wave, from `stats.respondents.weighted`, with `branch_id`.
    """
    aimed = measures["target_metric"].eq(metric) & measures["branch_id"].notna()
    own = _followed(measures[aimed], as_of)
    check.columns(wave.answers, "branch_id")
    nps = scored(wave)["nps"].to_numpy(float)
    cells = did.cells([(nps, wave.answers["branch_id"], wave.design.weights)]).set_index("unit")
    latest = own["branch_id"].map(cells["value"])
    table = own.assign(
        measure_kind=own["measure"],
        latest=latest,
        answers=own["branch_id"].map(cells["count"]).fillna(0).astype(int),
        opened_on=own["opened_at"].dt.normalize(),
        due_on=own["due_at"].dt.normalize(),
        done_on=own["done_at"].dt.normalize(),
        baseline=own["baseline_value"],
        target=own["target_value"],
    )
    table = table.sort_values(["opened_on", "branch_name"], ascending=[False, True])
    unfinished = table["done_at"].isna()
    facts = {
        "measures": Fact(len(table), "count"),
        "unfinished": Fact(int(unfinished.sum()), "count"),
        "reached": Fact(int((table["latest"] >= table["target"]).sum()), "count"),
    }
    shown = table[[column.name for column in BranchMeasures.columns]].reset_index(drop=True)
    return BranchMeasures("survey.branch_measures", shown, facts)


def last_measures(
    measures: pd.DataFrame, effect: Mapping[str, Fact], *, fair: str, as_of: date
) -> LastMeasures:
    """Say how far the measures behind the waves are, beside what is known of their effect.

    Parameters
    ----------
    measures : DataFrame
        As for `register`; of these, the ones that surveys raised.
    effect : mapping of str to Fact
        Facts of `survey_measure_effect.measure_effect`.
    fair : str
        The fact among them that is the fair comparison.
    as_of : date
        As for `register`.
    """
    check.columns(measures, "origin_id")
    own = _followed(measures[measures["origin_type"] == "survey"], as_of)
    counts = pd.crosstab(own["origin_id"], own["measure_state"])
    table = counts.reindex(columns=list(STATES), fill_value=0)
    table.insert(0, "raised", table.sum(axis=1))
    newest = own.groupby("origin_id")["opened_at"].max().sort_values(ascending=False)
    table = table.loc[newest.index].rename_axis(columns=None).reset_index()
    if table.empty:
        return LastMeasures("survey.last_measures", table, {}, "none")
    last = own[own["origin_id"] == table["origin_id"].iloc[0]]
    kept = ("raised", "finished", "unfinished", "overdue")
    facts = {name: replace(fact, n=None) for name, fact in _counted(last).items() if name in kept}
    if fair not in effect:
        return LastMeasures("survey.last_measures", table, facts, "nothing")
    facts |= {name: effect[name] for name in ("detectable", "aim")} | {"effect": effect[fair]}
    return LastMeasures("survey.last_measures", table, facts, _told(facts))


def _told(facts: Mapping[str, Fact]) -> str:
    low, high = facts["effect"].low, facts["effect"].high
    if not facts["detectable"].value <= facts["aim"].value:
        return "too_small"
    within = low is None or high is None or low <= 0 <= high
    return "within" if within else "beyond"


def _followed(measures: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the measures with state, age and days overdue at the end of `as_of`."""
    check.columns(
        measures, "origin_type", "measure", "owner_dept", "opened_at", "due_at", "done_at"
    )
    now = pd.Timestamp(as_of) + DAY
    done, due = measures["done_at"], measures["due_at"]
    finished, late = done.notna(), done.fillna(now) > due
    state = np.select(
        [finished & ~late, finished, late], ["done", "done_late", "past_due"], default="open"
    )
    age = (now - measures["opened_at"]).dt.days.astype(float)
    behind = (now - due).dt.days.astype(float)
    return measures.assign(
        measure_state=state,
        owner_dept=measures["owner_dept"].astype(object).fillna("other"),
        open_days=age.where(~finished),
        overdue_days=behind.where(~finished & late),
    )


def _counted(own: pd.DataFrame) -> dict[str, Fact]:
    states = own["measure_state"].value_counts().reindex(list(STATES), fill_value=0)
    due = int(states["done"] + states["done_late"] + states["past_due"])
    return {
        "raised": Fact(len(own), "count", n=len(own)),
        "finished": Fact(int(states["done"] + states["done_late"]), "count", n=len(own)),
        "unfinished": Fact(int(states["open"] + states["past_due"]), "count", n=len(own)),
        "overdue": Fact(int(states["past_due"]), "count", n=len(own)),
        "on_time": Fact(float(states["done"]) / due if due else float("nan"), "share", n=due),
        "longest": Fact(float(own["overdue_days"].max()), "count", n=len(own)),
    }
