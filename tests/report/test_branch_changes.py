"""What changed, in a branch's report: its own ledger, and nothing of the whole bank."""

import json
from datetime import date
from functools import partial

import pandas as pd
import pytest

from workbench import record, settings
from workbench.analysis.balance_movement import balance_movement
from workbench.data import demo, kpi, kpi_history
from workbench.data.bank import open_bank
from workbench.report import changes, ledger_changes, provenance
from workbench.report.pack import Entry, Pack
from workbench.report.parts import Branch, Part
from workbench.report.plan import Plan

WIDE = "wide"


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.fixture(scope="module")
def branch(bank):
    return Branch(*bank.query("customer_branches").iloc[0][["branch_id", "branch_name"]])


@pytest.fixture(scope="module")
def changed(bank, branch, tmp_path_factory):
    """Return the record of what changed in a branch's report without notebooks, and the page."""
    place = tmp_path_factory.mktemp("run")
    pack = Pack(name="p", notebooks=(Entry(notebook="none"),))
    none = pack.model_copy(update={"notebooks": ()})
    part = Part(f"p/branches/{branch.id}", (), branch)
    origin = provenance.here(part.name, bank, ("zh", "en"))
    plan = Plan(none, part, {}, bank, origin, place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_PUBLISHED", str(place / "published"))
        found = changes.recorded(plan)
    assert found.reasons == ()
    return found, plan.record(changes.NAME)


def test_the_figures_are_those_of_the_branch(bank, branch, changed):
    blocks = {each.name: each for each in record.read(changed[1]).blocks}
    assert {"changes.kpis", "changes.balance", "changes.npl_segment"} <= set(blocks)
    assert "changes.npl_branch" not in blocks
    balances = bank.connection.execute(
        "SELECT m.month_end, sum(m.balance)::DOUBLE, count(*) FROM loan_months m "
        "JOIN loans l USING (loan_id) WHERE l.branch_id = ? AND m.month_end IN "
        "(?, (SELECT max(month_end) FROM loan_months WHERE month_end < ?)) GROUP BY 1 ORDER BY 1",
        [branch.id, bank.as_of, bank.as_of],
    ).fetchall()
    (_, before, _), (_, now, loans) = balances
    facts = blocks["changes.kpis"].facts
    assert facts["loan_bal"].value == pytest.approx(now, rel=1e-12)
    assert facts["loan_bal_month"].value == pytest.approx(now - before, rel=1e-9)
    assert facts["loan_bal"].n == loans
    moved = blocks["changes.balance"].facts
    assert moved["closing"].value == pytest.approx(now, rel=1e-12)
    assert moved["opening"].value == pytest.approx(before, rel=1e-12)


def test_no_figure_of_the_whole_bank_is_on_it(bank, changed):
    whole = ledger_changes.ledger(bank, WIDE)
    told = {
        f"{result.name}.{name}": fact.value
        for result in whole.results
        for name, fact in result.facts.items()
        if name not in ("figures", "months", "beyond")
    }
    own = record.read(changed[1]).facts()
    assert len(set(told) & set(own)) > 40
    same = {name for name in set(told) & set(own) if told[name] == own[name].value != 0}
    assert same == set()
    goals = kpi_history.targets(bank, bank.as_of)["target"]
    shown = [
        row["target"]
        for row in next(
            b for b in record.read(changed[1]).blocks if b.name == "changes.kpis"
        ).table.rows
    ]
    # Nobody set this branch a target, and the bank's are not its own.
    assert len(goals) > 0
    assert set(shown) == {None}


def test_its_page_speaks_of_segments_and_of_no_other_branch(bank, branch, changed):
    (page,) = changed[0].pages
    assert "变化落在哪些客群？" in page.told.said("purpose", "narrative", "zh")
    assert "in which segments?" in page.told.said("purpose", "narrative", "en")
    written = "".join(file.read_text("utf-8") for file in sorted(changed[1].rglob("*.json")))
    others = set(bank.query("customer_branches")["branch_name"]) - {branch.name}
    assert [name for name in others if name in written] == []


def test_a_branch_has_its_own_targets(bank):
    scopes = bank.connection.sql("SELECT DISTINCT scope FROM kpi_targets ORDER BY 1").fetchall()
    one = next(scope for (scope,) in scopes if scope != kpi_history.WHOLE)
    day = date(2026, 9, 30)
    of_branch = bank.of_branches([one])
    rows = bank.table("kpi_targets").query("scope == @one and valid_from <= @day")
    found = kpi_history.targets(of_branch, day)
    assert 0 < len(found) == rows["kpi_code"].nunique()
    assert len(kpi_history.targets(bank, day)) > len(found)
    assert kpi_history.targets(bank.of_branches([one, "B0008"]), day).empty


def test_the_narrowed_bank_keeps_the_day_and_the_whole_one_its_rows(bank, branch):
    own = bank.of_branches([branch.id])
    assert (own.as_of, own.snapshot) == (bank.as_of, bank.snapshot)
    assert 0 < kpi.kpi(own, "LOAN_BAL") < kpi.kpi(bank, "LOAN_BAL")
    assert bank.role.branches == ()


def test_readings_of_few_cases_are_told_to_nobody_but_an_authorised_audience(bank):
    readings = kpi_history.history(bank, ["LOAN_BAL"], bank.as_of, 13)
    readings.loc[readings.index[3], "cases"] = 4
    labels = ledger_changes.labels(["LOAN_BAL"])
    targets = kpi_history.targets(bank, bank.as_of)
    kpis = ledger_changes.headline_kpis(readings, labels, targets, ledger_changes.rule())
    month = readings["month_end"].iloc[3].date()
    assert ledger_changes.known(readings, kpis, WIDE).value("LOAN_BAL", month) is None
    assert ledger_changes.known(readings, kpis, "credit").value("LOAN_BAL", month) > 0


def moved(largest, second):
    """Return the movement of a branch in which 20 loans moved, by the two largest movements."""
    moves = pd.DataFrame(
        {
            "cause": ["new", "repaid"],
            "loans": [10, 10],
            "balance_before": [0.0, 1e5],
            "balance_now": [1e6, 9e4],
            "written_off": 0.0,
            "largest": [largest, 3e3],
            "second": [second, 2e3],
        }
    )
    return balance_movement(moves, date(2026, 8, 31))


def test_a_movement_of_which_the_change_may_not_be_told_is_left_out(bank):
    """Of 1,010,000 moved in and out, one customer moved 900,000 and another 50,000."""
    whole = ledger_changes.ledger(bank, WIDE)
    kpis, *_ = whole.results
    seen = partial(ledger_changes.known, whole.readings, kpis)
    assert len(seen(WIDE, [moved(2e5, 1e5)]).results) == 2
    assert len(seen(WIDE, [moved(9e5, 5e4)]).results) == 1
    assert len(seen("credit", [moved(9e5, 5e4)]).results) == 2


def test_kept_figures_are_those_that_were_read(bank, home, monkeypatch):
    read = kpi_history.history(bank, ["LOAN_BAL"], bank.as_of, 2)
    monkeypatch.setattr(kpi_history, "history", lambda *_: read)
    first = ledger_changes._readings(bank, ["LOAN_BAL"], bank.as_of, 2)
    (file,) = (home / "reports" / "cache").glob("kpi-*.json")
    assert len(json.loads(file.read_text("utf-8"))) == len(first) == 3
    monkeypatch.setattr(kpi_history, "history", None)
    again = ledger_changes._readings(bank, ["LOAN_BAL"], bank.as_of, 2)
    assert again.to_dict("records") == first.to_dict("records")
