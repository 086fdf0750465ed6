"""Backups of a bank: one sealed file, counted as one only after it was restored and compared.

What the file holds and how it is encrypted is said in `data.archive` and `privacy.sealed`.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from workbench import durable
from workbench.data import archive, bank
from workbench.data.holding import explained, held
from workbench.data.lake import Lake
from workbench.errors import DataError, ParameterError
from workbench.privacy import roles, sealed, vault
from workbench.privacy.audit import Log
from workbench.privacy.keys import Found, Keys
from workbench.privacy.roles import Role

BACK_UP, RESTORE = "back up", "restore"
"""The rights they take, and the actions of their audit entries."""
REGISTER = "backups.jsonl"
SUFFIX = ".backup"
SCRATCH = ".restored-"
BLOCK = 1 << 20


@dataclass(frozen=True)
class Backup:
    """One line of `backups.jsonl`: a backup that was restored and compared.

    Attributes
    ----------
    at, verified_at : str
        ISO times in UTC at which it was begun, and at which it had been restored.
    file, sha256 : str
        Its name, and the SHA-256 of the file as a whole.
    files, bytes : int
        Files in it, and bytes it has.
    snapshot : str
        The newest snapshot in it; empty for a bank without data.
    key : str
        Version of the key it was sealed with.
    """

    at: str
    file: str
    sha256: str
    files: int
    bytes: int
    snapshot: str
    key: str
    verified_at: str


@dataclass(frozen=True)
class Restored:
    """What was restored: files, the newest snapshot, and identities (None when no key is there)."""

    files: int
    snapshot: str
    identities: int | None


@dataclass(frozen=True)
class _Lent(Keys):
    """The keys of a bank, lent to a copy of it in another folder."""

    owner: Keys | None = None

    def find(self, name: str) -> Found | None:
        return self.owner.find(name) if self.owner else None


def create(folder: Path, target: Path) -> tuple[Backup, str]:
    """Back the bank in `folder` up to a new file in the folder `target`, and restore it to see.

    Returns
    -------
    Backup, str
        What was noted of it, and the place of its key: without the key it cannot be read.

    Raises
    ------
    ParameterError
        The role in force may not, or the key that earlier backups were sealed with is missing.
    DataError
        What was restored is not what was backed up.
    LockedError, MachineError
        The bank is held; the disk is full, or a file cannot be read or written.
    """
    role = bank.role(folder)
    role.require(BACK_UP)
    keys = bank.keys(folder)
    known = _Lent(folder, keys.bank, keys.demo, owner=keys)
    found = _key(keys)
    with explained(target, "no backup was made"):
        durable.folder(target)
        with held(folder):
            one = _written(known, found, role, target)
            _note(folder, one)
    return one, found.place


def restore(file: Path, to: Path) -> Restored:
    """Restore the backup `file` to `to`, a folder that is empty or not there yet.

    The folder appears in one rename, when everything in it was compared.

    Raises
    ------
    ParameterError
        The role in force may not, `to` is not empty, or the key is missing or another one.
    DataError
        The file is no backup, or was changed or cut off.
    MachineError
        The disk is full, or a file cannot be read or written.
    """
    role = roles.current("operator")
    role.require(RESTORE)
    if not file.is_file():
        raise ParameterError(f"{file} is no file; name a file that `workbench backup` wrote")
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ParameterError(f"{to} is not empty; nothing is overwritten: name a new folder")
    with explained(to, "nothing was restored"):
        durable.folder(to.parent)
        return _moved_in(file, to, role)


def last_verified(folder: Path, by: datetime | None = None) -> datetime | None:
    """Return when the newest backup, or the newest up to `by`, had been restored and compared.

    None without one.
    """
    times = [datetime.fromisoformat(one.verified_at) for one in _noted(folder)]
    return max((time for time in times if by is None or time <= by), default=None)


def age_days(folder: Path, at: datetime) -> int | None:
    """Return how old the last backup verified by `at` was then, in days; None without one."""
    last = last_verified(folder, at)
    return (at - last).days if last else None


def _moved_in(file: Path, to: Path, role: Role) -> Restored:
    """Unpack `file` beside `to`, open what it holds, and rename it to `to`."""
    with _scratch(to.parent, to.name) as folder:
        with file.open("rb") as source:
            head = sealed.header(source, str(file))
            keys = Keys(to, head.about.get("bank", ""), head.about.get("demo") == "1")
            files = archive.unpack(source, head, _found(keys, file, head), str(file), folder)
        restored = _opened(_Lent(folder, keys.bank, keys.demo, owner=keys), role, len(files))
        Log(folder).append(role.name, RESTORE, file.name, restored.snapshot)
        if to.exists():
            to.rmdir()
        durable.flush(folder)
        durable.move(folder, to)
    return restored


def _written(known: "_Lent", found: Found, role: Role, target: Path) -> Backup:
    """Write the backup, compare it, and give it its name."""
    folder, whose, at = known.folder, known.bank or "demo", _now()
    for left in target.glob(f"{whose}-*{SUFFIX}.unfinished"):
        left.unlink()
    name = f"{whose}-{re.sub('[^0-9T]', '', at[:23])}Z{SUFFIX}"
    passage = target / f"{name}.unfinished"
    newest = Lake(folder).current()
    snapshot = newest.id if newest else ""
    head = {"bank": known.bank, "demo": str(int(known.demo)), "at": at}
    try:
        files = archive.write(folder, passage, found.key, head)
        Log(folder).append(role.name, BACK_UP, name, snapshot)
        _compare(passage, known, role, files)
        sha256, size = _sha256(passage), passage.stat().st_size
        durable.move(passage, target / name)
    except BaseException:
        passage.unlink(missing_ok=True)
        raise
    return Backup(at, name, sha256, len(files), size, snapshot, found.key.id, _now())


def _key(keys: Keys) -> Found:
    """Return the key for backups; the first backup of a bank makes it, in a file."""
    if vault.exists(keys.folder) and not keys.find("vault"):
        raise ParameterError(
            f"key 'vault' is missing: a backup whose vault cannot be opened is not verified; put "
            f"it back into {keys.file('vault')} or the keyring"
        )
    found = keys.find("backup")
    if found is None and list(_noted(keys.folder)):
        raise ParameterError(
            f"key 'backup' is missing: earlier backups of {keys.folder} were sealed with it; put "
            f"it back into {keys.file('backup')} or the keyring"
        )
    if found is None:
        keys.create("backup")
        found = keys.find("backup")
    return cast(Found, found)


def _found(keys: Keys, file: Path, head: sealed.Header) -> Found:
    found = keys.find("backup")
    if found is None:
        raise ParameterError(
            f"key 'backup' ({head.key}) that {file} was sealed with is missing; put the file "
            "backup.key into the folder that WORKBENCH_KEYS names, or see confidentiality.md"
        )
    return found


def _compare(passage: Path, known: _Lent, role: Role, files: Mapping[str, str]) -> None:
    """Restore the sealed file `passage` beside the bank, and compare it with what was read."""
    with _scratch(known.folder, "backup") as folder:
        with passage.open("rb") as source:
            head = sealed.header(source, passage.name)
            found = cast(Found, known.find("backup"))
            restored = archive.unpack(source, head, found, passage.name, folder)
        if restored != files:
            different = sorted(restored.items() ^ files.items())[0][0]
            raise DataError(f"backup {passage.name}: {different} was not restored as it was read")
        _opened(replace(known, folder=folder), role, len(files))


def _opened(keys: _Lent, role: Role, files: int) -> Restored:
    """Open what was restored into the folder of `keys`: the newest snapshot, and the vault."""
    import duckdb

    lake = Lake(keys.folder)
    newest = lake.current()
    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        for table in newest.tables if newest else ():
            connection.sql(f"SELECT count(*) FROM ({lake.relation(table, newest)})").fetchall()
    identities = None
    if vault.exists(keys.folder) and keys.find("vault"):
        with vault.opened(keys, role, "keep vault") as opened:
            if damaged := opened.check():
                raise DataError(f"the vault that was restored is damaged: {damaged[0]}")
            identities = len(opened)
    return Restored(files, newest.id if newest else "", identities)


@contextmanager
def _scratch(folder: Path, name: str) -> Iterator[Path]:
    """Give a private folder in `folder`; what a killed command left there is removed."""
    for left in folder.glob(f"{SCRATCH}{name}-*"):
        shutil.rmtree(left)
    made = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{name}-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _noted(folder: Path) -> Iterator[Backup]:
    """Give the backups that were noted; a line that a killed command left unfinished is none."""
    place = folder / REGISTER
    for line in place.read_text("utf-8").splitlines() if place.exists() else ():
        try:
            yield Backup(**json.loads(line))
        except (ValueError, TypeError):
            continue


def _note(folder: Path, one: Backup) -> None:
    place = folder / REGISTER
    with place.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        torn = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * torn + json.dumps(asdict(one), ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    durable.settle(folder)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
