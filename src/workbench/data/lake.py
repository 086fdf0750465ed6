"""The lake: versioned tables, and snapshots that say which versions belong together.

Each canonical table is a Delta Lake table (protocol of delta.io, written by delta-rs). Delta
commits one table at a time, so a load of several becomes visible only when the snapshot that names
their versions is renamed into place. Readers go through a snapshot, never through "latest"; a
commit that no snapshot names is undone by the next load.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from workbench import durable, schema
from workbench.data import integrity
from workbench.errors import DataError, ParameterError

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from duckdb import DuckDBPyConnection

KEEP = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
}
"""A century, and no clean-up: delta-rs drops old log entries by default, and a report must be
repeatable years later."""
SNAPSHOT = re.compile(r"\d{4,}-[0-9a-f]{8}")
MARK = "taken_from"
"""Column beside the canonical ones that says which file a row came from; readers do not see it."""


@dataclass(frozen=True)
class Snapshot:
    """Versions of tables that belong together.

    Attributes
    ----------
    id : str
        Sortable number and a fingerprint, such as `0001-1a2b3c4d`.
    tables : mapping of str to int
        Version of each table.
    files : mapping of str to str
        SHA-256 of every source file taken in so far → its name.
    created : str
        ISO time of the load.
    parquet : mapping of str to str
        Path below `lake/` of every file that holds its tables → SHA-256.
    key : str
        Version of the pseudonym key, when it was changed since the first load.
    """

    id: str
    tables: Mapping[str, int]
    files: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    parquet: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


class Lake:
    """The tables and snapshots of one bank.

    Parameters
    ----------
    folder : Path
        The bank's folder; holds `lake/` and `snapshots/`.
    """

    def __init__(self, folder: Path) -> None:
        self.tables = folder / "lake"
        self.snapshots = folder / "snapshots"

    def ids(self) -> list[str]:
        """Return the ids of all snapshots, oldest first."""
        names = [path.stem for path in self.snapshots.glob("*.json")]
        return sorted(
            (name for name in names if SNAPSHOT.fullmatch(name)), key=lambda name: int(name[:-9])
        )

    def current(self) -> Snapshot | None:
        """Return the newest snapshot; None for a bank without data."""
        ids = self.ids()
        return self.snapshot(ids[-1]) if ids else None

    def snapshot(self, name: str) -> Snapshot:
        """Return the snapshot called `name`.

        Raises
        ------
        ParameterError
            There is none.
        DataError
            It is damaged, or was given up.
        """
        known = self.ids()
        if name not in known and SNAPSHOT.fullmatch(name) and self._given_up(name).exists():
            raise DataError(
                f"snapshot {name} can no longer be read: customers in it were forgotten since; "
                "repeat the report on a newer one"
            )
        if name not in known:
            raise ParameterError(f"there is no snapshot {name!r}; there are {known[-5:]}")
        place = self.snapshots / f"{name}.json"
        try:
            return Snapshot(**json.loads(place.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise DataError(f"snapshot {place} is damaged; restore it from the backup") from error

    def relation(self, table: str, snapshot: Snapshot | None, *, marked: bool = False) -> str:
        """Return SQL that reads `table` as of `snapshot`, with its canonical columns and types.

        A table without data, and a column that older files lack, are typed and empty. `marked`
        adds the column `MARK`.
        """
        types = {column.name: column.sql_type for column in schema.table(table).columns}
        types |= {MARK: "VARCHAR"} if marked else {}
        empty = ", ".join(f"CAST(NULL AS {typed}) AS {name}" for name, typed in types.items())
        nothing = f"SELECT {empty} WHERE FALSE"
        files = self.files(table, snapshot)
        if not files:
            return nothing
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
        stored = f"SELECT * FROM read_parquet([{listed}], union_by_name = true)"
        return f"SELECT {', '.join(types)} FROM ({nothing} UNION ALL BY NAME {stored})"

    def kept(
        self, table: str, rows: str, snapshot: Snapshot | None, corrected: Sequence[str] = ()
    ) -> str:
        """Return SQL for the rows of `table` that stay when the rows of `rows` come in.

        Rows with a key that comes again go. So do rows of the `corrected` files (their marks) that
        their correction no longer has, within the months it is about.
        """
        key = ", ".join(schema.table(table).key)
        stored = self.relation(table, snapshot, marked=True)
        stays = f"SELECT * FROM ({stored}) AS old ANTI JOIN {rows} USING ({key})"
        if not corrected:
            return stays
        marks = ", ".join(f"'{mark}'" for mark in corrected)
        gone = f"coalesce({MARK} IN ({marks}), FALSE)"
        if period := schema.table(table).period:
            gone += f" AND {period} IN (SELECT {period} FROM {rows})"
        return f"SELECT * FROM ({stays}) WHERE NOT ({gone})"

    def files(self, table: str, snapshot: Snapshot | None) -> list[str]:
        """Return the Parquet files that hold `table` as of `snapshot`.

        Raises
        ------
        DataError
            The table cannot be read, or one of its files is missing or of another size.
        """
        if snapshot is None or table not in snapshot.tables:
            return []
        return self._files(table, snapshot.tables[table])

    def _files(self, table: str, version: int) -> list[str]:
        delta = self._delta(table, version)
        added = delta.get_add_actions(flatten=True)
        paths = [str(self.tables / table / unquote(path)) for path in added["path"].to_pylist()]
        sizes = dict(sorted(zip(paths, added["size_bytes"].to_pylist(), strict=True)))
        integrity.require(table, sizes)
        return list(sizes)

    def history(self, table: str) -> list[dict[str, Any]]:
        """Return the commits of `table`, newest first, with their lineage."""
        return list(self._delta(table).history())

    def commit(
        self,
        connection: "DuckDBPyConnection",
        relations: Mapping[str, str],
        *,
        lineage: Mapping[str, Mapping[str, object]],
        files: Mapping[str, str],
        corrected: Mapping[str, Sequence[str]] | None = None,
    ) -> Snapshot:
        """Merge rows into tables and make them visible together in a new snapshot.

        Parameters
        ----------
        connection : DuckDBPyConnection
            Where the new rows are.
        relations : mapping of str to str
            Table → name of the view or table of `connection` with its new rows: the canonical
            columns, and `MARK` if they come from files.
            A row whose key is in the lake already replaces the one there.
        lineage : mapping
            Table → what is stored with its commit: source files, rows, control totals, versions.
        files : mapping of str to str
            SHA-256 → name of the files the rows came from.
        corrected : mapping, optional
            Table → marks of the files that the new rows correct; see `kept`.
        """
        base = self.current()
        versions = dict(base.tables) if base else {}
        for table, relation in relations.items():
            kept = self.kept(table, relation, base, (corrected or {}).get(table, ()))
            self._undo(table, base)
            versions[table] = self._merge(connection, table, (relation, kept), lineage[table], base)
        known = {**(base.files if base else {}), **files}
        return self._publish(base, versions, known, base.key if base else "")

    def rewrite(
        self,
        connection: "DuckDBPyConnection",
        queries: Mapping[str, str],
        *,
        lineage: Mapping[str, object],
        key: str | None = None,
    ) -> Snapshot:
        """Put other rows in the place of whole tables, and make them visible in a new snapshot.

        Parameters
        ----------
        connection : DuckDBPyConnection
            Runs the queries.
        queries : mapping of str to str
            Table → SQL for all its rows: the canonical columns, and `MARK`.
        lineage : mapping
            What is stored with each commit.
        key : str, optional
            Version of the pseudonym key of the new rows. Default: as before.
        """
        base = self.current()
        versions = dict(base.tables) if base else {}
        for table, query in queries.items():
            self._undo(table, base)
            versions[table] = self._write(connection, table, query, lineage, replaces=True)
        files, before = (base.files, base.key) if base else ({}, "")
        return self._publish(base, versions, files, before if key is None else key)

    def give_up(self, name: str) -> None:
        """Let nobody read the snapshot `name` any more; what it was stays on record."""
        place = self._given_up(name)
        durable.folder(place.parent)
        durable.move(self.snapshots / f"{name}.json", place)

    def sweep(self, table: str) -> None:
        """Delete all of `table` that the newest snapshot does not need: older versions, for good.

        Delta's log goes, too, up to this version: it names the least and greatest value of columns.
        """
        delta = self._delta(table)
        needed = {Path(path) for path in self.files(table, self.current())}
        log = self.tables / table / "_delta_log"
        delta.create_checkpoint()
        durable.flush(log)
        for path in (self.tables / table).rglob("*.parquet"):
            if path not in needed and log not in path.parents:
                path.unlink()
        for path in log.iterdir():
            version = path.name[:20]
            if version.isdigit() and int(version) < delta.version():
                path.unlink()
        durable.settle(log)
        durable.settle(self.tables / table)

    def _given_up(self, name: str) -> Path:
        return self.snapshots / "forgotten" / f"{name}.json"

    def _merge(
        self,
        connection: "DuckDBPyConnection",
        table: str,
        new_and_kept: tuple[str, str],
        lineage: Mapping[str, object],
        base: Snapshot | None,
    ) -> int:
        relation, kept = new_and_kept
        names = ", ".join([*(column.name for column in schema.table(table).columns), MARK])
        before, after = (
            connection.sql(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
            for query in (self.relation(table, base), kept)
        )
        replaces = before != after or not self.files(table, base)
        unmarked = f"SELECT CAST(NULL AS VARCHAR) AS {MARK} WHERE FALSE"
        rows = f"SELECT {names} FROM ({unmarked} UNION ALL BY NAME SELECT * FROM {relation})"
        query = f"SELECT {names} FROM ({kept}) UNION ALL {rows}" if replaces else rows
        return self._write(connection, table, query, lineage, replaces=replaces)

    def _write(
        self,
        connection: "DuckDBPyConnection",
        table: str,
        query: str,
        lineage: Mapping[str, object],
        *,
        replaces: bool,
    ) -> int:
        """Append the rows of `query` to `table`, or replace its rows, and return its version."""
        from deltalake import CommitProperties, write_deltalake

        key = ", ".join(schema.table(table).key)
        where = self.tables / table
        durable.folder(where)
        write_deltalake(
            str(where),
            connection.sql(f"{query} ORDER BY {key}"),
            mode="overwrite" if replaces else "append",
            schema_mode="overwrite" if replaces else "merge",
            configuration=KEEP,
            commit_properties=CommitProperties(
                custom_metadata={name: json.dumps(value) for name, value in lineage.items()}
            ),
        )
        return self._delta(table).version()

    def _undo(self, table: str, base: Snapshot | None) -> None:
        """Return `table` to the version of `base`: a load that was killed left a later one."""
        if base and table in base.tables:
            delta = self._delta(table)
            if delta.version() != base.tables[table]:
                delta.restore(base.tables[table])

    def _delta(self, table: str, version: int | None = None) -> "DeltaTable":
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            return DeltaTable(str(self.tables / table), version=version)
        except (DeltaError, OSError, ValueError) as error:
            raise DataError(
                f"table {table!r} of the lake {self.tables} cannot be read at version {version}: "
                f"{str(error).splitlines()[0]}; restore the lake from the backup"
            ) from error

    def _publish(
        self,
        base: Snapshot | None,
        versions: Mapping[str, int],
        files: Mapping[str, str],
        key: str,
    ) -> Snapshot:
        number = int(base.id[:-9]) + 1 if base else 1
        content = json.dumps([sorted(versions.items()), sorted(files)])
        print_ = hashlib.sha256(content.encode()).hexdigest()[:8]
        created = datetime.now(UTC).isoformat(timespec="seconds")
        paths = [path for table, at in versions.items() for path in self._files(table, at)]
        self._settle(base, versions, paths)
        parquet = integrity.prints(self.tables, paths, base.parquet if base else {})
        snapshot = Snapshot(f"{number:04d}-{print_}", versions, files, created, parquet, key)
        durable.folder(self.snapshots)
        plain = json.dumps(vars(snapshot), ensure_ascii=False, indent=1)
        durable.write(self.snapshots / f"{snapshot.id}.json", plain)
        return snapshot

    def _settle(
        self, base: Snapshot | None, versions: Mapping[str, int], paths: Sequence[str]
    ) -> None:
        """Have on disk what is new since `base`: delta-rs leaves that to the system."""
        known = base.parquet if base else {}
        for path in map(Path, paths):
            if path.relative_to(self.tables).as_posix() not in known:
                durable.flush(path)
        for table, version in versions.items():
            before = base.tables.get(table, -1) if base else -1
            log = self.tables / table / "_delta_log"
            for path in log.iterdir() if version != before else ():
                number = path.name[:20]
                if not number.isdigit() or int(number) > before:
                    durable.flush(path)
            if version != before:
                durable.settle(log)
                durable.settle(log.parent)
