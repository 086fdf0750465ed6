from datetime import date

import pandas as pd
import pytest

from tests.analysis import credit
from workbench import text
from workbench.analysis.assessments import assessments
from workbench.analysis.model_page import ITEMS, model_page
from workbench.rules import risk_model

DAY = date(2026, 9, 30)
TABLE = pd.DataFrame(
    [
        # customer, assessed, next review, grade, override, PD
        ("P1", "2025-01-31", "2025-12-31", "A", None, 0.01),
        ("P1", "2026-01-31", "2026-12-31", "B", None, 0.02),
        ("P2", "2025-06-30", "2026-06-30", "A", "C", 0.01),
        ("P3", "2026-08-31", "2026-11-30", "C", "A", 0.08),
        ("P4", "2026-10-31", "2027-10-31", "A", None, 0.01),
        ("P5", "2025-09-30", "2026-09-30", "C", None, 0.09),
    ],
    columns=[
        "customer_id",
        "assessed_on",
        "next_review_on",
        "risk_grade",
        "override_grade",
        "pd_12m",
    ],
).assign(assessment_id=[f"E{at}" for at in range(6)])


def test_only_the_newest_assessment_up_to_the_day_counts():
    found = assessments(TABLE, {"level": 1.0}, day=DAY)
    table = found.table.set_index("risk_grade")
    assert table.index.tolist() == ["A", "B", "C"]
    assert table["customers_assessed"].tolist() == [1, 1, 2]
    assert table["overdue_review"].tolist() == [1, 0, 0]
    assert table["due_soon"].tolist() == [0, 0, 2]
    assert found.facts["oldest"].value == 92
    assert table.loc["A", "override_worse"] == 1
    assert table.loc["C", "override_better"] == 1
    assert found.facts["overridden"].value == 2


@pytest.mark.parametrize(
    ("measures", "decision"),
    [
        ({"level": 1.05}, "keep"),
        ({"level": 1.3}, "recalibrate"),
        ({"level": 0.8}, "recalibrate"),
        ({"level": 1.0, "auc_fall": 0.08}, "rebuild"),
        ({"level": 1.3, "psi": 0.3}, "rebuild"),
    ],
)
def test_the_model_is_kept_recalibrated_or_rebuilt_by_the_rules(measures, decision):
    assert assessments(TABLE, measures, day=DAY).decision == decision


def test_overruling_into_safer_grades_alone_is_said_to_need_a_look():
    assert assessments(TABLE, {"level": 1.0}, day=DAY).summary().key == "risk.assessments.finding"
    kept = TABLE["override_grade"].where(TABLE["override_grade"] != "C", None)
    safer = TABLE.assign(override_grade=kept)
    assert assessments(safer, {"level": 1.0}, day=DAY).summary().key == "risk.assessments.one_way"


def test_nothing_is_drawn_where_no_review_is_overdue():
    assert assessments(TABLE, {"level": 1.0}, day=DAY).figure
    fresh = TABLE.assign(next_review_on="2027-12-31")
    assert assessments(fresh, {"level": 1.0}, day=DAY).figure is None


def test_a_bank_without_assessments_has_nothing_to_renew():
    assert assessments(TABLE.iloc[:0], {"level": 1.0}, day=DAY) is None


def test_the_model_page_says_every_item_in_both_languages():
    cases = credit.cases(500)
    found = model_page(cases, ("late", "used"), horizon_months=12)
    assert tuple(found.table["model_item"]) == ITEMS
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert credit.said(found)
            assert len(found.written()) == len(ITEMS)
            assert all(entry[language] for entry in found.table["model_said"])
    long_run = f"{100 * risk_model.read().calibration.long_run_rate:.2f}%"
    assert long_run in found.table.set_index("model_item").loc["level", "model_said"]["en"]
