"""Two runs side by side: facts, rows of tables, parameters, data and code, each apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

from workbench import record
from workbench.errors import ParameterError
from workbench.record import Recorded
from workbench.report import comparison, history
from workbench.report.comparison import FactChange, SourceChange, TableChange
from workbench.report.history import Run
from workbench.result import Fact
from workbench.text import formats


@dataclass(frozen=True)
class Diff:
    """What differs between two runs.

    Attributes
    ----------
    before, now : Run
        The two.
    facts : mapping of notebook to tuple of FactChange
        Facts whose values differ, or that only one side has.
    tables : mapping of notebook to tuple of TableChange
        Tables that differ, and those whose rows nothing identifies.
    sources : tuple of SourceChange
        Data, parameters and code.
    """

    before: Run
    now: Run
    facts: Mapping[str, tuple[FactChange, ...]]
    tables: Mapping[str, tuple[TableChange, ...]]
    sources: tuple[SourceChange, ...]

    def lines(self) -> Iterator[str]:
        """Yield the difference as text, one line each."""
        yield f"{self.before.pack} {self.before.run} → {self.now.run}"
        for each in self.sources:
            yield f"{each.kind}: {each.what}: {each.before} → {each.now}"
        for notebook, facts in self.facts.items():
            for fact in facts:
                yield f"fact: {notebook}: {_fact_line(fact)}"
        for notebook, tables in self.tables.items():
            for table in tables:
                yield from (f"table: {notebook}: {line}" for line in _table_lines(table))

    def values(self) -> dict[str, Any]:
        """Return the difference as plain values."""
        return {
            **{"before": self.before.brief(), "now": self.now.brief()},
            "sources": [vars(each) for each in self.sources],
            "facts": {
                name: [_fact_values(each) for each in found] for name, found in self.facts.items()
            },
            "tables": {
                name: [_table_values(each) for each in found] for name, found in self.tables.items()
            },
        }


def diff(before: str, now: str) -> Diff:
    """Compare the runs called `before` and `now`; a pack's name means its latest run.

    Raises
    ------
    ParameterError
        There is no such run, or its files were removed.
    """
    one, two = history.find(before), history.find(now)
    for run in (one, two):
        if run.folder is None or run.state == history.UNDONE:
            raise ParameterError(f"run {run.run} is {run.state}: its results are not there")
    old, new = records(one), records(two)
    names = [*new, *(name for name in old if name not in new)]
    nothing = Recorded(())
    pairs = {name: (old.get(name, nothing), new.get(name, nothing)) for name in names}
    facts = {
        name: tuple(each for each in comparison.facts(a.facts(), b.facts()) if _differs(each))
        for name, (a, b) in pairs.items()
    }
    tables = {
        name: tuple(
            each for each in comparison.tables(a.blocks, b.blocks) if each.differs or not each.keys
        )
        for name, (a, b) in pairs.items()
    }
    sources = tuple(comparison.sources(one.manifest, two.manifest))
    return Diff(one, two, _some(facts), _some(tables), sources)


def records(run: Run) -> dict[str, Recorded]:
    """Return the record of every notebook of `run`, without the records of what changed."""
    assert run.folder is not None
    return {name: record.read(run.folder / "record" / name) for name in run.manifest["notebooks"]}


def _some(found: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {name: each for name, each in found.items() if each}


def _differs(change: FactChange) -> bool:
    values = [
        None if each is None or isnan(each.value) else each for each in (change.before, change.now)
    ]
    return values[0] != values[1]


def _fact_line(change: FactChange) -> str:
    before, now = (_written(fact) for fact in (change.before, change.now))
    line = f"{change.name}: {before} → {now}"
    if not isnan(change.change):
        line += f" ({formats.signed(change.change, change.unit)})"
    return line if change.verdict == comparison.NOT_JUDGED else f"{line} {change.verdict}"


def _written(fact: Fact | None) -> str:
    return formats.MISSING if fact is None else f"{fact}"


def _table_lines(table: TableChange) -> Iterator[str]:
    if table.keys is None:
        yield f"{table.result}: no columns identify its rows; not compared"
        return
    for row in table.new:
        yield f"{table.result}: new: {_name(row, table.keys)}"
    for row in table.gone:
        yield f"{table.result}: gone: {_name(row, table.keys)}"
    for before, now, columns in table.changed:
        moved = ", ".join(f"{name} {before.get(name)} → {now.get(name)}" for name in columns)
        yield f"{table.result}: {_name(now, table.keys)}: {moved}"


def _name(row: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return " · ".join(str(row.get(key)) for key in keys)


def _fact_values(change: FactChange) -> dict[str, Any]:
    sides = {"before": change.before, "now": change.now}
    numbers = {"change": change.change, "low": change.low, "high": change.high}
    return {
        "fact": change.name,
        "unit": change.unit,
        **{side: _plain(fact.value) if fact else None for side, fact in sides.items()},
        **{name: _plain(value) for name, value in numbers.items()},
        "verdict": change.verdict,
    }


def _table_values(table: TableChange) -> dict[str, Any]:
    return {
        "result": table.result,
        "keys": table.keys,
        "new": [_only(row, table.keys) for row in table.new],
        "gone": [_only(row, table.keys) for row in table.gone],
        "changed": [
            {
                **_only(now, table.keys),
                "columns": {name: [before.get(name), now.get(name)] for name in columns},
            }
            for before, now, columns in table.changed
        ],
        "same": table.same,
    }


def _only(row: Mapping[str, Any], keys: tuple[str, ...] | None) -> dict[str, Any]:
    return {key: row.get(key) for key in keys or ()}


def _plain(value: float) -> float | None:
    return None if isnan(value) else value
