"""Modes: a planted measurement effect is found, selection is not taken for it, and what a falling
share of telephone does to the score is not taken for a change of mind."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import wave
from workbench import text
from workbench.analysis.satisfaction_mode import mode_gap, mode_mix


def answers(seed, *, phone=0.5, effect=0.0, selection=0.0, lot=0.0, size=1500):
    """Return a wave: `effect` lifts answers by telephone, `selection` lets the happy take calls."""
    rng = np.random.default_rng(seed)
    segment = rng.choice(["a", "b"], size)
    latent = rng.normal(size=size) + 0.5 * (segment == "b")
    drawn = rng.random(size) < lot
    chance = np.where(drawn, 0.5, np.clip(phone + selection * latent, 0.02, 0.98))
    by_phone = rng.random(size) < chance
    score = np.clip(np.round(8 + 1.3 * latent + effect * by_phone), 0, 10)
    mode = np.where(by_phone, "phone", rng.choice(["web", "app"], size, p=[0.7, 0.3]))
    return wave(
        pd.DataFrame(
            {
                "customer_id": [f"c{seed}-{at}" for at in range(size)],
                "segment": segment,
                "branch_name": rng.choice(["x", "y", "z"], size),
                "stratum": segment,
                "cluster_id": None,
                "frame_count": np.where(segment == "a", 4000, 9000),
                "design_weight": 5.0,
                "status": "complete",
                "mode_assigned": mode,
                "mode_answered": mode,
                "mode_randomised": drawn,
                "nps": score,
                "csat": 4.0,
            }
        ),
        margins=("segment",),
    )


def test_the_lot_tells_measurement_from_selection():
    result = mode_gap(answers(1, effect=1.0, selection=0.2, lot=0.5))
    raw, lot = result.facts["raw"].value, result.facts["randomised"]
    assert raw > lot.value > 0
    assert result.facts["selection"].value == pytest.approx(raw - lot.value)
    assert result.summary().key == "survey.mode.told_apart"


def test_without_an_effect_of_the_mode_the_lot_finds_none():
    rejected = 0
    for seed in range(40):
        lot = mode_gap(answers(seed, selection=0.2, lot=0.5)).facts["randomised"]
        rejected += not lot.low <= 0 <= lot.high
    # 99.8 % of binomial counts around 2 of 40.
    assert rejected <= 7


def test_selection_alone_looks_like_a_gap_and_adjusting_for_segments_does_not_remove_it():
    result = mode_gap(answers(3, selection=0.25))
    assert "randomised" not in result.facts
    assert result.facts["adjusted"].low > 0
    assert result.summary().key == "survey.mode.no_lot"
    with text.spoken("en"):
        assert "cannot be told" in result.summary().say(result.facts)


def test_a_small_lot_is_said_to_be_too_small():
    result = mode_gap(answers(5, effect=0.3, lot=0.06))
    assert result.summary().key == "survey.mode.small_lot"


def test_a_falling_share_of_telephone_is_mix_not_mind():
    now, before = answers(1, phone=0.25, effect=1.2), answers(2, phone=0.65, effect=1.2)
    result = mode_mix(now, before)
    total, mix, within = (result.facts[part] for part in ("total", "mix", "within"))
    assert total.value == pytest.approx(mix.value + within.value, abs=1e-9)
    assert mix.high < 0, "the score falls because fewer answer by telephone"
    assert within.low < 0 < within.high
    assert result.summary().key == "survey.mix.mix"
    assert result.facts["phone"].value < result.facts["phone_previous"].value


def test_a_change_of_mind_is_within_modes():
    now, before = answers(1, effect=0.0), answers(2, effect=0.0)
    happier = now.answers.assign(nps=np.minimum(now.answers["nps"] + 1, 10))
    result = mode_mix(replace(now, answers=happier), before)
    assert result.summary().key == "survey.mix.within"
    assert result.facts["within"].low > 0


def test_too_few_answers_in_a_wave_split_nothing_and_a_single_group_is_all_within():
    now, before = answers(1), answers(2)
    silent = before.answers["nps"].where(np.arange(len(before.answers)) < 29)
    result = mode_mix(now, replace(before, answers=before.answers.assign(nps=silent)))
    assert result.table.empty
    assert result.facts["answers_previous"].value == 29
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert "29" in result.summary().say(result.facts)
            assert result.plot(Figure().subplots()).axison is False
    together = mode_mix(now, before, least=10_000)
    assert together.facts["mix"].value == pytest.approx(0, abs=1e-12)
    assert len(together.table) == 1


def test_rare_modes_are_taken_together_and_named():
    now, before = answers(1), answers(2)
    rare = before.answers["mode_answered"].where(before.answers["mode_answered"] != "app", "web")
    rare.iloc[:4] = "app"
    result = mode_mix(now, replace(before, answers=before.answers.assign(mode_answered=rare)))
    with text.spoken("en"):
        assert "App, Web link" in result.written()["Mode of answering"].tolist()


def test_findings_are_said_in_both_languages():
    for result in (mode_gap(answers(1)), mode_mix(answers(1), answers(2))):
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert "nan" not in result.summary().say(result.facts)
                assert len(result.written())


def test_too_few_answers_of_a_mode_are_not_compared_and_that_is_said():
    result = mode_gap(answers(1, phone=0.0, size=300))
    assert result.table.empty
    with text.spoken("en"):
        assert "too few to compare" in result.summary().say(result.facts)
