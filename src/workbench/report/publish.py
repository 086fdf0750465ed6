"""Publishing: a finished folder becomes the latest report in one step, or nothing changes.

The folder is flushed to disk and renamed into `<published>/<pack>/<run>/`; then the pointer
`latest` is replaced, also by one rename. Whatever stops a run before that, the last good report is
where it was, byte for byte. The manifest of each run names the run that was latest before it and
the hash of that one's manifest: a chain back to the first.
"""

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workbench import durable, settings
from workbench.errors import LockedError, MachineError

LATEST, POINTER = "latest", "latest.txt"
MANIFEST = "manifest.json"
LOCK = ".lock"
UNFINISHED = ".unfinished-"
DRAFTS, REMOVED = "drafts", "removed"
"""Beside the runs of a pack: those that wait for names, and the manifests of those removed."""
FULL = (errno.ENOSPC, errno.EDQUOT)


def folder(pack: str) -> Path:
    """Return the folder of all published runs of `pack`."""
    return settings.published() / pack


def latest(pack: str) -> Path | None:
    """Return the folder of the last good report of `pack`; None when there is none."""
    own = folder(pack)
    if (own / LATEST).is_dir():
        return own / LATEST
    if (own / POINTER).is_file():
        return own / (own / POINTER).read_text("utf-8").strip()
    return None


@contextmanager
def locked(pack: str) -> Iterator[None]:
    """Hold the only right to run and publish `pack`.

    Raises
    ------
    LockedError
        Another run holds it.
    """
    own = folder(pack)
    durable.folder(own, mode=0o750)
    try:
        with FileLock(own / LOCK, timeout=0):
            yield
    except Timeout:
        raise LockedError(
            f"another run of {pack!r} is under way; wait for it, or end it and try again"
        ) from None


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn what the machine refuses into an error that says what to do."""
    try:
        yield
    except OSError as error:
        what = "the disk is full" if error.errno in FULL else error.strerror or str(error)
        raise MachineError(
            f"cannot write {error.filename or place}: {what}; "
            "what is published stays whole; make room and run again"
        ) from error


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(content: Path, origin: Mapping[str, object]) -> None:
    """Write the manifest of `content`: `origin`, and the SHA-256 of every file in it."""
    checksums = {
        path.relative_to(content).as_posix(): digest(path)
        for path in sorted(content.rglob("*"))
        if path.is_file()
    }
    write_manifest(content, {**origin, "files": checksums})


def write_manifest(content: Path, manifest: Mapping[str, object]) -> None:
    """Write `manifest` into `content`."""
    plain = json.dumps(manifest, ensure_ascii=False, indent=1)
    (content / MANIFEST).write_text(plain + "\n", "utf-8")


def head(pack: str) -> Mapping[str, str] | None:
    """Return the run that is latest and the hash of its manifest: what the next run follows."""
    newest = latest(pack)
    if newest is None or not (newest / MANIFEST).is_file():
        return None
    run = newest.resolve().name
    return {"run": run, "manifest": digest(newest / MANIFEST)}


def release(content: Path, pack: str, run: str) -> Path:
    """Make `content` the latest report of `pack`; return the folder that `latest` leads to.

    Must be called while the pack is `locked`. `content` is moved.
    """
    own = folder(pack)
    sweep(own)
    place(content, own, run)
    return _point(own, run)


def promote(draft: Path, pack: str, run: str, manifest: Mapping[str, object]) -> Path:
    """Make a copy of `draft` under `manifest` the latest report of `pack`, then remove the draft.

    Must be called while the pack is `locked`. Only files that the manifest names are copied.
    """
    own = folder(pack)
    sweep(own)
    passage = own / f"{UNFINISHED}{run}"
    names = manifest["files"]
    assert isinstance(names, Mapping)
    for name in names:
        (passage / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(draft / name, passage / name)
    write_manifest(passage, manifest)
    if (own / run).exists():
        # An attempt before was cut short between the two renames: nothing leads there yet.
        remove(own / run, own)
    place(passage, own, run)
    pointed = _point(own, run)
    remove(draft, own)
    return pointed


def place(content: Path, own: Path, run: str) -> None:
    """Have `content` on disk as `own/run`, whole or not at all."""
    durable.flush(content)
    _move(content, own / run, own / f"{UNFINISHED}{run}")


def remove(content: Path, own: Path) -> None:
    """Remove the folder `content` below `own`; cut short, it is gone, and swept by the next run."""
    passage = own / f"{UNFINISHED}gone-{content.name}"
    durable.move(content, passage)
    shutil.rmtree(passage)


def write(path: Path, text: str) -> None:
    """Write a small file below a pack's folder: whole, on disk, by one rename."""
    passage = path.with_name(f"{UNFINISHED}{path.name}")
    durable.write(path, text, passage=passage)


def sweep(own: Path) -> None:
    """Remove what a killed run left behind."""
    for path in own.glob(f"{UNFINISHED}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _move(content: Path, target: Path, passage: Path) -> None:
    """Rename `content` to `target`, by way of a copy when they are on different disks."""
    try:
        durable.move(content, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copytree(content, passage)
        durable.flush(passage)
        durable.move(passage, target)


def _point(own: Path, run: str) -> Path:
    """Let `latest` lead to `run`; where there are no symbolic links, a text file says it."""
    passage = own / f"{UNFINISHED}{LATEST}"
    try:
        passage.symlink_to(run, target_is_directory=True)
        durable.move(passage, own / LATEST)
        return own / LATEST
    except (NotImplementedError, PermissionError):
        durable.write(own / POINTER, run + "\n", passage=passage)
        return own / run
