"""Which source a load comes from, and what each of its files is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from workbench.data import reading, sources
from workbench.data.sources import FileMap, Source
from workbench.errors import DataError

IGNORED = {".toml", ".md", ".json", ".tmp", ".part"}
"""Endings of files that lie beside a bank's data and are none."""


@dataclass(frozen=True)
class Found:
    """One file, and what it is."""

    path: Path
    kind: FileMap
    sha256: str

    def feeds(self, table: str) -> bool:
        """Tell whether rows of canonical `table` come from this file."""
        return any(target.table == table for target in self.kind.tables)


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that `paths`, files or folders, mean.

    Raises
    ------
    DataError
        One does not exist, or there is no file in them.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no file or folder {path}")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        found += [each for each in inside if each.is_file() and not each.name.startswith(".")]
    wanted = [each for each in found if each.suffix.lower() not in IGNORED]
    if not wanted:
        raise DataError(f"there are no files in {', '.join(str(path) for path in paths)}")
    return wanted


def recognised(
    prints: Mapping[Path, str], named: str | None, scratch: Path
) -> tuple[Source, list[Found]]:
    """Return the source that all files belong to, and what each file is.

    Parameters
    ----------
    prints : mapping of Path to str
        The files and their SHA-256.
    named : str or None
        The source map to use; None looks for the one that fits.
    scratch : Path
        Folder for unpacked files.

    Raises
    ------
    DataError
        A file fits none, or all fit several.
    """
    fits: list[tuple[Source, list[Found]]] = []
    problems: list[str] = []
    for name in [named] if named else sources.names():
        source = sources.read(name)
        kinds = {path: _kind(source, path, scratch, strict=not named) for path in prints}
        unfit = [path for path, kind in kinds.items() if kind is None]
        if unfit:
            problems.append(_unfit(source, unfit[0], scratch))
        else:
            found = [Found(path, kind, prints[path]) for path, kind in kinds.items() if kind]
            fits.append((source, found))
    if not fits:
        raise DataError(min(problems, key=len, default="there is no source map in data/sources"))
    if len(fits) > 1:
        several = [source.name for source, _ in fits]
        raise DataError(f"the files fit the sources {several}; say which one: --source NAME")
    source, found = fits[0]
    for each in found:
        if missing(each.kind, each.path, scratch):
            raise DataError(_unfit(source, each.path, scratch))
    return source, found


def missing(kind: FileMap, path: Path, scratch: Path) -> list[str]:
    """Return the first spelling of each header that `path` should have and lacks."""
    headers = {sources.spelled(name) for name in reading.header(path, kind, scratch)}
    return [
        spellings[0]
        for spellings in kind.needed()
        if not headers & {sources.spelled(each) for each in spellings}
    ]


def _kind(source: Source, path: Path, scratch: Path, *, strict: bool) -> FileMap | None:
    """Return the kind of file that `path` is by name and, when `strict`, by its header too."""
    for kind in source.files:
        if kind.matches(path.name) and not (strict and missing(kind, path, scratch)):
            return kind
    return None


def _unfit(source: Source, path: Path, scratch: Path) -> str:
    kinds = [kind for kind in source.files if kind.matches(path.name)]
    if not kinds:
        patterns = sorted({each for kind in source.files for each in kind.pattern})
        return f"{path.name} fits no pattern of source {source.name!r}: {', '.join(patterns)}"
    lacking = missing(kinds[0], path, scratch)[0]
    headers = reading.header(path, kinds[0], scratch)
    close = get_close_matches(lacking, headers, n=1)
    hint = f"; if {close[0]!r} replaces it, add it to the source map" if close else ""
    return f"{path.name}: the header {lacking!r} is missing; found {', '.join(headers)}{hint}"
