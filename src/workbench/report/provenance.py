"""Where a report comes from: bank, snapshot, date, code and environment."""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex
from typing import Protocol

import workbench
from workbench import settings
from workbench.privacy.audit import Log
from workbench.text import Language

LOCK = "requirements.lock"
OWN = ("run", "time", "audit")
"""What each run has of its own; equal runs differ in nothing else."""
MARKS = {name: f"\ue010{name}\ue011" for name in OWN}
"""Stand for that in a page that is kept: private characters that no text has."""
AUDITED = 32
"""Letters that pages show of the audit log's last hash."""
TRACKED = ("src", "notebooks", "reports/packs", "data/sources", "data/rulepacks", LOCK)
"""What a report depends on: a change in it that is not committed makes the code `dirty`."""


class Named(Protocol):
    """What a bank is called."""

    @property
    def name(self) -> str:
        """Return its Chinese name."""

    @property
    def name_en(self) -> str:
        """Return its English name; empty when it has none."""


class Source(Protocol):
    """What the runner asks of an open bank."""

    @property
    def folder(self) -> Path:
        """Return where it is."""

    @property
    def about(self) -> Named:
        """Return what it is called."""

    @property
    def is_demo(self) -> bool:
        """Tell whether everything in it is invented."""

    @property
    def snapshot(self) -> str:
        """Return the snapshot it reads."""

    @property
    def as_of(self) -> date:
        """Return the day up to which facts are used."""


@dataclass(frozen=True)
class Code:
    """The code a report was made with.

    Attributes
    ----------
    version : str
        The package's version.
    commit : str or None
        Commit of the checkout; None outside one.
    dirty : bool or None
        Whether files a report depends on were changed after that commit.
    lock : str or None
        SHA-256 of the locked requirements.
    """

    version: str
    commit: str | None
    dirty: bool | None
    lock: str | None


@dataclass(frozen=True)
class Provenance:
    """What holds for all pages of one run.

    Only `run`, `time` and `audit` differ between equal runs. `audit` is the hash of the last entry
    of the bank's audit log when the run began: who has the report can tell whether entries before
    it were changed or removed.
    """

    run: str
    time: datetime
    pack: str
    bank: Mapping[Language, str]
    demo: bool
    snapshot: str
    as_of: date
    languages: tuple[Language, ...]
    code: Code
    audit: str | None

    @property
    def began(self) -> str:
        """Return when the run began, as pages say it."""
        return f"{self.time:%Y-%m-%d %H:%M} UTC"

    def unstamped(self) -> "Provenance":
        """Return the same for every run that is equal: marks stand where each has its own."""
        audit = MARKS["audit"] if self.audit else None
        return _Unstamped(**{**vars(self), "run": MARKS["run"], "audit": audit})

    def stamped(self, page: bytes) -> bytes:
        """Return `page`, made as `unstamped`, with the run's own in place of the marks."""
        own = {"run": self.run, "time": self.began, "audit": (self.audit or "")[:AUDITED]}
        for name, value in own.items():
            page = page.replace(MARKS[name].encode(), value.encode())
        return page

    def manifest(self) -> Mapping[str, object]:
        """Return the same as plain values."""
        values = {**vars(self), "as_of": self.as_of.isoformat(), "code": vars(self.code)}
        return {**values, "time": self.time.isoformat(timespec="seconds")}


class _Unstamped(Provenance):
    """What holds for all runs that are equal."""

    @property
    def began(self) -> str:
        return MARKS["time"]


def here(pack: str, bank: Source, languages: tuple[Language, ...]) -> Provenance:
    """Return the provenance of a run of `pack` on `bank` that begins now."""
    now = datetime.now(UTC)
    head = Log(bank.folder).head()
    return Provenance(
        run=f"{now:%Y%m%dT%H%M%S%fZ}-{token_hex(3)}",
        time=now,
        pack=pack,
        bank={"zh": bank.about.name, "en": bank.about.name_en or bank.about.name},
        demo=bank.is_demo,
        snapshot=bank.snapshot,
        as_of=bank.as_of,
        languages=languages,
        code=code(settings.home()),
        audit=head.hash if head else None,
    )


def code(home: Path) -> Code:
    """Return version, commit and lock of the project in `home`."""
    lock = home / LOCK
    changed = _git(home, "status", "--porcelain", "--", *TRACKED)
    return Code(
        version=workbench.__version__,
        commit=_git(home, "rev-parse", "HEAD"),
        dirty=None if changed is None else bool(changed),
        lock=hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None,
    )


def _git(home: Path, *arguments: str) -> str | None:
    if not (home / ".git").exists():
        return None
    try:
        return subprocess.run(
            ["git", "-C", str(home), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
