"""ARCHITECTURE.md names every module, and no other."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "src" / "workbench"
LIMIT = 500


def modules() -> set[str]:
    return {
        str(path.relative_to(PACKAGE).with_suffix("")).removesuffix("/__init__")
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "__init__.py"
    }


def test_the_module_list_is_true(tool):
    page = (PROJECT / "ARCHITECTURE.md").read_text("utf-8")
    assert page == tool("modules").render(), "run: python tools/modules.py"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_module_stays_readable(path):
    assert len(path.read_text("utf-8").splitlines()) <= LIMIT


def test_no_module_is_a_drawer_for_everything():
    names = {name.rpartition("/")[2] for name in modules()}
    assert not names & {"utils", "util", "helpers", "common", "misc", "tools"}


def test_nothing_names_a_registry_or_a_machine():
    hosts = r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian"
    pattern = re.compile(hosts + r"|/root/|/work/(?:main|shared)")
    texts = {".py", ".md", ".toml", ".yml", ".yaml", ".sh", ".sql", ".lock", ".ipynb", ".html"}
    found = [
        path
        for folder in ("src", "docs", "notebooks", "data/sources", "data/rulepacks", "tools")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in texts and pattern.search(path.read_text("utf-8"))
    ]
    assert not found
