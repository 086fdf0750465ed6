"""Definitions, sample, gaps, coding, choice, scales, months and level: planted truths are found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import special

from tests.analysis import credit
from workbench import text
from workbench.analysis.built_scale import built_scale
from workbench.analysis.credit_clock import credit_clock
from workbench.analysis.credit_cure import credit_cure
from workbench.analysis.credit_definition import ITEMS, credit_definition
from workbench.analysis.credit_follow_up import credit_follow_up
from workbench.analysis.credit_population import STEPS, credit_population
from workbench.analysis.field_stability import field_stability
from workbench.analysis.level_tests import level_tests
from workbench.analysis.missing_values import missing_values
from workbench.analysis.out_of_time import out_of_time
from workbench.analysis.reject_inference import reject_inference
from workbench.analysis.scorecard import scorecard
from workbench.analysis.selection import selection
from workbench.errors import DataError

DAY = date(2026, 9, 30)
CASES = credit.cases(4000).drop(columns="truth")
TRUE = credit.predictions(20_000, seed=3)
EARLIER = credit.predictions(20_000, seed=4).assign(cohort=pd.Timestamp("2024-06-30"))
CODING = pd.DataFrame({"month_to": [pd.Timestamp("2026-01-31")], "verdict": ["break"]})


def test_every_step_takes_what_was_planted_and_the_rest_is_the_sample():
    table = credit.outcomes()
    found = credit_population(table, credit.loans(table, more=50), horizon_months=12)
    steps = found.table.set_index("population_step")
    assert steps.loc[list(STEPS), "removed"].tolist() == list(credit.REMOVED.values())
    assert (
        steps.loc["tape", "cases_left"] - sum(credit.REMOVED.values())
        == (steps.loc["sample", "cases_left"])
    )
    assert found.facts["never"].value == 50
    assert (steps["cases_before"].iloc[2:].to_numpy() == steps["cases_left"].iloc[1:-1]).all()


def test_nobody_left_is_an_error():
    table = credit.outcomes().assign(standing="closed")
    with pytest.raises(DataError, match="no loan is left"):
        credit_population(table, credit.loans(table), horizon_months=12)


def test_loans_that_leave_are_counted_and_treated_three_ways():
    found = credit_follow_up(credit.followed(), horizon_months=12)
    row = found.table.set_index("window_state").loc["complete"]
    counts = ["cases", "defaults", "to_the_end", "repaid", "sold", "lost"]
    assert row[counts].tolist() == [1000, 50, 550, 300, 60, 40]
    assert row["default_rate"] == pytest.approx(0.05)
    assert row["rate_worst"] == pytest.approx(0.15)
    assert row["default_rate"] < row["rate_censored"] < row["rate_worst"]
    assert row["censored_low"] < row["rate_censored"] < row["censored_high"]
    still = found.table.set_index("window_state").loc["open"]
    assert np.isnan(still["default_rate"])
    assert still["months_known"] == 3
    assert found.facts["open"].value == 1


def test_without_a_tape_nobody_was_followed():
    table = credit.followed().assign(standing="supplied")
    assert credit_follow_up(table, horizon_months=12) is None
    assert credit_cure(table.assign(loan_id="L"), credit.failed_tape(), day=DAY) is None


def test_cured_defaults_and_loans_on_probation_are_told_apart():
    found = credit_cure(credit.failing(), credit.failed_tape(), day=DAY)
    row = found.table.iloc[0]
    # `healed` is cured by the end, `slow` on probation, `bad` in default, `gone` written off;
    # `earlier` began the year on probation and did not fail again.
    names = ["defaults", "cured", "on_probation", "still_default", "gone", "probation_cases"]
    assert row[names].tolist() == [4, 1, 1, 1, 1, 1]
    assert row["rate_uncured"] == pytest.approx(3 / row["cases"])
    assert found.facts["months"].value == 6


def test_the_definition_quotes_the_rule_packs_in_both_languages():
    found = credit_definition(CASES, horizon_months=12, window_months=6, day=DAY)
    said = found.table.set_index("definition_item")["definition_said"]
    assert tuple(said.index) == ITEMS
    assert "90 days" in said["default"]["en"]
    assert "90 天" in said["default"]["zh"]
    assert "6 month ends" in said["cure"]["en"]
    assert found.facts["horizon"].value == 12


def test_before_there_was_a_rule_of_cure_none_is_applied():
    early = date(2005, 9, 30)
    found = credit_definition(CASES, horizon_months=1, window_months=6, day=early)
    said = found.table.set_index("definition_item")
    assert "No rule of cure" in said.loc["cure", "definition_said"]["en"]
    assert pd.isna(said.loc["cure", "definition_pack"])
    assert "clean_months" not in found.facts
    assert credit_cure(credit.failing(), credit.failed_tape(), day=early) is None
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert credit.said(found)


def test_the_clock_sums_over_the_cohorts():
    table = pd.DataFrame(
        {
            "fact_source": ["financials", "financials", "loan_months"],
            "cohort": pd.to_datetime(["2024-06-30", "2024-12-31", "2024-06-30"]),
            "about_before": [100, 300, 600],
            "known_late": [10, 30, 0],
            "without_consent": [0, 0, 0],
        }
    )
    found = credit_clock(table)
    assert found.table.set_index("fact_source").loc["financials", "known_late"] == 40
    assert found.facts["withheld_share"].value == pytest.approx(0.04)
    assert credit_clock(table.iloc[:0]) is None


def test_a_gap_that_tells_is_found_with_its_difference_and_an_idle_one_is_not():
    random = np.random.default_rng(8)
    bad = CASES["defaulted"] == 1
    table = CASES.assign(
        late=CASES["late"].mask(random.random(len(CASES)) < np.where(bad, 0.3, 0.1)),
        noise=CASES["noise"].mask(random.random(len(CASES)) < 0.2),
    )
    found = missing_values(table).table.set_index("variable")
    assert found.index[0] == "late"
    assert found.loc["late", "gap_verdict"] == "riskier"
    gone = table["late"].isna()
    rates = table["defaulted"].groupby(gone).mean()
    assert found.loc["late", "rate_gap"] == pytest.approx(rates[True] - rates[False])
    assert found.loc["late", "gap_low"] > 0
    assert found.loc["noise", "gap_verdict"] == "silent"
    assert found.loc["noise", "gap_low"] < 0 < found.loc["noise", "gap_high"]


def test_the_interval_of_a_gap_covers_the_truth_as_often_as_it_says():
    random, inside, runs = np.random.default_rng(3), 0, 300
    for _ in range(runs):
        gone = random.random(1500) < 0.2
        events = (random.random(1500) < np.where(gone, 0.12, 0.06)).astype(int)
        table = CASES.iloc[:1500][["cohort", "loan_id", "customer_id", "customer_type"]].assign(
            defaulted=events, value=np.where(gone, np.nan, 1.0)
        )
        row = missing_values(table).table.iloc[0]
        inside += row["gap_low"] <= 0.06 <= row["gap_high"]
    assert abs(inside / runs - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / runs)


def test_nothing_is_said_of_gaps_where_there_are_none():
    assert missing_values(CASES.dropna(axis=1)) is None


def test_a_feature_coded_otherwise_is_named_and_steady_ones_are_not():
    newest = CASES["cohort"] == CASES["cohort"].max()
    table = CASES.assign(
        education=np.where(newest, "postgraduate", CASES["education"]),
        late=CASES["late"] + 2.0 * newest,
        used=CASES["used"].mask(newest & (np.arange(len(CASES)) % 4 == 0)),
    )
    found = field_stability(table).table.set_index("variable")
    assert found["coding"].to_dict() | {} == {
        "education": "recoded",
        "used": "recoded",
        "late": "moved",
        "noise": "steady",
        "segment": "steady",
        "rate_type": "steady",
    }
    assert found.loc["education", ["levels_new", "levels_gone"]].tolist() == [1, 2]
    assert field_stability(CASES[newest]) is None


def test_a_stable_feature_is_beyond_the_limit_of_chance_as_often_as_it_says():
    beyond, runs = 0, 200
    for seed in range(runs):
        noise = np.random.default_rng(seed).normal(size=len(CASES))
        keys = ["cohort", "loan_id", "customer_id", "customer_type", "defaulted"]
        row = field_stability(CASES[keys].assign(noise=noise)).table.iloc[0]
        beyond += row["shift"] > row["shift_limit"]
    # Bands cut at the first cohort's own quantiles: that side hardly varies.
    assert beyond / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_the_choice_is_told_in_order_and_adds_up():
    table = CASES.assign(twin=CASES["late"] + 0.01 * np.arange(len(CASES)) / len(CASES))
    found = selection(scorecard(table, horizon_months=12).card)
    kinds = ("not_supplied", "constant", "weak", "alike", "collinear", "wrong_sign", "not_needed")
    left = sum(found.facts[kind].value for kind in kinds)
    assert left + found.facts["chosen"].value == found.facts["offered"].value
    row = found.table.set_index("variable").loc["twin"]
    other = found.table.set_index("variable").loc["late"]
    assert {row["fate"], other["fate"]} == {"chosen", "alike"}
    assert found.table["left_at"].dropna().tolist() == list(range(1, int(left) + 1))
    assert found.facts["inflation"].value <= found.facts["inflation_limit"].value


def test_a_scale_made_from_true_probabilities_holds_on_other_cases():
    found = built_scale(TRUE, EARLIER)
    assert found.facts["grades"].value >= 4
    assert found.facts["reversed"].value == 0
    assert (np.diff(found.table["observed"]) > 0).all()
    # Coarse at the risky end, where these cases lie, the bank's scale is not even there.
    assert found.given.facts["uneven"].value > found.facts["uneven"].value
    assert found.table["cases"].sum() == found.given.table["cases"].sum() == len(TRUE)


def test_a_segment_apart_makes_a_grade_uneven():
    odd = TRUE["segment"] == "small"
    events = np.where(odd, np.random.default_rng(2).random(len(TRUE)) < 2.5 * TRUE["pd"], 0)
    table = TRUE.assign(defaulted=np.where(odd, events, TRUE["defaulted"]).astype(int))
    assert (
        built_scale(table, EARLIER).facts["uneven"].value
        > built_scale(TRUE, EARLIER).facts["uneven"].value
    )


def test_without_development_cases_the_scale_is_made_from_the_tested_ones():
    assert built_scale(TRUE, EARLIER.iloc[:0]).facts["grades"].value >= 4


def months(shift=0.0, loans=3000):
    days = ("2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31")
    found = credit.cases(loans, cohorts=days, seed=21)
    last = found["cohort"] == found["cohort"].max()
    odds = special.logit(found["truth"]) + shift * last
    events = np.random.default_rng(5).random(len(found)) < special.expit(odds)
    return found.assign(defaulted=events.astype(int)).drop(columns="truth")


def judged(table, **more):
    return out_of_time(table, CASES, CODING.iloc[:0], horizon_months=12, **more)


def test_months_that_hold_hold_and_one_that_does_not_is_named():
    assert judged(months()).facts["failed"].value == 0
    found = judged(months(shift=0.8)).table
    assert found["month_verdict"].tolist() == ["holds", "holds", "holds", "level"]
    assert found["level_low"].iloc[-1] > 1


def test_a_month_learns_only_from_outcomes_known_by_then():
    found = judged(months()).table
    assert (found["learnt_from"] == pd.Timestamp("2024-06-30")).all()
    later = months().assign(cohort=pd.Timestamp("2026-06-30"))
    assert judged(later).table["learnt_from"].tolist() == [pd.Timestamp("2025-06-30")]
    early = months().assign(cohort=pd.Timestamp("2025-05-31"))
    assert judged(early) is None


def test_months_with_too_few_defaults_say_so():
    found = judged(months(loans=40), min_defaults=30)
    assert set(found.table["month_verdict"]) == {"too_few"}
    assert found.table["auc"].isna().all()
    with text.spoken("en"):
        assert "None of 4 months" in credit.said(found)


def test_a_break_in_the_coding_goes_before_the_test():
    found = out_of_time(months(shift=0.8), CASES, CODING, horizon_months=12).table
    assert found["month_verdict"].iloc[-1] == "recoded"
    assert found["coding"].tolist() == ["unknown"] * 3 + ["break"]


def test_lights_follow_the_limits_alone_and_with_related_defaults():
    low = credit.predictions(20_000, shift=-0.5)
    found = level_tests(low).table.set_index("level_scope")
    whole = found.loc["level_scope:portfolio"]
    assert (whole["light"], whole["light_correlated"]) == ("red", "weak")
    assert whole["p_correlated"] > whole["p_binomial"]
    assert whole["found_correlated"] > whole["found_from"] > 1
    assert level_tests(TRUE).facts["red"].value == 0


def test_a_green_that_finds_little_is_weak():
    few = level_tests(credit.predictions(150)).table.set_index("level_scope")
    assert few.loc["level_scope:portfolio", "light"] == "weak"


def test_years_are_tested_by_their_own_spread():
    years = pd.DataFrame(
        {"predicted": [0.02] * 3, "observed": [0.02, 0.03, 0.04], "cases": 100, "defaults": 3}
    )
    found = level_tests(TRUE, years)
    row = found.table.set_index("level_scope").loc["level_scope:years"]
    assert row["p_normal"] == pytest.approx(float(special.ndtr(-np.sqrt(3))))
    assert row["light"] == "yellow"
    assert found.facts["years"].value == 3
    assert level_tests(TRUE, years.iloc[:1]).facts["years"].value == 0


def test_rejected_applicants_are_a_sensitivity_and_factor_one_changes_nothing():
    found = reject_inference(credit.applications())
    rows = found.table.set_index(["reject_method", "odds_factor"])
    same = rows.loc[("fuzzy", 1.0)]
    assert same["coefficient_moved"] < 1e-6
    assert same["pd_rejected"] == pytest.approx(found.facts["pd_rejected"].value)
    assert rows["assumed_rate"].loc["fuzzy"].is_monotonic_increasing
    for language, words in (("en", "A sensitivity, not evidence"), ("zh", "不是证据")):
        with text.spoken(language):
            assert words in credit.said(found)


def test_too_few_defaults_of_applicants_say_nothing():
    table = credit.applications()
    assert reject_inference(table[table["declined"] == 0]) is None
    assert reject_inference(table.iloc[:200]) is None
