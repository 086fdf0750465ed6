"""Whole runs stopped at any step: several formats, what changed, a report a branch, and drafts."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("whole_child.py")
PROJECT = Path(__file__).parents[2]
PASSED = 10
SEEN = {"kill": {9}, "refused": {3, 4, 7, PASSED}}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")


def attempts(folder, kind, how, first, stride):
    words = [str(folder), kind, str(how), str(first), str(stride)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, str(CHILD), *words], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(folder, kind, how, first, stride):
    """Check that every report is the good one, byte for byte, or a new one, and work goes on."""
    good, *stopped, whole = attempts(folder, kind, how, first, stride)
    assert whole["code"] == 0
    assert len(stopped) >= 4
    ended = {each.get("signal", each["code"]) for each in stopped}
    assert ended <= SEEN["kill" if how == "kill" else "refused"]
    names = [name for name in good if name == "p" or name.startswith("p/")]
    assert len(names) == (3 if kind == "branches" else 1)
    for each in [*stopped, whole]:
        assert each["broken"] == each["after"]["broken"] == each["left"] == []
        for name in names:
            run, checksum, problems = each[name]
            assert problems == []
            assert run != good[name][0] or checksum == good[name][1]
            after, _, problems = each["after"][name]
            assert problems == []
            if kind == "branches":
                assert after != run
            else:
                assert [run, checksum] == good[name][:2]
                assert each["after"]["drafts"] == each["drafts"] + 1


@pytest.mark.parametrize(
    ("kind", "how"),
    [("branches", "kill"), ("review", "kill"), ("branches", errno.ENOSPC)],
)
def test_a_stop_at_a_step_of_a_whole_run_leaves_every_report_whole(kind, how, tmp_path):
    check(tmp_path, kind, how, 23, 41)


@pytest.mark.full
@pytest.mark.parametrize("kind", ["branches", "review"])
@pytest.mark.parametrize("how", ["kill", errno.ENOSPC, errno.EROFS, errno.EIO])
def test_no_stop_at_any_step_of_a_whole_run_harms_a_report(kind, how, tmp_path):
    check(tmp_path, kind, how, 1, 1)
