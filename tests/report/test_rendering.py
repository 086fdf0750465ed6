"""Rendered files: what is taken from an earlier run is what would be rendered, and is checked."""

# ruff: noqa: F401, F811 - fixtures of other modules

import errno
import hashlib
import json
import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.report import sample
from tests.report.heard import Told
from tests.report.test_page import ORIGIN, report
from tests.report.test_run import tree
from tests.report.test_session import (
    NEEDS,
    copied,
    executed,
    manifest,
    pack,
)
from workbench.errors import GateError
from workbench.report import assemble, cache, dependence, formats, page, publish, rendering
from workbench.report.cache import Cache
from workbench.report.dependence import Dependence
from workbench.report.rendering import File, Rendering

NOTEBOOKS = '[[notebooks]]\nnotebook = "first"\n[[notebooks]]\nnotebook = "first"\nas = "again"\n'
ALL = f"formats = {json.dumps(list(formats.MAKERS))}\n{NOTEBOOKS}"
FILES = 2 * 2 * len(formats.MAKERS)
LATER = replace(ORIGIN, run="20261002T-next", time=ORIGIN.time + timedelta(days=1), audit="7c" * 32)


@pytest.fixture
def file(report):
    """Return a function that gives the sample's file of one kind, with changes."""

    def one(kind="html", origin=ORIGIN, **changes):
        whole = File(report, origin, "en", kind, "Monthly", ("html", "pdf"), {})
        return replace(whole, **changes)

    return one


@pytest.fixture
def rendered(tmp_path, bank):
    """Return a function that gives the content of a file, and the run it is from if it is kept."""

    def one(file, run="run-1", say=print, **options):
        kept = Cache(tmp_path / "cache", run)
        own = Rendering(kept, Dependence(bank), say, **{"fresh": False, **options})
        ((_, content),) = own.contents([file])
        assert own.made == 1 - len(own.reused)
        return content, own.reused.get(file.name)

    return one


@pytest.mark.parametrize("kind", formats.MAKERS)
def test_a_file_that_is_kept_has_the_bytes_of_one_that_is_rendered_for_its_run(
    kind, file, rendered, monkeypatch
):
    first, _ = rendered(file(kind))
    later = file(kind, LATER)
    fresh, _ = rendered(later, fresh=True)
    with monkeypatch.context() as nothing_rendered:
        nothing_rendered.setattr(File, "made", None)
        taken, run = rendered(later, run="run-2")
    assert (taken == fresh, run) == (True, "run-1")
    title, others = later.title, formats.others("sample", "en", later.formats)
    if kind == "html":
        assert taken.decode() == page.render(later.report, LATER, "en", title, others)
        assert LATER.run.encode() in taken
        assert taken != first
    else:
        assert taken == formats.render(kind, later.report, LATER, "en", title, {}, None)
        assert taken == first


def other_number(file):
    block = file.report.recorded.blocks[0]
    facts = {**block.facts, "nps": replace(block.facts["nps"], value=25.5)}
    recorded = replace(file.report.recorded, blocks=(replace(block, facts=facts),))
    return replace(file, report=replace(file.report, recorded=recorded))


def other_drawing(file):
    path = file.report.recorded.blocks[0].figures["en"]
    path.write_bytes(path.read_bytes().replace(b"</svg>", b"<g/></svg>"))
    return file


def other_word(file):
    elements = list(file.report.told.elements)
    elements[0] = replace(elements[0], text={"en": "Another title"})
    return replace(
        file, report=replace(file.report, told=replace(file.report.told, elements=elements))
    )


def other_order(file):
    block = file.report.recorded.blocks[0]
    facts = dict(reversed(block.facts.items()))
    recorded = replace(file.report.recorded, blocks=(replace(block, facts=facts),))
    return replace(file, report=replace(file.report, recorded=recorded))


OTHERS = {
    "a number": other_number,
    "a drawing": other_drawing,
    "a word": other_word,
    "the order of facts": other_order,
    "a parameter": lambda file: replace(
        file, report=replace(file.report, parameters=(("first", "'x'", "branch"),))
    ),
    "the leading results": lambda file: replace(
        file, report=replace(file.report, headlines=("sample",))
    ),
    "the readers": lambda file: replace(
        file, report=replace(file.report, audience={"en": "the board"})
    ),
    "the language": lambda file: replace(file, language="zh"),
    "the title": lambda file: replace(file, title="Quarterly"),
    "a change": lambda file: replace(file, changed={"sample.nps": "up by 2"}),
    "the commit": lambda file: replace(
        file, origin=replace(ORIGIN, code=replace(ORIGIN.code, commit="f" * 40))
    ),
    "the snapshot": lambda file: replace(file, origin=replace(ORIGIN, snapshot="s-2")),
    "the bank's name": lambda file: replace(file, origin=replace(ORIGIN, bank={"en": "B"})),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_file_is_rendered_again_when_something_in_it_is_different(what, file, rendered):
    rendered(file("slides"))
    assert rendered(file("slides"))[1] == "run-1"
    assert rendered(OTHERS[what](file("slides")))[1] is None


def test_a_page_depends_on_the_files_it_links_to(file, rendered):
    rendered(file())
    assert rendered(file(formats=("html",)))[1] is None


def test_a_change_elsewhere_concerns_no_file_of_this_report(file, rendered):
    rendered(file("slides"))
    assert rendered(file("slides", changed={"other.nps": "up by 2"}))[1] == "run-1"


def test_a_deck_depends_on_what_is_in_the_banks_template_and_nothing_else_does(
    file, rendered, tmp_path, monkeypatch
):
    monkeypatch.setattr(formats, "render", lambda *_: b"deck")
    template = tmp_path / "bank.pptx"
    for content, kept in ((b"one", None), (b"one", "run-1"), (b"two", None)):
        template.write_bytes(content)
        assert rendered(file("pptx", template=template))[1] == kept
    rendered(file("slides"))
    assert rendered(file("slides", template=template))[1] == "run-1"


def test_files_depend_on_templates_and_code(file, rendered, monkeypatch):
    rendered(file())
    monkeypatch.setattr(dependence, "_sums", lambda *_: ["another hash"])
    assert rendered(file())[1] is None


def test_reports_of_an_unchanged_run_are_the_same_to_the_byte_and_said(pack, copied):
    told = [Told(), Told()]
    first, second = pack(ALL, told[0]), pack(ALL, told[1])
    assert first.rendered == {"reused": 0, "made": FILES}
    assert second.rendered == {"reused": FILES, "made": 0}
    said = f"p: {FILES} of {FILES} files unchanged, rendered before"
    assert [each.lines.count(said) for each in told] == [0, 1]
    stored = manifest(second)["rendered_in"]
    assert (len(stored), set(stored.values())) == (FILES, {first.run})
    assert json.loads((folder(first) / "manifest.json").read_text("utf-8"))["rendered_in"] == {}
    fresh = pack(ALL, fresh=True)
    assert fresh.rendered == {"reused": 0, "made": FILES}
    assert _alike(second) == _alike(fresh)


def folder(published):
    """Return where a run lies, whatever was published since."""
    return publish.folder("p") / published.run


def _alike(published):
    """Return the files of a run without what each run has of its own."""
    about = json.loads((folder(published) / "manifest.json").read_text("utf-8"))
    own = {about["run"], str(about["audit"])[:32], about["time"][:16].replace("T", " ")}
    found = tree(folder(published))
    del found["manifest.json"]
    for name, content in found.items():
        for each in own:
            found[name] = found[name].replace(each.encode(), b"")
        assert (content != found[name]) == name.endswith(".html") or "slides" in name
    return found


def test_only_what_changed_is_rendered(pack, copied, home):
    pack(ALL)
    sample.notebook(home / "notebooks" / "second.ipynb")
    again = pack(ALL.replace('as = "again"', 'as = "third"'))
    assert again.rendered == {"reused": FILES // 2, "made": FILES // 2}
    assert {name.partition(".")[0] for name in manifest(again)["rendered_in"]} == {"first"}


TITLED = f'[title]\nzh = "月报"\nen = "Monthly"\n{NEEDS}'


@pytest.mark.parametrize("fresh", [False, True])
def test_what_is_through_is_rendered_while_others_go_on_once_and_alike(
    pack,
    copied,
    monkeypatch,
    fresh,
):
    made, usual = [], File.made

    def noted(self):
        made.append((self.name, threading.current_thread().name.startswith("rendering")))
        return usual(self)

    monkeypatch.setattr(File, "made", noted)
    ahead = pack(TITLED, fresh=fresh)
    assert ahead.rendered == {"reused": 0, "made": 4}
    assert sorted(made) == [
        *((f"first.{language}.html", True) for language in ("en", "zh")),
        *((f"second.{language}.html", False) for language in ("en", "zh")),
    ]
    monkeypatch.setattr(assemble, "early", lambda *_: 1 / 0)
    behind = pack(TITLED, fresh=True)
    assert [each for _, each in made[4:]] == [False] * 4
    assert _alike(behind) == _alike(ahead)
    assert manifest(behind)["rendered_in"] == {}


def test_nothing_is_rendered_ahead_once_a_run_is_over(file, tmp_path, bank):
    kept = Cache(tmp_path / "cache", "run-1")
    rendering_ = Rendering(kept, Dependence(bank), print, fresh=False)
    rendering_.early([file()])
    rendering_.stop()
    rendering_.early([file("slides")])
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert [each.kind for each, _ in rendering_.contents([file(), file("slides")])]
    assert (rendering_.made, rendering_.reused) == (2, {})


def entries(home):
    kept = (home / "reports" / "cache").glob("*")
    return [place for place in kept if (place / cache.RENDERED).is_file()]


def damage_content(place):
    content = (place / cache.RENDERED).read_bytes()
    (place / cache.RENDERED).write_bytes(content[:-7])


def damage_entry(place):
    (place / cache.ENTRY).write_text("{", "utf-8")


def damage_names(place):
    (place / cache.RENDERED).rename(place / "other")


@pytest.mark.parametrize("damage", [damage_content, damage_entry, damage_names])
def test_a_damaged_file_is_named_removed_and_rendered_again(pack, copied, home, damage):
    first, told = pack(ALL), Told()
    place = next(each for each in entries(home) if (each / "rendered").read_bytes()[:4] == b"%PDF")
    damage(place)
    second = pack(ALL, told)
    assert second.rendered == {"reused": FILES - 1, "made": 1}
    (said,) = (line for line in told.lines if "damaged" in line)
    assert f"kept file {place.name[:12]} is damaged: " in said
    name = said.partition(": ")[0]
    assert (name[-4:], said.endswith("; rendering it again")) == (".pdf", True)
    now, before = (tree(folder(each)) for each in (second, first))
    assert now[name] == before[name]
    assert pack(ALL).rendered["reused"] == FILES


def test_gates_look_at_what_is_taken_as_at_what_is_rendered(pack, copied, home):
    good = pack(NOTEBOOKS)
    place = entries(home)[0]
    content = (place / "rendered").read_bytes().replace(b"</body>", b"<p>13812345678</p></body>")
    (place / "rendered").write_bytes(content)
    entry = json.loads((place / "entry.json").read_text("utf-8"))
    entry["files"]["rendered"] = hashlib.sha256(content).hexdigest()
    (place / "entry.json").write_text(json.dumps(entry), "utf-8")
    with pytest.raises(GateError, match="a mobile phone number"):
        pack(NOTEBOOKS)
    assert good.index.resolve().parent.name == good.run


def test_a_disk_that_takes_no_more_files_is_said_and_stops_nothing(file, rendered, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)
    said = []
    assert rendered(file(), say=said.append)[1] is None
    assert said == ["sample.en.html: not kept for reuse: No space left on device"]


def test_rendered_files_that_nothing_used_for_long_go(file, rendered, tmp_path):
    rendered(file())
    rendered(file("slides"))
    kept = Cache(tmp_path / "cache", "run-2")
    now = max(place.stat().st_mtime for place in (tmp_path / "cache").iterdir())
    for place in (tmp_path / "cache").iterdir():
        os.utime(place, (now - (cache.KEEP_DAYS + 1) * 86_400,) * 2)
    assert rendered(file())[1] == "run-1"
    assert kept.sweep(now) == 1
    assert rendered(file())[1] == "run-1"


def test_kept_files_are_as_private_as_runs(file, rendered, tmp_path):
    rendered(file())
    (place,) = (tmp_path / "cache").iterdir()
    assert place.stat().st_mode & 0o777 == 0o700


def test_no_text_has_the_marks_that_stand_for_what_each_run_has_of_its_own():
    package = Path(rendering.__file__).parents[1]
    own = [path for path in package.rglob("*") if path.suffix in (".toml", ".html", ".css")]
    assert len(own) > 10
    assert [path for path in own if "\ue010" in path.read_text("utf-8")] == []
