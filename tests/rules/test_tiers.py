"""Customers rise at once and fall after months below; private banking falls later."""

from datetime import date

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.rules import tiers
from workbench.rules.tape import UNKNOWN
from workbench.rules.tiers import Tiers

RULES = tiers.rules(date(2026, 10, 31))
PLACE = {tier.code: at for at, tier in enumerate(RULES.tiers)}
GOLD, SILVER, STANDARD = PLACE["gold"], PLACE["silver"], PLACE["standard"]
DIAMOND, PRIVATE = PLACE["diamond"], PLACE["private_banking"]


def held(*aum):
    return tiers.tiers([aum], RULES)[0].tolist()


@pytest.mark.parametrize("tier", RULES.tiers[1:], ids=lambda tier: tier.code)
def test_a_bound_belongs_to_the_tier_above_it(tier):
    at = PLACE[tier.code]
    assert held(tier.aum_from - 0.01, tier.aum_from) == [at - 1, at]


def test_a_customer_falls_in_the_third_month_below():
    assert held(200_000, 60_000, 60_000, 60_000) == [GOLD, GOLD, GOLD, SILVER]


def test_one_month_back_up_starts_the_count_again():
    low, up = 60_000, 200_000
    assert held(up, low, low, up, low, low, low) == [GOLD] * 6 + [SILVER]


def test_a_private_banking_customer_falls_in_the_sixth_month_below():
    assert held(1e7, *[7e6] * 6) == [PRIVATE] * 6 + [DIAMOND]


def test_the_months_below_are_counted_anew_in_the_lower_tier():
    assert held(200_000, *[60_000] * 3, *[0] * 3) == [GOLD] * 3 + [SILVER] * 3 + [STANDARD]


def test_a_customer_rises_at_once():
    assert held(0, 2e7) == [STANDARD, PRIVATE]


def test_a_month_without_a_value_changes_nothing_and_does_not_count():
    nan = np.nan
    assert held(nan, 200_000, 0, 0, nan, 0) == [UNKNOWN, GOLD, GOLD, GOLD, GOLD, STANDARD]


def test_customers_do_not_touch_each_other():
    random = np.random.default_rng(11)
    aum = random.lognormal(12, 1.5, size=(50, 24))
    together = tiers.tiers(aum, RULES)
    assert together.tolist() == [held(*row) for row in aum]


def test_a_single_row_of_numbers_is_refused():
    with pytest.raises(DataError, match="customers by months"):
        tiers.tiers([1.0, 2.0], RULES)


def test_bounds_that_do_not_rise_are_refused():
    content = RULES.model_dump()
    content["tiers"][1]["aum_from"] = 0
    with pytest.raises(ValueError, match="must begin with 0 and rise"):
        Tiers.model_validate(content)
