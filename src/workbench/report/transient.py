"""Failures that may pass by themselves, recognised by name; nothing is repeated after others."""

import errno
import re

from workbench.report.pack import Transient

PASSING = frozenset(
    (
        *(errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ENOMEM),
        *(errno.ESTALE, errno.ETIMEDOUT, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED),
    )
)
"""What a machine may be short of for a moment: processes, files, memory, a network file system.
A full disk is not among them."""
MACHINE = frozenset(
    (
        *("MachineError", "OSError", "BlockingIOError", "InterruptedError", "TimeoutError"),
        *("ConnectionResetError", "ConnectionRefusedError", "ConnectionAbortedError"),
    )
)
DATABASE = frozenset(("OperationalError", "InterfaceError"))
UNREACHABLE = re.compile(
    r"connection (?:refused|reset|timed out|timeout)|could not connect"
    r"|connection to server .* failed|could not translate host name|server closed the connection"
    r"|is starting up|is shutting down|too many (?:clients|connections)|timeout expired",
    re.IGNORECASE,
)
ERRNO = re.compile(r"\[Errno (\d+)\]")


def of_machine(error: OSError) -> Transient | None:
    """Return the kind of what the machine refused the runner; None when it will not pass."""
    return "machine" if error.errno in PASSING else None


def of_cell(name: str, message: str, traceback: str) -> Transient | None:
    """Return the kind of an error of a cell, by its class, message and traceback."""
    if name in DATABASE and UNREACHABLE.search(message):
        return "database"
    numbers = ERRNO.findall(f"{traceback}\n{message}") if name in MACHINE else []
    return "machine" if numbers and int(numbers[-1]) in PASSING else None
