"""The bank's own parameters: curve, costs, recorded income, quotes and authorities."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from workbench.errors import ParameterError
from workbench.rules import loan_pricing
from workbench.rules.loan_pricing import Funding

RULES = loan_pricing.rules(date(2026, 9, 30))
LOAN = {
    **{"term": 12, "repayment_method": "interest_only_bullet", "rate_type": "fixed"},
    **{"reprice_months": None, "segment": "micro", "principal": 1e6, "owed": 2e6},
    **{"deposits": 1e5, "deposit_months": 12, "lgd": None, "main_security": "mortgage"},
    **{"product_type": "credit"},
}


def loans(*changes):
    return pd.DataFrame([{**LOAN, **change} for change in changes or ({},)])


def test_the_curve_is_straight_between_its_points_and_level_beyond():
    curve = Funding.model_validate(
        {
            "liquidity_share": 0.5,
            "curve": [{"months": 12, "rate": 0.02}, {"months": 36, "rate": 0.03}],
        }
    )
    months = np.array([1.0, 12, 24, 36, 400])
    np.testing.assert_allclose(curve.rate(months), [0.02, 0.02, 0.025, 0.03, 0.03])


def test_a_curve_that_does_not_rise_in_months_is_refused():
    points = [{"months": 36, "rate": 0.03}, {"months": 12, "rate": 0.02}]
    with pytest.raises(ValidationError, match="must rise"):
        Funding.model_validate({"liquidity_share": 0.5, "curve": points})


def test_money_that_comes_back_in_parts_is_funded_for_its_average_life():
    found = loan_pricing.funding(
        loans(
            {"term": 12},
            {"term": 23, "repayment_method": "equal_principal"},
            {"term": 360, "repayment_method": "equal_instalment"},
        ),
        RULES,
    )
    assert found[0] == found[1]
    assert found[2] == RULES.funding.rate(np.array([180.5]))[0]


def test_a_floating_loan_bears_part_of_the_slope():
    fixed, floating = loan_pricing.funding(
        loans({"term": 60}, {"term": 60, "rate_type": "floating", "reprice_months": 12}), RULES
    )
    short = RULES.funding.rate(np.array([12.0]))[0]
    share = RULES.funding.liquidity_share
    assert floating == pytest.approx(short + share * (fixed - short), rel=1e-12)


def test_what_making_a_loan_costs_is_spread_over_its_term():
    cost = RULES.cost["micro"]
    one, two = loan_pricing.operating(loans({}, {"term": 24}), RULES)
    assert one == pytest.approx(cost.rate + cost.per_loan / 1e6, rel=1e-12)
    assert two == pytest.approx(cost.rate + cost.per_loan / 1e6 / 2, rel=1e-12)
    with pytest.raises(ParameterError, match="no cost of segment 'moon'"):
        loan_pricing.operating(loans({"segment": "moon"}), RULES)


def test_only_recorded_income_lowers_a_floor_and_only_so_far():
    own = RULES.relationship
    found = loan_pricing.credit(
        loans(
            {},
            {"deposit_months": own.least_months - 1},
            {"deposit_months": None},
            {"deposits": None},
            {"deposits": 1e9},
        ),
        RULES,
    )
    assert found[0] == pytest.approx(own.deposit_margin * own.credited * 1e5 / 2e6, rel=1e-12)
    assert found[1:4].tolist() == [0, 0, 0]
    assert found[4] == own.most_bp / 1e4


def test_the_assessed_loss_goes_before_that_of_the_security():
    assert loan_pricing.loss_given_default(loans({}, {"lgd": 0.4}), RULES).tolist() == [
        RULES.loss.mortgage,
        0.4,
    ]


def test_quotes_are_rounded_up_to_steps_and_stay_on_them():
    rates = np.array([0.0305, 0.03051, 0.0295])
    found = loan_pricing.quoted(rates, np.full(3, 0.03), RULES)
    assert found.tolist() == [5, 10, -5]


def test_the_level_rises_with_the_deviation_at_its_bounds():
    first, second = (entry.below_bp for entry in RULES.authority[:2])
    beside = np.array([20.0, 0, -first, -first - 0.01, -second, -second - 0.01, np.nan])
    found = loan_pricing.level_needed(beside, RULES)
    np.testing.assert_array_equal(found, [0, 0, 0, 1, 1, 2, np.nan])


def test_prepayment_follows_the_product():
    found = loan_pricing.prepaid(loans({"product_type": "mortgage"}, {}), RULES)
    assert found.tolist() == [RULES.prepayment["mortgage"], RULES.prepayment["other"]]
