"""Files that outlast a loss of power: whole or not there, and on disk with their names.

What is renamed outlasts a killed process at once. After a loss of power its bytes may be missing,
and so may the entry of the folder that names it: both are in memory until they are written out.
Whatever a command says it has done is therefore written, flushed, renamed and flushed again, the
folder this time (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014). Windows
writes its folders out by itself.
"""

import os
from pathlib import Path

UNFINISHED = ".unfinished"
"""Ending of a file that is being written; the next attempt writes over it."""
WINDOWS = os.name == "nt"


def write(
    path: Path, content: str | bytes, *, mode: int = 0o666, passage: Path | None = None
) -> None:
    """Write `content` to `path`: all of it on disk under this name, or what was there before.

    Parameters
    ----------
    path : Path
        In a folder that is there.
    content : str or bytes
        Text is written in UTF-8.
    mode : int
        Who may read it, less what the account's mask takes away.
    passage : Path, optional
        Where it lies until it is whole. Default: beside `path`, under its name and `UNFINISHED`.

    Raises
    ------
    OSError
        The machine refuses; `path` is as it was.
    """
    passage = passage or path.with_name(path.name + UNFINISHED)
    passage.unlink(missing_ok=True)
    try:
        with open(passage, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # On a full disk half a file takes room that somebody needs.
        passage.unlink(missing_ok=True)
        raise
    move(passage, path)


def move(source: Path, target: Path) -> None:
    """Rename `source`, which is on disk, to `target` in one step; a file there is replaced."""
    source.replace(target)
    settle(target.parent)
    if source.parent != target.parent:
        settle(source.parent)


def folder(path: Path, *, mode: int = 0o777) -> None:
    """Make the folder `path` and those above it, unless they are there."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    for each in missing:
        settle(each.parent)


def settle(path: Path) -> None:
    """Have the names in the folder `path` on disk: what was made, renamed or removed in it."""
    if not WINDOWS:
        _flush(path)


def flush(path: Path) -> None:
    """Have a file, or a folder with all that is in it, on disk."""
    if not path.is_dir():
        _flush(path)
        return
    for each in path.iterdir():
        if not each.is_symlink():
            flush(each)
    settle(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
