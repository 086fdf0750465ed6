from datetime import date

from tests.sql import tables


def steps(rows, as_of="2025-12-31"):
    bank = tables.connection()
    for name, month, dpd in rows:
        tables.fill(
            bank,
            "loan_months",
            {"loan_id": name, "month_end": date.fromisoformat(month), "dpd": dpd},
        )
    return tables.query(bank, "status_steps", as_of=date.fromisoformat(as_of))


def test_states_are_months_late_by_days_past_due():
    days = {0: 0, 1: 1, 30: 1, 31: 2, 60: 2, 61: 3, 90: 3, 91: 4, 400: 4}
    for dpd, state in days.items():
        found = steps([("L", "2025-01-31", dpd), ("L", "2025-02-28", 0)])
        assert found["state_from"].tolist() == [state]


def test_loans_are_counted_per_move():
    rows = [(name, "2025-01-31", 0) for name in "AB"]
    found = steps([*rows, ("A", "2025-02-28", 5), ("B", "2025-02-28", 9)])
    assert found[["state_from", "state_to", "loans"]].to_numpy().tolist() == [[0, 1, 2]]
    assert found["month_to"].dt.date.tolist() == [date(2025, 2, 28)]


def test_a_month_that_is_missing_makes_no_step():
    assert steps([("A", "2025-01-31", 0), ("A", "2025-03-31", 0)]).empty


def test_months_after_the_day_are_not_used():
    rows = [("A", "2025-01-31", 0), ("A", "2025-02-28", 0), ("A", "2025-03-31", 0)]
    assert len(steps(rows, as_of="2025-02-28")) == 1
