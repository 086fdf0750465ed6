"""Risk weights of the standardised approach, case by case."""

from datetime import date

import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.rules import capital

RULES = capital.rules(date(2026, 9, 30))
HOME = {"segment": "mortgage", "product_type": "mortgage", "owed": 1e6, "principal": 1e6}


def weight(**loan):
    usual = {"segment": "large", "product_type": "working_capital", "owed": 5e7, "principal": 5e7}
    row = {**usual, "security_value": None, **loan}
    return float(capital.risk_weights(pd.DataFrame([row]), RULES)[0])


@pytest.mark.parametrize(
    ("loan", "expected"),
    [
        ({}, 1.0),
        ({"segment": "medium"}, 0.85),
        ({"segment": "small", "owed": 1e7}, 0.75),
        ({"segment": "small", "owed": 1.01e7}, 0.85),
        ({"segment": "micro", "owed": 2e7}, 0.75),
        ({"segment": "consumer", "product_type": "consumer", "owed": 1e5}, 0.75),
        ({"segment": "business_owner", "owed": 1.2e7}, 1.0),
        ({"segment": "mortgage", "product_type": "consumer", "owed": 1e5}, 0.75),
        ({**HOME, "security_value": 2e6}, 0.20),
        ({**HOME, "security_value": 1e6 / 0.5001}, 0.25),
        ({**HOME, "security_value": 1e6 / 0.8}, 0.30),
        ({**HOME, "security_value": 1e6}, 0.50),
        ({**HOME, "security_value": 5e5}, 0.70),
        (HOME, 0.50),
    ],
)
def test_a_loan_has_the_weight_of_the_rules(loan, expected):
    assert weight(**loan) == expected


def test_a_segment_without_a_weight_is_named():
    with pytest.raises(DataError, match="segment 'bank' has no risk weight"):
        weight(segment="bank")
