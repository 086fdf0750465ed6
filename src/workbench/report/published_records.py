"""Records that other packs published: which one a run reads, and what it depends on by that."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.record import BLOCKS
from workbench.report import history, publish

if TYPE_CHECKING:
    from workbench.report.plan import Plan


def found(plan: "Plan", names: Iterable[str]) -> Mapping[str, Path]:
    """Return the newest published record of each of `names` that `plan` may read.

    Of the same bank, of another pack that is published as a whole, and of no later day. A name of
    which there is none is left out. A branch's report reads none: they tell of other branches.
    """
    wanted = list(names)
    if not wanted or plan.part.branch:
        return {}
    newest: dict[str, tuple[tuple[str, str], Path]] = {}
    for pack in history.packs():
        if pack == plan.origin.pack or "/" in pack:
            continue
        for run in history.published(pack):
            if not _serves(run, plan) or run.folder is None:
                continue
            for name in wanted:
                place = run.folder / "record" / name
                rank = (str(run.as_of), run.run)
                known = newest.get(name)
                if (place / BLOCKS).is_file() and (known is None or rank > known[0]):
                    newest[name] = (rank, place)
    return {name: place for name, (_, place) in newest.items()}


def digest(place: Path) -> str:
    """Return a hash over the report that the record in `place` was published with."""
    return hashlib.sha256((place.parents[1] / publish.MANIFEST).read_bytes()).hexdigest()


def _serves(run: history.Run, plan: "Plan") -> bool:
    if run.as_of is None or run.as_of > plan.origin.as_of:
        return False
    manifest, origin = run.manifest, plan.origin
    return manifest.get("bank") == dict(origin.bank) and manifest.get("demo") == origin.demo
