"""Promoters, applications by recommendation and news, on hand-made quarters and the demo bank."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import POPULATION, SEGMENTS, TRUTH, survey, wave
from workbench import settings, style, text
from workbench.analysis.survey_word_of_mouth import news, word_of_mouth
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.privacy.suppress import suppress

PROMOTERS = sum(POPULATION[s] * TRUTH[s][0] for s in SEGMENTS) / sum(POPULATION.values())


def quarters(**columns):
    until = pd.date_range("2024-12-31", periods=8, freq="QE")
    given = {"applications": 100, "named": 80, "referred": 20}
    given |= {"negative": 6, "positive": 9, "firms": 12}
    return pd.DataFrame({"until": until, **given, **columns})


def waves(shift=0.0):
    return wave(survey(1, shift=shift)), wave(survey(2, first=5000), name="2026Q2")


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


@pytest.fixture(scope="module")
def results():
    now, before = waves()
    return [
        word_of_mouth(now, before, quarters()),
        word_of_mouth(now, before, quarters(named=0, referred=0)),
        news(quarters()),
        news(quarters(negative=0, positive=0, firms=0)),
    ]


def test_every_finding_is_said_in_both_languages(results):
    for result in results:
        zh, en = said(result, "zh"), said(result, "en")
        assert zh.endswith("。"), result.name
        assert en.endswith("."), result.name
        assert "nan" not in zh + en


def test_facts_and_headings_are_named_and_small_rows_suppressed(results):
    for result in results:
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert len(result.written()) == len(result.table)
                assert all(text.known(f"fact.{result.name}.{fact}") for fact in result.facts)
        assert suppress(result).result.name == result.name


def test_the_share_by_recommendation_is_drawn_quarter_by_quarter(results):
    nobody = word_of_mouth(*waves(), quarters(referred=0))
    for result in [*results[:2], nobody]:
        with style.house():
            ax = Figure(figsize=result.figure).subplots()
            assert result.plot(ax) is ax
    with style.house():
        ax = results[0].plot(Figure(figsize=results[0].figure).subplots())
    assert ax.get_xticklabels()[-1].get_text() == "2026-09"
    assert ax.lines[0].get_ydata().tolist() == [0.25] * 8


def test_the_share_of_promoters_is_recovered():
    inside = []
    for seed in range(40):
        now = wave(survey(500 + seed))
        found = word_of_mouth(now, waves()[1], quarters()).facts["promoters"]
        inside.append(found.low <= PROMOTERS <= found.high)
    assert sum(inside) >= 34  # 38 expected of 40; fewer than 34 in 1 % of such runs


def test_a_true_rise_of_promoters_is_beyond_sampling_error():
    result = word_of_mouth(*waves(shift=0.119), quarters())
    assert result.beyond
    assert "beyond sampling error" in said(result)


def test_shares_by_recommendation_are_of_applications_with_a_source():
    own = quarters(named=[10] * 4 + [50] * 4, referred=[5] * 4 + [10] * 4)
    facts = word_of_mouth(*waves(), own).facts
    assert facts["named"].value == 200
    assert facts["referred"].value == pytest.approx(0.2)
    assert facts["referred_before"].value == pytest.approx(0.5)
    assert facts["referred"].low is None


def test_news_adds_up_over_four_quarters_and_few_customers_are_hidden():
    own = quarters(negative=[1, 2, 3, 4, 5, 6, 7, 8])
    facts = news(own).facts
    assert facts["negative"].value == 26
    assert facts["negative_before"].value == 10
    few = suppress(news(quarters(firms=[2] * 8)))
    assert np.isnan(few.result.facts["negative"].value)
    assert len(few.rows) == 8


def test_the_demo_bank_s_share_by_recommendation_is_found_again():
    # applications.py draws 16 of 100 applications as recommended by an existing customer.
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    found = open_bank(folder).query("word_of_mouth")
    named, referred = found["named"].sum(), found["referred"].sum()
    assert referred / named == pytest.approx(0.16, abs=4 * np.sqrt(0.16 * 0.84 / named))
