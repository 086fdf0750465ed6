"""The scores of a wave, its groups and its change, on waves with a known truth."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import NPS, SEGMENTS, TRUTH, survey, wave
from workbench import schema, style, text
from workbench.analysis.satisfaction import satisfaction
from workbench.analysis.satisfaction_change import change
from workbench.analysis.satisfaction_groups import branches, segments
from workbench.analysis.survey_response import response_by_mode, response_by_stratum
from workbench.analysis.survey_weights import weights
from workbench.errors import DataError
from workbench.privacy.suppress import suppress


def results():
    """Return one of each result, on the same two waves."""
    table = survey(1)
    now, before = wave(table), wave(survey(2, first=450), name="2026Q2")
    return [
        satisfaction(now, before),
        response_by_mode(table),
        response_by_stratum(table),
        weights(now),
        segments(now),
        branches(now),
        change(now, before),
    ]


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


# --- what every result promises ---------------------------------------------------------------


@pytest.fixture(scope="module")
def all_results():
    return results()


def test_every_finding_is_said_in_both_languages(all_results):
    for result in all_results:
        zh, en = said(result, "zh"), said(result, "en")
        assert zh.endswith("。"), result.name
        assert en.endswith("."), result.name
        assert "nan" not in zh + en
        assert "–" not in en, result.name


def test_every_result_has_a_title_and_headings_in_both_languages(all_results):
    for result in all_results:
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert result.title()
                assert len(result.written()) == len(result.table)


def test_every_figure_is_drawn_on_the_axes_it_is_given(all_results):
    for result in all_results:
        for language in text.LANGUAGES:
            with text.spoken(language), style.house():
                ax = Figure(figsize=result.figure).subplots()
                assert result.plot(ax) is ax
                assert ax.has_data()
                assert ax.get_xlabel()


def test_every_shown_column_is_in_the_table(all_results):
    for result in all_results:
        for column in result.columns:
            assert {column.name, *(column.interval or ())} <= set(result.table.columns)
        assert result.base is None or result.base in result.table.columns


def test_every_result_survives_suppression_and_names_stay_unique(all_results):
    assert len({result.name for result in all_results}) == len(all_results)
    for result in all_results:
        assert said(suppress(result).result) == said(result)


def test_no_analysis_changes_its_input():
    table = survey(1)
    before = table.copy()
    own = wave(table)
    answers = own.answers.copy()
    for analysis in (satisfaction, segments, branches, weights):
        analysis(own)
    response_by_mode(table)
    response_by_stratum(table)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(own.answers, answers)


def test_columns_that_are_missing_are_named():
    table = survey(1)
    with pytest.raises(DataError, match="'branch_name' is missing"):
        branches(wave(table.drop(columns="branch_name"), margins=("segment",)))
    with pytest.raises(DataError, match="'mode_assigned' is missing"):
        response_by_mode(table.drop(columns="mode_assigned"))
    with pytest.raises(DataError, match="'nps' is missing"):
        satisfaction(wave(table.drop(columns="nps")))


# --- the headline -----------------------------------------------------------------------------


def test_the_headline_is_near_the_planted_score():
    result = satisfaction(wave(survey(1)))
    fact = result.facts["nps"]
    assert fact.low < NPS < fact.high
    assert fact.n == result.table["answers"].iloc[0]
    assert result.facts["effective_n"].value < fact.n


def test_the_headline_names_a_rise_only_beyond_sampling_error():
    before = wave(survey(2), name="2026Q2")
    risen = satisfaction(wave(survey(1, first=5000, shift=0.12)), before)
    same = satisfaction(wave(survey(1, first=5000)), before)
    fallen = satisfaction(before, wave(survey(1, first=5000, shift=0.12)))
    assert [r.summary().key.rpartition(".")[2] for r in (risen, same, fallen)] == [
        "rise",
        "steady",
        "fall",
    ]
    assert risen.facts["nps_change"].low > 0
    assert "超出抽样误差" in said(risen, "zh")
    assert "未超出抽样误差" in said(same, "zh")


def test_the_headline_stands_without_an_earlier_wave():
    result = satisfaction(wave(survey(1)))
    assert result.summary().key == "survey.headline.first"
    assert result.table["wave"].tolist() == ["2026Q3"]
    assert "nps_change" not in result.facts


def test_the_headline_says_whose_customers_were_asked():
    table = survey(1)
    whole = satisfaction(wave(table))
    assert said(whole, "zh").startswith("全体客户的净推荐值")
    assert "(NPS) of all customers is" in said(whole, "en")
    branch = table["branch_name"].iloc[0]
    own = satisfaction(wave(table[table["branch_name"] == branch], margins=("segment",)))
    assert said(own, "zh").startswith(f"{branch}客户的净推荐值")
    assert f"(NPS) of the customers of {branch} is" in said(own, "en")


def test_the_confidence_asked_for_is_the_one_given():
    narrow = satisfaction(wave(survey(1)), confidence=0.8)
    wide = satisfaction(wave(survey(1)), confidence=0.99)
    assert narrow.facts["nps"].confidence == 0.8
    assert narrow.facts["nps"].low > wide.facts["nps"].low
    assert "80%" in said(narrow)


# --- change -----------------------------------------------------------------------------------


def test_a_planted_change_is_covered_by_its_interval():
    covered, widths = [], {"shared": [], "separate": []}
    for seed in range(60):
        now, before = wave(survey(seed, shift=0.04)), wave(survey(1000 + seed, first=450))
        own = change(now, before).facts["nps_change"]
        covered.append(own.low <= 8 <= own.high)
        separate = change(now, wave(survey(1000 + seed, first=5000))).facts["nps_change"]
        widths["shared"].append(own.high - own.low)
        widths["separate"].append(separate.high - separate.low)
    assert np.mean(covered) >= 0.88
    # The two waves answer independently here, so a shared name brings nothing on average.
    assert np.mean(widths["shared"]) == pytest.approx(np.mean(widths["separate"]), rel=0.05)


def test_customers_who_answer_alike_twice_make_the_change_more_certain():
    table = survey(1)
    again = change(wave(table), wave(table, name="2026Q2"))
    assert again.facts["nps_change"].value == 0
    assert again.facts["nps_change"].high == pytest.approx(0, abs=1e-6)
    assert again.table["both"].iloc[0] == len(wave(table).answers)


def test_each_verdict_has_its_own_sentence():
    keys = set()
    now, before = wave(survey(1)), wave(survey(2), name="2026Q2")
    for nps in (True, False):
        for satisfied in (True, False):
            result = change(now, before)
            object.__setattr__(result, "beyond", {"nps": nps, "satisfied": satisfied})
            keys.add(result.summary().key)
            assert said(result, "zh").count("超出抽样误差") >= 1
    assert len(keys) == 4


def test_the_share_of_telephone_answers_is_reported_beside_the_change():
    before = survey(2)
    before.loc[before["segment"] != "consumer", "mode_answered"] = "web"
    result = change(wave(survey(1)), wave(before, name="2026Q2"))
    assert result.facts["phone"].value == pytest.approx(1)
    # Consumers are 12 of 20 thousand customers, less the ineligible.
    assert result.facts["phone_previous"].value == pytest.approx(0.6, abs=0.01)


# --- groups -----------------------------------------------------------------------------------


def test_segments_are_ordered_and_the_unhappy_one_stands_apart():
    result = segments(wave(survey(1)))
    assert result.table["segment"].iloc[0] == "small"
    assert result.table["nps"].is_monotonic_increasing
    assert result.table["p_adjusted"].iloc[0] < 0.05
    assert result.facts["apart"].value >= 1
    with text.spoken("en"):
        apart = str(result.summary().words["apart_names"])
        assert "below the others: Small" in apart
    assert "小型企业" in said(result, "zh")


def test_segment_scores_are_near_the_planted_ones():
    found = pd.concat([segments(wave(survey(seed))).table for seed in range(20)])
    for segment in SEGMENTS:
        expected = 100 * (TRUTH[segment][0] - TRUTH[segment][1])
        own = found.loc[found["segment"] == segment, "nps"]
        assert own.mean() == pytest.approx(expected, abs=3.5 * own.std() / math.sqrt(20))


def test_a_group_below_the_base_keeps_its_count_and_loses_its_scores():
    own = wave(survey(1))
    counts = own.answers["branch_name"].value_counts()
    result = branches(own, min_base=int(counts.iloc[2]))
    hidden = result.table.tail(2)
    assert hidden[["nps", "satisfied", "csat", "effective_n", "versus_rest"]].isna().all().all()
    assert sorted(hidden["answers"]) == sorted(counts.iloc[3:])
    assert result.facts["hidden"].value == 2
    assert result.facts["shown"].value == 3


def test_branches_that_do_not_differ_are_not_ranked():
    apart = [branches(wave(survey(seed))).facts["apart"].value for seed in range(40)]
    assert np.mean(np.array(apart) > 0) <= 0.15
    alike = next(branches(wave(survey(s))) for s in range(40) if apart[s] == 0)
    assert alike.summary().key == "survey.branches.alike"
    assert "不宜采信" in said(alike, "zh")


def test_no_group_with_enough_answers_is_said():
    result = branches(wave(survey(1)), min_base=10_000)
    assert result.summary().key == "survey.branches.too_few"
    assert result.table["nps"].isna().all()


def test_answers_without_a_branch_are_counted_not_dropped():
    table = survey(1)
    table.loc[table.index[::2], "branch_name"] = None
    own = wave(table, margins=("segment",))
    assert branches(own).table["answers"].sum() == len(own.answers)


# --- response and weights ---------------------------------------------------------------------


def test_response_rates_have_the_eligible_below_the_line():
    table = survey(1)
    result = response_by_mode(table)
    eligible = (table["status"] != "ineligible").sum()
    answered = table["status"].isin(["complete", "partial"]).sum()
    assert result.facts["response_rate"].value == pytest.approx(answered / eligible)
    complete = (table["status"] == "complete").sum() / eligible
    assert result.facts["complete_rate"].value == pytest.approx(complete)
    assert result.table["invited"].sum() == len(table)
    assert result.table["response_rate"].is_monotonic_decreasing


def test_strata_that_answer_more_come_first():
    result = response_by_stratum(survey(1))
    assert result.table["stratum"].tolist() == ["small", "mortgage", "consumer"]
    assert "小型企业" in said(result, "zh")


def test_an_unknown_status_is_named():
    with pytest.raises(DataError, match="status \\['lost'\\] is unknown"):
        response_by_mode(survey(1).assign(status="lost"))


def test_nobody_eligible_gives_no_rate():
    result = response_by_mode(survey(1).assign(status="ineligible"))
    assert math.isnan(result.facts["response_rate"].value)


def test_weights_say_what_the_answers_are_worth():
    own = wave(survey(1))
    result = weights(own)
    n, w = len(own.answers), own.design.weights
    assert result.facts["worth"].value == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert result.facts["worth"].value < n
    assert result.facts["lightest"].value < 1 < result.facts["heaviest"].value
    first = result.table[result.table["margin"] == "segment"]
    assert first["share_answers"].sum() == pytest.approx(1)
    assert first["level"].tolist() == ["segment:consumer", "segment:mortgage", "segment:small"]
    assert result.facts["merged"].value == own.merged


def test_weights_without_margins_are_refused():
    with pytest.raises(DataError, match="was not raked to any margin"):
        weights(wave(survey(1), margins=()))


def test_levels_that_were_merged_are_named_in_words_and_weigh_nothing():
    table = survey(1)
    answered = table.index[table["status"].isin(["complete", "partial"])]
    table.loc[answered[8:], "status"] = "no_contact"
    result = weights(wave(table, margins=("segment", "mode_assigned")))
    assert result.summary().key == "survey.weights.single"
    level = result.columns[0]
    for language in text.LANGUAGES:
        with text.spoken(language):
            names = [level.cell({"level": name}) for name in result.table["level"]]
            assert schema.value("segment", "consumer") in names[0]
            assert not [name for name in names if "_" in name or "consumer" in name]
