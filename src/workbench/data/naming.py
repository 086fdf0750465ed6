"""What may be repeated of the names of files and columns: they may be names and numbers of people.

A file called `loans_<somebody's name>_202609.csv` is taken in like any other, but nothing that is
written or said repeats the name: only what its source map's pattern says, words of the schema,
dates and short counters. The rest is left out (`hidden`), or, where the same name must be known
again, a keyed code stands for it (`noted`).
"""

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from workbench import schema
from workbench.data.sources import Source, spelled
from workbench.privacy.pseudonym import Key

FOLDER = "named"
"""Folder below the scratch folder with links to the files whose names are not repeated."""
LEFT_OUT = "…"
CODE = 8
"""Characters of the code that stands for a part of a name."""
WILD = re.compile(r"[*?]|\[[^\]]*\]")
WORD = re.compile(r"[^\W_]+")
PLAIN = re.compile(
    r"\d{1,3}|v\d{1,3}|(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:[0-3]\d)?)?(?:t\d{4,6}z?)?|"
    r"(?:(?:19|20)\d\d年)?(?:\d{1,2}月)?(?:\d{1,2}日|末|底)?"
)
"""Dates, times and short counters."""


def hidden(name: str, known: Iterable[Source] = ()) -> str:
    """Return the name of a file without what may identify somebody."""
    return _rewritten(name, known, lambda _: LEFT_OUT)


def repeatable(path: Path, known: Iterable[Source], scratch: Path) -> Path:
    """Return `path`, or a link to it in `scratch` whose name may be repeated."""
    name = hidden(path.name, known)
    if name == path.name:
        return path
    folder = scratch / FOLDER / str(sum(1 for _ in (scratch / FOLDER).glob("*")))
    folder.mkdir(parents=True)
    link = folder / name
    try:
        link.symlink_to(path.absolute())
    except OSError:
        shutil.copyfile(path, link)
        (folder / f"{name}.name").write_text(path.name, "utf-8")
    return link


def noted(path: Path, known: Iterable[Source], key: Key) -> str:
    """Return what is noted as the name of the file `path`, a link of `repeatable` or the file.

    Equal names are noted alike, different ones differently, under one key.
    """
    return _rewritten(original(path), known, lambda word: key.pseudonym(word, "file")[: CODE + 1])


def original(path: Path) -> str:
    """Return the name of the file `path`, or of the one that a link of `repeatable` is to."""
    if path.parent.parent.name != FOLDER:
        return path.name
    aside = path.with_name(f"{path.name}.name")
    return aside.read_text("utf-8") if aside.exists() else path.readlink().name


def headers(found: Sequence[str], wanted: Iterable[str]) -> str:
    """Return the headers `found` that are `wanted` or words of the schema, and how many others.

    Where a header is missing, the line may be one of data.
    """
    known = {spelled(each) for each in wanted} | _words()
    said = [name for name in found if spelled(name) in known]
    more = len(found) - len(said)
    if not said:
        return f"{more} others: line 1 may hold data"
    return ", ".join(said) + (f" and {more} others" if more else "")


def called(name: str) -> str:
    """Return a header that stands for a column of the schema as ` 'name'`; nothing for others."""
    return f" {name!r}" if spelled(name) in _words() else ""


def header(name: str) -> str:
    """Return a header that no source map names, without a number or an address in it."""
    return LEFT_OUT if re.search(r"\d{5}|@", name) else name


def _rewritten(name: str, known: Iterable[Source], instead: Callable[[str], str]) -> str:
    """Return `name` with `instead` of each word that may identify somebody."""
    pattern, parts = _parts(name, known)
    words = _words() | set(WORD.findall(pattern.lower()))

    def shown(match: re.Match[str]) -> str:
        word = match.group()
        plain = word.lower() in words or PLAIN.fullmatch(word.lower())
        return word if plain else instead(word)

    return "".join(part if literal else WORD.sub(shown, part) for part, literal in parts)


def _parts(name: str, known: Iterable[Source]) -> tuple[str, list[tuple[str, bool]]]:
    """Return the pattern that `name` fits, and its parts, each with whether it is stated there."""
    for source in known:
        for kind in source.files:
            for pattern in kind.pattern:
                if fnmatch(name.lower(), pattern.lower()):
                    return pattern, _by_pattern(name, pattern)
            if name.removesuffix(".parquet") in kind.relation:
                return name, [(name, True)]
    stem, ending = _ending(name)
    return "", [(stem, False), (ending, True)]


def _by_pattern(name: str, pattern: str) -> list[tuple[str, bool]]:
    """Return the parts of `name` that `pattern` states and those that it leaves open, in turns."""
    stated = WILD.split(pattern)
    match = re.fullmatch("(.*)".join(f"({re.escape(each)})" for each in stated), name, re.I | re.S)
    if match is None:
        return [(name, False)]
    found = [(part, not at % 2) for at, part in enumerate(match.groups())]
    if pattern.endswith("*"):
        stem, ending = _ending(found[-2][0])
        found[-2:] = [(stem, False), (ending, True)]
    return found


def _ending(name: str) -> tuple[str, str]:
    """Return `name` parted before its ending, such as `.csv.gz`."""
    match = re.search(r"(?:\.[a-z]{2,7})?\.(?:[a-z]{2,4}|parquet)$", name, re.I)
    at = match.start() if match else len(name)
    return name[:at], name[at:]


@cache
def _words() -> frozenset[str]:
    """Return the names and labels of tables and columns, as headers are compared."""
    tables = schema.tables().values()
    said = [word for each in tables for word in (each.name, each.label_zh, each.label_en)]
    columns = [column for each in tables for column in each.columns]
    said += [word for each in columns for word in (each.name, each.label_zh, each.label_en)]
    return frozenset(map(spelled, said))
