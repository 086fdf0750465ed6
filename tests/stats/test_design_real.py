"""Real answers through `Design`; they stay outside the project.

The well-being survey of the US Consumer Financial Protection Bureau (2016), and the net promoter
scores of a mobile provider whose reference results come from R survey 4.1-1.
"""

import json

import duckdb
import pandas as pd
import pytest

from workbench.stats.design import Design
from workbench.stats.proportions import promoter_score

AGES = (50.99, 51.09, 52.48, 53.51, 54.57, 59.27, 61.02, 59.87)


@pytest.fixture(scope="module")
def survey(real_data):
    table = duckdb.read_parquet(str(real_data / "nfwbs_2016.parquet")).df()
    # Negative scores are codes for a refusal and for an answer not written to the file.
    score = table["FWBscore"].astype(float).where(table["FWBscore"] >= 0)
    return table.assign(score=score)


def test_the_weighted_mean_is_the_published_one_and_the_plain_mean_is_not(survey):
    found = Design.build(survey["finalwt"]).mean(survey["score"])
    assert found.n[0] == 6389
    assert round(found.value[0], 2) == 54.25
    assert round(survey["score"].mean(), 2) == 56.08
    high = found.interval(0.99)[1]
    assert high[0] < 56.08
    assert found.deff_replace[0] > 1


def test_the_means_by_age_group_are_the_published_ones(survey):
    found, ages = Design.build(survey["finalwt"]).by(survey["score"], survey["agecat"])
    assert ages.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.value.round(2).tolist() == list(AGES)


def test_the_young_and_the_old_differ_as_published(survey):
    design = Design.build(survey["finalwt"])
    young, old = (survey["agecat"] <= 2).to_numpy(), (survey["agecat"] >= 7).to_numpy()
    found = design.difference(survey["score"], old, young)
    low, _ = found.interval()
    assert low[0] > 5


@pytest.mark.parametrize("case", ["mobi.nps_srs", "mobi.nps_weighted"])
def test_net_promoter_scores_agree_with_r(real_data, case):
    folder = real_data / "oracles" / "survey"
    cases = json.loads((folder / "oracle.json").read_text("utf-8"))
    given = next(each for each in cases if each["id"] == case)
    table = pd.read_csv(folder / given["input"][0])
    expected, rel = given["expected"], given["tolerance"]["rtol"]
    design = Design.build([1.0] * len(table) if case == "mobi.nps_srs" else table["w"])
    found = design.mean(100 * promoter_score(table["CUSL3"]))
    low, high = found.interval()
    own = {"est": found.value[0], "se": found.se[0], "lci": low[0], "uci": high[0], "df": found.df}
    assert own == pytest.approx({field: expected[field] for field in own}, rel=rel)
    if case == "mobi.nps_weighted":
        groups, labels = design.by(100 * promoter_score(table["CUSL3"]), table["g"])
        assert labels.tolist() == expected["by"]["g"]
        assert groups.value == pytest.approx(expected["by"]["est"], rel=rel)
        assert groups.se == pytest.approx(expected["by"]["se"], rel=rel)
        top = design.proportion(table["CUSA1"] >= 9)
        assert top.value[0] == pytest.approx(expected["top2"]["est"][1], rel=rel)
        assert top.se[0] == pytest.approx(expected["top2"]["se"][1], rel=rel)
