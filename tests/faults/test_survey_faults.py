"""Answers taken in by a process that is killed, or by two at once: in or not, never by halves."""

import json
import os
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.data import wave
from tests.faults.test_operator_faults import killed, strides
from workbench.data.integrity import flaws
from workbench.data.lake import Lake
from workbench.errors import LockedError, NothingToDoError
from workbench.privacy.audit import Log

pytest_plugins = ["tests.data.conftest"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")
LIST = f"answers-{wave.NAME}-phone-B1.csv"
TAKE = "from workbench.cli import app; app()"


def row(code, **values):
    return {"code": code, "consent": "yes", **wave.CLOSED, **values}


@pytest.fixture
def taken(drop, home, bank):
    """A bank with a list taken in, and a folder with its correction and a form beside it."""
    wave.bank_with(drop, home, bank)
    code = wave.codes(bank)
    wave.take(bank, wave.listed(home / "back" / LIST, [row(code["C1"]), row(code["C2"])]))
    wave.listed(home / "back" / LIST, [row(code["C1"], Q1=0), {"code": code["C2"]}])
    wave.form(home / "back", code["C3"])
    return bank


def is_in(bank):
    """Tell whether the second take is in; it is in all parts or in none."""
    found = {who: (own["Q1"], len(own)) for who, own in wave.answers(bank).items()}
    whole = len(wave.CLOSED)
    before = {"C1": (9, whole), "C2": (9, whole)}
    after = {"C1": (0, whole), "C3": (9, whole)}
    assert found in (before, after)
    answered = {who for who, status in wave.status(bank).items() if status == "complete"}
    assert answered == set(found)
    assert flaws(Lake(bank)) == []
    assert Log(bank).verify().fault is None
    return found == after


@strides(9)
def test_a_take_killed_at_any_step_is_in_or_not_and_goes_on(taken, home, stride):
    seen = set()
    for copy in killed(home, "take", stride):
        seen.add(is_in(copy))
        assert is_in(copy) or not (copy.parent / "acknowledged").exists()
        with suppress(NothingToDoError):
            wave.take(copy, home / "back")
        assert is_in(copy), copy
        assert not list(copy.glob(".unpacked-*"))
        with pytest.raises(NothingToDoError):
            wave.take(copy, home / "back")
    assert seen == {True, False}


def test_of_two_takes_at_once_each_is_in_or_was_told_to_wait(drop, home, bank):
    wave.bank_with(drop, home, bank)
    code = wave.codes(bank)
    places = [wave.form(home / "back", code[who]) for who in ("C3", "C4")]
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, "survey", "take", wave.NAME, place, "--bank", bank],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        for place in places
    ]
    said = [json.loads(process.communicate()[0].splitlines()[-1]) for process in both]
    codes = [process.returncode for process in both]
    assert set(codes) <= {0, LockedError.exit_code}
    assert 0 in codes
    assert [each["status"] for each in said] == ["failed" if each else "taken in" for each in codes]
    for each, place in zip(codes, places, strict=True):
        if each:
            wave.take(bank, place)
    assert wave.answers(bank) == {"C3": wave.CLOSED, "C4": wave.CLOSED}
    assert flaws(Lake(bank)) == []
