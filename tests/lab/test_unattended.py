"""Where nobody sits in front of a notebook, live help changes nothing: an error is an error."""

import json

import nbformat
import papermill
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from workbench.data import demo


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    demo.build(folder, customers=150, months=14)
    return folder


@pytest.fixture
def copy(home, place, bank, monkeypatch):
    """Return the working copy, as a scheduler beside JupyterLab would execute it."""
    from workbench.lab import copies

    monkeypatch.setenv("WORKBENCH_BANK", str(bank))
    (made,) = copies.renewed(place)
    return made.path


def _outputs(cells):
    return [output for cell in cells for output in cell.get("outputs", [])]


def test_a_scheduled_copy_runs_with_other_parameters_and_fails_where_it_fails(copy, tmp_path):
    # jupyter-scheduler executes a copy with papermill's parameters or nbconvert, without stdin.
    written = tmp_path / "executed.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match="there is no snapshot"):
        papermill.execute_notebook(
            str(copy), str(written), {"break_share": 0.2}, progress_bar=False, kernel_name="python3"
        )
    cells = json.loads(written.read_text("utf-8"))["cells"]
    injected = next(c for c in cells if "injected-parameters" in c["metadata"].get("tags", []))
    assert "break_share = 0.2" in "".join(injected["source"])
    written_out = json.dumps(_outputs(cells), ensure_ascii=False)
    assert "used 0.2" in written_out
    for mark in ("<script", "workbench-form", "workbench-live", "workbench-traceback"):
        assert mark not in written_out
    error = next(each for each in _outputs(cells) if each["output_type"] == "error")
    assert error["ename"] == "ParameterError"
    assert any("Traceback" in line for line in error["traceback"])


def test_a_mistake_stops_all_that_follows_with_or_without_help(copy):
    def failed(first: str):
        book = nbformat.read(copy, as_version=4)
        raising = "from workbench.errors import DataError\nraise DataError('wrong; do this')"
        sources = [first, raising, "print('after')"]
        book.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        client = NotebookClient(book, kernel_name="python3", timeout=600)
        with pytest.raises(CellExecutionError, match="wrong; do this"):
            client.execute()
        assert book.cells[2].outputs == []
        (error,) = book.cells[1].outputs
        return error

    plain, helped = failed("pass"), failed("from workbench import show")
    assert helped == plain


def test_the_parameters_cell_is_where_a_scheduler_looks_for_it(copy):
    told = papermill.inspect_notebook(str(copy))
    assert told["break_share"]["default"] == "0.05"
    assert told["break_share"]["inferred_type_name"] == "Share"
