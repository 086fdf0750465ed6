"""Every notebook has the same parts, in the same order, and keeps its logic in `workbench`."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
OPENING = ["title-zh", "title-en", "purpose-zh", "purpose-en", "parameters", "setup"]
OPENING += ["load-zh", "load-en", "load", "analyse-zh", "analyse-en", "analyse"]
CLOSING = ["takeaways-zh", "takeaways-en", "check"]
LINES, CELLS = 12, 60
QUERY = re.compile(r"\bselect\b.+\bfrom\b", re.IGNORECASE | re.DOTALL)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture
def cells(notebook):
    return notebook.cells


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_the_notebook_is_valid(notebook):
    nbformat.validate(notebook)


def test_the_parts_come_in_order(cells):
    ids = [cell.id for cell in cells]
    assert [part for part in ids if part in OPENING] == OPENING
    assert ids[: len(OPENING)] == OPENING
    assert ids[-len(CLOSING) :] == CLOSING
    assert len(cells) <= CELLS


def test_cell_ids_are_unique_names(cells):
    ids = [cell.id for cell in cells]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9-]*", name)] == []


def test_narrative_stands_in_both_languages(cells):
    written = {cell.id: cell for cell in cells if cell.cell_type == "markdown"}
    for name, cell in written.items():
        stem, _, language = name.rpartition("-")
        assert language in ("zh", "en"), name
        assert cell.metadata.get("tags") == [language], name
        assert f"{stem}-{'en' if language == 'zh' else 'zh'}" in written, name


def test_code_cells_are_short_and_define_nothing(cells):
    for cell in code(cells):
        assert len(cell.source.splitlines()) <= LINES, cell.id
        assert not re.search(r"^\s*(def|class|for|while)\b", cell.source, re.MULTILINE), cell.id
        assert not QUERY.search(cell.source), cell.id
        assert not re.search(r"\bPath\(|open\(['\"]|read_csv|read_parquet", cell.source), cell.id
        assert not cell.source.rstrip().endswith(";"), cell.id


def test_only_the_check_cell_keeps_its_output_and_was_executed(cells):
    kept = [cell.id for cell in cells if cell.get("outputs")]
    assert kept == ["check"]
    check = cells[-1]
    assert check.metadata.tags == ["nbval-check-output", "keep_output"]
    assert check.execution_count, "run the notebook on the demo bank before committing it"
    assert [output.output_type for output in check.outputs] == ["stream"]


def test_every_parameter_has_a_type_a_default_and_a_meaning(cells):
    source = next(cell.source for cell in cells if cell.metadata.get("tags") == ["parameters"])
    declared = [line for line in source.splitlines() if line and "import" not in line]
    assert declared
    for line in declared:
        assert re.fullmatch(r"\w+: [A-Za-z\[\], \"']+ = .+  # .+", line), line
