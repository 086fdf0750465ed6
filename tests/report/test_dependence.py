from dataclasses import replace
from datetime import date

import pytest

from tests.report import sample
from workbench.report import cache
from workbench.report.dependence import Dependence, Setting
from workbench.report.pack import Entry

SETTING = Setting(
    values={"first": "a"},
    languages=("zh", "en"),
    disclosure="wide",
    branches=(),
    upstream={"model": "k1"},
    environment={"OMP_NUM_THREADS": "1"},
)


@pytest.fixture
def place(home, tmp_path, monkeypatch):
    """Return a project with a notebook that uses a module of its own, and a pinned bank."""
    (tmp_path / "own.py").write_text("x = 1")
    (tmp_path / "aside.py").write_text("x = 1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sample.notebook(home / "notebooks" / "one.ipynb", setup="import own")
    (home / "requirements.lock").write_text("a==1")
    bank = sample.SampleBank(home / "bank")
    bank.pin()
    (bank.folder / "bank.json").write_text("{}")
    return tmp_path, home, bank


def key(place, setting=SETTING, **bank):
    return Dependence(replace(place[2], **bank)).key(Entry(notebook="one"), setting)


def test_equal_conditions_give_an_equal_key(place):
    assert key(place) == key(place)
    assert len(key(place)) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"values": {"first": "b"}},
        {"languages": ("zh",)},
        {"disclosure": "credit"},
        {"branches": ("B1",)},
        {"upstream": {"model": "k2"}},
        {"environment": {"OMP_NUM_THREADS": "2"}},
    ],
)
def test_another_setting_is_another_key(place, changed):
    assert key(place, replace(SETTING, **changed)) not in (None, key(place))


@pytest.mark.parametrize(
    "path",
    [
        "own.py",
        "home/notebooks/one.ipynb",
        "home/requirements.lock",
        "home/bank/bank.json",
        "home/bank/snapshots/20260930-0001.json",
        "home/data/rulepacks/disclosure.toml",
        "home/data/sources/added.toml",
    ],
)
def test_a_changed_file_is_another_key(place, path):
    before = key(place)
    changed = place[0] / path
    old = changed.read_text("utf-8") if changed.exists() else ""
    changed.write_text(old + "\n", "utf-8")
    assert key(place) not in (None, before)


def test_a_file_that_the_notebook_does_not_use_changes_nothing(place):
    before = key(place)
    (place[0] / "aside.py").write_text("x = 2")
    sample.notebook(place[1] / "notebooks" / "two.ipynb")
    assert key(place) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKBENCH_ROLE", "auditor"),
        ("WORKBENCH_BRANCHES", "B1"),
        ("WORKBENCH_LANG", "en"),
    ],
)
def test_who_reads_and_in_which_language_is_another_key(place, monkeypatch, name, value):
    before = key(place)
    monkeypatch.setenv(name, value)
    assert key(place) not in (None, before)


def test_another_day_snapshot_or_library_is_another_key(place, monkeypatch):
    found = [key(place), key(place, as_of=date(2026, 8, 31))]
    other = replace(place[2], snapshot="20261031-0002")
    other.pin()
    found.append(key(place, snapshot=other.snapshot))
    monkeypatch.setattr(cache, "environment", lambda: {"libraries": ["pandas-9.9.dist-info"]})
    found.append(key(place))
    assert len(set(found)) == 4


@pytest.mark.parametrize("unknown", ["module", "snapshot", "upstream"])
def test_what_is_not_known_has_no_key(place, unknown):
    setting = SETTING
    if unknown == "module":
        sample.notebook(place[1] / "notebooks" / "one.ipynb", setup="import no_such_module")
    elif unknown == "snapshot":
        (place[2].folder / "snapshots" / "20260930-0001.json").unlink()
    else:
        setting = replace(SETTING, upstream={"model": None})
    assert key(place, setting) is None
