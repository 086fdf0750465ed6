"""The lock, the environment file and the project file say the same; nothing names a registry."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import workbench

PROJECT = Path(__file__).parents[2]
LOCK = (PROJECT / "requirements.lock").read_text("utf-8")


def wanted() -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [Requirement(line) for line in lines]


def locked() -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, number in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", LOCK, re.MULTILINE):
        pins.setdefault(canonicalize_name(name), set()).add(number)
    return pins


def test_every_dependency_is_locked_at_a_version_it_allows():
    pins = locked()
    for requirement in wanted():
        numbers = pins.get(canonicalize_name(requirement.name), set())
        assert numbers, f"{requirement} is not in requirements.lock; run make lock"
        assert all(requirement.specifier.contains(number) for number in numbers), requirement


def test_every_locked_package_has_hashes():
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_address():
    assert "://" not in LOCK
    assert not re.search(r"^\s*(-i|-f|--\w*index\w*|--find-links)\b", LOCK, re.MULTILINE)


def test_the_environment_file_follows_from_the_project_file(tool):
    assert (PROJECT / "environment.yml").read_text("utf-8") == tool("environment").render()


def test_the_version_has_one_source():
    assert version("loan-customer-workbench") == workbench.__version__


def test_importing_the_package_is_cheap():
    script = "import sys, workbench; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"pandas", "numpy", "matplotlib", "duckdb", "statsmodels"} & set(loaded)
