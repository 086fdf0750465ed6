"""Publishes, signs, promotes or tidies again and again, each time stopped at another step.

Called by test_report_faults.py. The steps are what Python does to files of the published folder
(open to write, rename, link, remove, new folder), and every fsync, before and after. For each step
a fresh copy of a prepared folder is made, in which the action runs and is killed, or refused with
an error number; then it is done again, unhindered. One JSON line per step says what was found.

usage: report_child.py FOLDER release|keep|sign|promote|retention kill|ERRNO STRIDE
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from tests.report import published as made
from workbench.errors import MachineError, WorkbenchError
from workbench.report import draft, history, publish, retention, verify

FOLDER, ACTION, HOW, STRIDE = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
BASE, TRY = FOLDER / "base", FOLDER / "try"
STEPS = {"os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
PACK = "pack"
PASSED = 10
"""Exit code of an attempt whose refused step did not matter, such as making a folder there is."""


class Stop:
    """Counts steps; the n-th stops the process, or is refused."""

    def __init__(self, step: int) -> None:
        self.left = step
        flush = os.fsync

        def fsync(handle: int) -> None:
            self.count("fsync")
            flush(handle)
            self.count("fsync")

        os.fsync = fsync

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        here = str(TRY) in " ".join(str(each) for each in arguments)
        if here and (event in STEPS or (event == "open" and int(str(arguments[2])) & WRITES)):
            self.count(str(arguments[0]))

    def count(self, what: str) -> None:
        self.left -= 1
        if self.left == 0:
            if HOW == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(int(HOW), os.strerror(int(HOW)), what)


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


def attempt(step: int) -> int:
    """Act in a child process, stopped at `step`; return how it ended."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    stop = Stop(step)
    sys.addaudithook(stop)
    try:
        with publish.explained(TRY):
            act()
    except MachineError:
        os._exit(7)
    os._exit(PASSED if stop.left <= 0 else 0)


def found() -> dict[str, object]:
    """Return which run is latest, the checksum of its files, and what is wrong with the chain."""
    latest = publish.latest(PACK)
    assert latest is not None
    digest = hashlib.sha256()
    for path in sorted(latest.resolve().rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    try:
        problems = list(verify.problems(history.find(PACK)))
    except WorkbenchError as error:
        problems = [str(error)]
    name = latest.resolve().name
    return {"latest": name, "checksum": digest.hexdigest(), "problems": problems}


def say(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


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
        status = attempt(step)
        ended = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {}
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        stopped = found()
        for work in TRY.glob("work-*"):
            shutil.rmtree(work)
        act()
        say({"step": step, "code": code, **ended, **stopped, "after": found()})
        step += STRIDE


main()
