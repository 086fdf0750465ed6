"""Kernels forked from a preloaded process, as jupyter_client starts, watches and ends them."""

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from multiprocessing import connection, forkserver, reduction
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

from workbench.report.preload import THREADS, Start

PROVISIONER = "workbench-preloaded"
"""Name under which the provisioner is registered with jupyter_client."""
PROGRAM = "workbench.report.kernel_program"
BACKEND = "module://matplotlib_inline.backend_inline"
"""What shows pyplot's figures in a notebook. It is fixed when matplotlib is imported; a process
without a notebook would choose one that shows nothing."""
TICK_SECONDS = 0.01
STDERR = 2
LOST = 255
"""Exit code of a kernel whose server is gone."""


@contextlib.contextmanager
def serving(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Start a server to fork kernels from; give its address, a socket in `folder`.

    The server imports while the block runs, and the first kernel waits for it. It ends with the
    block; when this process is killed, it ends by itself.
    """
    address = folder / "f"
    alive, held = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener, log(address).open("wb") as out:
        listener.bind(str(address))
        listener.listen()
        handles = (listener.fileno(), alive)
        server = subprocess.Popen(
            [sys.executable, "-Xfrozen_modules=off", "-m", Start.__module__, *map(str, handles)],
            env={**environment, **dict.fromkeys(THREADS, "1"), "MPLBACKEND": BACKEND},
            pass_fds=handles,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    os.close(alive)
    try:
        yield address
    finally:
        os.close(held)
        server.kill()
        server.wait()


def log(address: Path) -> Path:
    """Return the file with what the server at `address` printed."""
    return address.with_suffix(".log")


class Forked:
    """The part of `subprocess.Popen` that jupyter_client uses, for a process of the server.

    Raises
    ------
    RuntimeError
        There is no server at `address`, or it ended before it forked.
    """

    stdin = stdout = stderr = None

    def __init__(self, address: Path, start: Start, out: int) -> None:
        self.returncode: int | None = None
        status, order = _asked(address, out)
        self._status = status
        try:
            with os.fdopen(order, "wb") as file:
                file.write(pickle.dumps({}) + pickle.dumps(start))
            self.pid: int = forkserver.read_signed(status)
        except (OSError, EOFError):
            os.close(status)
            raise RuntimeError(f"no kernel could be forked: {_last(log(address))}") from None

    def poll(self) -> int | None:
        """Return the exit code, as `subprocess` gives it; None while the process runs."""
        if self.returncode is None and connection.wait([self._status], timeout=0):
            try:
                self.returncode = forkserver.read_signed(self._status)
            except (OSError, EOFError):
                self.returncode = LOST
            os.close(self._status)
        return self.returncode

    def wait(self) -> int | None:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            connection.wait([self._status])
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)


class Provisioner(LocalProvisioner):
    """Forks kernels from the server at `address`, which the kernel specification names."""

    address = Unicode(config=True, help="Socket of the server that kernels are forked from.")

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Fork a kernel; `cmd` is the command that would start an ordinary one."""
        folder = options.get("cwd") or str(Path.cwd())
        environment = dict(options.get("env") or os.environ)
        start = Start(cmd[cmd.index(PROGRAM) + 1 :], environment, str(folder))
        out = options["stdout"].fileno() if options.get("stdout") else STDERR
        self.process: Any = Forked(Path(self.address), start, out)
        # The kernel makes a group of its own: an interrupt is for it and what it started.
        self.pid = self.pgid = self.process.pid
        self.cwd = folder
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel to end, and return its exit code."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(TICK_SECONDS)
        code = self.process.poll() if self.process else 0
        self.process = None
        return code


def _asked(address: Path, out: int) -> tuple[int, int]:
    """Ask the server to fork; return the pipe that tells of the child, and the one it reads.

    The server hands on two more files, its own lifeline and the tracker of shared memory. A
    kernel gets neither: with the first, kernels that hang would keep the server alive.
    """
    status, their_status = os.pipe()
    their_order, order = os.pipe()
    nothing = os.open(os.devnull, os.O_RDWR)
    theirs = [their_order, their_status, nothing, nothing, out]
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(address))
            reduction.sendfds(client, theirs)
    except OSError:
        pass  # the pipe's end says it, with what the server left to say
    finally:
        for each in (their_order, their_status, nothing):
            os.close(each)
    return status, order


def _last(file: Path) -> str:
    """Return the last line of `file`."""
    lines = file.read_text("utf-8", "replace").split("\n") if file.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "the server was killed")
