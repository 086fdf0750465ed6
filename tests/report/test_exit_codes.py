"""Each exit code of the page for operators is reached, by a command that an operator gives."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.report import sample
from workbench import cli
from workbench.cli import terminal
from workbench.data import demo
from workbench.report import publish

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"


def ended(*words: str) -> int:
    return CliRunner().invoke(cli.app, list(words)).exit_code


@pytest.fixture
def notebook(home, bank):
    def write(**changed):
        return sample.notebook(home / "notebooks" / "sample.ipynb", **changed)

    return write


@pytest.fixture(scope="module")
def drop(tmp_path_factory):
    """Return files as an operator gets them for practising, once for all tests here."""
    folder = tmp_path_factory.mktemp("practice") / "202609"
    assert ended("demo", "--files", str(folder), "--customers", "150", "--months", "12") == 0
    return folder


def good(home, notebook, _drop, _patch):
    notebook()
    return "run", "sample", "--kernel", "ordinary"


def bug(home, notebook, _drop, patch):
    def fail(*_):
        raise ZeroDivisionError

    patch.setattr("workbench.report.run.run", fail)
    return "run", "sample"


def mistyped(home, notebook, _drop, _patch):
    notebook()
    return "run", "sample", "-p", "shere", "0.5"


def failing_cell(home, notebook, _drop, _patch):
    notebook(load="1 / 0")
    return "run", "sample", "--kernel", "ordinary"


def telephone(home, _notebook, _drop, _patch):
    (home / "outbox").mkdir()
    (home / "outbox" / "list.csv").write_text("13912345678\n", "utf-8")
    return "scan", str(home / "outbox")


def again(home, _notebook, drop, _patch):
    bank = str(home / "own")
    assert ended("check", str(drop), "--bank", bank) == 0
    assert ended("intake", str(drop), "--bank", bank) == 0
    return "intake", str(drop), "--bank", bank


def spoiled(home, _notebook, _drop, _patch):
    faults = home / "spoiled"
    demo.spoil(faults)
    folder = next(each for each in sorted(faults.iterdir()) if each.name not in KEPT)
    return "check", str(folder), "--bank", str(home / "own")


KEPT = {"values", "between", "shapes", "faults.json"}
"""What of the spoiled files is taken in, row by row."""


def open_key(home, _notebook, drop, patch):
    (home / "keys").mkdir()
    (home / "keys" / "pseudonym.key").write_text("ab" * 32, "utf-8")
    (home / "keys" / "pseudonym.key").chmod(0o644)
    patch.setenv("WORKBENCH_KEYS", str(home / "keys"))
    return "intake", str(drop), "--bank", str(home / "own")


REACHED = {
    0: good,
    1: bug,
    2: mistyped,
    3: failing_cell,
    4: telephone,
    5: again,
    6: spoiled,
    7: open_key,
}


@pytest.mark.parametrize("code", REACHED)
def test_a_command_ends_with_the_code(code, home, notebook, drop, monkeypatch):
    assert ended(*REACHED[code](home, notebook, drop, monkeypatch)) == code


def test_a_second_run_at_once_ends_with_75(home, notebook):
    notebook()
    with publish.locked("sample"):
        assert ended("run", "sample") == 75


def test_every_code_of_the_page_is_reached_here():
    page = (OPERATIONS / "exit-codes.md").read_text("utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert listed == {*REACHED, 75}


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_ended_says_by_what(tmp_path, number, code):
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from workbench.cli import main; main()"
    )
    begun, end = tmp_path / "files", time.monotonic() + 300
    words = [sys.executable, "-c", program, "demo", "--files", str(begun)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not begun.exists() and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(number)
    ended_with = process.wait(timeout=300)
    # A shell says 128 and the number for a process that a signal ended.
    assert (ended_with if ended_with >= 0 else 128 - ended_with) == code


def interrupted(pressed: bool) -> None:
    """Do what DuckDB does within a query: it makes an error of its own of Ctrl-C."""
    with suppress(KeyboardInterrupt):
        if pressed:
            signal.raise_signal(signal.SIGINT)
    raise RuntimeError("Query interrupted")


@pytest.mark.parametrize(("pressed", "seen"), [(True, KeyboardInterrupt), (False, RuntimeError)])
def test_what_a_library_makes_of_ctrl_c_is_ctrl_c(pressed, seen):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(seen), terminal.interruptible():
            interrupted(pressed)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
