"""The project's notebooks tell the same, byte for byte, from preloaded and ordinary kernels."""

import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from workbench import settings
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.report import execute, kernel
from workbench.report.pack import Limits
from workbench.report.progress import Silent

HOME = Path(__file__).parents[2]
NOTEBOOKS = sorted((HOME / "notebooks").glob("*.ipynb"))
LANGUAGES = ("zh", "en")


def told(folder, bank, server):
    """Execute all notebooks in `folder`; return the outputs and every file of the records."""
    opened = open_bank(bank)
    jobs = []
    for path in NOTEBOOKS:
        work, record = folder / path.stem, folder / path.stem / "record"
        record.mkdir(parents=True)
        as_of = opened.as_of.isoformat()
        settings.Run(record, bank, opened.snapshot, as_of, LANGUAGES).write(work / execute.RUN)
        environment = {**kernel.threads(2), "WORKBENCH_RUN": str(work / execute.RUN)}
        jobs.append(execute.Job(path.stem, path, work, {}, environment, server))
    # One after the other: a page of the audit log tells how often the bank was opened before.
    for job in jobs:
        assert execute.one(job, Limits(), Silent()).failure is None
    found = {}
    for job in jobs:
        cells = nbformat.read(job.executed, as_version=4).cells
        found[job.name] = [cell.outputs for cell in cells if cell.cell_type == "code"]
        for file in sorted((job.work / "record").rglob("*.*")):
            found[f"{job.name}/{file.name}"] = file.read_bytes()
    return found


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="preloaded kernels fork")
def test_outputs_figures_and_records_are_those_of_ordinary_kernels(tmp_path):
    demo.ensure(HOME / "data" / "demo")
    found = []
    for kind in kernel.KINDS:
        bank = tmp_path / "bank"
        shutil.copytree(HOME / "data" / "demo", bank)
        with kernel.source(kind, 2) as server:
            found.append(told(tmp_path / kind, bank, server))
        shutil.rmtree(bank)
    ordinary, preloaded = found
    assert len([name for name in ordinary if name.endswith(".svg")]) >= 30
    assert ordinary.keys() == preloaded.keys()
    assert [name for name in ordinary if ordinary[name] != preloaded[name]] == []
