"""A bank's folder as one sealed file, and back: a tar archive that lists SHA-256 of its files.

The archive (pax) holds every file of the folder that belongs to the bank, but no key, and as its
last member `manifest.json`: path → SHA-256 of all files before it.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from workbench.data import bank, hand_coding, segment_store, survey_notes
from workbench.errors import DataError
from workbench.privacy import sealed
from workbench.privacy.keys import Found, Key

HELD = (
    bank.BANK,
    "audit",
    "backups.jsonl",
    hand_coding.PLACE.parts[0],
    bank.FORGETTING,
    "lake",
    "loads",
    "models",
    "quarantine",
    segment_store.PLACE,
    "snapshots",
    survey_notes.NOTES,
    "truth.json",
    "vault",
)
"""What belongs to the bank. Its folder may hold source maps and rule packs besides."""
LEFT_OUT = (".key", ".lock", ".unfinished")
"""Endings of files that are not held, keys above all."""
MANIFEST = "manifest.json"
BLOCK = 1 << 20


def write(folder: Path, place: Path, key: Key, about: Mapping[str, str]) -> dict[str, str]:
    """Seal the bank in `folder` into the new file `place`; return path → SHA-256 of its files."""
    sums: dict[str, str] = {}
    number = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as target:
        with sealed.sealing(target, key, about) as writer, _tar(writer) as tar:
            for path in _paths(folder):
                name = path.relative_to(folder).as_posix()
                with path.open("rb") as file:
                    sums[name] = _add(tar, name, file)
            listed = json.dumps(sums, ensure_ascii=False).encode()
            last = tarfile.TarInfo(MANIFEST)
            last.size = len(listed)
            tar.addfile(last, io.BytesIO(listed))
        target.flush()
        os.fsync(target.fileno())
    return sums


def unpack(
    source: BinaryIO, header: sealed.Header, found: Found, name: str, folder: Path
) -> dict[str, str]:
    """Write the files of the sealed archive `source` into `folder`; return path → SHA-256.

    Parameters
    ----------
    source : BinaryIO
        The sealed file, at the end of its `header`.
    found : Found
        The key it was sealed with.
    name : str
        What messages call the file.

    Raises
    ------
    ParameterError
        The key is another one.
    DataError
        The file was changed or cut off, or a file in it is not the one that was put into it.
    """
    reader = sealed.Reader(source, header, found, name)
    sums: dict[str, str] = {}
    listed: dict[str, str] | None = None
    try:
        with tarfile.open(fileobj=cast(Any, reader), mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise DataError(f"{name} holds {member.name}, which is no file")
                if member.name == MANIFEST:
                    listed = json.load(content)
                else:
                    sums[member.name] = _extract(member, content, folder)
    except (tarfile.TarError, ValueError) as error:
        raise DataError(f"{name} is no backup of a bank: {str(error).splitlines()[0]}") from error
    reader.finish()
    if sums != listed:
        different = sorted(sums.items() ^ (listed or {}).items())[0][0]
        raise DataError(f"{name}: {different} is not the file that was put into it")
    return sums


def _tar(writer: sealed.Writer) -> tarfile.TarFile:
    return tarfile.open(
        fileobj=cast(Any, writer), mode="w|", format=tarfile.PAX_FORMAT, dereference=True
    )


def _paths(folder: Path) -> Iterator[Path]:
    """Give the files of a bank, sorted: so the head of the audit log comes before the log.

    An entry that is made meanwhile is then behind the head that was copied, which is no fault.
    """
    for name in HELD:
        place = folder / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (path for path in found if path.is_file() and path.suffix not in LEFT_OUT)


def _add(tar: tarfile.TarFile, name: str, file: BinaryIO) -> str:
    """Add an open file as it is now, even if it grows meanwhile; return its SHA-256."""
    info = tar.gettarinfo(arcname=name, fileobj=file)
    info.uname = info.gname = ""
    info.uid = info.gid = 0
    summed = _Summed(file)
    tar.addfile(info, cast(Any, summed))
    return summed.sum.hexdigest()


def _extract(member: tarfile.TarInfo, content: Any, folder: Path) -> str:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in HELD:
        raise DataError(f"the backup holds {member.name}, which belongs to no bank")
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    summed = hashlib.sha256()
    number = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, member.mode & 0o700)
    with os.fdopen(number, "wb") as file:
        while block := content.read(BLOCK):
            summed.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return summed.hexdigest()


class _Summed:
    """Reads a file and sums up what was read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._source.read(size)
        self.sum.update(content)
        return content
