import pytest

from tests.analysis import credit
from workbench import text
from workbench.analysis.credit_sample import credit_sample


def test_cohorts_whose_outcomes_overlap_are_left_out_and_shown():
    table = credit.cases(1000, cohorts=("2024-06-30", "2024-12-31", "2025-06-30"))
    found = credit_sample(table, horizon_months=12).table
    assert found["role"].tolist() == ["train", "left_out", "test"]
    assert found["cases"].tolist() == [1000, 1000, 1000]


def test_the_finding_says_which_split_was_used():
    by_time = credit_sample(credit.cases(1000), horizon_months=12)
    folds = credit_sample(credit.cases(1000, cohorts=("2025-06-30",)), horizon_months=12)
    with text.spoken("en"):
        assert "Split by time" in credit.said(by_time)
        assert "5-fold stratified cross-validation" in credit.said(folds)
    with text.spoken("zh"):
        assert "按时间划分" in credit.said(by_time)
        assert "5 折分层交叉验证" in credit.said(folds)


def test_counts_and_rate_are_those_of_the_cases_used():
    table = credit.cases(1000, cohorts=("2024-06-30", "2024-12-31", "2025-06-30"))
    used = table[table["cohort"] != "2024-12-31"]
    facts = credit_sample(table, horizon_months=12).facts
    assert facts["cases"].value == len(used)
    assert facts["defaults"].value == used["defaulted"].sum()
    assert facts["rate"].value == pytest.approx(used["defaulted"].mean())
    assert facts["rate"].low < facts["rate"].value < facts["rate"].high
    assert facts["train_cases"].value + facts["test_cases"].value == len(used)
