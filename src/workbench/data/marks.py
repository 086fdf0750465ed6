"""Which marks a text file holds at all: what it has nowhere is not looked for in each value."""

import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
    with text.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        held = _held(content, {"_", ",", quote, *SPACES, "\t"})
        lines = 0 if rows is None else newlines(content)
    # With quotes, or more lines than rows, a value may hold a newline.
    within = quote in held if rows is None else lines > rows + 1
    blanks = " " if held & set(SPACES) else ""
    if within or held & {"\t", "\u3000"}:
        blanks = BLANKS
    comma = "," in held if delimiter != "," else quote in held
    return Marks(blanks, comma or "_" in held)


def newlines(content: mmap.mmap) -> int:
    """Return the number of newlines in `content`."""
    starts = range(0, len(content), CHUNK)
    return sum(content[start : start + CHUNK].count(b"\n") for start in starts)


def _held(content: mmap.mmap, wanted: Iterable[str]) -> set[str]:
    """Return which of the characters `wanted` stand below the first line of `content`."""
    sought = {mark: mark.encode() for mark in wanted}
    longest = max(map(len, sought.values()))
    held: set[str] = set()
    for start in range(_second(content), len(content), CHUNK):
        # A character that lies across the end of a part is whole in this one.
        part = content[start : start + CHUNK + longest - 1]
        # One byte is found several times as fast as several: few texts have these first bytes.
        leads = {lead for lead in {code[:1] for code in sought.values()} if lead in part}
        found = {mark for mark, code in sought.items() if code[:1] in leads and code in part}
        held |= found
        for mark in found:
            del sought[mark]
        if not sought:
            break
    return held


def _second(content: mmap.mmap) -> int:
    """Return where the second line begins, if only newlines end lines before it, or else 0."""
    end = content.find(b"\n")
    return 0 if b"\r" in content[: max(end, 0)].removesuffix(b"\r") else end + 1
