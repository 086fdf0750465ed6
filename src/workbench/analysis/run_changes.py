"""What differs between a report and the ones before it: the tables of the first page, as Results.

The rows come from comparing published records; what is decided here is how they are said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from workbench import text
from workbench.result import Column, Fact, Finding, Result, Word

BEYOND = ("beyond_error", "beyond_usual")
NAMED = 3
"""Facts that the finding names."""
FACT_COLUMNS = (
    Column("fact_label", "said"),
    Column("kpi_value", "number", units="unit"),
    Column("moved_by", "number", units="change_unit", signed=True, interval=("low", "high")),
    Column("judged", "code", values="change_verdict"),
    Column("change_year_start", "number", units="change_unit", signed=True),
    Column("change_year_ago", "number", units="change_unit", signed=True),
    Column("target", "number", units="unit"),
    Column("target_state", "code", values="target_state"),
)


@dataclass(frozen=True, eq=False, repr=False)
class FactChanges(Result):
    """Facts beside those of earlier reports.

    Attributes
    ----------
    table : DataFrame
        One row per fact, those beyond error or variation first: the columns of `FACT_COLUMNS` with
        `low`, `high`, `unit`, `change_unit`.
    facts : mapping
        `compared`, `beyond` (number).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = FACT_COLUMNS
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many facts moved beyond error or variation, and which come first."""
        if not self.facts["beyond"].value:
            return Finding("changes.facts.none", ("compared", "beyond"))
        labels = self.table.loc[self.table["judged"].isin(BEYOND), "fact_label"]
        joint = text.catalogue()["format.joint"]
        said = {
            str(language): joint[language].join(each[language] for each in labels[:NAMED])
            for language in text.LANGUAGES
        }
        kind = "beyond" if len(labels) <= NAMED else "beyond_many"
        return Finding(
            f"changes.facts.{kind}", ("compared", "beyond"), {"names": Word("", said=said)}
        )


@dataclass(frozen=True, eq=False, repr=False)
class Crossings(Result):
    """Facts beyond a threshold of the pack, and those that crossed one since.

    Attributes
    ----------
    table : DataFrame
        One row per threshold: `fact_label`, `kpi_value`, `yellow`, `red`, `level_before`,
        `level_now` (codes of `alert_level`), `unit`.
    facts : mapping
        `thresholds`, `crossed`, `red`, `yellow` (number).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("fact_label", "said"),
        Column("kpi_value", "number", units="unit"),
        Column("yellow", "number", units="unit"),
        Column("red", "number", units="unit"),
        Column("level_before", "code", values="alert_level"),
        Column("level_now", "code", values="alert_level"),
    )
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many thresholds were crossed and how many facts stand at red and yellow."""
        kind = "crossed" if self.facts["crossed"].value else "same"
        return Finding(f"changes.thresholds.{kind}", ("thresholds", "crossed", "red", "yellow"))


@dataclass(frozen=True, eq=False, repr=False)
class Restated(Result):
    """Figures of a month that another snapshot gave differently.

    Attributes
    ----------
    table : DataFrame
        `month`, `fact_label`, `reported` (then), `kpi_value` (now), `restatement` (difference),
        `unit`, `change_unit`.
    facts : mapping
        `compared`, `restated` (number).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("month", "date"),
        Column("fact_label", "said"),
        Column("reported", "number", units="unit"),
        Column("restated_value", "number", units="unit"),
        Column("restatement", "number", units="change_unit", signed=True),
    )
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many figures were restated."""
        kind = "some" if self.facts["restated"].value else "none"
        return Finding(f"changes.restated.{kind}", ("compared", "restated"))


@dataclass(frozen=True, eq=False, repr=False)
class TableChanges(Result):
    """Tables of the reports, row by row against the ones before.

    Attributes
    ----------
    table : DataFrame
        One row per table that differs: `table_label`, `rows_new`, `rows_gone`, `rows_changed`,
        `rows_same`, `rows_named` (the first rows that came or went).
    facts : mapping
        `compared`, `differ`, `rows_new`, `rows_gone`, `rows_changed`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("table_label", "said"),
        Column("rows_new", "count"),
        Column("rows_gone", "count"),
        Column("rows_changed", "count"),
        Column("rows_same", "count"),
        Column("rows_named", "said"),
    )
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many tables and rows differ."""
        quoted = ("compared", "differ", "rows_new", "rows_gone", "rows_changed")
        return Finding("changes.tables.finding", quoted)


@dataclass(frozen=True, eq=False, repr=False)
class Sources(Result):
    """Data, parameters and code, each apart: whatever else than the bank moved a number.

    Attributes
    ----------
    table : DataFrame
        `source_of_change` (code of `change_source`), `source_item`, `was`, `is_now`.
    facts : mapping
        `data`, `parameter`, `code`: number of differences of each kind.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source_of_change", "code", values="change_source"),
        Column("source_item", "said"),
        Column("was", "said"),
        Column("is_now", "said"),
    )
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say whether parameters and code are the same."""
        kind = (
            "same" if not (self.facts["parameter"].value or self.facts["code"].value) else "other"
        )
        return Finding(f"changes.sources.{kind}", ("data", "parameter", "code"))


def fact_changes(name: str, rows: Sequence[Mapping[str, Any]], compared: int) -> FactChanges:
    """Return facts that moved, those beyond error or variation first, of `compared` judged ones."""
    frame = _frame(
        rows, (*(each.name for each in FACT_COLUMNS), "low", "high", "unit", "change_unit")
    )
    beyond = frame["judged"].isin(BEYOND)
    order = (~beyond).to_numpy().argsort(kind="stable")
    facts = {"compared": Fact(compared, "count"), "beyond": Fact(int(beyond.sum()), "count")}
    return FactChanges(name, frame.iloc[order].reset_index(drop=True), facts)


def crossings(rows: Sequence[Mapping[str, Any]]) -> Crossings:
    """Return the thresholds, with where each fact stood before and stands now."""
    frame = _frame(rows, (*(each.name for each in Crossings.columns), "unit"))
    moved = frame["level_before"].notna() & (frame["level_before"] != frame["level_now"])
    counts = {
        "thresholds": len(frame),
        "crossed": int(moved.sum()),
        **{level: int((frame["level_now"] == level).sum()) for level in ("red", "yellow")},
    }
    return Crossings("changes.thresholds", frame, _counts(counts))


def restated(rows: Sequence[Mapping[str, Any]], compared: int) -> Restated:
    """Return the figures that were restated, of `compared` ones."""
    frame = _frame(rows, (*(each.name for each in Restated.columns), "unit", "change_unit"))
    counts = {"compared": compared, "restated": len(frame)}
    return Restated("changes.restated", frame, _counts(counts))


def table_changes(rows: Sequence[Mapping[str, Any]], compared: int) -> TableChanges:
    """Return the tables that differ, of `compared` ones."""
    frame = _frame(rows, tuple(each.name for each in TableChanges.columns))
    sums = {name: int(frame[name].sum()) for name in ("rows_new", "rows_gone", "rows_changed")}
    counts = {"compared": compared, "differ": len(frame), **sums}
    return TableChanges("changes.tables", frame, _counts(counts))


def sources(rows: Sequence[Mapping[str, Any]]) -> Sources:
    """Return what differs in data, parameters and code."""
    frame = _frame(rows, tuple(each.name for each in Sources.columns))
    counts = {
        kind: int((frame["source_of_change"] == kind).sum())
        for kind in ("data", "parameter", "code")
    }
    return Sources("changes.sources", frame, _counts(counts))


def _frame(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def _counts(counts: Mapping[str, int]) -> dict[str, Fact]:
    return {name: Fact(count, "count") for name, count in counts.items()}
