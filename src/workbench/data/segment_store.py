"""Segmentations that somebody confirmed: their cards and names, as files of the bank."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbench import durable
from workbench.data.holding import explained
from workbench.errors import DataError, ParameterError

PLACE = "segments"
"""Folder of a bank that holds them."""
FORMAT = 1
SHORT = 8
"""Digits of the hash in a version."""


@dataclass(frozen=True)
class Frozen:
    """Segments as they were frozen, until somebody freezes others.

    Attributes
    ----------
    day : date
        Month end of the customers they were found in.
    cards : mapping of str to str
        Card as JSON (`stats.segment_card`) by group of cells; a group that is missing had no
        stable structure.
    names : mapping of str to (mapping of language to str)
        What a person called them, by code of the segment.
    made : mapping of str to str
        `by` whom, `at` which moment, from which `snapshot` and `run`.
    """

    day: date
    cards: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    made: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the contents, in hexadecimal."""
        return sha256(_canonical(self).encode()).hexdigest()

    @property
    def version(self) -> str:
        """Return what it is called: its day and the beginning of its hash."""
        return f"{self.day}-{self.hash[:SHORT]}"


def keep(folder: Path, frozen: Frozen) -> Path:
    """Write `frozen` into the bank in `folder`, never over another one; return the file.

    Raises
    ------
    MachineError
        The disk refuses; nothing changed.
    """
    place = folder / PLACE / f"{frozen.version}.json"
    content = {"format": FORMAT, "sha256": frozen.hash, **json.loads(_canonical(frozen))}
    with explained(folder, "nothing was frozen"):
        durable.folder(place.parent, mode=0o750)
        if not place.exists():
            durable.write(place, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return place


def every(folder: Path) -> list[Frozen]:
    """Return all that was frozen in the bank in `folder`, in the order of being made.

    Raises
    ------
    DataError
        A file is damaged or was changed.
    """
    found = [_read(path) for path in sorted((folder / PLACE).glob("*.json"))]
    return sorted(found, key=lambda each: (each.made["at"], each.version))


def chosen(folder: Path, version: str, as_of: date) -> Frozen | None:
    """Return the one called `version`; without a name the last made whose day is not after `as_of`.

    Raises
    ------
    ParameterError
        There is none of that name.
    DataError
        A file is damaged or was changed.
    """
    known = every(folder)
    if not version:
        known = [each for each in known if each.day <= as_of]
        return known[-1] if known else None
    named = [each for each in known if each.version == version]
    if not named:
        there = ", ".join(each.version for each in known) or "none"
        raise ParameterError(f"there are no segments {version!r} in the bank; there are: {there}")
    return named[0]


def _read(path: Path) -> Frozen:
    try:
        content = json.loads(path.read_text("utf-8"))
        stated, form = content.pop("sha256"), content.pop("format")
        if form != FORMAT:
            raise DataError(f"{path.name} has format {form}, not {FORMAT}; freeze it anew")
        cards = {group: _text(each) for group, each in content["cards"].items()}
        day = date.fromisoformat(content["day"])
        found = Frozen(day, cards, content["names"], content["made"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path.name} holds no segments ({error}); restore the file") from None
    if found.hash != stated:
        raise DataError(
            f"{path.name} was changed after it was frozen: it says {str(stated)[:12]}, its "
            f"contents give {found.hash[:12]}; restore the file or freeze anew"
        )
    return found


def _text(card: Mapping[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False, indent=1) + "\n"


def _canonical(frozen: Frozen) -> str:
    content: dict[str, Any] = {
        "day": frozen.day.isoformat(),
        "cards": {group: json.loads(card) for group, card in frozen.cards.items()},
        "names": frozen.names,
        "made": frozen.made,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
