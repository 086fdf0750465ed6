"""The index site: all that was published, as folders that open from disk, one for each audience.

A folder is whole in itself, with its reports in it, and can be given to those who may read it and
to nobody else. Everything in it comes from manifests and records; it can be made anew at any time.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workbench import durable, settings
from workbench.errors import LockedError, ParameterError
from workbench.report import gates, publish, site_checks, site_page
from workbench.report.history import Run
from workbench.report.site_shelves import BRANCHES, Root, roots

REPORTS = "reports"
"""Below a root: the reports, laid out as they are published, so that their own links hold."""
LOCK = ".lock"
PATIENCE_SECONDS = 60


def place() -> Path:
    """Return the folder of the site."""
    return settings.home() / "reports" / "site"


def refresh(*, check: bool = False, tell: Callable[[str], None] = print) -> dict[str, Path]:
    """Make the site anew, and return the page to open of each root.

    Parameters
    ----------
    check : bool
        Whether every file of every report is compared with its SHA-256 again; else what was found
        before is repeated, with its day.
    tell : callable
        Takes the name of each root that is made.

    Raises
    ------
    ParameterError
        Nothing was run yet.
    GateError
        A page may not be published; that root stays as it was.
    LockedError, MachineError
        Another process holds the site for long; the disk refuses.
    """
    found = roots()
    if not found:
        raise ParameterError(
            "nothing was run yet; run a pack first, such as `workbench run monthly`"
        )
    own = place()
    with publish.explained(own):
        durable.folder(own, mode=0o750)
        with _held(own):
            checks = site_checks.checked(found, own, again=check)
            for root in found:
                tell(root.name)
                _make(root, own / root.name, checks)
            _sweep(own, {root.name for root in found})
    return {root.name: own / root.name / "index.html" for root in found}


@contextmanager
def _held(own: Path) -> Iterator[None]:
    try:
        with FileLock(own / LOCK, timeout=PATIENCE_SECONDS):
            yield
    except Timeout:
        raise LockedError("another process makes the site; wait for it, and try again") from None


def _make(root: Root, folder: Path, checks: Mapping[str, site_checks.Check]) -> None:
    """Put the reports of `root` into `folder`, and then its pages, each replaced in one step."""
    pages = dict(site_page.pages(root, checks))
    reasons = [
        f"{root.name}/{name}: {reason}"
        for name, html in pages.items()
        for reason in gates.page(html, scripted=True)
    ]
    gates.refuse(reasons, folder.parent / "gates.json")
    wanted = {run.name: run for shelf in root.shelves for run in shelf.whole()}
    for name, run in wanted.items():
        _put(run, folder / REPORTS / name)
    durable.folder(folder, mode=0o750)
    for name, html in pages.items():
        durable.write(folder / name, html, mode=0o640)
    for old in folder.glob("*.html"):
        if old.name not in pages:
            old.unlink()
    _remove_all_but(folder / REPORTS, set(wanted))


def _put(run: Run, target: Path) -> None:
    """Have the files of a published run below `target`: linked, which takes no room, or copied."""
    if target.is_dir() or run.folder is None:
        return
    passage = target.with_name(f"{publish.UNFINISHED}{target.name}")
    shutil.rmtree(passage, ignore_errors=True)
    passage.mkdir(parents=True, mode=0o750)
    for file in sorted(run.folder.rglob("*")):
        if file.is_file():
            own = passage / file.relative_to(run.folder)
            own.parent.mkdir(parents=True, exist_ok=True)
            _link(file, own)
    passage.rename(target)


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        # Another disk, or a system without links.
        shutil.copyfile(file, target)


def _remove_all_but(folder: Path, wanted: set[str]) -> None:
    for manifest in [*folder.rglob(publish.MANIFEST)]:
        name = manifest.parent.relative_to(folder).as_posix()
        if name not in wanted:
            shutil.rmtree(manifest.parent)


def _sweep(own: Path, kept: set[str]) -> None:
    """Remove roots nobody has a report in any more."""
    for index in [*_indexes(own)]:
        name = index.parent.relative_to(own).as_posix()
        if name not in kept:
            shutil.rmtree(index.parent)


def _indexes(own: Path) -> Iterator[Path]:
    yield from own.glob("*/index.html")
    yield from own.glob(f"{BRANCHES}/*/index.html")
