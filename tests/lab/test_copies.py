"""Working copies are kept, follow their sources, and go back without a trace of a run."""

import json
import stat

import pytest

from tests.browser.jupyter import NOTEBOOK, PROJECT
from workbench.errors import DataError, ParameterError
from workbench.lab import copies

FILE = f"{NOTEBOOK}.ipynb"


def _edit(path, change):
    book = json.loads(path.read_text("utf-8"))
    change(book)
    path.write_text(json.dumps(book, ensure_ascii=False), "utf-8")


def _code(book, name):
    return next(cell for cell in book["cells"] if cell["id"] == name)


def _ran(book):
    """Leave in a notebook what running it leaves."""
    for number, cell in enumerate(book["cells"]):
        cell["metadata"]["execution"] = {"started": "2026-09-30T08:00:00Z"}
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "customer 7"}]
    book["metadata"]["language_info"] = {"name": "python", "version": "3.11"}
    book["metadata"]["papermill"] = {"parameters": {"customer": "7"}}


def test_the_folder_is_for_its_account_alone(place):
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_copy_that_was_only_run_follows_its_source(home, place):
    assert [each.state for each in copies.renewed(place)] == ["new"]
    assert [each.state for each in copies.renewed(place)] == ["same"]
    _edit(place / FILE, _ran)
    _edit(
        home / "notebooks" / FILE, lambda book: _code(book, "analyse")["source"].append("\nx = 1")
    )
    assert [each.state for each in copies.renewed(place)] == ["renewed"]
    assert "x = 1" in (place / FILE).read_text("utf-8")


def test_edits_are_kept_and_it_is_said_that_the_source_went_on(home, place):
    copies.renewed(place)
    _edit(place / FILE, lambda book: _code(book, "analyse")["source"].append("\nmine = 1"))
    assert [each.state for each in copies.renewed(place)] == ["edited"]
    _edit(home / "notebooks" / FILE, lambda book: _code(book, "setup")["source"].append("\nx = 1"))
    assert [each.state for each in copies.renewed(place)] == ["behind"]
    assert "mine = 1" in (place / FILE).read_text("utf-8")


def test_starting_anew_keeps_what_was_there_beside_it(place):
    copies.renewed(place)
    for number in (1, 2):
        _edit(place / FILE, lambda book: _code(book, "analyse")["source"].append("\nmine = 1"))
        aside = copies.started_anew(NOTEBOOK, place)
        copies.renewed(place)
        assert aside.name == f"{NOTEBOOK}.mine{'' if number == 1 else 2}.ipynb"
        assert "mine = 1" in aside.read_text("utf-8")
        assert "mine = 1" not in (place / FILE).read_text("utf-8")


@pytest.mark.parametrize("path", sorted((PROJECT / "notebooks").glob("*.ipynb")), ids=str)
def test_what_was_only_run_goes_back_as_it_came_to_the_byte(home, place, path):
    (home / "notebooks" / path.name).write_bytes(path.read_bytes())
    copies.renewed(place)
    _edit(place / path.name, _ran)
    copies.taken_back(path.stem, place)
    assert (home / "notebooks" / path.name).read_bytes() == path.read_bytes()


def test_an_edit_goes_back_without_outputs(home, place):
    copies.renewed(place)
    _edit(place / FILE, _ran)
    _edit(place / FILE, lambda book: _code(book, "analyse")["source"].append("\nmine = 1"))
    target = copies.taken_back(NOTEBOOK, place)
    written = target.read_text("utf-8")
    assert "mine = 1" in written
    assert "customer 7" not in written
    assert "papermill" not in written
    assert [each.state for each in copies.renewed(place)] == ["same"]


def test_an_output_that_the_project_stores_is_dropped_with_the_code_it_came_from(home, place):
    def stored(book):
        cell = _code(book, "analyse")
        cell["metadata"]["tags"] = ["keep_output"]
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "of the demo bank"}]
        cell["execution_count"] = 4

    _edit(home / "notebooks" / FILE, stored)
    copies.renewed(place)
    _edit(place / FILE, _ran)
    assert "of the demo bank" in copies.taken_back(NOTEBOOK, place).read_text("utf-8")
    _edit(place / FILE, lambda book: _code(book, "analyse")["source"].append("\nmine = 1"))
    assert "of the demo bank" not in copies.taken_back(NOTEBOOK, place).read_text("utf-8")


def test_a_new_notebook_goes_into_the_project(home, place):
    copies.renewed(place)
    (place / "mine.ipynb").write_bytes((place / FILE).read_bytes())
    assert copies.taken_back("mine.ipynb", place) == home / "notebooks" / "mine.ipynb"


def _wrong_parameter(book):
    _code(book, "parameters")["source"] = ["folds = 5"]


def _magic(book):
    _code(book, "analyse")["source"] = ["%matplotlib inline"]


def _pasted(book):
    book["cells"][0]["attachments"] = {"image.png": {"image/png": "iVBORw0KGgo="}}


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (_wrong_parameter, ParameterError, "line 1 is not `name: type = default"),
        (_magic, DataError, r"cell 8 \(analyse\), line 1"),
        (_pasted, DataError, "pasted picture"),
    ],
)
def test_what_the_runner_would_refuse_or_nobody_can_strip_stays_out(
    home, place, change, kind, said
):
    before = (home / "notebooks" / FILE).read_bytes()
    copies.renewed(place)
    _edit(place / FILE, change)
    with pytest.raises(kind, match=said) as refused:
        copies.taken_back(NOTEBOOK, place)
    assert "\n" not in str(refused.value)
    assert (home / "notebooks" / FILE).read_bytes() == before


def test_a_source_that_changed_meanwhile_is_not_overwritten(home, place):
    copies.renewed(place)
    _edit(place / FILE, lambda book: _code(book, "analyse")["source"].append("\nmine = 1"))
    _edit(home / "notebooks" / FILE, lambda book: _code(book, "setup")["source"].append("\nx = 1"))
    with pytest.raises(DataError, match="has changed since it was copied"):
        copies.taken_back(NOTEBOOK, place)


def test_a_name_that_is_none_is_said(place):
    copies.renewed(place)
    with pytest.raises(ParameterError, match=f"there are {NOTEBOOK}"):
        copies.taken_back("nothing", place)
    with pytest.raises(ParameterError, match="did you mean 'risk-calibration'"):
        copies.started_anew("risk-calibrations", place)
