"""Backup, change of keys and forgetting, killed at any step, leave a bank that can be finished."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.data import people, test_retention
from workbench.data import backup, retention, rotation
from workbench.data import bank as banks
from workbench.data.bank import About, open_bank
from workbench.data.integrity import flaws
from workbench.data.lake import Lake
from workbench.errors import NothingToDoError, ParameterError
from workbench.privacy import roles, vault
from workbench.privacy.audit import Log

pytest_plugins = ["tests.data.conftest"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")
CHILD = Path(__file__).with_name("operator_child.py")


def strides(few):
    """Try every so many steps, and all of them by `make test-full`."""
    return pytest.mark.parametrize("stride", [few, pytest.param(1, marks=pytest.mark.full)])


def killed(home, command, stride):
    """Return the copies of the bank in which `command` was killed."""
    words = [sys.executable, str(CHILD), str(home), command, str(stride)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    last = int(done.stdout)
    assert last > 20
    return [home / str(step) / "bank" for step in range(1, last, stride)]


@pytest.fixture
def named(drop, home, bank):
    people.write(drop, home)
    people.take(drop, bank)
    (home / "staff.csv").write_text("staff_id\nS1\nS2\n")
    return bank


@pytest.fixture
def old(home, bank):
    """The bank in which two of seven customers may be forgotten."""
    About("测", "Test", role="operator").write(bank)
    test_retention.commit(bank, test_retention.ROWS)
    with vault.opened(banks.keys(bank), roles.current("operator"), "keep vault") as held:
        held.put(test_retention.identity(number) for number in range(1, 8))
    return bank


@strides(13)
def test_a_backup_that_was_killed_counts_only_when_it_is_whole(named, home, stride):
    for copy in killed(home, "backup", stride):
        safe = copy.parent / "safe"
        before = list(safe.glob("*.backup"))
        noted = backup.last_verified(copy)
        assert noted is None or before, copy
        for file in before:
            keys = banks.keys(copy).find("backup")
            with file.open("rb") as source:
                head = backup.sealed.header(source, file.name)
                target = copy.parent / "seen"
                backup.archive.unpack(source, head, keys, file.name, target)
                assert len(open_bank(target).table("customers")) == 4
        backup.create(copy, safe)
        assert backup.last_verified(copy) is not None
        assert not list(safe.glob("*.unfinished"))
        assert not list(copy.glob(".restored-*"))


@strides(13)
def test_a_change_of_key_that_was_killed_goes_on(named, home, stride):
    old = banks.key(named)
    for copy in killed(home, "rotate", stride):
        assert len(open_bank(copy).table("customers")) == 4
        if banks.about(copy).next_key_id:
            with pytest.raises(ParameterError, match="run `workbench rotate` to finish it"):
                banks.key(copy)
        else:
            expected = set(banks.key(copy).pseudonyms(people.NAMES, "customer").values())
            assert set(open_bank(copy).table("customers")["customer_id"]) == expected, copy
            assert set(people.identified(copy)) == expected, copy
        done = rotation.rotate(copy, home / "staff.csv")
        key = banks.key(copy)
        assert key.id == done.after != old.id
        expected = set(key.pseudonyms(people.NAMES, "customer").values())
        assert set(open_bank(copy).table("customers")["customer_id"]) == expected, copy
        assert set(people.identified(copy)) == expected, copy
        assert not (copy / "vault" / "pseudonym_next.key").exists()
        assert flaws(Lake(copy)) == []


@strides(5)
def test_a_change_of_the_vaults_key_that_was_killed_goes_on(named, home, stride):
    known = people.identified(named)
    for copy in killed(home, "rotate_vault", stride):
        rotation.rotate_vault(copy)
        assert people.identified(copy) == known
        assert not (copy / "vault" / "vault_next.key").exists()


@strides(47)
def test_forgetting_that_was_killed_goes_on(old, home, stride):
    key = (old / "vault" / "vault.key").read_text()
    for copy in killed(home, "forget", stride):
        assert {"c2", "c3"} <= set(open_bank(copy).table("customers")["customer_id"])
        try:
            retention.forget(copy, today=date(2026, 11, 24), do=True)
        except NothingToDoError:
            assert not (copy / banks.FORGETTING).exists()
        left = {table: test_retention.keys(copy, table) for table in test_retention.LEFT}
        assert left == test_retention.LEFT, copy
        assert set(people.identified(copy)) == {"c2", "c3", "c4", "c5", "c6"}
        assert (copy / "vault" / "vault.key").read_text() != key
        assert flaws(Lake(copy)) == []
        assert Log(copy).verify().fault is None
        assert len(Lake(copy).ids()) == 1
