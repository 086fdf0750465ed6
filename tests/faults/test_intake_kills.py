"""Loads killed anywhere: what was acknowledged is there, nothing shows by halves, all goes on."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.data.files import customers
from tests.faults.test_operator_faults import killed, strides
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.data.integrity import flaws
from workbench.data.lake import Lake
from workbench.errors import LockedError, NothingToDoError
from workbench.privacy.audit import Log

pytest_plugins = ["tests.data.conftest"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")
STAFF, MORE_STAFF = 120, 150
TAKE_IN = "from workbench.cli import app; app()"
CALLS = {"rename": 1, "linkat": 1, "unlink": 1, "fsync": 1, "mkdir": 1, "write": 7}
"""Calls to the system that change a disk; of the last, which are many, every seventh."""


@pytest.fixture
def twice(drop, bank):
    """A bank with one load, and a folder with its correction and a branch more."""
    take_in([drop], bank)
    (drop / "customers.csv").write_text(customers((f",{STAFF},", f",{MORE_STAFF},")), "utf-8")
    more = (drop / "机构.csv").read_text("utf-8") + "B3,丙支行,440300,risk\n"
    (drop / "机构.csv").write_text(more, "utf-8")
    return bank


def is_in(bank):
    """Tell whether the second load is in; it is in all tables or in none."""
    found = open_bank(bank)
    staff = set(found.table("customers")["employees"].dropna())
    branches = len(found.table("branches"))
    assert (MORE_STAFF in staff, STAFF in staff, branches) in {
        (True, False, 3),
        (False, True, 2),
    }
    assert len(found.table("customers")) == 4
    assert flaws(Lake(bank)) == []
    assert Log(bank).verify().fault is None
    return MORE_STAFF in staff


def repeated(bank, drop):
    """Take the same files in again, and see that all is well."""
    with suppress(NothingToDoError):
        take_in([drop], bank)
    assert is_in(bank)
    assert not list(bank.glob(".unpacked-*"))


@strides(11)
def test_a_load_killed_at_any_step_is_in_or_not_and_goes_on(twice, home, drop, stride):
    seen = set()
    for copy in killed(home, "intake", stride):
        seen.add(is_in(copy))
        assert is_in(copy) or not (copy.parent / "acknowledged").exists()
        repeated(copy, drop)
    assert seen == {True, False}


@pytest.mark.parametrize("tries", [3, pytest.param(20, marks=pytest.mark.full)])
def test_a_load_killed_at_a_random_moment_is_in_or_not_and_goes_on(twice, home, drop, tries):
    begun = time.perf_counter()
    shutil.copytree(twice, home / "whole")
    run(drop, home / "whole").communicate()
    assert is_in(home / "whole")
    lasts = time.perf_counter() - begun
    moments = random.Random(3)
    for number in range(tries):
        copy = home / f"copy{number}"
        shutil.copytree(twice, copy)
        process = run(drop, copy)
        try:
            process.wait(moments.uniform(0.2, 1.0) * lasts)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        acknowledged = '"status": "taken in"' in said
        assert is_in(copy) or not acknowledged, number
        repeated(copy, drop)


@pytest.mark.full
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", CALLS)
def test_a_load_killed_at_any_call_to_the_system_is_in_or_not(twice, home, drop, call):
    """Those of the lake's own threads, too, which Python does not see."""
    for number in range(1, 1000, CALLS[call]):
        copy = home / f"{call}{number}"
        shutil.copytree(twice, copy)
        inject = f"inject={call}:signal=SIGKILL:when={number}"
        traced = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject]
        said, _ = run(drop, copy, *traced).communicate()
        acknowledged = '"status": "taken in"' in said
        assert is_in(copy) or not acknowledged, number
        repeated(copy, drop)
        shutil.rmtree(copy)
        if acknowledged and number > 1:
            break
    assert number > 1


def run(drop, bank, *before):
    """Start the command that takes `drop` in, in a process of its own."""
    command = [*before, sys.executable, "-c", TAKE_IN, "intake", str(drop), "--bank", str(bank)]
    # The machine's own keys are not asked for: that starts other programs.
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )


def test_of_two_loads_at_once_each_is_in_or_was_told_to_wait(twice, home, drop):
    other = home / "other"
    other.mkdir()
    rows = ["C9,个人,440300,B1,2022/7/6,1,,1990"]
    (other / "customers2.csv").write_text(customers(rows=rows), "utf-8")
    both = [run(drop, twice), run(other, twice)]
    for process in both:
        process.communicate()
    codes = [process.returncode for process in both]
    assert set(codes) <= {0, LockedError.exit_code}
    assert 0 in codes
    for code, folder in zip(codes, (drop, other), strict=True):
        if code:
            take_in([folder], twice)
    found = open_bank(twice)
    assert len(found.table("customers")) == 5
    assert len(found.table("branches")) == 3
    assert MORE_STAFF in set(found.table("customers")["employees"].dropna())
    assert len(Lake(twice).ids()) == 3
    assert flaws(Lake(twice)) == []
