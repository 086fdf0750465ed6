"""Publishes again and again, each time stopped at another step; run by test_publish_faults.py.

Python's audit hook is called before every open, rename, link, removal and new folder. At the n-th
of them that touches the work folder the child is killed, or refused with the given error number.
One JSON line per attempt says how it ended and what `latest` holds then.

usage: publish_child.py FOLDER kill|ERRNO
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from workbench.errors import MachineError
from workbench.report import publish

FOLDER = Path(sys.argv[1])
HOW = sys.argv[2]
STEPS = {"open", "os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.truncate"}
PASSED = 10
"""Exit code of an attempt whose refused step did not matter, such as making a folder there is."""
PACK = "pack"


class Stop:
    """Counts what is done to files; at the n-th step it stops the process, or the step."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in STEPS or str(FOLDER) not in " ".join(str(each) for each in arguments):
            return
        self.left -= 1
        if self.left == 0:
            if HOW == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(int(HOW), os.strerror(int(HOW)), str(arguments[0]))


def content(name: str) -> Path:
    folder = FOLDER / f"work-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "record" / "figures").mkdir(parents=True)
    for path in ("index.html", "a.zh.html", "record/facts.json", "record/figures/a.zh.svg"):
        (folder / path).write_text(f"{path} of {name}\n" * 50, "utf-8")
    return folder


def once(name: str, step: int) -> int:
    """Publish as `name` in a child process, stopped at `step`; return how it ended."""
    folder = content(name)
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    stop = Stop(step)
    sys.addaudithook(stop)
    try:
        with publish.explained(folder), publish.locked(PACK):
            publish.seal(folder, {"run": name})
            publish.release(folder, PACK, name)
    except MachineError:
        os._exit(7)
    os._exit(PASSED if step and stop.left <= 0 else 0)


def checksum(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.resolve().rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder.resolve())).encode() + path.read_bytes())
    return digest.hexdigest()


def state(status: int, step: int) -> dict[str, object]:
    """Say how an attempt ended, and whether what `latest` holds is whole."""
    latest = publish.latest(PACK)
    assert latest is not None
    manifest = json.loads((latest / "manifest.json").read_text("utf-8"))
    damaged = [
        path
        for path, digest in manifest["files"].items()
        if hashlib.sha256((latest / path).read_bytes()).hexdigest() != digest
    ]
    return {
        "step": step,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "latest": manifest["run"],
        "damaged": damaged,
        "checksum": checksum(latest),
    }


def main() -> None:
    os.environ["WORKBENCH_PUBLISHED"] = str(FOLDER / "published")
    lines = [state(once("good", 0), 0)]
    step, status = 1, 1
    while status:
        status = once(f"next-{step}", step)
        lines.append(state(status, step))
        if lines[-1]["latest"] != "good" and status:
            # The pointer was moved before the stop: start the next attempt from the good one.
            again = once("good-again", 0)
            assert again == 0
            (FOLDER / "published" / PACK / "latest").unlink()
            (FOLDER / "published" / PACK / "latest").symlink_to("good")
            shutil.rmtree(FOLDER / "published" / PACK / "good-again")
        step += 1
    after = once("after", 0)
    lines.append(state(after, -1))
    sys.stdout.write("\n".join(json.dumps(line) for line in lines))


main()
