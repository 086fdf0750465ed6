"""A bank's files on their way into the lake: all of a load, or nothing."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench import durable
from workbench.data import database, naming, recognise, scratch
from workbench.data.attempt import Attempt, Order
from workbench.data.holding import explained, held
from workbench.data.lake import Lake
from workbench.data.load import Load
from workbench.data.scratch import Scratch
from workbench.data.sources import Source
from workbench.errors import DataError, NothingToDoError, ParameterError

UNTOUCHED = "nothing was taken in"
UNADDRESSABLE = "[]%*?"
"""Delta tables are addressed by URL and read by patterns: these mean something else in them."""


def take_in(
    paths: Sequence[Path | str],
    folder: Path,
    *,
    source: str | None = None,
    error_limit: float | None = None,
) -> Load:
    """Take files into the bank in `folder`.

    The parameters and errors are those of `attempt`.

    Raises
    ------
    DataError
        Besides: the load is held back.
    """
    load = attempt(paths, folder, source=source, error_limit=error_limit)
    if load.snapshot is None:
        raise load.refused()
    return load


def attempt(
    paths: Sequence[Path | str],
    folder: Path,
    *,
    source: str | None = None,
    error_limit: float | None = None,
    release: str = "",
) -> Load:
    """Take files into the bank in `folder`, unless there are reasons to hold them back.

    Parameters
    ----------
    paths : sequence of Path or str
        Files, folders whose files are meant, or URLs of databases whose tables are meant.
    folder : Path
        The bank; made on its first load.
    source : str, optional
        Source map of all files. Default: for each file the one that fits it.
    error_limit : float, optional
        Share of rejected rows of a table above which nothing is committed. Default: the source's.
    release : str, optional
        Why a load that would be held back is taken in all the same; kept with the load.

    Returns
    -------
    Load
        Without a snapshot when it was held back; `held` says why.

    Raises
    ------
    NothingToDoError
        All files were taken in before.
    DataError
        A file cannot be read, fits no source, or holds what is refused; nothing changed.
    LockedError, MachineError
        Another load is under way; the disk is full, or a file cannot be written.
    ParameterError
        The key is not the bank's, or `folder` has a name the lake cannot be kept under.
    """
    if odd := set(UNADDRESSABLE) & set(str(folder.resolve())):
        raise ParameterError(
            f"the lake cannot be kept in {folder}: its path holds {' '.join(sorted(odd))}; "
            "choose another folder"
        )
    urls, files = _sorted(paths)
    with explained(folder, UNTOUCHED):
        durable.folder(folder)
        with held(folder), scratch.opened(folder) as aside:
            found = [*files, *database.extract(urls, source, aside)]
            order = Order(folder, source, error_limit, release)
            return _attempted(found, order, aside)


def check(
    paths: Sequence[Path | str],
    folder: Path,
    *,
    source: str | None = None,
    error_limit: float | None = None,
) -> Load:
    """Do all that `attempt` does short of changing the bank.

    Its reports come to lie in `checks/` of the bank. The parameters and errors are those of
    `attempt`.
    """
    urls, files = _sorted(paths)
    with explained(folder, UNTOUCHED), scratch.opened(None) as aside:
        found = [*files, *database.extract(urls, source, aside)]
        order = Order(folder, source, error_limit, commits=False)
        return _attempted(found, order, aside)


def keep(folder: Path, source: Source, made: Callable[[Path], Sequence[Path]]) -> Load:
    """Take rows that come out of the bank itself into the bank in `folder`: all of them, or none.

    Parameters
    ----------
    folder : Path
        The bank.
    source : Source
        What the files are.
    made : callable
        Writes the files into the folder it is given, and returns them. It is called while the bank
        is held: what it reads of the bank stays so until the rows are in.

    Raises
    ------
    NothingToDoError, DataError, LockedError, MachineError, ParameterError
        As `attempt`; besides, a `DataError` when the rows break a rule or a check.
    """
    with explained(folder, UNTOUCHED), held(folder), scratch.opened(folder) as aside:
        order = Order(folder, source, 0.0, own=True)
        load = _attempted(made(aside.folder), order, aside)
    if load.snapshot is None:
        raise load.refused()
    return load


def _sorted(paths: Sequence[Path | str]) -> tuple[list[str], list[Path]]:
    """Return the URLs of databases among `paths`, and the files that the others mean."""
    urls = [str(path) for path in paths if database.is_url(path)]
    places = [Path(path) for path in paths if not database.is_url(path)]
    return urls, recognise.files(places) if places else []


def _attempted(paths: Sequence[Path], order: Order, aside: Scratch) -> Load:
    maps = recognise.maps_for(order.source)
    paths = [naming.repeatable(path, maps, aside.folder) for path in paths]
    base = Lake(order.folder).current()
    known = base.files if base else {}
    prints = {path: _sha256(path) for path in paths}
    first: dict[str, Path] = {}
    for path, sha256 in prints.items():
        first.setdefault(sha256, path)
    new = {path: sha256 for sha256, path in first.items() if sha256 not in known}
    if not new:
        raise NothingToDoError(f"all {len(paths)} files were taken in before; nothing was changed")
    skipped = tuple(path.name for path in prints if path not in new)
    return Attempt(order, aside).run(new, skipped)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read: {error.strerror}; give the operator access, or fetch it "
            "again"
        ) from error
