"""Packs from order to published reports: reuse, needs, branches, shards, formats, limits."""

import json
import re
import shutil
import sys
import types
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.report import sample
from tests.report.conftest import PROJECT
from tests.report.heard import Told
from tests.report.test_run import tree
from workbench import record, settings
from workbench.errors import GateError, LockedError, NothingToDoError, ParameterError, RunError
from workbench.report import (
    diff,
    execute,
    formats,
    history,
    overview,
    publish,
    source,
    verify,
)
from workbench.report.pack import Limits
from workbench.report.run import Order, run

FIRST = '[[notebooks]]\nnotebook = "first"\n'
READS = """from workbench import open_record
read = open_record("first").facts()["sample.nps"]
result = sample.branches("sample-2", first=str(read.value))"""


@pytest.fixture
def pack(home, bank):
    """Return a function that runs a pack of `text` over the notebooks `first` and `second`."""
    bank.pin()
    sample.notebook(home / "notebooks" / "first.ipynb")
    sample.notebook(home / "notebooks" / "second.ipynb", load=READS)

    def ordered(text, told=None, **options):
        (home / "reports" / "packs" / "p.toml").write_text(text, "utf-8")
        return run(Order(["p"], **options), told or Told())

    return ordered


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return what executing the notebook `first` once leaves: its copy and its record."""
    folder = tmp_path_factory.mktemp("executed")
    path = sample.notebook(folder / "first.ipynb")
    told = settings.Run(folder / "record", folder, "s", "2026-09-30", ("zh", "en"))
    told.write(folder / "run.json")
    here = {"WORKBENCH_RUN": str(folder / "run.json"), "PYTHONPATH": str(PROJECT)}
    job = execute.Job("first", path, folder / "work", {}, here)
    job.work.mkdir()
    assert execute.one(job, Limits(), Told()).failure is None
    return folder


@pytest.fixture
def copied(executed, monkeypatch):
    """Copy what a kernel would do instead of starting one; the failures of jobs may be set."""
    failures = {}

    def one(job, limits, progress, stops=None):
        record = Path(json.loads(Path(job.environment["WORKBENCH_RUN"]).read_text())["record"])
        shutil.copytree(executed / "record", record, dirs_exist_ok=True)
        shutil.copyfile(executed / "work" / execute.EXECUTED, job.executed)
        return execute.Outcome(job, 0.1, failures.get(job.name))

    monkeypatch.setattr(execute, "one", one)
    return failures


def manifest(published):
    return json.loads((published.index.parent / "manifest.json").read_text("utf-8"))


NEEDS = f'{FIRST}[[notebooks]]\nnotebook = "second"\nneeds = ["first"]\n'


def test_a_notebook_reads_the_record_of_another_and_is_reused_with_it(pack, home, monkeypatch):
    one = pack(NEEDS)
    names = [row["sample_branch"] for row in rows(one, "second", "sample-2")]
    assert names[0] == "25.0"
    assert one.reused == []
    told = Told()
    two = pack(NEEDS, told)
    assert two.reused == ["first", "second"]
    assert told.through == []
    assert told.lines[0] == f"first: unchanged, reused from run {one.run}"
    stored = manifest(two)["notebooks"]
    assert {each["reused"] for each in stored.values()} == {one.run}
    before, after = tree(one.index.parent), tree(two.index.parent)
    records = [name for name in before if name.startswith("record/")]
    assert len(records) == 12
    assert [name for name in records if before[name] != after[name]] == []
    sample.notebook(home / "notebooks" / "second.ipynb", load=READS + "  # changed")
    assert pack(NEEDS).reused == ["first"]
    monkeypatch.delenv("WORKBENCH_RUN", raising=False)
    assert record.open_record("first").facts()["sample.nps"].value == 25.0
    with pytest.raises(ParameterError, match="no published report has a record 'third'"):
        record.open_record("third")


def rows(published, notebook, result):
    folder = published.index.parent / "record" / notebook / "tables"
    return json.loads((folder / f"{result}.json").read_text("utf-8"))["rows"]


def test_after_a_failure_only_what_is_missing_is_run_and_the_last_report_stays(pack, home):
    good = pack(NEEDS)
    before = tree(publish.latest("p"))
    sample.notebook(home / "notebooks" / "second.ipynb", load="1 / 0")
    sample.notebook(home / "notebooks" / "first.ipynb", check="print('changed')")
    with pytest.raises(RunError, match=r"^second, cell 'load': ZeroDivisionError") as caught:
        pack(NEEDS)
    assert tree(publish.latest("p")) == before
    assert (caught.value.details["failed"], caught.value.details["reused"]) == (["second"], [])
    sample.notebook(home / "notebooks" / "second.ipynb", load=READS)
    resumed = pack(NEEDS)
    assert resumed.reused == ["first"]
    assert resumed.run != good.run


def test_what_needs_a_failed_notebook_is_not_run_and_said(pack, home):
    sample.notebook(home / "notebooks" / "first.ipynb", load="1 / 0")
    with pytest.raises(RunError, match=r"; second was not run, because it needs first$"):
        pack(NEEDS)


def test_a_record_that_the_pack_does_not_name_is_not_read(pack):
    with pytest.raises(RunError, match="this run has no record 'first'; name it in `needs`"):
        pack('[[notebooks]]\nnotebook = "second"\n')


LIMITS = """deadline = "00:00"
[thresholds]
"sample.nps" = { below = { yellow = 30, red = 20 } }
"sample.change" = { above = { yellow = 5, red = 9 } }
"""
BRANCHES = f'for_each = "branches"\ntitle = {{ zh = "月报", en = "Monthly" }}\n{FIRST}'
BRANCH = f'{sample.PARAMETERS}\nbranch: str = ""  # branch the report is of'


def test_each_branch_has_a_report_of_its_own_and_an_index_lists_them(pack, home):
    sample.notebook(home / "notebooks" / "first.ipynb", parameters=BRANCH, load=(
        "from workbench import settings\n"
        "assert settings.branches() == (branch,)\n"
        "result = sample.branches(first=branch)"
    ))  # fmt: skip
    published = pack(BRANCHES)
    assert sorted(published.parts) == ["B1", "B2"]
    for name, branch in (("B1", "金融街支行"), ("B2", "小支行")):
        folder = publish.latest(f"p/branches/{name}")
        assert (folder / "first.zh.html").read_text("utf-8").count(name) > 0
        index = (folder / "index.html").read_text("utf-8")
        assert f"月报 · {branch}" in index
        stored = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert stored["branch"] == {"id": name, "name": branch}
        assert stored["notebooks"]["first"]["parameters"]["branch"] == repr(name)
    index = published.index.read_text("utf-8")
    for name in ("B1", "B2"):
        assert f'href="../branches/{name}/{published.run}/index.html"' in index
        linked = published.index.parent.resolve() / f"../branches/{name}/{published.run}/index.html"
        assert linked.is_file()
    assert pack(BRANCHES).reused == ["B1/first", "B2/first"]


def test_a_branch_that_fails_keeps_its_last_report_and_the_others_get_theirs(pack, copied):
    good = pack(BRANCHES)
    before = tree(publish.latest("p/branches/B2"))
    copied["B2/first"] = "B2/first, cell 'load': broke"
    with pytest.raises(RunError, match="1 of 2 reports were not published: B2/first") as caught:
        pack(BRANCHES, fresh=True)
    details = caught.value.details
    assert list(details["parts"]) == ["B1"]
    assert details["failed"] == ["B2/first"]
    assert tree(publish.latest("p/branches/B2")) == before
    index = (publish.latest("p") / "index.html").read_text("utf-8")
    assert f"../branches/B1/{details['run']}/" in index
    assert f"../branches/B2/{good.run}/" in index
    assert "本次未通过，沿用上次报告" in index


def test_shards_publish_their_own_and_leave_the_others_alone(pack, copied):
    first = pack(BRANCHES, shard="1/2")
    assert list(first.parts) == ["B1"]
    assert "尚无报告" in first.index.read_text("utf-8")
    second = pack(BRANCHES, shard="2/2")
    assert list(second.parts) == ["B2"]
    index = second.index.read_text("utf-8")
    assert f"../branches/B1/{first.run}/" in index
    assert f"../branches/B2/{second.run}/" in index
    with publish.locked("p/branches/B1"):
        with pytest.raises(LockedError):
            pack(BRANCHES)
        assert list(pack(BRANCHES, shard="2/2").parts) == ["B2"]


def test_a_pack_without_branches_is_shared_by_notebooks(pack, copied):
    text = f'{FIRST}[[notebooks]]\nnotebook = "first"\nas = "again"\n'
    one = pack(text, shard="1/2", languages=("en",))
    two = pack(text, shard="2/2", languages=("en",))
    assert (list(one.parts), list(two.parts)) == (["1-of-2"], ["2-of-2"])
    assert (publish.latest("p/parts/2-of-2") / "again.en.html").is_file()
    assert two.index.read_text("utf-8").count('href="../parts/') == 2
    with pytest.raises(NothingToDoError, match="shard 3/3 has none"):
        pack(text, shard="3/3")


def test_an_index_that_another_machine_is_making_is_waited_for(pack, copied, monkeypatch):
    monkeypatch.setattr(overview, "PATIENCE_SECONDS", 0.5)
    with publish.locked("p"), pytest.raises(LockedError) as caught:
        pack(f'for_each = "branches"\n{LIMITS}{FIRST}', shard="1/2")
    assert list(caught.value.details["parts"]) == ["B1"]
    assert [each["part"] for each in caught.value.details["crossed"]] == ["B1"]
    assert publish.latest("p/branches/B1")
    assert publish.latest("p") is None


def test_limits_and_deadline_are_reported_and_stop_nothing(pack, copied):
    told = Told()
    published = pack(LIMITS + FIRST, told)
    crossed = {"notebook": "first", "fact": "sample.nps", "level": "yellow"}
    assert published.crossed == [{**crossed, "value": 25.0, "limit": 30.0, "side": "below"}]
    assert published.deadline["met"] in (True, False)
    stored = manifest(published)
    assert stored["crossed"] == published.crossed
    assert stored["deadline"]["due"] == published.deadline["due"]
    assert stored["run_seconds"] > 0


def test_a_limit_on_a_fact_that_is_missing_is_refused(pack, copied):
    with pytest.raises(GateError, match=r"fact 'sample\.npz' has a threshold, but is missing"):
        pack(LIMITS.replace("sample.nps", "sample.npz") + FIRST)


def test_other_formats_are_made_from_the_record_and_linked_from_the_page(pack, copied, monkeypatch):
    def render(report, origin, language, title, changed):
        said = f"{report.name} {origin.run} {language} {title} {dict(changed)}"
        return f"<!doctype html><script>1</script><p>{said}</p>".encode()

    module = types.ModuleType("workbench.report.fake")
    module.render = render
    module.__spec__ = types.SimpleNamespace(name=module.__name__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(formats, "MAKERS", {**formats.MAKERS, "slides": ("fake", "slides.html")})
    published = pack(f'formats = ["html", "slides"]\n{FIRST}')
    folder = published.index.parent
    made = (folder / "first.en.slides.html").read_text("utf-8")
    assert f"<p>first {published.run} en Satisfaction by branch {{}}</p>" in made
    page = (folder / "first.zh.html").read_text("utf-8")
    assert '<a href="first.zh.slides.html">网页幻灯片</a>' in page
    assert "first.zh.slides.html" in manifest(published)["files"]
    only = pack(FIRST, formats=("slides",))
    assert not (only.index.parent / "first.zh.html").exists()
    assert 'href="first.zh.slides.html"' in only.index.read_text("utf-8")


def test_the_same_bank_narrowed_to_branches_is_what_the_kernel_is_told(tmp_path, monkeypatch):
    told = settings.Run(
        tmp_path, tmp_path, "s", "2026-09-30", ("zh",), branches=("B1",), upstream={"a": tmp_path}
    )
    told.write(tmp_path / "run.json")
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B1,B2")
    assert settings.branches() == ("B1", "B2")
    monkeypatch.setenv("WORKBENCH_RUN", str(tmp_path / "run.json"))
    assert settings.run() == told
    assert settings.branches() == ("B1",)


def test_the_lists_of_reports_make_a_chain_of_their_own_and_are_tidied(pack, copied):
    runs = []
    for _ in range(4):
        runs.append(pack(f"keep = {{ last = 2, monthly = 0, runs = 1 }}\n{BRANCHES}"))
    found = verify.verified("p")
    assert (found.runs, found.removed, found.first) == (4, 2, runs[0].run)
    assert verify.verified("p/branches/B1").removed == 2
    states = {run.run: run.state for run in history.runs("p")}
    assert [states[each.run] for each in runs] == ["removed", "removed", "published", "published"]
    folders = {path.name for path in history.attempts_folder().iterdir()}
    # The one under way, and one that was done.
    assert folders == {runs[2].run, runs[3].run}
    listed = (publish.latest("p") / "index.html").read_text("utf-8")
    for name in ("B1", "B2"):
        assert f"../branches/{name}/{runs[3].run}/index.html" in listed
        assert (publish.folder(f"p/branches/{name}") / runs[3].run / "index.html").is_file()


def test_a_failed_branch_is_behind_until_it_is_published_and_so_is_its_pack(pack, copied):
    pack(BRANCHES)
    copied["B2/first"] = "B2/first, cell 'load': broke"
    with pytest.raises(RunError) as caught:
        pack(BRANCHES, fresh=True)
    run = caught.value.details["run"]
    assert [name for name in history.packs() if history.failure(name)] == ["p", "p/branches/B2"]
    assert history.failure("p/branches/B2")["run"] == run
    assert history.find(f"p/{run}").state == "published"
    with pytest.raises(ParameterError, match=f"p/branches/B1/{run}"):
        history.find(run)
    pack(BRANCHES, fresh=True, shard="1/2")
    assert history.failure("p")
    copied.clear()
    pack(BRANCHES, fresh=True, shard="2/2")
    assert [name for name in history.packs() if history.failure(name)] == []


def test_a_list_of_reports_is_not_compared_but_its_parts_are(pack, copied):
    one, two = pack(BRANCHES), pack(BRANCHES)
    with pytest.raises(ParameterError, match=r"is a list of reports; .* such as p/branches/B1"):
        diff.diff(f"p/{one.run}", "p")
    found = diff.diff(f"p/branches/B1/{one.run}", "p/branches/B1")
    assert (found.now.run, found.facts, found.tables) == (two.run, {}, {})
    # A pack that becomes a single report has nothing to compare with in the list.
    assert pack(FIRST).status == "published"


def test_drafts_of_single_reports_are_refused_before_anything_starts(pack, copied):
    with pytest.raises(ParameterError, match=r"`review = true` and `for_each = 'branches'` excl"):
        pack(f"review = true\n{BRANCHES}")
    with pytest.raises(ParameterError, match="--shard 1/2 of 'p', a pack under review"):
        pack(f"review = true\n{FIRST}", shard="1/2")
    assert not history.attempts_folder().exists()


EVERY = 'formats = ["html", "pdf", "pptx", "docx", "slides", "xlsx"]\n'
OWN = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{6}|20\d\d-\d\d-\d\d \d\d:\d\d UTC")
"""What a page has of its own: the run and when it began."""


def test_the_same_day_and_snapshot_give_the_same_bytes_in_every_format(
    pack, copied, bank, monkeypatch
):
    def on(day, snapshot):
        opened = replace(bank, as_of=date.fromisoformat(day), snapshot=snapshot)
        monkeypatch.setattr(source, "opened", lambda *_: opened)
        return tree(pack(EVERY + FIRST, fresh=True).index.parent)

    on("2026-08-31", "0001-a")
    first = on("2026-09-30", "0001-a")
    on("2026-09-30", "0002-b")
    again = on("2026-09-30", "0001-a")
    assert {"changes.zh.pdf", "changes.en.pptx", "first.zh.docx", "first.en.xlsx"} <= set(first)
    assert set(again) == set(first)
    differing = {name for name in first if first[name] != again[name]}
    pages = {name for name in first if name.endswith(".html") and ".slides." not in name}
    assert differing == {*pages, "manifest.json"}
    for name in pages:
        one, two = (OWN.sub("", each[name].decode()) for each in (first, again))
        assert one == two
