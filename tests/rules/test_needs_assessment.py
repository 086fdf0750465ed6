"""What is assumed beyond the regulator's formulas, worked by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from workbench.errors import ParameterError
from workbench.rules import affordability, needs_assessment
from workbench.rules.affordability import Limits

RULES = needs_assessment.rules(date(2026, 9, 30))


def test_growth_stays_within_its_bounds_and_is_nothing_where_unknown():
    found = needs_assessment.expected_growth(np.array([-0.5, 0.1, 1.5, np.nan]), RULES)
    np.testing.assert_allclose(found, [-0.2, 0.1, 0.3, 0.0])


def test_income_counts_by_how_it_was_established():
    basis = pd.Series(["verified", "self_declared", None])
    found = needs_assessment.counted_income(np.full(3, 1000.0), basis, RULES)
    np.testing.assert_allclose(found, [1000, 700, np.nan])


def test_a_way_to_establish_income_that_the_pack_does_not_know_is_named():
    with pytest.raises(ParameterError, match=r"'hearsay'; add it under \[income.counted\]"):
        needs_assessment.counted_income(np.array([1.0]), pd.Series(["hearsay"]), RULES)


def test_investment_replaces_what_wears_out_and_adds_what_grows():
    found = needs_assessment.investment_need(
        np.array([1000.0, 1000.0, 1000.0]), np.array([0.0, 0.1, -0.2]), RULES
    )
    np.testing.assert_allclose(found, [100, 200, 0])


def test_the_loan_for_an_investment_is_what_owners_do_not_bring_as_far_as_it_is_paid():
    # Cash flow 120 over a cover of 1.2 leaves 100; less service 70, 30 a year pay back
    # 30 / (1/5 + 4.5 % / 2) = 134.83 in five years.
    found = needs_assessment.investment_loan(
        np.array([100.0, 1000.0, 1000.0]),
        np.array([120.0, 120.0, -10.0]),
        np.array([70.0, 70.0, 0.0]),
        RULES,
    )
    np.testing.assert_allclose(found, [80, 30 / 0.2225, 0])


def test_a_home_is_lent_on_by_value_or_by_income_whichever_is_less():
    found = needs_assessment.housing_loan(
        np.array([1e6, 1e6, np.nan]), np.array([9e5, 3e5, 3e5]), RULES
    )
    np.testing.assert_allclose(found, [8e5, 3e5, np.nan])


def test_living_costs_no_less_than_the_least():
    found = needs_assessment.living_cost(np.array([60000.0, 6000.0, np.nan]), RULES)
    np.testing.assert_allclose(found, [5000, 1500, 1500])


def test_debt_service_debt_and_what_is_left_of_income():
    income, service = np.array([10000.0, 0.0]), np.array([5500.0, 100.0])
    found = affordability.debt_service_to_income(service, income)
    # Exactly the limit is not more than the limit.
    assert found[0] == affordability.rules(date(2026, 9, 30)).limits.all_debt
    assert np.isnan(found[1])
    assert affordability.debt_to_income(np.array([3.6e5]), np.array([1.2e5]))[0] == 3
    left = affordability.residual_income(income, service, np.array([4000.0, 0.0]))
    np.testing.assert_allclose(left, [500, -100])
    np.testing.assert_allclose(affordability.spare_payment(income, service, 0.6), [500, 0])


def test_a_limit_of_housing_above_that_of_all_debt_is_refused():
    with pytest.raises(ValidationError, match="above that of all debt"):
        Limits(housing=0.6, all_debt=0.5)
