"""Notes on returned surveys: which file each code came from, by keyed marks of the files' names.

A note is written before the load it belongs to is in, and counts once it is: the SHA-256 of the
sample that the load wrote is part of its name. It says nothing of who a code belongs to, nor what
was answered.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workbench import durable
from workbench.data.lake import Lake
from workbench.errors import DataError

NOTES = "surveys"
"""Folder of the bank that they lie in."""
MARK = 16
"""Characters of the keyed mark of a file's name."""


@dataclass(frozen=True)
class Note:
    """Which file each return came from.

    Attributes
    ----------
    number : int
        Counts the loads of a wave.
    files : mapping of str to str
        Mark of a file's name → SHA-256 of its newest version.
    codes : mapping of str to str
        Code of an invitation → mark of the file that holds its return.
    """

    wave: str
    number: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


def mark(secret: bytes, name: str) -> str:
    """Return what stands for the name of a file, which may be somebody's."""
    return hmac.digest(secret, f"file\n{name}".encode(), "sha256").hex()[:MARK]


def noted(folder: Path, wave: str) -> Note:
    """Return the newest note whose load is in; the others are removed. The bank is held."""
    newest = Lake(folder).current()
    known = newest.files if newest else {}
    notes = {}
    for path in (folder / NOTES).glob(f"{wave}-*.json"):
        if re.fullmatch(r"[0-9a-f]{64}", path.stem.removeprefix(f"{wave}-")):
            notes[path] = _read_note(path) if path.stem[-64:] in known else Note(wave)
    found = max(notes.values(), key=lambda note: note.number, default=Note(wave))
    for path, note in notes.items():
        if note.number < found.number or not note.number:
            path.unlink()
    return found


def _read_note(path: Path) -> Note:
    try:
        return Note(**json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} is damaged; restore it from the backup") from error


def keep(folder: Path, note: Note, sample: Path) -> None:
    """Write the note of the load that writes the file `sample`, whole before the load is in."""
    sha256 = hashlib.sha256(sample.read_bytes()).hexdigest()
    place = folder / NOTES / f"{note.wave}-{sha256}.json"
    durable.folder(place.parent)
    durable.write(place, json.dumps(vars(note)))
