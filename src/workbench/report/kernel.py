"""Kernels that are private to one run: own sockets, own environment, nothing of the user's.

The transport is IPC, and the program opens no port for its children: where there are Unix sockets
a kernel listens on no port, and two never race for one. Its sockets stand in a short private
folder, because the path of a Unix socket has room for about 100 bytes.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from workbench import settings
from workbench.errors import MachineError, ParameterError
from workbench.report import forked
from workbench.report.preload import THREADS

LONGEST_SOCKET = 100
"""Bytes that fit into the path of a Unix socket on every system."""
LOG = "kernel.log"
ORDINARY, PRELOADED = "ordinary", "preloaded"
KINDS = (ORDINARY, PRELOADED)
PROVISIONERS = "jupyter_client.kernel_provisioners"
PREFIX, OWNER = "wb-", "owner"
OPTIONS = ("--HistoryManager.enabled=False",)
"""Nobody asks a run for what it was asked before: no database and no thread for it."""
HASH_SEED = 0
"""Of Python's hashes in every kernel: equal runs go through sets in equal order."""
FIXED = {"PYTHONHASHSEED": str(HASH_SEED), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
"""Equal for all kernels, and for the process they are forked from: a hash seed cannot change."""


class PrivateKernelManager(AsyncKernelManager):
    """Starts this Python as a kernel, with `environment`, its sockets in `folder`.

    A subclass per run carries the values, because nbclient makes the manager itself. With a
    `server`, kernels are forked from it.
    """

    environment: Mapping[str, str] = {}
    folder: Path
    server: Path | None
    log_file: Path
    processes: list[int]
    stopped = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        command = [
            "-Xfrozen_modules=off",
            "-m",
            forked.PROGRAM,
            *OPTIONS,
            "-f",
            "{connection_file}",
        ]
        self._kernel_spec = KernelSpec(
            argv=[sys.executable, *command],
            language="python",
            metadata=_forked_from(self.server) if self.server else {},
        )
        self.connection_file = str(self.folder / "k.json")
        if os.name != "nt":
            self.transport = "ipc"
            self.ip = str(self.folder / "k")

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        """Launch with the run's environment; what the process itself prints goes to a log."""
        options["env"] = {**inherited(), **self.environment}
        with self.log_file.open("ab") as log:
            await super()._async_launch_kernel(kernel_cmd, **options, stdout=log, stderr=log)
        self.processes.append(self.provisioner.pid)  # type: ignore[union-attr]
        if self.stopped:
            self.stop()

    @classmethod
    def stop(cls) -> None:
        """Kill the kernels of this class, and one that is about to start; what they run fails."""
        cls.stopped = True
        for process in cls.processes:
            with suppress(OSError):
                os.kill(process, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)


@contextmanager
def source(kind: str | None, notebooks: int) -> Iterator[Path | None]:
    """Give what kernels are forked from: the address of a server, or None for ordinary kernels.

    Without a `kind` it is `WORKBENCH_KERNEL` that says it. Otherwise several notebooks get
    preloaded kernels where that is safe; for one notebook the server would import as much as the
    kernel does. To be entered before threads start.

    Raises
    ------
    ParameterError
        There is no such kind, or this system cannot fork.
    """
    wanted = kind or settings.kernel()
    if wanted not in {None, *KINDS}:
        raise ParameterError(f"the kind of kernel is {wanted!r}; expected one of {list(KINDS)}")
    lacks = _lacks()
    if wanted == PRELOADED and lacks:
        raise ParameterError(f"preloaded kernels {lacks}; or use --kernel ordinary")
    safe = wanted is None and notebooks > 1 and sys.platform == "linux" and not lacks
    if wanted == PRELOADED or safe:
        with socket_folder() as folder, forked.serving(folder, inherited()) as address:
            yield address
    else:
        yield None


def _lacks() -> str | None:
    """Say what preloaded kernels need and do not have here."""
    if not hasattr(os, "fork"):
        return "need a system that forks"
    if not entry_points(group=PROVISIONERS, name=forked.PROVISIONER):
        return "are newer than this installation: install it again with `make`"
    return None


def inherited() -> dict[str, str]:
    """Return what every kernel's environment has of the runner's, and what is fixed in it."""
    values = {**os.environ, **FIXED}
    values.pop("MPLBACKEND", None)
    settings.scrub(values)
    return values


@contextmanager
def private(
    environment: Mapping[str, str], work: Path, server: Path | None = None
) -> Iterator[type[PrivateKernelManager]]:
    """Give a kernel manager class for one run; its socket folder is removed afterwards.

    `work` is the run's folder, where the log is kept; `server` what the kernel is forked from.
    """
    with socket_folder() as folder:
        parts: dict[str, Any] = {
            "environment": {**environment, **FIXED, "IPYTHONDIR": str(folder)},
            "folder": folder,
            "log_file": work / LOG,
            "server": server,
            "processes": [],
        }
        yield type("RunKernelManager", (PrivateKernelManager,), parts)


def _forked_from(server: Path) -> dict[str, Any]:
    chosen = {"provisioner_name": forked.PROVISIONER, "config": {"address": str(server)}}
    return {"kernel_provisioner": chosen}


@contextmanager
def socket_folder() -> Iterator[Path]:
    """Give a new folder that only this user can enter, with a path short enough for sockets.

    Folders of runs that were killed are removed: nobody holds their lock.
    """
    roots = [tempfile.gettempdir(), "/tmp"] if os.name != "nt" else [tempfile.gettempdir()]
    root = next((root for root in roots if _room(root)), None)
    if root is None:
        raise MachineError(f"no short folder for sockets in {roots}; set TMPDIR to a short path")
    _sweep(Path(root))
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=root, ignore_cleanup_errors=True) as folder,
        _held(Path(folder)),
    ):
        yield Path(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, so that nobody takes it for one that was left behind."""
    if os.name == "nt":
        yield
        return
    import fcntl

    with (folder / f"{OWNER}.new").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / f"{OWNER}.new").rename(folder / OWNER)
        yield


def _sweep(root: Path) -> None:
    """Remove the folders in `root` whose owner was killed."""
    if os.name == "nt":
        return
    import fcntl

    for owner in root.glob(f"{PREFIX}*/{OWNER}"):
        with suppress(OSError), owner.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(owner.parent, ignore_errors=True)


def _room(root: str) -> bool:
    longest = Path(root, "wb-12345678", "k-65535")
    short = os.name == "nt" or len(os.fsencode(longest)) <= LONGEST_SOCKET
    return short and os.access(root, os.W_OK)


def threads(kernels: int) -> dict[str, str]:
    """Return the environment that shares the cores among `kernels` running at once."""
    share = max(1, (os.cpu_count() or 1) // max(1, kernels))
    return dict.fromkeys(THREADS, str(share))
