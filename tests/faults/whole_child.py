"""Runs a whole pack again and again, each time stopped at another step; see test_whole_faults.py.

The pack has several formats and is compared with an earlier month, so that it has a page of what
changed. The notebook was executed once; every attempt copies what its kernel left behind, and makes
and publishes the reports for real. Steps are what Python does to files below FOLDER/home/reports
(open to write, rename, link, remove, new folder), and every fsync, before and after. For each step
a fresh copy of what was published is made; then the pack is run again, unhindered.

usage: whole_child.py FOLDER branches|review kill|ERRNO FIRST STRIDE
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from tests.faults.steps import Stop, attempt, checksum, ended, say
from tests.report import sample
from tests.report.heard import Told
from workbench import settings
from workbench.errors import WorkbenchError
from workbench.report import execute, history, publish, run, source, verify
from workbench.report.pack import Limits

PROJECT = Path(__file__).parents[2]
FOLDER, KIND, HOW = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
FIRST, STRIDE = int(sys.argv[4]), int(sys.argv[5])
HOME, BASE, EXECUTED = FOLDER / "home", FOLDER / "base", FOLDER / "executed"
MAKING = {
    "branches": 'for_each = "branches"\nlanguages = ["zh"]\nformats = ["html", "docx"]\n',
    "review": 'review = true\nformats = ["html", "xlsx", "slides"]\n',
}
NOTEBOOK = 'title = { zh = "月报", en = "Monthly" }\n[[notebooks]]\nnotebook = "sample"\n'


def prepare() -> None:
    """Execute the notebook once, and publish two months of the pack."""
    for part in ("rulepacks", "sources"):
        shutil.copytree(PROJECT / "data" / part, HOME / "data" / part)
    path = sample.notebook(HOME / "notebooks" / "sample.ipynb")
    told = settings.Run(EXECUTED / "record", FOLDER, "s", "2026-09-30", ("zh", "en"))
    EXECUTED.mkdir()
    told.write(EXECUTED / "run.json")
    here = {"WORKBENCH_RUN": str(EXECUTED / "run.json"), "PYTHONPATH": str(PROJECT)}
    job = execute.Job("sample", path, EXECUTED / "work", {}, here)
    job.work.mkdir()
    assert execute.one(job, Limits(), Told()).failure is None
    execute.one = copied
    (HOME / "reports" / "packs").mkdir(parents=True)
    own = MAKING["branches"] if KIND == "branches" else MAKING["review"].partition("\n")[2]
    ordered(own)
    for day in ("2026-07-31", "2026-08-31"):
        make(day)
    # Not within an attempt: that the test's own file cannot be written says nothing of a run.
    ordered(MAKING[KIND])
    shutil.copytree(HOME / "reports" / "published", BASE, symlinks=True)


def copied(job: execute.Job, *_: object) -> execute.Outcome:
    """Do what a kernel would."""
    record = Path(json.loads(Path(job.environment["WORKBENCH_RUN"]).read_text())["record"])
    shutil.copytree(EXECUTED / "record", record, dirs_exist_ok=True)
    shutil.copyfile(EXECUTED / "work" / execute.EXECUTED, job.executed)
    return execute.Outcome(job, 0.1, None)


def ordered(making: str) -> None:
    (HOME / "reports" / "packs" / "p.toml").write_text(making + NOTEBOOK, "utf-8")


def make(day: str) -> run.Published:
    bank = replace(sample.SampleBank(HOME / "bank"), as_of=date.fromisoformat(day))
    source.opened = lambda *_: bank
    return run.run(run.Order(["p"], fresh=True, kernel="ordinary"), Told())


def names() -> list[str]:
    branches = ["p/branches/B1", "p/branches/B2"] if KIND == "branches" else []
    return ["p", *branches]


def found() -> dict[str, object]:
    """Return of each report which run is latest, a checksum of its files, and what is wrong."""
    state: dict[str, object] = {}
    for name in names():
        latest = publish.latest(name)
        assert latest is not None
        whole = latest.resolve()
        state[name] = [whole.name, checksum(whole), list(problems(name))]
    drafts = [each for each in history.runs("p") if each.state == history.DRAFT]
    state["drafts"] = len(drafts)
    state["broken"] = [said for each in drafts for said in verify.content(each)]
    return state


def problems(name: str) -> Iterator[str]:
    try:
        yield from verify.problems(history.find(name))
    except WorkbenchError as error:
        yield str(error)


def main() -> None:
    sample.speak()
    os.environ["WORKBENCH_HOME"] = str(HOME)
    prepare()
    say({"step": 0, **found()})
    step, status = FIRST, 1
    while status:
        for made in ("published", "runs", "cache"):
            shutil.rmtree(HOME / "reports" / made, ignore_errors=True)
        shutil.copytree(BASE, HOME / "reports" / "published", symlinks=True)
        stop = partial(Stop, step, HOW, HOME / "reports")
        status = attempt(stop, partial(make, "2026-09-30"))
        stopped = found()
        make("2026-09-30")
        # What is half kept for reuse is never read, and goes a day later: see test_cache.py.
        every = (HOME / "reports").rglob(".unfinished-*")
        left = [str(path) for path in every if path.parent != HOME / "reports" / "cache"]
        say({"step": step, **ended(status), **stopped, "after": found(), "left": left})
        step += STRIDE


main()
