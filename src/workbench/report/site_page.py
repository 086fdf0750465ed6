"""Pages of the index site: what there is, and for each pack its facts over all runs.

A page is one file that needs no network: its script and its numbers are in it.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from workbench import record, text
from workbench.errors import WorkbenchError
from workbench.record import Block
from workbench.report import history, overview, page, sections, site_facts, story
from workbench.report import pack as packs
from workbench.report.history import Run
from workbench.report.site_checks import Check
from workbench.report.site_shelves import Root, Shelf
from workbench.text import LANGUAGES, Language, formats, say

FINDINGS = 1
"""Findings of each report that the index repeats: it is read in a glance."""
REPORTS = "reports"
WORDS = {
    "value": (),
    "range": (),
    "interval": ("low", "high"),
    "base": (),
    "run": (),
    "as_of": (),
    "none": (),
    "days": ("days",),
    "today": (),
    "cards": ("cards",),
    "matches": ("cards", "facts"),
    "still": (),
    "shown": ("all", "shown"),
}
"""What the script says, and the places it fills."""


def pages(root: Root, checks: Mapping[str, Check]) -> Iterator[tuple[str, str]]:
    """Yield name and content of every page of `root`, in both languages."""
    for language in LANGUAGES:
        with text.spoken(language):
            cards = [_card(root, shelf, checks) for shelf in root.shelves]
            within = [card for card in cards if card["part"]]
            facts = []
            for shelf in root.shelves:
                if not _has_facts(shelf):
                    continue
                name, about = address(shelf.pack, language), _over_time(shelf, checks)
                facts += [
                    {"label": fact["label"], "href": f"{name}#{fact['id']}"}
                    for fact in about["data"]["facts"]
                ]
                yield name, _page("site_pack.html", root, language, about, shelf)
            runs = [_run(run, checks) for shelf in root.shelves for run in shelf.runs]
            runs.sort(key=lambda run: run["run"], reverse=True)
            cards = [card for card in cards if not card["part"]]
            view = {"cards": cards, "parts": within, "runs": runs, "data": {"facts": facts}}
            yield address("", language), _page("site.html", root, language, view)


def address(pack: str, language: Language) -> str:
    """Return the file name of the page of `pack`, or of the index without one."""
    name = pack.replace("/", "--") or "index"
    return f"{name}.html" if language == LANGUAGES[0] else f"{name}.{language}.html"


def _page(
    template: str,
    root: Root,
    language: Language,
    view: Mapping[str, Any],
    shelf: Shelf | None = None,
) -> str:
    pack = shelf.pack if shelf else ""
    others = [(other, None if other == language else address(pack, other)) for other in LANGUAGES]
    words = {
        name: say(f"site.js.{name}", **{place: f"{{{place}}}" for place in places})
        for name, places in WORDS.items()
    }
    data = {**view["data"], "words": words, "missing": formats.MISSING, "minus": formats.MINUS}
    return (
        page.environment()
        .get_template(template)
        .render(
            **{**view, "data": _json(data)},
            audience=_audience(root),
            bank=_bank(root).get(language, ""),
            demo=any(run.manifest.get("demo") for each in root.shelves for run in each.runs),
            names={other: text.catalogue()["report.this"][other] for other in LANGUAGES},
            languages=others,
            tongue={"zh": "zh-CN", "en": "en"}[language],
            index=address("", language),
            css=page.style() + _asset("site.css"),
            script=_asset("site.js"),
            hashes=_hash(_asset("site.js")),
        )
    )


def _bank(root: Root) -> Mapping[str, str]:
    runs = (run for shelf in root.shelves for run in shelf.runs)
    return next((run.manifest["bank"] for run in runs if "bank" in run.manifest), {})


def _audience(root: Root) -> str:
    if root.branch:
        return f"{root.branch['name']} {root.branch['id']}"
    return say(f"site.root.{root.name}")


def _card(root: Root, shelf: Shelf, checks: Mapping[str, Check]) -> dict[str, Any]:
    latest, failed = shelf.latest, shelf.failed
    newest = max(
        (run.as_of for each in root.shelves for run in each.whole() if run.as_of), default=None
    )
    state = "failed" if failed else "none" if latest is None else "fresh"
    if state == "fresh" and latest and latest.as_of != newest:
        state = "old"
    drafts = sum(run.state == history.DRAFT for run in shelf.runs)
    card: dict[str, Any] = {
        "pack": shelf.pack,
        "title": title(shelf),
        "audience": _readers(shelf),
        "state": state,
        "drafts": say("site.drafts", count=drafts) if drafts else "",
        "failed": _failed(failed) if failed else "",
        "facts": address(shelf.pack, text.language()) if _has_facts(shelf) else "",
        "part": "/" in shelf.pack and not root.branch,
        "latest": None,
        "reports": [],
    }
    if latest is None:
        return card
    reports = [] if card["part"] else list(_reports(shelf, latest))
    return card | {"latest": _run(latest, checks), "reports": reports}


def _has_facts(shelf: Shelf) -> bool:
    """Tell whether there is anything to follow over time; a list of reports has no facts."""
    return any(run.facts for run in shelf.whole())


def title(shelf: Shelf) -> str:
    """Return the title of a pack, or of a branch's part of it."""
    for run in shelf.runs:
        if said := (run.manifest.get("title") or {}).get(text.language()):
            branch = run.manifest.get("branch")
            return f"{said} {branch['id']}" if branch else str(said)
    pack = _known(shelf.pack)
    return pack.title.said(text.language()) if pack and pack.title else shelf.pack


def _known(name: str) -> packs.Pack | None:
    """Return the pack as its file is now; None when there is none any more."""
    try:
        return packs.known(name)
    except WorkbenchError:
        return None


def _readers(shelf: Shelf) -> str:
    pack = _known(shelf.pack)
    return pack.readers().get(text.language(), "") if pack else ""


def _failed(failed: Mapping[str, Any]) -> str:
    return say(
        "site.failed",
        as_of=formats.day(date.fromisoformat(failed["as_of"])),
        time=_moment(failed["time"]),
        code=failed.get("exit_code", ""),
    )


def _moment(time: str) -> str:
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M UTC}" if time else ""


def _run(run: Run, checks: Mapping[str, Check]) -> dict[str, Any]:
    """Return what a list of runs says of one."""
    check = checks.get(run.name)
    opened = run.state == history.PUBLISHED and run.folder is not None
    return {
        "run": run.run,
        "name": run.name,
        "pack": run.pack,
        "title": title(Shelf(run.pack, (run,))),
        "as_of": formats.day(run.as_of) if run.as_of else "",
        "when": run.time,
        "time": _moment(run.time),
        "state": run.state,
        "latest": run.is_latest,
        "address": f"{REPORTS}/{run.name}/{_index(run)}" if opened else "",
        "crossed": overview.crossed(run.manifest.get("crossed", [])) if opened else "",
        "check": _check(check) if opened and check else "",
        "sound": not (check and check.problem),
        "deadline": _deadline(run),
    }


def _index(run: Run) -> str:
    """Return the index of a run in the current language, or the one it has."""
    spoken = run.manifest.get("languages", LANGUAGES)
    own = page.index_address(text.language(), spoken)
    return own if own in run.manifest["files"] else page.index_address(spoken[0], spoken)


def _check(check: Check) -> str:
    day = formats.day(date.fromisoformat(check.day))
    return say("site.changed" if check.problem else "site.sound", day=day)


def _deadline(run: Run) -> str:
    due = run.manifest.get("deadline")
    return say("site.met" if due["met"] else "site.late") if due else ""


def _reports(shelf: Shelf, latest: Run) -> Iterator[dict[str, Any]]:
    """Yield title, address and first findings of each report of the latest run."""
    language = text.language()
    pack = _known(shelf.pack)
    leading = {entry.name: entry.headlines for entry in pack.notebooks} if pack else {}
    for name in latest.manifest.get("notebooks", {}):
        folder = latest.folder / "record" / name if latest.folder else None
        if folder is None or not (folder / story.FILE).exists():
            continue
        blocks = _blocks(folder)
        chosen = [each for each in leading.get(name, ()) if each in blocks] or list(blocks)
        yield {
            "title": story.read(folder).said(story.TITLE, "heading", language) or name,
            "address": f"{REPORTS}/{latest.name}/{name}.{language}.html"
            if f"{name}.{language}.html" in latest.manifest["files"]
            else "",
            "findings": [
                *islice(filter(None, (_finding(blocks[each]) for each in chosen)), FINDINGS)
            ],
        }


def _blocks(folder: Path) -> dict[str, Block]:
    """Return what was shown, by name; nothing of a record that an earlier version wrote."""
    try:
        return {block.name: block for block in record.read(folder).blocks}
    except (KeyError, TypeError):
        return {}


def _finding(block: Block) -> Markup | None:
    """Return a finding; None of one that earlier words said, of which facts are missing now."""
    try:
        return page.emphasised(sections.pieces(block))
    except (KeyError, ValueError):
        return None


def _over_time(shelf: Shelf, checks: Mapping[str, Check]) -> dict[str, Any]:
    """Return what the page of a pack shows: facts over its runs, and the runs."""
    whole = shelf.whole()[::-1]
    told = [
        {
            "run": run.run,
            "as_of": run.as_of.isoformat() if run.as_of else "",
            "time": _moment(run.time),
        }
        for run in whole
    ]
    return {
        "title": title(shelf),
        "latest": _run(shelf.latest, checks) if shelf.latest else None,
        "runs": [_run(run, checks) for run in shelf.runs],
        "data": {"runs": told, **site_facts.series(whole)},
    }


def _json(data: Mapping[str, Any]) -> Markup:
    """Return `data` as JSON that cannot end the element it stands in."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(plain.replace("<", "\\u003c").replace("\u2028", "\\u2028"))


@cache
def _asset(name: str) -> Markup:
    return Markup((files("workbench.report") / "templates" / name).read_text("utf-8"))


def _hash(script: str) -> Markup:
    """Return what the page's policy knows its script by."""
    digest = hashlib.sha256(script.encode()).digest()
    return Markup(f"'sha256-{base64.b64encode(digest).decode()}'")
