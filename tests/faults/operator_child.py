"""Runs an operator's command again and again, each time killed at another step.

Called by test_operator_faults.py, test_intake_kills.py, test_survey_faults.py
and test_score_faults.py. The steps are
what Python does to files of the copy of the bank (open to write, rename, remove, new folder), every
fsync, and every commit of lake and vault. For step n a fresh copy of FOLDER/bank is made at
FOLDER/n, in which the command runs and is killed; at STRIDE greater than 1 only every so many steps
are tried. Prints the last step, which came to the end.

usage: operator_child.py FOLDER intake|backup|rotate|rotate_vault|forget|take|score STRIDE
"""

import json
import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path

import deltalake

from workbench.data import backup, intake, retention, rotation, score_rows, survey_take
from workbench.data.lake import Lake
from workbench.privacy import vault
from workbench.report.survey_draft import accepts
from workbench.rules import questionnaire

FOLDER, COMMAND, STRIDE = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Stop:
    """Counts steps; at the n-th it kills the process."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        here = str(FOLDER) in " ".join(str(each) for each in arguments)
        if here and (event in STEPS or (event == "open" and int(arguments[2]) & WRITES)):
            self.count()

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: object, name: str) -> None:
        """Count calls of a function, before and behind it."""
        function = getattr(owner, name)

        def call(*words: object, **named: object) -> object:
            self.count()
            given = function(*words, **named)
            self.count()
            return given

        setattr(owner, name, call)


def command(folder: Path) -> None:
    bank = folder / "bank"
    if COMMAND == "intake":
        intake.take_in([FOLDER / "drop"], bank)
        (folder / "acknowledged").touch()
    elif COMMAND == "take":
        asked = questionnaire.rules(date(2026, 10, 12))
        survey_take.take(bank, "2026Q4", [FOLDER / "back"], accepts(asked))
        (folder / "acknowledged").touch()
    elif COMMAND == "score":
        rows = json.loads((FOLDER / "scores.json").read_text())
        snapshot = Lake(bank).current().id
        score_rows.keep(bank, "default", date(2026, 9, 30), rows, snapshot=snapshot)
        (folder / "acknowledged").touch()
    elif COMMAND == "backup":
        backup.create(bank, folder / "safe")
    elif COMMAND == "rotate":
        rotation.rotate(bank, FOLDER / "staff.csv")
    elif COMMAND == "rotate_vault":
        rotation.rotate_vault(bank)
    else:
        retention.forget(bank, today=date(2026, 11, 24), do=True)


def once(step: int) -> int:
    """Run the command on a copy of the bank, killed at `step`; return how it ended."""
    folder = FOLDER / str(step)
    shutil.copytree(FOLDER / "bank", folder / "bank")
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    stop = Stop(step)
    stop.watch(os, "fsync")
    stop.watch(deltalake, "write_deltalake")
    stop.watch(deltalake.DeltaTable, "restore")
    for name in ("put", "forget", "change_key"):
        stop.watch(vault.Vault, name)
    sys.addaudithook(stop)
    command(folder)
    os._exit(0)


def main() -> None:
    step = 1
    while status := once(step):
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            raise SystemExit(f"step {step} ended with {status}")
        step += STRIDE
    sys.stdout.write(f"{step}\n")


if __name__ == "__main__":
    main()
