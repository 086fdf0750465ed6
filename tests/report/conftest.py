"""A home of its own for every test of running: notebooks, rule packs, runs and reports."""

import shutil
from pathlib import Path

import pytest

from tests.report import sample
from workbench import text
from workbench.report import source

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return an empty project folder with rule packs and sources, in force for this test."""
    folder = tmp_path / "home"
    for part in ("rulepacks", "sources"):
        shutil.copytree(PROJECT / "data" / part, folder / "data" / part)
    (folder / "notebooks").mkdir()
    (folder / "reports" / "packs").mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    return folder


@pytest.fixture
def bank(home, monkeypatch):
    """Let every run read the sample bank, and the catalogue know the sample's sentences."""
    entries = {**text.catalogue(), **sample.ENTRIES}
    monkeypatch.setattr(text, "catalogue", lambda: entries)
    opened = sample.SampleBank(home / "data" / "demo")
    monkeypatch.setattr(source, "opened", lambda *_: opened)
    return opened
