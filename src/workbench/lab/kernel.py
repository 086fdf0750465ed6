"""The kernel of a notebook in JupyterLab: ipykernel without the port that it opens for children.

Beside its sockets, ipykernel listens on a port of 127.0.0.1 for what processes print that were
forked from it. Nobody's notebook needs that here: what such a process prints is dropped.
"""

import os
from typing import Any

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread


class Output(IOPubThread):
    """Sends what the kernel says; a process forked from it says nothing."""

    def __init__(self, socket: Any, pipe: bool = False, session: Any = False) -> None:
        super().__init__(socket, pipe=False, session=session)  # type: ignore[no-untyped-call]

    def _really_send(self, msg: Any, *rest: Any, **options: Any) -> None:
        if os.getpid() == self._master_pid:
            super()._really_send(msg, *rest, **options)  # type: ignore[no-untyped-call]


def main() -> None:
    """Be a kernel until the server ends it."""
    kernelapp.IOPubThread = Output  # type: ignore[attr-defined]
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
