"""What differs between the records and manifests of two runs: facts, rows, sources."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from workbench import record
from workbench.record import Block, Table
from workbench.result import Column, Fact
from workbench.stats.difference import difference

SHARES = ("share", "share2")
BEYOND_ERROR, WITHIN_ERROR, NOT_JUDGED = "beyond_error", "within_error", "not_judged"


@dataclass(frozen=True)
class FactChange:
    """One fact, before and now.

    Attributes
    ----------
    name : str
        `<result>.<fact>`.
    before, now : Fact or None
        None on the side on which it was not recorded.
    change, low, high : float
        Difference in the unit `unit`, and its interval where both facts have one; else NaN.
    verdict : str
        A code of `change_verdict`.
    """

    name: str
    before: Fact | None
    now: Fact | None
    change: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    verdict: str = NOT_JUDGED

    @property
    def unit(self) -> str:
        """Return the unit of the change: percentage points for shares."""
        fact = self.now or self.before
        assert fact is not None
        return change_unit(fact.unit)


@dataclass(frozen=True)
class TableChange:
    """One table: the keys of rows that came and went, and the numbers of those that stayed.

    Attributes
    ----------
    result : str
        Name of the result.
    keys : tuple of str or None
        Columns that identify a row; None when none do, and rows were not compared.
    new, gone : tuple of rows
        Rows on one side only.
    changed : tuple of (row before, row now, columns that differ)
    same : int
        Rows on both sides without a difference.
    """

    result: str
    keys: tuple[str, ...] | None
    new: tuple[Mapping[str, Any], ...] = ()
    gone: tuple[Mapping[str, Any], ...] = ()
    changed: tuple[tuple[Mapping[str, Any], Mapping[str, Any], tuple[str, ...]], ...] = ()
    same: int = 0

    @property
    def differs(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.new or self.gone or self.changed)


@dataclass(frozen=True)
class SourceChange:
    """Something a report was made from that is another one now: `data`, `parameter` or `code`."""

    kind: str
    what: str
    before: str
    now: str


def change_unit(unit: str) -> str:
    """Return the unit that a change of a number in `unit` is written in."""
    return "pp" if unit in SHARES else unit


def recorded_facts(folder: Path) -> dict[str, Fact]:
    """Return the facts of a published run in `folder` by `<result>.<fact>`, without its tables."""
    found: dict[str, Fact] = {}
    for file in sorted((folder / "record").glob(f"*/{record.FACTS}")):
        for name, values in json.loads(file.read_text("utf-8")).items():
            kept = {key: value for key, value in values.items() if key != "suppressed"}
            value = float("nan") if kept["value"] is None else kept["value"]
            found.setdefault(name, Fact(**{**kept, "value": value}))
    return found


def facts(before: Mapping[str, Fact], now: Mapping[str, Fact]) -> Iterator[FactChange]:
    """Yield every fact on either side, in the order of `now`; equal ones have change 0."""
    for name in [*now, *(name for name in before if name not in now)]:
        yield fact(name, before.get(name), now.get(name))


def fact(name: str, before: Fact | None, now: Fact | None) -> FactChange:
    """Compare one fact; with intervals of one coverage on both sides, as independent estimates."""
    if before is None or now is None or before.unit != now.unit:
        return FactChange(name, before, now)
    if _estimated(before) and _estimated(now) and before.confidence == now.confidence:
        moved = difference(_ends(now), _ends(before))
        verdict = BEYOND_ERROR if moved.beyond else WITHIN_ERROR
        return FactChange(name, before, now, moved.value, moved.low, moved.high, verdict)
    return FactChange(name, before, now, now.value - before.value)


def tables(before: Iterable[Block], now: Iterable[Block]) -> Iterator[TableChange]:
    """Yield the comparison of every table that both sides have."""
    earlier = {block.name: block.table for block in before}
    for block in now:
        if block.name in earlier and (block.table.rows or earlier[block.name].rows):
            yield table(block.name, earlier[block.name], block.table)


def table(name: str, before: Table, now: Table) -> TableChange:
    """Compare two tables by the fewest leading columns without numbers that identify every row."""
    keys = _keys(before, now)
    if keys is None:
        return TableChange(name, None)
    old = {_key(row, keys): row for row in before.rows}
    new = {_key(row, keys): row for row in now.rows}
    names = [column.name for column in now.columns if column.name not in keys]
    shared = [(old[key], row) for key, row in new.items() if key in old]
    changed = [
        (one, two, differing)
        for one, two in shared
        if (differing := tuple(each for each in names if one.get(each) != two.get(each)))
    ]
    return TableChange(
        result=name,
        keys=keys,
        new=tuple(row for key, row in new.items() if key not in old),
        gone=tuple(row for key, row in old.items() if key not in new),
        changed=tuple(changed),
        same=len(shared) - len(changed),
    )


def sources(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[SourceChange]:
    """Yield what two manifests say differs in data, parameters and code, in that order."""
    for what in ("as_of", "snapshot"):
        yield from _differing("data", what, before.get(what), now.get(what))
    for notebook, values in now.get("notebooks", {}).items():
        earlier = before.get("notebooks", {}).get(notebook, {}).get("parameters", {})
        for name in {**earlier, **values["parameters"]}:
            pair = (earlier.get(name), values["parameters"].get(name))
            yield from _differing("parameter", f"{notebook}.{name}", *pair)
    for what in ("version", "commit", "dirty", "lock"):
        pair = (before.get("code", {}).get(what), now.get("code", {}).get(what))
        yield from _differing("code", what, *pair)


def _differing(kind: str, what: str, before: Any, now: Any) -> Iterator[SourceChange]:
    if before != now:
        yield SourceChange(kind, what, _short(before), _short(now))


def _short(value: Any) -> str:
    """Return a value as text; of a hash its beginning is enough."""
    written = (
        "–" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )
    is_hash = len(written) in (40, 64) and not set(written) - set("0123456789abcdef")
    return written[:12] if is_hash else written


def _estimated(fact: Fact) -> bool:
    ends = (fact.value, fact.low, fact.high)
    return all(end is not None and not isnan(end) for end in ends)


def _ends(fact: Fact) -> tuple[float, float, float]:
    assert fact.low is not None
    assert fact.high is not None
    return fact.value, fact.low, fact.high


def _keys(before: Table, now: Table) -> tuple[str, ...] | None:
    theirs = {column.name for column in before.columns}
    named = [column for column in now.columns if column.name in theirs and _names(column)]
    for length in range(1, len(named) + 1):
        keys = tuple(column.name for column in named[:length])
        if all(
            len({_key(row, keys) for row in each.rows}) == len(each.rows) for each in (before, now)
        ):
            return keys
    return None


def _names(column: Column) -> bool:
    return not column.numeric()


def _key(row: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return json.dumps([row.get(key) for key in keys], ensure_ascii=False, sort_keys=True)
