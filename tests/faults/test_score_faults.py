"""Scores written by a process that is killed, or by two at once: all of them or none."""

import json
import sys
from contextlib import suppress
from datetime import date
from threading import Thread

import pytest

from tests.data import wave
from tests.faults.test_operator_faults import killed, strides
from workbench.data import score_rows
from workbench.data.integrity import flaws
from workbench.data.lake import Lake
from workbench.data.survey_wave import rows
from workbench.errors import DataError, LockedError, NothingToDoError
from workbench.privacy.audit import Log

pytest_plugins = ["tests.data.conftest"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")
DAY = date(2026, 9, 30)


def scores(bank, grade, *, version="v1", leave=0):
    """Return one row for each customer but the first `leave`."""
    people = sorted(str(row["customer_id"]) for row in rows(bank, "customers"))[leave:]
    return [
        {
            "assessment_id": f"default-20260930-{who}",
            "customer_id": who,
            "assessed_on": str(DAY),
            "model_id": "default",
            "model_version": version,
            "pd_12m": 0.012345678901234567,
            "risk_grade": grade,
            "next_review_on": "2027-09-30",
        }
        for who in people
    ]


def keep(bank, given):
    return score_rows.keep(bank, "default", DAY, given, snapshot=Lake(bank).current().id)


def grades(bank):
    return [row["risk_grade"] for row in rows(bank, "risk_assessments", model_id="default")]


@pytest.fixture
def scored(drop, home, bank):
    """A bank that was scored, and other scores beside it that are to supersede those."""
    wave.bank_with(drop, home, bank)
    keep(bank, scores(bank, "3"))
    (home / "scores.json").write_text(json.dumps(scores(bank, "5", version="v2", leave=1)))
    return bank


def is_in(bank):
    """Tell whether the second scoring is in; it is in whole or not at all."""
    found, everybody = grades(bank), len(rows(bank, "customers"))
    assert found in (["3"] * everybody, ["5"] * (everybody - 1))
    assert flaws(Lake(bank)) == []
    assert Log(bank).verify().fault is None
    return "5" in found


@strides(7)
def test_scores_killed_at_any_step_are_in_or_not_and_go_on(scored, home, stride):
    seen = set()
    for copy in killed(home, "score", stride):
        seen.add(is_in(copy))
        assert is_in(copy) or not (copy.parent / "acknowledged").exists()
        with suppress(NothingToDoError):
            keep(copy, json.loads((home / "scores.json").read_text()))
        assert is_in(copy), copy
        assert not list(copy.glob(".unpacked-*"))
    assert seen == {True, False}


def test_the_same_scores_again_change_nothing(scored):
    before = Lake(scored).current().id
    with pytest.raises(NothingToDoError, match="exactly these"):
        keep(scored, scores(scored, "3"))
    assert Lake(scored).current().id == before


def test_scores_that_were_superseded_may_come_back(scored):
    keep(scored, scores(scored, "5", version="v2"))
    keep(scored, scores(scored, "3"))
    assert set(grades(scored)) == {"3"}


def test_who_is_no_longer_scored_has_no_score_of_that_day(scored):
    keep(scored, scores(scored, "5", leave=2))
    assert len(grades(scored)) == len(rows(scored, "customers")) - 2


def test_the_probability_is_kept_with_all_its_digits(scored):
    (pd,) = {row["pd_12m"] for row in rows(scored, "risk_assessments")}
    assert pd == 0.012345678901234567


def test_a_bank_that_changed_meanwhile_is_scored_again(scored):
    worked_out_from = Lake(scored).current().id
    keep(scored, scores(scored, "4"))
    with pytest.raises(DataError, match="changed while it was scored"):
        score_rows.keep(scored, "default", DAY, scores(scored, "5"), snapshot=worked_out_from)
    assert set(grades(scored)) == {"4"}


def test_of_two_at_once_one_is_told_to_wait(scored):
    said = []

    def second():
        try:
            keep(scored, scores(scored, "6"))
        except LockedError as error:
            said.append(error.exit_code)

    class Meanwhile(list):
        def __iter__(self):
            other = Thread(target=second)
            other.start()
            other.join()
            return super().__iter__()

    keep(scored, Meanwhile(scores(scored, "5")))
    assert said[0] == LockedError.exit_code
    assert set(grades(scored)) == {"5"}


def test_what_a_person_overruled_stays_with_the_row(scored):
    given = scores(scored, "3")
    given[0] |= {"override_grade": "5", "override_reason": "附注"}
    keep(scored, given)
    keep(scored, scores(scored, "4"))
    found = {row["assessment_id"]: row for row in rows(scored, "risk_assessments")}
    row = found[given[0]["assessment_id"]]
    assert (row["risk_grade"], row["override_grade"]) == ("4", "5")
    assert sum(each["override_grade"] is not None for each in found.values()) == 1


def test_a_row_that_breaks_a_rule_stops_all_of_them(scored):
    given = scores(scored, "4")
    given[-1]["pd_12m"] = 1.5
    with pytest.raises(DataError, match="pd_12m"):
        keep(scored, given)
    assert set(grades(scored)) == {"3"}
