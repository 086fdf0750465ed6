"""What every risk result must do, whatever it says."""

from datetime import date

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis import credit
from workbench import text
from workbench.analysis.backtest import backtest
from workbench.analysis.built_scale import built_scale
from workbench.analysis.calibration import calibration, calibration_tests
from workbench.analysis.capital_effect import capital_effect
from workbench.analysis.challenger import challenger
from workbench.analysis.credit_cure import credit_cure
from workbench.analysis.credit_definition import credit_definition
from workbench.analysis.credit_fields import credit_fields
from workbench.analysis.credit_follow_up import credit_follow_up
from workbench.analysis.credit_population import credit_population
from workbench.analysis.credit_sample import credit_sample
from workbench.analysis.discrimination import discrimination
from workbench.analysis.fairness import fairness
from workbench.analysis.field_stability import field_stability
from workbench.analysis.grade_moves import grade_moves
from workbench.analysis.grades import grades
from workbench.analysis.level_tests import level_tests
from workbench.analysis.low_default import low_default
from workbench.analysis.missing_values import missing_values
from workbench.analysis.out_of_time import out_of_time
from workbench.analysis.pd_level import pd_level
from workbench.analysis.recalibration import recalibration
from workbench.analysis.reject_inference import reject_inference
from workbench.analysis.scorecard import scorecard
from workbench.analysis.segment_models import segment_models
from workbench.analysis.selection import selection
from workbench.analysis.status_coding import status_coding
from workbench.analysis.two_scores import two_scores
from workbench.analysis.validation import validation
from workbench.errors import DataError
from workbench.privacy.suppress import suppress

CASES, PREDICTIONS, STEPS = credit.cases(1500), credit.predictions(1500), credit.steps(5000)
EARLIER = credit.predictions(1500, seed=4).assign(cohort=pd.Timestamp("2024-06-30"))
CUSTOMERS, MOVED = credit.customers(1500), PREDICTIONS
SIDED = credit.sided(CASES)
TESTED = PREDICTIONS.assign(cohort=CASES["cohort"].max())
CODED = pd.DataFrame({"month_to": [pd.Timestamp("2025-06-30")], "verdict": ["ordinary"]})
TAPE = credit.outcomes()
DAY = date(2026, 9, 30)
STORIES = {
    "population": lambda: credit_population(TAPE, credit.loans(TAPE, more=3), horizon_months=12),
    "definition": lambda: credit_definition(CASES, horizon_months=12, window_months=6, day=DAY),
    "follow_up": lambda: credit_follow_up(credit.followed(), horizon_months=12),
    "cure": lambda: credit_cure(credit.failing(), credit.failed_tape(), day=DAY),
    "rejected": lambda: reject_inference(credit.applications()),
    "rejected_coefficients": lambda: reject_inference(credit.applications()).coefficients,
}
"""Results of tables of other kinds."""
MAKERS = {
    "sample": (lambda table: credit_sample(table, horizon_months=12), CASES),
    "fields": (credit_fields, CASES),
    "scorecard": (lambda table: scorecard(table, horizon_months=12), CASES),
    "bins": (lambda table: scorecard(table, horizon_months=12).bins, CASES),
    "discrimination": (discrimination, PREDICTIONS),
    "calibration": (calibration, PREDICTIONS),
    "calibration_tests": (calibration_tests, PREDICTIONS),
    "grades": (grades, PREDICTIONS),
    "recalibration": (recalibration, PREDICTIONS),
    "pd_level": (lambda table: pd_level(CASES, table, horizon_months=12), PREDICTIONS),
    "validation": (lambda table: validation(table, EARLIER), PREDICTIONS),
    "validation_appendix": (lambda table: validation(table, EARLIER).appendix, PREDICTIONS),
    "backtest": (lambda table: backtest(table, horizon_months=12), CASES),
    "fairness": (lambda table: fairness(table, CUSTOMERS, min_defaults=5), PREDICTIONS),
    "grade_moves": (lambda table: grade_moves(table, EARLIER), MOVED),
    "capital_effect": (lambda table: capital_effect(table, day=date(2026, 9, 30)), PREDICTIONS),
    "two_scores": (lambda table: two_scores(table, horizon_months=12), SIDED),
    "grid": (lambda table: two_scores(table, horizon_months=12).grid, SIDED),
    "challenger": (lambda table: challenger(table, TESTED, {}, horizon_months=12), SIDED),
    "segment_models": (
        lambda table: segment_models(table, TESTED, horizon_months=12, least=20),
        SIDED,
    ),
    "low_default": (low_default, PREDICTIONS),
    "missing": (missing_values, CASES),
    "field_stability": (field_stability, CASES),
    "selection": (lambda table: selection(scorecard(table, horizon_months=12).card), CASES),
    "built_scale": (lambda table: built_scale(table, EARLIER), PREDICTIONS),
    "given_scale": (lambda table: built_scale(table, EARLIER).given, PREDICTIONS),
    "level_tests": (level_tests, PREDICTIONS),
    "months": (
        lambda table: out_of_time(table, CASES, CODED, horizon_months=12, min_defaults=20),
        CASES.assign(cohort=CASES["cohort"] + pd.DateOffset(years=1)),
    ),
    "status_coding": (status_coding, STEPS),
}


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_results_of_other_tables_speak_and_draw(name, language):
    with text.spoken(language):
        result = suppress(STORIES[name]()).result
        assert result.title()
        assert "nan" not in credit.said(result)
        assert (
            not result.written().astype(str).apply(lambda c: c.str.contains("nan")).any(axis=None)
        )
        if result.figure:
            axes = Figure(figsize=result.figure).subplots()
            assert result.plot(axes) is axes


@pytest.fixture(params=MAKERS)
def maker(request):
    return MAKERS[request.param]


def test_it_speaks_both_languages_and_writes_its_table(maker):
    make, table = maker
    result = suppress(make(table)).result
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert result.title()
            assert "nan" not in credit.said(result)
            written = result.written()
            assert len(written) == len(result.table)
            assert not written.astype(str).apply(lambda c: c.str.contains("nan")).any(axis=None)


def test_its_figure_is_drawn_in_both_languages(maker):
    make, table = maker
    result = make(table)
    for language in text.LANGUAGES:
        with text.spoken(language):
            if result.figure:
                axes = Figure(figsize=result.figure).subplots()
                assert result.plot(axes) is axes
                assert axes.get_xlabel() or axes.get_ylabel()
            else:
                with pytest.raises(TypeError, match="no figure"):
                    result.plot(None)


def test_the_input_is_not_changed(maker):
    make, table = maker
    before = table.copy(deep=True)
    make(table)
    pd.testing.assert_frame_equal(table, before)


def test_a_missing_column_is_named(maker):
    make, table = maker
    name = "loans" if "loans" in table else "pd" if table is MOVED else "defaulted"
    with pytest.raises(DataError, match=f"column '{name}' is missing"):
        make(table.drop(columns=name))


def test_a_table_without_rows_is_refused(maker):
    make, table = maker
    with pytest.raises(DataError, match="there are no"):
        make(table.iloc[:0])
