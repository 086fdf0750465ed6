"""The leak scan: what identifies a person or an account in anything that leaves the bank.

Finds resident identity numbers, unified social credit codes, bank cards and mobile numbers
(`numbers`), e-mail addresses, and names that the vault knows. Findings say where and what kind,
never the value.
"""

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from pathlib import Path

from workbench.errors import DataError
from workbench.privacy import numbers

ADDRESS = re.compile(r"@(?<=[\w.%+-]@)(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,18}(?![A-Za-z0-9])")
BINARY = re.compile(r"base64,[A-Za-z0-9+/]{200,}")
"""Pictures and fonts inside pages: digits in there mean nothing."""
WIDE = "０１２３４５６７８９＠"
DRAWING = re.compile(r"\s(?:d|points|transform)=\"[^\"]*\"")
"""Coordinates of a figure."""
DRAWN = ("path", "poly", "transform=")
"""What a text with coordinates contains: most have none, and need not be searched for them."""
ESCAPED = re.compile(r"\\u(?!000)([0-9a-fA-F]{4})")
"""A character as JSON may write it; a line break stays what it is."""
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
MARKUP = r"/?(?:a|abbr|b|code|em|font|i|mark|small|span|strong|sub|sup|tspan|u|wbr)\b[^>]{0,99}>"
BEHIND = r"(?:(?<=\d.)|(?<=\d[ -].))"
MORE = rf"(?:<{MARKUP}|[{UNSEEN}])*(?=[ -]?\d)"
INSIDE = re.compile(rf"[<{UNSEEN}]{BEHIND}(?:(?<=<){MARKUP}|(?<!<)){MORE}")
"""What may stand between two digits of a number without being seen."""
TAGS = re.compile(rf"<{BEHIND}{MARKUP}{MORE}")
"""The same in a text that has nothing but markup between digits: a pattern that begins with one
character is sought several times faster."""
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff·]{2,}")
BLANKS = bytes(code if code > 127 else 32 for code in range(256))
"""Byte of UTF-8 → the same, or a blank for every character of ASCII."""
LATIN = re.compile(r"[A-Za-z]{2,}")
PACKED = {".xlsx", ".xlsm", ".docx", ".pptx", ".zip"}
MEASURES = ("DOUBLE", "FLOAT", "DECIMAL", "DATE", "TIME", "BOOLEAN")
"""How the types of columns begin that are no identifiers."""
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
            for run in _han(text):
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
    known: dict[bytes, list[tuple[int, str]]] = {}
    for path in paths if folder.is_dir() else [folder]:
        place = path.relative_to(base).as_posix()
        # An ending would make a number part of something else.
        words = f"{place}\n{place.replace('.', ' ')}".replace("/", "\n")
        found += [
            Leak(place, 0, kind) for kind in sorted({kind for _, kind in leaks(words, names)})
        ]
        for member, content in () if path.suffix.lower() in made else _contents(path):
            where = f"{place}!{member}" if member else place
            # Office files of one folder share most of their parts: each is looked into once.
            key = hashlib.blake2b(content, digest_size=32).digest()
            if key not in known:
                known[key] = leaks(_decoded(content), names)
            found += [Leak(where, line, kind) for line, kind in known[key]]
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
    if any(mark in content for mark in DRAWN):
        content = DRAWING.sub(" ", content)
    if "\\u" in content:
        content = ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), content)
    if "&" in content:
        content = unescape(content)
    if any(digit in content for digit in WIDE):
        content = unicodedata.normalize("NFKC", content)
    if "base64," in content:
        content = BINARY.sub(" ", content)
    unseen = any(each in content for each in UNSEEN)
    return (INSIDE if unseen else TAGS).sub("", content)


def _han(text: str) -> set[str]:
    """Return the different runs of two and more Chinese characters in `text`."""
    if text.isascii():
        return set()
    others = set(text.encode("utf-8", "replace").translate(BLANKS).split())
    return set(HAN.findall(b" ".join(others).decode()))


def _numbers(content: str) -> Iterator[tuple[int, str]]:
    """Give line and kind of every number that is what it looks like, and of every address."""
    starts = set(numbers.found(content))
    starts |= {(match.start(), "address") for match in ADDRESS.finditer(content)}
    line, at = 1, 0
    for start, kind in sorted(starts):
        line += content.count("\n", at, start)
        at = start
        yield line, kind


def _lines_of(content: str, name: str) -> Iterator[int]:
    lowered = content if HAN.fullmatch(name) else content.lower()
    line, at = 1, 0
    while (start := lowered.find(name, at)) >= 0:
        line += lowered.count("\n", at, start)
        yield line
        at = start + len(name)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give what there is to read in a file, each with the member of an archive it stands in."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        yield "", _of_parquet(path).encode()
    elif ending in PACKED:
        yield from _of_archive(path.name, path.read_bytes())
    elif ending == ".pdf":
        raise DataError(f"{path.name}: the scan cannot look into PDF; scan what it is made from")
    elif ending not in SKIPPED:
        yield "", path.read_bytes()


def _decoded(content: bytes) -> str:
    """Return `content` as text, in whichever of the encodings that people save it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    # UTF-16 without a mark: what is looked for is left when its empty bytes are gone.
    content = content.replace(b"\0", b"")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _of_archive(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.namelist():
                inner = Path(member).suffix.lower()
                if inner in PACKED:
                    yield from _of_archive(member, archive.read(member))
                elif inner not in SKIPPED:
                    yield member, archive.read(member)
    except zipfile.BadZipFile:
        raise DataError(f"{name} is not a whole archive, or is encrypted") from None


def _of_parquet(path: Path) -> str:
    """Return all different texts and whole numbers of a Parquet file, one a line."""
    import duckdb

    with duckdb.connect() as connection:
        place = str(path).replace("'", "''")
        found = connection.sql(f"SELECT * FROM read_parquet('{place}')")
        pairs = zip(found.columns, found.types, strict=True)
        texts = [name for name, kind in pairs if not str(kind).startswith(MEASURES)]
        lines: list[str] = [*found.columns]
        for name in texts:
            column = '"' + name.replace('"', '""') + '"'
            rows = connection.sql(f"SELECT DISTINCT {column}::VARCHAR FROM read_parquet('{place}')")
            lines += [row[0] for row in rows.fetchall() if row[0]]
    return "\n".join(lines)
