"""Where things are, worked out once for each place; what the surrounding run says."""

import os
from pathlib import Path

import pytest

from workbench import settings
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.errors import ParameterError

pytest_plugins = ["tests.data.conftest"]


@pytest.fixture
def projects(tmp_path):
    """Two project folders whose rule packs differ."""
    for name in ("a", "b"):
        packs = tmp_path / name / "data" / "rulepacks"
        packs.mkdir(parents=True)
        (packs / "limits.toml").write_text(f'of = "{name}"\n', "utf-8")
    return tmp_path


def test_another_project_is_another_folder_at_once(projects, monkeypatch):
    for name in ("a", "b", "a"):
        monkeypatch.setenv("WORKBENCH_HOME", str(projects / name))
        assert settings.home() == (projects / name).resolve()
        assert settings.rulepack("limits") == {"of": name}
    monkeypatch.delenv("WORKBENCH_HOME")
    assert settings.home() == Path(settings.__file__).parents[2]


def test_a_relative_folder_is_below_the_one_worked_in(projects, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", ".")
    for name in ("a", "b"):
        monkeypatch.chdir(projects / name)
        assert settings.rulepack("limits") == {"of": name}


def test_a_missing_rule_pack_is_said_each_time_and_found_when_it_is_there(projects, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(projects / "a"))
    with pytest.raises(ParameterError, match=r"rule pack .*other\.toml is missing"):
        settings.rulepack("other")
    (projects / "a" / "data" / "rulepacks" / "other.toml").write_text("n = 1\n", "utf-8")
    assert settings.rulepack("other") == {"n": 1}


def test_opening_a_bank_works_the_folder_out_once(drop, bank, monkeypatch):
    take_in([drop], bank)
    settings._resolved.cache_clear()
    worked_out, resolve = [], Path.resolve

    def counted(path, *strict):
        worked_out.append(path)
        return resolve(path, *strict)

    monkeypatch.setattr(Path, "resolve", counted)
    assert open_bank(bank).connection
    assert worked_out == [settings.home()]


def test_a_run_that_was_written_anew_is_read_anew(tmp_path, monkeypatch):
    place = tmp_path / "run.json"
    monkeypatch.setenv("WORKBENCH_RUN", str(place))
    for at, language in enumerate(("zh", "en")):
        settings.Run(tmp_path, tmp_path, "s1", "2026-03-31", (language,)).write(place)
        os.utime(place, ns=(at, at))
        assert settings.run().languages == (language,)
    monkeypatch.delenv("WORKBENCH_RUN")
    assert settings.run() is None
