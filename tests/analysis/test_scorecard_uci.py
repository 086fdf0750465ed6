"""The risk analyses on the credit-card defaults of Yeh & Lien (2009), through the named queries."""

from datetime import date

import pytest

from tests.sql import tables
from workbench.analysis.backtest import backtest
from workbench.analysis.calibration import calibration, calibration_tests
from workbench.analysis.capital_effect import capital_effect
from workbench.analysis.credit_fields import credit_fields
from workbench.analysis.credit_sample import credit_sample
from workbench.analysis.discrimination import discrimination
from workbench.analysis.fairness import fairness
from workbench.analysis.grade_moves import grade_moves
from workbench.analysis.recalibration import recalibration
from workbench.analysis.scorecard import scorecard
from workbench.analysis.status_coding import status_coding
from workbench.analysis.two_scores import two_scores
from workbench.analysis.validation import validation

MONTHS = ("2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31", "2005-09-30")
STATUS = ("pay_6", "pay_5", "pay_4", "pay_3", "pay_2", "pay_0")


@pytest.fixture(scope="module")
def bank(real_data):
    found = tables.connection()
    found.execute(
        "CREATE TABLE source AS SELECT *, printf('TW%05d', row_number() OVER ()) AS id "
        f"FROM '{real_data / 'uci_taiwan_default.parquet'}'"
    )
    found.execute(
        "INSERT INTO customers BY NAME SELECT id AS customer_id, "
        "'individual' AS customer_type, CASE education WHEN 1 THEN 'postgraduate' "
        "WHEN 2 THEN 'bachelor' WHEN 3 THEN 'secondary' ELSE 'unknown' END AS education FROM source"
    )
    tables.fill(found, "products", {"product_id": "CARD", "product_type": "credit_card"})
    found.execute(
        "INSERT INTO loans BY NAME SELECT id AS loan_id, id AS customer_id, 'CARD' AS product_id, "
        "id AS facility_id, limit_bal AS principal FROM source"
    )
    found.execute(
        "INSERT INTO facilities BY NAME SELECT id AS facility_id, limit_bal AS credit_limit, "
        "true AS revolving FROM source"
    )
    for at, (month, status) in enumerate(zip(MONTHS, STATUS, strict=True)):
        found.execute(
            f"INSERT INTO loan_months BY NAME SELECT id AS loan_id, DATE '{month}' AS month_end, "
            f"bill_amt{6 - at} AS balance, 30 * greatest({status}, 0) AS dpd, "
            f"pay_amt{6 - at} AS paid_amount, CAST({status} AS VARCHAR) AS source_status "
            "FROM source"
        )
    found.execute(
        "INSERT INTO default_outcomes SELECT id, DATE '2005-09-30', 1, has_default = 1, 'owner' "
        "FROM source"
    )
    return found


@pytest.fixture(scope="module")
def cases(bank):
    return tables.credit_cases(bank, horizon=1, window=6, as_of="2005-09-30")


@pytest.fixture(scope="module")
def result(cases):
    return scorecard(cases, horizon_months=1, folds=5)


def test_the_default_rate_is_the_published_one(cases):
    found = credit_sample(cases, horizon_months=1)
    assert found.kind == "folds"
    assert found.facts["defaults"].value == 6636
    assert found.facts["rate"].value == pytest.approx(0.2212)


def test_the_cross_validated_score_ranks_as_well_as_asked(result):
    found = discrimination(result.predictions)
    assert found.facts["cases"].value == 30_000
    assert found.facts["auc"].value >= 0.765


def test_no_protected_attribute_is_used(result):
    assert not {"gender", "birth_year", "marital_status"} & set(result.table["variable"])


def test_level_and_spread_hold_and_the_shape_is_reported_as_refuted(result):
    assert calibration(result.predictions).facts["error"].value < 0.015
    tests = calibration_tests(result.predictions)
    assert tests.facts["slope"].low < 1 < tests.facts["slope"].high
    assert tests.facts["in_the_large"].low < 0 < tests.facts["in_the_large"].high
    assert tests.facts["hosmer_lemeshow_p"].value < 0.001
    assert tests.verdict == "shape"


def test_columns_the_source_does_not_supply_are_named(result):
    absent = result.table.loc[result.table["fate"] == "not_supplied", "variable"]
    assert {"bureau_score", "leverage", "rate", "contacts"} <= set(absent)


def test_the_change_of_coding_in_the_last_month_is_found(bank):
    found = status_coding(tables.query(bank, "status_steps", as_of="2005-09-30"))
    assert found.table["verdict"].tolist() == ["ordinary"] * 4 + ["break"]
    last = found.table.iloc[-1]
    assert (last["state_from"], last["state_to"]) == ("0", "1")
    assert last["share_elsewhere"] < 0.001
    assert last["share_step"] > 0.05


def test_behaviour_tells_more_than_ability_and_both_together_most(cases):
    found = two_scores(cases, horizon_months=1)
    areas = found.table.set_index("score_side")["auc"]
    assert areas["together"] > areas["willingness"] > areas["ability"] > 0.6
    assert found.facts["p_gain"].value < 0.001


def test_the_page_finds_what_the_tests_of_calibration_find(result):
    found = validation(result.predictions, result.development).table.set_index("measure")["light"]
    assert "psi" not in found.index
    assert found["auc"] == "green"
    assert found["level"] == "green"
    assert found["slope"] == "green"


def test_a_curve_bent_in_the_middle_is_bettered_by_no_simple_shift(result):
    found = recalibration(result.predictions).table.set_index("method")
    assert found.loc["intercept", "gain_high"] < 0.5
    assert found.loc[["intercept", "platt", "beta"], "slope"].between(0.95, 1.05).all()


def test_a_single_cohort_has_no_later_one(cases, result):
    assert backtest(cases, horizon_months=1) is None
    assert grade_moves(result.predictions, result.development) is None


def test_features_capital_and_fairness_need_no_more_than_the_source_has(bank, cases, result):
    found = credit_fields(cases).table.set_index("variable")["field_finding"]
    assert found["bureau_score"] == "empty"
    assert not set(found) & {"late", "too_good"}
    assert (
        abs(capital_effect(result.predictions, day=date(2026, 9, 30)).facts["change"].value) < 0.1
    )
    customers = bank.execute("SELECT * FROM customers").df()
    assert fairness(result.predictions, customers) is None
