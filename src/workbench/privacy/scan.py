"""The leak scan: what identifies a person or an account in anything that leaves the bank.

Finds resident identity numbers (GB 11643: area, day of birth, check character by ISO 7064 MOD
11-2), unified social credit codes (GB 32100), bank cards (issuer's range, length, check digit by
Luhn, ISO/IEC 7812-1), mobile numbers, e-mail addresses, and names that the vault knows. Findings
say where and what kind, never the value.
"""

import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO
from pathlib import Path

from workbench import schema
from workbench.errors import DataError

NOT_BEFORE = r"(?<![0-9A-Za-z.])"
"""Not inside a longer number, a decimal fraction, a hash or a word."""
NOT_BEHIND = r"(?![0-9A-Za-z]|\.[0-9A-Za-z])"
RESIDENT = re.compile(
    NOT_BEFORE + r"([1-9]\d{5})[ -]?((?:19|20)\d\d)[ -]?((?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"[ -]?(\d{3}[\dXx])" + NOT_BEHIND
)
MOBILE = re.compile(NOT_BEFORE + r"(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}" + NOT_BEHIND)
CARD = re.compile(NOT_BEFORE + r"[2-6]\d{3}(?:[ -]?\d{3,6}){2,4}" + NOT_BEHIND)
CREDIT_CODE = re.compile(
    NOT_BEFORE + r"[1-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}" + NOT_BEHIND
)
ADDRESS = re.compile(r"[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,18}\b")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ISSUERS = re.compile(
    r"6[02]\d{14,17}|4\d{15}(?:\d{3})?|5[1-5]\d{14}|35\d{14}|3[47]\d{13}|"
    r"2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
)
"""UnionPay 62 and 60; Visa 4; Mastercard 51–55 and 2221–2720; JCB 35; American Express 34, 37: each
with the lengths that it issues."""
BINARY = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")
"""Pictures and fonts inside pages: digits in there mean nothing."""
CANDIDATE = re.compile(r"\d(?<![0-9a-z.].)(?:\d{5}[0-9A-HJ-NPQRTUWXY]{2}|\d{3}[ -]\d{4})")
"""Part of every number looked for, and found fast; only around it each kind is looked for."""
AROUND = 32
"""Characters on either side of a candidate that may belong to its number."""
SEPARATORS = re.compile(r"[ +-]")
LONGEST = 100
"""Characters of an address on either side of its @ that are looked at."""
WIDE = "０１２３４５６７８９＠"
DRAWING = re.compile(r"\s(?:d|points|transform)=\"[^\"]*\"")
"""Coordinates of a figure."""
INSIDE = re.compile(
    r"(\d[ -]?)(?:</?(?:a|abbr|b|code|em|font|i|mark|small|span|strong|sub|sup|tspan|u|wbr)\b"
    r"[^>]{0,99}>|[\u00ad\u200b-\u200d\u2060\ufeff])+(?=[ -]?\d)"
)
"""What may stand between two digits of a number without being seen."""
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff·]{2,}")
LATIN = re.compile(r"[A-Za-z]{2,}")
PACKED = {".xlsx", ".xlsm", ".docx", ".pptx", ".zip"}
SKIPPED = {".png", ".jpg", ".jpeg", ".woff2", ".woff", ".ttf", ".otf", ".ico", ".gz"}


@dataclass(frozen=True)
class Leak:
    """One finding.

    Attributes
    ----------
    file : str
        Path below the folder scanned; `archive!member` inside a workbook or a deck.
    line : int
        Line of the text, from 1; 0 for the name of the file itself.
    kind : str
        `resident`, `mobile`, `card`, `credit_code`, `address` or `name`.
    """

    file: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {SAID[self.kind]}"


SAID = {
    "resident": "a resident identity number",
    "mobile": "a mobile number",
    "card": "a bank card number",
    "credit_code": "a unified social credit code",
    "address": "an e-mail address",
    "name": "a name that the vault knows",
}


@dataclass(frozen=True)
class Names:
    """Names to look for, prepared once.

    Attributes
    ----------
    han : frozenset of str
        Names in Chinese characters.
    lengths : tuple of int
        Their lengths.
    latin : mapping of str to tuple of str
        First word, in lower case → names that begin with it.
    """

    han: frozenset[str] = frozenset()
    lengths: tuple[int, ...] = ()
    latin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str], *, common: str = "") -> "Names":
        """Return `names` to look for; those that the text `common` holds are ordinary words."""
        wanted = {name.strip() for name in names}
        wanted = {name for name in wanted if len(name) > 1 and name not in common}
        han = frozenset(name for name in wanted if HAN.fullmatch(name))
        latin: dict[str, list[str]] = {}
        for name in wanted - han:
            if first := LATIN.search(name):
                latin.setdefault(first.group().lower(), []).append(name.lower())
        lengths = tuple(sorted({len(name) for name in han}))
        return cls(han, lengths, {word: tuple(each) for word, each in latin.items()})

    def found(self, text: str) -> set[str]:
        """Return the names that occur in `text`."""
        found: set[str] = set()
        if self.han:
            for run in set(HAN.findall(text)):
                found |= self.han & {
                    run[at : at + length]
                    for length in self.lengths
                    for at in range(len(run) - length + 1)
                }
        if self.latin:
            lowered = text.lower()
            for word in self.latin.keys() & set(LATIN.findall(lowered)):
                found |= {name for name in self.latin[word] if name in lowered}
        return found


NOBODY = Names()


def scan(folder: Path, names: Names = NOBODY, *, made: Collection[str] = ()) -> list[Leak]:
    """Return what identifies somebody in the files of `folder`, and in their names.

    Parameters
    ----------
    folder : Path
        A folder, or one file. Text, HTML, SVG, JSON, CSV, notebooks, Parquet, workbooks, decks.
    names : Names
        Names to look for beside the numbers.
    made : collection of str
        Endings of files that are not looked into, since other files of the folder have their words.

    Raises
    ------
    DataError
        A file is of a kind that cannot be looked into.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    base = folder if folder.is_dir() else folder.parent
    found: list[Leak] = []
    for path in paths if folder.is_dir() else [folder]:
        place = path.relative_to(base).as_posix()
        # An ending would make a number part of something else.
        words = f"{place}\n{place.replace('.', ' ')}".replace("/", "\n")
        found += [
            Leak(place, 0, kind) for kind in sorted({kind for _, kind in leaks(words, names)})
        ]
        for member, content in () if path.suffix.lower() in made else _texts(path):
            where = f"{place}!{member}" if member else place
            found += [Leak(where, line, kind) for line, kind in leaks(content, names)]
    return found


def leaks(content: str, names: Names = NOBODY) -> list[tuple[int, str]]:
    """Return line and kind of everything in `content` that identifies somebody."""
    plain = _plain(content)
    found = set(_numbers(plain))
    for name in names.found(plain):
        found |= {(line, "name") for line in _lines_of(plain, name)}
    return sorted(found)


def _plain(content: str) -> str:
    """Return `content` as a reader sees it: no pictures, entities, wide digits, inner markup.

    Line breaks stay where they are.
    """
    if "<" in content:
        content = DRAWING.sub(" ", content)
    if "&" in content:
        content = unescape(content)
    if any(digit in content for digit in WIDE):
        content = unicodedata.normalize("NFKC", content)
    if "base64," in content:
        content = BINARY.sub(" ", content)
    return INSIDE.sub(r"\1", content)


def _numbers(content: str) -> Iterator[tuple[int, str]]:
    """Give line and kind of every number that is what it looks like, and of every address."""
    starts = {*_near(content), *_addresses(content)}
    line, at = 1, 0
    for start, kind in sorted(starts):
        line += content.count("\n", at, start)
        at = start
        yield line, kind


def _near(content: str) -> Iterator[tuple[int, str]]:
    """Give place and kind of the numbers around each candidate."""
    for candidate in CANDIDATE.finditer(content):
        begin, end = max(candidate.start() - AROUND, 0), candidate.end() + AROUND
        for kind, (pattern, holds) in KINDS.items():
            for match in pattern.finditer(content, begin, end):
                # What stands behind the window is not seen: a later candidate looks at its end.
                seen = match.end() < end - 2 or end >= len(content)
                if seen and holds(SEPARATORS.sub("", match.group()).upper()):
                    yield match.start(), kind


def _addresses(content: str) -> Iterator[tuple[int, str]]:
    at = content.find("@")
    while at >= 0:
        if ADDRESS.search(content, max(at - LONGEST, 0), at + LONGEST):
            yield at, "address"
        at = content.find("@", at + 1)


def _lines_of(content: str, name: str) -> Iterator[int]:
    lowered = content if HAN.fullmatch(name) else content.lower()
    line, at = 1, 0
    while (start := lowered.find(name, at)) >= 0:
        line += lowered.count("\n", at, start)
        yield line
        at = start + len(name)


def _is_resident(number: str) -> bool:
    """Tell whether area, day of birth and check character are those of an identity number."""
    if f"{number[:2]}0000" not in schema.values("province"):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return born <= datetime.now(UTC).date() and CHECKS[total % 11] == number[17]


def _is_card(number: str) -> bool:
    """Tell whether `number` has an issuer, its length and a check digit (Luhn)."""
    if not ISSUERS.fullmatch(number):
        return False
    digits = [int(digit) for digit in reversed(number)]
    total = sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return total % 10 == 0 and len(set(digits)) > 1


def _is_credit_code(code: str) -> bool:
    """Tell whether the check character of a unified social credit code is right (GB 32100)."""
    values = [CODE_LETTERS.index(letter) for letter in code]
    total = sum(value * pow(3, at, 31) for at, value in enumerate(values[:17]))
    return (31 - total % 31) % 31 == values[17] and not code.isdigit()


def _always(_: str) -> bool:
    return True


KINDS: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "resident": (RESIDENT, _is_resident),
    "mobile": (MOBILE, _always),
    "card": (CARD, _is_card),
    "credit_code": (CREDIT_CODE, _is_credit_code),
}
"""Kind → what it looks like, and what makes sure of it."""


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Give the texts of a file, each with the member of an archive it stands in."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        yield "", _of_parquet(path)
    elif ending in PACKED:
        yield from _of_archive(path.name, path.read_bytes())
    elif ending == ".pdf":
        raise DataError(f"{path.name}: the scan cannot look into PDF; scan what it is made from")
    elif ending not in SKIPPED:
        yield "", path.read_bytes().decode("utf-8", "replace")


def _of_archive(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.namelist():
                inner = Path(member).suffix.lower()
                if inner in PACKED:
                    yield from _of_archive(member, archive.read(member))
                elif inner not in SKIPPED:
                    yield member, archive.read(member).decode("utf-8", "replace")
    except zipfile.BadZipFile:
        raise DataError(f"{name} is not a whole archive, or is encrypted") from None


def _of_parquet(path: Path) -> str:
    """Return all different texts of a Parquet file, one a line."""
    import duckdb

    with duckdb.connect() as connection:
        place = str(path).replace("'", "''")
        found = connection.sql(f"SELECT * FROM read_parquet('{place}')")
        pairs = zip(found.columns, found.types, strict=True)
        texts = [name for name, kind in pairs if str(kind) == "VARCHAR"]
        lines: list[str] = [*found.columns]
        for name in texts:
            column = '"' + name.replace('"', '""') + '"'
            rows = connection.sql(f"SELECT DISTINCT {column} FROM read_parquet('{place}')")
            lines += [row[0] for row in rows.fetchall() if row[0]]
    return "\n".join(lines)
