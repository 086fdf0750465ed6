"""The program that a notebook runs in: ipykernel without the port that it opens for children.

Beside its sockets, ipykernel listens on a port of 127.0.0.1 for what processes print that were
forked from it. Nobody's notebook needs that here: what such a process prints is dropped.
"""

import os
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__" and sys.path[0] in {"", str(Path.cwd())}:
    # As ipykernel's launcher: a file in the working directory must not pass for a library.
    del sys.path[0]

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread


class Output(IOPubThread):
    """Sends what the kernel says; a process forked from it says nothing."""

    def __init__(self, socket: Any, pipe: bool = False, session: Any = False) -> None:
        super().__init__(socket, pipe=False, session=session)  # type: ignore[no-untyped-call]

    def _really_send(self, msg: Any, *rest: Any, **options: Any) -> None:
        if os.getpid() == self._master_pid:
            super()._really_send(msg, *rest, **options)  # type: ignore[no-untyped-call]


def launch(arguments: list[str] | None = None) -> None:
    """Be a kernel until whoever started it ends it; by default with this process's arguments."""
    kernelapp.IOPubThread = Output  # type: ignore[attr-defined]
    kernelapp.launch_new_instance(arguments)


if __name__ == "__main__":
    launch()
