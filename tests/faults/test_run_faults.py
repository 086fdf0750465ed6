"""A run that is killed or interrupted leaves no kernel behind and publishes nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.report import sample

PROJECT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("run_child.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


@pytest.fixture(params=["ordinary", "preloaded"])
def waiting(tmp_path, request):
    """Start a run and return it with its kernel's process id once a cell is waiting."""
    home, mark = tmp_path / "home", tmp_path / "pid"
    shutil.copytree(PROJECT / "data" / "rulepacks", home / "data" / "rulepacks")
    wait = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    sample.notebook(home / "notebooks" / "sample.ipynb", load=wait)
    environment = {**os.environ, "WORKBENCH_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    environment["WORKBENCH_KERNEL"] = request.param
    running = subprocess.Popen(
        [sys.executable, str(CHILD)], env=environment, stdout=-1, stderr=-1, text=True
    )
    until(lambda: mark.exists() and mark.read_text().strip(), running)
    yield running, int(mark.read_text()), home
    running.kill()
    running.communicate()


def until(condition, running=None, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        assert running is None or running.poll() is None, running.communicate()
        time.sleep(0.05)


def gone(process):
    """Tell whether a process has ended; one nobody has waited for counts as ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_kernel_ends_with_its_run_and_nothing_is_published(waiting, how):
    running, kernel, home = waiting
    running.send_signal(how)
    running.communicate(timeout=30)
    assert running.returncode != 0
    until(lambda: gone(kernel), seconds=30)
    published = home / "reports" / "published" / "sample"
    assert [path.name for path in published.iterdir() if path.name != ".lock"] == []
    (executed,) = home.glob("reports/runs/*/work/sample/executed.ipynb")
    assert "os.getpid()" in executed.read_text("utf-8")
