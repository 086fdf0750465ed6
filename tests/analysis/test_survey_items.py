"""Weak cells of the grid are found, few others are, and small ones are not given."""

import numpy as np
import pandas as pd
import pytest

from tests.analysis.survey import wave
from workbench import text
from workbench.analysis.survey_items import items

NAMES = ("process", "speed", "price")


def answers(seed=1, *, weak=0.0, size=900, small=20):
    rng = np.random.default_rng(seed)
    segment = np.r_[np.repeat(["consumer", "mortgage", "small"], size // 3), ["micro"] * small]
    table = pd.DataFrame(rng.normal(4, 0.8, (len(segment), 3)), columns=NAMES)
    table.loc[segment == "mortgage", "speed"] -= weak
    return wave(
        table.assign(
            customer_id=[f"c{at}" for at in range(len(segment))],
            segment=segment,
            stratum=segment,
            cluster_id=None,
            frame_count=5000,
            design_weight=16.0,
            status="complete",
            nps=8.0,
            csat=4.0,
        ),
        margins=(),
    )


def test_a_planted_weak_cell_is_the_surest():
    result = items(answers(weak=0.4), items=NAMES)
    words = result.summary().words
    assert (words["segment_name"].code, words["construct_name"].code) == ("mortgage", "speed")
    row = result.table.set_index(["segment", "construct"]).loc[("mortgage", "speed")]
    assert row["apart"] == "below"
    assert row["mean"] == pytest.approx(3.6, abs=0.15)
    assert result.facts["lowest"].low < row["mean"] < result.facts["lowest"].high


def test_where_nothing_differs_the_tests_have_their_size():
    tables = [items(answers(seed), items=NAMES).table for seed in range(60)]
    t = np.concatenate([table["t"].dropna() for table in tables])
    # 540 tests, three of them complementary each: 99.8 % of binomial counts around 27, as if 360.
    assert 12 <= (np.abs(t) > 1.96).sum() <= 46
    apart = [table["apart"].isin(["below", "above"]).any() for table in tables]
    # Benjamini–Hochberg is a little liberal where groups complement each other: 8 % of 300 banks.
    assert sum(apart) <= 14


def test_small_cells_keep_their_count_only():
    table = items(answers(), items=NAMES).table
    micro = table[table["segment"] == "micro"]
    assert (micro["answers"] == 20).all()
    assert micro[["mean", "versus_rest", "p_adjusted"]].isna().all().all()


def test_cells_are_those_of_the_design():
    own = answers(weak=0.4)
    row = items(own, items=NAMES).table.set_index(["segment", "construct"]).loc[("small", "price")]
    mean = own.design.mean(
        own.answers["price"], domain=(own.answers["segment"] == "small").to_numpy()
    )
    assert (row["mean"], row["mean_low"]) == pytest.approx(
        (mean.value[0], mean.interval(0.95)[0][0]), rel=1e-12
    )


def test_both_findings_speak_both_languages_and_the_grid_is_drawn():
    from matplotlib.figure import Figure

    for result in (items(answers(weak=0.4), items=NAMES), items(answers(3), items=NAMES)):
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert "nan" not in result.summary().say(result.facts)
                ax = result.plot(Figure().subplots())
                assert len(ax.texts) == len(result.table)
    marked = [each.get_text() for each in ax.texts]
    assert any(each.startswith("–") for each in marked)
