"""How much room text takes, before anything sets it: an estimate that errs on the wide side.

An office file is set by the program that opens it, with fonts that are not known here. Widths are
those of the widest common faces (Arial, YaHei), so that what fits here fits there.
"""

import re
import unicodedata
from collections.abc import Iterable

LINE = 1.22
"""Height of a line as a multiple of the font size."""
WIDTHS = (
    ("iljI.,:;'|!()[]", 0.30),
    (" tfr-/", 0.36),
    ("mwMW%–—@", 0.90),
)
"""Widths of letters in em that are neither ordinary small letters nor capitals."""
SMALL, CAPITAL, WIDE = 0.56, 0.70, 1.0
BOLD = 1.07
"""How much wider bold letters are."""
TOKEN = re.compile(r"[\u2e80-\uffef“”‘’…—]|[^\s\u2e80-\uffef“”‘’…—]+|\s+")
"""Where a line may break: between Chinese characters, and between words."""
MORE = "…"


def em(letter: str) -> float:
    """Return the width of one character in em."""
    if unicodedata.east_asian_width(letter) in "WF" or letter in "“”‘’…":
        return WIDE
    for letters, width in WIDTHS:
        if letter in letters:
            return width
    return CAPITAL if letter.isupper() else SMALL


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of `text` on one line at `size`, both in points."""
    return size * sum(map(em, text)) * (BOLD if bold else 1)


def words(text: str) -> list[str]:
    """Return the parts of `text` that are not broken: words, and single Chinese characters."""
    return [token for token in TOKEN.findall(text) if not token.isspace()]


def lines(text: str, size: float, room: float) -> int:
    """Return how many lines of `room` points `text` takes at `size`."""
    count, used = 1, 0.0
    for token in TOKEN.findall(text):
        wide = width(token, size)
        if used + wide > room and used > 0:
            count, used = count + 1, 0.0
            if token.isspace():
                continue
        if wide > room:
            count += int(wide // room)
            wide %= room
        used += wide
    return count


def height(text: str, size: float, room: float) -> float:
    """Return how high `text` is in points, set in lines of `room` points."""
    return lines(text, size, room) * size * LINE


def size(text: str, box: tuple[float, float], sizes: Iterable[float]) -> float | None:
    """Return the first of `sizes` at which `text` fits into `box`; None when it fits at none.

    `box` is width and height in points.
    """
    room, most = box
    return next((each for each in sizes if height(text, each, room) <= most), None)


def cut(text: str, size: float, box: tuple[float, float]) -> str:
    """Return as much of `text` as fits into `box` at `size`, and an ellipsis where it was cut."""
    room, most = box
    tokens = TOKEN.findall(text)
    if height(text, size, room) <= most:
        return text
    while tokens and height("".join(tokens).rstrip() + MORE, size, room) > most:
        tokens.pop()
    return "".join(tokens).rstrip(" ，,；;：:（(") + MORE
