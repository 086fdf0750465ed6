"""Which marks a text file holds at all: what it has nowhere is not looked for in each value."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workbench.data.decoding import CHUNK

BLANKS = " \t\r\n\u3000"
"""What surrounds a value and is no part of it."""
SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What DuckDB's `trim` strips when it is not told what: the separators of Unicode (Zs)."""


@dataclass(frozen=True)
class Marks:
    """What may stand in the values of a file.

    Attributes
    ----------
    blanks : str
        Characters to strip from both ends of a value: `BLANKS`; one space for what `trim` strips
        untold, in a third of the time; nothing for nothing.
    grouped : bool
        Whether a value may hold a comma or an underscore, which group digits.
    """

    blanks: str = BLANKS
    grouped: bool = True


def marks(text: Path, delimiter: str, quote: str, rows: int | None) -> Marks:
    """Return the marks of the UTF-8 file `text`; `rows` is the number of its records, if known."""
    held = _held(text, {"_", ",", quote, *SPACES, "\t"})
    # With quotes, or more lines than rows, a value may hold a newline.
    within = quote in held if rows is None else newlines(text) > rows + 1
    blanks = " " if held & set(SPACES) else ""
    if within or held & {"\t", "\u3000"}:
        blanks = BLANKS
    comma = "," in held if delimiter != "," else quote in held
    return Marks(blanks, comma or "_" in held)


def newlines(text: Path) -> int:
    """Return the number of newlines in `text`."""
    # Read, not mapped: the pages of a mapped file count as the memory of the load.
    with text.open("rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(CHUNK), b""))


def _held(text: Path, wanted: Iterable[str]) -> set[str]:
    """Return which of the characters `wanted` stand below the first line of `text`."""
    sought = {mark: mark.encode() for mark in wanted}
    longest = max(map(len, sought.values()))
    held: set[str] = set()
    before = b""
    with text.open("rb") as file:
        file.seek(_second(file))
        while sought and (read := file.read(CHUNK)):
            # A character that lies across the end of the part before is whole in this one.
            part = before + read
            # One byte is found several times as fast as several: few texts have these first ones.
            leads = {lead for lead in {code[:1] for code in sought.values()} if lead in part}
            found = {mark for mark, code in sought.items() if code[:1] in leads and code in part}
            held |= found
            for mark in found:
                del sought[mark]
            before = part[1 - longest :]
    return held


def _second(file: BinaryIO) -> int:
    """Return where the second line begins, if only newlines end lines before it, or else 0."""
    first = file.readline(CHUNK)
    plain = first.endswith(b"\n") and b"\r" not in first.removesuffix(b"\n").removesuffix(b"\r")
    return len(first) if plain else 0
