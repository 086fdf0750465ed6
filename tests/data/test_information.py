"""What a snapshot's review of accesses covers: the same at any later time."""

from types import SimpleNamespace

import pytest

from workbench.data import information
from workbench.data.attempt import TAKEN_IN
from workbench.privacy.audit import Log


@pytest.mark.parametrize("action", [TAKEN_IN, "change keys"])
def test_the_review_ends_where_the_snapshot_was_made_and_stays_so(tmp_path, action):
    log = Log(tmp_path)
    log.append("operator", TAKEN_IN, "", "s1")
    log.append("operator", action, "", "s2")
    bank = SimpleNamespace(folder=tmp_path, snapshot="s2")
    before = information.access(bank)
    log.append("analyst", "open bank", "", "s2")
    log.append("analyst", "open bank", "", "s1")
    assert list(before["action"]) == [TAKEN_IN, action]
    assert information.access(bank).equals(before)
