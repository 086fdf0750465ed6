from datetime import date, datetime

import pandas as pd
import pytest

from tests.sql import tables

MONTHS = [day.date() for day in pd.date_range("2024-01-31", "2025-12-31", freq="ME")]
COHORT = date(2024, 12, 31)


def customer(name, kind="individual", **more):
    return {"customer_id": name, "customer_type": kind, "opened_on": date(2020, 12, 1), **more}


def loan(name, owner, **more):
    return {
        "loan_id": name,
        "customer_id": owner,
        "product_id": "P",
        "disbursed_on": date(2023, 6, 15),
        "matures_on": date(2026, 6, 15),
        "principal": 1000,
        **more,
    }


def months(name, dpd=None, **more):
    """Return one row per month; `dpd` maps some months to days past due."""
    return [
        {
            "loan_id": name,
            "month_end": month,
            "balance": 500,
            "rate": 0.05,
            "dpd": (dpd or {}).get(month, 0),
            "five_class": "normal",
            "restructured": False,
            **more,
        }
        for month in MONTHS
    ]


@pytest.fixture
def bank():
    found = tables.connection()
    tables.fill(found, "products", {"product_id": "P", "product_type": "consumer"})
    tables.fill(found, "products", {"product_id": "H", "product_type": "mortgage"})
    return found


def add(bank, name="L1", *, owner="C1", dpd=None, months_more=None, **more):
    tables.fill(bank, "customers", customer(owner))
    tables.fill(bank, "loans", loan(name, owner, **more))
    tables.fill(bank, "loan_months", *months(name, dpd, **(months_more or {})))


def cases(bank, *, horizon=12, window=6, as_of="2025-12-31"):
    return tables.credit_cases(bank, horizon=horizon, window=window, as_of=as_of)


def test_cohorts_are_half_year_ends_with_a_known_outcome_and_a_full_window(bank):
    add(bank)
    assert cases(bank)["cohort"].dt.date.tolist() == [date(2024, 6, 30), COHORT]
    assert cases(bank, as_of="2025-11-30")["cohort"].dt.date.tolist() == [date(2024, 6, 30)]
    assert cases(bank, window=7)["cohort"].dt.date.tolist() == [COHORT]
    assert cases(bank, as_of="2024-12-31").empty


def test_more_than_ninety_days_within_the_horizon_is_a_default_and_ninety_is_not(bank):
    add(bank, "L90", owner="A", dpd={date(2025, 3, 31): 90})
    add(bank, "L91", owner="B", dpd={date(2025, 3, 31): 91})
    add(bank, "late", owner="C", dpd={date(2025, 12, 31): 91})
    found = cases(bank)
    own = found[found["cohort"] == pd.Timestamp(COHORT)].set_index("loan_id")["defaulted"]
    assert own.to_dict() == {"L90": 0, "L91": 1, "late": 1}


def test_a_default_after_the_horizon_does_not_count(bank):
    add(bank, dpd={date(2025, 7, 31): 120})
    found = cases(bank, horizon=6).set_index("cohort")["defaulted"]
    assert found[pd.Timestamp(COHORT)] == 0
    assert found[pd.Timestamp("2025-06-30")] == 1


def test_a_loan_in_default_or_closed_at_the_cohort_is_no_case(bank):
    add(bank, "bad", owner="A", dpd={COHORT: 91})
    add(bank, "closed", owner="B", closed_on=COHORT)
    add(bank, "good", owner="C")
    found = cases(bank)
    own = found[found["cohort"] == pd.Timestamp(COHORT)]
    assert own["loan_id"].tolist() == ["good"]


def test_a_worse_class_or_a_write_off_is_a_default(bank):
    add(bank, "class", owner="A")
    bank.execute(
        "UPDATE loan_months SET five_class = 'substandard' WHERE month_end = DATE '2025-02-28'"
    )
    add(bank, "gone", owner="B", closed_on=date(2025, 5, 31), close_type="written_off")
    add(bank, "paid", owner="C", closed_on=date(2025, 5, 31), close_type="matured")
    found = cases(bank)
    own = found[found["cohort"] == pd.Timestamp(COHORT)].set_index("loan_id")["defaulted"]
    assert own.to_dict() == {"class": 1, "gone": 1, "paid": 0}


def test_features_look_back_the_window_and_never_ahead(bank):
    add(
        bank,
        dpd={
            date(2024, 6, 30): 85,
            date(2024, 7, 31): 61,
            date(2024, 11, 30): 5,
            date(2025, 1, 31): 40,
        },
    )
    row = cases(bank).set_index("cohort").loc[pd.Timestamp(COHORT)]
    assert (row["dpd_last"], row["dpd_max"]) == (0, 61)
    assert (row["months_late"], row["months_late_60"]) == (2, 1)
    assert row["balance_share"] == 0.5
    assert (row["term_months"], row["age_months"], row["tenure_months"]) == (36, 18, 48)


def test_the_last_bureau_report_before_the_cohort_is_used(bank):
    add(bank)
    for name, day, score in (
        ("R1", datetime(2024, 3, 1, 9), 600),
        ("R2", datetime(2024, 12, 31, 23), 650),
        ("R3", datetime(2025, 1, 1, 0), 300),
    ):
        tables.fill(
            bank,
            "bureau_reports",
            {
                "bureau_report_id": name,
                "customer_id": "C1",
                "queried_at": day,
                "bureau_score": score,
            },
        )
    found = cases(bank).set_index("cohort")["bureau_score"]
    assert found[pd.Timestamp("2024-06-30")] == 600
    assert found[pd.Timestamp(COHORT)] == 650


def consent(name, owner="C1", *, granted=datetime(2023, 1, 1), **more):
    row = {"consent_id": name, "customer_id": owner, "granted_at": granted}
    return {**row, "purpose": "bureau_query", **more}


@pytest.mark.parametrize(
    ("named", "used"),
    [
        ("live", 650),
        (None, 600),
        ("unknown", 600),
        ("another's", 600),
        ("later", 600),
        ("withdrawn", 600),
        ("expired", 600),
        ("withdrawn afterwards", 650),
        ("to marketing", 600),
        ("to assessment", 600),
    ],
)
def test_a_bureau_report_without_a_live_consent_is_no_feature(bank, named, used):
    add(bank)
    queried = datetime(2024, 12, 1, 9)
    tables.fill(
        bank,
        "consents",
        consent("live"),
        consent("another's", "C2"),
        consent("later", granted=datetime(2024, 12, 1, 10)),
        consent("withdrawn", withdrawn_at=queried),
        consent("expired", expires_at=queried),
        consent("withdrawn afterwards", withdrawn_at=datetime(2024, 12, 2)),
        consent("to marketing", purpose="marketing"),
        consent("to assessment", purpose="credit_assessment"),
    )
    asked = {"customer_id": "C1", "query_reason": "post_loan"}
    older = {**asked, "queried_at": datetime(2024, 3, 1), "consent_id": "live"}
    newer = {**asked, "queried_at": queried, "consent_id": named}
    tables.fill(bank, "bureau_reports", {"bureau_report_id": "R1", "bureau_score": 600, **older})
    tables.fill(bank, "bureau_reports", {"bureau_report_id": "R2", "bureau_score": 650, **newer})
    assert cases(bank).set_index("cohort")["bureau_score"][pd.Timestamp(COHORT)] == used


def test_a_statement_is_known_only_months_after_its_period(bank):
    add(bank)
    for day, liabilities in ((date(2024, 8, 31), 40), (date(2024, 9, 30), 90)):
        tables.fill(
            bank,
            "financials",
            {
                "customer_id": "C1",
                "period_end": day,
                "basis": "audited",
                "period_months": 12,
                "income": 200,
                "total_assets": 100,
                "total_liabilities": liabilities,
            },
        )
    found = cases(bank).set_index("cohort")
    assert found.loc[pd.Timestamp(COHORT), "leverage"] == 0.4
    assert pd.isna(found.loc[pd.Timestamp("2024-06-30"), "leverage"])


def test_contacts_are_counted_in_the_window_and_missing_where_none_are_recorded(bank):
    add(bank)
    assert cases(bank)["contacts"].isna().all()
    for at, (day, topic) in enumerate(
        [
            (datetime(2024, 6, 30, 12), "care"),
            (datetime(2024, 7, 1, 0), "complaint"),
            (datetime(2024, 12, 31, 12), "collection"),
            (datetime(2025, 1, 1, 0), "complaint"),
        ]
    ):
        tables.fill(
            bank,
            "interactions",
            {
                "interaction_id": str(at),
                "customer_id": "C1",
                "started_at": day,
                "topic": topic,
            },
        )
    row = cases(bank).set_index("cohort").loc[pd.Timestamp(COHORT)]
    assert (row["contacts"], row["complaints"], row["collection_contacts"]) == (2, 1, 1)


def test_the_segment_follows_size_type_and_mortgage(bank):
    for name, more in (
        ("A", {"kind": "corporate", "size_class": "micro"}),
        ("B", {"kind": "corporate"}),
        ("C", {"kind": "business_owner"}),
        ("D", {}),
        ("E", {}),
    ):
        tables.fill(bank, "customers", customer(name, **more))
        tables.fill(bank, "loans", loan(f"L{name}", name))
        tables.fill(bank, "loan_months", *months(f"L{name}"))
    tables.fill(bank, "loans", loan("home", "E", product_id="H"))
    found = cases(bank).drop_duplicates("loan_id").set_index("loan_id")["segment"]
    assert found.to_dict() == {
        "LA": "micro",
        "LB": "not_covered",
        "LC": "business_owner",
        "LD": "consumer",
        "LE": "mortgage",
    }


def test_outcomes_that_the_source_supplies_set_cohort_and_cases(bank):
    tables.fill(bank, "facilities", {"facility_id": "F", "credit_limit": 800, "revolving": True})
    add(bank, "card", dpd={COHORT: 120}, facility_id="F", months_more={"paid_amount": 50})
    add(bank, "other", owner="C2")
    tables.fill(
        bank,
        "default_outcomes",
        {
            "loan_id": "card",
            "observed_on": COHORT,
            "horizon_months": 1,
            "defaulted": True,
            "source": "owner",
        },
    )
    found = cases(bank, horizon=1, as_of="2024-12-31")
    own = found[found["cohort"] == pd.Timestamp(COHORT)]
    assert own["loan_id"].tolist() == ["card"]
    row = own.iloc[0]
    assert row["defaulted"] == 1
    assert row["utilisation_mean"] == 500 / 800
    assert (row["paid_last"], row["paid_mean"], row["paid_ratio"]) == (50, 50, 0.1)


def test_rows_come_in_a_total_order_and_one_per_loan_and_cohort(bank):
    for name in ("L3", "L1", "L2"):
        add(bank, name, owner=f"C{name}")
    found = cases(bank)
    assert not found.duplicated(["cohort", "loan_id"]).any()
    assert found.equals(found.sort_values(["cohort", "loan_id"], ignore_index=True))


def to_score(bank, day, *, window=6):
    return tables.credit_cases(bank, horizon=0, window=window, as_of=day.isoformat(), scored_on=day)


def test_loans_to_score_are_those_that_perform_on_the_day_whatever_month_it_is(bank):
    day = date(2025, 5, 31)
    add(bank, "sound", owner="A", dpd={day: 90})
    add(bank, "late", owner="B", dpd={day: 91})
    add(bank, "gone", owner="C", closed_on=date(2025, 4, 30))
    found = to_score(bank, day)
    assert found["loan_id"].tolist() == ["sound"]
    assert found["cohort"].dt.date.tolist() == [day]
    assert found["dpd_last"].tolist() == [90.0]


def test_a_loan_scored_on_the_day_of_a_cohort_has_the_features_it_is_learnt_from(bank):
    add(bank, "L1", owner="A", dpd={date(2024, 10, 31): 40})
    learnt = cases(bank)
    learnt = learnt[learnt["cohort"].dt.date == COHORT].drop(columns="defaulted")
    scored = to_score(bank, COHORT).drop(columns="defaulted")
    assert scored.reset_index(drop=True).equals(learnt.reset_index(drop=True))


def test_nothing_is_scored_without_the_months_that_features_look_back_to(bank):
    add(bank)
    assert to_score(bank, date(2025, 5, 15)).empty
    assert to_score(bank, MONTHS[2]).empty


def test_supplied_outcomes_are_no_loans_to_score(bank):
    add(bank)
    supplied = {"loan_id": "L1", "observed_on": MONTHS[8], "horizon_months": 12}
    tables.fill(bank, "default_outcomes", {**supplied, "defaulted": True})
    assert to_score(bank, COHORT)["cohort"].dt.date.tolist() == [COHORT]


def test_every_month_end_from_a_day_on_is_a_cohort_where_that_is_asked(bank):
    add(bank)
    found = tables.credit_cases(
        bank, horizon=6, window=6, as_of="2025-12-31", monthly_from=date(2025, 3, 1)
    )
    assert [day.month for day in found["cohort"]] == [3, 4, 5, 6]
    halves = tables.credit_cases(bank, horizon=6, window=6, as_of="2025-12-31")
    assert [(day.year, day.month) for day in halves["cohort"]] == [(2024, 6), (2024, 12), (2025, 6)]
    both = found[found["cohort"] == "2025-06-30"].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        both, halves[halves["cohort"] == "2025-06-30"].reset_index(drop=True)
    )
