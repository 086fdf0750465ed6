"""Backups: what is restored is what was there, byte for byte; nothing else is ever restored."""

import errno
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from tests.data import people
from workbench.data import archive, backup
from workbench.data import bank as banks
from workbench.data.bank import open_bank
from workbench.errors import DataError, MachineError, ParameterError
from workbench.privacy import sealed
from workbench.privacy.audit import Log
from workbench.privacy.keys import Key


@pytest.fixture
def bank(drop, home, bank):
    people.write(drop, home)
    people.take(drop, bank)
    return bank


@pytest.fixture
def target(home):
    return home / "safe"


@pytest.fixture
def keys(home, bank, monkeypatch):
    """A folder with the bank's keys, apart from the bank."""
    monkeypatch.setenv("WORKBENCH_KEYS", str(home / "keys"))
    shutil.copytree(bank / "vault", home / "keys", ignore=shutil.ignore_patterns("identities*"))
    for file in (bank / "vault").glob("*.key"):
        file.unlink()
    return home / "keys"


def content(folder):
    """Return path → bytes of what belongs to the bank."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in archive.LEFT_OUT and path.name != ".lock"
    }


def test_what_was_backed_up_is_restored_byte_for_byte(bank, target, keys, home):
    customers, known = open_bank(bank).table("customers"), people.identified(bank)
    made, _ = backup.create(bank, target)
    restored = backup.restore(target / made.file, home / "again")
    here, there = content(bank), content(home / "again")
    # What was written behind the backup: its own line, and entries of the audit log.
    later = {"backups.jsonl", "audit/log.jsonl", "audit/head.json"}
    assert here.keys() - later == there.keys() - later
    assert all(there[name] == here[name] for name in there.keys() - later)
    assert made.files == restored.files == len(there)
    assert restored.identities == 4
    assert open_bank(home / "again").table("customers").equals(customers)
    assert people.identified(home / "again") == known
    assert Log(home / "again").verify().fault is None
    assert "restore" in [entry.action for entry in Log(home / "again").entries()]


def test_a_backup_holds_no_key_and_nothing_in_clear(bank, target):
    made, place = backup.create(bank, target)
    written = (target / made.file).read_bytes()
    secrets = [file.read_text().strip() for file in (bank / "vault").glob("*.key")]
    assert len(secrets) == 3
    for word in (*secrets, *people.NAMES.values(), "customers", "测试银行"):
        assert word.encode() not in written
    assert place == f"key file {bank / 'vault' / 'backup.key'}"


def test_only_a_verified_backup_is_noted(bank, target, monkeypatch):
    assert backup.last_verified(bank) is None
    assert backup.age_days(bank, datetime.now(UTC)) is None
    backup.create(bank, target)
    first = backup.last_verified(bank)
    assert (datetime.now(UTC) - first).total_seconds() < 60
    assert backup.age_days(bank, first) == 0
    assert backup.age_days(bank, first + timedelta(days=9, hours=23)) == 9
    assert backup.age_days(bank, first - timedelta(seconds=1)) is None
    monkeypatch.setattr(archive, "unpack", lambda *_: {"bank.json": "0"})
    with pytest.raises(DataError, match="was not restored as it was read"):
        backup.create(bank, target)
    assert backup.last_verified(bank) == first
    assert len(list(target.iterdir())) == 1
    assert not list(bank.glob(".restored-*"))


def test_a_line_that_was_cut_short_is_no_backup_and_spoils_none(bank, target):
    backup.create(bank, target)
    first = backup.last_verified(bank)
    with (bank / "backups.jsonl").open("a") as file:
        file.write('{"at": "2027')
    assert backup.last_verified(bank) == first
    backup.create(bank, target)
    assert backup.last_verified(bank) > first
    assert json.loads((bank / "backups.jsonl").read_text().splitlines()[-1])["files"] > 10


@pytest.mark.parametrize("where", [5, 40, 400, 0.3, 0.9, -1])
def test_a_byte_that_was_changed_is_found(bank, target, home, where):
    made, _ = backup.create(bank, target)
    path = target / made.file
    written = bytearray(path.read_bytes())
    written[where if isinstance(where, int) else int(where * len(written))] ^= 1
    path.write_bytes(written)
    with pytest.raises((DataError, ParameterError)) as error:
        backup.restore(path, home / "again")
    assert "\n" not in str(error.value)
    assert path.name in str(error.value)
    assert not (home / "again").exists()
    assert not list(home.glob(".restored-*"))


@pytest.mark.parametrize("length", [0, 10, 200, 0.5, -1, -17])
def test_a_file_that_was_cut_off_is_found(bank, target, home, keys, length):
    made, _ = backup.create(bank, target)
    path = target / made.file
    written = path.read_bytes()
    path.write_bytes(written[: length if isinstance(length, int) else int(length * len(written))])
    with pytest.raises(DataError, match="cut off"):
        backup.restore(path, home / "again")
    assert not (home / "again").exists()


def test_a_wrong_or_missing_key_is_named(bank, target, home, keys):
    made, _ = backup.create(bank, target)
    right, wrong = (keys / "backup.key").read_text(), Key.new()
    (keys / "backup.key").write_text(wrong.secret.hex())
    said = f"holds key {wrong.id}, but .* was sealed with {made.key}"
    with pytest.raises(ParameterError, match=said):
        backup.restore(target / made.file, home / "again")
    (keys / "backup.key").unlink()
    with pytest.raises(ParameterError, match=f"key 'backup' .{made.key}. .* is missing"):
        backup.restore(target / made.file, home / "again")
    with pytest.raises(ParameterError, match="key 'backup' is missing: earlier backups"):
        backup.create(bank, target)
    assert not (home / "again").exists()
    (keys / "backup.key").write_text(right)
    (keys / "backup.key").chmod(0o600)
    (keys / "vault.key").unlink()
    assert backup.restore(target / made.file, home / "again").identities is None
    with pytest.raises(ParameterError, match="key 'vault' is missing: a backup whose"):
        backup.create(bank, target)


def test_a_bank_is_never_overwritten(bank, target):
    made, _ = backup.create(bank, target)
    before = content(bank)
    with pytest.raises(ParameterError, match="nothing is overwritten"):
        backup.restore(target / made.file, bank)
    assert content(bank) == before


@pytest.mark.parametrize("name", ["analyst", "auditor", "risk"])
def test_a_role_that_may_not_is_refused(bank, target, home, monkeypatch, name):
    monkeypatch.setenv("WORKBENCH_ROLE", name)
    with pytest.raises(ParameterError, match="the right 'back up', which operator has"):
        backup.create(bank, target)
    with pytest.raises(ParameterError, match="the right 'restore', which operator has"):
        backup.restore(bank / banks.BANK, home / "again")
    assert not target.exists()


def test_a_file_that_is_no_backup_is_named(bank, home):
    with pytest.raises(DataError, match=r"bank.json is no sealed file"):
        backup.restore(bank / banks.BANK, home / "again")
    with pytest.raises(ParameterError, match="is no file"):
        backup.restore(bank, home / "again")


def test_a_bank_without_data_can_be_backed_up(home, target, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    banks.About("空", "Empty").write(home / "empty")
    made, _ = backup.create(home / "empty", target)
    assert made.snapshot == ""
    assert made.files == 1


def test_keys_of_the_demo_bank_open_its_backup(home, target, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    banks.About("空", "Empty", demo=True).write(home / "empty")
    made, place = backup.create(home / "empty", target)
    assert place == "the demo bank"
    assert backup.restore(target / made.file, home / "again").files == 1
    assert made.file.startswith("demo-")


def test_a_full_disk_leaves_no_half_backup(bank, target, monkeypatch):
    def full(*_):
        (target / "x.backup.unfinished").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "_compare", full)
    with pytest.raises(MachineError, match="the disk is full; no backup was made; make room"):
        backup.create(bank, target)
    assert [path.name for path in target.iterdir()] == ["x.backup.unfinished"]
    assert backup.last_verified(bank) is None


def test_a_sealed_stream_of_another_program_is_no_backup(bank, target, home):
    made, _ = backup.create(bank, target)
    key = banks.keys(bank).get("backup")
    with (target / "x").open("wb") as file, sealed.sealing(file, key, {"bank": "b"}) as writer:
        writer.write(b"something else" * 1000)
    found = banks.keys(bank).find("backup")
    with (target / "x").open("rb") as file:
        header = sealed.header(file, "x")
        with pytest.raises(DataError, match="is no backup"):
            archive.unpack(file, header, found, "x", home / "again")
    assert made.key == header.key == key.id
