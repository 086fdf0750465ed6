"""IFRS 9 stages and EBA non-performing exposures at their edges."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError
from workbench.rules import ifrs9, npe
from workbench.rules.tape import UNKNOWN

DAY = date(2026, 10, 31)
STAGES, EBA = ifrs9.rules(DAY), npe.rules(DAY)


def stage(**columns):
    return ifrs9.stages(pd.DataFrame({"dpd": [0], **columns}), STAGES).tolist()[0]


@pytest.mark.parametrize(
    ("dpd", "expected"), [(0, 1), (30, 1), (31, 2), (90, 2), (91, 3), (np.nan, UNKNOWN)]
)
def test_backstops_are_more_than_thirty_and_more_than_ninety_days(dpd, expected):
    assert stage(dpd=[dpd]) == expected


def test_evidence_beyond_days_raises_the_stage():
    assert stage(restructured=[True]) == 2
    assert stage(watch_listed=[True]) == 2
    assert stage(significant_rise=[True]) == 2
    assert stage(credit_impaired=[True], watch_listed=[True]) == 3
    assert stage(dpd=[np.nan], credit_impaired=[True]) == 3


@pytest.mark.parametrize(("now", "expected"), [(0.0299, 1), (0.03, 2)])
def test_three_times_the_probability_at_origination_is_a_significant_rise(now, expected):
    assert stage(pd_now=[now], pd_at_origination=[0.01]) == expected


def exposures(*rows, units_per_euro=1.0):
    base = {
        "customer_id": "A",
        "dpd": 91,
        "overdue_amount": 101.0,
        "balance": 1000.0,
        "retail": True,
    }
    tape = pd.DataFrame([{**base, **row} for row in rows])
    return npe.non_performing(tape, EBA, units_per_euro=units_per_euro).tolist()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, 1),
        ({"dpd": 90}, 0),
        ({"dpd": np.nan}, UNKNOWN),
        ({"overdue_amount": 100.0}, 0),
        ({"overdue_amount": 101.0, "balance": 10_100.0}, 0),
        ({"overdue_amount": 101.0, "balance": 10_099.0}, 1),
        ({"overdue_amount": 500.0, "retail": False}, 0),
        ({"overdue_amount": 500.01, "retail": False}, 1),
    ],
)
def test_arrears_count_above_days_amount_and_share(row, expected):
    assert exposures(row) == [expected]


def test_arrears_are_compared_in_euro():
    assert exposures({"overdue_amount": 780.0}, units_per_euro=7.8) == [0]
    assert exposures({"overdue_amount": 780.01}, units_per_euro=7.8) == [1]
    with pytest.raises(ParameterError, match="units_per_euro must be positive"):
        exposures({}, units_per_euro=0)


def test_arrears_of_firms_are_weighed_together_and_those_of_people_apart():
    two = ({"overdue_amount": 300.0}, {"overdue_amount": 300.0})
    assert exposures(*({**row, "retail": False} for row in two)) == [1, 1]
    small = ({"overdue_amount": 60.0}, {"overdue_amount": 60.0})
    assert exposures(*small) == [0, 0]


@pytest.mark.parametrize(("balance", "expected"), [(4000.0, 0), (3999.0, 1)])
def test_more_than_a_fifth_past_due_pulls_the_rest(balance, expected):
    assert exposures({}, {"dpd": 0, "overdue_amount": 0.0, "balance": balance}) == [1, expected]
    other = {"customer_id": "B", "dpd": 0, "overdue_amount": 0.0, "balance": balance}
    assert exposures({}, other) == [1, 0]


def test_forborne_loans_fail_their_probation_after_thirty_days_or_a_second_measure():
    quiet = {"overdue_amount": 0.0}
    assert exposures({**quiet, "dpd": 30, "probation": True}) == [0]
    assert exposures({**quiet, "dpd": 31, "probation": True}) == [1]
    assert exposures({**quiet, "dpd": 31, "probation": False}) == [0]
    assert exposures({**quiet, "dpd": 0, "probation": True, "forborne_again": True}) == [1]
    assert exposures({**quiet, "dpd": 0, "probation": False, "forborne_again": True}) == [0]


@pytest.mark.parametrize("evidence", ["unlikely_to_pay", "credit_impaired", "bankrupt"])
def test_a_debtor_who_is_unlikely_to_pay_is_non_performing_without_arrears(evidence):
    assert exposures({"dpd": 0, "overdue_amount": 0.0, evidence: True}) == [1]
