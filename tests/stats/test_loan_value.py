"""Prices over the whole life of loans, beside a plain walk through the months of each."""

from dataclasses import replace

import numpy as np
import pytest

from tests.stats.test_loan_price import costs
from workbench.errors import DataError
from workbench.stats import loan_price, loan_value
from workbench.stats.loan_value import BULLET, INSTALMENT, PRINCIPAL, YEAR, Life


def lives(n, seed=5, years=1):
    rng = np.random.default_rng(seed)
    return Life(
        months=rng.choice([1, 5, 12, 18, 36, 60, 240, 360], n),
        method=rng.integers(0, 3, n),
        pd=rng.uniform(0.0005, 0.2, (n, years)),
        prepaid=rng.uniform(0, 0.3, n),
    )


def walked(rate, own, life, row):
    """Return the present value of one loan, month by month."""
    months, method, owed = int(life.months[row]), life.method[row], 1.0
    step = rate[row] / YEAR
    instalment = step / (1 - (1 + step) ** -months)
    value, weight = 0.0, 1.0
    hurdle = own.hurdle / (1 - own.income_tax)
    charge = own.funding[row] * (1 - own.capital[row]) + own.operating[row]
    charge += own.capital[row] * hurdle - own.fee[row]
    for month in range(months):
        year = min(month // YEAR, life.pd.shape[1] - 1)
        fails = 1 - (1 - life.pd[row, year]) ** (1 / YEAR)
        weight /= 1 + own.funding[row] / YEAR
        earned = rate[row] * (1 - own.tax[row]) * (1 - fails * own.lost_interest)
        value += weight * owed * ((earned - charge) / YEAR - fails * own.lgd[row])
        paid = {BULLET: 0.0, PRINCIPAL: 1 / months, INSTALMENT: instalment - step * owed}[method]
        owed -= paid
        weight *= (1 - fails) * (1 - life.prepaid[row]) ** (1 / YEAR)
    return value


@pytest.mark.parametrize("years", [1, 4])
@pytest.mark.parametrize("lost", [0.0, 1.0])
def test_present_values_are_those_of_a_walk_through_the_months(years, lost):
    own, life = replace(costs(150, seed=6), lost_interest=lost), lives(150, years=years)
    rate = np.random.default_rng(7).uniform(0.02, 0.12, 150)
    found = loan_value.present_value(rate, own, life)
    exact = [walked(rate, own, life, row) for row in range(150)]
    np.testing.assert_allclose(found, exact, atol=1e-11)


@pytest.mark.parametrize("years", [1, 6])
def test_at_its_price_a_loan_is_worth_nothing(years):
    own, life = costs(3000, seed=8), lives(3000, years=years)
    rate = loan_value.price(own, life)
    assert np.abs(loan_value.present_value(rate, own, life)).max() < 1e-12


def test_without_risk_the_price_over_the_life_is_that_of_one_year():
    own = costs(500, seed=9, pd=0.0)
    life = replace(lives(500), pd=np.zeros((500, 1)))
    np.testing.assert_allclose(loan_value.price(own, life), loan_price.price(own).rate, rtol=1e-11)


def test_no_price_falls_when_risk_rises():
    own, life = costs(5000, seed=10), lives(5000, years=3)
    worse = replace(life, pd=life.pd + np.random.default_rng(11).uniform(1e-5, 0.1, (5000, 3)))
    assert (loan_value.price(own, worse) > loan_value.price(own, life)).all()


@pytest.mark.parametrize("ratio", [0.98, 1.0, 1.0 + 1e-12, 1.003])
def test_sums_of_powers_are_those_of_their_terms(ratio):
    for months in (0, 1, 2, 12, 360):
        terms = np.arange(months)
        found = loan_value.powers(np.array([ratio]), np.array([months]))
        assert found[0] == pytest.approx((ratio**terms).sum(), rel=1e-9)
        found = loan_value.steps(np.array([ratio]), np.array([months]))
        assert found[0] == pytest.approx((terms * ratio**terms).sum(), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("wrong", [{"months": np.array([0])}, {"pd": np.array([[1.0]])}])
def test_a_loan_without_a_price_is_refused(wrong):
    life = (
        replace(lives(1), months=np.array([12]), **wrong)
        if "pd" in wrong
        else replace(lives(1), **wrong)
    )
    with pytest.raises(DataError, match="at least a month and a PD below 1"):
        loan_value.price(costs(1), life)
