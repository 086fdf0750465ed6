"""Notebooks under jupyter-scheduler itself: jobs of the server that `workbench lab` starts.

jupyter-scheduler is no dependency. Where it is installed, its own scheduler takes the job over its
own address, starts its own process, and its default execution manager runs the working copy.
"""

import json
import time
from urllib.request import Request, urlopen

import nbformat
import pytest

from tests.browser import jupyter
from workbench.data import demo

pytest.importorskip("jupyter_scheduler", reason="jupyter-scheduler is not installed here")

SECONDS = 600
"""How long a job may take; it is asked for its status until then."""
ENDED = {"COMPLETED", "FAILED"}
SOUND = tuple(cell for cell in jupyter.CELLS if cell[0] != "mistake")
MARKS = ("<script", "workbench-form", "workbench-live", "workbench-traceback")


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    demo.build(folder, customers=150, months=14)
    return folder


@pytest.fixture(scope="module", params=["sound", "failing"])
def lab(request, bank, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    home = jupyter.home(folder, SOUND if request.param == "sound" else jupyter.CELLS)
    with jupyter.running(home, bank, folder) as running:
        running.kind = request.param
        yield running


def test_a_job_runs_the_working_copy_with_its_parameters_and_fails_where_it_fails(lab):
    job = _job(lab, parameters={"break_share": "0.2"}, output_formats=["ipynb", "html"])
    said = job["status_message"] or ""
    if lab.kind == "sound":
        assert (job["status"], said) == ("COMPLETED", "")
    else:
        assert job["status"] == "FAILED"
        assert "there is no snapshot" in said
    book = nbformat.reads(_file(lab, job, "ipynb"), as_version=4)
    at = [cell.id for cell in book.cells].index("parameters")
    assert book.cells[at + 1].source == "break_share = 0.2"
    shown = json.dumps([cell.get("outputs", []) for cell in book.cells], ensure_ascii=False)
    assert "used 0.2" in shown
    assert "<svg" in shown
    assert not [mark for mark in MARKS if mark in shown]


def _job(lab, **wanted):
    """Order a job as the form of jupyter-scheduler does, and return it once it has ended."""
    (environment,) = _asked(lab, "/scheduler/runtime_environments")
    order = {
        "name": "risk",
        "input_uri": f"{jupyter.NOTEBOOK}.ipynb",
        "runtime_environment_name": environment["name"],
        **wanted,
    }
    number = _asked(lab, "/scheduler/jobs", order)["job_id"]
    return _awaited(lab, number, lambda job: job["status"] in ENDED)


def _file(lab, job, kind):
    """Return a file of a job, brought into the working copies as a click on it does."""

    def places(job):
        return [each["file_path"] for each in job["job_files"] if each["file_format"] == kind]

    _asked(lab, f"/scheduler/jobs/{job['job_id']}/download_files")
    (found,) = places(_awaited(lab, job["job_id"], lambda job: all(places(job))))
    return (lab.folder / found).read_text("utf-8")


def _awaited(lab, number, ready):
    """Return the job as soon as it is `ready`."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        job = _asked(lab, f"/scheduler/jobs/{number}")
        if ready(job):
            return job
        time.sleep(0.5)
    raise AssertionError(f"not within {SECONDS} s: {job}")


def _asked(lab, path, order=None):
    headers = {"Authorization": f"token {lab.token}", "Content-Type": "application/json"}
    data = None if order is None else json.dumps(order).encode()
    with urlopen(Request(lab.address + path, data=data, headers=headers), timeout=120) as answer:
        return json.loads(answer.read() or "null")
