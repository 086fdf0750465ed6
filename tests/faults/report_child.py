"""Publishes, signs, promotes or tidies again and again, each time stopped at another step.

Called by test_report_faults.py. The steps are what Python does to files of the published folder
(open to write, rename, link, remove, new folder), and every fsync, before and after. For each step
a fresh copy of a prepared folder is made, in which the action runs and is killed, or refused with
an error number; then it is done again, unhindered. One JSON line per step says what was found.

usage: report_child.py FOLDER release|keep|sign|promote|retention kill|ERRNO STRIDE
"""

import os
import shutil
import sys
from functools import partial
from pathlib import Path

from tests.faults.steps import Stop, attempt, checksum, ended, say
from tests.report import published as made
from workbench.errors import WorkbenchError
from workbench.report import draft, history, publish, retention, verify

FOLDER, ACTION, HOW, STRIDE = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
BASE, TRY = FOLDER / "base", FOLDER / "try"
PACK = "pack"


def prepare() -> None:
    """Publish three runs and keep a signed draft."""
    for run in ("r1", "r2", "r3"):
        made.release(FOLDER, run)
    made.keep(FOLDER, "d1")
    draft.sign("d1", "prepared", "王敏")
    if ACTION != "sign":
        draft.sign("d1", "checked", "李强")


def act() -> None:
    """Do what is tested; what was done by an attempt before is not done twice."""
    if ACTION == "sign" and len(history.find("d1").signed) < 2:
        draft.sign("d1", "checked", "李强")
    if ACTION == "promote" and history.find("d1").state == "draft":
        draft.release("d1")
    runs = {run.run: run.state for run in history.runs(PACK)}
    if ACTION == "release" and "r4" not in {run.run for run in history.published(PACK)}:
        # A run that was placed and never became latest stays aside; the next has another id.
        made.release(TRY, "r4" if "r4" not in runs else "r5")
    if ACTION == "keep" and "r4" not in runs:
        made.keep(TRY, "r4")
    if ACTION == "retention":
        with publish.locked(PACK):
            retention.apply(PACK, retention.Keep(last=1, monthly=0))


def explained() -> None:
    with publish.explained(TRY):
        act()


def found() -> dict[str, object]:
    """Return which run is latest, the checksum of its files, and what is wrong with the chain."""
    latest = publish.latest(PACK)
    assert latest is not None
    try:
        problems = list(verify.problems(history.find(PACK)))
    except WorkbenchError as error:
        problems = [str(error)]
    whole = latest.resolve()
    return {"latest": whole.name, "checksum": checksum(whole), "problems": problems}


def main() -> None:
    os.environ["WORKBENCH_PUBLISHED"] = str(BASE)
    os.environ["WORKBENCH_HOME"] = str(FOLDER)
    prepare()
    say({"step": 0, **found()})
    os.environ["WORKBENCH_PUBLISHED"] = str(TRY / "published")
    step, status = 1, 1
    while status:
        shutil.rmtree(TRY, ignore_errors=True)
        shutil.copytree(BASE, TRY / "published", symlinks=True)
        status = attempt(partial(Stop, step, HOW, TRY), explained)
        stopped = found()
        for work in TRY.glob("work-*"):
            shutil.rmtree(work)
        act()
        say({"step": step, **ended(status), **stopped, "after": found()})
        step += STRIDE


main()
