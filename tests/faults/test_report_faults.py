"""Drafts, signatures, promotion and retention stopped before and after every step."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.report import history, publish, verify

CHILD = Path(__file__).with_name("report_child.py")
RACER = Path(__file__).with_name("racing_child.py")
PROJECT = Path(__file__).parents[2]
NEWER = {"release": "r4", "promote": "d1"}
PASSED, LEAST = 10, 5
ACTIONS = ("release", "keep", "sign", "promote", "retention")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")


def attempts(folder, action, how, stride):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, str(CHILD), str(folder), action, str(how), str(stride)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(action, how, stride, folder):
    """Check that every stop left the good report or the new one, and that work goes on."""
    good, *stopped = attempts(folder, action, how, stride)
    *stopped, whole = stopped
    assert whole["code"] == 0
    assert whole["step"] > LEAST
    ended = {each.get("signal", each["code"]) for each in stopped}
    assert ended <= ({9} if how == "kill" else {7, PASSED})
    assert [each for each in [good, *stopped, whole] if each["problems"]] == []
    for each in stopped:
        assert each["latest"] in ("r3", NEWER.get(action, "r3"))
        if each["latest"] == "r3":
            assert each["checksum"] == good["checksum"]
        assert each["after"]["problems"] == []
        assert each["after"]["latest"] in (whole["after"]["latest"], "r5")
    assert whole["after"]["latest"] == NEWER.get(action, "r3")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_kill_at_a_step_leaves_the_last_report_and_the_chain_whole(action, tmp_path):
    check(action, "kill", 1 if action == "sign" else 5, tmp_path)


@pytest.mark.parametrize(
    ("action", "number"), [("promote", errno.ENOSPC), ("retention", errno.EROFS)]
)
def test_a_disk_that_refuses_leaves_the_last_report_and_the_chain_whole(action, number, tmp_path):
    check(action, number, 7, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("how", ["kill", errno.ENOSPC, errno.EROFS, errno.EIO])
def test_no_stop_at_any_step_harms_the_last_report_or_the_chain(action, how, tmp_path):
    check(action, how, 1, tmp_path)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return tmp_path


def racer(place, name, count):
    return subprocess.Popen(
        [sys.executable, str(RACER), str(place), name, str(count)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_at_random(place, times, seed=1):
    moments = random.Random(seed)
    for number in range(times):
        running = racer(place, f"k{number}", 10_000)
        assert running.stdout.readline()
        time.sleep(moments.uniform(0, 0.2))
        running.send_signal(signal.SIGKILL)
        said, _ = running.communicate()
        told = said.splitlines()
        latest = publish.latest("pack").resolve().name
        # What was said to be published is: the latest is the last one said, or one after it.
        assert not told or latest >= told[-1]
        assert verify.verified("pack").head == latest


def test_a_publisher_killed_at_random_moments_leaves_a_whole_chain(place):
    killed_at_random(place, 3)


@pytest.mark.full
def test_a_publisher_killed_at_twenty_random_moments_leaves_a_whole_chain(place):
    killed_at_random(place, 20, seed=2)


def test_two_publishers_at_once_make_one_chain(place):
    racers = [racer(place, name, 8) for name in ("a", "b")]
    told = []
    for each in racers:
        said, errors = each.communicate(timeout=120)
        assert each.returncode == 0, errors
        told += said.split()
    assert len(told) == 16
    assert {run.run for run in history.published("pack")} == set(told)
    assert verify.verified("pack").runs == 16


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_and_keeps_its_report(place):
    assert racer(place, "a", 1).wait() == 0
    own = place / "published" / "pack"
    own.chmod(0o500)
    try:
        assert racer(place, "b", 1).wait() != 0
    finally:
        own.chmod(0o750)
    assert verify.verified("pack").runs == 1
