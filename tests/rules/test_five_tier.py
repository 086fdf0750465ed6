"""Day floors at every edge, evidence beyond days, contagion at its edges, and the way up."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench import schema
from workbench.errors import DataError
from workbench.rules import five_tier
from workbench.rules.five_tier import CLASSES
from workbench.rules.tape import UNKNOWN

LOANS, CARDS = five_tier.rules(date(2026, 10, 31))
assert (LOANS.pack.edition, CARDS.pack.edition) == ("2023", "2011")


def names(codes):
    return [CLASSES[code] if code >= 0 else None for code in codes]


def floors(**columns):
    tape = pd.DataFrame({"dpd": [0], "product_type": ["consumer"], **columns})
    return names(five_tier.floors(tape, LOANS, CARDS))


@pytest.mark.parametrize(
    ("dpd", "expected"),
    [
        (0, "normal"),
        (1, "special_mention"),
        (90, "special_mention"),
        (91, "substandard"),
        (270, "substandard"),
        (271, "doubtful"),
        (360, "doubtful"),
        (361, "loss"),
        (9999, "loss"),
    ],
)
def test_a_loan_is_floored_by_more_than_so_many_days(dpd, expected):
    assert floors(dpd=[dpd]) == [expected]


@pytest.mark.parametrize(
    ("dpd", "expected"),
    [
        (0, "normal"),
        (1, "special_mention"),
        (90, "special_mention"),
        (91, "substandard"),
        (120, "substandard"),
        (121, "doubtful"),
        (180, "doubtful"),
        (181, "loss"),
    ],
)
def test_a_card_has_its_own_ladder(dpd, expected):
    assert floors(dpd=[dpd], product_type=["credit_card"]) == [expected]


def test_without_days_past_due_there_is_no_floor():
    assert floors(dpd=[np.nan]) == [None]
    assert five_tier.overdue_floor([np.nan, 5.0], LOANS.overdue).tolist() == [UNKNOWN, 1]


@pytest.mark.parametrize(("dpd", "expected"), [(7, "normal"), (8, "special_mention")])
def test_a_technical_cause_excuses_seven_days(dpd, expected):
    assert floors(dpd=[dpd], technical=[True]) == [expected]
    assert floors(dpd=[dpd], technical=[False]) == ["special_mention"]


def test_evidence_beyond_days_raises_the_floor():
    assert floors(credit_impaired=[True]) == ["substandard"]
    assert floors(bankrupt=[True]) == ["loss"]
    assert floors(restructured=[True]) == ["special_mention"]
    assert floors(restructured_again=[True]) == ["substandard"]
    assert floors(credit_impaired=[None]) == ["normal"]


def test_a_new_loan_that_repays_an_old_one_is_special_mention_and_other_renewals_are_not():
    assert floors(renewal_type=["refinancing"]) == ["special_mention"]
    for other in ("no_repayment", "after_repayment", None):
        assert floors(renewal_type=[other]) == ["normal"]


def test_evidence_never_lowers_a_floor():
    assert floors(dpd=[300], credit_impaired=[True], restructured=[True]) == ["doubtful"]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [(49.99, "substandard"), (50.0, "doubtful"), (89.99, "doubtful"), (90.0, "loss")],
)
def test_expected_loss_counts_from_half_of_the_balance_of_an_impaired_loan(loss, expected):
    found = {"balance": [100.0], "expected_loss": [loss]}
    assert floors(credit_impaired=[True], **found) == [expected]
    assert floors(credit_impaired=[False], **found) == ["normal"]


def spread(bad, total, **more):
    """Return the classes of two loans of a firm, of which the first, of `bad`, is substandard."""
    tape = pd.DataFrame(
        {
            "customer_id": "F",
            "customer_type": "corporate",
            "size_class": "medium",
            "balance": [bad, total - bad],
            **more,
        }
    )
    return raised(tape, np.array([2, 0], np.int8))


def raised(tape, classes):
    return names(np.maximum(classes, five_tier.contagion_floor(tape, classes, LOANS)))


@pytest.mark.parametrize(
    ("bad", "total", "expected"),
    [
        (10.0, 100.0, "special_mention"),
        (10.01, 100.0, "substandard"),
        (11_111_111.11, 111_111_111.1, "special_mention"),
    ],
)
def test_more_than_a_tenth_non_performing_drags_the_rest_along(bad, total, expected):
    assert spread(bad, total) == ["substandard", expected]


def test_sums_of_cents_that_are_exactly_a_tenth_do_not_pass_for_more():
    assert (0.1 + 0.2) / 3 > 0.1
    tape = pd.DataFrame(
        {"customer_id": "F", "customer_type": "corporate", "balance": [0.1, 0.2, 2.7]}
    )
    assert raised(tape, np.array([2, 2, 0], np.int8))[2] == "special_mention"


def test_a_loan_does_not_drag_itself_along():
    tape = pd.DataFrame(
        {"customer_id": ["F", "G", "G"], "customer_type": "corporate", "balance": [9.0, 5.0, 5.0]}
    )
    found = five_tier.contagion_floor(tape, np.array([3, 3, 3], np.int8), LOANS)
    assert names(found) == ["normal", "substandard", "substandard"]


def test_retail_debtors_are_left_alone():
    assert spread(50.0, 100.0, customer_type="individual") == ["substandard", "normal"]
    assert spread(50.0, 100.0, size_class="micro") == ["substandard", "normal"]
    assert spread(50.0, 100.0, product_type="credit_card") == ["substandard", "normal"]


def test_a_debtor_is_judged_month_by_month():
    months = pd.to_datetime(["2026-01-31", "2026-02-28"])
    assert spread(50.0, 100.0, month_end=months) == ["substandard", "normal"]


@pytest.mark.parametrize(
    ("overdue", "expected"), [(0.0, "normal"), (20.0, "special_mention"), (20.01, "substandard")]
)
def test_a_fifth_of_all_debt_long_overdue_makes_it_non_performing(overdue, expected):
    tape = pd.DataFrame(
        {
            "customer_id": ["F", "G"],
            "customer_type": "corporate",
            "balance": 10.0,
            "bureau_balance": [100.0, np.nan],
            "bureau_overdue90": [overdue, np.nan],
        }
    )
    assert raised(tape, np.zeros(2, np.int8)) == [expected, "normal"]


def test_contagion_changes_neither_input():
    tape = pd.DataFrame(
        {"customer_id": ["F", "F"], "customer_type": "corporate", "balance": [50.0, 50.0]}
    )
    before, classes = tape.copy(), np.array([2, 0], np.int8)
    five_tier.contagion_floor(tape, classes, LOANS)
    pd.testing.assert_frame_equal(tape, before)
    assert classes.tolist() == [2, 0]


def test_the_packs_use_codes_of_the_schema():
    assert set(LOANS.refinanced.renewal_types) <= set(schema.values("renewal_type"))
    assert set(LOANS.retail.customer_types) <= set(schema.values("customer_type"))
    assert set(LOANS.retail.size_classes) <= set(schema.values("size_class"))
    assert five_tier.CARD in schema.values("product_type")


def test_an_empty_tape_has_no_floors():
    tape = pd.DataFrame({"customer_id": [], "customer_type": [], "balance": [], "dpd": []})
    tape["product_type"] = tape["customer_type"]
    assert len(five_tier.floors(tape, LOANS, CARDS)) == 0
    assert len(five_tier.contagion_floor(tape, np.empty(0, np.int8), LOANS)) == 0


@pytest.mark.parametrize(
    ("periods", "months", "expected"),
    [(6, 6, True), (5, 5, False), (2, 6, True), (1, 12, False), (2, 5, False), (1, 6, False)],
)
def test_a_cure_takes_two_periods_and_six_months_whichever_is_longer(periods, months, expected):
    assert five_tier.may_upgrade([periods], [months], LOANS.cure).tolist() == [expected]


@pytest.mark.parametrize(
    ("periods", "months", "expected"),
    [(12, 12, True), (11, 11, False), (2, 12, True), (1, 24, False)],
)
def test_a_restructured_loan_is_observed_for_two_periods_and_a_year(periods, months, expected):
    assert five_tier.may_upgrade([periods], [months], LOANS.restructured).tolist() == [expected]


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="column 'dpd' is missing"):
        five_tier.floors(pd.DataFrame({"product_type": []}), LOANS, CARDS)
