"""Marks that people gave to comments: a workbook out, the same workbook in, kept by fingerprint.

What is kept names nobody and holds no words: fingerprints of comments and their marks. It outlives
a change of pseudonyms, and equal comments share their marks.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench import durable
from workbench.data.holding import explained, held
from workbench.errors import DataError

PLACE = Path("coding") / "comments.csv"
KEY, BLIND, EDITION, MARKS = "fingerprint", "blind", "edition", "marks"
HEADER = (KEY, BLIND, EDITION, MARKS)


@dataclass(frozen=True)
class HandCode:
    """What a person found in one comment.

    Attributes
    ----------
    marks : frozenset of str
        Its marks.
    blind : bool
        Whether the person did not see what the code frame had found.
    edition : str
        Edition of the code frame whose marks were to choose from.
    """

    marks: frozenset[str]
    blind: bool
    edition: str


@dataclass(frozen=True)
class HandCodes:
    """All that people found, by fingerprint."""

    codes: Mapping[str, HandCode]

    def of(self, fingerprint: str) -> HandCode | None:
        """Return what a person found in the comment with this fingerprint, if anybody looked."""
        return self.codes.get(fingerprint)


def read(folder: Path) -> HandCodes:
    """Return what people found in comments of the bank in `folder`.

    Raises
    ------
    DataError
        The file is damaged.
    """
    place = folder / PLACE
    if not place.exists():
        return HandCodes({})
    with place.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if not lines or tuple(lines[0]) != HEADER or any(len(line) != len(HEADER) for line in lines):
        raise DataError(f"{place} is damaged; restore it, or remove it and import the workbooks")
    return HandCodes(
        {
            key: HandCode(frozenset(marks.split()), blind == "1", edition)
            for key, blind, edition, marks in lines[1:]
        }
    )


def keep(folder: Path, found: Mapping[str, HandCode]) -> tuple[int, int]:
    """Add `found` to the bank in `folder`; return how many are new, and how many were changed.

    A comment that was coded blind stays so when it is corrected later: the first, blind coding is
    what agreement is measured on.

    Raises
    ------
    LockedError, MachineError
        The bank is held; something cannot be written.
    """
    with explained(folder, "no mark was kept"), held(folder):
        known = dict(read(folder).codes)
        fresh = {key: one for key, one in found.items() if key not in known}
        changed = {
            key: one
            for key, one in found.items()
            if key in known and not known[key].blind and known[key] != one
        }
        _write(folder / PLACE, {**known, **fresh, **changed})
    return len(fresh), len(changed)


def _write(place: Path, codes: Mapping[str, HandCode]) -> None:
    durable.folder(place.parent)
    rows: list[Sequence[str]] = [
        (key, str(int(one.blind)), one.edition, " ".join(sorted(one.marks)))
        for key, one in sorted(codes.items())
    ]
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([HEADER, *rows])
    durable.write(place, lines.getvalue())
