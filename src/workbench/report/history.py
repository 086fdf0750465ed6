"""What was run and published: every run of a pack with its state, read from manifests alone.

Nothing is stored that the manifests do not say, so the history cannot contradict the reports.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench import settings
from workbench.errors import DataError, ParameterError, WorkbenchError
from workbench.report import publish
from workbench.report.provenance import Provenance

NOTE, FAILURE, DONE = "note.json", "failure.txt", "done"
"""In the folder of a run: what it is, why it failed, that it came to its end."""
SIGNATURES = "signatures.json"
FAILED = "failed.json"
"""Beside the runs of a pack when the newest attempt failed: until when the latest is behind."""
MARKS = (publish.LATEST, publish.POINTER, publish.DRAFTS, FAILED)
"""What may tell the folder of a pack."""
BEGAN = re.compile(r"(\d{8}T\d{6})(\d*)Z-")
MICROSECONDS = 6
"""Digits of a second in the id of a run."""
AMBIGUOUS = 3
"""How many runs an error lists that a word may mean."""
PUBLISHED, DRAFT, REMOVED, ASIDE, UNDONE = "published", "draft", "removed", "aside", "failed"


@dataclass(frozen=True)
class Run:
    """One run, as its manifest or note describes it.

    Attributes
    ----------
    pack, run : str
        What was run, and its id.
    state : str
        `published`; `draft`, while it waits for names; `removed`, when only the manifest was kept;
        `aside`, published but not in the chain that ends with the latest; `failed`.
    folder : Path or None
        Its files; None when they were removed.
    file : Path
        Its manifest, or the note of a failed run.
    manifest : mapping
        What that file says.
    is_latest : bool
        Whether `latest` leads to it.
    """

    pack: str
    run: str
    state: str
    folder: Path | None
    file: Path
    manifest: Mapping[str, Any]
    is_latest: bool = False

    @property
    def time(self) -> str:
        """Return when it began, in ISO form."""
        return str(self.manifest.get("time", ""))

    @property
    def as_of(self) -> date | None:
        """Return the day up to which it used facts."""
        day = self.manifest.get("as_of")
        return date.fromisoformat(day) if day else None

    @property
    def snapshot(self) -> str:
        """Return the snapshot it read."""
        return str(self.manifest.get("snapshot", ""))

    @property
    def facts(self) -> int:
        """Return how many facts it recorded."""
        return sum(each.get("facts", 0) for each in self.manifest.get("notebooks", {}).values())

    @property
    def previous(self) -> Mapping[str, str] | None:
        """Return the run that was latest before it: its id and the hash of its manifest."""
        return self.manifest.get("previous")

    @cached_property
    def signed(self) -> tuple[Mapping[str, str], ...]:
        """Return who signed it: `stage`, `name`, `at` of each."""
        if self.state == DRAFT and self.folder and (self.folder / SIGNATURES).exists():
            return tuple(json.loads((self.folder / SIGNATURES).read_text("utf-8")))
        return tuple(self.manifest.get("signed", ()))

    @property
    def name(self) -> str:
        """Return what it is called among all runs of all packs."""
        return f"{self.pack}/{self.run}"

    def brief(self) -> dict[str, Any]:
        """Return what a list of runs shows of it."""
        return {
            **{"pack": self.pack, "run": self.run, "state": self.state, "latest": self.is_latest},
            **{"time": self.time, "as_of": self.manifest.get("as_of"), "snapshot": self.snapshot},
            **{"facts": self.facts, "signed": [dict(each) for each in self.signed]},
        }


def packs() -> list[str]:
    """Return the names of all packs, and of parts with a report of their own, that were run."""
    return sorted({*_folders(settings.published()), *(run.pack for run in _attempts())})


def _folders(folder: Path, above: str = "") -> Iterator[str]:
    """Yield the folders below `folder` that hold runs; a pack's parts lie in the pack's own."""
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        own = (publish.DRAFTS, publish.REMOVED)
        is_run = (each / publish.MANIFEST).exists()
        if not each.is_dir() or is_run or each.name in own or each.name.startswith("."):
            continue
        name = f"{above}{each.name}"
        if any((each / mark).exists() for mark in MARKS) or any(each.glob(f"*/{publish.MANIFEST}")):
            yield name
        yield from _folders(each, f"{name}/")


def known(pack: str) -> str:
    """Return `pack` when it was run before.

    Raises
    ------
    ParameterError
        It was not.
    """
    if pack not in packs():
        raise ParameterError(f"nothing called {pack!r} was run; there are {packs()}")
    return pack


def runs(pack: str) -> list[Run]:
    """Return every run of `pack` that left something behind, the newest first."""
    own = publish.folder(pack)
    newest = publish.latest(pack)
    whole, drafts = list(_whole(pack, own, newest)), list(_drafts(pack, own))
    # A draft whose publication was cut short is there twice: it counts as what it is by the chain.
    linked = {run.run for run in whole if run.state == PUBLISHED}
    drafts = [run for run in drafts if run.run not in linked]
    waiting = {run.run for run in drafts}
    whole = [run for run in whole if run.state == PUBLISHED or run.run not in waiting]
    found = [*whole, *drafts, *_tombstones(pack, own)]
    # A run of several reports may have failed in one and published the list of them.
    there = {run.run for run in found}
    found += [each for each in _attempts() if each.pack == pack and each.run not in there]
    followed = _places(newest, {run.run: run.manifest for run in found})
    return sorted(
        found, key=lambda run: (moment(run.run), followed.get(run.run, 0), run.run), reverse=True
    )


def moment(run: str) -> str:
    """Return when the run with this id began, as text that sorts; the id itself if it says nothing.

    Ids have microseconds; those of earlier versions ended with the second.
    """
    found = BEGAN.match(run)
    return found[1] + (found[2] or "").ljust(MICROSECONDS, "0") if found else run


def _places(newest: Path | None, manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return the place of each run in the chain that ends with the latest, which has the highest.

    It tells runs of earlier versions apart that began within one second.
    """
    linked = list(chain(newest.resolve().name, manifests)) if newest else []
    return {run: len(linked) - at for at, run in enumerate(linked)}


def published(pack: str) -> list[Run]:
    """Return the runs of `pack` whose reports are there and in the chain, the newest first."""
    return [run for run in runs(pack) if run.state == PUBLISHED]


def find(name: str) -> Run:
    """Return the run called `name`: its id, the beginning of one, or a pack for its latest run.

    Parts of a pack share the id of the run that made them: `<part>/<run>` tells them apart.

    Raises
    ------
    ParameterError
        There is none, or several begin so.
    """
    if name in packs():
        latest = [run for run in published(name) if run.is_latest]
        if not latest:
            raise ParameterError(f"nothing of {name!r} is published yet")
        return latest[0]
    within, _, begins = name.rpartition("/")
    chosen = [pack for pack in packs() if within in ("", pack)]
    found = [run for pack in chosen for run in runs(pack) if begins and run.run.startswith(begins)]
    found = [run for run in found if run.run == begins] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise ParameterError(f"there is no run {name!r}; `workbench history` lists them")
    named = ", ".join(run.name for run in found[:AMBIGUOUS])
    more = " …" if len(found) > AMBIGUOUS else ""
    raise ParameterError(f"{len(found)} runs begin with {name!r}; write which: {named}{more}")


def read(file: Path) -> Mapping[str, Any]:
    """Return what the manifest `file` says.

    Raises
    ------
    DataError
        It is not a manifest.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read ({error}); restore it from a backup") from error
    if not isinstance(content, dict):
        raise DataError(f"{file} is not a manifest; restore it from a backup")
    return content


@contextmanager
def attempt(place: Path, origin: Provenance) -> Iterator[None]:
    """Make the folder of a run, for this user only; note a failure in it and beside the reports.

    Must be called while the pack is locked. Why it failed stays in the run's own folder: an error
    may quote data.
    """
    place.mkdir(parents=True, mode=0o700)
    (place / NOTE).write_text(_line(_noted(origin)), "utf-8")
    try:
        yield
    except WorkbenchError as error:
        with suppress(OSError):
            (place / FAILURE).write_text(f"{error}\n", "utf-8")
            note_failure(origin, error)
        raise
    (place / DONE).touch()


def note_failure(origin: Provenance, error: WorkbenchError) -> None:
    """Note beside the reports of a pack, or of a part of one, that it is behind."""
    failed = _line({**_noted(origin), "exit_code": error.exit_code})
    publish.write(publish.folder(origin.pack) / FAILED, failed)


def _noted(origin: Provenance) -> dict[str, object]:
    said = origin.manifest()
    return {name: said[name] for name in ("pack", "run", "time", "as_of", "snapshot")}


def _line(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"


def clear_failure(pack: str) -> None:
    """Forget the failed attempt: a newer run was published."""
    (publish.folder(pack) / FAILED).unlink(missing_ok=True)


def failure(pack: str) -> Mapping[str, Any] | None:
    """Return the failed attempt that is newer than the latest report: run, time, as_of, code."""
    file = publish.folder(pack) / FAILED
    return read(file) if file.is_file() else None


def _whole(pack: str, own: Path, newest: Path | None) -> Iterator[Run]:
    """Yield the runs with reports; those that the chain from the latest reaches are published."""
    files = sorted(own.glob(f"*/{publish.MANIFEST}"))
    files = [file for file in files if not _is_passing(file.parent)]
    manifests = {file.parent.name: read(file) for file in files}
    name = newest.resolve().name if newest else ""
    linked = set(
        chain(name, {**{run.run: run.manifest for run in _tombstones(pack, own)}, **manifests})
    )
    for run, manifest in manifests.items():
        # Before there was a chain a manifest did not say what came before.
        state = PUBLISHED if run in linked or "previous" not in manifest else ASIDE
        file = own / run / publish.MANIFEST
        yield Run(pack, run, state, own / run, file, manifest, run == name)


def _is_passing(folder: Path) -> bool:
    """Tell whether `folder` is only a way to a run, or one that is being moved."""
    return folder.is_symlink() or folder.name.startswith(publish.UNFINISHED)


def chain(run: str, manifests: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield `run` and the ones before it, as far as `manifests` reach."""
    seen: set[str] = set()
    while run in manifests and run not in seen:
        seen.add(run)
        yield run
        run = (manifests[run].get("previous") or {}).get("run", "")


def _drafts(pack: str, own: Path) -> Iterator[Run]:
    for file in sorted((own / publish.DRAFTS).glob(f"*/{publish.MANIFEST}")):
        if not _is_passing(file.parent):
            yield Run(pack, file.parent.name, DRAFT, file.parent, file, read(file))


def _tombstones(pack: str, own: Path) -> Iterator[Run]:
    for file in sorted((own / publish.REMOVED).glob("*.json")):
        if not file.name.startswith(publish.UNFINISHED) and not (own / file.stem).is_dir():
            yield Run(pack, file.stem, REMOVED, None, file, read(file))


def attempts_folder() -> Path:
    """Return the folder of runs under way and of what runs left that are not published."""
    return settings.home() / "reports" / "runs"


def _attempts() -> Iterator[Run]:
    for file in sorted(attempts_folder().glob(f"*/{NOTE}")):
        if (file.parent / FAILURE).exists():
            manifest = read(file)
            yield Run(manifest["pack"], file.parent.name, UNDONE, file.parent, file, manifest)
