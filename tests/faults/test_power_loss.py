"""What was acknowledged outlasts a loss of power: its bytes and its names are on disk by then.

`Disk` notes when each file and folder was last flushed. What changed later, by the times the
system keeps, would be lost.
"""

import os
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from tests.data.files import customers
from tests.faults.test_operator_faults import named, old  # noqa: F401
from tests.report.test_publish import content
from workbench import durable
from workbench.data import backup, retention, rotation
from workbench.data.intake import take_in
from workbench.report import draft, intake_page, publish

pytest_plugins = ["tests.data.conftest"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows flushes its folders")
COARSE = 0.02
"""Seconds the times of files may be behind: what changes after a flush must have a later one."""
PASSING = (".unpacked-", ".restored-")
"""Folders that are gone, or of no use, when a command has ended."""


class Disk:
    """Notes what is flushed, and which names each folder got since.

    SQLite flushes the vault by itself, beneath Python; locks hold nothing.
    """

    def __init__(self, monkeypatch):
        self.flushed, self.named, self.renamed = {}, {}, []
        self.real = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "mkdir")}
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "mkdir", self.mkdir)
        monkeypatch.setattr(os, "replace", lambda *paths: self.move("replace", *paths))
        monkeypatch.setattr(os, "rename", lambda *paths: self.move("rename", *paths))

    def fsync(self, handle):
        self.real["fsync"](handle)
        self.flushed[key(os.fstat(handle))] = time.time_ns()
        time.sleep(COARSE)

    def mkdir(self, path, *arguments, **options):
        self.real["mkdir"](path, *arguments, **options)
        self.name(Path(path))

    def move(self, how, source, target):
        lost = self.lost(Path(source))
        self.real[how](source, target)
        self.renamed.append((Path(target), lost))
        self.name(Path(source))
        self.name(Path(target))

    def name(self, path):
        if not any(part.startswith(PASSING) for part in path.parts):
            self.named[key(path.parent.stat())] = (path, time.time_ns())

    def lost(self, place):
        """Return what of a file or folder would be lost, and names that would."""
        paths = [place, *place.rglob("*")] if place.is_dir() else [place]
        paths = [path for path in paths if path.exists() and not path.is_symlink()]
        kept = (path for path in paths if not path.name.endswith((".lock", ".db")))
        return [path for path in kept if self.flushed.get(key(path.stat()), 0) < changed(path)]

    def unnamed(self):
        """Return the names that are not on disk: their folder was not flushed since."""
        return [path for at, (path, when) in self.named.items() if self.flushed.get(at, 0) < when]


def key(stat):
    return stat.st_dev, stat.st_ino


def changed(path):
    return path.stat().st_mtime_ns


@pytest.fixture
def disk(home, monkeypatch):
    return Disk(monkeypatch)


def lost_of(disk, bank):
    """Return what of the bank would be lost; its own folder gets names of what passes, too."""
    return [path for place in bank.iterdir() for path in disk.lost(place)]


@pytest.mark.parametrize("load", ["first", "next", "rejected rows"])
def test_a_load_is_on_disk_before_it_is_acknowledged(disk, drop, bank, load):
    if load != "first":
        take_in([drop], bank)
        year = "1066" if load == "rejected rows" else "1981"
        (drop / "customers.csv").write_text(customers((",1980", f",{year}")), "utf-8")
    done = take_in([drop], bank, error_limit=1)
    intake_page.write(done, bank / "loads")
    assert (done.report is not None) == (load == "rejected rows")
    assert disk.unnamed() == lost_of(disk, bank) == []


def test_what_a_snapshot_names_is_on_disk_before_it(disk, drop, bank, monkeypatch):
    seen = []
    write = durable.write

    def look(path, *arguments, **options):
        if path.parent.name == "snapshots":
            seen.append(disk.lost(bank / "lake"))
        write(path, *arguments, **options)

    monkeypatch.setattr(durable, "write", look)
    take_in([drop], bank)
    (drop / "customers.csv").write_text(customers((",120,", ",150,")), "utf-8")
    take_in([drop], bank)
    assert seen == [[], []]


def test_every_file_is_on_disk_before_it_gets_its_name(disk, drop, bank):
    take_in([drop], bank)
    assert len(disk.renamed) >= 4
    assert [(path, lost) for path, lost in disk.renamed if lost] == []


def test_a_backup_and_a_bank_restored_are_on_disk(disk, named, home, monkeypatch):  # noqa: F811
    monkeypatch.setenv("WORKBENCH_KEYS", str(named / "vault"))
    made, _ = backup.create(named, home / "safe")
    assert disk.lost(home / "safe") == disk.lost(named / "backups.jsonl") == []
    assert disk.unnamed() == []
    backup.restore(home / "safe" / made.file, home / "again")
    assert disk.unnamed() == []
    assert [path for path in disk.lost(home / "again") if path != home / "again"] == []


def test_a_change_of_key_is_on_disk(disk, named, home):  # noqa: F811
    rotation.rotate(named, home / "staff.csv")
    rotation.rotate_vault(named)
    assert disk.unnamed() == lost_of(disk, named) == []


def test_what_was_forgotten_stays_away(disk, old):  # noqa: F811
    retention.forget(old, today=date(2026, 11, 24), do=True)
    assert disk.unnamed() == lost_of(disk, old) == []


def test_a_published_report_is_on_disk_before_latest_leads_to_it(tmp_path, disk, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    with publish.locked("pack"):
        publish.release(content(tmp_path / "work", "r1"), "pack", "r1")
    own = publish.folder("pack")
    assert disk.unnamed() == []
    assert disk.lost(own / "r1") == []
    assert [path.name for path, _ in disk.renamed] == ["r1", "latest"]
    assert [lost for _, lost in disk.renamed] == [[], []]
    with publish.locked("pack"):
        draft.keep(content(tmp_path / "next", "r2"), "pack", "r2")
    assert disk.unnamed() == []
    assert disk.lost(own / "drafts") == []


def test_a_file_that_cannot_be_written_leaves_what_was_there_and_no_rest(tmp_path, monkeypatch):
    durable.write(tmp_path / "a", "before", mode=0o600)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        durable.write(tmp_path / "a", "after")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "before")]
