"""Runner, kernel or fork server killed at random moments: reports stay whole, nothing is left."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex

import pytest

from tests.faults.test_run_faults import CHILD, PROJECT, gone, until
from tests.report import sample

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
MARK = "WORKBENCH_TEST_MARK"


class Runs:
    """Runs of one notebook in a home of its own; every process of them carries a mark."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.mark = token_hex(8)
        self.home, self.temporary = folder / "home", Path("/tmp", f"t-{self.mark[:6]}")
        self.temporary.mkdir()
        shutil.copytree(PROJECT / "data" / "rulepacks", self.home / "data" / "rulepacks")
        sample.notebook(self.home / "notebooks" / "sample.ipynb")
        self.environment = {
            **os.environ,
            MARK: self.mark,
            "WORKBENCH_HOME": str(self.home),
            "WORKBENCH_KERNEL": kind,
            "PYTHONPATH": str(PROJECT),
            "TMPDIR": str(self.temporary),
        }

    def begun(self) -> subprocess.Popen:
        command = [sys.executable, str(CHILD)]
        return subprocess.Popen(command, env=self.environment, stdout=-1, stderr=-1, text=True)

    def processes(self) -> list[int]:
        """Return the processes that run, and carry the mark, the runner first."""
        wanted, found = f"{MARK}={self.mark}".encode(), []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (path / "environ").read_bytes() and not gone(path.name):
                    found.append(int(path.name))
            except OSError:
                continue
        return sorted(found)

    def latest(self) -> tuple[str, str]:
        """Return the run that is the latest report, and a checksum of all its files."""
        folder = (self.home / "reports" / "published" / "sample" / "latest").resolve()
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        found = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "manifest.json"
        }
        assert found == manifest["files"]
        return manifest["run"], json.dumps(found, sort_keys=True)

    def clean(self) -> None:
        for process in self.processes():
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(self.temporary, ignore_errors=True)


@pytest.fixture(params=["ordinary", "preloaded"])
def runs(tmp_path, request):
    made = Runs(tmp_path, request.param)
    yield made
    made.clean()


def kill(runs, chance, seconds):
    """Start a run and kill one of its processes at a random moment; tell whether the runner."""
    running = runs.begun()
    time.sleep(chance.uniform(0, seconds))
    others = [process for process in runs.processes() if process != running.pid]
    of_runner = not others or chance.random() < 0.5
    victim = running.pid if of_runner else chance.choice(others)
    if not gone(victim):
        os.kill(victim, signal.SIGKILL)
    running.communicate(timeout=120)
    return of_runner


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.full)])
def test_a_kill_at_a_random_moment_leaves_the_last_report_and_no_process(runs, times):
    begun = time.monotonic()
    first = runs.begun()
    _, err = first.communicate(timeout=300)
    assert first.returncode == 0, err
    seconds = time.monotonic() - begun
    assert runs.processes() == []
    chance = random.Random(20260930)
    good = runs.latest()
    for _ in range(times):
        kill(runs, chance, seconds)
        until(lambda: runs.processes() == [], seconds=30)
        now = runs.latest()
        assert now == good or now[0] > good[0]
        good = now
    last = runs.begun()
    _, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    assert runs.latest()[0] > good[0]
    assert runs.processes() == []
    assert list(runs.temporary.iterdir()) == []
