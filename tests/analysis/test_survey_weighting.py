"""Ways of weighting beside one another, and the rates of the field report, by hand and by truth."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import NPS, survey, wave
from workbench import style, text
from workbench.analysis.survey_response import response_rates
from workbench.analysis.survey_weighting import weighting_ways
from workbench.errors import DataError
from workbench.privacy.suppress import suppress

MARGINS = ("segment", "mode_assigned")


def ways(seed=1, **given):
    table = survey(seed)
    return weighting_ways(table, wave(table, margins=MARGINS), **given)


def invited(**counts):
    """Return invitations with so many of each status, all of weight 10."""
    status = [name for name, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"status": status, "design_weight": 10.0})


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


@pytest.fixture(scope="module")
def results():
    everybody = survey(1)
    everybody = everybody[everybody["status"].isin(["complete", "partial"])]
    plain = weighting_ways(everybody, wave(everybody, margins=MARGINS))
    assert "balance" not in plain.facts
    return [ways(), plain, response_rates(survey(1))]


def test_every_finding_is_said_in_both_languages(results):
    for result in results:
        zh, en = said(result, "zh"), said(result, "en")
        assert zh.endswith("。"), result.name
        assert en.endswith("."), result.name
        assert "nan" not in zh + en


def test_facts_and_headings_are_named_and_suppression_is_survived(results):
    for result in results:
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert len(result.written()) == len(result.table)
                assert all(text.known(f"fact.{result.name}.{fact}") for fact in result.facts)
        assert suppress(result).result.name == result.name


def test_every_way_is_drawn(results):
    with style.house():
        ax = results[0].plot(Figure(figsize=results[0].figure).subplots())
    assert len(ax.get_yticklabels()) == 7


def test_rates_by_hand():
    counts = {"complete": 30, "partial": 10, "refused": 20, "no_contact": 120, "ineligible": 15}
    table = response_rates(invited(**counts)).table.set_index("aapor_rate")
    known = 60 / 75  # eligible of those whose case is known
    expected = {
        "rr1": 30 / 180,
        "rr2": 40 / 180,
        "rr4": 40 / (60 + known * 120),
        "coop2": 40 / 60,
        "ref1": 20 / 180,
        "con1": 60 / 180,
    }
    assert table["outcome_rate"].to_dict() == pytest.approx(expected)
    assert table["rate_weighted"].to_dict() == pytest.approx(expected)


def test_weighted_rates_count_customers_and_not_invitations():
    table = invited(complete=10, refused=10)
    table.loc[table["status"] == "complete", "design_weight"] = 30.0
    found = response_rates(table).table.set_index("aapor_rate")
    assert found.loc["rr2", "outcome_rate"] == pytest.approx(0.5)
    assert found.loc["rr2", "rate_weighted"] == pytest.approx(0.75)


def test_nobody_reached_leaves_cooperation_unknown():
    found = response_rates(invited(no_contact=10)).table.set_index("aapor_rate")
    assert np.isnan(found.loc["coop2", "outcome_rate"])
    assert found.loc["con1", "outcome_rate"] == 0


def test_ways_that_make_up_for_non_response_come_nearer_to_the_truth():
    off = {name: [] for name in ("none", "cells", "propensity", "raked", "greg")}
    for seed in range(12):
        found = ways(seed).facts
        for name, gaps in off.items():
            gaps.append(found[name].value - NPS)
    # The small firms, who like the bank least, answer most: unweighted is too low.
    assert np.mean(off["none"]) < -6
    for name in ("cells", "propensity", "raked", "greg"):
        assert abs(np.mean(off[name])) < 2.5, name


def test_raked_and_regression_weights_meet_the_margins_and_trimmed_ones_do_not():
    table = ways(trim=1.3).table.set_index("weighting_way")
    assert table.loc[["raked", "greg"], "off"].to_numpy() == pytest.approx([0, 0], abs=1e-6)
    assert table.loc["trimmed", "off"] > 0.5
    assert table.loc["trimmed", "heaviest"] == pytest.approx(1.3)
    assert table.loc["trimmed", "worth"] > table.loc["raked", "worth"]


def test_what_answers_are_worth_is_kish_and_unweighted_answers_are_worth_themselves():
    table = survey(1)
    own = wave(table, margins=MARGINS)
    found = weighting_ways(table, own).table.set_index("weighting_way")
    w = own.design.weights
    assert found.loc["raked", "worth"] == pytest.approx(w.sum() ** 2 / (w @ w))
    assert found.loc["none", "worth"] == found.loc["none", "answers"] == len(w)


def test_all_answering_alike_has_an_indicator_near_one_and_unlike_a_smaller_one():
    table = survey(1)
    alike = table.copy()
    draw = np.random.default_rng(5).random(len(table)) < 0.3
    alike["status"] = np.where(draw, "complete", "refused")
    even = weighting_ways(alike, wave(alike, margins=MARGINS)).facts["balance"].value
    # Chances of 0.2, 0.25 and 0.5, a third of the invited each: 1 - 2 sd.
    truth = 1 - 2 * np.std([0.2, 0.25, 0.5])
    assert ways().facts["balance"].value == pytest.approx(truth, abs=0.04)
    assert even > 0.93


def test_a_wave_without_margins_is_refused():
    table = survey(1)
    with pytest.raises(DataError, match="name some in `margins`"):
        weighting_ways(table, wave(table, margins=()))
