"""What the children that are stopped step by step share: the steps, how they end, what they say."""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.errors import WorkbenchError

STEPS = {"os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
PASSED = 10
"""Exit code of an attempt whose refused step did not matter, such as making a folder there is."""


class Stop:
    """Counts steps below `place`, and fsyncs; the `step`-th kills the process, or is refused.

    `how` is `kill` or an error number.
    """

    def __init__(self, step: int, how: str, place: Path) -> None:
        self.left, self._how, self._place = step, how, str(place)
        flush = os.fsync

        def fsync(handle: int) -> None:
            self.count("fsync")
            flush(handle)
            self.count("fsync")

        os.fsync = fsync

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        here = self._place in " ".join(str(each) for each in arguments)
        if here and (event in STEPS or (event == "open" and int(str(arguments[2])) & WRITES)):
            self.count(str(arguments[0]))

    def count(self, what: str) -> None:
        self.left -= 1
        if self.left == 0:
            if self._how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(int(self._how), os.strerror(int(self._how)), what)


def attempt(stop: Callable[[], Stop], act: Callable[[], object]) -> int:
    """Do `act` in a child process that is stopped by `stop`; return how it ended."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    made = stop()
    sys.addaudithook(made)
    try:
        act()
    except WorkbenchError as error:
        os._exit(error.exit_code)
    os._exit(PASSED if made.left <= 0 else 0)


def ended(status: int) -> dict[str, object]:
    """Return the exit code of an attempt, and the signal that ended it, if one did."""
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
    killed = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {}
    return {"code": code, **killed}


def checksum(folder: Path) -> str:
    """Return one hash of names and contents of all files in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def say(values: Mapping[str, object]) -> None:
    """Print `values` as one line of JSON."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
