"""The demo bank's model frozen, approved and applied: what is written is what was validated."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench import cli, record, settings
from workbench.analysis.scorecard import scorecard
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.privacy.audit import Log
from workbench.report import history, model_freeze, scoring
from workbench.rules import risk_model

FIRST, SECOND = "王敏", "李强"


def said(*words, bank, code=0):
    given = CliRunner().invoke(cli.app, ["score", *words, "--bank", str(bank)])
    assert given.exit_code == code, given.output
    return json.loads(given.stdout.strip().splitlines()[-1])


@pytest.fixture(autouse=True)
def role(monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "risk")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """The demo bank with a card in it that nobody approved."""
    source = settings.home() / "data" / "demo"
    demo.ensure(source)
    bank = tmp_path_factory.mktemp("scored") / "bank"
    shutil.copytree(source, bank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_ROLE", "risk")
        said("freeze", "--name", FIRST, bank=bank)
    return bank


@pytest.fixture
def bank(frozen, tmp_path):
    shutil.copytree(frozen, tmp_path / "bank")
    return tmp_path / "bank"


def written(bank):
    table = open_bank(bank).table("risk_assessments")
    return table[table["model_id"] == "default"].set_index("customer_id")


def test_what_is_written_is_what_the_notebook_predicts(bank):
    """On the newest cohort, which the notebook tests on, and on the day that is scored."""
    done = said("apply", bank=bank)
    opened = open_bank(bank)
    cases = opened.credit_cases(12, 6)
    score = scorecard(cases, horizon_months=12)
    card = model_freeze.read(model_freeze.find(bank, None))
    tested = cases[cases["cohort"] == cases["cohort"].max()]
    raw = card.scored(tested).raw
    np.testing.assert_allclose(raw, score.predictions["pd"].to_numpy(), rtol=0, atol=1e-12)
    now = opened.loans_to_score(6)
    pd_ = card.levels.of(card.calibration.apply(score.card.probabilities(now)))
    worst = pd.Series(pd_).groupby(now["customer_id"]).max()
    rows = written(bank)
    worst = worst[rows.index]
    np.testing.assert_allclose(rows["pd_12m"], worst, rtol=0, atol=1e-12)
    assert done["customers"] == len(rows) == sum(done["by_grade"].values())


def test_who_has_a_loan_in_default_is_not_scored(bank):
    done = said("apply", bank=bank)
    opened = open_bank(bank)
    bad = opened.customers_in_default()
    assert done["in_default"] == len(bad) > 100
    assert not bad & set(written(bank).index)
    live = set(opened.loans_to_score(6)["customer_id"])
    assert set(written(bank).index) == live - bad


def test_a_customer_is_graded_and_reviewed_by_the_rule_packs(bank):
    said("apply", bank=bank)
    rows = written(bank)
    names, upper = risk_model.grades()
    expected = [names[at] for at in np.searchsorted(upper, rows["pd_12m"])]
    assert rows["risk_grade"].tolist() == expected
    months = (rows["next_review_on"].dt.year - 2026) * 12 + rows["next_review_on"].dt.month - 9
    segments = open_bank(bank).loans_to_score(6).drop_duplicates("customer_id")
    segment = segments.set_index("customer_id")["segment"][rows.index]
    assert set(months[rows["risk_grade"] == "9"]) == {3}
    assert set(months[(rows["risk_grade"] == "2") & (segment == "consumer")]) == {12}
    assert set(months[(rows["risk_grade"] == "2") & (segment == "small")]) == {6}
    assert rows["next_review_on"].dt.is_month_end.all()


def test_scores_of_a_card_nobody_approved_say_so(bank):
    done = said("apply", bank=bank)
    assert done["approved"] is False
    assert set(written(bank)["model_version"]) == {done["version"]}
    assert done["version"].endswith("-unapproved")


def test_the_second_person_approves_and_the_scores_are_superseded(bank):
    first = said("apply", bank=bank)
    refused = said("approve", "--name", " 王 敏", bank=bank, code=2)
    assert "two people" in refused["error"]
    approved = said("approve", "--name", SECOND, bank=bank)
    assert "approved already" in said("approve", "--name", "赵", bank=bank, code=2)["error"]
    done = said("apply", bank=bank)
    assert done["approved"] is True
    assert done["sha256"] == approved["sha256"] == first["sha256"]
    rows = written(bank)
    assert set(rows["model_version"]) == {done["version"]}
    assert len(rows) == first["customers"]
    assert said("apply", bank=bank, code=5)["status"] == "failed"
    actions = [entry.action for entry in Log(bank).entries()]
    named = ["freeze model", "approve model", "score bank"]
    assert [each for each in actions if each in named] == [
        *("freeze model", "score bank", "approve model", "score bank")
    ]


def test_an_approval_that_the_audit_log_does_not_know_counts_for_nothing(bank):
    place = model_freeze.find(bank, None)
    content = json.loads(place.read_text())
    forged = {"name": SECOND, "at": "2026-10-01", "sha256": content["sha256"]}
    place.write_text(json.dumps({**content, "approvals": [forged]}, ensure_ascii=False))
    assert said("apply", "--dry-run", bank=bank)["approved"] is False


def test_a_dry_run_writes_nothing(bank):
    before = open_bank(bank).snapshot
    assert said("apply", "--dry-run", bank=bank)["status"] == "would be written"
    assert open_bank(bank).snapshot == before


def changed(place, **values):
    place.write_text(json.dumps({**json.loads(place.read_text()), **values}))


@pytest.mark.parametrize(
    ("spoil", "words", "code", "line"),
    [
        (lambda place: place.unlink(), [], 2, "has no model card"),
        (lambda place: None, ["no-such-card"], 2, "there is no model card 'no-such-card'"),
        (lambda place: changed(place, grades=[["1", 1.0]]), [], 6, "changed after it was frozen"),
        (lambda place: changed(place, format=7), [], 6, "has format 7"),
        (lambda place: place.write_bytes(b"\xff\xfe"), [], 6, "cannot be read"),
        (lambda place: None, ["--as-of", "2026-09-15"], 6, "there is no loan to score"),
    ],
    ids=["none", "unknown", "changed", "format", "bytes", "day"],
)
def test_what_cannot_be_applied_gets_one_line_and_its_code(bank, spoil, words, code, line):
    before = open_bank(bank).snapshot
    spoil(model_freeze.find(bank, None))
    refused = said("apply", *words, bank=bank, code=code)
    assert line in refused["error"]
    assert "\n" not in refused["error"]
    assert refused["exit_code"] == code
    assert open_bank(bank).snapshot == before


@pytest.mark.parametrize(
    "command", [["freeze", "--name", "A"], ["approve", "--name", "B"], ["apply"]]
)
def test_other_roles_may_not(bank, monkeypatch, command):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    assert "takes the right 'score'" in said(*command, bank=bank, code=2)["error"]


def test_a_reader_of_some_branches_may_not_score_the_bank(bank, monkeypatch):
    branch = open_bank(bank).table("branches")["branch_id"].iloc[0]
    monkeypatch.setenv("WORKBENCH_BRANCHES", branch)
    assert "sees some branches only" in said("apply", bank=bank, code=2)["error"]


def test_a_category_unknown_to_the_card_is_counted(bank, monkeypatch):
    real = scoring.Bank.loans_to_score

    def other(self, window):
        loans = real(self, window)
        return loans.assign(five_class=loans["five_class"].where(loans.index >= 9, "new_class"))

    card = model_freeze.read(model_freeze.find(bank, None))
    assert "five_class" in card.features
    monkeypatch.setattr(scoring.Bank, "loans_to_score", other)
    assert 1 <= said("apply", "--dry-run", bank=bank)["unknown_categories"]["five_class"] <= 9


def test_a_published_run_that_says_otherwise_is_refused(bank):
    given = model_freeze.origin(bank, None)
    facts = {"risk.discrimination.auc": 0.5}
    wrong = model_freeze.Origin(given.bank, given.chosen, "20260930T1", facts)
    with pytest.raises(model_freeze.DataError, match=r"published risk\.discrimination\.auc 0\.5"):
        model_freeze.frozen(wrong, FIRST)


def run_of(bank, folder, facts, **parameters):
    """Return a published run of the notebook with these facts, parameters written as text."""
    opened = open_bank(bank)
    (folder / "record" / "risk-calibration").mkdir(parents=True)
    written = {name: {"value": value, "unit": "number"} for name, value in facts.items()}
    (folder / "record" / "risk-calibration" / record.FACTS).write_text(json.dumps(written))
    notebooks = {model_freeze.NOTEBOOK: {"parameters": parameters}} if parameters else {}
    manifest = {
        "snapshot": opened.snapshot,
        "as_of": str(opened.as_of),
        "notebooks": notebooks,
    }
    place = folder / "manifest.json"
    return history.Run("risk-calibration", "20260930T1", "published", folder, place, manifest)


def test_a_published_run_is_frozen_with_its_own_parameters(bank, tmp_path, monkeypatch):
    card = model_freeze.read(model_freeze.find(bank, None))
    facts = {
        "risk.scorecard.cases": card.made["cases"],
        "risk.discrimination.auc": card.made["auc"],
    }
    found = run_of(bank, tmp_path / "run", facts, horizon_months="12", seed="1")
    monkeypatch.setattr(history, "find", lambda name: found)
    given = model_freeze.origin(bank, "20260930T1")
    assert (given.chosen["horizon_months"], given.chosen["window_months"]) == (12, 6)
    again = model_freeze.frozen(given, FIRST)
    assert again.made["run"] == "20260930T1"
    np.testing.assert_array_equal(again.card.coefficients, card.card.coefficients)
    assert again.sha256 != card.sha256


def test_a_run_without_the_notebook_or_of_another_day_is_refused(bank, tmp_path, monkeypatch):
    monkeypatch.setattr(history, "find", lambda name: run_of(bank, tmp_path / "a", {}))
    assert (
        "holds no notebook"
        in said("freeze", "--name", "A", "--run", "x", bank=bank, code=2)["error"]
    )
    other = run_of(bank, tmp_path / "b", {}, seed="1")
    monkeypatch.setattr(history, "find", lambda name: other)
    words = ("freeze", "--name", "A", "--run", "x", "--as-of", "2026-08-31")
    assert "is of 2026-09-30" in said(*words, bank=bank, code=2)["error"]
