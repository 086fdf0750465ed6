"""Every notebook has a page of methods that names its parameters; every pack is valid."""

import re
from pathlib import Path

import pytest

from workbench import text
from workbench.report import pack, parameters

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_methods_page_names_every_parameter(path):
    page = (PROJECT / "docs" / "methods" / f"{path.stem}.md").read_text("utf-8")
    missing = [name for name in parameters.declared(path) if f"`{name}`" not in page]
    assert not missing


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_has_a_meaning_in_both_languages_in_english_its_comment(path):
    for name, parameter in parameters.declared(path).items():
        own = f"parameter.{path.stem}.{name}"
        entry = text.catalogue()[own if text.known(own) else f"parameter.{name}"]
        assert entry["en"] == parameter.meaning, name
        assert re.search("[\u4e00-\u9fff]", entry["zh"]), name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_readme_lists_the_notebook(path):
    for name in ("README.md", "README.zh-CN.md"):
        assert path.stem in (PROJECT / name).read_text("utf-8")


@pytest.mark.parametrize("path", sorted((PROJECT / "reports" / "packs").glob("*.toml")), ids=str)
def test_every_pack_is_valid(path):
    assert pack.chosen([path.stem]).notebooks
