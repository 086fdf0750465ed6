"""What `credit_cases` leaves out is counted, what it keeps is the same, and no clock is broken."""

from datetime import date, datetime

import pandas as pd
import pytest

from tests.sql import tables
from tests.sql.test_credit_cases import COHORT, add, bank, cases
from workbench import settings

__all__ = ["bank"]
RULES = settings.rulepack("default-definition")


def outcomes(bank, *, as_of="2025-12-31", horizon=12, window=6):
    return tables.query(
        bank,
        "credit_outcomes",
        as_of=date.fromisoformat(as_of),
        horizon=horizon,
        window=window,
        overdue_days=RULES["default"]["overdue_days"],
    )


def at(found, day=COHORT):
    return found[found["cohort"] == pd.Timestamp(day)].set_index("loan_id")


def mixed(bank):
    add(bank, "good", owner="A")
    add(bank, "failing", owner="B", dpd={date(2025, 4, 30): 95})
    add(bank, "late", owner="C", dpd={COHORT: 91})
    add(bank, "bad", owner="D")
    bank.execute("UPDATE loan_months SET five_class = 'loss' WHERE loan_id = 'bad'")
    add(bank, "closed", owner="E", closed_on=COHORT)
    add(bank, "paid", owner="F", closed_on=date(2025, 5, 20), close_type="prepaid_own_funds")
    add(bank, "gone", owner="G", closed_on=date(2025, 5, 31), close_type="written_off")
    add(bank, "nothing", owner="H", months_more={"balance": 0})
    add(bank, "blank", owner="I")
    bank.execute("UPDATE loan_months SET dpd = NULL WHERE loan_id = 'blank'")


def test_each_loan_on_the_tape_has_its_standing(bank):
    mixed(bank)
    assert at(outcomes(bank))["standing"].to_dict() == {
        "good": "at_risk",
        "failing": "at_risk",
        "late": "overdue",
        "bad": "classified",
        "closed": "closed",
        "paid": "at_risk",
        "gone": "at_risk",
        "nothing": "nothing_owed",
        "blank": "days_unknown",
    }


def test_what_is_at_risk_is_what_credit_cases_keeps_with_the_same_defaults(bank):
    mixed(bank)
    found = outcomes(bank)
    own = found[
        (found["standing"] == "at_risk")
        & (found["window_full"] == 1)
        & (found["outcome_known"] == 1)
    ]
    kept = own.assign(defaulted=own["failed_on"].notna().astype(int))
    keys = ["cohort", "loan_id", "defaulted"]
    same = [
        table[keys].sort_values(keys).reset_index(drop=True).astype({"defaulted": int})
        for table in (kept, cases(bank))
    ]
    pd.testing.assert_frame_equal(*same)


def test_when_it_failed_closed_and_was_last_seen_is_told(bank):
    mixed(bank)
    found = at(outcomes(bank))
    assert found.loc["failing", "failed_on"] == pd.Timestamp("2025-04-30")
    assert found.loc["gone", "failed_on"] == pd.Timestamp("2025-05-31")
    assert pd.isna(found.loc["paid", "failed_on"])
    assert found.loc["paid", "closed_on"] == pd.Timestamp("2025-05-20")
    assert found.loc["good", "last_seen"] == pd.Timestamp("2025-12-31")


def test_nothing_behind_the_day_of_the_bank_is_seen(bank):
    mixed(bank)
    found = at(outcomes(bank, as_of="2025-03-31"))
    assert (found["outcome_known"] == 0).all()
    assert found["failed_on"].isna().sum() == len(found) - 1
    assert pd.isna(found.loc["paid", "closed_on"])
    assert found.loc["good", "last_seen"] == pd.Timestamp("2025-03-31")


def test_windows_that_are_not_full_are_marked(bank):
    add(bank)
    found = outcomes(bank, window=7).set_index("cohort")
    assert found.loc[pd.Timestamp("2024-06-30"), "window_full"] == 0
    assert found.loc[pd.Timestamp(COHORT), "window_full"] == 1


def test_the_tape_of_loans_that_failed_is_whole_and_no_other(bank):
    mixed(bank)
    found = tables.query(bank, "failed_months", as_of=date(2025, 12, 31), overdue_days=90)
    assert set(found["loan_id"]) == {"failing", "late", "bad"}
    assert (found.groupby("loan_id").size() == 24).all()


def clock(bank):
    return tables.query(
        bank,
        "credit_clock",
        as_of=date(2025, 12, 31),
        horizon=12,
        window=6,
        financials_lag=RULES["known"]["financials_lag_months"],
    )


@pytest.mark.parametrize(
    ("received", "late"),
    [(date(2024, 12, 31), 0), (date(2025, 1, 1), 1), (None, 1)],
)
def test_a_statement_received_later_is_counted_as_withheld(bank, received, late):
    add(bank)
    tables.fill(
        bank,
        "financials",
        {
            "customer_id": "C1",
            "period_end": date(2024, 11, 30),
            "period_months": 12,
            "received_on": received,
        },
    )
    found = clock(bank).set_index(["fact_source", "cohort"])
    row = found.loc[("financials", pd.Timestamp(COHORT))]
    assert (row["about_before"], row["known_late"]) == (1, late)


def test_a_report_without_consent_is_counted_as_withheld_once_consents_are_kept(bank):
    add(bank)
    report = {"customer_id": "C1", "query_reason": "application", "consent_id": None}
    tables.fill(
        bank,
        "bureau_reports",
        {**report, "bureau_report_id": "B1", "queried_at": datetime(2024, 5, 1)},
    )
    own = clock(bank).set_index(["fact_source", "cohort"])
    assert own.loc[("bureau_reports", pd.Timestamp(COHORT)), "without_consent"] == 0
    tables.fill(
        bank,
        "consents",
        {
            "consent_id": "K",
            "customer_id": "C9",
            "purpose": "bureau_query",
            "granted_at": datetime(2024, 1, 1),
        },
    )
    own = clock(bank).set_index(["fact_source", "cohort"])
    assert own.loc[("bureau_reports", pd.Timestamp(COHORT)), "without_consent"] == 1


def apply(bank, name, decision, **more):
    row = {
        "application_id": name,
        "customer_id": "C1",
        "product_id": "P",
        "channel": "branch",
        "purpose": "consumption",
        "decision": decision,
        "requested_amount": 1000,
        "requested_term_m": 12,
        "applied_at": datetime(2024, 6, 1),
        "decided_at": datetime(2024, 6, 10, 9),
    }
    tables.fill(bank, "applications", {**row, **more})


def applied(bank, as_of="2025-12-31", horizon=12):
    return tables.query(
        bank,
        "application_cases",
        as_of=date.fromisoformat(as_of),
        horizon=horizon,
        overdue_days=90,
        financials_lag=4,
    ).set_index("application_id")


def test_applications_have_the_outcome_of_the_loan_that_followed_and_no_other(bank):
    add(
        bank,
        "L1",
        application_id="yes",
        disbursed_on=date(2024, 6, 15),
        dpd={date(2025, 3, 31): 99},
    )
    apply(bank, "yes", "approved")
    apply(bank, "no", "declined")
    apply(bank, "unused", "approved")
    apply(bank, "open", "pending")
    found = applied(bank)
    assert found.loc["yes", "outcome"] == 1
    assert found["declined"].to_dict() == {"no": 1, "unused": 0, "yes": 0}
    assert found.loc[["no", "unused"], "outcome"].isna().all()


def test_an_outcome_that_is_not_over_is_missing(bank):
    add(bank, "L1", application_id="yes", disbursed_on=date(2024, 6, 15))
    apply(bank, "yes", "approved")
    assert pd.isna(applied(bank, as_of="2025-06-12").loc["yes", "outcome"])
    assert applied(bank, as_of="2025-06-30").loc["yes", "outcome"] == 0


def test_what_the_bank_learnt_after_the_decision_is_not_seen(bank):
    add(bank, dpd={date(2024, 5, 31): 12, date(2024, 6, 30): 40})
    apply(bank, "no", "declined")
    for name, day, score in (("B1", datetime(2024, 6, 9), 500), ("B2", datetime(2024, 6, 11), 900)):
        report = {"bureau_report_id": name, "customer_id": "C1", "queried_at": day}
        tables.fill(
            bank, "bureau_reports", {**report, "query_reason": "application", "bureau_score": score}
        )
    found = applied(bank).loc["no"]
    assert found["bureau_score"] == 500
    assert found["dpd_own"] == 12
