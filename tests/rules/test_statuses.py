"""One tape, three packs: each status by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
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


def by_hand(row, book):
    """Return floor, stage and EBA verdict of one loan, rule by rule, one loan at a time."""
    own = book[book["customer_id"] == row["customer_id"]]
    floor = max(
        by_days(row),
        2 if row["ifrs9_stage"] == 3 else 0,
        3 if row["ifrs9_stage"] == 3 and row["provision"] / row["balance"] >= 0.5 else 0,
        4 if row["ifrs9_stage"] == 3 and row["provision"] / row["balance"] >= 0.9 else 0,
        1 if row["restructured"] else 0,
    )
    if not small(row):
        wide = own[~own.apply(small, axis=1)]
        held = [
            max(
                by_days(each), 2 if each["ifrs9_stage"] == 3 else 0, NAMES.index(each["five_class"])
            )
            for _, each in wide.iterrows()
        ]
        others = [
            each["balance"]
            for (at, each), code in zip(wide.iterrows(), held, strict=True)
            if code >= 2 and at != row.name
        ]
        if sum(others) / wide["balance"].sum() > 0.1:
            floor = max(floor, 2)
        elif others:
            floor = max(floor, 1)
    stage = 3 if row["dpd"] > 90 else 2 if row["dpd"] > 30 or row["restructured"] else 1
    material = [past_due(each, own) for _, each in own.iterrows()]
    pulled = own["balance"][material].sum() / own["balance"].sum() > 0.2
    bad = past_due(row, own) or pulled or row["ifrs9_stage"] == 3
    return floor, stage, int(bad)


NAMES = ["normal", "special_mention", "substandard", "doubtful", "loss"]


def by_days(row):
    card = row["product_type"] == "credit_card"
    return sum(row["dpd"] > days for days in ((0, 90, 120, 180) if card else (0, 90, 270, 360)))


def small(row):
    return (
        row["customer_type"] != "corporate"
        or row["size_class"] in ("small", "micro")
        or row["product_type"] == "credit_card"
    )


def past_due(row, own):
    if row["dpd"] <= 90:
        return False
    if small(row):
        return row["overdue_amount"] > 100 and row["overdue_amount"] / row["balance"] > 0.01
    arrears, exposure = own["overdue_amount"].sum(), own["balance"].sum()
    return arrears > 500 and arrears / exposure > 0.01


def test_random_books_are_judged_as_one_loan_at_a_time():
    random = np.random.default_rng(8)
    n = 400
    types = random.choice(["individual", "corporate", "corporate"], 120)
    owner = random.integers(0, 120, n)
    sizes = np.array(["large", "medium", "small"], dtype=object)[owner % 3]
    book = pd.DataFrame(
        {
            "customer_id": owner,
            "customer_type": types[owner],
            "size_class": np.where(types[owner] == "corporate", sizes, None),
            "product_type": random.choice(["working_capital", "credit_card"], n, p=[0.8, 0.2]),
            "balance": random.integers(1, 200, n) * 100.0,
            "overdue_amount": random.integers(0, 12, n) * 50.0,
            "dpd": random.choice([0, 0, 0, 0, 0, 30, 31, 90, 91, 121, 200, 300, 400], n),
            "five_class": random.choice(NAMES, n, p=[0.86, 0.08, 0.03, 0.02, 0.01]),
            "ifrs9_stage": random.choice([1, 2, 3], n, p=[0.9, 0.05, 0.05]),
            "restructured": random.random(n) < 0.05,
        }
    )
    book["provision"] = book["balance"] * random.choice([0.1, 0.5, 0.9], n)
    found = statuses.judged(book, PACKS)
    got = list(zip(found.floor.tolist(), found.stage.tolist(), found.npe.tolist(), strict=True))
    assert got == [by_hand(row, book) for _, row in book.iterrows()]
    assert {floor for floor, _, _ in got} == set(range(5))


def test_days_of_the_schedule_come_before_the_banks():
    months = pd.to_datetime(["2026-08-31", "2026-09-30"])
    tape = pd.DataFrame({"loan_id": "A", "month_end": months, "dpd": [5, 6]})
    schedule = pd.DataFrame({"loan_id": ["A"], "month_end": months[:1], "dpd": [40]})
    found = statuses.scheduled(tape, schedule)
    assert found["dpd"].tolist() == [40, 6]
    assert found["dpd_reported"].tolist() == [5, 6]
    assert found["dpd_scheduled"].isna().tolist() == [False, True]


def test_a_loan_without_a_customer_is_refused():
    with pytest.raises(DataError, match="customer_id is missing in 1 of 2 rows"):
        judged({}, {"customer_id": None})
