"""The bank's statuses beside those of the rules, on loans whose verdict is known by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis import credit
from tests.sql import tables
from workbench import text
from workbench.analysis.status_cross import status_cross
from workbench.analysis.status_months import status_months
from workbench.analysis.status_reconciliation import STATUSES, status_reconciliation
from workbench.errors import DataError
from workbench.privacy.suppress import suppress

MONTH = pd.Timestamp("2026-09-30")
LOAN = {
    "customer_id": "P",
    "month_end": MONTH,
    "customer_type": "individual",
    "size_class": None,
    "product_type": "consumer",
    "balance": 1000.0,
    "overdue_amount": 0.0,
    "provision": 10.0,
    "dpd": 0,
    "five_class": "normal",
    "ifrs9_stage": 1,
    "npe_flag": False,
    "restructured": False,
    "bureau_balance": None,
    "bureau_overdue90": None,
}
LATE = {"dpd": 91, "overdue_amount": 500.0}
GOOD = {}
HIDDEN = {**LATE}
SEEN = {**LATE, "five_class": "substandard", "ifrs9_stage": 3, "npe_flag": True}
STRICT = {"five_class": "special_mention", "ifrs9_stage": 2}
NO_FLAGS = {"ifrs9_stage": None, "npe_flag": None}


def tape(*loans, times=1):
    rows = [
        {**LOAN, "loan_id": f"L{at:03d}", "customer_id": f"P{at:03d}", **loan}
        for at, loan in enumerate(loans * times)
    ]
    return pd.DataFrame(rows)


def schedule(rows, days=None):
    """Return recomputed days, those of the tape or `days` for all loans."""
    own = rows["dpd"] if days is None else days
    return pd.DataFrame({"loan_id": rows["loan_id"], "month_end": rows["month_end"], "dpd": own})


BOOK = tape(GOOD, HIDDEN, SEEN, STRICT, NO_FLAGS, times=6)


def reconciled(rows=BOOK, days=None):
    return status_reconciliation(rows, schedule(rows, days))


def test_each_status_is_counted_on_its_side():
    found = reconciled().table.set_index("loan_status")
    columns = ["loans", "agree", "milder", "stricter", "not_compared"]
    assert found[columns].to_numpy().tolist() == [
        [30, 18, 6, 6, 0],
        [30, 12, 6, 6, 6],
        [30, 18, 6, 0, 6],
        [30, 30, 0, 0, 0],
    ]
    assert found.loc["five_class", "milder_balance"] == 6000
    assert found.loc["five_class", "milder_share"] == 0.2
    assert found.loc["ifrs9_stage", "stricter_share"] == 6 / 24


def test_the_differences_are_named_by_both_sides_largest_first():
    rows = tape(*[{**HIDDEN, "balance": 9000.0}] * 5, *[{"dpd": 31}] * 6, *[STRICT] * 6)
    table = reconciled(rows).differences.table
    first = table.iloc[0]
    assert (first["loan_status"], first["verdict"]) == ("five_class", "milder")
    assert (first["bank_status"], first["rule_status"]) == (
        "five_class:normal",
        "five_class:substandard",
    )
    assert (first["loans"], first["status_balance"]) == (5, 45_000)
    assert first["balance_share"] == pytest.approx(45_000 / 57_000)
    verdicts = table["verdict"].tolist()
    assert verdicts == sorted(verdicts)


def test_days_of_the_schedule_are_compared_with_the_banks():
    rows = tape(*[{"dpd": 5}] * 6)
    found = reconciled(rows, days=95)
    own = found.table.set_index("loan_status").loc["dpd"]
    assert (own["milder"], found.facts["dpd_worst"].value) == (6, 90)
    # The rules judge by the schedule: five days reported, ninety-five in truth.
    assert found.table.set_index("loan_status").loc["five_class", "milder"] == 6
    dpd = found.differences.table.query("loan_status == 'dpd'").iloc[0]
    assert dpd["bank_status"] == "five_class:special_mention"
    assert dpd["rule_status"] == "five_class:substandard"


def test_loans_without_a_schedule_are_not_compared():
    found = status_reconciliation(BOOK, schedule(BOOK).iloc[:0])
    own = found.table.set_index("loan_status").loc["dpd"]
    assert (own["not_compared"], own["agree"]) == (30, 0)
    assert np.isnan(own["milder_share"])
    with text.spoken("en"):
        assert "by – at most" in credit.said(found)


def test_a_schedule_with_a_loan_twice_is_refused():
    with pytest.raises(DataError, match="30 loans twice in a month"):
        status_reconciliation(BOOK, pd.concat([schedule(BOOK)] * 2))


def test_only_the_newest_month_is_reconciled():
    before = BOOK.assign(month_end=pd.Timestamp("2026-08-31"), five_class="normal", dpd=400)
    both = pd.concat([before, BOOK], ignore_index=True)
    pd.testing.assert_frame_equal(reconciled(both).table, reconciled().table)


def test_a_tape_without_difference_says_so():
    found = reconciled(tape(GOOD, times=9)).differences
    assert found.table.empty
    with text.spoken("en"):
        assert credit.said(found).startswith("No status is milder than the rules")


def test_the_edition_and_how_far_it_was_checked_are_said():
    found = reconciled()
    assert (found.edition, found.standing) == ("2023", "seen")
    with text.spoken("zh"):
        assert "2023 年版，见于公开转载、尚未与官方文本核对" in credit.said(found)


def test_the_three_rules_are_crossed_on_one_tape():
    small = {"dpd": 95, "overdue_amount": 20.0}
    rows = tape(*[GOOD] * 10, *[HIDDEN] * 5, *[small] * 5, {"dpd": None})
    found = status_cross(rows, schedule(rows))
    assert found.table["loans"].tolist() == [10, 5, 5]
    assert found.table["agreement"].tolist() == ["performing", "mixed", "non_performing"]
    values = {name: fact.value for name, fact in found.facts.items()}
    assert values == {
        "loans": 20,
        "npl": 10,
        "stage_3": 10,
        "npe": 5,
        "all": 5,
        "some": 5,
        "some_share": 0.25,
        "open": 1,
    }


def test_what_all_rules_say_together_is_told_without_a_count_that_is_hidden():
    rows = tape(*[GOOD] * 10, *[HIDDEN] * 5)
    found = status_cross(rows, schedule(rows))
    assert found.told({"npe"}).key == "status.cross.together"
    assert "npe" not in found.told({"npe"}).facts
    assert found.told({"npe", "some"}).is_untold
    assert found.told().key == "status.cross.finding"


def test_months_show_when_classes_were_too_mild_and_upgrades_too_early():
    firm = {"customer_type": "corporate", "size_class": "medium", "loan_id": "F"}
    ends = pd.date_range("2026-05-31", "2026-09-30", freq="ME")
    classes = ["substandard", "substandard", "normal", "normal", "normal"]
    days = [95, 0, 0, 0, 95]
    rows = [
        {**LOAN, **firm, "month_end": end, "five_class": five, "dpd": dpd, "overdue_amount": 200.0}
        for end, five, dpd in zip(ends, classes, days, strict=True)
    ]
    found = status_months(pd.DataFrame(rows), schedule(pd.DataFrame(rows)))
    assert found.table["milder"].tolist() == [0, 0, 0, 0, 1]
    assert found.table["upgraded_early"].tolist() == [0, 0, 1, 0, 0]
    assert found.facts["highest"].value == 1
    assert "2026年9月" in credit.said(found)


def results():
    rows = pd.concat([BOOK.assign(month_end=pd.Timestamp("2026-08-31")), BOOK], ignore_index=True)
    found = reconciled(rows)
    days = schedule(rows)
    return [found, found.differences, status_months(rows, days), status_cross(rows, days)]


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_result_speaks_writes_and_draws(at, language):
    result = suppress(results()[at]).result
    with text.spoken(language):
        assert result.title()
        assert "nan" not in credit.said(result)
        written = result.written()
        assert len(written) == len(result.table)
        assert not written.astype(str).apply(lambda c: c.str.contains("nan|:")).any(axis=None)
        if result.figure:
            axes = Figure(figsize=result.figure).subplots()
            assert result.plot(axes) is axes


def test_few_loans_are_not_shown():
    safe = suppress(reconciled(tape(*[GOOD] * 9, HIDDEN)).differences)
    assert safe.result.table["status_balance"].isna().all()
    assert safe.result.facts["balance"].n is None


@pytest.mark.parametrize("analysis", [status_months, status_cross, status_reconciliation])
def test_the_input_is_not_changed_and_an_empty_tape_is_refused(analysis):
    def make(rows):
        return analysis(rows, schedule(rows))

    before = BOOK.copy(deep=True)
    make(BOOK)
    pd.testing.assert_frame_equal(BOOK, before)
    with pytest.raises(DataError, match="there are no loans with a balance"):
        make(BOOK.iloc[:0])
    with pytest.raises(DataError, match="column 'five_class' is missing"):
        make(BOOK.drop(columns="five_class"))


def test_the_queries_feed_the_analysis():
    bank = tables.connection()
    owner = {"customer_id": "C", "customer_type": "corporate", "size_class": "medium"}
    tables.fill(bank, "customers", owner)
    tables.fill(bank, "products", {"product_id": "P", "product_type": "working_capital"})
    for name in ("A", "B", "gone"):
        tables.fill(bank, "loans", {"loan_id": name, "customer_id": "C", "product_id": "P"})
        tables.fill(
            bank,
            "loan_months",
            {
                "loan_id": name,
                "month_end": MONTH.date(),
                "balance": 0 if name == "gone" else 1000,
                "overdue_principal": 300,
                "overdue_interest": 50,
                "provision": 10,
                "dpd": 100 if name == "A" else 0,
                "five_class": "normal",
                "ifrs9_stage": 1,
                "restructured": False,
            },
        )
    for number, (day, overdue) in enumerate((("2026-01-01", 900), ("2026-09-30", 10))):
        tables.fill(
            bank,
            "bureau_reports",
            {
                "bureau_report_id": f"R{number}",
                "customer_id": "C",
                "queried_at": day,
                "total_balance": 1000,
                "overdue90_balance": overdue,
            },
        )
    settled = {"instalment_no": 1, "due_principal": 100, "due_interest": 0, "paid_interest": 0}
    tables.fill(
        bank,
        "repayment_schedule",
        {"loan_id": "A", "due_on": date(2026, 6, 22), "paid_principal": 40, **settled},
    )
    window = {"since": date(2026, 9, 1), "as_of": MONTH.date()}
    rows = tables.query(bank, "loan_status", **window)
    assert rows["loan_id"].tolist() == ["A", "B"]
    assert rows["overdue_amount"].tolist() == [350, 350]
    assert rows["bureau_overdue90"].tolist() == [10, 10]
    found = status_reconciliation(rows, tables.query(bank, "schedule_dpd", **window))
    table = found.table.set_index("loan_status")
    # A by its days, B because half of the firm's debt here is non-performing.
    assert table.loc["five_class", "milder"] == 2
    assert table.loc["dpd", ["agree", "not_compared"]].tolist() == [1, 1]


def test_the_statuses_are_those_of_the_value_list():
    from workbench import schema

    assert tuple(schema.values("loan_status")) == STATUSES
