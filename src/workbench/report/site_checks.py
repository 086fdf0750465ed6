"""Whether published reports are still as they were published, as last looked, by run."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import durable
from workbench.report import verify

if TYPE_CHECKING:
    from workbench.report.history import Run
    from workbench.report.site_shelves import Root

FILE = "checks.json"
"""Beside the roots: it says nothing of what is in a report."""


@dataclass(frozen=True)
class Check:
    """What was found: `day` of the look in ISO form, and the first thing wrong, or nothing."""

    day: str
    problem: str = ""


def checked(roots: Iterable["Root"], own: Path, *, again: bool) -> dict[str, Check]:
    """Return what is known of each run with a report, by its name; new ones are looked at.

    Parameters
    ----------
    own : Path
        Folder in which what was found is kept.
    again : bool
        Whether those looked at before are looked at again.
    """
    known = {} if again else _kept(own / FILE)
    runs = {run.name: run for root in roots for shelf in root.shelves for run in shelf.whole()}
    found = {name: known.get(name) or _look(run) for name, run in runs.items()}
    if found != _kept(own / FILE):
        plain = {name: asdict(each) for name, each in sorted(found.items())}
        durable.write(own / FILE, json.dumps(plain, ensure_ascii=False, indent=1) + "\n")
    return found


def _look(run: "Run") -> Check:
    day = datetime.now(UTC).date().isoformat()
    return Check(day, next(verify.content(run), ""))


def _kept(file: Path) -> dict[str, Check]:
    try:
        kept: Mapping[str, Mapping[str, str]] = json.loads(file.read_text("utf-8"))
        return {name: Check(**each) for name, each in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
