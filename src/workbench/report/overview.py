"""The index of a pack that is published as several reports: a branch's each, or a machine's each.

It is a report of its own, published like the others, and made anew by every run that publishes
one of them.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workbench import text
from workbench.errors import LockedError
from workbench.report import finish, gates, history, page, publish
from workbench.report.parts import Part
from workbench.report.plan import Whole
from workbench.text import Language, say

PATIENCE_SECONDS = 60
"""How long to wait for other machines that make the same index."""
LEVELS = ("red", "yellow", "unknown")


def publish_index(
    whole: Whole,
    failed: Mapping[str, str],
    about: Mapping[str, object],
    tell: Callable[[str], None],
) -> Path:
    """Publish the index of all reports of `whole.pack`; return the page to open.

    Parameters
    ----------
    failed : mapping of part to reason
        Reports that this run could not publish.
    about : mapping
        What the manifest says of the run besides.
    tell : callable
        Takes what went wrong behind the publication.

    Raises
    ------
    LockedError
        Another run holds the index for long; the reports are published all the same.
    GateError
        It may not be published.
    """
    name, content = whole.pack.name, whole.place / "index"
    with _patiently(name):
        content.mkdir()
        manifests = {part.name: _manifest(part) for part in whole.every}
        reasons = []
        for language in whole.pack.languages:
            html = _page(whole, manifests, failed, language)
            address = page.index_address(language, whole.pack.languages)
            (content / address).write_text(html, "utf-8")
            reasons += [f"{address}: {reason}" for reason in gates.page(html)]
        gates.refuse(reasons, whole.place / "gates.json")
        runs = {part: each["run"] for part, each in manifests.items() if each}
        known = {
            "disclosure": whole.pack.disclosure,
            "parts": runs,
            "failed": failed,
            "previous": publish.head(name),
            **about,
        }
        publish.seal(content, {**whole.origin.manifest(), **known})
        gates.refuse(gates.leaks(content, whole.plans[0].bank.folder), whole.place / "gates.json")
        folder = publish.release(content, name, whole.origin.run)
        if not any(history.failure(part.name) for part in whole.every):
            history.clear_failure(name)
        finish.tidy(name, whole.pack, tell)
        return folder / "index.html"


@contextmanager
def _patiently(pack: str) -> Iterator[None]:
    """Hold the index, which several machines make one after the other."""
    until = time.monotonic() + PATIENCE_SECONDS
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(publish.locked(pack))
                break
            except LockedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        yield


def _manifest(part: Part) -> Mapping[str, Any] | None:
    """Return the manifest of the latest report of `part`; None when there is none."""
    latest = publish.latest(part.name)
    if latest is None:
        return None
    try:
        found: Mapping[str, Any] = json.loads((latest / publish.MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _page(
    whole: Whole,
    manifests: Mapping[str, Mapping[str, Any] | None],
    failed: Mapping[str, str],
    language: Language,
) -> str:
    pack, origin = whole.pack, whole.origin
    with text.spoken(language):
        rows = [
            _row(whole, part, manifests[part.name], part.name in failed) for part in whole.every
        ]
        view = {
            "title": pack.title.said(language) if pack.title else pack.name,
            "audience": pack.audience.said(language) if pack.audience else None,
            "limited": bool(pack.thresholds),
            "parts": rows,
        }
        languages = [
            (other, None if other == language else page.index_address(other, origin.languages))
            for other in origin.languages
        ]
        return page.page("overview.html", origin, language, languages, {"overview": view})


def _row(
    whole: Whole, part: Part, manifest: Mapping[str, Any] | None, failed: bool
) -> dict[str, Any]:
    if manifest is None:
        absent = {"as_of": None, "crossed": "", "time": "", "address": None}
        return {**absent, "name": _name(part, None), "state": say("overview.absent")}
    own = whole.origin
    same = (manifest["snapshot"], manifest["as_of"]) == (own.snapshot, own.as_of.isoformat())
    state = "failed" if failed else "fresh" if same else "old"
    place = part.name.removeprefix(f"{whole.pack.name}/")
    index = page.index_address(text.language(), manifest["languages"])
    published = datetime.fromisoformat(manifest["time"])
    return {
        "name": _name(part, manifest),
        "address": f"../{place}/{manifest['run']}/{index}",
        "as_of": date.fromisoformat(manifest["as_of"]),
        "crossed": crossed(manifest.get("crossed", [])),
        "state": say(f"overview.{state}"),
        "time": f"{published:%Y-%m-%d %H:%M UTC}",
    }


def _name(part: Part, manifest: Mapping[str, Any] | None) -> str:
    if part.branch:
        return f"{part.branch.name} {part.branch.id}"
    title = manifest["title"].get(text.language()) if manifest else None
    return str(title or " · ".join(entry.name for entry in part.notebooks))


def crossed(found: list[Mapping[str, Any]]) -> str:
    """Return how many facts are beyond their limits, the worst first."""
    counts = Counter(each["level"] for each in found)
    said = [say(f"overview.{level}", count=counts[level]) for level in LEVELS if counts[level]]
    return " · ".join(said) or say("overview.none")
