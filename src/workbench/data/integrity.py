"""Whether the files of the lake are the ones that were written: there, as long, and the same.

That they are there and as long as Delta's log says is looked at whenever a table is read. Whether
every byte is the same is told by the SHA-256 that the snapshot notes, on demand: it takes as long
as reading the whole lake.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import DataError

if TYPE_CHECKING:
    from workbench.data.lake import Lake, Snapshot


def require(table: str, sizes: Mapping[str, int]) -> None:
    """Refuse a `table` one of whose files is missing or has another size.

    Parameters
    ----------
    table : str
        Its name, for the message.
    sizes : mapping of str to int
        Path of each Parquet file → bytes it was written with.

    Raises
    ------
    DataError
        The first file that is wrong, in one line.
    """
    for path, size in sizes.items():
        try:
            found = Path(path).stat().st_size
        except OSError as error:
            raise DataError(
                f"table {table!r}: Parquet file {path} is missing or cannot be read "
                f"({error.strerror}); restore the lake from the backup"
            ) from None
        if found != size:
            raise DataError(
                f"table {table!r}: Parquet file {path} was edited: it has {found} bytes, not the "
                f"{size} it was written with; restore the lake from the backup"
            )


def prints(lake: Path, files: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return path below `lake` → SHA-256 of each of `files`; those in `known` are not read."""
    found: dict[str, str] = {}
    for path in files:
        name = Path(path).relative_to(lake).as_posix()
        found[name] = known.get(name) or _sha256(Path(path))
    return found


def flaws(lake: "Lake") -> list[str]:
    """Return which files of which table are not as written, over all snapshots, a line each.

    Snapshots of versions that noted no SHA-256 are checked for missing files and sizes only.
    """
    found: dict[str, None] = {}
    checked: dict[str, str] = {}
    for name in lake.ids():
        try:
            snapshot = lake.snapshot(name)
            found.update(dict.fromkeys(_changed(lake, snapshot, checked)))
        except DataError as error:
            found[str(error)] = None
    return list(found)


def _changed(lake: "Lake", snapshot: "Snapshot", checked: dict[str, str]) -> list[str]:
    """Return the flaws of one snapshot; `checked` gets the SHA-256 of every file read."""
    files = [path for table in snapshot.tables for path in lake.files(table, snapshot)]
    if not snapshot.parquet:
        return []
    now = prints(lake.tables, files, checked)
    checked.update(now)
    listed = [
        f"snapshot {snapshot.id}: Delta's log and the snapshot name different files, such as {name}"
        for name in sorted(now.keys() ^ snapshot.parquet.keys())[:1]
    ]
    return listed + [
        f"Parquet file {lake.tables / name} was edited: its SHA-256 is {now[name]}, not "
        f"{print_}; restore the lake from the backup"
        for name, print_ in snapshot.parquet.items()
        if name in now and now[name] != print_
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
