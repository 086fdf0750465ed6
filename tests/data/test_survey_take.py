"""Answers that come back: matched by code, judged value by value, corrected by a file's name."""

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.data import people, wave
from workbench import text
from workbench.data import (
    archive,
    invitation_codes,
    rotation,
    survey_judged,
    survey_notes,
    survey_take,
    survey_wave,
)
from workbench.data import bank as banks
from workbench.data.bank import open_bank
from workbench.data.lake import Lake
from workbench.errors import DataError, NothingToDoError, ParameterError
from workbench.privacy.audit import Log


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Where the bank lies once the first test has made it."""
    return tmp_path_factory.mktemp("whole") / "bank"


@pytest.fixture
def bank(drop, home, bank, whole):
    if whole.exists():
        shutil.copytree(whole, bank)
    else:
        wave.bank_with(drop, home, bank)
        shutil.copytree(bank, whole)
    return bank


@pytest.fixture
def code(bank):
    return wave.codes(bank)


@pytest.fixture
def back(home):
    """A folder for what comes back."""
    return home / "back"


def kinds(problems):
    return [(each.kind, each.row, each.column) for each in problems]


def test_a_form_comes_in_as_what_was_answered(bank, code, back):
    said = {**wave.CLOSED, "Q5": "NA", "Q9": "找李经理办的，请打 13812345678"}
    wave.form(back, code["C3"], answers=said)
    done, problems = wave.take(bank, back)
    assert problems == []
    assert (done.returns, done.answered, done.invited) == ({"complete": 1}, 1, 4)
    expected = {key: value for key, value in said.items() if key != "Q5"}
    assert wave.answers(bank) == {"C3": {**expected, "Q9": "找●经理办的，请打 ●"}}
    row = next(r for r in survey_wave.rows(bank, "survey_invitations") if r["completed_at"])
    assert row["mode_answered"] == row["mode_assigned"] == "web"
    assert (row["attempts"], row["started_at"]) == (1, datetime(2026, 10, 13, 9))
    assert (row["frame_count"], row["design_weight"]) == (100, 25.0)


def test_a_list_comes_in_row_by_row_and_empty_rows_stay_open(bank, code, back):
    rows = [
        {"wave_id": "2026Q4", "code": code["C1"].lower(), "consent": "是", "attempts": 3},
        {"wave_id": "2026Q4", "code": code["C2"], "outcome": "拒访", "attempts": 2},
        {"wave_id": "2026Q4", "code": code["C3"], "outcome": "No contact", "attempts": 4},
        {"wave_id": "2026Q4", "code": code["C4"]},
    ]
    rows[0] |= {**wave.CLOSED, "mode": "电话", "started_at": "2026/10/14 10:02"}
    done, problems = wave.take(bank, wave.listed(back / "answers-2026Q4-phone-B1.csv", rows))
    assert problems == []
    assert done.returns == {"complete": 1, "refused": 1, "no_contact": 1}
    assert done.open == 1
    expected = {"C1": "complete", "C2": "refused", "C3": "no_contact", "C4": "no_contact"}
    assert wave.status(bank) == expected
    by = {r["attempts"]: r for r in survey_wave.rows(bank, "survey_invitations")}
    assert sorted(by) == [0, 2, 3, 4]
    assert by[3]["mode_answered"] == "phone"
    assert by[3]["started_at"] == datetime(2026, 10, 14, 10, 2)


@pytest.mark.parametrize(
    ("values", "kind", "column"),
    [
        ({"code": ""}, "no_code", "code"),
        ({"code": "王小明"}, "bad_code", "code"),
        ({"wave_id": "2026Q3"}, "other_wave", "wave_id"),
        ({"consent": ""}, "consent", "consent"),
        ({"outcome": "拒访"}, "contradiction", "outcome"),
        ({"outcome": "挂断", "answers": {}}, "choice", "outcome"),
        ({"answers": {}}, "empty", ""),
        ({"answers": {"Q2": 4}}, "too_few", ""),
        ({"answers": {"Q1": 9, "Q2": 4}}, "partial", ""),
        ({"answers": {**wave.CLOSED, "Q1": 11}}, "off_scale", "Q1"),
        ({"answers": {**wave.CLOSED, "Q2": 0}}, "off_scale", "Q2"),
        ({"answers": {**wave.CLOSED, "Q8": "6.5"}}, "off_scale", "Q8"),
        ({"answers": {**wave.CLOSED, "Q77": 1}}, "column", "Q77"),
        ({"started_at": "gestern"}, "time", "started_at"),
        ({"attempts": -1}, "count", "attempts"),
        ({"completed_at": "2026-11-02 08:00"}, "outside", "completed_at"),
    ],
)
def test_what_is_wrong_gets_one_line(bank, code, back, values, kind, column):
    wave.form(back, code["C4"], name="other.json")
    place = wave.form(back, code["C3"], **values)
    done, problems = wave.take(bank, back)
    found = [(p.kind, p.column) for p in problems]
    if kind == "choice":
        found.remove(("empty", ""))
    assert found == [(kind, column)]
    for language in ("zh", "en"):
        with text.spoken(language):
            line = problems[-1].line()
        assert "\n" not in line
        assert "王小明" not in line
        assert problems[-1].file in line
    assert done.left_out == sum(p.counts for p in problems) >= (kind not in ("partial", "outside"))
    assert problems[-1].file == survey_take.survey_returns.shown(place.name, ["2026Q4"])
    with Path(done.report).open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + len(problems)
    assert all(all(row[4:]) for row in rows)


def test_what_is_wrong_with_one_answer_costs_no_other(bank, code, back):
    wave.form(back, code["C3"], answers={**wave.CLOSED, "Q1": 11, "Q2": "五"})
    done, problems = wave.take(bank, back)
    assert [p.column for p in problems if p.kind == "off_scale"] == ["Q1", "Q2"]
    rest = {key: value for key, value in wave.CLOSED.items() if key not in ("Q1", "Q2")}
    assert wave.answers(bank) == {"C3": rest}
    assert done.returns == {"partial": 1}


def test_a_comment_that_cannot_be_redacted_is_left_out_alone(bank, code, back, monkeypatch):
    monkeypatch.setattr(survey_judged, "redacted", lambda said: None)
    wave.form(back, code["C3"], answers={**wave.CLOSED, "Q9": "somebody's secret"})
    _, problems = wave.take(bank, back)
    assert kinds(problems) == [("comment", None, "Q9")]
    assert "secret" not in problems[0].line()
    assert wave.answers(bank) == {"C3": wave.CLOSED}


def test_answers_of_who_breaks_off_at_once_are_not_kept(bank, code, back):
    wave.form(back, code["C3"], answers={"Q2": 4})
    wave.form(back, code["C4"])
    wave.take(bank, back)
    assert wave.status(bank)["C3"] == "refused"
    assert set(wave.answers(bank)) == {"C4"}


def test_who_does_not_agree_leaves_no_answer(bank, code, back):
    wave.form(back, code["C3"], consent="no")
    wave.form(back, code["C4"])
    _, problems = wave.take(bank, back)
    assert problems == []
    assert wave.status(bank)["C3"] == "refused"
    assert set(wave.answers(bank)) == {"C4"}


def test_of_two_returns_of_one_code_the_first_counts(bank, code, back):
    wave.form(back, code["C3"], name="a.json")
    wave.form(back, code["C3"], name="b.json", answers={**wave.CLOSED, "Q1": 0})
    _, problems = wave.take(bank, back)
    assert kinds(problems) == [("twice", None, "code")]
    assert wave.answers(bank)["C3"]["Q1"] == 9
    again = wave.form(back / "later", code["C3"], name="c.json")
    with pytest.raises(DataError, match="nothing was taken in"):
        wave.take(bank, again)


def test_a_file_of_the_same_name_replaces_all_that_it_held(bank, code, back):
    name = back / "answers-2026Q4-phone-B1.csv"
    rows = [{"code": code[who], "consent": "yes", **wave.CLOSED} for who in ("C1", "C2", "C3")]
    wave.take(bank, wave.listed(name, rows))
    rows[0] |= {"Q1": 0, "Q7": ""}
    done, problems = wave.take(bank, wave.listed(name, rows[:2]))
    assert problems == []
    assert (done.withdrawn, done.answered) == (1, 2)
    assert wave.status(bank)["C3"] == "no_contact"
    assert set(wave.answers(bank)) == {"C1", "C2"}
    assert wave.answers(bank)["C1"]["Q1"] == 0
    assert "Q7" not in wave.answers(bank)["C1"]
    # Back to the first version: its bytes were seen before, what it says is not what is held.
    rows[0] |= {"Q1": 9, "Q7": 2}
    done, _ = wave.take(bank, wave.listed(name, rows))
    assert (done.withdrawn, done.answered) == (0, 3)
    assert wave.answers(bank)["C1"] == wave.CLOSED
    with pytest.raises(NothingToDoError, match="taken in before"):
        wave.take(bank, name)


def test_a_later_file_adds_to_the_earlier_ones(bank, code, back):
    wave.take(bank, wave.form(back, code["C3"]))
    done, _ = wave.take(bank, wave.form(back, code["C4"]), *back.glob(f"*{code['C3']}*"))
    assert (done.files, done.skipped, done.answered) == (1, 1, 2)
    assert set(wave.answers(bank)) == {"C3", "C4"}
    assert len(list((bank / "surveys").iterdir())) == 2
    wave.take(bank, wave.form(back, code["C1"]))
    assert len(list((bank / "surveys").iterdir())) == 2
    wave.take(bank, wave.listed(back / "x.csv", [{"code": code["C2"], "outcome": "refused"}]))
    weights = [row["final_weight"] for row in survey_wave.rows(bank, "survey_invitations")]
    assert sorted(weights, key=lambda weight: weight or 0) == [None, *[100 / 3] * 3]


def test_who_was_not_reached_by_telephone_may_still_answer_by_form(bank, code, back):
    rows = [{"code": code["C1"], "outcome": "no_contact", "attempts": 3}]
    wave.take(bank, wave.listed(back / "phone.csv", rows))
    wave.take(bank, wave.form(back, code["C1"]))
    assert wave.status(bank)["C1"] == "complete"
    (row,) = [r for r in survey_wave.rows(bank, "survey_invitations") if r["mode_answered"]]
    assert (row["mode_assigned"], row["mode_answered"]) == ("phone", "web")
    # The list comes again with one row more: the answer by form stays.
    rows.append({"code": code["C2"], "outcome": "refused", "attempts": 1})
    _, problems = wave.take(bank, wave.listed(back / "phone.csv", rows))
    assert problems == []
    expected = {"C1": "complete", "C2": "refused", "C3": "no_contact", "C4": "no_contact"}
    assert wave.status(bank) == expected


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"", b'{"answers": 1}']
)
def test_a_file_that_is_none_is_named_and_costs_no_other(bank, code, back, content):
    wave.form(back, code["C3"])
    (back / "broken.json").write_bytes(content)
    (back / "name.docx").write_bytes(b"x")
    (back / "broken.xlsx").write_bytes(content)
    done, problems = wave.take(bank, back)
    assert [p.kind for p in problems] == ["unreadable"] * 3
    assert done.returns == {"complete": 1}
    assert done.left_out == 3


def test_a_file_whose_header_is_another_is_refused(bank, back):
    with pytest.raises(DataError, match="nothing was taken in"):
        wave.take(bank, wave.listed(back / "x.csv", [{"name": "y", "Q1": 3}]))
    with pytest.raises(NothingToDoError, match="no row of the 1 files is filled in"):
        wave.take(bank, wave.listed(back / "y.csv", [{"code": "", "wave_id": "2026Q4"}]))


def test_codes_of_other_waves_and_invented_ones_match_nobody(bank, code, back):
    other = wave.codes(bank, "2026Q3")["C1"]
    assert other not in code.values()
    wave.form(back, code["C3"])
    wave.form(back, other)
    _, problems = wave.take(bank, back)
    assert kinds(problems) == [("unknown_code", None, "code")]


def test_one_wrong_letter_and_two_that_changed_places_are_always_seen():
    good = invitation_codes.code(b"k" * 32, "w", "1").replace("-", "")
    letters = invitation_codes.ALPHABET
    for at, letter in enumerate(good):
        for other in letters.replace(letter, ""):
            assert not invitation_codes.is_code(good[:at] + other + good[at + 1 :])
    swapped = [good[:at] + good[at + 1] + good[at] + good[at + 2 :] for at in range(10)]
    assert all(not invitation_codes.is_code(each) for each in swapped if each != good)


def test_nobody_is_named_and_no_code_stands_in_the_lake(bank, code, back):
    wave.form(back, code["C3"], name=f"{people.NAMES['C3']}.json")
    wave.form(back, "wrong", name=f"{people.NAMES['C4']}.json")
    wave.take(bank, back)
    assert people.told(bank, [*people.NAMES.values(), *people.PHONES.values()]) == []
    assert people.told(bank / "lake", code.values()) == []


def test_codes_outlive_a_change_of_pseudonyms(bank, code, back, home):
    wave.take(bank, wave.form(back, code["C3"]))
    (home / "staff.csv").write_text("staff_id\nS1\nS2\n")
    rotation.rotate(bank, home / "staff.csv")
    assert wave.codes(bank) == code
    wave.take(bank, wave.form(back, code["C4"]))
    wave.take(bank, wave.form(back, code["C3"], answers={**wave.CLOSED, "Q1": 1}))
    assert wave.answers(bank) == {"C3": {**wave.CLOSED, "Q1": 1}, "C4": wave.CLOSED}


def test_only_who_keeps_the_vault_may_take_answers_in(bank, code, back, monkeypatch):
    wave.form(back, code["C3"])
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    with pytest.raises(ParameterError, match="keep vault"):
        wave.take(bank, back)


def test_a_wave_is_drawn_once_and_its_answers_need_it(bank, back, code):
    with pytest.raises(ParameterError, match="drawn before"):
        wave.draw(bank, ["C1"])
    with pytest.raises(ParameterError, match="no survey wave '2027Q1'; there are 2026Q4"):
        survey_take.take(bank, "2027Q1", [wave.form(back, code["C3"])], wave.ACCEPTS)
    said = [e.subject for e in Log(bank).entries() if e.action == survey_wave.DRAWN]
    assert said == ["wave 2026Q4, seed 1: 4 invitations"]


def test_the_wave_reads_as_any_other_once_its_fieldwork_is_over(bank, code, back, monkeypatch):
    wave.take(bank, wave.form(back, code["C3"]))
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    opened = open_bank(bank, as_of="2026-10-31")
    survey = opened.survey("2026Q4").set_index("status")
    assert survey.loc["complete", "nps"] == 9
    assert survey.loc["complete", "effort"] == 6
    assert len(survey) == 4
    assert set(open_bank(bank, as_of="2026-10-29").survey_waves()["wave_id"]) == set()


def test_a_damaged_note_is_said_and_others_are_left_alone(bank, code, back):
    wave.take(bank, wave.form(back, code["C3"]))
    (note,) = (bank / "surveys").iterdir()
    assert json.loads(note.read_text())["number"] == 1
    note.write_text("{")
    with pytest.raises(DataError, match="damaged; restore it"):
        wave.take(bank, wave.form(back, code["C4"]))
    assert len(Lake(bank).ids()) == 3
    assert banks.key(bank)


def test_a_backup_holds_which_file_each_return_came_from(bank, code, back):
    wave.take(bank, wave.form(back, code["C3"]))
    held = {path.relative_to(bank).parts[0] for path in archive._paths(bank)}
    assert survey_notes.NOTES in held
