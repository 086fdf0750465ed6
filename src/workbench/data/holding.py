"""One writer at a time: the lock of a bank's folder, and what the machine refuses in one line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import LockedError, MachineError

FULL = (errno.ENOSPC, errno.EDQUOT)
LOCK = ".lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the bank in `folder`, so that nobody takes in, copies or changes it meanwhile.

    Raises
    ------
    LockedError
        Somebody else holds it.
    """
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise LockedError(
            f"another load into {folder}, or other work on it, is under way; wait for it"
        ) from None


@contextmanager
def explained(place: Path, left: str) -> Iterator[None]:
    """Turn what the machine refuses at `place` into one line; `left` says how things stand then.

    Raises
    ------
    MachineError
        The disk is full, or something cannot be read or written.
    """
    import duckdb
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException, DeltaError) as error:
        full = getattr(error, "errno", None) in FULL or "No space left" in str(error)
        what = "the disk is full" if full else str(error).splitlines()[0]
        remedy = "make room and run again" if full else "remove the cause and run again"
        raise MachineError(f"cannot write to {place}: {what}; {left}; {remedy}") from error
