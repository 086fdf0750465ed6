"""Pages of the report to management: they quote records, and say what is missing."""

import math
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd
import pytest

from workbench import record, text
from workbench.analysis.management_decisions import management_decisions
from workbench.analysis.management_pages import NOTEBOOKS, OUTLINES, management_page
from workbench.analysis.management_sources import management_sources
from workbench.record import Upstream
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import management

DAY = date(2026, 9, 30)
SVG = b"<svg/>"


@dataclass(frozen=True, eq=False, repr=False)
class Made(Result):
    name: str
    table: pd.DataFrame
    facts: dict[str, Fact]
    found: Finding
    moves: dict[str, str] = field(default_factory=dict)
    columns = (Column("place"), Column("amount", "money"))

    def summary(self):
        return self.found


BOARD = ("targets", "met", "on_schedule", "behind", "alert")


def board(folder, **hidden):
    """Record a board with hand-made facts and a figure."""
    facts = {name: Fact(float(at), "count") for at, name in enumerate(BOARD, start=3)}
    facts |= {"elapsed": Fact(0.75, "share"), "nps_target": Fact(40.0, "points")}
    facts |= {"npl_ratio": Fact(0.0131, "share2", n=99), "npl_ratio_month": Fact(-0.001, "pp")}
    table = pd.DataFrame({"place": ["1", "2"], "amount": [1e6, 2e6]})
    made = Made(
        "kpi.board",
        table,
        facts,
        Finding("kpi.board.found", (*BOARD, "elapsed")),
        {"npl_ratio": "npl_ratio_month"},
    )
    record.add(folder, made, {"zh": SVG, "en": SVG}, hidden_rows=[1], **hidden)
    return record.read(folder)


@pytest.fixture
def upstream(tmp_path):
    return Upstream(DAY, {"key-figures": board(tmp_path / "key-figures")}, {})


def test_a_page_has_the_finding_the_figure_and_the_facts_of_its_source(upstream):
    page = management_page("board", upstream)
    lead = upstream.records["key-figures"].blocks[0]
    assert page.summary().key == "summary.board.kpi.board.found"
    assert set(page.summary().facts) == set(lead.found.facts) - {"alert"}
    assert page.quoted["zh"] == (SVG, None)
    assert {name: fact.value for name, fact in page.facts.items()} == {
        name: lead.facts[name].value for name in (*page.summary().facts, *page.key)
    }
    assert page.sources["met"] == "key-figures:kpi.board.met"
    assert set(page.sources) == set(page.facts)
    with text.spoken("en"):
        assert page.table["fact_label"].iloc[0]["en"] == "KPIs with a target"


def test_every_page_without_its_source_says_so_and_has_no_number(upstream):
    nothing = Upstream(DAY, {}, {})
    for outline in OUTLINES:
        page = management_page(outline.name, nothing)
        assert page.summary().key == "summary.missing"
        assert (page.facts, page.quoted, len(page.table)) == ({}, {}, 0)
        for language in text.LANGUAGES:
            with text.spoken(language):
                said = page.summary().say({})
                assert text.say(f"notebook.{outline.leads[0][0]}") in said


def test_a_source_of_another_day_says_its_day(upstream):
    older = replace(upstream, days={"key-figures": date(2026, 8, 31)})
    page = management_page("board", older)
    assert page.sources["met"] == "key-figures:kpi.board.met@2026-08-31"
    same = replace(upstream, days={"key-figures": DAY})
    assert management_page("board", same).sources["met"] == "key-figures:kpi.board.met"


def test_what_a_source_hides_no_page_shows(tmp_path):
    recorded = board(tmp_path / "record", hidden_facts=("behind",))
    hidden = Upstream(DAY, {"key-figures": recorded}, {})
    page = management_page("plan", hidden)
    # Its own sentence quotes what is hidden: the record's finding stays, which is not told.
    assert page.summary().is_untold
    assert set(page.facts) == {"elapsed", "alert"}
    assert page.key == ("elapsed", "alert")


def test_a_quoted_table_is_without_its_hidden_rows_and_other_columns(upstream, monkeypatch):
    plan = next(each for each in OUTLINES if each.name == "plan")
    outlines = (replace(plan, columns=("amount",)),)
    monkeypatch.setattr("workbench.analysis.management_pages.OUTLINES", outlines)
    page = management_page("plan", upstream)
    assert [column.name for column in page.columns] == ["amount"]
    assert page.table["amount"].tolist() == [1e6]
    assert page.quoted == {}
    assert page.summary().key == "summary.plan.found"


def test_a_table_of_which_no_row_may_be_shown_gives_way_to_the_figure(tmp_path, monkeypatch):
    plan = next(each for each in OUTLINES if each.name == "plan")
    outlines = (replace(plan, columns=("amount",)),)
    monkeypatch.setattr("workbench.analysis.management_pages.OUTLINES", outlines)
    read = board(tmp_path / "record")
    table = replace(read.blocks[0].table, suppressed=(True, True))
    hidden = record.Recorded((replace(read.blocks[0], table=table),))
    page = management_page("plan", Upstream(DAY, {"key-figures": hidden}, {}))
    assert page.quoted["zh"] == (SVG, None)
    assert "amount" not in {column.name for column in page.columns}


def test_a_number_takes_its_change_with_it(upstream, monkeypatch):
    board_page = next(each for each in OUTLINES if each.name == "board")
    numbers = ("key-figures:kpi.board.npl_ratio", "key-figures:kpi.board.absent")
    monkeypatch.setattr(
        "workbench.analysis.management_pages.OUTLINES", (replace(board_page, numbers=numbers),)
    )
    page = management_page("board", upstream)
    assert page.key[0] == "npl_ratio"
    assert page.moves == {"npl_ratio": "npl_ratio_month"}
    row = page.table.set_index("taken_from").loc["key-figures:kpi.board.npl_ratio"]
    assert row["change_month"] == pytest.approx(-0.001)


def test_a_page_says_its_own_sentence_where_one_is_written_for_the_finding_or_for_all(
    upstream, monkeypatch
):
    written = dict(text.catalogue())
    monkeypatch.setattr(text, "catalogue", lambda: written)
    said = {"summary.board.kpi.board.found": "{met} {on_schedule}", "summary.board.found": "{met}"}
    for key in said:
        written[key] = dict.fromkeys(text.LANGUAGES, said[key])
    exact = management_page("board", upstream).summary()
    assert (exact.key, exact.facts) == ("summary.board.kpi.board.found", ("met", "on_schedule"))
    del written["summary.board.kpi.board.found"]
    assert management_page("board", upstream).summary().key == "summary.board.found"
    del written["summary.board.found"]
    assert management_page("board", upstream).summary().key == "kpi.board.found"


def test_a_sentence_that_quotes_what_is_not_there_gives_way_to_the_finding(upstream, monkeypatch):
    written = {
        **text.catalogue(),
        "summary.board.kpi.board.found": dict.fromkeys(text.LANGUAGES, "{met} {coverage}"),
    }
    monkeypatch.setattr(text, "catalogue", lambda: written)
    assert management_page("board", upstream).summary().key == "kpi.board.found"


def test_a_sentence_quotes_facts_of_other_results_under_their_result(upstream, monkeypatch):
    outlines = tuple(
        replace(each, leads=(("key-figures", "made"),), numbers=("key-figures:kpi.board.met",))
        for each in OUTLINES
        if each.name == "board"
    )
    made = replace(upstream.records["key-figures"].blocks[0], name="made")
    blocks = (*upstream.records["key-figures"].blocks, made)
    both = replace(upstream, records={"key-figures": record.Recorded(blocks)})
    written = {
        **text.catalogue(),
        "summary.board.kpi.board.found": dict.fromkeys(text.LANGUAGES, "{kpi_board_met} {behind}"),
    }
    monkeypatch.setattr(text, "catalogue", lambda: written)
    monkeypatch.setattr("workbench.analysis.management_pages.OUTLINES", outlines)
    page = management_page("board", both)
    assert page.summary().facts == ("kpi_board_met", "behind")
    assert page.sources["kpi_board_met"] == "key-figures:kpi.board.met"
    assert page.sources["behind"] == "key-figures:made.behind"


SENTENCES = sorted(
    key
    for key in text.catalogue()
    if key.startswith("summary.")
    and key.split(".")[1] in {each.name for each in OUTLINES}
    and not key.endswith(".title")
)


@pytest.mark.parametrize("key", SENTENCES)
def test_a_page_s_sentence_belongs_to_a_finding_that_there_is(key):
    _, _, finding = key.split(".", 2)
    assert finding == "found" or text.known(finding), key


def rules(**changes):
    decision = {
        "id": "targets_behind",
        "notebook": "key-figures",
        "fact": "kpi.board.alert",
        "above": 0,
        "owner": "risk",
        "days": 15,
        "beside": ["kpi.board.behind"],
    }
    pack = management.rules(DAY)
    return pack.model_copy(update={"decision": (management.Decision(**{**decision, **changes}),)})


def test_a_decision_is_asked_beyond_its_limit_with_owner_day_and_facts(upstream):
    found = management_decisions(upstream, rules(), most=9)
    (row,) = found.table.to_dict("records")
    assert (row["owner"], row["due_on"].date()) == ("risk", date(2026, 10, 15))
    assert row["behind_it"]["zh"] == "触及警戒线：7；落后序时进度：6"
    assert row["behind_it"]["en"] == "Beyond the alert level: 7; Behind schedule: 6"
    assert found.sources == {"targets_behind": "key-figures:kpi.board.alert"}
    assert found.facts["asked"].value == 1


@pytest.mark.parametrize(
    "changes",
    [{"above": 7}, {"above": None, "below": 7}, {"notebook": "segmentation"}, {"fact": "x.y"}],
)
def test_on_the_limit_or_without_its_fact_nothing_is_asked(upstream, changes):
    found = management_decisions(upstream, rules(**changes), most=9)
    assert found.table.empty
    assert found.summary().key == "summary.decisions.none"


def test_of_many_decisions_the_earliest_due_are_put(upstream):
    pack = rules()
    two = (
        pack.decision[0],
        pack.decision[0].model_copy(update={"id": "complaints_late", "days": 3}),
    )
    found = management_decisions(upstream, pack.model_copy(update={"decision": two}), most=1)
    assert found.table["due_on"].iloc[0].date() == date(2026, 10, 3)


def test_sources_name_what_is_there_what_is_older_and_what_is_missing(tmp_path, upstream):
    both = Upstream(
        DAY,
        {**upstream.records, "segmentation": board(tmp_path / "s", hidden_facts=("met",))},
        {"segmentation": date(2026, 6, 30)},
    )
    found = management_sources(both, NOTEBOOKS)
    rows = found.table.set_index(found.table["notebook"].map(lambda said: said["en"]))
    assert rows.loc["Key figures", "upstream_state"] == "this_run"
    assert rows.loc["Segmentation", "upstream_state"] == "published"
    assert rows.loc["Segmentation", "record_day"].date() == date(2026, 6, 30)
    assert rows.loc["Segmentation", "facts_hidden"] == 1
    assert rows.loc["Needs analysis", "upstream_state"] == "missing"
    assert found.facts["absent"].value == len(NOTEBOOKS) - 2
    assert found.summary().key == "summary.sources.gaps"
    assert not math.isnan(found.facts["facts_told"].value)
