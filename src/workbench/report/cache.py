"""What is kept for reuse: executions and rendered files that a run would only repeat.

An entry is a folder named by a hash over everything the outcome depends on. It is written beside
its place and renamed into it, and every file is compared with its SHA-256 before it is reused.
Entries hold what kernels showed, so they are as private as the runs they come from.
"""

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from workbench.errors import MachineError

ENTRY, RECORD, EXECUTED = "entry.json", "record", "executed.ipynb"
RENDERED = "rendered"
UNFINISHED, PASSING = ".unfinished-", ".tmp"
KEEP_DAYS = 100
"""An entry that nothing used for so long goes; a quarter's reports find those of the last."""
ABANDONED_SECONDS = 86_400


class DamagedError(MachineError):
    """A kept entry is not what was kept; it was removed."""


@dataclass(frozen=True)
class Kept:
    """What is known of a reused execution: the run it is of, and the seconds it took then."""

    run: str
    seconds: float


def digest(values: Mapping[str, object]) -> str:
    """Return the SHA-256 of `values`, equal for equal ones in any order."""
    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


class Cache:
    """Executions kept in `folder`, for this user only.

    Parameters
    ----------
    folder : Path
        Made when something is kept.
    run : str
        The run that keeps or reuses.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self._folder, self._run = folder, run

    def has(self, key: str | None) -> bool:
        """Tell whether something is kept under `key`, damaged or not."""
        return key is not None and (self._folder / key).is_dir()

    def fetch(self, key: str, executed: Path | None, record: Path) -> Kept | None:
        """Copy what is kept under `key` to `executed` and `record`; None when there is nothing.

        `executed` is None where a record is kept without a notebook.

        Raises
        ------
        DamagedError
            It is damaged. Nothing was copied, and the entry is gone.
        """
        found = self._found(key, EXECUTED if executed else None)
        if found is None:
            return None
        kept, files = found
        for name, content in files.items():
            target = (
                executed
                if executed and name == EXECUTED
                else record / Path(name).relative_to(RECORD)
            )
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return kept

    def fetch_file(self, key: str) -> tuple[bytes, str] | None:
        """Return the file that is kept under `key`, and the run that kept it; None without one.

        Raises
        ------
        DamagedError
            It is damaged, and gone.
        """
        found = self._found(key, RENDERED)
        return None if found is None else (found[1][RENDERED], found[0].run)

    def _found(self, key: str, needed: str | None) -> tuple[Kept, dict[str, bytes]] | None:
        """Return an entry and its files, each as it was kept; `needed` must be one of them."""
        place = self._folder / key
        if not place.is_dir():
            return None
        try:
            entry = json.loads((place / ENTRY).read_text("utf-8"))
            files = dict(_verified(place, entry["files"]))
            if needed and needed not in files:
                raise ValueError(f"{needed} is missing")
            kept = Kept(str(entry["run"]), float(entry["seconds"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            shutil.rmtree(place, ignore_errors=True)
            what = "file" if needed == RENDERED else "execution"
            raise DamagedError(f"kept {what} {key[:12]} is damaged: {error}") from None
        os.utime(place)
        return kept, files

    def keep(self, key: str, executed: Path | None, record: Path, seconds: float) -> None:
        """Keep an execution under `key`; one that is kept already stays.

        Raises
        ------
        OSError
            It cannot be written. Nothing half-written is left where `fetch` would look.
        """

        def fill(passage: Path) -> None:
            if executed:
                shutil.copyfile(executed, passage / EXECUTED)
            shutil.copytree(record, passage / RECORD)

        self._put(key, fill, seconds)

    def keep_file(self, key: str, content: bytes) -> None:
        """Keep a rendered file under `key`; one that is kept already stays.

        Raises
        ------
        OSError
            It cannot be written. Nothing half-written is left where `fetch_file` would look.
        """
        self._put(key, lambda passage: _write(passage / RENDERED, content), 0)

    def _put(self, key: str, fill: Callable[[Path], None], seconds: float) -> None:
        if (self._folder / key).exists():
            return
        self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        passage = self._folder / f"{UNFINISHED}{key[:12]}-{token_hex(4)}"
        try:
            passage.mkdir(mode=0o700)
            fill(passage)
            files = {name: _sum(passage / name) for name in _names(passage)}
            entry = {"run": self._run, "seconds": seconds, "files": files}
            (passage / ENTRY).write_text(json.dumps(entry, indent=1) + "\n", "utf-8")
            passage.rename(self._folder / key)
        except FileExistsError:
            pass  # another run kept the same at the same moment
        finally:
            shutil.rmtree(passage, ignore_errors=True)

    def sweep(self, now: float | None = None) -> int:
        """Remove what is long unused, figures of the ledger too, and what killed runs left."""
        moment = time.time() if now is None else now
        removed = 0
        for place in self._folder.glob("*"):
            unused = moment - place.stat().st_mtime
            half = place.name.startswith(UNFINISHED) or place.suffix == PASSING
            if unused > (ABANDONED_SECONDS if half else KEEP_DAYS * 86_400):
                _remove(place)
                removed += 1
        return removed


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def _verified(place: Path, files: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Give name and content of all files of an entry, each compared with its checksum."""
    if set(_names(place)) != {*files, ENTRY}:
        raise ValueError("files were added or removed")
    for name, expected in files.items():
        content = (place / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != expected:
            raise ValueError(f"{name} was changed")
        yield name, content


def _names(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def environment() -> dict[str, object]:
    """Return what is installed: Python, the machine's kind, and every library with its version."""
    libraries = {
        path.name
        for place in sys.path
        for path in Path(place).glob("*.dist-info")
        if place and path.is_dir()
    }
    return {
        "python": sys.version,
        "platform": sys.platform,
        "machine": os.uname().machine if hasattr(os, "uname") else "",
        "libraries": sorted(libraries),
    }
