"""Months without arrears, and upgrades that came too early."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.rules import cure, five_tier
from workbench.rules.tape import UNKNOWN

LOANS, _ = five_tier.rules(date(2026, 10, 31))


def history(*dpd, classes=None, start="2025-01-31", loan="L", **more):
    ends = pd.date_range(start, periods=len(dpd), freq="ME")
    five_class = classes or ["normal"] * len(dpd)
    tape = pd.DataFrame({"loan_id": loan, "month_end": ends, "dpd": dpd, "five_class": five_class})
    return tape.assign(**{"customer_type": "corporate", "size_class": "medium", **more})


def test_clean_months_are_counted_from_the_last_month_in_arrears():
    assert cure.clean_months(history(5, 0, 0, 3, 0)).tolist() == [0, 1, 2, 0, 1]


def test_a_run_whose_beginning_nobody_saw_is_unknown():
    assert cure.clean_months(history(0, 0, 9, 0)).tolist() == [UNKNOWN, UNKNOWN, 0, 1]
    gap = history(9, 0, 0, 0).drop(index=2)
    assert cure.clean_months(gap).tolist() == [0, 1, UNKNOWN]
    assert cure.clean_months(history(9, 0, np.nan, 0)).tolist() == [0, 1, UNKNOWN, UNKNOWN]


def test_loans_are_counted_apart_and_in_any_order():
    tape = pd.concat([history(9, 0, 0, loan="A"), history(0, 0, 9, loan="B")], ignore_index=True)
    mixed = tape.sample(frac=1, random_state=3)
    found = pd.Series(cure.clean_months(mixed), index=mixed.index).sort_index()
    assert found.tolist() == [0, 1, 2, UNKNOWN, UNKNOWN, 0]


def moved(clean, **more):
    classes = ["substandard"] * clean + ["normal"]
    return cure.upgrades(history(95, *[0] * clean, classes=classes, **more), LOANS)


@pytest.mark.parametrize(("clean", "early"), [(1, True), (5, True), (6, False), (7, False)])
def test_an_upgrade_before_six_clean_month_ends_is_early(clean, early):
    found = moved(clean)
    assert found.upgraded.tolist() == [False] * clean + [True]
    assert found.early.tolist() == [False] * clean + [early]


def test_retail_claims_may_go_up_by_days_past_due_alone():
    assert not moved(1, customer_type="individual").upgraded.any()
    assert not moved(1, size_class="small").upgraded.any()


def test_an_upgrade_across_a_gap_is_not_one():
    tape = history(95, 0, 0, classes=["substandard", "substandard", "normal"]).drop(index=1)
    assert not cure.upgrades(tape, LOANS).upgraded.any()


def test_a_clean_run_older_than_the_tape_is_not_called_early():
    tape = history(0, 0, classes=["substandard", "normal"])
    found = cure.upgrades(tape, LOANS)
    assert (found.upgraded.tolist(), found.early.any()) == ([False, True], False)


def test_an_empty_tape_has_no_upgrades():
    assert len(cure.upgrades(history(), LOANS).upgraded) == 0


def stood(*dpd, months=3):
    tape = history(*dpd)
    return cure.standing(tape, tape["dpd"].to_numpy() > 90, months).tolist()


def test_a_default_is_cured_only_by_clean_months_in_a_row():
    assert stood(0, 95, 40, 0, 0, 0, 0) == [0, 2, 1, 1, 1, 0, 0]
    # Arrears, even small ones, begin the count again; a new default is a default.
    assert stood(95, 0, 0, 5, 0, 0, 0) == [2, 1, 1, 1, 1, 1, 0]
    assert stood(95, 0, 0, 0, 95, 0) == [2, 1, 1, 0, 2, 1]


def test_a_loan_that_never_failed_stands_sound_whatever_its_arrears():
    assert stood(0, 60, 0, 90, 0) == [0, 0, 0, 0, 0]


def test_standings_of_loans_are_kept_apart_in_any_order():
    both = pd.concat([history(95, 0, 0, loan="A"), history(0, 0, 0, loan="B")], ignore_index=True)
    mixed = both.sample(frac=1, random_state=5)
    found = cure.standing(mixed, mixed["dpd"].to_numpy() > 90, 3)
    assert pd.Series(found, mixed.index).sort_index().tolist() == [2, 1, 1, 0, 0, 0]
