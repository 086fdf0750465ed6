"""The canonical tables and their values as data, with labels in Chinese and in English.

`tables.csv`, `columns.csv` and `values.csv` beside this module drive types, checks, labels, DDL,
documentation and the demo bank. A table or column that is added there needs no code here.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any

from workbench import text
from workbench.errors import DataError

SQL_TYPES = {
    "str": "VARCHAR",
    "text": "VARCHAR",
    "int": "INTEGER",
    "num": "DOUBLE",
    "rate": "DOUBLE",
    "money": "DECIMAL(18,2)",
    "date": "DATE",
    "ts": "TIMESTAMP",
    "bool": "BOOLEAN",
}
"""DuckDB type of each canonical type. `rate` is a fraction, `money` is in the unit named."""
PEOPLE = ("customers.customer_id", "staff.staff_id")
"""What identifies a person or a firm in a bank's own files."""
CLASSES = ("C0", "C1", "C2")
"""Classes a column may have: C3, what authenticates a person, is never taken in."""
ROLES = ("none", "quasi", "sensitive", "direct")
STORES = ("lake", "vault")
CLOCKS = ("", "event", "known")
SOURCE = Path(str(files(__name__)))
"""The folder the three files are read from."""


@dataclass(frozen=True)
class SchemaColumn:
    """One column of a canonical table.

    Attributes
    ----------
    type : str
        A key of `SQL_TYPES`.
    refers_to : str or None
        `table.column` this one points to.
    values : str or None
        Name of the list of allowed codes.
    unit : str
        A code of the list `unit`, or empty.
    low, high : float or None
        Allowed range, ends included.
    pattern : str or None
        Regular expression that the whole value matches.
    conf_class : str
        C0 public, C1 internal, C2 identifies a subject or shows its financial state.
    pii_role : str
        none, quasi, sensitive or direct.
    source : str
        Kinds of source it usually comes from: codes of `source_kind`, separated by commas.
    clock : str
        `event` when it says when something happened, `known` when it says since when the bank
        could know it: what predicts is read by the second clock only.
    """

    table: str
    name: str
    type: str
    unit: str
    is_key: bool
    refers_to: str | None
    nullable: bool
    values: str | None
    low: float | None
    high: float | None
    pattern: str | None
    conf_class: str
    pii_role: str
    label_zh: str
    label_en: str
    note_zh: str
    note_en: str
    source: str
    clock: str

    @property
    def note(self) -> str:
        """Return the note in the current language, or an empty text."""
        return {"zh": self.note_zh, "en": self.note_en}[text.language()]

    @property
    def sql_type(self) -> str:
        """Return the DuckDB type."""
        return SQL_TYPES[self.type]

    @property
    def pseudonymised(self) -> bool:
        """Tell whether intake replaces the values by pseudonyms."""
        return f"{self.table}.{self.name}" in PEOPLE or self.refers_to in PEOPLE

    def label(self) -> str:
        """Return the label in the current language."""
        return {"zh": self.label_zh, "en": self.label_en}[text.language()]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes
    ----------
    tier : int
        1 for tables every report needs, 2 for those of some reports, 3 for special ones.
    refresh_days : int
        Days after which its newest rows count as late.
    kind : str
        Kind of information: a code of the list `information_kind`.
    store : str
        `lake`, or `vault` for what identifies people: no notebook opens that.
    dated : str
        Column that tells how new the newest rows are; empty for a table that has none.
    """

    name: str
    label_zh: str
    label_en: str
    grain_zh: str
    grain_en: str
    tier: int
    refresh_days: int
    kind: str
    store: str
    dated: str
    columns: tuple[SchemaColumn, ...]

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Return the columns of the primary key."""
        return tuple(column.name for column in self.columns if column.is_key)

    @cached_property
    def period(self) -> str | None:
        """Return the column of the key that says which month or period a row is about."""
        return next((name for name in self.key if name in ("month_end", "period_end")), None)

    @cached_property
    def known_at(self) -> str | None:
        """Return the column that says since when the bank could know a row, if there is one."""
        return next((column.name for column in self.columns if column.clock == "known"), None)

    def column(self, name: str) -> SchemaColumn:
        """Return the column called `name`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(
            f"table {self.name!r} has no column {name!r}; "
            f"it has {[column.name for column in self.columns]}"
        )

    def label(self) -> str:
        """Return the label in the current language."""
        return {"zh": self.label_zh, "en": self.label_en}[text.language()]


def tables() -> Mapping[str, Table]:
    """Return every canonical table by name."""
    return _tables()


def table(name: str) -> Table:
    """Return the table called `name`.

    Raises
    ------
    DataError
        There is no such table.
    """
    if name not in _tables():
        raise DataError(f"there is no table {name!r}; there are {list(_tables())}")
    return _tables()[name]


def stored(store: str) -> Mapping[str, Table]:
    """Return the tables kept in `store`, which is `lake` or `vault`, by name."""
    return {name: table for name, table in _tables().items() if table.store == store}


def ordered() -> tuple[str, ...]:
    """Return the names of all tables, parents before children."""
    done: list[str] = []
    waiting = list(_tables())
    while waiting:
        ready = [name for name in waiting if _parents(name) <= {name, *done}]
        if not ready:
            raise DataError(f"tables refer to each other in a circle: {waiting}")
        done += ready
        waiting = [name for name in waiting if name not in ready]
    return tuple(done)


def values(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return the list `name`: code → `zh` and `en`."""
    if name not in _values():
        raise DataError(f"there is no list of values {name!r}")
    return _values()[name]


def is_list(name: str) -> bool:
    """Tell whether there is a list of values called `name`."""
    return name in _values()


def value(name: str, code: str) -> str:
    """Return the label of `code` in the current language; an unknown code stands for itself."""
    entry = values(name).get(code)
    return entry[text.language()] if entry else code


def ddl() -> str:
    """Return DuckDB statements that create all tables with their keys and checks."""
    return "\n\n".join(_create(_tables()[name]) for name in ordered())


def _create(table: Table) -> str:
    parts = [_define(column) for column in table.columns]
    parts.append(f"PRIMARY KEY ({', '.join(table.key)})")
    for column in table.columns:
        if column.refers_to:
            parent, _, target = column.refers_to.partition(".")
            if (target,) == _tables()[parent].key:
                parts.append(f"FOREIGN KEY ({column.name}) REFERENCES {parent} ({target})")
    body = ",\n  ".join(parts)
    return f"CREATE TABLE {table.name} (\n  {body}\n);"


def _define(column: SchemaColumn) -> str:
    rules = []
    if column.values:
        codes = ", ".join(f"'{code}'" for code in values(column.values))
        rules.append(f"CAST({column.name} AS VARCHAR) IN ({codes})")
    if column.low is not None:
        rules.append(f"{column.name} >= {column.low:.12g}")
    if column.high is not None:
        rules.append(f"{column.name} <= {column.high:.12g}")
    required = "" if column.nullable else " NOT NULL"
    checks = f" CHECK ({' AND '.join(rules)})" if rules else ""
    return f"{column.name} {column.sql_type}{required}{checks}"


def _parents(name: str) -> set[str]:
    return {
        column.refers_to.partition(".")[0] for column in _tables()[name].columns if column.refers_to
    }


def _tables() -> dict[str, Table]:
    return _read_tables(SOURCE)


def _values() -> dict[str, dict[str, dict[str, str]]]:
    return {**_read_values(SOURCE), **_named(SOURCE)}


@cache
def _named(source: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Return the lists `table` and `column`: for results that are about the tables themselves."""
    tables = _read_tables(source).values()
    columns = [column for each in tables for column in each.columns]
    return {
        "table": {each.name: {"zh": each.label_zh, "en": each.label_en} for each in tables},
        "column": {
            f"{each.table}.{each.name}": {"zh": each.label_zh, "en": each.label_en}
            for each in columns
        },
    }


@cache
def _read_values(source: Path) -> dict[str, dict[str, dict[str, str]]]:
    lists: dict[str, dict[str, dict[str, str]]] = {}
    for row in _rows(source, "values.csv"):
        entries = lists.setdefault(row["list"], {})
        if row["code"] in entries:
            raise DataError(f"values.csv: {row['list']!r} has the code {row['code']!r} twice")
        if not (row["zh"] and row["en"]):
            raise DataError(f"values.csv: {row['list']!r} has no label of {row['code']!r}")
        entries[row["code"]] = {"zh": row["zh"], "en": row["en"]}
    return lists


@cache
def _read_tables(source: Path) -> dict[str, Table]:
    columns: dict[str, list[SchemaColumn]] = {}
    for row in _rows(source, "columns.csv"):
        columns.setdefault(row["table"], []).append(_column(row))
    found = {
        row["table"]: Table(
            name=row["table"],
            label_zh=row["label_zh"],
            label_en=row["label_en"],
            grain_zh=row["grain_zh"],
            grain_en=row["grain_en"],
            tier=int(row["tier"]),
            refresh_days=int(row["refresh_days"]),
            kind=row["kind"],
            store=row["store"],
            dated=row["dated"],
            columns=tuple(columns.get(row["table"], ())),
        )
        for row in _rows(source, "tables.csv")
    }
    if unknown := columns.keys() - found.keys():
        raise DataError(f"columns.csv: {sorted(unknown)} are not in tables.csv")
    for flaw in _flaws(found, _read_values(source)):
        raise DataError(f"columns.csv: {flaw}")
    return found


def _flaws(found: Mapping[str, Table], lists: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Say where the data of the schema contradict each other."""
    keys = {f"{table.name}.{name}" for table in found.values() for name in table.key}
    types = {f"{c.table}.{c.name}": c.type for table in found.values() for c in table.columns}
    for table in found.values():
        if not table.key:
            yield f"table {table.name!r} has no key"
        yield from (f"table {table.name!r} {flaw}" for flaw in _disorder(table, lists))
        for column in table.columns:
            name = f"{column.table}.{column.name}"
            yield from (f"{name} {flaw}" for flaw in _contradictions(column, lists))
            target = column.refers_to
            if target and (target not in keys or types[target] != column.type):
                yield f"{name} refers to {target!r}, which is no key of the same type"


def _disorder(table: Table, lists: Mapping[str, Mapping[str, object]]) -> list[str]:
    names = {column.name for column in table.columns}
    wrong = {
        "names a column twice": len(names) < len(table.columns),
        f"is dated by {table.dated!r}, which it does not have": table.dated not in {"", *names},
        f"has no store {table.store!r}": table.store not in STORES,
        f"has no kind of information {table.kind!r}": table.kind
        not in lists.get("information_kind", {}),
    }
    return [flaw for flaw, holds in wrong.items() if holds]


def _contradictions(column: SchemaColumn, lists: Mapping[str, Mapping[str, object]]) -> list[str]:
    low = -inf if column.low is None else column.low
    high = inf if column.high is None else column.high
    wrong = {
        f"has the unknown type {column.type!r}": column.type not in SQL_TYPES,
        f"has the class {column.conf_class!r}": column.conf_class not in CLASSES,
        f"has the unknown role {column.pii_role!r}": column.pii_role not in ROLES,
        f"has the unknown clock {column.clock!r}": column.clock not in CLOCKS,
        f"has no list {column.values!r}": bool(column.values) and column.values not in lists,
        "is part of the key and may be empty": column.is_key and column.nullable,
        "has no label in one language": not (column.label_zh and column.label_en),
        "has a low end above its high end": low > high,
    }
    return [flaw for flaw, holds in wrong.items() if holds]


def _column(row: Mapping[str, str]) -> SchemaColumn:
    read: dict[str, Any] = {**row, "name": row["column"]}
    for name in ("is_key", "nullable"):
        read[name] = row[name] == "Y"
    for name in ("low", "high"):
        read[name] = float(row[name]) if row[name] else None
    for name in ("refers_to", "values", "pattern"):
        read[name] = row[name] or None
    return SchemaColumn(**{field.name: read[field.name] for field in fields(SchemaColumn)})


def _rows(source: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(source.joinpath(name).read_text("utf-8").splitlines()))
