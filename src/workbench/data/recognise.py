"""Which source each file of a load comes from, and what it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from workbench.data import naming, reading, sources, workbook
from workbench.data.scratch import Scratch
from workbench.data.sources import FileMap, Source
from workbench.errors import DataError

IGNORED = {".toml", ".md", ".json", ".tmp", ".part"}
"""Endings of files that lie beside a bank's data and are none."""
DATA = {".csv", ".txt", ".tsv", ".dat", ".gz", ".parquet", *workbook.ENDINGS}
"""Endings of files with data: a folder with one of them is a mistake."""
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Found:
    """One file, what it is, and the source map that says so; `name` is noted as its name."""

    path: Path
    kind: FileMap
    sha256: str
    source: Source
    name: str = ""

    @property
    def mark(self) -> str:
        """Return what its rows carry into the lake."""
        return mark(self.sha256)

    def feeds(self, table: str) -> bool:
        """Tell whether rows of canonical `table` come from this file."""
        return any(target.table == table for target in self.kind.tables)


def mark(sha256: str) -> str:
    """Return what rows of the file with this fingerprint carry into the lake."""
    return sha256[:16]


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that `paths`, files or folders, mean.

    Raises
    ------
    DataError
        One does not exist, there is no file in them, or something looks like one and is none.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no file or folder {shown(path.name)}")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        found += [each for each in inside if _is_wanted(each)]
    for path in found:
        if flaw := _flaw(path):
            raise DataError(f"{shown(naming.hidden(path.name))} {flaw}; nothing was taken in")
    if not found:
        raise DataError(f"there are no files in {', '.join(str(path) for path in paths)}")
    return found


def shown(name: str) -> str:
    """Return `name` in one line: what cannot be printed is written as its number."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in name)


def _is_wanted(path: Path) -> bool:
    """Tell whether `path` is a file of the load, or was meant to be one."""
    is_other_folder = path.is_dir() and path.suffix.lower() not in DATA
    return not (path.name.startswith(".") or path.suffix.lower() in IGNORED or is_other_folder)


def _flaw(path: Path) -> str:
    """Say why `path` cannot be a file of a load; nothing if it can."""
    if shown(path.name) != path.name:
        return "has a name that cannot be printed; rename it"
    if path.is_dir():
        return "is a folder with the name of a file; put the file in its place"
    if path.is_symlink() and not path.exists():
        return "is a link to a file that is not there; fetch the file"
    if not path.is_file():
        return "is no file; remove it"
    return ""


def recognised(
    prints: Mapping[Path, str], named: str | Source | None, scratch: Scratch
) -> list[Found]:
    """Return what each file is; the files of one load may come from several sources.

    Parameters
    ----------
    prints : mapping of Path to str
        The files and their SHA-256.
    named : str, Source or None
        The source map to use for all, or its name; None looks for the one that fits each file.
    scratch : Scratch
        Where files are unpacked.

    Raises
    ------
    DataError
        A file fits no source, or several that the other files do not decide between.
    """
    known = maps_for(named)
    fits = {path: _fits(known, path, scratch, strict=not named) for path in prints}
    for path, found in fits.items():
        if not found:
            raise DataError(_unfit(known, path, scratch))
    everywhere = set.intersection(*(set(found) for found in fits.values()))
    if len(everywhere) == 1:
        (only,) = everywhere
        fits = {path: {only: found[only]} for path, found in fits.items()}
    several = [path for path, found in fits.items() if len(found) > 1]
    if several:
        names = list(fits[several[0]])
        raise DataError(f"{several[0].name} fits the sources {names}; say which one: --source NAME")
    maps = {source.name: source for source in known}
    every = [
        Found(path, kind, prints[path], maps[name])
        for path, fit in fits.items()
        for name, kind in fit.items()
    ]
    for each in every:
        _require(each, scratch)
    return every


def maps_for(named: str | Source | None) -> list[Source]:
    """Return the source maps that files may be of: the one `named`, or all."""
    if isinstance(named, Source):
        return [named]
    known = [sources.read(name) for name in ([named] if named else sources.names())]
    if not known:
        raise DataError("there is no source map in data/sources")
    return known


def _require(found: Found, scratch: Scratch) -> None:
    """Refuse a file that lacks a header, or has two for one column."""
    if missing(found.kind, found.path, scratch):
        raise DataError(_lacking(found.kind, found.path, scratch))
    if both := _doubled(found.kind, found.path, scratch):
        raise DataError(
            f"{found.path.name}: the headers {' and '.join(map(repr, both))} stand for one "
            f"column in source {found.source.name!r}; remove one, or correct the source map"
        )


def missing(kind: FileMap, path: Path, scratch: Scratch) -> list[str]:
    """Return the first spelling of each header that `path` should have and lacks."""
    headers = {sources.spelled(name) for name in reading.header(path, kind, scratch)}
    return [
        spellings[0]
        for spellings in kind.needed()
        if not headers & {sources.spelled(each) for each in spellings}
    ]


def _doubled(kind: FileMap, path: Path, scratch: Scratch) -> list[str]:
    """Return headers of `path` that `kind` takes for spellings of one column, if there are two."""
    headers = {sources.spelled(name): name for name in reading.header(path, kind, scratch)}
    for spellings in kind.needed():
        alike = {sources.spelled(each) for each in spellings} & headers.keys()
        if len(alike) > 1:
            return [headers[each] for each in sorted(alike)]
    return []


def _fits(
    known: Iterable[Source], path: Path, scratch: Scratch, *, strict: bool
) -> dict[str, FileMap]:
    """Return the sources that `path` fits by name and, when `strict`, by its header too."""
    fits = {}
    for source in known:
        for kind in source.files:
            if kind.matches(path.name) and not (strict and missing(kind, path, scratch)):
                fits[source.name] = kind
                break
    return fits


def _unfit(known: Iterable[Source], path: Path, scratch: Scratch) -> str:
    """Say what keeps `path` from any source: a header, if its name fits one, else its name."""
    kinds = [(source, kind) for source in known for kind in source.files]
    named = [kind for _, kind in kinds if kind.matches(path.name)]
    if named:
        return min((_lacking(kind, path, scratch) for kind in named), key=len)
    patterns = sorted({each for _, kind in kinds for each in kind.pattern})
    close = get_close_matches(naming.original(path), patterns, n=3, cutoff=0.3) or patterns[:3]
    sources_ = ", ".join(repr(source.name) for source in known)
    file = f"{path.name} ({path.stat().st_size} bytes)"
    return f"{file} fits no pattern of source {sources_}, such as {', '.join(close)}"


def _lacking(kind: FileMap, path: Path, scratch: Scratch) -> str:
    lacking = missing(kind, path, scratch)[0]
    headers = reading.header(path, kind, scratch)
    close = get_close_matches(lacking, headers, n=1)
    hint = f"; if {close[0]!r} replaces it, add it to the source map" if close else ""
    other = [each for each in DELIMITERS if each in headers[0]]
    if len(headers) == 1 and other:
        hint = f"; set delimiter = {other[0]!r} in the source map if that is what parts its columns"
    wanted = [each for spellings in kind.needed() for each in spellings]
    found = shown(naming.headers(headers, [*wanted, *close]))
    return f"{path.name}: the header {lacking!r} is missing; found {found}{hint}"
