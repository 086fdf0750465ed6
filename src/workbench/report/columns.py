"""How wide the columns of a table are on paper, and how large its letters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import east_asian_width

from workbench.record import Written

WORD, LINE = 11.0, 34.0
"""In ems: headings wrap beyond WORD where they can, cells of text beyond LINE."""
BOLD = 1.12
"""How much wider the bold letters of a heading are."""
NARROW = 5.5
"""In ems: no column of text gets narrower."""
GUTTER = 7.0
"""Points between two columns, unless said otherwise."""


@dataclass(frozen=True)
class Fitted:
    """Letters of `size` points, and columns as wide as `widths` in points."""

    size: float
    widths: tuple[float, ...]


def fitted(
    written: Written, width: float, sizes: tuple[float, ...], gutter: float = GUTTER
) -> Fitted:
    """Return how `written` fits into `width` points: in the largest of `sizes` that holds it.

    Numbers do not wrap; only where a table fits in none of the larger two thirds of the sizes, an
    interval goes below its number. Columns of text share what the numbers leave, by what they hold.
    """
    usable = width - gutter * len(written.numeric)
    texts = [0.0 if numeric else needed(written, at) for at, numeric in enumerate(written.numeric)]
    fixed, size = _numbers(written, texts, usable, sizes)
    room = max(usable / size - sum(fixed), sum(min(each, NARROW) for each in texts))
    shares = shared(texts, room) if any(texts) else fixed
    wide = [number or share for number, share in zip(fixed, shares, strict=True)]
    spare = width / (sum(wide) * size + gutter * len(wide))
    return Fitted(size, tuple((each * size + gutter) * min(spare, 1.0) for each in wide))


def _numbers(
    written: Written, texts: list[float], usable: float, sizes: tuple[float, ...]
) -> tuple[list[float], float]:
    """Return the widths of the columns of numbers, in ems, and the size at which they fit."""
    for part, tried in ((str, sizes[: -(-2 * len(sizes) // 3)]), (_longest, sizes)):
        fixed = [
            needed(written, at, part) if numeric else 0.0
            for at, numeric in enumerate(written.numeric)
        ]
        least = sum(fixed) + sum(min(each, 2 * NARROW) for each in texts)
        for size in tried:
            if least * size <= usable:
                return fixed, size
    return fixed, sizes[-1]


def ems(words: str) -> float:
    """Return about how wide `words` are, in ems: a Chinese character is one, most others a half."""
    return sum(_letter(letter) for letter in words)


def _letter(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in "%mwMW—@":
        return 0.93
    if letter in " .,:;'|!()[]-ijlt":
        return 0.38
    return 0.68 if letter.isupper() else 0.58


def needed(written: Written, at: int, part: Callable[[str], str] = str) -> float:
    """Return the width that column `at` would like to have, in ems, for `part` of its cells."""
    cells = max((ems(part(row[at])) for row in written.rows), default=0.0)
    heading = written.headings[at]
    headed = BOLD * max(min(ems(heading), WORD / 2), min(_word(heading), WORD))
    return max(cells, headed) if written.numeric[at] else max(min(cells, LINE), headed)


def _longest(cell: str) -> str:
    """Return the longer of a number and the interval behind it."""
    number, mark, interval = cell.partition(" (")
    return max(number, f"{mark}{interval}".strip(), key=ems)


def _word(heading: str) -> float:
    """Return the width of what cannot wrap in `heading`: Latin words; Chinese wraps anywhere."""
    latin = re.sub(r"[^\x21-\u02ff]+", " ", heading).split()
    return max((ems(word) for word in latin), default=0.0)


def shared(needs: list[float], room: float) -> list[float]:
    """Return `room` divided by `needs`: all of it; if short, the widest are cut to one width."""
    wanted = sum(needs)
    if wanted <= room:
        return [each * room / wanted for each in needs]
    ordered = sorted(needs)
    for at, each in enumerate(ordered):
        most = (room - sum(ordered[:at])) / (len(ordered) - at)
        if most <= each:
            break
    return [min(each, most) for each in needs]
