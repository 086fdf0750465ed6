"""One load, step by step: read, judge, compare, and only then commit; nothing shows before that."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import workbench
from workbench import schema
from workbench.data import (
    bank,
    crosschecks,
    drift,
    naming,
    quarantine,
    reading,
    reasons,
    recognise,
    reconcile,
    refused,
    sources,
    totals,
)
from workbench.data.lake import Lake, Snapshot
from workbench.data.load import Counts, Hold, Load
from workbench.data.recognise import Found
from workbench.data.scratch import READABLE, Scratch
from workbench.data.sources import Source
from workbench.data.staging import Portion, Staged
from workbench.errors import DataError
from workbench.privacy import pseudonym, roles, vault
from workbench.privacy.audit import Log
from workbench.privacy.roles import Role

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONSTANT = -1
"""Number of the file of rows that a source map itself states."""
DATED = re.compile(r"(19|20)\d{2}[-_.]?(0[1-9]|1[0-2])")
"""A month in a file's name: the same name again is then a correction, not the next month."""


TAKEN_IN = "intake"
"""Action of the audit entry; its subject is the load."""
ROWS = 10_000
"""Identities handed to the vault at a time."""
MEMORY = "2500MB"
"""What a load may keep in memory before it goes to disk; writing the lake takes some more."""


@dataclass(frozen=True)
class Order:
    """What is to be done: the parameters of `intake.attempt`, and whether anything may change.

    `own` rows come out of the bank itself: people in them have pseudonyms already.
    """

    folder: Path
    source: str | Source | None
    error_limit: float | None
    release: str = ""
    commits: bool = True
    own: bool = False


class Attempt:
    """One load into the bank of `order`; what is unpacked lies in `scratch`."""

    def __init__(self, order: Order, scratch: Scratch) -> None:
        import duckdb

        self.order, self.folder, self.scratch = order, order.folder, scratch
        self.lake = Lake(self.folder)
        self.base = self.lake.current()
        self.connection: DuckDBPyConnection = duckdb.connect(
            config={
                **scratch.settings(),
                "memory_limit": MEMORY,
                "autoload_known_extensions": False,
            }
        )
        self.connection.execute("SET enable_progress_bar = false")
        self.found: list[Found] = []
        self.raws: list[reading.Raw] = []
        self.staged: dict[str, Staged] = {}

    def run(self, new: Mapping[Path, str], skipped: tuple[str, ...]) -> Load:
        """Take in the files `new` (with their SHA-256), or hold them back."""
        self.found = recognise.recognised(new, self.order.source, self.scratch)
        self._find_bank()
        self._name()
        self._stage()
        self.corrected = {name: self._corrected(name) for name in self.staged}
        self._foresee()
        self.counts = {name: self._count(each) for name, each in self.staged.items()}
        report, held = self._quarantine()
        judged = self._judged(held)
        may = not judged.held or bool(self.order.release)
        snapshot = self._commit().id if may and self.order.commits else None
        load = replace(judged, snapshot=snapshot, skipped=skipped, report=report)
        load.note(self.folder / ("loads" if self.order.commits else "checks"))
        return load

    @property
    def sources(self) -> dict[str, Source]:
        """Return the source maps the files are read with, by name."""
        return {found.source.name: found.source for found in self.found}

    @cached_property
    def id(self) -> str:
        """Return what names this load."""
        prints = "".join(sorted(each.sha256 for each in self.found))
        short = hashlib.sha256(prints.encode()).hexdigest()[:8]
        number = int(self.base.id[:-9]) + 1 if self.base else 1
        return f"{number:04d}-{short}"

    def _find_bank(self) -> None:
        exists = (self.folder / bank.BANK).exists()
        first = self.found[0].source
        self.currency = bank.about(self.folder).currency if exists else first.currency
        if not self.order.commits and not exists:
            self.key = pseudonym.Key.new()
            return
        if not exists:
            bank.About(first.bank, first.bank_en, first.currency).write(self.folder)
        self.key = bank.key(self.folder)
        about = bank.about(self.folder)
        if self.order.commits and about.key_id != self.key.id:
            replace(about, key_id=self.key.id).write(self.folder)

    def _name(self) -> None:
        """Give every file the name that is noted, which takes the key."""
        known = list(self.sources.values())
        self.found = [
            replace(each, name=naming.noted(each.path, known, self.key)) for each in self.found
        ]

    def _stage(self) -> None:
        """Read every file and stage every table, parents before children."""
        portions: dict[str, list[Portion]] = {}
        for at, each in enumerate(self.found):
            place = (f"raw_{at}", self.scratch)
            raw = reading.read(self.connection, each.path, each.kind, *place, once=self._once(each))
            refused.refuse(each.path.name, raw.written.values())
            refused.look(self.connection, each.path.name, raw)
            self.raws.append(raw)
            for target in each.kind.tables:
                portion = Portion(raw, target, at, each.mark)
                portions.setdefault(target.table, []).append(portion)
        if all(raw.rows is None for raw in self.raws):
            # Only columns that the lake keeps as they are get beyond the file, and nobody's number.
            self.connection.execute(READABLE)
        for at, source in enumerate(self.sources.values()):
            for table, rows in source.rows.items():
                portions.setdefault(table, []).append(self._constant(table, rows, at))
        for table in schema.ordered():
            if table in portions:
                staged = self._typed(table, portions[table])
                staged.judge(self._parents(table))
                self.staged[table] = staged

    def _once(self, found: Found) -> bool:
        """Tell whether a file's rows are read once and keep their order.

        They do when nothing else feeds their table and no pseudonyms are joined to them.
        """
        targets = found.kind.tables
        table = targets[0].table
        feeding = [each for each in self.found if each.feeds(table)]
        stated = any(table in source.rows for source in self.sources.values())
        people = any(column.pseudonymised for column in schema.table(table).columns)
        numbered = any(cell.row for cells in targets[0].rows() for cell in cells.values())
        people = people or numbered
        alone = len(feeding) == len(targets) == len(targets[0].rows()) == 1
        return alone and not stated and not people

    def _typed(self, table: str, portions: list[Portion]) -> Staged:
        import duckdb

        try:
            staged = Staged(self.connection, table, portions, self._people_key())
        except duckdb.InvalidInputException as error:
            streamed = [each.file for each in portions if each.raw.rows is None]
            if not streamed:
                raise
            found, raw = self.found[streamed[0]], self.raws[streamed[0]]
            raise reading.explained(found.path, raw, found.kind, error) from error
        if not staged.count():
            name = self.found[portions[0].file].path.name
            raise DataError(f"{name} has a header and no rows; fetch the file again")
        return staged

    def _people_key(self) -> pseudonym.Key:
        """Return what gives people of the load their pseudonyms."""
        return pseudonym.Kept(self.key.secret) if self.order.own else self.key

    def _constant(self, table: str, rows: Sequence[Mapping[str, str]], at: int) -> Portion:
        """Return rows that source map number `at` itself states."""
        raw = reading.stated(self.connection, f"rows_{at}_{table}", rows)
        names = list(raw.written.values())
        required = [column.name for column in schema.table(table).columns if not column.nullable]
        target = sources.Target(
            table=table,
            columns={name: sources.Cell(header=[name]) for name in names},
            not_supplied=[name for name in required if name not in names],
        )
        return Portion(raw, target, CONSTANT - at, "source map")

    def _parents(self, table: str) -> dict[str, str]:
        """Return, per column that `table` refers to, SQL for the keys in lake and load."""
        keys: dict[str, str] = {}
        for column in schema.table(table).columns:
            if column.refers_to:
                parent, _, name = column.refers_to.partition(".")
                query = f"SELECT {name} FROM ({self.lake.relation(parent, self.base)})"
                if parent in self.staged:
                    query += f" UNION ALL SELECT {name} FROM {self.staged[parent].accepted}"
                keys[column.refers_to] = query
        return keys

    def _corrected(self, table: str) -> tuple[str, ...]:
        """Return the marks of earlier files that files of this load correct."""
        known = self.base.files if self.base and table in schema.stored("lake") else {}
        names = {
            found.name for found in self.found if found.feeds(table) and DATED.search(found.name)
        }
        return tuple(sorted({recognise.mark(s) for s, name in known.items() if name in names}))

    def _foresee(self) -> None:
        """Make the canonical tables as they will be: what stays, and what comes in."""
        for name, table in schema.stored("lake").items():
            columns = ", ".join(column.name for column in table.columns)
            query = f"SELECT {columns} FROM ({self.lake.relation(name, self.base)})"
            if name in self.staged:
                new = self.staged[name].accepted
                kept = self.lake.kept(name, new, self.base, self.corrected[name])
                query = f"SELECT {columns} FROM ({kept}) UNION ALL SELECT {columns} FROM {new}"
            self.connection.execute(f"CREATE VIEW {name} AS {query}")

    def _count(self, staged: Staged) -> Counts:
        read, accepted = staged.count(), staged.count(staged.accepted)
        withdrawn = 0
        if self.corrected[staged.table]:
            withdrawn = self._number(
                f"SELECT (SELECT count(*) FROM "
                f"({self.lake.kept(staged.table, staged.accepted, self.base)})) - (SELECT count(*) "
                f"FROM {staged.table}) + {accepted}"
            )
        return Counts(read, accepted, read - accepted, withdrawn)

    def _number(self, query: str) -> int:
        return int(self.connection.sql(query).fetchall()[0][0])

    def _quarantine(self) -> tuple[str | None, list[Hold]]:
        """Write the report of rejected rows, and say of which tables there are too many."""
        hit = [name for name, each in self.counts.items() if each.quarantined]
        if not hit:
            return None, []
        entries = [entry for name in hit for entry in self._entries(name)]
        counts = {name: asdict(each) for name, each in self.counts.items()}
        place = "quarantine" if self.order.commits else "checks/quarantine"
        report = quarantine.write(self.folder / place / self.id, entries, counts)
        held = []
        for name in hit:
            own, limit = self.counts[name], self._limit(name)
            if own.quarantined > limit * own.read:
                first = next(entry for entry in entries if entry.table == name)
                held.append(reasons.rejected(name, own, limit, first, str(report)))
        return str(report), held

    def _limit(self, table: str) -> float:
        """Return the share of rejected rows that the strictest source of `table` allows."""
        if self.order.error_limit is not None:
            return self.order.error_limit
        feeding = [found.source.error_limit for found in self.found if found.feeds(table)]
        return min(feeding or [source.error_limit for source in self.sources.values()])

    def _entries(self, table: str) -> list[quarantine.Entry]:
        rejected = self.staged[table].rejected(quarantine.MOST)
        inside = enumerate(zip(self.found, self.raws, strict=True))
        places = {at: quarantine.Place(*each) for at, each in inside}
        return quarantine.entries(table, rejected, places)

    def _judged(self, held: list[Hold]) -> Load:
        """Return what is said of the load so far: totals, drift, checks, reasons to hold it."""
        since, as_of = self._months()
        reconciled = tuple(reconcile.reconcile(self.connection, since, as_of))
        moved = tuple(each for name in self.staged for each in self._drift(name))
        checks = tuple(
            crosschecks.run(
                self.connection,
                since=since,
                as_of=as_of,
                currency=self.currency,
                touched=self.staged.keys(),
            )
        )
        why = [*held, *reasons.control(reconciled), *reasons.moved(moved), *reasons.broken(checks)]
        targets = [target for each in self.found for target in each.kind.tables]
        pairs = list(zip(self.found, self.raws, strict=True))
        return Load(
            id=self.id,
            snapshot=None,
            sources=tuple(sorted(self.sources)),
            tables=self.counts,
            files={each.name: each.source.name for each in self.found},
            skipped=(),
            unknown={found.name: raw.beyond(found.kind) for found, raw in pairs},
            not_supplied={t.table: tuple(t.not_supplied) for t in targets if t.not_supplied},
            negative={t.table: tuple(t.allow_negative) for t in targets if t.allow_negative},
            encodings={found.name: raw.encoding for found, raw in pairs},
            report=None,
            reconciled=reconciled,
            totals=tuple(each for name in self.staged for each in self._totals(name)),
            drift=moved,
            checks=checks,
            held=(*why, *self._orphaned()),
            released=self.order.release if why else "",
        )

    def _months(self) -> tuple[date, date]:
        """Return the first month of the load, and the day of the data after it."""
        newest = self.connection.sql("SELECT max(month_end) FROM loan_months").fetchall()[0][0]
        as_of = newest or datetime.now(UTC).date()
        if "loan_months" not in self.staged:
            return as_of, as_of
        accepted = self.staged["loan_months"].accepted
        first = self.connection.sql(f"SELECT min(month_end) FROM {accepted}").fetchall()[0][0]
        return first or as_of, as_of

    def _drift(self, table: str) -> list[drift.Drift]:
        """Compare the newest month with the one before, or new rows with those held so far."""
        # A survey that is still out cannot look like those that are over: nothing to compare with.
        if self.base is None or table not in self.base.tables or self.order.own:
            return []
        counted = bool(schema.table(table).period)
        return drift.compare(self.connection, table, self._pair(table), counted=counted)

    def _totals(self, table: str) -> list[totals.Total]:
        """Return rows and sums beside those of the month before, or of the load before."""
        if schema.table(table).period:
            return totals.of_months(self.connection, table, self._pair(table))
        return totals.of_loads(self.lake, self.base, self.staged[table])

    def _pair(self, table: str) -> drift.Pair:
        """Return the rows to compare: of two months, or those held so far and the new ones."""
        new, old = (
            f"SELECT * FROM {self.staged[table].accepted}",
            self.lake.relation(table, self.base),
        )
        period = schema.table(table).period
        if not period:
            return drift.Pair(old, new)
        month = f"(SELECT max({period}) FROM ({new}))"
        before = f"(SELECT max({period}) FROM ({old}) WHERE {period} < {month})"
        return drift.Pair(
            f"SELECT * FROM ({old}) WHERE {period} = {before}",
            f"SELECT * FROM ({new}) WHERE {period} = {month}",
        )

    def _orphaned(self) -> list[Hold]:
        """Say which rows refer to rows that a corrected file no longer has."""
        held = []
        gone = {name for name, each in self.counts.items() if each.withdrawn}
        for table in schema.stored("lake").values():
            for column in table.columns:
                parent, _, key = (column.refers_to or "").partition(".")
                if parent in gone:
                    count = self._number(
                        f"SELECT count(*) FROM {table.name} AS c ANTI JOIN {parent} AS p "
                        f"ON p.{key} = c.{column.name} WHERE c.{column.name} IS NOT NULL"
                    )
                    if count:
                        held.append(reasons.left_alone(table.name, count, parent))
        return held

    def _commit(self) -> Snapshot:
        """Commit the accepted rows, and the register of loads, in one snapshot."""
        self._keep_identities()
        self._register()
        common = {"load": self.id, "version": workbench.__version__}
        lineage: dict[str, dict[str, object]] = {"data_loads": {**common}}
        for name, each in self.staged.items():
            feeding = [found for found in self.found if found.feeds(name)]
            lineage[name] = {
                **common,
                "source": ", ".join(sorted({found.source.name for found in feeding})),
                "files": sorted({found.sha256 for found in feeding}),
                "rows": asdict(self.counts[name]),
                "totals": each.totals(),
                "key": self.key.id,
            }
        lake = schema.stored("lake")
        relations = {name: each.accepted for name, each in self.staged.items() if name in lake}
        snapshot = self.lake.commit(
            self.connection,
            {**relations, "data_loads": "data_loads_now"},
            lineage=lineage,
            files={each.sha256: each.name for each in self.found},
            corrected=self.corrected,
        )
        Log(self.folder).append(self._role().name, TAKEN_IN, self.id, snapshot.id)
        return snapshot

    def _keep_identities(self) -> None:
        """Put who people are into the vault, before anything that needs them shows.

        A load killed behind this leaves identities of customers that nothing refers to yet.
        """
        staged = self.staged.get(vault.TABLE)
        if staged is None:
            return
        names = [column.name for column in staged.columns]
        rows = self.connection.execute(f"SELECT {', '.join(names)} FROM {staged.accepted}")
        with vault.opened(bank.keys(self.folder), self._role(), "keep vault") as opened:
            while part := rows.fetchmany(ROWS):
                opened.put(dict(zip(names, row, strict=True)) for row in part)

    def _role(self) -> Role:
        """Return who takes the load in: the operator, unless the environment says another role."""
        return roles.current("operator")

    def _register(self) -> None:
        """Make the rows of `data_loads`: one per file and table."""
        columns = schema.table("data_loads").columns
        typed = ", ".join(f"{column.name} {column.sql_type}" for column in columns)
        marks = ", ".join("?" for _ in columns)
        self.connection.execute(f"CREATE TABLE data_loads_now ({typed})")
        for at, found in enumerate(self.found):
            for name, staged in self.staged.items():
                if found.feeds(name):
                    row = self._registered(found, at, name, staged)
                    insert = f"INSERT INTO data_loads_now VALUES ({marks})"
                    self.connection.execute(insert, row)

    def _registered(self, found: Found, at: int, name: str, staged: Staged) -> list[object]:
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        read, rejected = staged.count_of(at)
        what = [self.id, name, found.source.kind, found.name, found.sha256]
        return [*what, read, rejected, staged.newest(), now, "workbench"]
