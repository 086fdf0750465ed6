"""Signs of careless answers are counted where they are, and reliability is that of the answers."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import wave
from workbench import text
from workbench.analysis.survey_quality import ITEMS, answer_quality, item_reliability


def answers(size=400, seed=1, factors=1):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(size, factors))
    of_item = np.arange(len(ITEMS)) % factors
    latent = 0.75 * common[:, of_item] + 0.66 * rng.normal(size=(size, len(ITEMS)))
    table = pd.DataFrame(latent * 2 + 20, columns=ITEMS)
    started = pd.Timestamp("2026-08-01 10:00") + pd.to_timedelta(np.arange(size), unit="h")
    return table.assign(
        customer_id=[f"c{at}" for at in range(size)],
        segment="a",
        stratum="a",
        cluster_id=None,
        frame_count=4000,
        design_weight=10.0,
        status="complete",
        mode_answered=np.where(np.arange(size) < 300, "phone", "web"),
        started_at=started,
        completed_at=started + pd.Timedelta(minutes=6),
        nps=8.0,
        csat=4.0,
    )


def test_each_sign_is_counted_in_its_mode():
    table = answers()
    table.loc[300:309, list(ITEMS)] = 4.0
    table.loc[0:2, "completed_at"] = table.loc[0:2, "started_at"] + pd.Timedelta(minutes=1)
    table.loc[310:329, "status"] = "partial"
    table.loc[0:29, "price"] = np.nan
    found = answer_quality(wave(table, margins=()))
    by = found.table.set_index("mode_answered")
    assert by.loc["web", "alike"] == pytest.approx(10 / 100)
    assert by.loc["phone", "alike"] == 0
    assert by.loc["phone", "rushed"] == pytest.approx(3 / 300)
    assert by.loc["web", "broken_off"] == pytest.approx(20 / 100)
    assert by.loc["phone", "left_out"] == pytest.approx(30 / 300 / 5)
    assert found.facts["broken_off"].value == pytest.approx(20 / 400)
    assert found.summary().words["worst_name"].code == "web"


def test_one_factor_may_be_read_as_one_score_and_two_may_not():
    one = item_reliability(wave(answers(), margins=()))
    assert one.facts["factors"].value == 1
    assert one.facts["alpha"].low < one.facts["alpha"].value < one.facts["alpha"].high
    assert one.summary().key == "survey.reliability.one"
    two = item_reliability(wave(answers(factors=2), margins=()))
    assert two.facts["factors"].value == 2
    assert two.summary().key == "survey.reliability.several"


def test_too_few_answers_and_items_that_say_the_same_give_no_reliability():
    table = answers()
    few = item_reliability(wave(table.head(49), margins=()))
    same = item_reliability(wave(table.assign(price=table["speed"]), margins=()))
    for result in (few, same):
        assert result.table.empty
        assert result.plot(Figure().subplots()).axison is False
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert "50" in result.summary().say(result.facts)
    assert few.facts["answers"].value == 49
    assert few.summary().key == "survey.reliability.too_few"
    assert same.summary().key == "survey.reliability.no_fit"


def test_an_item_that_does_not_belong_is_the_weakest():
    table = answers()
    table["price"] = np.random.default_rng(9).normal(size=len(table))
    found = item_reliability(wave(table, margins=())).table
    assert found["construct"].iloc[0] == "price"
    assert found["without"].iloc[0] == found["without"].max()


def test_both_results_speak_both_languages():
    own = wave(answers(), margins=())
    for result in (answer_quality(own), item_reliability(own)):
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert "nan" not in result.summary().say(result.facts)
                assert len(result.written())
