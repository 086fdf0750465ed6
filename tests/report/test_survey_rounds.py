"""From the draw to the score: a wave of the demo bank is drawn, asked, taken in and reported."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.data import wave as made
from workbench import cli, settings
from workbench.analysis.satisfaction import satisfaction
from workbench.data import demo, invitation_codes, listing, survey_wave
from workbench.data.bank import open_bank
from workbench.privacy import roles
from workbench.report import survey_draft
from workbench.stats.respondents import weighted

NAME = "2026Q4"
DAYS = ("--from", "2026-10-12", "--to", "2026-10-30")
DRAW = ("survey", "draw", NAME, *DAYS, "--answers", "420", "--seed", "7")
RATE = {"phone": 0.45, "web": 0.25, "app": 0.2, "sms": 0.2, "rm": 0.5}
"""Share that answers, by mode."""
SHARE_WORDS = 0.3
WORDS = ("审批太慢", "利率偏高", "客户经理态度很好", "手续简单", "Approval takes too long")
"""How many write a comment, and what they write."""


def said(*words, bank=None, code=0):
    given = CliRunner().invoke(cli.app, [*words, *(("--bank", str(bank)) if bank else ())])
    assert given.exit_code == code, given.output
    return json.loads(given.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def source():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return folder


@pytest.fixture(scope="module")
def asked(source, tmp_path_factory):
    """The demo bank with a wave drawn, and lists handed over."""
    home = tmp_path_factory.mktemp("wave")
    shutil.copytree(source, home / "bank")
    drawn = said(*DRAW, bank=home / "bank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_ROLE", "operator")
        lists = said(*("survey", "invite", NAME, "--to", str(home / "lists")), bank=home / "bank")
    return home, drawn, lists


def everybody(bank):
    """What each customer of the frame would answer, by pseudonym: known because it is made up."""
    frame = open_bank(bank, as_of="2026-10-12").survey_frame()
    rng = np.random.default_rng(3)
    mood = frame["segment"].map({"micro": -0.5, "consumer": 0.6, "mortgage": 0.1}).fillna(0)
    latent = mood.to_numpy() + rng.standard_normal(len(frame))
    frame["Q1"] = np.clip(np.round(7.6 + 1.9 * latent), 0, 10).astype(int)
    frame["Q2"] = np.clip(np.round(3.9 + 0.8 * latent), 1, 5).astype(int)
    return frame.set_index("customer_id")


def test_the_draw_is_written_down_with_weights_that_stand_for_everybody(asked):
    home, drawn, _ = asked
    opened = open_bank(home / "bank", as_of="2026-10-31")
    sample = opened.survey(NAME)
    assert len(sample) == drawn["invitations"] == sum(drawn["by_segment"].values())
    frame = open_bank(home / "bank", as_of="2026-10-12").survey_frame()
    counts = frame["segment"].value_counts()
    for stratum, own in sample.groupby("stratum"):
        assert (own["frame_count"] == counts[stratum]).all()
        assert own["design_weight"].sum() == pytest.approx(counts[stratum])
        assert (1 / own["design_weight"]).to_numpy() == pytest.approx(len(own) / counts[stratum])
    assert sample["design_weight"].sum() == pytest.approx(len(frame))


def test_nobody_is_drawn_who_may_not_be_asked(asked, source):
    home, _, _ = asked
    sample = open_bank(home / "bank", as_of="2026-10-31").survey(NAME)
    before = open_bank(source, as_of="2026-10-12").survey_frame().set_index("customer_id")
    own = before.loc[sample["customer_id"]]
    assert own["consents"].all()
    assert not own["do_not_contact"].any()
    for name in ("surveyed_on", "contacted_on"):
        days = (pd.Timestamp("2026-10-12") - pd.to_datetime(own[name])).dt.days
        assert not (days <= 30).any()


def test_the_same_seed_draws_the_same_and_who_was_drawn_rests_afterwards(asked, source, tmp_path):
    home, _, _ = asked
    shutil.copytree(source, tmp_path / "bank")
    said(*DRAW, bank=tmp_path / "bank")
    one, two = (
        survey_wave.rows(folder / "bank", "survey_invitations", wave_id=NAME)
        for folder in (home, tmp_path)
    )
    assert one == two
    later = ("--from", "2026-11-09", "--to", "2026-11-20", "--answers", "240", "--seed", "7")
    assert said("survey", "draw", "2026Q5", *later, bank=tmp_path / "bank")["status"] == "drawn"
    again = survey_wave.rows(tmp_path / "bank", "survey_invitations", wave_id="2026Q5")
    assert again
    assert not {row["customer_id"] for row in again} & {row["customer_id"] for row in one}


def test_a_dry_run_changes_nothing_and_another_seed_draws_others(asked, source, tmp_path):
    shutil.copytree(source, tmp_path / "bank")
    there = sorted(path.name for path in (tmp_path / "bank" / "snapshots").iterdir())
    told = said(*DRAW, "--dry-run", bank=tmp_path / "bank")
    assert told["status"] == "would be drawn"
    assert sorted(p.name for p in (tmp_path / "bank" / "snapshots").iterdir()) == there
    said(*DRAW[:-1], "8", bank=tmp_path / "bank")
    mine = {
        row["customer_id"]
        for row in survey_wave.rows(tmp_path / "bank", "survey_invitations", wave_id=NAME)
    }
    others = survey_wave.rows(asked[0] / "bank", "survey_invitations", wave_id=NAME)
    assert mine != {row["customer_id"] for row in others}


def rows_of(place):
    return [cells for _, cells in listing.lines(place)][1:]


def given_back(home, lists, truth):
    """Write what comes back: answers by telephone into the workbooks, others from the form."""
    modes = {
        row["customer_id"]: row["mode_assigned"]
        for row in survey_wave.rows(home / "bank", "survey_invitations", wave_id=NAME)
    }
    role = roles.current("operator")
    codes = invitation_codes.codes(home / "bank", role, NAME, modes, "keep vault")
    rng = np.random.default_rng(5)
    by_code = {codes[who]: who for who in sorted(modes) if rng.random() < RATE[modes[who]]}

    def given(code):
        own = truth.loc[by_code[code]]
        sides = dict(
            zip(("Q3", "Q4", "Q5", "Q6", "Q7"), rng.integers(1, 6, 5).tolist(), strict=True)
        )
        whole = {**made.CLOSED, **sides, "Q8": int(rng.integers(1, 8))}
        said = {"Q9": WORDS[int(rng.integers(len(WORDS)))]} if rng.random() < SHARE_WORDS else {}
        return {**whole, **said, "Q1": int(own["Q1"]), "Q2": int(own["Q2"])}

    answered = set()
    for sheet in lists["sheets"]:
        place = home / "lists" / sheet
        mine = {row[1] for row in rows_of(place)} & by_code.keys()
        said = {"consent": "是", "outcome": "完成", "attempts": 2}
        (home / "back").mkdir(exist_ok=True)
        made.filled(place, {code: {**said, **given(code)} for code in mine}, home / "back" / sheet)
        answered |= mine
    for code, who in by_code.items():
        if modes[who] != "phone":
            made.form(home / "back", code, answers=given(code))
            answered.add(code)
    return answered


def test_from_the_draw_to_the_score(asked):
    home, _, lists = asked
    truth = everybody(home / "bank")
    answered = given_back(home, lists, truth)
    told = said("survey", "take", NAME, str(home / "back"), bank=home / "bank")
    assert told["left_out"] == 0
    assert told["answered"] == told["returns"]["complete"] == len(answered)
    survey = open_bank(home / "bank", as_of="2026-10-31").survey(NAME)
    plain = satisfaction(weighted(survey, name=NAME, margins=())).facts["nps"]
    strata = satisfaction(weighted(survey, name=NAME, margins=("stratum",), least=1)).facts["nps"]
    # By hand: who answered stands for as many as the chance of being drawn says, or each stratum's
    # own score counts in proportion to its customers.
    own = survey[survey["status"] == "complete"]
    score = 100 * ((own["nps"] >= 9).astype(float) - (own["nps"] <= 6).astype(float))
    weight = own["frame_count"] / own["stratum"].map(survey["stratum"].value_counts())
    size = own.groupby("stratum")["frame_count"].first()
    by_strata = float((score.groupby(own["stratum"]).mean() * size).sum() / size.sum())
    assert plain.value == pytest.approx(float((score * weight).sum() / weight.sum()), abs=1e-9)
    assert strata.value == pytest.approx(by_strata, abs=1e-9)
    assert abs(float(score.mean()) - by_strata) > 0.5
    population = 100 * float((truth["Q1"] >= 9).mean() - (truth["Q1"] <= 6).mean())
    assert strata.low < population < strata.high
    raked = weighted(survey, name=NAME, margins=("segment", "branch_name", "mode_assigned"))
    fact = satisfaction(raked).facts["nps"]
    assert fact.low < population < fact.high


def test_a_wave_needs_days_a_role_that_sees_enough_and_an_earlier_wave(asked, monkeypatch):
    bank = asked[0] / "bank"
    days = ("--from", "2026-11-12", "--to", "2026-11-30", "--seed", "1")
    assert (
        "expected a day" in said(*DRAW[:3], "--from", "soon", *DRAW[5:], bank=bank, code=2)["error"]
    )
    ends = ("--from", "2026-11-12", "--to", "2026-11-01", "--seed", "1")
    assert "before it begins" in said("survey", "draw", "W", *ends, bank=bank, code=2)["error"]
    assert "such as 2026Q4" in said("survey", "draw", "../W", *days, bank=bank, code=2)["error"]
    assert "drawn before" in said(*DRAW, bank=bank, code=2)["error"]
    early = ("--from", "2025-11-01", "--to", "2025-11-30", "--seed", "1")
    error = said("survey", "draw", "W", *early, bank=bank, code=2)["error"]
    assert "no edition of rule 'survey-plan'" in error
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    error = said("survey", "draw", "W", *days, bank=bank, code=2)["error"]
    assert "may not draw a survey" in error
    monkeypatch.setenv("WORKBENCH_ROLE", "relationship")
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B0001")
    error = said("survey", "draw", "W", *days, bank=bank, code=2)["error"]
    assert "some branches only" in error


def test_the_blank_forms_are_written_for_a_wave_that_was_drawn(asked, tmp_path):
    bank = asked[0] / "bank"
    told = said("survey", "form", NAME, "--to", str(tmp_path), bank=bank)
    assert sorted(told["files"]) == sorted(path.name for path in tmp_path.iterdir())
    assert len(told["files"]) == 3
    error = said("survey", "form", "2031Q1", "--to", str(tmp_path), bank=bank, code=2)["error"]
    assert "there is no survey wave '2031Q1'" in error


def test_a_first_wave_is_drawn_without_one_before_it(source, monkeypatch):
    monkeypatch.setattr(survey_draft, "_before", lambda opened: None)
    told = said(*DRAW, "--dry-run", bank=source)
    assert told["planned_from"] is None
    assert told["planned"] == 420
    assert told["invitations"] == sum(told["by_mode"].values())
