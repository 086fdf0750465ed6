"""What the page of changes has a row for: levels, rows of tables, restated figures, sources."""

from collections.abc import Iterator, Mapping
from datetime import date
from math import isclose
from typing import Any

from workbench import text
from workbench.analysis import run_changes
from workbench.record import Block, Recorded
from workbench.report import comparison, fact_rows, ledger_changes, parameters
from workbench.report import references as earlier
from workbench.report.comparison import TableChange
from workbench.report.ledger_changes import Ledger, said
from workbench.report.pack import Threshold as Limits
from workbench.report.plan import Plan
from workbench.report.references import References
from workbench.result import Fact, Result
from workbench.rules.alert import Threshold, threshold
from workbench.text import formats

SHOWN_KEYS = 3
"""Rows of a table that are named among those that came or went."""


def levels(
    given: Mapping[str, Limits],
    now: Mapping[str, Fact],
    before: Mapping[str, Fact],
    records: Mapping[str, Recorded],
) -> Iterator[dict[str, Any]]:
    """Yield where each fact with a threshold stood and stands."""
    blocks = {block.name: block for each in records.values() for block in each.blocks}
    for each in _thresholds(given):
        fact, then = now.get(each.fact), before.get(each.fact)
        if fact is None:
            continue
        result, _, name = each.fact.rpartition(".")
        named = fact_rows.label(blocks[result], name) if result in blocks else _kpi_label(name)
        yield {
            "fact_label": named,
            "kpi_value": fact.value,
            "unit": fact.unit,
            "yellow": each.yellow,
            "red": each.red,
            "level_before": each.level(then.value) if then else None,
            "level_now": each.level(fact.value),
        }


def _thresholds(given: Mapping[str, Limits]) -> Iterator[Threshold]:
    for fact, limits in given.items():
        for direction, levels in (("above", limits.above), ("below", limits.below)):
            if levels is not None:
                values = {"fact": fact, "direction": direction}
                yield threshold({**values, "yellow": levels.yellow, "red": levels.red})


def tables(records: Mapping[str, Recorded], before: Mapping[str, Recorded]) -> Result:
    """Return which rows of which tables came, went or changed since the records `before`."""
    compared = 0
    rows = []
    for notebook, now in records.items():
        blocks = {block.name: block for block in now.blocks}
        old = before.get(notebook, Recorded(())).blocks
        for change in comparison.tables(old, now.blocks):
            compared += change.keys is not None
            if change.keys and change.differs:
                rows.append(_table_row(change, blocks[change.result]))
    return run_changes.table_changes(rows, compared)


def _table_row(change: TableChange, block: Block) -> dict[str, Any]:
    columns = [column for column in block.table.columns if column.name in (change.keys or ())]
    named: dict[str, str] = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            both = [("+", row) for row in change.new] + [("−", row) for row in change.gone]
            written = [
                f"{sign} " + " · ".join(column.cell(row) for column in columns)
                for sign, row in both[:SHOWN_KEYS]
            ]
            more = text.say("changes.more", rows=len(both) - SHOWN_KEYS)
            named[str(language)] = text.say("format.joint").join(
                [*written, *([more] if len(both) > SHOWN_KEYS else [])]
            )
    return {
        "table_label": said(f"{block.name}.title"),
        "rows_new": len(change.new),
        "rows_gone": len(change.gone),
        "rows_changed": len(change.changed),
        "rows_same": change.same,
        "rows_named": named if change.new or change.gone else None,
    }


def restated(
    before: References,
    ledger: Ledger | None,
    now: Mapping[str, Fact],
    records: Mapping[str, Recorded],
) -> tuple[list[dict[str, Any]], int]:
    """Return the figures another snapshot gave differently for one month, and how many it gave."""
    rows: list[dict[str, Any]] = []
    compared = 0
    months = before.series(ledger_changes.rule().months + 1) if ledger else {}
    if before.same_day and before.same_day.as_of:
        months[earlier.month_end(before.same_day.as_of)] = before.facts(before.same_day)
    for month, facts in months.items():
        for name, then in facts.items():
            code = name.removeprefix("changes.kpis.").upper()
            value = ledger.value(code, month) if ledger and name != code else None
            if value is not None:
                compared += 1
                rows += _difference(month, _kpi_label(code), then, value)
    blocks = {block.name: block for each in records.values() for block in each.blocks}
    for name, then in before.facts(before.same_day).items():
        result, _, fact = name.rpartition(".")
        if result in blocks and name in now and then.unit == now[name].unit:
            compared += 1
            month = earlier.month_end(before.same_day.as_of)  # type: ignore[union-attr, arg-type]
            rows += _difference(month, fact_rows.label(blocks[result], fact), then, now[name].value)
    return rows, compared


def _difference(
    month: date, label: Mapping[str, str], then: Fact, value: float
) -> list[dict[str, Any]]:
    if then.value != then.value or isclose(then.value, value, rel_tol=1e-9, abs_tol=1e-12):
        return []
    row = {
        "month": month.isoformat(),
        "fact_label": dict(label),
        "reported": then.value,
        "restated_value": value,
        "restatement": value - then.value,
    }
    return [{**row, "unit": then.unit, "change_unit": comparison.change_unit(then.unit)}]


def sources(plan: Plan, before: References) -> Result:
    """Return what the run is made from otherwise than the last one: data, code, parameters."""
    assert before.last is not None
    manifest = {**plan.origin.manifest(), "notebooks": _parameters(plan)}
    rows = [
        {
            "source_of_change": each.kind,
            "source_item": _item(each.kind, each.what),
            "was": _plain(each.what, each.before),
            "is_now": _plain(each.what, each.now),
        }
        for each in comparison.sources(before.last.manifest, manifest)
    ]
    return run_changes.sources(rows)


def _parameters(plan: Plan) -> dict[str, Any]:
    return {
        entry.name: {
            "parameters": {
                name: repr(plan.values[entry.name].get(name, each.default))
                for name, each in parameters.declared(entry.path).items()
            }
        }
        for entry in plan.pack.notebooks
    }


def _item(kind: str, what: str) -> dict[str, str]:
    if kind == "parameter":
        return dict.fromkeys(map(str, text.LANGUAGES), what)
    return said(f"changes.source.{what}")


def _plain(what: str, value: str) -> dict[str, str]:
    """Return a parameter or a source as readers see it: days as days, all else as it is."""
    found: dict[str, str] = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            if value == formats.MISSING:
                found[language] = value
            elif what == "as_of":
                found[language] = formats.day(date.fromisoformat(value))
            else:
                found[language] = text.say(f"changes.source.{value}") if what == "dirty" else value
    return found


def _kpi_label(code: str) -> dict[str, str]:
    found: dict[str, str] = ledger_changes.labels([code.upper()])["kpi"].iloc[0]
    return found
