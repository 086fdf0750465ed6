"""Equal instalments: worked by paying them back, month by month."""

import numpy as np
import pytest

from workbench.rules.instalments import carried, instalment


@pytest.mark.parametrize(("rate", "months"), [(0.036, 360), (0.12, 24), (1e-9, 36), (0.0, 12)])
def test_paying_the_instalment_every_month_pays_the_loan_back(rate, months):
    left, due = 1e6, float(instalment(1e6, rate, months))
    for _ in range(months):
        left = left * (1 + rate / 12) - due
    assert left == pytest.approx(0, abs=1e-4)


def test_a_known_instalment():
    # A million over 30 years at 3.6 %, as loan calculators print it.
    assert instalment(1e6, 0.036, 360) == pytest.approx(4546.45, abs=0.005)


def test_the_amount_carried_is_the_other_way_round():
    amount, rate, months = np.array([1e4, 5e5]), np.array([0.055, 0.0]), np.array([36, 120])
    np.testing.assert_allclose(carried(instalment(amount, rate, months), rate, months), amount)
