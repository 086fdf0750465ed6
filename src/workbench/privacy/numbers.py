"""Numbers that identify: what each looks like, and what makes sure that it is one.

Resident identity numbers (GB 11643: area, day of birth, check character by ISO 7064 MOD 11-2),
unified social credit codes (GB 32100), bank cards (issuer's range, length, check digit by Luhn,
ISO/IEC 7812-1) and mobile numbers. Pages are full of digits that mean nothing: the runs of digits
are measured as arrays first, and only where one can begin a number is it read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import accumulate
from typing import Any

from workbench import schema

NOT_BEFORE = r"(?<![0-9A-Za-z.])"
"""Not inside a longer number, a decimal fraction, a hash or a word."""
NOT_BEHIND = r"(?![0-9A-Za-z]|\.[0-9A-Za-z])"
RESIDENT = re.compile(
    NOT_BEFORE + r"([1-9]\d{5})[ -]?((?:19|20)\d\d)[ -]?((?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"[ -]?(\d{3}[\dXx])" + NOT_BEHIND
)
MOBILE = re.compile(NOT_BEFORE + r"(?:(?:00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}" + NOT_BEHIND)
CARD = re.compile(
    r"(?=2[2-7]|3[457]|4|5[1-5]|6[02])" + NOT_BEFORE + r"\d{4}(?:[ -]?\d{3,6}){2,4}" + NOT_BEHIND
)
CREDIT_CODE = re.compile(
    NOT_BEFORE + r"[1-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}" + NOT_BEHIND
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ISSUERS = re.compile(
    r"6[02]\d{14,17}|4\d{15}(?:\d{3})?|5[1-5]\d{14}|35\d{14}|3[47]\d{13}|"
    r"2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
)
"""UnionPay 62 and 60; Visa 4; Mastercard 51–55 and 2221–2720; JCB 35; American Express 34, 37: each
with the lengths that it issues."""
CARDS = range(15, 20)
DOUBLED = str.maketrans("0123456789", "0246813579")
"""Digit → sum of the digits of twice the digit."""
SEPARATORS = re.compile(r"[ -]")
SHORTEST = 11
"""Digits of the shortest number looked for, a mobile number."""
GROUP = 3
"""Digits of the shortest group that a number is written in."""
CODED = 6
"""Digits of the shortest run in a unified social credit code, behind one or two letters."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NO_CHECK = LETTERS.replace("X", "").replace("x", "")
LONG = (11, 13, 15, 16, 17, 18, 19)
"""Digits of the numbers looked for, written in one; a mobile number may have 86 or 0086 before."""
FIRST = {
    "resident": ("12345678", (6, 10, 14)),
    "mobile": ("018", (3, 5, 7, 9, 11)),
    "card": ("23456", (4, *range(7, 17))),
}
"""Kind → with what a number written in groups begins, and how many digits its first groups have,
any of which may be written in one."""


@dataclass(frozen=True)
class Runs:
    """The runs of digits of a text, each an element of the arrays.

    Attributes
    ----------
    start, length : array of int
        Place in the text, and number of digits, at most 255.
    first, before, behind : array of int
        Code points of the first digit and of the characters around the run; 0 at the ends.
    joined : array of bool
        Whether a blank or a hyphen alone stands between the run and the next one.
    """

    start: Any
    length: Any
    first: Any
    before: Any
    behind: Any
    joined: Any


def found(content: str) -> Iterator[tuple[int, str]]:
    """Give place and kind of every number in `content` that is what it looks like."""
    runs = _runs(content)
    if runs is None:
        return
    for kind, starts in _begins(runs).items():
        pattern, holds = KINDS[kind]
        for start in starts.tolist():
            match = pattern.match(content, start)
            if match and holds(SEPARATORS.split(match.group())):
                yield start, kind


def _runs(content: str) -> Runs | None:
    """Return the runs of digits that may belong to a number; None if there are none."""
    import numpy as np

    # Characters beyond ASCII become question marks: every character keeps its place.
    codes = np.frombuffer(b"\0\0" + content.encode("ascii", "replace") + b"\0\0", np.uint8)
    digits = (codes - 48) < 10
    edges = np.flatnonzero(digits[1:] != digits[:-1]) + 1
    start, end = edges[::2], edges[1::2]
    kept = end - start >= GROUP
    start, end = start[kept], end[kept]
    if not len(start):
        return None
    behind = codes[end]
    joined = _among(" -")[behind]
    joined[:-1] &= start[1:] - end[:-1] == 1
    joined[-1] = False
    length = np.minimum(end - start, 255)
    return Runs(start - 2, length, codes[start], codes[start - 1], behind, joined)


def _begins(runs: Runs) -> dict[str, Any]:
    """Return kind → places where a number of this kind can begin."""
    clear = ~_among(LETTERS + ".")[runs.before]
    # Behind a resident identity number's digits its check character may stand.
    alone = clear & _among(LONG)[runs.length] & ~_among(NO_CHECK)[runs.behind]
    grouped = clear & runs.joined
    grouped[grouped] = _together(runs)[grouped] >= SHORTEST
    begins: dict[str, Any] = {}
    for kind, (digits, lengths) in FIRST.items():
        fits = alone | grouped & _among(lengths)[runs.length]
        begins[kind] = runs.start[fits & _among(digits)[runs.first]]
    upper = _among(LETTERS[:26])
    coded = (runs.length >= CODED) & (upper[runs.before] | upper[runs.behind])
    begins["credit_code"] = _ahead(runs.start[coded])
    return begins


@cache
def _among(wanted: str | tuple[int, ...]) -> Any:
    """Return for each number below 256 whether it is `wanted`, or the code of such a character."""
    import numpy as np

    found = np.zeros(256, dtype=bool)
    found[list(wanted.encode() if isinstance(wanted, str) else wanted)] = True
    return found


def _ahead(start: Any) -> Any:
    """Return the places up to two characters ahead, which may be letters of a code."""
    import numpy as np

    places = np.unique(start[:, None] - np.arange(GROUP))
    return places[places >= 0]


def _together(runs: Runs) -> Any:
    """Return how many digits each run has together with those joined behind it."""
    import numpy as np

    total = np.cumsum(runs.length)
    last = np.flatnonzero(~runs.joined)
    behind = last[np.searchsorted(last, np.arange(len(total)))]
    return total[behind] - total + runs.length


def _is_resident(groups: list[str]) -> bool:
    """Tell whether area, day of birth and check character are those of an identity number."""
    number = "".join(groups).upper()
    if f"{number[:2]}0000" not in schema.values("province"):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return born <= datetime.now(UTC).date() and CHECKS[total % 11] == number[17]


def _is_card(groups: list[str]) -> bool:
    """Tell whether `groups`, or the first of them, are a bank card; others may follow its number.

    A card has an issuer, its length and a check digit (Luhn).
    """
    return any(
        len(number) in CARDS and ISSUERS.fullmatch(number) and _checks(number)
        for number in accumulate(groups)
    )


def _checks(number: str) -> bool:
    total = sum(map(int, number[::-2])) + sum(map(int, number[-2::-2].translate(DOUBLED)))
    return total % 10 == 0 and len(set(number)) > 1


def _is_credit_code(groups: list[str]) -> bool:
    """Tell whether the check character of a unified social credit code is right (GB 32100)."""
    (code,) = groups
    values = [CODE_LETTERS.index(letter) for letter in code]
    total = sum(value * pow(3, at, 31) for at, value in enumerate(values[:17]))
    return (31 - total % 31) % 31 == values[17] and not code.isdigit()


def _always(_: list[str]) -> bool:
    return True


KINDS: Mapping[str, tuple[re.Pattern[str], Callable[[list[str]], bool]]] = {
    "resident": (RESIDENT, _is_resident),
    "mobile": (MOBILE, _always),
    "card": (CARD, _is_card),
    "credit_code": (CREDIT_CODE, _is_credit_code),
}
"""Kind → what it looks like, and what makes sure of it."""
