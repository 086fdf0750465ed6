"""Which rows of the lake go when customers are forgotten, and which only lose a reference.

A row goes when it is about one of them, or cannot be without a row that goes. A reference that may
be empty becomes empty: a loan of somebody else does not go because it once renewed one that goes.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from workbench import schema
from workbench.data.lake import MARK, Lake, Snapshot
from workbench.schema import SchemaColumn

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PERSON = "customers.customer_id"


class Erasing:
    """The erasing of the customers in table `gone` of a connection from one snapshot.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Gets a table `gone_<table>` with the keys of the rows that go, as others refer to them.
    """

    def __init__(self, connection: "DuckDBPyConnection", lake: Lake, newest: Snapshot) -> None:
        self.connection, self.lake, self.newest = connection, lake, newest
        self._doomed: dict[str, str] = {}
        for table in schema.ordered():
            if table in newest.tables:
                self._doom(table)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Return table → rows that go or lose a reference, for tables with any."""
        counts = {table: self._count(table) for table in self.newest.tables}
        return {table: count for table, count in sorted(counts.items()) if count}

    def queries(self) -> dict[str, str]:
        """Return table → SQL for its rows without what goes, for the tables of `rows`."""
        return {table: self._left(table) for table in self.rows}

    def _doom(self, table: str) -> None:
        """Make the table of keys of the rows of `table` that go."""
        found = [f"{name} IN (SELECT {key} FROM {gone})" for name, key, gone in self._owners(table)]
        self._doomed[table] = " OR ".join(f"coalesce({each}, FALSE)" for each in found) or "FALSE"
        keys = ", ".join(schema.table(table).key)
        self.connection.execute(
            f"CREATE TABLE gone_{table} AS SELECT {keys} FROM "
            f"({self.lake.relation(table, self.newest)}) WHERE {self._doomed[table]}"
        )

    def _owners(self, table: str) -> Iterator[tuple[str, str, str]]:
        """Give column, key and table of keys for each reference without which a row goes."""
        for column in schema.table(table).columns:
            if PERSON in (column.refers_to, f"{table}.{column.name}"):
                yield column.name, "customer_id", "gone"
            elif not column.nullable and (parent := self._parent(table, column)):
                yield column.name, parent[1], f"gone_{parent[0]}"

    def _parent(self, table: str, column: SchemaColumn) -> tuple[str, str] | None:
        """Return table and key that a column refers to, when rows of it may go."""
        parent, _, key = (column.refers_to or "").partition(".")
        known = parent in self._doomed or parent == table
        return (parent, key) if known and column.refers_to != PERSON else None

    def _loose(self, table: str) -> dict[str, str]:
        """Return column → condition under which its reference becomes empty."""
        found = {}
        for column in schema.table(table).columns:
            parent = self._parent(table, column)
            if column.nullable and parent:
                found[column.name] = f"{column.name} IN (SELECT {parent[1]} FROM gone_{parent[0]})"
        return found

    def _count(self, table: str) -> int:
        hit = " OR ".join([self._doomed[table], *self._loose(table).values()])
        query = f"SELECT count(*) FROM ({self.lake.relation(table, self.newest)}) WHERE {hit}"
        return int(self.connection.sql(query).fetchall()[0][0])

    def _left(self, table: str) -> str:
        loose = self._loose(table)
        names = [*(column.name for column in schema.table(table).columns), MARK]
        chosen = ", ".join(
            f"CASE WHEN {loose[name]} THEN NULL ELSE {name} END AS {name}"
            if name in loose
            else name
            for name in names
        )
        stored = self.lake.relation(table, self.newest, marked=True)
        return f"SELECT {chosen} FROM ({stored}) WHERE NOT ({self._doomed[table]})"
