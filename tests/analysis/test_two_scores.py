import numpy as np
import pytest

from tests.analysis import credit
from workbench.analysis.challenger import challenger
from workbench.analysis.scorecard import scorecard
from workbench.analysis.two_scores import BANDS, two_scores
from workbench.errors import DataError

CASES = credit.sided(credit.cases(6000))


@pytest.fixture(scope="module")
def result():
    return two_scores(CASES, horizon_months=12)


def test_each_side_uses_its_own_variables_and_both_rank_better(result):
    table = result.table.set_index("score_side")
    # Planted: late days with 0.8 (willingness), leverage with 0.5 (ability), noise with nothing.
    assert table.loc["willingness", "auc"] > table.loc["ability", "auc"] > 0.55
    assert result.facts["together"].value > result.facts["willingness"].value
    assert result.facts["p_gain"].value < 0.01
    assert abs(result.facts["correlation"].value) < 0.05


def test_the_grid_rises_to_the_weak_corner_and_counts_every_case(result):
    rates = result.grid.table.set_index(["ability_band", "willingness_band"])["default_rate"]
    assert rates["strong", "strong"] == rates.min()
    assert rates["weak", "weak"] == rates.max()
    assert result.grid.table["cases"].sum() == len(result.predictions)
    assert set(result.grid.table["ability_band"]) == set(BANDS)


def test_more_points_are_safer(result):
    kept = result.predictions
    for side in ("ability", "willingness"):
        assert np.corrcoef(kept[f"{side}_points"], kept["pd"])[0, 1] < -0.3


def test_no_outcome_of_the_test_cohort_reaches_the_scores(result):
    changed = CASES.copy()
    newest = changed["cohort"] == changed["cohort"].max()
    changed.loc[newest, "defaulted"] = 1 - changed.loc[newest, "defaulted"]
    again = two_scores(changed, horizon_months=12)
    assert (again.predictions["pd"] == result.predictions["pd"]).all()


def test_a_side_without_variables_is_refused_by_name():
    with pytest.raises(DataError, match="variables of ability"):
        two_scores(CASES.drop(columns=["leverage", "education"]), horizon_months=12)


def test_trees_find_what_is_planted_and_no_more_than_the_scorecard_needs():
    card = scorecard(CASES, horizon_months=12)
    fates = card.table.set_index("variable")["fate"].to_dict()
    found = challenger(CASES, card.predictions, fates, horizon_months=12)
    assert found.table["variable"].tolist()[:2] == ["dpd_max", "leverage"]
    assert abs(found.facts["gain"].value) < 0.02
    assert "gender" not in set(found.table["variable"])
    again = challenger(CASES, card.predictions, fates, horizon_months=12)
    assert (again.predictions["pd_challenger"] == found.predictions["pd_challenger"]).all()


def test_trees_win_where_two_variables_act_together():
    random = np.random.default_rng(51)
    a, b = random.normal(size=(2, len(CASES)))
    both = CASES.assign(leverage=a, dpd_max=b)
    rate = np.where(a * b > 0, 0.35, 0.05) * np.where(a > 0.5, 2.0, 1.0)
    both = both.assign(defaulted=(random.random(len(CASES)) < rate).astype(int))
    card = scorecard(both, horizon_months=12)
    found = challenger(both, card.predictions, {}, horizon_months=12)
    assert found.summary().key == "risk.challenger.better"
