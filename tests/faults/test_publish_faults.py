"""Publishing stopped before every write, rename, link and removal; and a disk that is full."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

PASSED = 10
CHILD = Path(__file__).with_name("publish_child.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")


def attempts(folder, how):
    done = subprocess.run(
        [sys.executable, str(CHILD), str(folder), str(how)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    good, *stopped, whole, after = (json.loads(line) for line in done.stdout.splitlines())
    return good, stopped, whole, after


def check(good, stopped, whole, after):
    """Check that every stop left the old report or the new one, whole, and work goes on."""
    assert [each for each in stopped if each["damaged"]] == []
    old = [each for each in stopped if each["latest"] == "good"]
    assert [each for each in old if each["checksum"] != good["checksum"]] == []
    new = [each for each in stopped if each["latest"] != "good"]
    assert [each for each in new if each["latest"] != f"next-{each['step']}"] == []
    assert len(old) >= 15
    assert new, "no stop came after the pointer was moved"
    assert (whole["code"], whole["latest"]) == (0, f"next-{whole['step']}")
    assert (after["code"], after["latest"]) == (0, "after")


def test_a_kill_at_any_step_leaves_the_last_report_or_the_new_one(tmp_path):
    good, stopped, whole, after = attempts(tmp_path, "kill")
    assert {each["signal"] for each in stopped} == {9}
    check(good, stopped, whole, after)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_at_any_step_leaves_the_last_report_or_the_new_one(tmp_path, number):
    good, stopped, whole, after = attempts(tmp_path, number)
    assert {each["code"] for each in stopped} == {7, PASSED}
    assert [each for each in stopped if each["code"] == PASSED and each["latest"] == "good"] == []
    check(good, stopped, whole, after)
