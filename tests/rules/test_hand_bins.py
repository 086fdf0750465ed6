import pytest

from workbench import settings
from workbench.errors import ParameterError
from workbench.rules import hand_bins

OWN = {"variable": "leverage", "owner": "risk", "reason": "policy", "decided_on": "2026-03-31"}


def packed(monkeypatch, *bins):
    shipped = settings.rulepack("hand-bins")
    monkeypatch.setattr(settings, "rulepack", lambda name: {**shipped, "bins": list(bins)})


def test_none_is_set_in_the_example():
    assert hand_bins.read() == {}


def test_bins_are_read_with_who_answers_for_them(monkeypatch):
    packed(monkeypatch, {**OWN, "cuts": [0.5, 0.8]})
    found = hand_bins.read()["leverage"]
    assert found.cuts == (0.5, 0.8)
    assert (found.owner, found.reason) == ("risk", "policy")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "leverage needs either cuts or groups"),
        ({"cuts": [0.8, 0.5]}, "cuts of leverage must rise"),
        ({"cuts": [0.8], "groups": [["a"]]}, "either cuts or groups"),
    ],
)
def test_bins_that_are_wrong_are_refused(monkeypatch, more, message):
    packed(monkeypatch, {**OWN, **more})
    with pytest.raises(ParameterError, match=message):
        hand_bins.read()
