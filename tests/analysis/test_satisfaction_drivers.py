"""Key drivers: planted ones are found, intervals cover, and what is weak is named."""

import numpy as np
import pandas as pd
import pytest

from tests.analysis import survey
from workbench import text
from workbench.analysis.satisfaction_drivers import ITEMS, key_drivers

PULL = np.array([0.9, 0.5, 0.1, 0.1, 0.0])
LEVEL = np.array([3.6, 4.3, 4.4, 3.5, 4.0])


def answers(seed=1, size=600, pull=PULL):
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(size, 5)) * 0.8 + 0.3 * rng.normal(size=(size, 1))
    outcome = items @ pull + rng.normal(size=size)
    table = pd.DataFrame(items + LEVEL, columns=ITEMS)
    stratum = np.where(np.arange(size) % 3 == 0, "a", "b")
    return table.assign(
        customer_id=[f"c{at:05d}" for at in range(size)],
        stratum=stratum,
        segment=stratum,
        cluster_id=None,
        frame_count=np.where(stratum == "a", 4000, 9000),
        design_weight=np.where(stratum == "a", 20.0, 22.5),
        status="complete",
        csat=outcome,
        nps=8.0,
    )


def found(seed=1, draws=200, **given):
    return key_drivers(survey.wave(answers(seed, **given), margins=("segment",)), draws=draws)


def test_the_planted_order_is_found_and_the_weak_one_is_to_be_seen_to():
    result = found()
    table = result.table.set_index("construct")
    assert table.index[:2].tolist() == ["process", "speed"]
    assert table.loc["process", "quadrant"] == "improve"
    assert table.loc["speed", "quadrant"] == "keep"
    assert table.loc["attitude", "quadrant"] == "observe"
    assert table.loc["process", "improve_share"] > 0.95
    assert table["importance"].sum() == pytest.approx(1, rel=1e-12)


def test_intervals_of_importance_cover_the_truth():
    from workbench.stats import drivers

    covariance = 0.64 * np.eye(5) + 0.09
    scale = np.sqrt(np.diag(covariance))
    total = PULL @ covariance @ PULL + 1
    truth = drivers.importance(
        covariance / np.outer(scale, scale), covariance @ PULL / scale / np.sqrt(total)
    )
    shares = truth.shares / truth.r_squared
    inside = np.zeros(5)
    for seed in range(60):
        table = found(seed, draws=120).table.set_index("construct").loc[list(ITEMS)]
        inside += (table["importance_low"] <= shares) & (shares <= table["importance_high"])
    # 99.8 % of binomial counts around 57 of 60; shares near zero are covered a little less often.
    assert (inside[:2] >= 50).all(), inside
    assert (inside >= 46).all(), inside


def test_equal_drivers_have_no_sure_rank():
    table = found(pull=np.full(5, 0.4)).table
    assert table["first_rank"].max() < 0.8
    assert table["first_rank"].sum() == pytest.approx(1)


def test_the_same_seed_gives_the_same_result():
    pd.testing.assert_frame_equal(found().table, found().table)


def test_the_finding_says_association_in_both_languages():
    result = found()
    assert "关联强度不等于改进后的效果" in result.summary().say(result.facts)
    with text.spoken("en"):
        assert "association does not tell" in result.summary().say(result.facts)


def test_too_few_complete_answers_are_not_judged_and_that_is_said():
    result = found(size=40)
    assert result.table.empty
    with text.spoken("en"):
        said = result.summary().say(result.facts)
    assert said.startswith("There are 40 answers that have all items; 50 are needed")
