"""What a snapshot's own information covers: no later access, and of a branch only its own."""

from datetime import date
from types import SimpleNamespace

import pytest

from workbench.data import crosschecks, information, reconcile
from workbench.data.attempt import TAKEN_IN
from workbench.data.crosschecks import Checked
from workbench.data.reconcile import Reconciled
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


def bank(*branches):
    about = SimpleNamespace(currency="CNY")
    role = SimpleNamespace(branches=branches)
    return SimpleNamespace(
        connection=None, as_of=date(2026, 9, 30), about=about, role=role, gather=lambda: None
    )


@pytest.mark.parametrize(("branches", "scopes"), [((), ["ALL", "B1", "B2"]), (("B2",), ["B2"])])
def test_a_branch_is_held_against_its_own_totals_only(monkeypatch, branches, scopes):
    found = [
        Reconciled("general_ledger", "2026-09-30", "loan_balance", scope, 1.0, 1.0, True)
        for scope in ("ALL", "B1", "B2")
    ]
    monkeypatch.setattr(reconcile, "reconcile", lambda *_: found)
    assert list(information.control_totals(bank(*branches))["scope"]) == scopes


@pytest.mark.parametrize(
    ("branches", "names"),
    [((), ["balance_step", "design_weights"]), (("B2",), ["balance_step"])],
)
def test_a_branch_is_not_held_against_what_only_the_whole_bank_can_pass(
    monkeypatch, branches, names
):
    found = [Checked(name, 1, 0.1, 1.0, ()) for name in ("balance_step", "design_weights")]
    monkeypatch.setattr(crosschecks, "run", lambda *_, **__: found)
    assert list(information.breaks(bank(*branches))["check_name"]) == names
