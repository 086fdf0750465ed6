"""Whether weighting brings the demo bank's survey nearer to the truth that was planted in it."""

import json

import pytest

from workbench import settings
from workbench.analysis.satisfaction import satisfaction
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.stats.respondents import weighted

WAVES = (("2026Q1", "2025Q4"), ("2026Q2", "2026Q1"), ("2026Q3", "2026Q2"))


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.fixture(scope="module")
def truth(bank):
    planted = json.loads((bank.folder / "truth.json").read_text("utf-8"))
    return planted["traps"]["survey"]


def nps(bank, wave, before, margins):
    now, then = (
        weighted(bank.survey(w), name=w, margins=margins, least=10) for w in (wave, before)
    )
    return satisfaction(now, then, confidence=0.95).facts["nps"]


@pytest.mark.parametrize(("wave", "before"), WAVES)
def test_weighting_by_mode_brings_the_score_nearer_to_the_truth(bank, truth, wave, before):
    true = truth[wave]["true_nps_of_the_assigned_modes"]
    by_mode = nps(bank, wave, before, ["segment", "branch_name", "mode_assigned"])
    without = nps(bank, wave, before, ["segment", "branch_name"])
    assert abs(by_mode.value - true) < abs(without.value - true)


def test_over_all_waves_weighting_by_mode_beats_no_weighting(bank, truth):
    # In a single wave the two differ by less than their sampling error.
    own, plain = [], []
    for wave, before in WAVES:
        true = truth[wave]["true_nps_of_the_assigned_modes"]
        margins = ["segment", "branch_name", "mode_assigned"]
        own.append(abs(nps(bank, wave, before, margins).value - true))
        plain.append(abs(truth[wave]["unweighted_nps"] - true))
    assert sum(own) < sum(plain)


def test_what_weighting_cannot_correct_stays_visible(bank, truth):
    # Satisfied people answer more often, and RMs hand out to them: no margin knows of it.
    gaps = [
        nps(bank, wave, before, ["segment", "branch_name", "mode_assigned"]).value
        - truth[wave]["true_nps_of_the_assigned_modes"]
        for wave, before in WAVES
    ]
    assert 0 < sum(gaps) / len(gaps) < 12
