import numpy as np
import pytest
from scipy import special

from tests.analysis import credit
from workbench import settings, text
from workbench.analysis.scorecard import scorecard

CASES = credit.cases(6000)


@pytest.fixture(scope="module")
def result():
    return scorecard(CASES, horizon_months=12)


def fates(result):
    return result.table.set_index("variable")["fate"].to_dict()


def test_planted_drivers_are_chosen_and_noise_is_not(result):
    found = fates(result)
    assert found["late"] == "chosen"
    assert found["used"] == "chosen"
    assert found["noise"] == "weak"


def test_columns_without_values_are_dropped_and_named(result):
    found = fates(result)
    assert found["rate"] == "not_supplied"
    assert found["rate_type"] == "constant"
    assert result.facts["not_supplied"].value == 1
    with text.spoken("en"):
        assert "Interest rate" in result.written()["Variable"].tolist()


def test_protected_attributes_are_no_features_unless_asked_for(result):
    assert "gender" not in fates(result)
    assert "gender" in fates(scorecard(CASES, horizon_months=12, excluded=()))


def test_predictions_are_made_for_the_newest_cohort_only(result):
    assert set(result.predictions["cohort"]) == {CASES["cohort"].max()}
    assert len(result.predictions) == (CASES["cohort"] == CASES["cohort"].max()).sum()
    assert result.predictions["pd"].between(0, 1, inclusive="neither").all()


def test_predictions_follow_the_planted_probabilities(result):
    truth = CASES.loc[result.predictions.index, "truth"]
    assert np.corrcoef(result.predictions["pd"], truth)[0, 1] > 0.9


def test_no_outcome_of_the_test_cohort_reaches_its_own_predictions(result):
    changed = CASES.copy()
    newest = changed["cohort"] == changed["cohort"].max()
    changed.loc[newest, "defaulted"] = 1 - changed.loc[newest, "defaulted"]
    again = scorecard(changed, horizon_months=12)
    assert (again.predictions["pd"] == result.predictions["pd"]).all()


def test_with_one_cohort_every_case_is_predicted():
    table = credit.cases(3000, cohorts=("2025-06-30",))
    found = scorecard(table, horizon_months=12, folds=3)
    assert found.predictions["loan_id"].tolist() == table["loan_id"].tolist()
    assert found.facts["cases"].value == len(table)
    assert found.table["shift"].isna().all()


def test_the_result_does_not_depend_on_the_order_of_the_rows(result):
    shuffled = CASES.sample(frac=1, random_state=1)
    again = scorecard(shuffled, horizon_months=12)
    aligned = again.predictions["pd"].reindex(result.predictions.index)
    assert aligned.to_numpy() == pytest.approx(result.predictions["pd"].to_numpy(), rel=1e-9)


def test_coefficients_have_intervals_and_are_positive(result):
    chosen = result.table[result.table["fate"] == "chosen"]
    assert (chosen["low"] < chosen["coefficient"]).all()
    assert (chosen["coefficient"] < chosen["high"]).all()
    assert (chosen["coefficient"] > 0).all()


def test_the_planted_log_odds_are_recovered_with_the_right_spread(result):
    truth = CASES.loc[result.predictions.index, "truth"]
    slope = np.polyfit(special.logit(result.predictions["pd"]), special.logit(truth), 1)[0]
    assert slope == pytest.approx(1, abs=0.1)


def test_the_bins_hold_every_case_once(result):
    learning = CASES["cohort"] == CASES["cohort"].min()
    for _, own in result.bins.table.groupby("variable"):
        assert own["cases"].sum() == learning.sum()
        assert own["defaults"].sum() == CASES.loc[learning, "defaulted"].sum()


def test_missing_values_have_a_bin_that_is_named_in_both_languages(result):
    for language, word in (("zh", "缺失"), ("en", "Missing")):
        with text.spoken(language):
            heading = {"zh": "分箱", "en": "Bin"}[language]
            assert word in result.bins.written()[heading].tolist()


def test_bins_set_by_hand_replace_the_exact_ones_and_are_named(monkeypatch):
    own = {
        "variable": "late",
        "cuts": [-0.5, 0.5],
        "owner": "risk",
        "reason": "policy",
        "decided_on": "2026-03-31",
    }
    shipped = settings.rulepack
    monkeypatch.setattr(
        settings,
        "rulepack",
        lambda name: {**shipped(name), "bins": [own]} if name == "hand-bins" else shipped(name),
    )
    found = scorecard(CASES, horizon_months=12)
    assert list(found.card.binnings["late"].rule.labels[:-1]) == [
        "(-∞, -0.5)",
        "[-0.5, 0.5)",
        "[0.5, ∞)",
    ]
    assert found.table.set_index("variable").loc["late", "bins_by"] == "hand"
    assert (found.table.set_index("variable").loc[["used", "noise"], "bins_by"] == "exact").all()
