"""How long reports are kept: the last ones, and one a month; of the others only the manifest.

The latest report and drafts are never removed. A manifest is on disk in `removed/` before the
files of its run go, so that the chain can be followed at any time.
"""

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench import durable
from workbench.report import history, publish
from workbench.report.history import Run

ABANDONED_SECONDS = 86_400


@dataclass(frozen=True)
class Keep:
    """How much of a pack is kept.

    Attributes
    ----------
    last : int
        Newest reports.
    monthly : int
        Months of which the last report is kept, by the day up to which it uses facts.
    runs, failed : int
        Working folders of finished and of failed runs in `reports/runs`.
    """

    last: int = 12
    monthly: int = 24
    runs: int = 3
    failed: int = 20


def apply(pack: str, keep: Keep) -> list[str]:
    """Remove what `keep` does not keep of `pack`; return the runs whose reports were removed.

    Must be called while the pack is `locked`.
    """
    whole = [run for run in history.runs(pack) if run.state in (history.PUBLISHED, history.ASIDE)]
    staying = kept(whole, keep)
    gone = [run for run in whole if run.run not in staying]
    for run in gone:
        _bury(run)
    for folder in _finished(pack, keep):
        shutil.rmtree(folder)
    return [run.run for run in gone]


def kept(runs: Iterable[Run], keep: Keep) -> set[str]:
    """Return the ids of those of `runs`, the newest first, that are to be kept.

    Those are the latest, the newest `keep.last`, and the newest run of each of the newest
    `keep.monthly` months.
    """
    newest = list(runs)
    months: dict[str, str] = {}
    for run in newest:
        if run.state == history.PUBLISHED:
            months.setdefault(str(run.as_of)[:7], run.run)
    by_month = [months[month] for month in sorted(months, reverse=True)]
    return {
        *(run.run for run in newest[: keep.last]),
        *(run.run for run in newest if run.is_latest),
        *by_month[: keep.monthly],
    }


def _bury(run: Run) -> None:
    """Keep the manifest of `run`, then remove its files."""
    assert run.folder is not None
    own = run.folder.parent
    stones = own / publish.REMOVED
    durable.folder(stones, mode=0o750)
    publish.sweep(stones)
    publish.write(stones / f"{run.run}.json", run.file.read_bytes().decode("utf-8"))
    publish.remove(run.folder, own)


def _finished(pack: str, keep: Keep) -> list[Path]:
    """Return the working folders of `pack` that are not kept, failed ones counted apart.

    All parts of a pack are run in one folder. One that has not ended may be another machine's, at
    work on its share; after a day it counts as failed.
    """
    pack = pack.partition("/")[0]
    own = [
        file.parent
        for file in history.attempts_folder().glob(f"*/{history.NOTE}")
        if history.read(file)["pack"] == pack
    ]
    own.sort(key=lambda place: (history.moment(place.name), place.name), reverse=True)
    done = [each for each in own if (each / history.DONE).exists()]
    failed = [each for each in own if each not in done and _has_failed(each)]
    return [*failed[keep.failed :], *done[keep.runs :]]


def _has_failed(place: Path) -> bool:
    silent = time.time() - place.stat().st_mtime > ABANDONED_SECONDS
    return silent or (place / history.FAILURE).exists()
