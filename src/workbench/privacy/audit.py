"""The audit log: who opened what of a bank and when, in a chain of hashes that shows any change.

`audit/log.jsonl` has one entry a line. Each names the hash of the entry before it, so that a line
cannot be changed, removed or put in between unseen. That the end of the log was cut off is seen by
`audit/head.json`, which names the last entry, and by the heads printed in reports: whoever rewrites
the whole log and its head file cannot rewrite the reports that were handed out.

`who` is the name of the account of the operating system. It is the only name of a person that a
bank's folder holds outside the vault: an audit log that does not say who did something is none.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench import durable
from workbench.errors import DataError, LockedError, MachineError, ParameterError

FIRST = "0" * 64
"""What the first entry names in place of a hash before it."""
REPAIRED, DAMAGED = "repair log", "log damaged"
"""Actions of the entries that the log writes about itself."""
LONGEST = 1_000
"""Characters of a subject; with it, the last line is found in the last `TAIL` bytes."""
TAIL = 65_536
PATIENCE_SECONDS = 30
SHORTEST_HEAD = 12
"""Digits of a printed head that are enough to look it up."""


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    n : int
        Its number, from 1.
    at : str
        ISO time in UTC.
    who, role : str
        Account of the operating system, and the role it worked in.
    action, subject, snapshot : str
        What was done, to what, and the snapshot that was read, if any.
    prev, hash : str
        SHA-256 of the entry before, and of this one without its hash.
    """

    n: int
    at: str
    who: str
    role: str
    action: str
    subject: str
    snapshot: str
    prev: str
    hash: str = ""

    def sealed(self) -> "Entry":
        """Return this entry with its hash."""
        plain = {name: value for name, value in vars(self).items() if name != "hash"}
        return Entry(**plain, hash=hashlib.sha256(_plain(plain)).hexdigest())

    def line(self) -> bytes:
        """Return the entry as it stands in the log."""
        return _plain(asdict(self)) + b"\n"


@dataclass(frozen=True)
class Head:
    """The last entry of a log: its number and its hash."""

    n: int
    hash: str


@dataclass(frozen=True)
class Verified:
    """What a check of the log found.

    Attributes
    ----------
    entries : int
        Entries up to the first fault, or all.
    head : Head or None
        The last of them.
    fault : str or None
        The first line that is wrong and what is wrong with it.
    """

    entries: int
    head: Head | None
    fault: str | None


class Log:
    """The audit log of one bank.

    Parameters
    ----------
    folder : Path
        The bank's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "audit"
        self.path = self.folder / "log.jsonl"
        self.noted = self.folder / "head.json"

    def append(self, role: str, action: str, subject: str = "", snapshot: str = "") -> Head:
        """Add one entry and return it as the new head; processes wait for each other.

        An unfinished last line, left by a process that was killed, is cut off; an end that is not
        the one the head file names is kept. Either is said in an entry of its own.

        Raises
        ------
        MachineError
            The log cannot be written: what it would witness must not happen.
        LockedError
            Another process holds the log for too long.
        """
        if len(subject) > LONGEST:
            raise ParameterError(
                f"an audit subject has {len(subject)} characters; at most {LONGEST}"
            )
        who, at = account(), datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._held(), self._opened() as file:
            whole, torn = _tail(file)
            last, noted = _entry(whole), self._noted()
            before = Head(last.n, last.hash) if last else noted or Head(0, FIRST)
            lines = b""
            for what in (*_of_itself(last, noted, torn), (action, subject, snapshot)):
                entry = Entry(before.n + 1, at, who, role, *what, prev=before.hash).sealed()
                before, lines = Head(entry.n, entry.hash), lines + entry.line()
            file.truncate(file.seek(0, os.SEEK_END) - len(torn))
            file.seek(0, os.SEEK_END)
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
            self._note(before)
        return before

    def head(self) -> Head | None:
        """Return the last entry's number and hash; None for a bank without a log."""
        if not self.path.exists():
            return None
        with self._held(), self.path.open("rb") as file:
            last = _entry(_tail(file)[0])
        return Head(last.n, last.hash) if last else None

    def entries(self) -> Iterator[Entry]:
        """Give the entries that can be read, oldest first."""
        if self.path.exists():
            with self.path.open("rb") as file:
                yield from (entry for line in file if (entry := _entry(line)))

    def find(self, printed: str) -> Entry | None:
        """Return the entry whose hash begins with `printed`, the head a report shows.

        Raises
        ------
        ParameterError
            It has too few digits, or characters that are none.
        """
        wanted = printed.strip().lower()
        if len(wanted) < SHORTEST_HEAD or set(wanted) - set("0123456789abcdef"):
            raise ParameterError(
                f"--head is {printed!r}; expected {SHORTEST_HEAD} to 64 hexadecimal digits as "
                "printed in a report"
            )
        return next((entry for entry in self.entries() if entry.hash.startswith(wanted)), None)

    def verify(self) -> Verified:
        """Check every line, the chain between them, and the end."""
        if not self.folder.exists():
            return Verified(0, None, None)
        with self._held():
            last = Head(0, FIRST)
            fault = None
            if self.path.exists():
                with self.path.open("rb") as file:
                    for number, line in enumerate(file, 1):
                        fault = _fault(number, line, last)
                        if fault:
                            break
                        entry = Entry(**json.loads(line))
                        last = Head(entry.n, entry.hash)
            fault = fault or self._short(last)
        return Verified(last.n, last if last.n else None, fault)

    def _short(self, last: Head) -> str | None:
        """Say how the end of the log differs from the head file, if it does."""
        noted = self._noted()
        if noted is None:
            named = "is missing or cannot be read: entries may be missing at the end"
            return f"{self.noted.name} {named}" if last.n else None
        if noted.n > last.n:
            return f"{_span(last.n + 1, noted.n)} removed at the end of {self.path.name}"
        if noted.n == last.n and noted.hash != last.hash:
            return f"line {last.n} is not the entry that {self.noted.name} names: it was replaced"
        return None

    def _noted(self) -> Head | None:
        """Return what the head file says; None when it is missing or damaged."""
        try:
            said = json.loads(self.noted.read_text("utf-8"))
            return Head(int(said["n"]), str(said["hash"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _note(self, head: Head) -> None:
        # With it the folder is on disk, and so is the name of a log that has just been made.
        durable.write(self.noted, _plain(vars(head)) + b"\n")

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the log, so that several kernels append one after the other."""
        from filelock import FileLock, Timeout

        try:
            durable.folder(self.folder, mode=0o700)
            lock = FileLock(self.folder / "log.lock", timeout=PATIENCE_SECONDS)
            lock.acquire()
        except Timeout:
            raise LockedError(
                f"the audit log {self.path} is held by another process for more than "
                f"{PATIENCE_SECONDS} s; try again"
            ) from None
        except OSError as error:
            raise self._refused(error) from error
        try:
            yield
        except OSError as error:
            raise self._refused(error) from error
        finally:
            lock.release()

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        number = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(number, "r+b") as file:
            yield file

    def _refused(self, error: OSError) -> MachineError:
        return MachineError(
            f"the audit log {self.path} cannot be written ({error.strerror}); nothing is opened "
            "without it"
        )


def account() -> str:
    """Return the name of the account this process runs under; the environment is not asked."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return os.getlogin() if os.name == "nt" else str(os.getuid())


def _plain(values: Any) -> bytes:
    """Return `values` as the one JSON text that a hash is taken of."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _entry(line: bytes) -> Entry | None:
    """Return the entry that `line` holds; None when it holds none."""
    try:
        entry = Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None
    words = (value for name, value in vars(entry).items() if name != "n")
    sound = type(entry.n) is int and all(isinstance(word, str) for word in words)
    return entry if sound else None


def _tail(file: Any) -> tuple[bytes, bytes]:
    """Return the last whole line of the log and what an unfinished write left behind it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    whole, newline, torn = file.read().rpartition(b"\n")
    return (whole.rpartition(b"\n")[2], torn) if newline else (b"", torn)


def _continues(last: Entry, noted: Head) -> bool:
    """Tell whether the log ends where the head file says, or behind it.

    Behind it when a process was killed between its entry and the head file.
    """
    return last.n > noted.n or (last.n, last.hash) == (noted.n, noted.hash)


def _of_itself(last: Entry | None, noted: Head | None, torn: bytes) -> list[tuple[str, str, str]]:
    """Return what the log has to say about its own end: action, subject and no snapshot."""
    said = []
    if torn:
        print_ = hashlib.sha256(torn).hexdigest()
        said.append(
            (REPAIRED, f"cut {len(torn)} bytes of an unfinished line, SHA-256 {print_}", "")
        )
    if noted and (last is None or not _continues(last, noted)):
        found = f"entry {last.n} {last.hash}" if last else "no entry"
        expected = f"the last entry should be {noted.n} {noted.hash}"
        said.append((DAMAGED, f"{expected} but is {found}", ""))
    return said


def _fault(number: int, line: bytes, last: Head) -> str | None:
    """Say what is wrong with line `number`, which follows the entry `last`."""
    entry = _entry(line)
    if not line.endswith(b"\n"):
        return f"line {number} is unfinished: a write was cut short; the next entry repairs it"
    if entry is None:
        return f"line {number} was changed: it is no entry"
    if entry.sealed().line() != line:
        return f"line {number} was changed: its content does not give its hash"
    if entry.n > last.n + 1:
        return f"{_span(last.n + 1, entry.n - 1)} removed before line {number}"
    if entry.n <= last.n:
        return f"line {number} was put in: it is entry {entry.n} behind entry {last.n}"
    if entry.prev != last.hash:
        return f"line {number} does not continue line {number - 1}: one of them was replaced"
    if entry.action == DAMAGED:
        return f"line {number} says that the log was damaged before it: {entry.subject}"
    return None


def _span(first: int, last: int) -> str:
    return f"entry {first} was" if first == last else f"entries {first} to {last} were"


def checked(folder: Path, printed: str | None = None) -> tuple[Verified, Entry | None]:
    """Return a check of the log in the bank `folder`, and the entry that `printed` is the head of.

    Raises
    ------
    DataError
        The log was tampered with, or `printed` is not in it.
    """
    log = Log(folder)
    entry = log.find(printed) if printed else None
    found = log.verify()
    if found.fault:
        raise DataError(f"audit log {log.path}: {found.fault}")
    if printed and entry is None:
        raise DataError(
            f"audit log {log.path}: the head {printed} is not in it: entries that a report "
            "witnesses were removed or replaced, or the report is of another bank"
        )
    return found, entry
