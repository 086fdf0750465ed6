from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import special

from tests.analysis import credit
from workbench.analysis.backtest import backtest
from workbench.analysis.capital_effect import capital_effect
from workbench.analysis.fairness import fairness
from workbench.analysis.grade_moves import grade_moves
from workbench.analysis.validation import PAGE, validation
from workbench.rules import irb

TRUE = credit.predictions(20_000, seed=3)
EARLIER = credit.predictions(20_000, seed=4).assign(cohort=pd.Timestamp("2024-06-30"))
NOBODY = EARLIER.iloc[:0]
DAY = date(2026, 9, 30)


def lights(result):
    return result.table.set_index("measure")["light"].to_dict()


def test_the_page_has_five_measures_and_each_has_limits_and_power():
    found = validation(TRUE, EARLIER)
    assert tuple(found.table["measure"]) == PAGE
    assert found.table[["found_from", "yellow_limit", "red_limit"]].notna().all(axis=None)
    assert set(found.appendix.table["measure"]).isdisjoint(PAGE)


def test_what_limits_are_limits_of_is_said_and_flagged_measures_are_named():
    found = validation(TRUE, EARLIER)
    both = pd.concat([found.table, found.appendix.table]).set_index("measure")
    assert (both["limit_of"].notna() == both["yellow_limit"].notna()).all()
    assert both.loc[["auc", "level", "slope"], "limit_of"].tolist() == [
        "value",
        "p_value",
        "distance",
    ]
    flagged = found.appendix.table.query("light in ['yellow', 'red']")["measure"]
    said = found.appendix.summary()
    assert said.key.endswith("finding" if len(flagged) else "none")
    assert [str(word.code) for word in said.words.values()] == ["|".join(flagged)][: len(flagged)]


def test_a_true_score_of_many_loans_passes():
    found = lights(validation(TRUE, EARLIER))
    assert {found[name] for name in ("level", "slope", "ici", "psi")} == {"green"}


def test_a_pass_of_few_loans_is_called_weak():
    few = lights(validation(credit.predictions(150, seed=3), EARLIER))
    assert few["level"] == "weak"
    assert few["slope"] == "weak"


@pytest.mark.parametrize(
    ("shift", "slope", "measure"), [(-0.5, 1.0, "level"), (0.0, 1.6, "slope"), (-0.8, 1.0, "ici")]
)
def test_a_wrong_score_is_red_where_it_is_wrong(shift, slope, measure):
    found = validation(credit.predictions(20_000, shift=shift, slope=slope), EARLIER)
    assert lights(found)[measure] == "red"
    assert found.light == "red"
    assert found.facts["red"].value >= 1


def test_a_changed_portfolio_moves_the_stability_index():
    risky = EARLIER[EARLIER["pd"] < EARLIER["pd"].quantile(0.5)]
    assert lights(validation(TRUE, risky))["psi"] == "red"


def test_a_cross_validated_score_has_nothing_to_be_stable_against():
    found = validation(TRUE, NOBODY)
    assert "psi" not in lights(found)
    assert "auc_fall" not in set(found.appendix.table["measure"])


def test_a_test_of_the_page_rejects_a_true_score_as_often_as_its_level_says():
    # Level: the one-sided Jeffreys test of a whole portfolio, at 5 %.
    runs, yellow = 200, 0
    for seed in range(runs):
        found = validation(credit.predictions(1500, seed=seed), NOBODY)
        yellow += lights(found)["level"] in ("yellow", "red")
    assert abs(yellow / runs - 0.05) < 3 * np.sqrt(0.05 * 0.95 / runs)


def test_each_later_cohort_is_judged_by_what_came_before():
    cases = pd.concat(
        [
            credit.cases(3000, cohorts=(day,), seed=at)
            for at, day in enumerate(("2022-06-30", "2022-12-31", "2023-06-30", "2024-06-30"))
        ],
        ignore_index=True,
    )
    found = backtest(cases, horizon_months=12, excluded=("truth", "gender"))
    assert found.table["cohort"].dt.year.tolist() == [2023, 2024]
    assert found.table["train_cases"].tolist() == [3000, 6000]
    assert found.facts["failed"].value == 0
    later = cases["cohort"] == cases["cohort"].max()
    cases.loc[later, "defaulted"] = (np.arange(later.sum()) % 3 == 0).astype(int)
    broken = backtest(cases, horizon_months=12, excluded=("truth", "gender"))
    assert broken.table["holds"].tolist() == ["holds", "fails"]


def test_with_one_cohort_there_is_no_backtest():
    assert backtest(credit.cases(500, cohorts=("2025-06-30",)), horizon_months=12) is None


def test_an_unfair_score_is_flagged_in_its_group_and_no_other():
    customers = credit.customers(20_000)
    odds = special.logit(TRUE["pd"])
    female = TRUE["customer_id"].isin(customers.loc[customers["gender"] == "female", "customer_id"])
    unfair = TRUE.assign(pd=special.expit(odds - 1.5 * female))
    found = fairness(unfair, customers).table.set_index("protected_group")
    assert found.loc["gender:female", "light"] != "green"
    assert found.loc["gender:female", "relative"] > 1.2
    assert (found.loc[found["attribute"] != "gender", "light"] == "green").all()
    assert fairness(TRUE, customers).facts["flagged"].value == 0


def test_groups_without_the_attribute_are_left_out():
    customers = credit.customers(20_000)
    found = fairness(TRUE, customers).table
    known = customers["gender"].notna().sum()
    assert found.loc[found["attribute"] == "gender", "cases"].sum() == known


def test_nobody_with_an_attribute_leaves_nothing_to_compare():
    customers = credit.customers(20_000).assign(gender=None, birth_year=pd.NA, marital_status=None)
    assert fairness(TRUE, customers) is None


def test_loans_that_stay_in_their_grade_have_no_bandwidth():
    same = grade_moves(TRUE, TRUE.assign(cohort=pd.Timestamp("2024-06-30")))
    assert same.facts["psi"].value == 0
    assert (same.table["stayed"].dropna() == 1).all()
    moved = grade_moves(TRUE, EARLIER)
    assert moved.facts["upper"].value > 0.1
    assert moved.facts["both"].value == 20_000


def test_a_cross_validated_score_has_no_moves():
    assert grade_moves(TRUE, NOBODY) is None


def test_true_probabilities_leave_the_risk_weights_where_they_are():
    found = capital_effect(TRUE, day=DAY)
    assert abs(found.facts["change"].value) < 0.02
    halved = capital_effect(TRUE.assign(pd=TRUE["pd"] / 2), day=DAY)
    assert halved.facts["change"].value > 0.05


def test_the_weight_is_that_of_the_formula():
    alike = TRUE.assign(pd=0.02, segment="mortgage").iloc[:1000]
    found = capital_effect(alike, day=DAY).table.iloc[0]
    expected = irb.risk_weights(0.02, 0.45, "retail_mortgage", irb.rules(DAY))
    assert found["weight_given"] == pytest.approx(float(expected), rel=1e-12)


def test_the_formula_is_not_applied_before_its_time():
    assert capital_effect(TRUE, day=date(2005, 9, 30)) is None
