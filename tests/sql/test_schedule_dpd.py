"""Days past due from schedules small enough to count by hand."""

from datetime import date

import pandas as pd
import pytest

from tests.sql import tables

MONTHS = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def instalment(number, due, paid=None, *, loan="L", due_amount=100, part=None):
    """Return an instalment, settled in full on `paid`, or of which `part` is paid."""
    amount = due_amount if paid else part or 0
    return {
        "loan_id": loan,
        "instalment_no": number,
        "due_on": date.fromisoformat(due),
        "due_principal": due_amount,
        "due_interest": 0,
        "paid_principal": amount,
        "paid_interest": 0,
        "paid_on": date.fromisoformat(paid) if paid else None,
    }


def run(*instalments, months=MONTHS, loan="L", start="2026-01-31", as_of="2026-04-30"):
    bank = tables.connection()
    tables.fill(bank, "repayment_schedule", *instalments)
    for month in months:
        row = {"loan_id": loan, "month_end": date.fromisoformat(month)}
        tables.fill(bank, "loan_months", row)
    return tables.query(
        bank,
        "schedule_dpd",
        since=date.fromisoformat(start),
        as_of=date.fromisoformat(as_of),
    )


def test_the_oldest_unpaid_instalment_counts():
    found = run(
        instalment(1, "2026-01-20", "2026-01-20"),
        instalment(2, "2026-02-20"),
        instalment(3, "2026-03-20"),
    )
    assert found["dpd"].tolist() == [0, 8, 39, 69]
    assert found["unpaid"].tolist() == [0, 1, 2, 2]


def test_an_instalment_paid_late_counts_until_the_day_it_was_settled():
    found = run(instalment(1, "2026-01-20", "2026-02-28"), instalment(2, "2026-02-20"))
    assert found["dpd"].tolist() == [11, 8, 39, 69]


@pytest.mark.parametrize(
    ("paid", "expected"), [("2026-01-30", 0), ("2026-01-31", 0), ("2026-02-01", 11)]
)
def test_a_payment_on_the_month_end_is_in_time_for_that_month(paid, expected):
    assert run(instalment(1, "2026-01-20", paid))["dpd"].tolist()[0] == expected


def test_an_instalment_due_on_the_month_end_is_not_yet_past_due():
    found = run(instalment(1, "2026-01-31"))
    assert found["dpd"].tolist() == [0, 28, 59, 89]
    assert found["unpaid"].tolist() == [0, 1, 1, 1]


def test_a_part_payment_does_not_stop_the_clock_and_is_counted():
    found = run(instalment(1, "2026-01-20", part=99))
    assert found["dpd"].tolist()[0] == 11
    assert found["partly_paid"].tolist() == [1, 1, 1, 1]
    assert run(instalment(1, "2026-01-20"))["partly_paid"].tolist() == [0, 0, 0, 0]


def test_an_instalment_that_owes_nothing_is_passed_over():
    found = run(instalment(1, "2026-01-20", due_amount=0), instalment(2, "2026-02-20"))
    assert found["dpd"].tolist() == [0, 8, 39, 69]


def test_an_instalment_paid_in_full_without_a_day_is_counted_as_undated_not_as_unpaid():
    found = run(instalment(1, "2026-01-20", part=100), instalment(2, "2026-03-20"))
    assert found["dpd"].tolist() == [0, 0, 11, 41]
    assert found["undated"].tolist() == [1, 1, 1, 1]


def test_a_loan_without_a_schedule_has_no_days_rather_than_none():
    found = run(instalment(1, "2026-01-20", loan="other"))
    assert found["dpd"].isna().all()
    assert found["unpaid"].isna().all()


def test_months_outside_the_window_are_left_out():
    found = run(instalment(1, "2026-01-20"), start="2026-02-28", as_of="2026-03-31")
    assert found["month_end"].dt.date.tolist() == [date(2026, 2, 28), date(2026, 3, 31)]


def test_it_agrees_with_a_loop_over_random_schedules():
    import numpy as np

    random = np.random.default_rng(5)
    months = pd.date_range("2025-01-31", "2026-06-30", freq="ME")
    rows, bank = [], tables.connection()
    for at in range(60):
        for number in range(1, 13):
            due = pd.Timestamp("2025-01-10") + pd.DateOffset(months=number) + pd.Timedelta(at, "D")
            late = int(random.choice([0, 0, 0, 5, 40, 120]))
            paid = None if random.random() < 0.1 else (due + pd.Timedelta(late, "D")).date()
            day = paid.isoformat() if paid else None
            rows.append(instalment(number, due.date().isoformat(), day, loan=f"L{at:02d}"))
        for month in months:
            tables.fill(bank, "loan_months", {"loan_id": f"L{at:02d}", "month_end": month.date()})
    tables.fill(bank, "repayment_schedule", *rows)
    window = {"since": months[0].date(), "as_of": months[-1].date()}
    found = tables.query(bank, "schedule_dpd", **window)
    for row in found.itertuples():
        end = row.month_end.date()
        open_days = [
            (end - each["due_on"]).days
            for each in rows
            if each["loan_id"] == row.loan_id
            and each["due_on"] < end
            and (each["paid_on"] is None or each["paid_on"] > end)
        ]
        assert row.dpd == max(open_days, default=0)
    assert (found["dpd"] > 90).any()
