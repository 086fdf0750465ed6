"""Comments reach those who may see them; others get their codes; workbooks come back as coded."""

import stat
from datetime import date

import numpy as np
import pytest
import xlsxwriter

from tests.data.survey import WAVE, bank_with
from workbench.data import coding_sheet, hand_coding, workbook
from workbench.data.bank import open_bank
from workbench.data.comments import fingerprint
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log
from workbench.rules.code_frame import frame
from workbench.stats import text_classifier

FRAME = frame(date(2026, 9, 30))
SAID = {
    "c1": "审批太慢",
    "c2": "张经理态度很好",
    "c3": "  利率高 ",
    "c4": "利率高",
    "c5": "  ",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "risk")
    return bank_with(tmp_path / "bank", SAID)


def opened(folder):
    return open_bank(folder, as_of="2026-09-30")


def marked(comments, row):
    return {mark for mark, yes in zip(comments.marks, comments.final[row], strict=True) if yes}


def test_who_sees_free_text_gets_words_and_codes(folder):
    found = opened(folder).comments(WAVE, FRAME)
    assert found.rows["said"].tolist() == ["审批太慢", "张经理态度很好", "利率高", "利率高"]
    assert [marked(found, row) for row in range(4)] == [
        {"speed_problem"},
        {"attitude_praise"},
        {"price_problem"},
        {"price_problem"},
    ]
    assert not found.withheld


def test_who_does_not_gets_codes_without_words(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    bank = opened(folder)
    found = bank.comments(WAVE, FRAME)
    assert found.withheld
    assert found.rows["said"].isna().all()
    assert marked(found, 0) == {"speed_problem"}
    assert bank.table("survey_answers")["value_text"].isna().all()


def test_who_may_not_see_what_is_sensitive_gets_nothing(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    assert opened(folder).comments(WAVE, FRAME).rows.empty


def test_a_role_of_one_branch_gets_the_comments_of_its_customers(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B2")
    assert opened(folder).comments(WAVE, FRAME).rows["customer_id"].tolist() == ["c2"]


def test_a_coder_that_gives_words_away_is_refused(folder, monkeypatch):
    class Talker:
        marks = ("said",)

        def coded(self, texts):
            return np.array([[said] for said in texts], dtype=object)

    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    with pytest.raises(DataError, match="booleans"):
        opened(folder).comments(WAVE, Talker())


def test_what_is_learned_of_words_reaches_those_who_may_not_see_them_as_yes_and_no(
    tmp_path, monkeypatch
):
    said = {f"c{at}": f"{('审批太慢', '利率高')[at % 2]}{at}" for at in range(120)}
    folder = bank_with(tmp_path / "bank", said)
    marks = (frozenset({"speed_problem"}), frozenset({"price_problem"}))
    codes = {
        fingerprint(words): hand_coding.HandCode(marks[at % 2], True, FRAME.edition)
        for at, words in enumerate(said.values())
    }
    hand_coding.keep(folder, codes)
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    found = opened(folder).comments(WAVE, FRAME, text_classifier.cross_fitted)
    assert found.withheld
    assert found.rows["said"].isna().all()
    slow = found.learned[:, FRAME.marks.index("speed_problem")]
    assert (slow == found.machine[:, FRAME.marks.index("speed_problem")]).mean() > 0.95
    assert opened(folder).comments(WAVE, FRAME).learned is None

    def talker(texts, marks, names, groups):
        return np.array(texts, dtype=object)

    with pytest.raises(DataError, match="a learner gives booleans"):
        opened(folder).comments(WAVE, FRAME, talker)


def test_before_the_fieldwork_is_over_there_are_no_comments(folder):
    assert open_bank(folder, as_of="2026-08-15").comments(WAVE, FRAME).rows.empty


def rows(place):
    (_, header), *lines = workbook.rows(place)
    names = [name.split()[-1] for name in header]
    return names, [dict(zip(names, line, strict=True)) for _, line in lines]


def fill(place, changes):
    """Set cells of the workbook, as a person would: comment → column → value."""
    names, lines = rows(place)
    with xlsxwriter.Workbook(place) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, names)
        for at, line in enumerate(lines, start=1):
            sheet.write_row(at, 0, {**line, **changes.get(line["said"], {})}.values())


def test_a_workbook_holds_each_comment_once_redacted_and_for_its_owner_only(folder, tmp_path):
    place = tmp_path / "out" / "codes.xlsx"
    done = coding_sheet.export(opened(folder), WAVE, FRAME, place)
    assert (done.comments, done.left_out) == (3, 0)
    _, found = rows(place)
    assert [row["said"] for row in found] == ["审批太慢", "●经理态度很好", "利率高"]
    assert found[0]["speed_problem"] == "1"
    assert found[0]["done"] == ""
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [*Log(folder).entries()][-1].action == coding_sheet.EXPORTED
    with pytest.raises(ParameterError, match="exists"):
        coding_sheet.export(opened(folder), WAVE, FRAME, place)


def test_corrections_come_back_and_replace_what_the_frame_found(folder, tmp_path):
    place = tmp_path / "codes.xlsx"
    coding_sheet.export(opened(folder), WAVE, FRAME, place)
    fill(place, {"利率高": {"price_problem": None, "general_problem": "√", "done": 1}})
    bank = opened(folder)
    done = coding_sheet.take_in(folder, bank.role, FRAME, place)
    assert (done.coded, done.new, done.changed, done.open) == (1, 1, 0, 2)
    found = bank.comments(WAVE, FRAME)
    assert [marked(found, row) for row in (0, 2, 3)] == [
        {"speed_problem"},
        {"general_problem"},
        {"general_problem"},
    ]
    assert not found.blind.any()
    kept = (folder / hand_coding.PLACE).read_text("utf-8")
    assert "利率" not in kept
    assert "c3" not in kept
    again = coding_sheet.take_in(folder, bank.role, FRAME, place)
    assert (again.new, again.changed) == (0, 0)


def test_a_sample_is_coded_blind_and_a_correction_does_not_replace_it(folder, tmp_path):
    blind, later = tmp_path / "blind.xlsx", tmp_path / "later.xlsx"
    bank = opened(folder)
    coding_sheet.export(bank, WAVE, FRAME, blind, sample=2)
    _, found = rows(blind)
    assert len(found) == 2
    assert all(row[mark] == "" for row in found for mark in FRAME.marks)
    fill(blind, {row["said"]: {"speed_problem": 1, "done": "x"} for row in found})
    coding_sheet.take_in(folder, bank.role, FRAME, blind)
    coding_sheet.export(bank, WAVE, FRAME, later)
    fill(later, {row["said"]: {"speed_problem": None, "done": 1} for row in found})
    assert coding_sheet.take_in(folder, bank.role, FRAME, later).changed == 0
    assert bank.comments(WAVE, FRAME).blind.any()
    # What was coded is not drawn again.
    third = tmp_path / "third.xlsx"
    coding_sheet.export(bank, WAVE, FRAME, third, sample=9)
    assert len(rows(third)[1]) == 1


def test_roles_without_free_text_neither_write_nor_read_workbooks(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    bank = opened(folder)
    with pytest.raises(ParameterError, match="risk, relationship"):
        coding_sheet.export(bank, WAVE, FRAME, tmp_path / "a.xlsx")
    with pytest.raises(ParameterError, match="risk, relationship"):
        coding_sheet.take_in(folder, bank.role, FRAME, tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price_problem": "maybe", "done": 1}, "price_problem.*'maybe'.*expected 1"),
        ({"fingerprint": "12"}, "no fingerprint"),
        ({"edition": "2020.1"}, "edition '2020.1'.*expected '2026.1'"),
    ],
)
def test_a_workbook_that_was_spoilt_is_refused_whole(folder, tmp_path, changes, message):
    place = tmp_path / "codes.xlsx"
    bank = opened(folder)
    coding_sheet.export(bank, WAVE, FRAME, place)
    fill(place, {"利率高": changes, "审批太慢": {"done": 1}})
    with pytest.raises(DataError, match=message):
        coding_sheet.take_in(folder, bank.role, FRAME, place)
    assert not (folder / hand_coding.PLACE).exists()


def test_another_workbook_and_a_damaged_store_are_named(folder, tmp_path):
    place = tmp_path / "list.csv"
    place.write_text("fingerprint,said\n0123456789abcdef,x\n", "utf-8")
    with pytest.raises(DataError, match="lacks the columns"):
        coding_sheet.take_in(folder, opened(folder).role, FRAME, place)
    (folder / "coding").mkdir()
    (folder / hand_coding.PLACE).write_text("broken\n", "utf-8")
    with pytest.raises(DataError, match="is damaged"):
        opened(folder).comments(WAVE, FRAME)


def test_a_fingerprint_is_that_of_the_words_whatever_their_width_and_blanks():
    assert fingerprint("ＡＰＰ  闪退") == fingerprint("APP 闪退") != fingerprint("APP闪退了")
