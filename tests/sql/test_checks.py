"""Every check between tables finds what breaks it, with key and both values, and nothing else."""

import re
from datetime import date, datetime

import pytest

from tests.sql import tables
from workbench import sql, text
from workbench.data import crosschecks, wording

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)


def found(bank, name, *, currency="CNY"):
    """Return table, key, found and expected of each row that check `name` finds."""
    checks = crosschecks.run(bank, since=MAY, as_of=JUNE, currency=currency)
    (check,) = (each for each in checks if each.name == name)
    assert check.rows == len(check.examples)
    for each in check.examples:
        spoken_for(name, each.found)
        spoken_for(name, each.expected)
    return [(each.table, each.key, each.found, each.expected) for each in check.examples]


def spoken_for(check, words):
    """See that what a check says is said in Chinese, too; keys of these tests are capitals."""
    with text.spoken("zh"):
        said = wording.said(check, words)
    assert not re.search(r"[a-z]{2,}", said), (check, words, said)
    with text.spoken("en"):
        assert wording.said(check, words)


@pytest.fixture
def bank():
    """A bank in which nothing is wrong."""
    made = tables.connection()
    tables.fill(made, "products", {"product_id": "P", "product_type": "consumer"})
    tables.fill(made, "products", {"product_id": "K", "product_type": "credit_card"})
    for name in ("A", "B"):
        tables.fill(made, "customers", {"customer_id": name, "customer_type": "individual"})
        loan(made, f"L{name}", name)
        month(made, f"L{name}", MAY, balance=100)
        month(made, f"L{name}", JUNE, balance=90)
        for number, day in enumerate((date(2026, 6, 15), date(2026, 7, 15)), start=1):
            paid = day if number == 1 else None
            due = {"due_principal": (10, 90)[number - 1], "paid_principal": 10 if paid else 0}
            due |= {"due_interest": 0, "paid_interest": 0}
            rows = {"loan_id": f"L{name}", "instalment_no": number, "due_on": day, "paid_on": paid}
            tables.fill(made, "repayment_schedule", {**rows, **due})
    return made


def loan(bank, name, owner, **more):
    usual = {"product_id": "P", "principal": 100, "currency": "CNY"}
    tables.fill(bank, "loans", {"loan_id": name, "customer_id": owner, **usual, **more})


def month(bank, name, day, **more):
    usual = {"dpd": 0, "five_class": "normal", "ifrs9_stage": 1, "npe_flag": False}
    usual |= {"written_off_amount": 0}
    tables.fill(bank, "loan_months", {"loan_id": name, "month_end": day, **usual, **more})


def change(bank, table, where, **values):
    set_ = ", ".join(f"{name} = ?" for name in values)
    bank.execute(f"UPDATE {table} SET {set_} WHERE {where}", list(values.values()))


def test_a_bank_in_order_breaks_nothing(bank):
    checks = crosschecks.run(bank, since=MAY, as_of=JUNE, currency="CNY")
    assert [(each.name, each.rows) for each in checks if each.rows] == []
    assert len(checks) == 19


def test_1_principal_of_the_schedule(bank):
    change(bank, "repayment_schedule", "loan_id = 'LA' AND instalment_no = 2", due_principal=80)
    assert found(bank, "schedule_principal") == [("repayment_schedule", "LA", "90.00", "100.00")]


def test_1_leaves_revolving_contracts_out(bank):
    tables.fill(bank, "facilities", {"facility_id": "F", "revolving": True})
    change(bank, "loans", "loan_id = 'LA'", facility_id="F", principal=500)
    assert found(bank, "schedule_principal") == []


def test_2_a_balance_that_does_not_follow(bank):
    change(bank, "loan_months", f"loan_id = 'LA' AND month_end = '{JUNE}'", balance=95)
    key = f"LA {JUNE}"
    assert found(bank, "balance_step") == [("loan_months", key, "95.00", "90.00")]
    change(bank, "loan_months", f"loan_id = 'LA' AND month_end = '{JUNE}'", balance=60)
    assert found(bank, "balance_step") == [("loan_months", key, "60.00", "90.00")]
    change(bank, "loan_months", f"loan_id = 'LA' AND month_end = '{JUNE}'", written_off_amount=30)
    assert found(bank, "balance_step") == []


def test_3_days_past_due(bank):
    first = "loan_id = 'LA' AND instalment_no = 1"
    change(bank, "repayment_schedule", first, paid_on=None, paid_principal=0)
    rows = found(bank, "dpd_recomputed")
    assert rows == [("loan_months", f"LA {JUNE}", "0", "15")]
    change(bank, "loan_months", f"loan_id = 'LA' AND month_end = '{JUNE}'", dpd=15)
    assert found(bank, "dpd_recomputed") == []


def test_3_agrees_with_the_days_that_analyses_recompute(bank):
    first = "loan_id = 'LA' AND instalment_no = 1"
    change(bank, "repayment_schedule", first, paid_on=None, paid_interest=0)
    change(bank, "repayment_schedule", first, due_principal=0, paid_principal=0)
    assert found(bank, "dpd_recomputed") == [], "nothing was due"
    change(bank, "repayment_schedule", first, due_principal=10, paid_principal=10)
    assert found(bank, "dpd_recomputed") == [], "paid in full, on a day that nobody wrote down"
    change(bank, "repayment_schedule", first, paid_principal=9)
    assert found(bank, "dpd_recomputed") == [("loan_months", f"LA {JUNE}", "0", "15")]


@pytest.mark.parametrize(
    ("product", "days", "five_class", "floor"),
    [
        ("P", 1, "normal", "special_mention"),
        ("P", 90, "special_mention", None),
        ("P", 91, "special_mention", "substandard"),
        ("P", 121, "substandard", None),
        ("K", 121, "substandard", "doubtful"),
        ("K", 181, "doubtful", "loss"),
        ("P", 361, "loss", None),
    ],
)
def test_4_classes_are_not_better_than_days_past_due_allow(bank, product, days, five_class, floor):
    loan(bank, "X", "A", product_id=product)
    month(bank, "X", JUNE, balance=1, dpd=days, five_class=five_class, ifrs9_stage=3, npe_flag=True)
    rows = [row for row in found(bank, "class_floor") if row[1].startswith("X")]
    assert rows == ([("loan_months", f"X {JUNE}", five_class, floor)] if floor else [])


@pytest.mark.parametrize(
    ("days", "stage", "flag", "broken"),
    [(30, 1, False, 0), (31, 1, False, 1), (90, 2, False, 0), (91, 2, True, 1), (91, 3, False, 1)],
)
def test_5_stage_and_flag(bank, days, stage, flag, broken):
    loan(bank, "X", "A")
    month(bank, "X", JUNE, balance=1, dpd=days, ifrs9_stage=stage, npe_flag=flag)
    rows = found(bank, "stage_and_npe")
    assert len(rows) == broken
    assert all(row[3] == f"{days} days" for row in rows)


def test_6_a_balance_after_the_end(bank):
    change(bank, "loans", "loan_id = 'LA'", closed_on=date(2026, 6, 10))
    rows = found(bank, "balance_after_close")
    assert rows == [("loan_months", f"LA {JUNE}", "90.00", "closed on 2026-06-10")]


def test_7_parts_of_statements(bank):
    usual = {"customer_id": "A", "basis": "audited", "income": 5, "total_liabilities": 10}
    day = date(2025, 12, 31)
    rows = {"period_end": day, "total_assets": 10, "current_assets": 11, "current_liabilities": 11}
    tables.fill(bank, "financials", {**usual, **rows})
    tables.fill(bank, "financials", {**usual, "period_end": date(2024, 12, 31), "income": 0})
    assert [row[2:] for row in found(bank, "statement_parts")] == [
        ("0.00", "> 0"),
        ("11.00", "10.00"),
        ("11.00", "10.00"),
    ]


def test_8_order_of_an_application(bank):
    early, late = datetime(2026, 5, 1, 9), datetime(2026, 5, 2, 9)
    for name, asked, decided in (("Q1", late, early), ("Q2", early, late)):
        dates = {"applied_at": asked, "decided_at": decided}
        tables.fill(bank, "applications", {"application_id": name, **dates})
    step = {"application_id": "Q2", "activity": "review"}
    tables.fill(
        bank, "process_events", {**step, "event_id": "E1", "started_at": late, "ended_at": early}
    )
    change(bank, "loans", "loan_id = 'LA'", application_id="Q2")
    assert [row[:2] for row in found(bank, "application_order")] == [
        ("applications", "Q1"),
        ("process_events", "E1"),
        ("process_events", "Q2"),
    ]
    paid = {"event_id": "E2", "started_at": late, "ended_at": late}
    tables.fill(bank, "process_events", {**step, **paid, "activity": "disbursement"})
    assert len(found(bank, "application_order")) == 2


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        (None, "no consent named"),
        ({"customer_id": "B"}, "consent of another customer"),
        ({"granted_at": datetime(2026, 6, 2)}, "consent granted 2026-06-02 00:00:00"),
        ({"withdrawn_at": datetime(2026, 6, 1)}, "consent withdrawn 2026-06-01 00:00:00"),
        ({"expires_at": datetime(2026, 5, 1)}, "consent expired 2026-05-01 00:00:00"),
        ({"expires_at": datetime(2026, 6, 2)}, None),
    ],
)
def test_9_consent_at_the_time_of_use(bank, consent, said):
    usual = {"consent_id": "C", "customer_id": "A", "granted_at": datetime(2026, 1, 1)}
    if consent is not None:
        tables.fill(bank, "consents", {**usual, **consent})
    used = {"customer_id": "A", "consent_id": "C" if consent is not None else None}
    moment = datetime(2026, 6, 1)
    tables.fill(bank, "bureau_reports", {"bureau_report_id": "R", "queried_at": moment, **used})
    tables.fill(bank, "third_party_items", {"item_id": "T", "received_at": moment, **used})
    rows = found(bank, "consent_live")
    expected = [("bureau_reports", "R"), ("third_party_items", "T")] if said else []
    assert [row[:2] for row in rows] == expected
    assert all(row[3] == said for row in rows)


def test_10_answers(bank):
    for name, status in (("A", "complete"), ("B", "refused")):
        invited = {"wave_id": "W", "customer_id": name, "status": status}
        tables.fill(bank, "survey_invitations", invited)
    for name, scale in (("q1", "nps_0_10"), ("q2", "likert_5")):
        tables.fill(bank, "survey_questions", {"wave_id": "W", "question_id": name, "scale": scale})
    for who, question, value in (("A", "q1", 11), ("A", "q2", 5), ("B", "q2", 3), ("A", "q1", 2.5)):
        row = {"wave_id": "W", "customer_id": who, "question_id": question, "value_num": value}
        tables.fill(bank, "survey_answers", row)
    assert [row[2:] for row in found(bank, "answers_of_respondents")] == [
        ("11.0", "nps_0_10"),
        ("2.5", "nps_0_10"),
        ("refused", "complete or partial"),
    ]


def test_11_design_weights(bank):
    for stratum, weight in (("s", 50.0), ("t", 51.0)):
        for who in ("A", "B"):
            row = {"wave_id": "W", "customer_id": who, "stratum": stratum, "frame_count": 100}
            row |= {"status": "refused", "design_weight": weight}
            tables.fill(bank, "survey_invitations", row)
    assert found(bank, "design_weights") == [("survey_invitations", "W t", "102.0", "100")]


def test_12_who_may_be_contacted(bank):
    first, then = datetime(2026, 5, 1), datetime(2026, 5, 2)
    tables.fill(bank, "campaigns", {"campaign_id": "G", "campaign_type": "retention"})
    for name, arm, contacted, shut in (
        ("c1", "treatment", then, False),
        ("c2", "control", then, False),
        ("c3", "treatment", then, True),
        ("c4", "treatment", datetime(2026, 4, 1), False),
        ("c5", "control", None, True),
    ):
        tables.fill(bank, "customers", {"customer_id": name, "do_not_contact": shut})
        row = {"campaign_id": "G", "customer_id": name, "arm": arm, "assigned_at": first}
        tables.fill(bank, "campaign_contacts", {**row, "contacted_at": contacted})
    assert [(row[1], row[3]) for row in found(bank, "campaign_contacts")] == [
        ("G c2", "control arm"),
        ("G c3", "do not contact"),
        ("G c4", ">= 2026-05-01 00:00:00"),
    ]


def test_13_versions_of_warning_rules(bank):
    rule = {"rule_id": "R", "rule_version": 1, "valid_from": date(2026, 1, 1)}
    tables.fill(bank, "warning_rules", {**rule, "valid_to": date(2026, 3, 31)})
    for name, version, day in (("W1", 1, 3), ("W2", 1, 4), ("W3", 2, 3)):
        row = {"warning_id": name, "rule_id": "R", "rule_version": version}
        tables.fill(bank, "warnings", {**row, "raised_at": datetime(2026, day, 15)})
    assert [(row[1], row[3]) for row in found(bank, "warning_rule_valid")] == [
        ("W2", "2026-01-01 to 2026-03-31"),
        ("W3", "no rule R version 2"),
    ]


def test_14_origins_of_measures(bank):
    tables.fill(bank, "complaints", {"complaint_id": "C1"})
    step = {"event_id": "E9", "application_id": "A7", "activity": "approval"}
    tables.fill(bank, "process_events", step)
    for name, kind, origin in (
        ("M1", "complaint", "C1"),
        ("M2", "drill", "D9"),
        ("M3", "audit", "X"),
        ("M4", "process", "committee"),
        ("M5", "process", "A7"),
        ("M6", "process", "E9"),
        ("M7", "process", "approval"),
    ):
        row = {"action_id": name, "origin_type": kind, "origin_id": origin}
        tables.fill(bank, "actions", row)
    assert found(bank, "action_origin") == [
        ("actions", "M2", "drill D9", "on record"),
        ("actions", "M4", "process committee", "on record"),
    ]


def test_15_old_appraisals(bank):
    for name, day in (("old", date(2025, 6, 29)), ("young", date(2025, 6, 30))):
        row = {"collateral_id": name, "loan_id": "LA", "appraised_on": day}
        tables.fill(bank, "collaterals", row)
    rows = found(bank, "collateral_age")
    assert rows == [("collaterals", "old", "2025-06-29", ">= 2025-06-30")]


def test_16_a_guarantor_of_oneself(bank):
    for name, who in (("g1", "A"), ("g2", "B")):
        row = {"guarantee_id": name, "loan_id": "LA", "guarantor_id": who}
        tables.fill(bank, "guarantees", row)
    assert found(bank, "guarantor_is_borrower") == [
        ("guarantees", "g1", "A", "not the borrower of LA")
    ]


def test_17_other_currencies(bank):
    assert [row[1] for row in found(bank, "one_currency", currency="EUR")] == ["LA", "LB"]


@pytest.mark.parametrize(
    ("owner", "item", "licensed", "said"),
    [
        ("individual", "fraud_score", None, "fraud_score of a supplier not known to be licensed"),
        ("business_owner", "other", False, "other of a supplier without licence"),
        ("individual", "fraud_score", True, None),
        ("individual", "tax_paid_12m", None, None),
        ("corporate", "fraud_score", False, None),
    ],
)
def test_credit_data_of_people_from_anybody(bank, owner, item, licensed, said):
    tables.fill(bank, "customers", {"customer_id": "X", "customer_type": owner})
    row = {"item_id": "T", "customer_id": "X", "item_code": item, "licensed_bureau": licensed}
    tables.fill(bank, "third_party_items", row)
    expected = [("third_party_items", "T", said, "licensed bureau")] if said else []
    assert found(bank, "licensed_bureau") == expected


def test_18_tables_that_are_late(bank):
    row = {"interaction_id": "i", "customer_id": "A", "started_at": datetime(2026, 4, 1)}
    tables.fill(bank, "interactions", row)
    assert found(bank, "freshness") == [
        ("interactions", "started_at", "2026-04-01", f"every 31 days up to {JUNE}")
    ]


def test_only_the_checks_of_tables_that_came_in_are_run(bank):
    checks = crosschecks.run(bank, since=MAY, as_of=JUNE, currency="CNY", touched=["guarantees"])
    assert [each.name for each in checks] == ["guarantor_is_borrower", "freshness"]


def test_a_bad_month_does_not_hide_behind_the_months_before_it(bank):
    change(bank, "loan_months", f"loan_id = 'LA' AND month_end = '{JUNE}'", dpd=31)
    checks = crosschecks.run(bank, since=JUNE, as_of=JUNE, currency="CNY")
    shares = {each.name: each.share for each in checks if each.rows}
    assert shares == {"dpd_recomputed": 0.5, "class_floor": 0.5, "stage_and_npe": 0.5}


@pytest.mark.parametrize("name", sql.names("checks"))
def test_every_check_reads_tables_and_says_what_it_is_about(name):
    assert crosschecks.concerned(name)
    assert sql.text(f"checks/{name}").startswith("-- ")
