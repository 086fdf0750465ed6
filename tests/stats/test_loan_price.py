"""Prices from cost: by hand, round trips, parts that add up, and no price that falls with risk."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.stats import loan_price
from workbench.stats.loan_price import Costs


def costs(n=1, seed=0, **given):
    rng = np.random.default_rng(seed)
    columns = {
        "funding": rng.uniform(0.01, 0.03, n),
        "operating": rng.uniform(0.001, 0.02, n),
        "pd": rng.uniform(0.0005, 0.3, n),
        "lgd": rng.uniform(0.05, 0.9, n),
        "capital": rng.uniform(0.01, 0.11, n),
        "tax": rng.choice([0.0, 0.0634], n),
        "fee": rng.uniform(0, 0.004, n),
    }
    columns |= {name: np.full(n, value) for name, value in given.items()}
    return Costs.of(columns, hurdle=0.11, income_tax=0.25)


def test_a_price_worked_by_hand():
    # Funding 2 % x 0.9 + cost 1 % + loss 2 % x 50 % + capital 10 % x 11 % / 0.75, over 98 % x 0.94.
    own = costs(funding=0.02, operating=0.01, pd=0.02, lgd=0.5, capital=0.1, tax=0.06, fee=0.0)
    needed = 0.018 + 0.01 + 0.01 + 0.1 * 0.11 / 0.75
    assert loan_price.price(own).rate[0] == pytest.approx(needed / (0.98 * 0.94), rel=1e-14)
    assert loan_price.raroc(0.05, own)[0] == pytest.approx(
        (0.05 * 0.98 * 0.94 - 0.038) * 0.75 / 0.1, rel=1e-12
    )


@pytest.mark.parametrize("lost", [0.0, 1.0])
def test_at_its_price_a_loan_earns_the_hurdle_and_adds_nothing(lost):
    own = replace(costs(10_000, seed=1), lost_interest=lost)
    rate = loan_price.price(own).rate
    assert np.abs(loan_price.raroc(rate, own) - own.hurdle).max() < 1e-10
    assert np.abs(loan_price.value_added(rate, own)).max() < 1e-12


def test_the_parts_add_up_to_the_price():
    own = costs(10_000, seed=2)
    found = loan_price.price(own)
    parts = found.funding + found.operating + found.loss + found.capital + found.tax - found.fee
    np.testing.assert_allclose(parts, found.rate, rtol=1e-12)


@pytest.mark.parametrize("name", ["pd", "lgd", "funding", "operating", "capital", "tax"])
def test_no_price_falls_when_a_cost_rises(name):
    own = costs(20_000, seed=3)
    # Capital replaces funds: it costs more only where the hurdle is above the transfer price.
    rng = np.random.default_rng(4)
    more = replace(own, **{name: getattr(own, name) + rng.uniform(1e-6, 0.05, 20_000)})
    assert (loan_price.price(more).rate > loan_price.price(own).rate).all()


def test_an_exempt_price_is_without_tax_where_it_may_be():
    own = costs(3, funding=0.02, operating=0.01, pd=0.01, lgd=0.4, capital=0.08, tax=0.0634, fee=0)
    free = loan_price.price(replace(own, tax=np.zeros(3))).rate[0]
    found, used = loan_price.exempt_price(own, np.array([free + 1e-9, free - 1e-9, 0.0]))
    assert used.tax.tolist() == [0.0, 0.0634, 0.0634]
    assert found.rate[0] == pytest.approx(free)
    assert found.rate[1] == found.rate[2] > free
