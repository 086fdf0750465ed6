"""What a load unpacks or decodes: files without a name, which are gone with the process."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".unpacked-"
"""How the folder begins that a load works in; hidden, and below the bank it loads into."""
NAMELESS = sys.platform == "linux"
"""Elsewhere a file without a name cannot be opened a second time: it keeps one until the end."""
RESERVED = 512
"""Open files that are left to everything else; what is unpacked beyond them has a name."""
SPILLED = {"temp_file_encryption": "true", "force_mbedtls_unsafe": "true"}
"""What the engine puts aside is encrypted under a key that only its memory holds.

The cipher is the one the engine brings along. It warns of the source of that key, which is no
cryptographic one; the key is never written, and is another one in every process.
"""

READABLE = "SET temp_file_encryption = false"
"""Gives this up, where what is put aside tells no more than the lake does: it takes its time."""


class Scratch:
    """Files of one load, readable by their owner alone; made by `opened`.

    Attributes
    ----------
    folder : Path
        Where files lie whose names matter, such as links; empty but for these.
    texts : dict
        Texts that were decoded already: what decided about them → their place, how it was read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[tuple[object, ...], tuple[Path, str]] = {}
        self._open: list[int] = []
        self._room = _room()

    def file(self) -> Path:
        """Return the place of a new, empty file: readable and writable, and without a name."""
        number, name = tempfile.mkstemp(dir=self.folder)
        if not NAMELESS or len(self._open) >= self._room:
            os.close(number)
            return Path(name)
        Path(name).unlink()
        self._open.append(number)
        return Path(f"/proc/{os.getpid()}/fd/{number}")

    def called(self, name: str) -> Path:
        """Return the place of a new, empty file that is found under `name`."""
        link = self.folder / name
        link.symlink_to(self.file())
        return link

    def settings(self) -> dict[str, str]:
        """Return the settings of DuckDB with which it puts rows aside here, encrypted."""
        return {"temp_directory": str(self.folder), **SPILLED}

    def close(self) -> None:
        """Give the files up."""
        while self._open:
            os.close(self._open.pop())


@contextmanager
def opened(within: Path | None) -> Iterator[Scratch]:
    """Give what a load unpacks into, below `within` or the machine's folder for such files.

    What a load left below `within` that was killed is removed first.
    """
    for left in within.glob(f"{PREFIX}*") if within else ():
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=within) as name:
        scratch = Scratch(Path(name))
        try:
            yield scratch
        finally:
            scratch.close()


def _room() -> int:
    """Return how many files may be kept open, after asking for as many as are allowed."""
    if not NAMELESS:
        return 0
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(0, hard - RESERVED) if hard != resource.RLIM_INFINITY else sys.maxsize
