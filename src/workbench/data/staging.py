"""One canonical table on its way in: text from files, typed, judged, accepted or rejected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from workbench import schema
from workbench.data import rules
from workbench.data.lake import MARK
from workbench.data.reading import RECORD, Raw
from workbench.data.rules import Rule
from workbench.data.sources import Cell, Target
from workbench.privacy.pseudonym import Key
from workbench.schema import SchemaColumn

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLACE = "file, record, part"
"""What names a staged row: number of the file, record in it, and which of the rows it becomes."""
ABSENT = Cell()


@dataclass(frozen=True)
class Portion:
    """What one file gives to a table; `mark` is what its rows carry into the lake."""

    raw: Raw
    target: Target
    file: int
    mark: str


@dataclass(frozen=True)
class _Part:
    """The cells of one of the rows that each record of a file becomes."""

    portion: Portion
    number: int
    cells: Mapping[str, Cell]

    @property
    def here(self) -> str:
        """Return SQL that is true for the staged rows of this part."""
        return f"(file = {self.portion.file} AND part = {self.number})"

    def grouped(self, cell: Cell) -> bool:
        """Tell whether thousands may be separated in numbers of `cell`."""
        return self.portion.raw.marks.grouped or not cell.copied


@dataclass(frozen=True)
class Rejected:
    """One value, or row, that may not come in."""

    file: int
    record: int
    column: str
    rule: str
    value: str | None


class Staged:
    """The rows of one canonical table in one load.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Where the raw files are tables; stage tables are made beside them.
    table : str
        The canonical table.
    portions : sequence of Portion
        The files that feed it.
    key : Key
        Replaces numbers of people by pseudonyms.
    """

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        table: str,
        portions: Sequence[Portion],
        key: Key,
    ) -> None:
        self.table = table
        self.columns = schema.table(table).columns
        numbers = {portion.file: count() for portion in portions}
        self.parts = [
            _Part(portion, next(numbers[portion.file]), cells)
            for portion in portions
            for cells in portion.target.rows()
        ]
        self.connection = connection
        self.connection.execute(f"CREATE VIEW text_{table} AS {self._texts()}")
        for column in self.columns:
            if column.pseudonymised:
                self._map(column, key)
        self._type()

    @property
    def accepted(self) -> str:
        """Return the view of accepted rows, with the canonical columns and their file's mark."""
        return f"accepted_{self.table}"

    def count(self, view: str | None = None) -> int:
        """Return the number of rows read, or of those in `view`."""
        query = f"SELECT count(*) FROM {view or f'staged_{self.table}'}"
        return int(self.connection.execute(query).fetchall()[0][0])

    def count_of(self, file: int) -> tuple[int, int]:
        """Return how many rows file number `file` gave, and how many of them were rejected."""
        query = (
            f"SELECT count(*), count(*) FILTER (NOT s.ok OR b.file IS NOT NULL) "
            f"FROM staged_{self.table} AS s LEFT JOIN (SELECT DISTINCT {PLACE} FROM "
            f"bad_{self.table}) AS b USING ({PLACE}) WHERE s.file = {file}"
        )
        read, rejected = self._sql(query)[0]
        return int(read), int(rejected)

    def judge(self, parents: "dict[str, str]") -> None:
        """Find duplicate keys and rows whose parent is neither in the load nor in the lake.

        `parents` maps `table.column` to SQL that yields the keys there are.
        """
        own = f"{self.table}."
        self._duplicates()
        for column in self.columns:
            if column.refers_to in parents and not str(column.refers_to).startswith(own):
                self._orphans(column, parents[str(column.refers_to)])
        for column in self.columns:
            if column.refers_to in parents and str(column.refers_to).startswith(own):
                # A rejected row may be the parent of others in the same table.
                while self._orphans(column, parents[str(column.refers_to)]):
                    pass
        self.connection.execute(
            f"CREATE VIEW {self.accepted} AS SELECT {self._names()}, {self._mark()} "
            f"FROM staged_{self.table} AS s "
            f"ANTI JOIN bad_{self.table} AS b USING ({PLACE}) WHERE s.ok"
        )

    def rejected(self, most: int) -> list[Rejected]:
        """Return what was wrong, at most `most` values, in the order of files and records."""
        # Every row here has a wrong value: the first `most` rows hold the first `most` values.
        self.connection.execute(
            f"CREATE TABLE places_{self.table} AS SELECT {PLACE}, ok FROM staged_{self.table} "
            f"WHERE NOT ok UNION ALL SELECT DISTINCT {PLACE}, TRUE FROM bad_{self.table} "
            f"ORDER BY {PLACE} LIMIT {most}"
        )
        # Their texts are looked up in the files again: keeping all texts would double the memory.
        texts = f"(SELECT * FROM ({self._texts(f'places_{self.table}')}))"
        self.connection.execute(
            f"CREATE TABLE wrong_{self.table} AS SELECT t.*, ok FROM ({self._typing(texts)}) AS t "
            f"JOIN places_{self.table} USING ({PLACE})"
        )
        found: list[Rejected] = []
        for rule in self._rules():
            name = rule.column.name
            query = (
                f"SELECT file, record, t_{name} FROM wrong_{self.table} "
                f"WHERE NOT ok AND NOT ({rule.holds})"
            )
            found += [Rejected(f, r, name, rule.name, value) for f, r, value in self._sql(query)]
        names = self._sql(f"SELECT DISTINCT column_name FROM bad_{self.table}")
        for (name,) in names:
            query = (
                f"SELECT file, record, rule, t_{name} FROM bad_{self.table} "
                f"JOIN wrong_{self.table} USING ({PLACE}) WHERE column_name = '{name}'"
            )
            found += [Rejected(f, r, name, rule, value) for f, r, rule, value in self._sql(query)]
        return sorted(found, key=lambda each: (each.file, each.record, each.column, each.rule))[
            :most
        ]

    def totals(self) -> dict[str, str]:
        """Return the control totals of the accepted rows: their sums of money, to the cent."""
        money = [column.name for column in self.columns if column.type == "money"]
        if not money:
            return {}
        sums = ", ".join(f"CAST(sum({name}) AS VARCHAR)" for name in money)
        row = self._sql(f"SELECT {sums} FROM {self.accepted}")[0]
        return {name: total for name, total in zip(money, row, strict=True) if total is not None}

    def newest(self) -> Any:
        """Return the last month or period end among the accepted rows, if the table has one."""
        names = [
            c.name for c in self.columns if c.name in ("month_end", "period_end", "observed_on")
        ]
        return self._sql(f"SELECT max({names[0]}) FROM {self.accepted}")[0][0] if names else None

    def _sql(self, query: str) -> list[Any]:
        return self.connection.execute(query).fetchall()

    def _mark(self) -> str:
        """Return SQL for the mark of the file that a row comes from."""
        marks = {part.portion.file: part.portion.mark for part in self.parts}
        cases = " ".join(f"WHEN {file} THEN '{mark}'" for file, mark in marks.items())
        return f"CASE file {cases} END AS {MARK}"

    def _names(self) -> str:
        return ", ".join(column.name for column in self.columns)

    def _rules(self) -> list[Rule]:
        """Return the rules; one that a source excuses some rows from holds for the others."""
        bound: dict[Rule, list[str]] = {}
        for part in self.parts:
            for rule in rules.of(part.portion.target):
                bound.setdefault(rule, []).append(part.here)
        every = len(self.parts)
        return [
            rule
            if len(here) == every
            else replace(rule, holds=f"NOT ({' OR '.join(here)}) OR ({rule.holds})")
            for rule, here in bound.items()
        ]

    def _texts(self, places: str | None = None) -> str:
        """Return SQL for the texts: one row per record and part, all or those in `places`."""
        selects = []
        for part in self.parts:
            raw = part.portion.raw
            texts = ", ".join(
                f"{rules.text(part.cells.get(c.name, ABSENT), raw)} AS t_{c.name}"
                for c in self.columns
            )
            record, source = RECORD, raw.table
            if raw.rows is None:
                # Numbering rows while they stream takes one core: done for rejected rows only, the
                # others get their number from the place they are stored at.
                record = "record" if places else "0"
                numbered = f"(SELECT row_number() OVER () AS record, * FROM {raw.table})"
                source = numbered if places else raw.table
            some = f"WHERE {record} IN (SELECT record FROM {places} WHERE {part.here})"
            selects.append(
                f"SELECT {part.portion.file} AS file, {record} AS record, {part.number} AS part, "
                f"{texts} FROM {source} {some if places else ''}"
            )
        return " UNION ALL ".join(selects)

    def _typing(self, texts: str) -> str:
        """Return SQL that types `texts`, with pseudonyms in place of people's numbers."""
        joins, typed = [], []
        for column in self.columns:
            if column.pseudonymised:
                joins.append(
                    f"LEFT JOIN {_kept_in(column)} AS p_{column.name} "
                    f"ON p_{column.name}.number = t_{column.name}"
                )
                typed.append(f"p_{column.name}.pseudonym AS {column.name}")
            else:
                typed.append(f"{self._typed(column)} AS {column.name}")
        names = ", ".join(f"t_{column.name}" for column in self.columns)
        return f"SELECT {PLACE}, {names}, {', '.join(typed)} FROM {texts} {' '.join(joins)}"

    def _typed(self, column: SchemaColumn) -> str:
        """Return SQL for the typed value; files may give one column in several units."""
        meant: dict[str, list[str]] = {}
        for part in self.parts:
            cell = part.cells.get(column.name, ABSENT)
            value = rules.typed(column, cell, f"t_{column.name}", grouped=part.grouped(cell))
            meant.setdefault(value, []).append(part.here)
        if len(meant) == 1:
            return next(iter(meant))
        cases = (f"WHEN {' OR '.join(here)} THEN {value}" for value, here in meant.items())
        return f"CASE {' '.join(cases)} END"

    def _map(self, column: SchemaColumn, key: Key) -> None:
        """Add the numbers of this column to the load's table of pseudonyms."""
        kind, name = _kind(column), _kept_in(column)
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} (number VARCHAR, pseudonym VARCHAR)"
        )
        numbers = self._sql(
            f"SELECT DISTINCT t_{column.name} FROM text_{self.table} ANTI JOIN {name} "
            f"ON number = t_{column.name} WHERE t_{column.name} IS NOT NULL"
        )
        pairs = key.pseudonyms((row[0] for row in numbers), kind)
        self.connection.execute(
            f"INSERT INTO {name} SELECT unnest($numbers), unnest($pseudonyms)",
            {"numbers": list(pairs), "pseudonyms": list(pairs.values())},
        )

    def _streams(self) -> bool:
        """Tell whether the rows come from one file that is read as they are needed."""
        return any(part.portion.raw.rows is None for part in self.parts)

    def _type(self) -> None:
        holds = " AND ".join(f"({rule.holds})" for rule in self._rules())
        self.connection.execute(
            f"CREATE TABLE stored_{self.table} AS SELECT {PLACE}, {self._names()}, ({holds}) AS ok "
            f"FROM ({self._typing(f'text_{self.table}')})"
        )
        record = RECORD if self._streams() else "record"
        self.connection.execute(
            f"CREATE VIEW staged_{self.table} AS SELECT file, {record} AS record, part, "
            f"{self._names()}, ok FROM stored_{self.table}"
        )
        self.connection.execute(
            f"CREATE TABLE bad_{self.table} "
            "(file INTEGER, record BIGINT, part INTEGER, column_name VARCHAR, rule VARCHAR)"
        )

    def _orphans(self, column: SchemaColumn, keys: str) -> int:
        """Reject the rows whose parent is not there; return how many more there are."""
        parent, _, target = str(column.refers_to).partition(".")
        rows = f"(SELECT * FROM staged_{self.table} ANTI JOIN bad_{self.table} USING ({PLACE}))"
        if parent == self.table:
            keys = f"{keys} UNION ALL SELECT {target} FROM {rows} WHERE ok"
        done = self._sql(
            f"INSERT INTO bad_{self.table} SELECT {PLACE}, '{column.name}', 'parent' "
            f"FROM {rows} AS s ANTI JOIN ({keys}) AS k ON k.{target} = s.{column.name} "
            f"WHERE s.ok AND s.{column.name} IS NOT NULL"
        )
        return int(done[0][0])

    def _duplicates(self) -> None:
        if self._apart():
            return
        keys = ", ".join(schema.table(self.table).key)
        last = schema.table(self.table).key[-1]
        self.connection.execute(
            f"INSERT INTO bad_{self.table} SELECT {PLACE}, '{last}', 'duplicate' FROM ("
            f"SELECT {PLACE}, row_number() OVER (PARTITION BY {keys} ORDER BY {PLACE}) AS place "
            f"FROM staged_{self.table} SEMI JOIN (SELECT {keys} FROM staged_{self.table} WHERE ok "
            f"GROUP BY {keys} HAVING count(*) > 1) USING ({keys}) WHERE ok) WHERE place > 1"
        )

    def _apart(self) -> bool:
        """Tell whether it is plain that no key occurs twice, as rows are of different months.

        One bit a month, five years to a number, costs a seventh of grouping by the keys themselves.
        """
        table = schema.table(self.table)
        if table.period not in table.key:
            return False
        others = [name for name in table.key if name != table.period]
        year, month = f"year({table.period})", f"month({table.period})"
        bit = f"CAST(1 AS BIGINT) << ({year} % 5 * 12 + {month} - 1)"
        found = self._sql(
            f"SELECT 1 FROM staged_{self.table} WHERE ok GROUP BY {', '.join(others)}, {year} // 5 "
            f"HAVING count(*) <> bit_count(bit_or({bit})) LIMIT 1"
        )
        return not found


def _kind(column: SchemaColumn) -> str:
    return "staff" if "staff" in (column.refers_to or column.table) else "customer"


def _kept_in(column: SchemaColumn) -> str:
    """Return the load's table of pseudonyms of the people that `column` names."""
    return f"map_{_kind(column)}"
