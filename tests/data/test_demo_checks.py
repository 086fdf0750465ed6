"""The demo bank's tables agree with one another, apart from what was planted to disagree."""

import duckdb
import pytest

from workbench import schema
from workbench.data import demo


@pytest.fixture(scope="module")
def drawn():
    return demo.tables(3_000, 40, 7)


@pytest.fixture(scope="module")
def bank(drawn):
    """Give the tables in DuckDB, typed as the schema says."""
    connection = duckdb.connect()
    for name, frame in drawn[0].items():
        connection.register(f"drawn_{name}", frame)
        columns = ", ".join(
            f"cast({column.name} as {column.sql_type}) as {column.name}"
            for column in schema.table(name).columns
            if column.name in frame.columns
        )
        connection.execute(f"create table {name} as select {columns} from drawn_{name}")
    connection.execute(
        "create view months as select m.*, l.closed_on, l.close_type, l.disbursed_on, "
        "lag(m.balance) over (partition by loan_id order by m.month_end) as before, "
        "lag(m.month_end) over (partition by loan_id order by m.month_end) as month_before "
        "from loan_months m join loans l using (loan_id)"
    )
    connection.execute(
        "create view paid as select loan_id, last_day(paid_on) as month_end, "
        "sum(paid_principal) as principal, sum(paid_principal + paid_interest) as paid "
        "from repayment_schedule where paid_on is not null group by all"
    )
    return connection


def count(bank, query):
    return bank.execute(f"select count(*) from ({query})").fetchone()[0]


def test_what_falls_due_adds_up_to_the_principal(bank):
    assert count(bank, "from loans anti join repayment_schedule using (loan_id)") == 0
    wrong = (
        "select loan_id from repayment_schedule join loans using (loan_id) "
        "group by loan_id, principal having abs(sum(due_principal) - principal) > 0.01"
    )
    assert count(bank, wrong) == 0


def test_instalments_are_numbered_without_gaps_and_in_order_of_their_days(bank):
    wrong = (
        "select * from (select instalment_no, due_on, row_number() over w as place, "
        "lag(due_on) over w as before from repayment_schedule "
        "window w as (partition by loan_id order by instalment_no)) "
        "where instalment_no <> place or due_on < before"
    )
    assert count(bank, wrong) == 0


def test_the_balance_falls_by_what_is_paid_and_written_off(bank):
    """A loan that was sold leaves the book without either."""
    wrong = (
        "from months m left join paid p using (loan_id, month_end) where before is not null "
        "and close_type is distinct from 'transferred' and month_end = last_day(month_before + 1) "
        "and abs(before - coalesce(principal, 0) - written_off_amount - balance) > 0.011"
    )
    assert count(bank, wrong) == 0
    assert count(bank, "from months where before is not null") > 30_000


def test_the_first_balance_is_the_amount_lent(bank):
    wrong = (
        "from months m join loans l using (loan_id) where month_before is null "
        "and date_trunc('month', l.disbursed_on) = date_trunc('month', month_end) "
        "and balance <> principal"
    )
    assert count(bank, wrong) == 0


def test_what_was_paid_in_a_month_is_what_the_plan_says(bank):
    wrong = (
        "from months m left join paid p using (loan_id, month_end) "
        "where abs(paid_amount - coalesce(p.paid, 0)) > 0.011"
    )
    assert count(bank, wrong) == 0


def test_days_past_due_follow_from_the_oldest_instalment_not_paid(bank):
    unpaid = (
        "select m.loan_id, m.month_end, max(m.month_end - s.due_on) as days from loan_months m "
        "join repayment_schedule s on s.loan_id = m.loan_id and s.due_on < m.month_end "
        "and (s.paid_on is null or s.paid_on > m.month_end) group by all"
    )
    wrong = (
        f"from loan_months left join ({unpaid}) using (loan_id, month_end) "
        "where dpd <> coalesce(days, 0)"
    )
    assert count(bank, wrong) == 0
    assert count(bank, "from loan_months where dpd > 90 and balance > 0") > 100


def test_overdue_amounts_are_those_of_the_instalments_not_paid(bank):
    """All of a loan more than 90 days late is called due."""
    recomputed = (
        "select m.loan_id, m.month_end, m.dpd, m.balance, m.overdue_principal, "
        "m.overdue_interest, sum(s.due_principal) as principal, "
        "sum(s.due_interest) as interest from loan_months m "
        "join repayment_schedule s on s.loan_id = m.loan_id and s.due_on < m.month_end "
        "and (s.paid_on is null or s.paid_on > m.month_end) where m.balance > 0 "
        "group by all"
    )
    wrong = (
        f"from ({recomputed}) where abs(overdue_interest - interest) > 0.011 or abs("
        "overdue_principal - case when dpd > 90 then balance else principal end) > 0.011"
    )
    assert count(bank, wrong) == 0


def test_classes_are_no_better_than_the_days_past_due_allow(bank):
    order = "['normal', 'special_mention', 'substandard', 'doubtful', 'loss']"
    floor = (
        "case when dpd > 360 then 5 when dpd > 270 then 4 when dpd > 90 then 3 "
        "when dpd > 7 then 2 else 1 end"
    )
    wrong = f"from loan_months where balance > 0 and list_position({order}, five_class) < {floor}"
    assert count(bank, wrong) == 0


def test_stages_agree_with_days_past_due_and_classes(bank):
    assert count(bank, "from loan_months where dpd > 90 and ifrs9_stage < 3") == 0
    assert count(bank, "from loan_months where dpd > 30 and ifrs9_stage < 2") == 0
    bad = "five_class in ('substandard', 'doubtful', 'loss')"
    assert count(bank, f"from loan_months where ({bad}) <> (ifrs9_stage = 3)") == 0


def test_nothing_is_owed_after_closing(bank):
    """What comes back after a write-off is booked on the loan: the only months after its end."""
    later = "from months where month_end > last_day(closed_on)"
    assert count(bank, f"{later} and (balance > 0 or recovered_amount <= 0)") == 0
    assert count(bank, f"{later} and close_type <> 'written_off'") == 0
    assert count(bank, "from months where month_end = last_day(closed_on) and balance > 0") == 0


def test_statements_are_possible(bank):
    wrong = "current_assets > total_assets or current_liabilities > total_liabilities"
    assert count(bank, f"from financials where {wrong}") == 0
    private = (
        "from financials join customers using (customer_id) where customer_type <> 'corporate'"
    )
    assert count(bank, f"{private} and income <= 0") == 0


def test_every_reference_has_its_parent(bank, drawn):
    for name, frame in drawn[0].items():
        for column in schema.table(name).columns:
            if column.refers_to and column.name in frame.columns:
                parent, key = column.refers_to.split(".")
                orphans = (
                    f"from {name} where {column.name} is not null and {column.name} "
                    f"not in (select {key} from {parent})"
                )
                assert count(bank, orphans) == 0, (name, column.name)


def test_keys_stand_once(bank, drawn):
    for name, frame in drawn[0].items():
        keys = ", ".join(column.name for column in schema.table(name).columns if column.is_key)
        assert count(bank, f"select distinct {keys} from {name}") == len(frame), name
