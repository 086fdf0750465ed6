"""The page of what changed, and what opens each report: from runs of the sample notebook."""

import json
from dataclasses import replace
from datetime import date
from itertools import count

import nbformat
import pandas as pd
import pytest

from tests.report import sample
from workbench import display, record, text
from workbench.analysis.headline_kpis import headline_kpis
from workbench.report import (
    assemble,
    changes,
    diff,
    finish,
    history,
    ledger_changes,
    pack,
    provenance,
    publish,
    story,
    verify,
)
from workbench.report.cache import Cache
from workbench.report.dependence import Dependence
from workbench.report.execute import Job
from workbench.report.parts import Part
from workbench.report.plan import Plan
from workbench.report.rendering import Rendering
from workbench.report.schedule import Ended, Task
from workbench.result import Fact

PACK = """languages = ["zh", "en"]
{more}
[[notebooks]]
notebook = "sample"
"""


@pytest.fixture
def ordered(home, bank):
    """Return a function that publishes the sample pack as of a day, as if a kernel had run it."""
    numbers = count(1)

    def order(as_of, result=None, snapshot="s1", more="", pairs=None):
        sample.notebook(home / "notebooks" / "sample.ipynb")
        (home / "reports" / "packs" / "monthly.toml").write_text(PACK.format(more=more), "utf-8")
        opened = replace(bank, as_of=date.fromisoformat(as_of), snapshot=snapshot)
        chosen = pack.chosen(["monthly"])
        # Runs of one second have ids in any order.
        origin = provenance.here("monthly", opened, chosen.languages)
        origin = replace(origin, run=f"{next(numbers):04}-{origin.run}")
        place = home / "reports" / "runs" / origin.run
        part = Part("monthly", chosen.notebooks)
        plan = Plan(chosen, part, pack.values(chosen, pairs or {}), opened, origin, place)
        executed(plan, result or sample.branches())
        job = Job("sample", plan.pack.notebooks[0].path, plan.work("sample"), {}, {})
        with publish.locked("monthly"):
            ended = {"sample": Ended(Task(job, plan.record("sample")))}
            known = Dependence(opened)
            kept = Cache(home / "reports" / "cache", origin.run)
            assemble.content(plan, ended, {}, known, Rendering(kept, known, print, fresh=False))
            return finish.finish(plan.content, chosen, origin.pack, origin.run, print).folder

    return order


def executed(plan, result):
    """Leave behind what a kernel would: the notebook with counts, and the record of `result`."""
    work = plan.work("sample")
    work.mkdir(parents=True)
    cells = nbformat.read(plan.pack.notebooks[0].path, as_version=4)
    code = [cell for cell in cells.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        cell.execution_count = number
    nbformat.write(cells, work / "executed.ipynb")
    shown = next(cell.execution_count for cell in code if cell.id == "analyse")
    folder = plan.record("sample")
    folder.mkdir(parents=True)
    display.keep(result, folder, ("zh", "en"), "wide", shown)


def moved(value, low, high):
    """Return the sample's result with another score, and without its first row."""
    result = sample.branches(small=30)
    nps = Fact(value, "points", low=low, high=high, confidence=0.95, n=803)
    return replace(result, facts={**result.facts, "nps": nps}, table=result.table.iloc[1:])


def block(folder, name, where="changes"):
    blocks = record.read(folder / "record" / where).blocks
    return next(each for each in blocks if each.name == name)


def test_the_first_report_of_a_bank_without_a_ledger_has_no_such_page(ordered):
    folder = ordered("2026-08-31")
    # The sample's own change fact is one of no other fact: there is nothing to judge.
    assert not (folder / "changes.zh.html").exists()
    assert not (folder / "record" / "sample.changes").exists()


def test_a_fact_that_moved_beyond_its_interval_opens_the_report(ordered):
    ordered("2026-08-31")
    folder = ordered("2026-09-30", moved(40.0, 35.0, 45.0), more="", pairs={"share": "0.9"})
    found = block(folder, "changes.moved", "sample.changes")
    (row,) = found.table.rows
    assert (row["moved_by"], row["judged"]) == (pytest.approx(15.0), "beyond_error")
    page = (folder / "sample.zh.html").read_text("utf-8")
    assert page.index("本期变化</h2>") < page.index("支行之间的差异</h2>")
    index = (folder / "index.html").read_text("utf-8")
    assert index.index("changes.zh.html") < index.index("sample.zh.html")
    english = (folder / "changes.en.html").read_text("utf-8")
    assert "the last one (data as of 31 August 2026)" in english
    told = story.read(folder / "record" / "changes")
    assert told.parts()[:2] == ["title", "purpose"]


def test_rows_and_sources_are_told_apart(ordered):
    ordered("2026-08-31", sample.branches(small=30))
    folder = ordered("2026-09-30", moved(25.0, 19.8, 30.2), snapshot="s2", pairs={"share": "0.9"})
    (row,) = block(folder, "changes.tables").table.rows
    assert (row["rows_new"], row["rows_gone"], row["rows_same"]) == (0, 1, 2)
    assert row["rows_named"]["zh"] == "− 金融街支行"
    sources = {
        each["source_item"]["en"]: each for each in block(folder, "changes.sources").table.rows
    }
    assert sources["Snapshot"]["was"] == {"zh": "s1", "en": "s1"}
    assert sources["sample.share"]["is_now"]["en"] == "0.9"
    assert sources["Data as of"]["was"] == {"zh": "2026年8月31日", "en": "31 August 2026"}
    assert {each["source_of_change"] for each in sources.values()} == {"data", "parameter"}


def test_the_same_month_on_another_snapshot_is_a_restatement(ordered):
    ordered("2026-09-30")
    folder = ordered("2026-09-30", moved(24.0, 19.0, 29.0), snapshot="s2")
    (row,) = block(folder, "changes.restated").table.rows
    assert (row["reported"], row["restated_value"]) == (25.0, 24.0)
    assert row["month"] == "2026-09-30"
    assert row["fact_label"]["zh"].startswith("各支行净推荐值")


def test_a_threshold_is_crossed_once(ordered):
    pack = "thresholds = {'sample.nps' = {below = {yellow = 30, red = 22}}}"
    ordered("2026-07-31", more=pack)
    folder = ordered("2026-08-31", moved(20.0, 15.0, 25.0), more=pack)
    (row,) = block(folder, "changes.thresholds").table.rows
    assert (row["level_before"], row["level_now"]) == ("yellow", "red")
    assert block(folder, "changes.thresholds").facts["crossed"].value == 1
    again = ordered("2026-09-30", moved(20.0, 15.0, 25.0), more=pack)
    assert block(again, "changes.thresholds").facts["crossed"].value == 0


def test_the_notebooks_own_record_does_not_depend_on_what_came_before(ordered):
    def own(folder):
        files = sorted((folder / "record" / "sample").rglob("*"))
        return {path.name: path.read_bytes() for path in files if path.is_file()}

    first = own(ordered("2026-09-30"))
    ordered("2026-08-31", moved(10.0, 5.0, 15.0))
    assert own(ordered("2026-09-30")) == first


def test_the_same_snapshot_and_history_give_the_same_bytes(ordered):
    ordered("2026-08-31", moved(10.0, 5.0, 15.0))

    def recorded(folder):
        root = folder.resolve() / "record"
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    one, two = (recorded(ordered("2026-09-30")) for _ in range(2))
    assert any(name.startswith("changes/") for name in one)
    assert one == two


def test_a_pack_under_review_ends_as_a_draft_that_is_published_when_signed(ordered, home):
    ordered("2026-08-31")
    folder = ordered("2026-09-30", more="review = true")
    assert folder.parent.name == "drafts"
    latest = publish.latest("monthly")
    assert json.loads((latest / "manifest.json").read_text("utf-8"))["as_of"] == "2026-08-31"
    states = [each.state for each in history.runs("monthly")]
    assert states == ["draft", "published"]
    assert verify.verified("monthly").runs == 1


def test_the_difference_of_two_runs_lists_facts_and_rows(ordered):
    ordered("2026-08-31", sample.branches(small=30))
    ordered("2026-09-30", moved(40.0, 35.0, 45.0), pairs={"share": "0.9"})
    now, before = history.published("monthly")
    found = diff.diff(before.run, "monthly")
    assert found.now.run == now.run
    lines = list(found.lines())
    assert "fact: sample: sample.nps: 25.0 → 40.0 (+15.0) beyond_error" in lines
    assert "table: sample: sample: gone: 金融街支行" in lines
    assert any(line.startswith("parameter: sample.share: ") for line in lines)
    values = json.loads(json.dumps(found.values()))
    (fact,) = values["facts"]["sample"]
    assert (fact["before"], fact["now"], fact["verdict"]) == (25.0, 40.0, "beyond_error")
    (table,) = values["tables"]["sample"]
    assert table["gone"] == [{"sample_branch": "金融街支行"}]
    assert (table["new"], table["same"]) == ([], 2)
    assert diff.diff(now.run, now.run).values()["facts"] == {}


def ledger(closing, ratio):
    """Return a ledger of one figure: `ratio` at each of the last 25 months, then at `closing`."""
    days = pd.date_range(end=closing, periods=26, freq="ME")
    readings = pd.DataFrame({"code": "NPL_RATIO", "month_end": days, "value": 0.015})
    readings["cases"] = 1000
    readings.loc[readings["month_end"] == "2026-08-31", "value"] = ratio
    labels = ledger_changes.labels(["NPL_RATIO"])
    targets = pd.DataFrame({"code": ["NPL_RATIO"], "target": [0.016]})
    kpis = headline_kpis(readings, labels, targets, ledger_changes.rule())
    return ledger_changes.known(readings, kpis, "wide")


def test_a_figure_that_a_later_snapshot_gives_differently_is_a_restatement(ordered, monkeypatch):
    monkeypatch.setattr(changes, "Bank", sample.SampleBank)
    monkeypatch.setattr(changes, "_targets", lambda *_: {})
    monkeypatch.setattr(ledger_changes, "ledger", lambda *_: ledger("2026-08-31", 0.020))
    ordered("2026-08-31")
    monkeypatch.setattr(ledger_changes, "ledger", lambda *_: ledger("2026-09-30", 0.021))
    folder = ordered("2026-09-30", snapshot="s2")
    (row,) = block(folder, "changes.restated").table.rows
    assert (row["month"], row["reported"], row["restated_value"]) == ("2026-08-31", 0.02, 0.021)
    assert row["restatement"] == pytest.approx(0.001)
    assert row["fact_label"] == {"zh": "不良贷款率", "en": "NPL ratio"}
    (figure,) = block(folder, "changes.kpis").table.rows
    assert (figure["judged"], figure["target_state"]) == ("beyond_usual", "met")


def test_every_label_of_a_headline_figure_is_that_of_the_catalogue():
    from workbench import settings
    from workbench.sql import catalogue

    for code in settings.rulepack("what-changed")["headline"]["kpis"]:
        each = catalogue.kpi(code)
        for ending in ("", "_month", "_year_start", "_year_ago"):
            key = f"fact.changes.kpis.{code.lower()}{ending}"
            assert text.catalogue()[key]["zh"].startswith(each.label_zh)
            assert text.catalogue()[key]["en"].startswith(each.label_en)
