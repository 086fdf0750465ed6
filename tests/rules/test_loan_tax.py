"""Tax on interest: the share, and who is exempt until when."""

from datetime import date

import pandas as pd
import pytest

from workbench.rules import loan_tax

RULES = loan_tax.rules(date(2026, 9, 30))


def highest(day=date(2026, 9, 30), **loan):
    row = {"segment": "micro", "line": 1e7, "prime": 0.03, **loan}
    return float(loan_tax.highest_exempt(pd.DataFrame([row]), RULES, day)[0])


def test_interest_contains_the_tax_and_surcharges_come_on_top():
    # 4.00 of interest: 4 / 1.06 x 6 % = 0.2264 of tax, and 12 % of that: 0.2536, or 6.34 %.
    assert RULES.tax.share == pytest.approx(0.06 / 1.06 * 1.12, rel=1e-12)
    assert round(RULES.tax.share, 4) == 0.0634


def test_small_lines_of_small_borrowers_are_exempt_up_to_a_multiple_of_the_prime_rate():
    assert highest() == pytest.approx(0.045)
    assert highest(line=1e7 + 1) == 0
    assert highest(segment="consumer") == 0
    assert highest(segment="medium") == 0


def test_the_exemption_ends():
    assert highest(date(2027, 12, 31)) > 0
    assert highest(date(2028, 1, 1)) == 0
