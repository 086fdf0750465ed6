import numpy as np
import pandas as pd
import pytest

from tests.analysis.survey import NPS, survey, wave
from workbench.errors import DataError
from workbench.stats.proportions import promoter_score
from workbench.stats.scores import measures, scores


def test_the_scores_are_those_of_the_design():
    own = wave(survey())
    table = scores(own, confidence=0.95)
    direct = own.design.mean(measures(own)[["nps", "satisfied", "csat"]])
    assert table[["nps", "satisfied", "csat"]].to_numpy()[0] == pytest.approx(direct.value)
    assert table[["nps_se", "satisfied_se", "csat_se"]].to_numpy()[0] == pytest.approx(direct.se)


def test_weighting_recovers_the_planted_score_and_plain_counting_does_not():
    own, naive = [], []
    for seed in range(60):
        table = survey(seed)
        own.append(scores(wave(table), confidence=0.95)["nps"].iloc[0])
        naive.append(100 * np.nanmean(promoter_score(table["nps"])))
    error = np.std(own) / np.sqrt(60)
    assert abs(np.mean(own) - NPS) < 3 * error
    assert abs(np.mean(naive) - NPS) > 10 * error


def test_intervals_cover_the_planted_score():
    covered = []
    for seed in range(150):
        row = scores(wave(survey(seed)), confidence=0.95).iloc[0]
        covered.append(row["nps_low"] <= NPS <= row["nps_high"])
    assert 0.90 <= np.mean(covered) <= 0.99


def test_shares_add_up_and_intervals_enclose():
    table = scores(wave(survey()), confidence=0.9).iloc[0]
    assert table[["promoters", "passives", "detractors"]].sum() == pytest.approx(1)
    for name in ("nps", "satisfied", "csat"):
        assert table[f"{name}_low"] < table[name] < table[f"{name}_high"]


def test_a_question_left_out_does_not_count_against_the_others():
    own = wave(survey())
    values = measures(own)
    assert values["nps"].notna().all()
    assert values["csat"].isna().sum() == (own.answers["status"] == "partial").sum()
    assert values["satisfied"].isna().equals(values["csat"].isna())


def test_a_group_that_did_not_answer_is_missing():
    own = wave(survey())
    codes = np.where(own.answers["segment"] == "small", 2, 0)
    table = scores(own, codes, confidence=0.95)
    assert table["answers"].tolist()[1] == 0
    assert np.isnan(table.loc[1, "nps"])
    assert table.loc[[0, 2], "nps"].notna().all()


def test_a_missing_question_is_named():
    table = survey().drop(columns="csat")
    with pytest.raises(DataError, match="'csat' is missing"):
        scores(wave(table), confidence=0.95)


def test_the_input_is_not_changed():
    own = wave(survey())
    before = own.answers.copy()
    scores(own, confidence=0.95)
    pd.testing.assert_frame_equal(own.answers, before)
