"""A pack killed between two notebooks goes on where it was; meanwhile nobody else runs it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.report import sample
from tests.report.test_run import tree

PROJECT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("pack_child.py")
LOCKED = 75
PACK = """
[[notebooks]]
notebook = "first"
[[notebooks]]
notebook = "second"
needs = ["first"]
"""
WAIT = """import time
from pathlib import Path
from workbench import open_record
Path({mark!r}).touch()
while Path({hold!r}).exists(): time.sleep(0.05)
read = open_record("first").facts()["sample.nps"].value
result = sample.branches("sample-2", first=str(read))"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    shutil.copytree(PROJECT / "data" / "rulepacks", home / "data" / "rulepacks")
    sample.SampleBank(home / "bank").pin()
    sample.notebook(home / "notebooks" / "first.ipynb")
    wait = WAIT.format(mark=str(tmp_path / "mark"), hold=str(tmp_path / "hold"))
    sample.notebook(home / "notebooks" / "second.ipynb", load=wait)
    (home / "reports" / "packs").mkdir(parents=True)
    (home / "reports" / "packs" / "p.toml").write_text(PACK, "utf-8")
    return home


def start(home, *words):
    environment = {**os.environ, "WORKBENCH_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(CHILD), *words]
    return subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True)


def finish(running):
    out, err = running.communicate(timeout=300)
    assert running.returncode == 0, err
    return json.loads(out)


def records(done):
    found = tree(Path(done["index"]).parent)
    return {name: content for name, content in found.items() if name.startswith("record/")}


def test_a_pack_killed_between_notebooks_resumes_to_the_same_bytes(home, tmp_path):
    (tmp_path / "hold").touch()
    killed = start(home)
    end = time.monotonic() + 300
    while not (tmp_path / "mark").exists():
        assert killed.poll() is None, killed.communicate()
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
    other = start(home)
    other.communicate(timeout=60)
    assert other.returncode == LOCKED
    killed.kill()
    killed.communicate()
    (tmp_path / "hold").unlink()
    published = home / "reports" / "published" / "p"
    assert [path.name for path in published.iterdir() if path.name != ".lock"] == []

    resumed = finish(start(home))
    assert resumed["reused"] == ["first"]
    whole = finish(start(home, "fresh"))
    assert whole["reused"] == []
    assert len(records(whole)) == 12
    assert records(resumed) == records(whole)
