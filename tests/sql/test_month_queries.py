"""What moved the non-performing balance, the ledger month by month, complaints: worked examples."""

from datetime import date, datetime

import pytest

from tests.sql import tables

JULY, AUGUST, SEPTEMBER = date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)
LOANS = {
    # loan: balance, class, written off at each month end; closed on, how
    "enters": ([(50, "normal", 0), (50, "special_mention", 0), (48, "substandard", 0)], None, None),
    "pays": ([(90, "doubtful", 0), (70, "doubtful", 0), (60, "doubtful", 0)], None, None),
    "cured": ([(30, "substandard", 0), (30, "substandard", 0), (28, "normal", 0)], None, None),
    "partly": ([(100, "loss", 0), (60, "loss", 40), (60, "loss", 0)], None, None),
    "lost": ([(20, "loss", 0), (0, "loss", 20), None], date(2026, 8, 9), "written_off"),
    "sold": ([(10, "substandard", 0), None, None], date(2026, 8, 13), "transferred"),
    "paid": ([(7, "doubtful", 0), (0, "normal", 0), None], date(2026, 8, 20), "matured"),
    # became non-performing and was written off within one month: both, and no change of balance
    "at once": (
        [(5, "normal", 0), (5, "normal", 0), (0, "loss", 5)],
        date(2026, 9, 9),
        "written_off",
    ),
    "good": ([(400, "normal", 0), (390, "normal", 0), (380, "normal", 0)], None, None),
}


@pytest.fixture
def bank():
    found = tables.connection()
    tables.fill(found, "branches", {"branch_id": "B", "branch_name": "一支行"})
    for loan, (months, closed, how) in LOANS.items():
        row = {"loan_id": loan, "customer_id": f"C {loan}", "branch_id": "B"}
        tables.fill(found, "loans", row | {"closed_on": closed, "close_type": how})
        for day, month in zip((JULY, AUGUST, SEPTEMBER), months, strict=True):
            if month:
                balance, five_class, lost = month
                row = {"loan_id": loan, "month_end": day, "balance": balance, "dpd": 0}
                row |= {"five_class": five_class, "written_off_amount": lost}
                tables.fill(found, "loan_months", row)
    return found


def test_every_movement_has_its_cause_and_all_add_up(bank):
    flows = tables.query(bank, "npl_flows", **{"from": JULY, "to": SEPTEMBER})
    by_loan = {
        (row["customer_id"].removeprefix("C "), row["cause"]): row["amount"]
        for row in flows.to_dict("records")
    }
    assert by_loan == {
        ("enters", "entered"): 48,
        ("pays", "collected"): -30,
        ("cured", "upgraded"): -28,
        ("cured", "collected"): -2,
        ("partly", "written_off"): -40,
        ("lost", "written_off"): -20,
        ("sold", "transferred"): -10,
        ("paid", "collected"): -7,
        ("at once", "entered"): 5,
        ("at once", "written_off"): -5,
    }
    before, now = 90 + 30 + 100 + 20 + 10 + 7, 48 + 60 + 60
    assert flows["amount"].sum() == now - before
    assert (flows["loans"] == 1).all()
    assert set(flows["branch_name"]) == {"一支行"}


def test_the_ledger_by_month_is_what_the_kpis_say(bank):
    months = tables.query(bank, "ledger_months", **{"from": JULY, "to": SEPTEMBER})
    assert list(months["month_end"].dt.date) == [AUGUST, SEPTEMBER]
    for month in months.to_dict("records"):
        day = month["month_end"].date()
        for part, code in (
            ("npl", "npl_ratio"),
            ("special_mention", "sm_ratio"),
            ("overdue", "overdue_ratio"),
        ):
            kpi = tables.query(bank, f"kpi/{code}", to=day).iloc[0]
            assert month[part] / month["balance"] == pytest.approx(kpi["value"], abs=1e-12)


def test_a_complaint_is_late_when_it_was_closed_late_or_is_open_beyond_its_time(bank):
    due = datetime(2026, 9, 15, 12)
    for number, (closed, upheld) in enumerate(
        [
            (datetime(2026, 9, 14), True),
            (datetime(2026, 9, 16), False),
            (None, None),
            # closed behind the day of the report: that is not known yet
            (datetime(2026, 10, 2), True),
        ]
    ):
        row = {"complaint_id": f"K{number}", "received_at": datetime(2026, 9, 1), "due_at": due}
        row |= {"category": "approval", "closed_at": closed, "upheld": upheld, "repeated": False}
        tables.fill(bank, "complaints", row)
    (row,) = tables.query(
        bank, "complaint_causes", **{"from": AUGUST, "to": SEPTEMBER, "as_of": SEPTEMBER}
    ).to_dict("records")
    assert (row["complaints"], row["upheld"], row["too_late"]) == (4, 1, 3)
