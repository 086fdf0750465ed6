"""One tape, three packs: each status by hand."""

from datetime import date

import numpy as np
import pandas as pd

from workbench.rules import statuses
from workbench.rules.tape import UNKNOWN

PACKS = statuses.packs(date(2026, 10, 31))
LOAN = {
    "customer_id": "A",
    "customer_type": "individual",
    "size_class": None,
    "product_type": "consumer",
    "balance": 10_000.0,
    "overdue_amount": 0.0,
    "provision": 100.0,
    "dpd": 0,
    "five_class": "normal",
    "ifrs9_stage": 1,
    "restructured": False,
}


def judged(*rows):
    tape = pd.DataFrame([{**LOAN, **row} for row in rows])
    found = statuses.judged(tape, PACKS)
    return list(zip(found.floor.tolist(), found.stage.tolist(), found.npe.tolist(), strict=True))


def test_the_three_rules_part_ways_where_their_evidence_differs():
    late = {"dpd": 91, "overdue_amount": 200.0}
    assert judged(late) == [(2, 3, 1)]
    # Arrears too small for the EBA, but not for the five tiers and IFRS 9.
    assert judged({**late, "overdue_amount": 50.0}) == [(2, 3, 0)]
    # Thirty-one days: special mention and stage 2, performing.
    assert judged({"dpd": 31, "overdue_amount": 200.0}) == [(1, 2, 0)]
    # One day: special mention, but no significant rise of credit risk.
    assert judged({"dpd": 1}) == [(1, 1, 0)]


def test_the_banks_stage_three_is_evidence_for_the_others_and_not_for_itself():
    impaired = {"ifrs9_stage": 3, "provision": 6000.0}
    assert judged(impaired) == [(3, 1, 1)]


def test_the_banks_own_judgement_of_one_loan_spreads_to_the_others_and_not_to_itself():
    firm = {"customer_type": "corporate", "size_class": "large"}
    assert judged({**firm, "five_class": "substandard"}) == [(0, 1, 0)]
    assert judged({**firm, "five_class": "substandard"}, firm) == [(0, 1, 0), (2, 1, 0)]


def test_missing_days_leave_statuses_open():
    assert judged({"dpd": np.nan, "ifrs9_stage": None}) == [(UNKNOWN, UNKNOWN, UNKNOWN)]
