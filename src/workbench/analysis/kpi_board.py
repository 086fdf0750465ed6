"""KPIs against their targets for the year: where each stands, and where it should stand by now."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from workbench import check, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.sql import catalogue
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MET, ON_SCHEDULE, BEHIND, ALERT = "met", "on_schedule", "behind", "alert"
UNSURE = "unsure"
"""State of an estimate whose interval holds the target: it may be met or missed."""
STATES = (MET, ON_SCHEDULE, BEHIND, ALERT, UNSURE)
"""Codes of the list `progress_state`."""
SHARE, FEWEST = "share2", 3
SHARES = ("share", SHARE)
"""Unit of shares, and how many of them make a figure."""
CAP = 1.5
"""What is attained is drawn up to here: one figure far beyond its target would hide the others."""
COLUMNS = (
    Column("kpi", "said"),
    Column("kpi_value", "number", units="unit", interval=("low", "high")),
    Column("change_month", "number", units="change_unit", signed=True),
    Column("change_year_start", "number", units="change_unit", signed=True),
    Column("target", "number", units="unit"),
    Column("due_value", "number", units="unit"),
    Column("progress", "code", values="progress_state", judged=True),
)


@dataclass(frozen=True, eq=False, repr=False)
class KpiBoard(Result):
    """KPIs with a target for the year.

    Attributes
    ----------
    table : DataFrame
        One row per KPI, the worst first: `code`, `fact` (the code in lower case), `kpi` (in each
        language), `kpi_value` (of estimates with `low` and `high`), `change_month`,
        `change_year_start`, `target`, `due_value` (where it should stand by now), `progress`
        (code), `attained` (value over target, or target over value where less is better), `unit`,
        `change_unit`, `cases` (the fewest behind a number).
    facts : mapping
        `<fact>` and `<fact>_month` (change) of each; `<code in lower case>_target` of estimates
        and of KPIs that are not on the board; `targets`, and of these `met`, `on_schedule`,
        `behind`, `alert`, `unsure`; `elapsed` (share of the year).
    alerts : mapping
        Names of the KPIs beyond their alert level, joined, in each language.
    moves : mapping
        Fact → the fact that is its change.
    sources : mapping
        Fact → the report that estimates it.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    moves: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    alerts: Mapping[str, str] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    base: ClassVar[str | None] = "cases"
    row_facts: ClassVar[str | None] = "fact"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.8)
    key: ClassVar[tuple[str, ...]] = ("met", "behind", "alert")

    def summary(self) -> Finding:
        """Say how many targets are met and how many are behind; which are beyond the alert."""
        if self.table.empty:
            return Finding("kpi.board.none")
        words = {"alerts": Word("", said=self.alerts)} if self.facts[ALERT].value else {}
        kind = "alert" if words else "found"
        kind += "_unsure" if self.facts[UNSURE].value else ""
        return Finding(f"kpi.board.{kind}", ("targets", *STATES, "elapsed"), words)

    def told(self, hidden: Collection[str] = ()) -> Finding:
        """Return the finding without names where one of them belongs to a row that is hidden."""
        named = self.table.loc[self.table["progress"] == ALERT, "fact"]
        if set(named).isdisjoint(hidden):
            return super().told(hidden)
        return Finding("kpi.board.counted", ("targets", *STATES, "elapsed"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw how much of its target each KPI has attained, those not met in colour."""
        shown = self.table.dropna(subset=["attained"])
        named = [label[text.language()] for label in shown["kpi"]]
        return ranked.draw(
            shown.assign(
                label=named,
                value=shown["attained"].clip(upper=CAP),
                strong=~shown["progress"].isin([MET, UNSURE]),
            ),
            rows="label",
            unit="share",
            label=text.say("kpi.board.axis", cap=formats.number(CAP, "share")),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class KpiGroup(Result):
    """KPIs of one subject, with or without a target.

    Attributes
    ----------
    table : DataFrame
        As of `KpiBoard`, in the order asked for.
    facts : mapping
        `<fact>` and `<fact>_month` (change) of each; `figures` that could be read.
    quotes : tuple of str
        Facts its sentence needs; where one is missing it says how many could be read.
    moves : mapping
        Fact → the fact that is its change.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    quotes: tuple[str, ...]
    moves: Mapping[str, str] = field(default_factory=dict)
    figure: tuple[float, float] | None = None  # type: ignore[misc]
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    base: ClassVar[str | None] = "cases"
    row_facts: ClassVar[str | None] = "fact"
    about: ClassVar[str] = "ledger"

    def summary(self) -> Finding:
        """Say what the figures of this subject are."""
        known = {name for name, fact in self.facts.items() if not math.isnan(fact.value)}
        if set(self.quotes) <= known:
            return Finding(f"{self.name}.found", self.quotes)
        return Finding("kpi.group.partly", ("figures",))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the figures that are shares, those that the sentence quotes in colour."""
        shown = self.table[self.table["unit"] == SHARE].dropna(subset=["kpi_value"])
        named = [label[text.language()] for label in shown["kpi"]]
        quoted = shown["fact"].isin(self.quotes)
        return ranked.draw(
            shown.assign(label=named, value=shown["kpi_value"], strong=quoted),
            rows="label",
            unit="share",
            label=text.say("kpi.group.axis"),
            ax=ax,
        )


def kpi_board(readings: pd.DataFrame, targets: pd.DataFrame, *, months: int) -> KpiBoard:
    """Compare KPIs with their targets for the year and with the pro-rata way there.

    Parameters
    ----------
    readings : DataFrame
        `code`, `value`, `before` (month before), `year_start`, `cases`, as `month_figures` reads;
        of estimates also `low`, `high`, `confidence`, `unit` and `source`, as `with_survey` adds.
    targets : DataFrame
        `code`, `target`, `alert`, in force.
    months : int
        Months of the year that are over. By now a KPI should have gone `months` / 12 of the way
        from where it stood when the year began to its target; one that began beyond it is to hold.
    """
    check.columns(readings, "code", "value", "before", "year_start", "cases")
    goals = {goal["code"]: goal for goal in _records(targets)}
    elapsed = months / 12
    rows = [
        _row(reading) | _progress(reading, goals[reading["code"]], elapsed)
        for reading in _records(readings)
        if reading["code"] in goals and not math.isnan(reading["value"])
    ]
    table = pd.DataFrame(rows, columns=[*_NAMES, "attained"])
    table = table.sort_values("attained", kind="stable", ignore_index=True)
    facts, moves = _facts(_records(table))
    counts = table["progress"].value_counts()
    facts |= {"targets": Fact(len(table), "count"), "elapsed": Fact(elapsed, "share")}
    facts |= {state: Fact(int(counts.get(state, 0)), "count") for state in STATES}
    for code in sorted(set(goals) - set(table["code"])):
        unit = catalogue.WRITTEN[catalogue.kpi(code).unit]
        facts[f"{code.lower()}_target"] = Fact(float(goals[code]["target"]), unit)
    for row in _records(table):
        if row["source"]:
            facts[f"{row['fact']}_target"] = Fact(float(row["target"]), row["unit"])
    sources = {row["fact"]: row["source"] for row in _records(table) if row["source"]}
    return KpiBoard("kpi.board", table, facts, moves, sources, _alerts(table))


def kpi_group(
    readings: pd.DataFrame, targets: pd.DataFrame, name: str, codes: Sequence[str], *, months: int
) -> KpiGroup:
    """Return the KPIs `codes` with their changes, and targets where they have one.

    Parameters
    ----------
    readings, targets, months
        As for `kpi_board`.
    name : str
        Of the result. Its sentence is `<name>.found`.
    codes : sequence of str
        KPIs in order; those that could not be read are left out.
    """
    own = {reading["code"]: reading for reading in _records(readings)}
    goals = {goal["code"]: goal for goal in _records(targets)}
    rows = []
    for code in codes:
        if code not in own or math.isnan(own[code]["value"]):
            continue
        goal = goals.get(code)
        progress = _progress(own[code], goal, months / 12) if goal else dict(_WITHOUT)
        rows.append(_row(own[code]) | progress)
    table = pd.DataFrame(rows, columns=list(_NAMES))
    facts, moves = _facts(_records(table))
    facts |= {"figures": Fact(len(table), "count")}
    quotes = _quoted(f"{name}.found")
    shares = int((table["unit"] == SHARE).sum())
    figure = (7.2, 1.4 + 0.36 * shares) if shares >= FEWEST else None
    return KpiGroup(name, table, facts, quotes, moves, figure)


def _quoted(key: str) -> tuple[str, ...]:
    """Return the facts that a sentence quotes."""
    parts = Formatter().parse(text.catalogue()[key][text.LANGUAGES[0]])
    return tuple(dict.fromkeys(name for _, name, _, _ in parts if name))


_NAMES = (
    *("code", "fact", "kpi", "kpi_value", "change_month", "change_year_start"),
    *("target", "due_value", "progress", "unit", "change_unit", "cases"),
    *("low", "high", "confidence", "source"),
)
_WITHOUT: Mapping[str, Any] = {"target": math.nan, "due_value": math.nan, "progress": None}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _row(reading: Mapping[str, Any]) -> dict[str, Any]:
    one = catalogue.kpi(reading["code"])
    estimated = isinstance(reading.get("source"), str)
    unit = str(reading["unit"]) if estimated else catalogue.WRITTEN[one.unit]
    return {
        "code": one.code,
        "fact": one.code.lower(),
        "kpi": {"zh": one.label_zh, "en": one.label_en},
        "kpi_value": reading["value"],
        "change_month": reading["value"] - reading["before"],
        "change_year_start": reading["value"] - reading["year_start"],
        "unit": unit,
        "change_unit": "pp" if unit in SHARES else unit,
        "cases": reading["cases"],
        **{name: reading[name] if estimated else math.nan for name in ("low", "high")},
        "confidence": reading["confidence"] if estimated else math.nan,
        "source": reading["source"] if estimated else "",
    }


def _progress(
    reading: Mapping[str, Any], goal: Mapping[str, Any], elapsed: float
) -> dict[str, Any]:
    """Return target, the value due by now, the state, and how much of the target is attained."""
    value, target, alert = (float(x) for x in (reading["value"], goal["target"], goal["alert"]))
    begun = float(reading["year_start"])
    up = target > alert if not math.isnan(alert) else _is_up(reading["code"])
    side = 1 if up else -1
    ahead = math.isnan(begun) or side * (begun - target) >= 0
    due = target if ahead else begun + (target - begun) * elapsed
    over, under = (value, target) if up else (target, value)
    if reading.get("low", math.nan) < target < reading.get("high", math.nan):
        state = UNSURE
    elif side * (value - target) >= 0:
        state = MET
    elif side * (value - alert) < 0:
        state = ALERT
    else:
        state = ON_SCHEDULE if side * (value - due) >= 0 else BEHIND
    attained = over / under if under else math.nan
    return {"target": target, "due_value": due, "progress": state, "attained": attained}


def _is_up(code: str) -> bool:
    return catalogue.kpi(code).better not in ("down", "<=1", "=0")


def _alerts(table: pd.DataFrame) -> dict[str, str]:
    """Return the names of the KPIs beyond their alert level, as they stand in a sentence."""
    names = table.loc[table["progress"] == ALERT, "kpi"]
    joint = text.catalogue()["format.joint"]
    return {
        str(language): joint[language].join(name[str(language)] for name in names)
        for language in text.LANGUAGES
    }


def _facts(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Fact], dict[str, str]]:
    facts: dict[str, Fact] = {}
    for row in rows:
        n = int(row["cases"])
        known = {
            name: float(row[name])
            for name in ("low", "high", "confidence")
            if not math.isnan(row[name])
        }
        facts[row["fact"]] = Fact(row["kpi_value"], row["unit"], n=n, **known)
        facts[f"{row['fact']}_month"] = Fact(row["change_month"], row["change_unit"], n=n)
    return facts, {row["fact"]: f"{row['fact']}_month" for row in rows}
