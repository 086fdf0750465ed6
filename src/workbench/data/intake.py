"""A bank's files on their way into the lake: all of a load, or nothing."""

import errno
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

import workbench
from workbench import schema
from workbench.data import bank, quarantine, reading, sources
from workbench.data.lake import Lake, Snapshot
from workbench.data.sources import FileMap, Source
from workbench.data.staging import Portion, Rejected, Staged
from workbench.errors import DataError, LockedError, MachineError, NothingToDoError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

IGNORED = {".toml", ".md", ".json", ".tmp", ".part"}
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Found:
    """One file, and what it is."""

    path: Path
    kind: FileMap
    sha256: str


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
        Another load is under way; the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder), _explained(folder), tempfile.TemporaryDirectory() as scratch:
        return _Intake(folder, Path(scratch), source, error_limit).run(_files(paths))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise LockedError(f"another load into {folder} is under way; wait for it") from None


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    import duckdb

    try:
        yield
    except (OSError, duckdb.IOException) as error:
        full = getattr(error, "errno", None) in FULL or "No space left" in str(error)
        what = "the disk is full" if full else str(error).splitlines()[0]
        raise MachineError(
            f"cannot write to {folder}: {what}; nothing was taken in; make room and run again"
        ) from error


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no file or folder {path}")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files += [each for each in inside if each.is_file() and not each.name.startswith(".")]
    wanted = [each for each in files if each.suffix.lower() not in IGNORED]
    if not wanted:
        raise DataError(f"there are no files in {', '.join(str(path) for path in paths)}")
    return wanted


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Intake:
    """One load, step by step; nothing is visible before the last one."""

    def __init__(
        self, folder: Path, scratch: Path, source: str | None, limit: float | None
    ) -> None:
        import duckdb

        self.folder, self.scratch = folder, scratch
        self.named, self.limit = source, limit
        self.lake = Lake(folder)
        self.base = self.lake.current()
        self.connection: DuckDBPyConnection = duckdb.connect(
            config={"temp_directory": str(scratch), "autoload_known_extensions": False}
        )
        self.raws: list[reading.Raw] = []

    def run(self, paths: list[Path]) -> Load:
        known = self.base.files if self.base else {}
        prints = {path: _sha256(path) for path in paths}
        new = [path for path in paths if prints[path] not in known]
        if not new:
            raise NothingToDoError(
                f"all {len(paths)} files were taken in before; nothing was changed"
            )
        source, found = self._recognised({path: prints[path] for path in new})
        self._founded(source)
        staged = self._staged(source, found)
        number = hashlib.sha256("".join(sorted(f.sha256 for f in found)).encode()).hexdigest()[:8]
        load = f"{len(self.lake.ids()) + 1:04d}-{number}"
        counts = {name: self._counts(each) for name, each in staged.items()}
        report = self._quarantine(load, source, found, staged, counts)
        snapshot = self._commit(load, source, found, staged, counts)
        skipped = tuple(path.name for path in paths if path not in new)
        done = self._load(load, source, found, counts, snapshot, skipped, report)
        self._note(done)
        return done

    # Which file is what

    def _recognised(self, prints: Mapping[Path, str]) -> tuple[Source, list[Found]]:
        """Return the source that all files belong to, and what each file is."""
        candidates = [self.named] if self.named else sources.names()
        fits: dict[str, tuple[Source, list[Found]]] = {}
        problems: list[str] = []
        for name in candidates:
            source = sources.read(name)
            kinds = {path: self._kind(source, path) for path in prints}
            unfit = [path for path, kind in kinds.items() if kind is None]
            if unfit:
                problems.append(self._unfit(source, unfit[0]))
                continue
            fits[name] = (
                source,
                [Found(path, kind, prints[path]) for path, kind in kinds.items() if kind],
            )
        if len(fits) == 1:
            return next(iter(fits.values()))
        if fits:
            raise DataError(f"the files fit the sources {sorted(fits)}; say which: --source NAME")
        raise DataError(problems[0] if len(problems) == 1 else min(problems, key=len))

    def _kind(self, source: Source, path: Path) -> FileMap | None:
        for kind in source.files:
            if kind.matches(path.name) and (self.named or not self._missing(kind, path)):
                return kind
        return None

    def _missing(self, kind: FileMap, path: Path) -> list[str]:
        """Return the first spelling of each header that `path` lacks."""
        headers = {sources.spelled(name) for name in reading.header(path, kind, self.scratch)}
        return [
            spellings[0]
            for spellings in kind.needed()
            if not headers & {sources.spelled(each) for each in spellings}
        ]

    def _unfit(self, source: Source, path: Path) -> str:
        kinds = [kind for kind in source.files if kind.matches(path.name)]
        if not kinds:
            patterns = sorted(each for kind in source.files for each in kind.pattern)
            return f"{path.name} fits no pattern of source {source.name!r}: {patterns}"
        missing = self._missing(kinds[0], path)
        headers = reading.header(path, kinds[0], self.scratch)
        close = get_close_matches(missing[0], headers, n=1)
        hint = f"; did {close[0]!r} replace it? then add it to the source map" if close else ""
        return f"{path.name}: the header {missing[0]!r} is missing; found {headers}{hint}"

    def _founded(self, source: Source) -> None:
        if not (self.folder / bank.BANK).exists():
            bank.About(source.bank, source.bank_en, source.currency).write(self.folder)
        key = bank.key(self.folder)
        about = bank.about(self.folder)
        if about.key_id != key.id:
            replace(about, key_id=key.id).write(self.folder)
        self.key = key

    # From text to rows

    def _staged(self, source: Source, found: Sequence[Found]) -> dict[str, Staged]:
        """Stage every table, parents before children."""
        portions: dict[str, list[Portion]] = {}
        for at, each in enumerate(found):
            missing = self._missing(each.kind, each.path)
            if missing:
                raise DataError(self._unfit(source, each.path))
            raw = reading.read(self.connection, each.path, each.kind, f"raw_{at}", self.scratch)
            self.raws.append(raw)
            for target in each.kind.tables:
                portions.setdefault(target.table, []).append(Portion(raw, target, at))
        for table, rows in source.rows.items():
            portions.setdefault(table, []).append(self._constant(table, rows, len(self.raws)))
        staged: dict[str, Staged] = {}
        for table in schema.ordered():
            if table in portions:
                staged[table] = Staged(self.connection, table, portions[table], self.key)
                staged[table].judge(self._parents(staged))
        return staged

    def _constant(self, table: str, rows: Sequence[Mapping[str, str]], at: int) -> Portion:
        """Return rows that the source map itself states."""
        names = list(rows[0])
        texts = ", ".join(
            "(" + ", ".join([str(n), *(_quoted(row.get(name, "")) for name in names)]) + ")"
            for n, row in enumerate(rows, start=1)
        )
        columns = [f"h{number}" for number in range(len(names))]
        self.connection.execute(
            f"CREATE TABLE rows_{table} AS SELECT * FROM "
            f"(VALUES {texts}) AS v(record, {', '.join(columns)})"
        )
        headers = {
            sources.spelled(name): column for name, column in zip(names, columns, strict=True)
        }
        types = dict.fromkeys(columns, "VARCHAR")
        written = dict(zip(columns, names, strict=True))
        raw = reading.Raw(f"rows_{table}", headers, written, types, None, len(rows), "utf-8")
        required = [column.name for column in schema.table(table).columns if not column.nullable]
        return Portion(
            raw,
            sources.Target(
                table=table,
                columns={name: sources.Cell(header=[name]) for name in names},
                not_supplied=[name for name in required if name not in names],
            ),
            -1,
        )

    def _parents(self, staged: Mapping[str, Staged]) -> dict[str, str]:
        """Return, per column that others refer to, SQL for the keys in the lake and in this load."""
        keys = {}
        for table in schema.tables().values():
            for column in table.columns:
                if column.refers_to and column.refers_to not in keys:
                    parent, _, name = column.refers_to.partition(".")
                    query = f"SELECT {name} FROM ({self.lake.relation(parent, self.base)})"
                    if parent in staged and parent != self._last(staged):
                        query += f" UNION ALL SELECT {name} FROM {staged[parent].accepted}"
                    keys[column.refers_to] = query
        return keys

    @staticmethod
    def _last(staged: Mapping[str, Staged]) -> str:
        return list(staged)[-1]

    # What came of it

    def _counts(self, staged: Staged) -> Counts:
        read, accepted = staged.count(), staged.count(staged.accepted)
        return Counts(read, accepted, read - accepted)

    def _quarantine(
        self,
        load: str,
        source: Source,
        found: Sequence[Found],
        staged: Mapping[str, Staged],
        counts: Mapping[str, Counts],
    ) -> Path | None:
        """Write the report of rejected rows; stop when there are too many."""
        hit = [name for name, each in counts.items() if each.quarantined]
        if not hit:
            return None
        entries = [entry for name in hit for entry in self._entries(name, staged[name], found)]
        plain = {name: asdict(each) for name, each in counts.items()}
        report = quarantine.write(self.folder / "quarantine" / load, entries, plain)
        limit = source.error_limit if self.limit is None else self.limit
        for name in hit:
            share = counts[name].quarantined / counts[name].read
            if share > limit:
                first = next(entry for entry in entries if entry.table == name)
                raise DataError(
                    f"{name}: {counts[name].quarantined} of {counts[name].read} rows break a rule, "
                    f"more than the limit of {limit:.2%}; nothing was taken in. First: "
                    f"{first.line_of_report()} All: {report}"
                )
        return report

    def _entries(
        self, table: str, staged: Staged, found: Sequence[Found]
    ) -> list[quarantine.Entry]:
        rejected = staged.rejected(quarantine.MOST)
        lines = {
            at: reading.lines(
                self.raws[at], each.kind, {r.record for r in rejected if r.file == at}
            )
            for at, each in enumerate(found)
        }
        return [self._entry(table, each, found, lines) for each in rejected]

    def _entry(
        self,
        table: str,
        each: Rejected,
        found: Sequence[Found],
        lines: Mapping[int, Mapping[int, int]],
    ) -> quarantine.Entry:
        inside = 0 <= each.file < len(found)
        header = self._header(found[each.file], table, each) if inside else each.column
        return quarantine.Entry(
            file=found[each.file].path.name if inside else "source map",
            line=lines[each.file].get(each.record, each.record) if inside else each.record,
            record=each.record,
            table=table,
            column=each.column,
            header=header,
            value=each.value,
            rule=each.rule,
        )

    def _header(self, found: Found, table: str, each: Rejected) -> str:
        raw = self.raws[each.file]
        for target in found.kind.tables:
            for cells in target.rows():
                if target.table == table and each.column in cells:
                    name = sources.found(cells[each.column].header, raw.headers)
                    if name:
                        return raw.written[raw.headers[name]]
        return each.column

    # Into the lake

    def _commit(
        self,
        load: str,
        source: Source,
        found: Sequence[Found],
        staged: Mapping[str, Staged],
        counts: Mapping[str, Counts],
    ) -> Snapshot:
        """Commit the accepted rows, and the register of loads, in one snapshot."""
        self._register(load, source, found, staged, counts)
        relations = {name: each.accepted for name, each in staged.items()}
        lineage = {
            name: {
                "load": load,
                "source": source.name,
                "files": sorted({f.sha256 for f in found if self._feeds(f, name)}),
                "rows": asdict(counts[name]),
                "totals": staged[name].totals(),
                "key": self.key.id,
                "version": workbench.__version__,
            }
            for name in staged
        }
        return self.lake.commit(
            self.connection,
            {**relations, "data_loads": "data_loads_now"},
            lineage={**lineage, "data_loads": {"load": load, "version": workbench.__version__}},
            files={each.sha256: each.path.name for each in found},
        )

    @staticmethod
    def _feeds(found: Found, table: str) -> bool:
        return any(target.table == table for target in found.kind.tables)

    def _register(
        self,
        load: str,
        source: Source,
        found: Sequence[Found],
        staged: Mapping[str, Staged],
        counts: Mapping[str, Counts],
    ) -> None:
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        rows = [
            (
                load,
                name,
                source.kind,
                each.path.name,
                each.sha256,
                self._rows_of(staged[name], at),
                self._rows_of(staged[name], at, "WHERE NOT ok"),
                staged[name].newest(),
                now,
                "workbench",
            )
            for at, each in enumerate(found)
            for name in counts
            if self._feeds(each, name)
        ]
        columns = schema.table("data_loads").columns
        typed = ", ".join(f"{column.name} {column.sql_type}" for column in columns)
        self.connection.execute(f"CREATE TABLE data_loads_now ({typed})")
        marks = ", ".join("?" for _ in columns)
        self.connection.executemany(f"INSERT INTO data_loads_now VALUES ({marks})", rows)

    def _rows_of(self, staged: Staged, file: int, where: str = "") -> int:
        condition = f"{where} AND" if where else "WHERE"
        query = f"SELECT count(*) FROM staged_{staged.table} {condition} file = {file}"
        return int(self.connection.execute(query).fetchall()[0][0])

    def _load(
        self,
        load: str,
        source: Source,
        found: Sequence[Found],
        counts: Mapping[str, Counts],
        snapshot: Snapshot,
        skipped: tuple[str, ...],
        report: Path | None,
    ) -> Load:
        targets = [target for each in found for target in each.kind.tables]
        return Load(
            id=load,
            snapshot=snapshot.id,
            source=source.name,
            tables=counts,
            files=tuple(each.path.name for each in found),
            skipped=skipped,
            unknown={
                f.path.name: self._unknown(f, raw) for f, raw in zip(found, self.raws, strict=True)
            },
            not_supplied={t.table: tuple(t.not_supplied) for t in targets if t.not_supplied},
            negative={t.table: tuple(t.allow_negative) for t in targets if t.allow_negative},
            encodings={f.path.name: raw.encoding for f, raw in zip(found, self.raws, strict=True)},
            report=str(report) if report else None,
        )

    @staticmethod
    def _unknown(found: Found, raw: reading.Raw) -> tuple[str, ...]:
        named = {sources.spelled(name) for names in found.kind.needed() for name in names}
        return tuple(
            raw.written[column] for name, column in raw.headers.items() if name not in named
        )

    def _note(self, load: Load) -> None:
        """Keep what was said of the load; the load itself stands without it."""
        place = self.folder / "loads"
        place.mkdir(exist_ok=True)
        plain = json.dumps(asdict(load), ensure_ascii=False, indent=1)
        (place / f"{load.id}.json").write_text(plain + "\n", "utf-8")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
