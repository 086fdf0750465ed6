"""Kernels that are private to one run: own sockets, own environment, nothing of the user's.

The transport is IPC, so that no port is opened and two kernels never race for one. Its sockets
stand in a short private folder, because the path of a Unix socket has room for about 100 bytes.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from workbench import settings
from workbench.errors import MachineError

LONGEST_SOCKET = 100
"""Bytes that fit into the path of a Unix socket on every system."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LOG = "kernel.log"
HASH_SEED = 0
"""Of Python's hashes in every kernel: equal runs go through sets in equal order."""


class PrivateKernelManager(AsyncKernelManager):
    """Starts this Python as a kernel, with `environment`, its sockets in `folder`.

    A subclass per run carries the values, because nbclient makes the manager itself.
    """

    environment: Mapping[str, str] = {}
    folder: Path
    log_file: Path
    processes: list[int]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        command = ["-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self._kernel_spec = KernelSpec(argv=[sys.executable, *command], language="python")
        self.connection_file = str(self.folder / "k.json")
        if os.name != "nt":
            self.transport = "ipc"
            self.ip = str(self.folder / "k")

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        """Launch with the run's environment; what the process itself prints goes to a log."""
        inherited = dict(options.get("env") or os.environ)
        inherited.pop("MPLBACKEND", None)
        settings.scrub(inherited)
        options["env"] = {**inherited, **self.environment}
        with self.log_file.open("ab") as log:
            await super()._async_launch_kernel(kernel_cmd, **options, stdout=log, stderr=log)
        self.processes.append(self.provisioner.pid)  # type: ignore[union-attr]

    @classmethod
    def stop(cls) -> None:
        """Kill the kernels of this class; what runs in them fails."""
        for process in cls.processes:
            with suppress(OSError):
                os.kill(process, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)


@contextmanager
def private(environment: Mapping[str, str], work: Path) -> Iterator[type[PrivateKernelManager]]:
    """Give a kernel manager class for one run; its socket folder is removed afterwards.

    `work` is the run's folder, where the log is kept.
    """
    with socket_folder() as folder:
        values = {
            **environment,
            "PYTHONHASHSEED": str(HASH_SEED),
            "IPYTHONDIR": str(folder),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        parts: dict[str, Any] = {"environment": values, "folder": folder, "log_file": work / LOG}
        parts["processes"] = []
        yield type("RunKernelManager", (PrivateKernelManager,), parts)


@contextmanager
def socket_folder() -> Iterator[Path]:
    """Give a new folder that only this user can enter, with a path short enough for sockets."""
    roots = [tempfile.gettempdir(), "/tmp"] if os.name != "nt" else [tempfile.gettempdir()]
    root = next((root for root in roots if _room(root)), None)
    if root is None:
        raise MachineError(f"no short folder for sockets in {roots}; set TMPDIR to a short path")
    with tempfile.TemporaryDirectory(prefix="wb-", dir=root, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _room(root: str) -> bool:
    longest = Path(root, "wb-12345678", "k-65535")
    short = os.name == "nt" or len(os.fsencode(longest)) <= LONGEST_SOCKET
    return short and os.access(root, os.W_OK)


def threads(kernels: int) -> dict[str, str]:
    """Return the environment that shares the cores among `kernels` running at once."""
    share = max(1, (os.cpu_count() or 1) // max(1, kernels))
    return dict.fromkeys(THREADS, str(share))
