"""Migration rates by the worked example, and what two easy mistakes would make of it."""

from datetime import date
from itertools import pairwise

import pytest

from tests.sql import tables

OPENING, CLOSING = date(2025, 12, 31), date(2026, 12, 31)
BEGINS = (
    ("mig_performing", "normal"),
    ("mig_normal", "normal"),
    ("mig_sm", "special_mention"),
    ("mig_sub", "substandard"),
    ("mig_doubt", "doubtful"),
)
RATES = tuple(name for name, _ in BEGINS)


def row(loan, day, balance, five_class, written_off=0):
    return {
        "loan_id": loan,
        "month_end": day,
        "balance": balance,
        "five_class": five_class,
        "written_off_amount": written_off,
    }


EXAMPLE = [
    row("A", OPENING, 100, "normal"),
    row("A", CLOSING, 80, "normal"),
    row("B", OPENING, 50, "normal"),
    row("B", CLOSING, 50, "special_mention"),
    row("C", OPENING, 30, "normal"),
    row("D", OPENING, 20, "special_mention"),
    row("D", CLOSING, 15, "substandard"),
]


def book(*rows):
    bank = tables.connection()
    tables.fill(bank, "loan_months", *rows)
    return bank


def rate(name, *rows):
    window = {"from": OPENING, "to": CLOSING}
    return tables.query(book(*rows), f"kpi/{name}", **window).iloc[0]


def test_the_worked_example():
    normal = rate("mig_normal", *EXAMPLE)
    assert (normal["numerator"], normal["denominator"]) == (50, 130)
    assert normal["value"] == pytest.approx(0.3846, abs=5e-5)
    performing = rate("mig_performing", *EXAMPLE)
    assert (performing["numerator"], performing["denominator"]) == (15, 145)
    assert performing["value"] == pytest.approx(0.1034, abs=5e-5)
    assert rate("mig_sm", *EXAMPLE)["value"] == 1


def test_the_smaller_of_nothing_and_a_balance_would_keep_a_repaid_loan():
    trap = """
        select sum(least(c.balance, o.balance)) as kept
        from loan_months as o
        left join loan_months as c on c.loan_id = o.loan_id and c.month_end = $to
        where o.month_end = $from and o.five_class in ('normal', 'special_mention')
    """
    window = {"from": OPENING, "to": CLOSING}
    kept = float(book(*EXAMPLE).execute(trap, window).fetchone()[0])
    assert kept == 175
    assert 15 / kept == pytest.approx(0.0857, abs=5e-5)
    # And by class: 50 of 160 instead of 50 of 130.
    normal = trap.replace("in ('normal', 'special_mention')", "= 'normal'")
    assert float(book(*EXAMPLE).execute(normal, window).fetchone()[0]) == 160


def test_each_rate_counts_the_moves_of_its_own_class():
    ladder = ("normal", "special_mention", "substandard", "doubtful", "loss")
    rows = [row(name, OPENING, 100, name) for name in ladder]
    rows += [row(name, CLOSING, 100, worse) for name, worse in pairwise(ladder)]
    found = {name: rate(name, *rows) for name in RATES}
    assert {name: each["value"] for name, each in found.items()} == {
        "mig_performing": 0.5,
        "mig_normal": 1,
        "mig_sm": 1,
        "mig_sub": 1,
        "mig_doubt": 1,
    }
    assert [found[name]["denominator"] for name in RATES] == [200, 100, 100, 100, 100]


@pytest.mark.parametrize("name", RATES)
def test_a_class_that_stays_or_improves_does_not_move(name):
    ladder = ("normal", "special_mention", "substandard", "doubtful")
    rows = [row(each, day, 100, each) for each in ladder for day in (OPENING, CLOSING)]
    better = [row(f"up-{each}", OPENING, 100, each) for each in ladder[1:]]
    better += [row(f"up-{each}", CLOSING, 100, ladder[at]) for at, each in enumerate(ladder[1:])]
    assert rate(name, *rows, *better)["value"] == 0


def test_new_money_on_a_loan_does_not_count_and_new_loans_neither():
    rows = [
        row("A", OPENING, 100, "normal"),
        row("A", CLOSING, 150, "special_mention"),
        row("new", CLOSING, 500, "special_mention"),
    ]
    found = rate("mig_normal", *rows)
    assert (found["numerator"], found["denominator"]) == (100, 100)


def test_write_offs_leave_both_sides_and_the_adjusted_rate_puts_them_back():
    middle = date(2026, 6, 30)
    rows = [
        row("A", OPENING, 80, "special_mention"),
        row("A", CLOSING, 80, "special_mention"),
        row("B", OPENING, 20, "special_mention"),
        row("B", middle, 0, "loss", written_off=20),
    ]
    found = rate("mig_sm", *rows)
    assert (found["value"], found["value_adjusted"]) == (0, 0.2)


@pytest.mark.parametrize(("name", "begin"), BEGINS)
def test_only_write_offs_of_the_class_and_after_the_opening_day_are_added(name, begin):
    stays = [row("A", day, 80, begin) for day in (OPENING, CLOSING)]
    before = row("B", OPENING, 20, begin, written_off=20)
    other = [row("C", OPENING, 20, "loss"), row("C", CLOSING, 0, "loss", written_off=20)]
    assert rate(name, *stays, before, *other)["value_adjusted"] == 0
    last = row("B", CLOSING, 0, "loss", written_off=20)
    assert rate(name, *stays, before, *other, last)["value_adjusted"] == 0.2


def test_a_loan_counts_at_most_once_with_what_was_written_off_of_it():
    rows = [
        row("A", OPENING, 100, "special_mention"),
        row("A", CLOSING, 70, "substandard", written_off=50),
        row("B", OPENING, 100, "special_mention"),
        row("B", CLOSING, 100, "special_mention"),
    ]
    found = rate("mig_sm", *rows)
    assert (found["value"], found["value_adjusted"]) == (70 / 170, 0.5)


@pytest.mark.parametrize("name", RATES)
def test_without_an_opening_balance_there_is_no_rate(name):
    assert rate(name, row("A", CLOSING, 100, "loss")).isna()["value"]
