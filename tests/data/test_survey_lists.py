"""Lists of a wave: encrypted, by branch and by who asks; codes and names meet nowhere else."""

import io
from datetime import datetime, timedelta

import msoffcrypto
import pytest
from python_calamine import CalamineWorkbook

from tests.data import people, wave
from workbench.data import survey_lists
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log

PAST = datetime.now().replace(microsecond=0) - timedelta(days=9)
CONSENTS = "\n".join(
    ["授权号,客户号,目的,授权时间,到期时间,撤回时间"]
    + [f"{at},C{at},survey,{PAST},,{'' if at != 3 else PAST}" for at in (1, 2, 3, 4)]
)
LISTS = {"phone": ("phone",), "questionnaire": ("web", "app", "sms", "rm")}


@pytest.fixture
def bank(drop, home, bank):
    return wave.bank_with(drop, home, bank, consents=CONSENTS + "\n")


@pytest.fixture
def written():
    """What was written beside the lists: name → codes."""
    return {}


@pytest.fixture
def handed(bank, home, written):
    def sheet(place, codes):
        written[place.name] = list(codes)

    return survey_lists.hand_over(bank, wave.NAME, home / "out", LISTS, {"phone": sheet})


def opened(bank, path):
    password = (bank / "vault" / "delivery" / f"{path.stem[-2:]}.key").read_text().strip()
    clear = io.BytesIO()
    with path.open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        office.load_key(password=password, verify_password=True)
        office.decrypt(clear, verify_integrity=True)
    clear.seek(0)
    return CalamineWorkbook.from_filelike(clear).get_sheet_by_index(0).to_python()


def test_each_list_and_branch_has_a_workbook_of_those_who_may_be_asked(bank, home, handed, written):
    code = wave.codes(bank)
    assert {name: dict(each.rows) for name, each in handed.lists.items()} == {
        "phone": {"B1": 1, "B2": 1},
        "questionnaire": {},
    }
    assert handed.lists["questionnaire"].excluded["do_not_contact"] == 1
    assert handed.lists["questionnaire"].excluded["consent"] == 1
    place = home / "out" / handed.lists["phone"].files["B1"]
    assert place.name.startswith("survey-2026Q4-phone-")
    head, row = opened(bank, place)
    assert head == ["核心客户号", "姓名／名称", "手机号", "邀请码", "访问方式"]
    assert row == ["C1", people.NAMES["C1"], people.PHONES["C1"], code["C1"], "电话"]
    assert written == {
        "answers-2026Q4-phone-B1.xlsx": [code["C1"]],
        "answers-2026Q4-phone-B2.xlsx": [code["C2"]],
    }
    assert handed.sheets == tuple(written)


def test_nobody_is_named_in_clear(bank, home, handed):
    words = [*people.NAMES.values(), *people.PHONES.values(), *wave.codes(bank).values()]
    assert people.told(bank, words) == people.told(home / "out", words) == []


def test_the_audit_log_says_what_was_handed_over(bank, handed):
    said = [e.subject for e in Log(bank).entries() if e.action == "deliver"]
    assert any("purpose survey, branch B1: 1 rows" in each for each in said)


def test_who_answered_is_on_no_list_any_more(bank, home):
    code = wave.codes(bank)
    wave.take(bank, wave.form(home / "back", code["C1"]))
    done = survey_lists.hand_over(bank, wave.NAME, home / "out", LISTS, {})
    assert dict(done.lists["phone"].rows) == {"B2": 1}
    for who in ("C2", "C3", "C4"):
        wave.form(home / "back", code[who])
    wave.take(bank, home / "back")
    with pytest.raises(DataError, match="nobody is left to invite"):
        survey_lists.hand_over(bank, wave.NAME, home / "out", LISTS, {})


def test_workbooks_that_may_hold_answers_are_never_overwritten(bank, home):
    (home / "out").mkdir()
    (home / "out" / "answers-2026Q4-phone-B1.xlsx").touch()
    with pytest.raises(ParameterError, match="name another folder"):
        survey_lists.hand_over(bank, wave.NAME, home / "out", LISTS, {})
    assert len(list((home / "out").iterdir())) == 1


def test_it_takes_the_right_to_deliver(bank, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    with pytest.raises(ParameterError, match="deliver"):
        survey_lists.hand_over(bank, wave.NAME, home / "out", LISTS, {})
