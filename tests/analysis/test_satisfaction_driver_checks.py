"""Other methods beside LMG, and what the model expects, on planted drivers."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.analysis import survey
from tests.analysis.test_satisfaction_drivers import PULL, answers
from workbench import style, text
from workbench.analysis.satisfaction_dependence import dependence
from workbench.analysis.satisfaction_driver_checks import driver_checks
from workbench.analysis.satisfaction_drivers import ITEMS, key_drivers
from workbench.privacy.suppress import suppress


def scored(seed=1, size=600, pull=PULL):
    """Return planted answers as people give them: on five points."""
    table = answers(seed, size, np.asarray(pull))
    for name in ITEMS:
        table[name] = table[name].round().clip(1, 5)
    latent = 4 + (table["csat"] - table["csat"].mean()) / 1.2
    return table.assign(csat=latent.round().clip(1, 5))


def wave(**given):
    return survey.wave(scored(**given), margins=("segment",))


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


@pytest.fixture(scope="module")
def results():
    own = wave()
    level = wave(pull=np.full(5, 0.3), seed=6)
    few = wave(size=40)
    found = [driver_checks(own), driver_checks(level), driver_checks(few)]
    return [*found, dependence(own), dependence(few)]


def test_every_finding_is_said_in_both_languages_and_facts_are_named(results):
    for result in results:
        zh, en = said(result, "zh"), said(result, "en")
        assert zh.endswith("。"), result.name
        assert en.endswith("."), result.name
        assert "nan" not in zh + en
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert len(result.written()) == len(result.table)
                assert all(text.known(f"fact.{result.name}.{fact}") for fact in result.facts)
        assert suppress(result).result.name == result.name


def test_a_pair_is_drawn_for_every_side_and_nothing_without_answers(results):
    for result in results[3:]:
        with style.house():
            ax = Figure(figsize=result.figure).subplots()
            assert result.plot(ax) is ax
    with style.house():
        ax = results[3].plot(Figure(figsize=results[3].figure).subplots())
    assert len(ax.get_yticks()) == len(ITEMS)


def test_the_planted_driver_comes_first_by_all_methods(results):
    first = results[0].table.iloc[0]
    assert first["construct"] == "process"
    assert results[0].facts["same"].value == 3
    assert first["odds_ratio_low"] > 1
    assert first["p_holm"] < 0.001
    table = results[0].table.set_index("construct")
    assert table["lmg"].sum() == pytest.approx(1)
    assert table["johnson"].sum() == pytest.approx(1)
    assert table.loc["price", "odds_ratio_low"] < 1 < table.loc["price", "odds_ratio_high"]


def test_the_shares_are_those_of_the_key_drivers(results):
    table = key_drivers(wave(), draws=20).table.set_index("construct")
    own = results[0].table.set_index("construct")
    assert own["lmg"].to_dict() == pytest.approx(table["importance"].to_dict(), rel=1e-9)


def test_the_widest_span_is_that_of_the_planted_driver(results):
    table = results[3].table
    assert table["construct"].iloc[0] == "process"
    spans = table.groupby("construct")["satisfied_expected"].agg(np.ptp)
    assert spans.idxmax() == "process"
    own = table[table["construct"] == "process"]
    assert own["satisfied_expected"].is_monotonic_increasing
    assert (table["answers"] >= 30).all()
    assert results[3].facts["lowest"].value < results[3].facts["highest"].value


def test_ranks_of_the_key_drivers_lie_in_their_intervals():
    table = key_drivers(wave(), draws=100).table
    assert table["importance_rank"].tolist() == [1, 2, 3, 4, 5]
    assert (table["rank_low"] <= table["importance_rank"]).all()
    assert (table["rank_high"] >= table["importance_rank"]).all()
    assert table["rank_high"].iloc[0] == 1
    assert table["rank_high"].iloc[-1] > table["rank_low"].iloc[-1]


def test_spans_are_compared_over_scores_that_every_side_was_given(results):
    table = results[3].table
    scores = table.groupby("construct")["score"].agg(tuple)
    assert len(set(scores)) == 1
    ends = table.groupby("construct")["satisfied_expected"].agg(["first", "last"])
    spans = (ends["last"] - ends["first"]).abs()
    assert spans.idxmax() == table["construct"].iloc[0]
    facts = results[3].facts
    assert facts["lowest"].value == table["satisfied_expected"].iloc[0]
