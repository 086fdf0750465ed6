"""What of all that was run each audience may see: the shelves of the index site."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import ParameterError
from workbench.report import history, pack, publish
from workbench.report.history import Run

BANK, CREDIT, BRANCHES = "bank", "credit", "branches"
"""Who may see the whole bank; who may see single borrowers; a branch its own, by its id."""


@dataclass(frozen=True)
class Shelf:
    """A pack, or a part of one, in a root.

    Attributes
    ----------
    pack : str
        Its name.
    runs : tuple of Run
        What was run and may be seen here, the newest first.
    failed : mapping or None
        The failed attempt that is newer than the latest report.
    """

    pack: str
    runs: tuple[Run, ...]
    failed: Mapping[str, Any] | None = None

    @property
    def latest(self) -> Run | None:
        """Return the last good run; None when there is none."""
        return next((run for run in self.runs if run.is_latest), None)

    def whole(self) -> tuple[Run, ...]:
        """Return the runs whose reports are there, the newest first."""
        return tuple(run for run in self.runs if run.state == history.PUBLISHED)


@dataclass(frozen=True)
class Root:
    """What one audience may see.

    Attributes
    ----------
    name : str
        `bank`, `credit`, or `branches/<id>`.
    branch : mapping or None
        `id` and `name` of the branch whose reports these are.
    shelves : tuple of Shelf
        By name of the pack.
    """

    name: str
    branch: Mapping[str, str] | None
    shelves: tuple[Shelf, ...]


def roots() -> list[Root]:
    """Return the roots, each with what its audience may see."""
    shelves: dict[str, dict[str, list[Run]]] = {}
    branches: dict[str, Mapping[str, str]] = {}
    failures = {name: history.failure(name) for name in history.packs()}
    for name in failures:
        runs = history.runs(name)
        usual = next((_audience(run) for run in runs if "files" in run.manifest), _planned(name))
        for run in runs:
            audience = _audience(run) if "files" in run.manifest else usual
            shelves.setdefault(audience, {}).setdefault(name, []).append(run)
            if audience == BANK and (branch := run.manifest.get("branch")):
                root = f"{BRANCHES}/{publish.folder(name).name}"
                branches[root] = branch
                shelves.setdefault(root, {}).setdefault(name, []).append(run)
    return [
        Root(
            root,
            branches.get(root),
            tuple(Shelf(name, tuple(runs), failures[name]) for name, runs in sorted(own.items())),
        )
        for root, own in sorted(shelves.items(), key=lambda each: (each[0] in branches, each[0]))
    ]


def _audience(run: Run) -> str:
    return CREDIT if run.manifest.get("disclosure") == CREDIT else BANK


def _planned(name: str) -> str:
    """Return the root of a pack of which nothing is published: as its file says now."""
    try:
        known = pack.known(name)
    except ParameterError:
        return CREDIT
    there = all(entry.path.is_file() for entry in known.notebooks)
    return BANK if there and known.disclosure != CREDIT else CREDIT
