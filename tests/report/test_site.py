"""The index site: links that lead somewhere, audiences kept apart, and what is wrong is said."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from tests.report import published as made
from workbench.cli import app
from workbench.errors import GateError, ParameterError
from workbench.report import history, publish, site, site_facts, site_shelves
from workbench.text import LANGUAGES, spoken

HREF = re.compile(r'href="([^"#]+)')


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    return tmp_path


def release(place, run, pack="pack", **said):
    content = made.content(place / f"work-{pack.replace('/', '-')}-{run}", run, **said)
    manifest = json.loads((content / publish.MANIFEST).read_text("utf-8"))
    before = publish.head(pack)
    publish.write_manifest(content, {**manifest, "pack": pack, "previous": before})
    with publish.locked(pack):
        return publish.release(content, pack, run)


def made_anew(**given):
    return site.refresh(tell=lambda _: None, **given)


def everything(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return "".join(path.read_text("utf-8", errors="replace") for path in files)


def data(page):
    found = re.search(r'id="data">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    return json.loads(found[1])


def test_every_link_of_every_page_leads_to_a_file(place):
    release(place, "20260831T080000Z-a", as_of="2026-08-31")
    release(place, "20260930T080000Z-b", title={"zh": "月报", "en": "Monthly"})
    index = made_anew()["bank"]
    pages = [*index.parent.glob("*.html")]
    assert {page.name for page in pages} == {
        *("index.html", "index.en.html", "pack.html", "pack.en.html")
    }
    for page in pages:
        links = [unquote(each) for each in HREF.findall(page.read_text("utf-8"))]
        assert links
        assert [each for each in links if not (page.parent / each).is_file()] == []
    linked = index.parent / "reports/pack/20260930T080000Z-b/index.html"
    assert linked.read_text("utf-8") == "index of 20260930T080000Z-b"


def test_facts_over_runs_have_their_intervals_and_gaps(place):
    low = {"value": 0.1, "low": 0.05, "high": 0.15, "n": 40, "unit": "share"}
    release(place, "20260731T080000Z-a", as_of="2026-07-31", facts={"sample.rate": low})
    release(place, "20260831T080000Z-b", as_of="2026-08-31", facts={"sample.other": 2.0})
    hidden = {"value": None, "suppressed": True}
    facts = {"sample.rate": {**low, "value": 0.12}, "sample.other": hidden}
    release(place, "20260930T080000Z-c", as_of="2026-09-30", facts=facts)
    found = data(made_anew()["bank"].parent / "pack.html")
    assert [run["as_of"] for run in found["runs"]] == ["2026-07-31", "2026-08-31", "2026-09-30"]
    facts = {fact["id"]: fact for fact in found["facts"]}
    assert facts["sample.rate"]["value"] == [0.1, None, 0.12]
    assert facts["sample.rate"]["low"] == [0.05, None, 0.05]
    assert facts["sample.rate"]["n"] == [40, None, 40]
    assert facts["sample.other"]["value"] == [None, 2.0, None]
    assert "low" not in facts["sample.other"]


def test_audiences_are_kept_apart(place):
    release(place, "20260930T080000Z-a", facts={"sample.for_all": 1.0})
    release(
        place,
        "20260930T080000Z-b",
        "credit-pack",
        facts={"sample.single_borrower": 2.0},
        disclosure="credit",
    )
    for branch, name in (("B1", "甲支行"), ("B2", "乙支行")):
        about = {"id": branch, "name": name}
        facts = {f"sample.of_{branch}": 3.0}
        release(place, "20260930T080000Z-c", f"own/branches/{branch}", branch=about, facts=facts)
    found = made_anew()
    assert set(found) == {"bank", "credit", "branches/B1", "branches/B2"}
    said = {name: everything(index.parent) for name, index in found.items()}
    assert "single_borrower" in said["credit"]
    assert "for_all" not in said["credit"]
    assert "single_borrower" not in said["bank"]
    assert all(f"of_{branch}" in said["bank"] for branch in ("B1", "B2"))
    assert "of_B1" in said["branches/B1"]
    for other in ("of_B2", "乙支行", "for_all", "single_borrower"):
        assert other not in said["branches/B1"]


def test_failures_and_drafts_of_a_credit_pack_are_not_told_to_the_whole_bank(place):
    release(place, "20260831T080000Z-a", "credit-pack", as_of="2026-08-31", disclosure="credit")
    note = {"run": "r3", "time": "2026-10-31T08:00:00+00:00", "as_of": "2026-10-31"}
    failed = json.dumps({**note, "snapshot": "s", "exit_code": 3})
    (publish.folder("credit-pack") / history.FAILED).write_text(failed, "utf-8")
    found = made_anew()
    assert set(found) == {"credit"}
    page = found["credit"].read_text("utf-8")
    assert "2026年10月31日" in page
    assert "退出码 3" in page
    assert 'data-state="failed"' in page


def test_a_pack_of_which_nothing_is_known_is_shown_to_the_fewest(place, home):
    folder = home / "reports/runs/20260930T080000Z-x"
    folder.mkdir(parents=True)
    note = {"pack": "gone", "run": folder.name, "time": "2026-09-30T08:00:00+00:00"}
    (folder / history.NOTE).write_text(json.dumps({**note, "as_of": "2026-09-30"}), "utf-8")
    (folder / history.FAILURE).write_text("customer 13912345678 is odd", "utf-8")
    assert [root.name for root in site_shelves.roots()] == ["credit"]
    assert "139" not in everything(made_anew()["credit"].parent)


def test_a_draft_is_named_and_not_shown(place):
    release(place, "20260831T080000Z-a", as_of="2026-08-31")
    made.keep(place, "20260930T080000Z-b", facts={"sample.unsigned": 7.0})
    index = made_anew()["bank"]
    assert "待签发" in index.read_text("utf-8")
    assert "unsigned" not in everything(index.parent)
    assert not (index.parent / "reports/pack/20260930T080000Z-b").exists()


def test_a_changed_file_is_said_once_it_is_looked_at_again(place):
    folder = release(place, "20260930T080000Z-a").resolve()
    page = made_anew()["bank"]
    assert "校验无误" in page.read_text("utf-8")
    (folder / "index.html").write_text("forged", "utf-8")
    made_anew()
    assert "有改动" not in page.read_text("utf-8")
    made_anew(check=True)
    assert "有改动" in page.read_text("utf-8")
    assert "changed since" in (page.parent / "index.en.html").read_text("utf-8")


def test_the_site_made_twice_is_the_same_and_follows_what_is_kept(place):
    release(place, "20260831T080000Z-a", as_of="2026-08-31")
    first = release(place, "20260930T080000Z-b").resolve().parent / "20260831T080000Z-a"
    index = made_anew()["bank"]
    before = everything(index.parent)
    (index.parent / "reports/pack/.unfinished-20260930T080000Z-b").mkdir()
    made_anew()
    assert everything(index.parent) == before
    publish.remove(first, publish.folder("pack"))
    made_anew()
    assert not (index.parent / "reports/pack/20260831T080000Z-a").exists()
    assert (index.parent / "reports/pack/20260930T080000Z-b/index.html").is_file()


def test_a_root_nobody_has_reports_in_any_more_goes(place):
    release(place, "20260930T080000Z-a")
    release(place, "20260930T080000Z-b", "other", disclosure="credit")
    index = made_anew()["credit"]
    publish.remove(publish.folder("other"), place / "published")
    assert set(made_anew()) == {"bank"}
    assert not index.parent.exists()


def test_a_page_that_would_name_somebody_is_refused_and_the_last_one_stays(place):
    release(place, "20260831T080000Z-a", as_of="2026-08-31", title={"zh": "月报", "en": "Monthly"})
    index = made_anew()["bank"]
    before = index.read_bytes()
    release(place, "20260930T080000Z-b", title={"zh": "客户 13912345678", "en": "Monthly"})
    with pytest.raises(GateError, match="a mobile phone number"):
        made_anew()
    assert index.read_bytes() == before


def test_what_a_report_says_cannot_leave_its_place_in_the_page(place):
    release(place, "20260930T080000Z-a", title={"zh": "<script>x</script>", "en": "<b>x</b>"})
    for page in made_anew()["bank"].parent.glob("*.html"):
        content = page.read_text("utf-8")
        assert "<script>x" not in content
        assert "<b>x" not in content


def test_findings_in_words_of_an_earlier_version_are_left_out_and_the_others_told(place, bank):
    shown = {"value": 31.0, "low": 20.0, "high": 42.0, "confidence": 0.95, "unit": "points"}
    facts = {"sample.nps": shown, "sample.change": {"value": 2.0, "unit": "points"}}
    content = made.content(place / "work", "20260930T080000Z-a", facts=facts)
    record = content / "record" / "sample"
    title = {"kind": "heading", "part": "title", "text": {"zh": "样本", "en": "A sample"}}
    (record / "story.json").write_text(json.dumps([{**title, "result": ""}]), "utf-8")
    told = {"facts": [], "words": {}}
    blocks = [
        {"name": name, "execution_count": 1, "finding": {**told, "key": key}}
        for name, key in (("sample", "sample.finding"), ("sample-2", "sample-2.title"))
    ]
    (record / "blocks.json").write_text(json.dumps(blocks), "utf-8")
    (record / "tables").mkdir()
    table = json.dumps({"columns": [], "base": None, "rows": []})
    for name in ("sample", "sample-2"):
        (record / "tables" / f"{name}.json").write_text(table, "utf-8")
    manifest = json.loads((content / publish.MANIFEST).read_text("utf-8"))
    publish.seal(content, {key: value for key, value in manifest.items() if key != "files"})
    with publish.locked("pack"):
        publish.release(content, "pack", "20260930T080000Z-a")
    page = (made_anew()["bank"].parent / "index.en.html").read_text("utf-8")
    assert "A sample" in page
    assert page.count("<li>") == 1
    assert "<li>A second result</li>" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_a_unit_is_written_is_known_for_all_units(language):
    from workbench.text import formats

    with spoken(language):
        for unit in [*formats.UNITS, "money0", "money1", "money2"]:
            how = site_facts.writing(unit)
            sample = formats.number(1234.5, unit)
            assert sample.startswith(how["before"])
            assert sample.endswith(how["after"])


def test_the_command_says_where_to_open_and_what_is_missing(place):
    empty = CliRunner().invoke(app, ["site"])
    assert empty.exit_code == ParameterError.exit_code
    assert "nothing was run yet" in empty.stderr
    release(place, "20260930T080000Z-a")
    outcome = CliRunner().invoke(app, ["site", "--check"])
    said = json.loads(outcome.stdout.splitlines()[-1])
    assert said["status"] == "made"
    assert Path(said["site"]["bank"]).is_file()
