"""A bank's files on their way into the lake: all of a load, or nothing."""

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

import workbench
from workbench import schema
from workbench.data import bank, quarantine, reading, recognise, sources
from workbench.data.lake import Lake, Snapshot
from workbench.data.recognise import Found
from workbench.data.sources import Source
from workbench.data.staging import Portion, Staged
from workbench.errors import DataError, LockedError, MachineError, NothingToDoError, ParameterError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FULL = (errno.ENOSPC, errno.EDQUOT)
SCRATCH = ".unpacked-"
UNADDRESSABLE = "[]%*?"
"""Delta tables are addressed by URL and read by patterns: these mean something else in them."""
CONSTANT = -1
"""Number of the file of rows that the source map itself states."""


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one table."""

    read: int
    accepted: int
    quarantined: int


@dataclass(frozen=True)
class Load:
    """A finished load.

    Attributes
    ----------
    id : str
        Names it in `data_loads` and in `quarantine/`.
    snapshot : str
        Snapshot in which its rows can be read.
    source : str
        The source map it was read with.
    tables : mapping of str to Counts
        What became of the rows.
    files : tuple of str
        The files taken in.
    skipped : tuple of str
        Files whose bytes were taken in before.
    unknown : mapping of str to tuple of str
        File → headers that the source map does not name; they are not kept.
    not_supplied, negative : mapping of str to tuple of str
        Table → required columns that the source lacks; columns that may be negative here.
    encodings : mapping of str to str
        File → encoding it was read in.
    report : str or None
        The quarantine report; None when every row came in.
    """

    id: str
    snapshot: str
    source: str
    tables: Mapping[str, Counts]
    files: tuple[str, ...]
    skipped: tuple[str, ...]
    unknown: Mapping[str, tuple[str, ...]]
    not_supplied: Mapping[str, tuple[str, ...]]
    negative: Mapping[str, tuple[str, ...]]
    encodings: Mapping[str, str]
    report: str | None


def take_in(
    paths: Sequence[Path],
    folder: Path,
    *,
    source: str | None = None,
    error_limit: float | None = None,
) -> Load:
    """Take files into the bank in `folder`.

    Parameters
    ----------
    paths : sequence of Path
        Files, or folders whose files are meant.
    folder : Path
        The bank; made on its first load.
    source : str, optional
        Source map. Default: the one whose patterns and headers fit the files.
    error_limit : float, optional
        Share of rejected rows of a table above which nothing is committed. Default: the source's.

    Raises
    ------
    NothingToDoError
        All files were taken in before.
    DataError
        A file cannot be read, fits no source, or too many rows break a rule; nothing changed.
    LockedError, MachineError
        Another load is under way; the disk is full, or a file cannot be written.
    ParameterError
        The key is not the bank's, or `folder` has a name the lake cannot be kept under.
    """
    files = recognise.files(paths)
    if odd := set(UNADDRESSABLE) & set(str(folder.resolve())):
        raise ParameterError(
            f"the lake cannot be kept in {folder}: its path holds {' '.join(sorted(odd))}; "
            "choose another folder"
        )
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder), _scratch(folder) as scratch:
            return _Intake(folder, scratch).run(files, source, error_limit)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise LockedError(f"another load into {folder} is under way; wait for it") from None


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a private folder for unpacked files; what a killed load left there is removed."""
    for left in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as name:
        yield Path(name)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what the machine refuses into an error that says what to do."""
    import duckdb
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException, DeltaError) as error:
        full = getattr(error, "errno", None) in FULL or "No space left" in str(error)
        what = "the disk is full" if full else str(error).splitlines()[0]
        remedy = "make room and run again" if full else "remove the cause and run again"
        raise MachineError(
            f"cannot write to {folder}: {what}; nothing was taken in; {remedy}"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Intake:
    """One load, step by step; nothing is visible before the last one."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        import duckdb

        self.folder, self.scratch = folder, scratch
        self.lake = Lake(folder)
        self.base = self.lake.current()
        self.connection: DuckDBPyConnection = duckdb.connect(
            config={"temp_directory": str(scratch), "autoload_known_extensions": False}
        )
        self.connection.execute("SET enable_progress_bar = false")
        self.found: list[Found] = []
        self.raws: list[reading.Raw] = []
        self.staged: dict[str, Staged] = {}

    def run(self, paths: list[Path], named: str | None, limit: float | None) -> Load:
        """Take in what is new among `paths`."""
        known = self.base.files if self.base else {}
        prints = {path: _sha256(path) for path in paths}
        first: dict[str, Path] = {}
        for path, sha256 in prints.items():
            first.setdefault(sha256, path)
        new = {path: sha256 for sha256, path in first.items() if sha256 not in known}
        if not new:
            raise NothingToDoError(
                f"all {len(paths)} files were taken in before; nothing was changed"
            )
        self.source, self.found = recognise.recognised(new, named, self.scratch)
        self._found_bank(self.source)
        self._stage()
        self.id = self._name()
        self.counts = {name: self._count(each) for name, each in self.staged.items()}
        report = self._quarantine(self.source.error_limit if limit is None else limit)
        snapshot = self._commit()
        skipped = tuple(path.name for path in prints if path not in new)
        done = self._load(snapshot, skipped, report)
        self._note(done)
        return done

    def _name(self) -> str:
        prints = "".join(sorted(each.sha256 for each in self.found))
        short = hashlib.sha256(prints.encode()).hexdigest()[:8]
        return f"{len(self.lake.ids()) + 1:04d}-{short}"

    def _found_bank(self, source: Source) -> None:
        if not (self.folder / bank.BANK).exists():
            bank.About(source.bank, source.bank_en, source.currency).write(self.folder)
        self.key = bank.key(self.folder)
        about = bank.about(self.folder)
        if about.key_id != self.key.id:
            replace(about, key_id=self.key.id).write(self.folder)

    def _stage(self) -> None:
        """Read every file and stage every table, parents before children."""
        portions: dict[str, list[Portion]] = {}
        for at, each in enumerate(self.found):
            raw = reading.read(self.connection, each.path, each.kind, f"raw_{at}", self.scratch)
            self.raws.append(raw)
            for target in each.kind.tables:
                portions.setdefault(target.table, []).append(Portion(raw, target, at))
        for table, rows in self.source.rows.items():
            portions.setdefault(table, []).append(self._constant(table, rows))
        for table in schema.ordered():
            if table in portions:
                staged = Staged(self.connection, table, portions[table], self.key)
                staged.judge(self._parents(table))
                self.staged[table] = staged

    def _constant(self, table: str, rows: Sequence[Mapping[str, str]]) -> Portion:
        """Return rows that the source map itself states."""
        raw = reading.stated(self.connection, f"rows_{table}", rows)
        names = list(raw.written.values())
        required = [column.name for column in schema.table(table).columns if not column.nullable]
        target = sources.Target(
            table=table,
            columns={name: sources.Cell(header=[name]) for name in names},
            not_supplied=[name for name in required if name not in names],
        )
        return Portion(raw, target, CONSTANT)

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

    def _count(self, staged: Staged) -> Counts:
        read, accepted = staged.count(), staged.count(staged.accepted)
        return Counts(read, accepted, read - accepted)

    def _quarantine(self, limit: float) -> Path | None:
        """Write the report of rejected rows; stop when there are too many."""
        hit = [name for name, each in self.counts.items() if each.quarantined]
        if not hit:
            return None
        entries = [entry for name in hit for entry in self._entries(name)]
        counts = {name: asdict(each) for name, each in self.counts.items()}
        report = quarantine.write(self.folder / "quarantine" / self.id, entries, counts)
        for name in hit:
            bad, read = self.counts[name].quarantined, self.counts[name].read
            if bad > limit * read:
                first = next(entry for entry in entries if entry.table == name)
                raise DataError(
                    f"{name}: {bad} of {read} rows break a rule, more than the limit of "
                    f"{limit:.1%}; nothing was taken in. First: {first.line_of_report()} "
                    f"All: {report}"
                )
        return report

    def _entries(self, table: str) -> list[quarantine.Entry]:
        rejected = self.staged[table].rejected(quarantine.MOST)
        inside = enumerate(zip(self.found, self.raws, strict=True))
        places = {at: quarantine.Place(*each) for at, each in inside}
        return quarantine.entries(table, rejected, places)

    def _commit(self) -> Snapshot:
        """Commit the accepted rows, and the register of loads, in one snapshot."""
        self._register()
        common = {"load": self.id, "source": self.source.name, "version": workbench.__version__}
        lineage: dict[str, dict[str, object]] = {"data_loads": {**common}}
        for name, each in self.staged.items():
            lineage[name] = {
                **common,
                "files": sorted({found.sha256 for found in self.found if found.feeds(name)}),
                "rows": asdict(self.counts[name]),
                "totals": each.totals(),
                "key": self.key.id,
            }
        relations = {name: each.accepted for name, each in self.staged.items()}
        return self.lake.commit(
            self.connection,
            {**relations, "data_loads": "data_loads_now"},
            lineage=lineage,
            files={each.sha256: each.path.name for each in self.found},
        )

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
                    self.connection.execute(f"INSERT INTO data_loads_now VALUES ({marks})", row)

    def _registered(self, found: Found, at: int, name: str, staged: Staged) -> list[object]:
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        read, rejected = staged.count_of(at)
        what = [self.id, name, self.source.kind, found.path.name, found.sha256]
        return [*what, read, rejected, staged.newest(), now, "workbench"]

    def _load(self, snapshot: Snapshot, skipped: tuple[str, ...], report: Path | None) -> Load:
        targets = [target for each in self.found for target in each.kind.tables]
        pairs = list(zip(self.found, self.raws, strict=True))
        return Load(
            id=self.id,
            snapshot=snapshot.id,
            source=self.source.name,
            tables=self.counts,
            files=tuple(each.path.name for each in self.found),
            skipped=skipped,
            unknown={found.path.name: raw.beyond(found.kind) for found, raw in pairs},
            not_supplied={t.table: tuple(t.not_supplied) for t in targets if t.not_supplied},
            negative={t.table: tuple(t.allow_negative) for t in targets if t.allow_negative},
            encodings={found.path.name: raw.encoding for found, raw in pairs},
            report=str(report) if report else None,
        )

    def _note(self, load: Load) -> None:
        """Keep what was said of the load; the load itself stands without it."""
        place = self.folder / "loads"
        plain = json.dumps(asdict(load), ensure_ascii=False, indent=1)
        # The rows are in by now: a disk that fills here must not be told as "nothing was taken in".
        with suppress(OSError):
            place.mkdir(exist_ok=True)
            (place / f"{load.id}.json").write_text(plain + "\n", "utf-8")
