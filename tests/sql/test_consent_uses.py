from datetime import date, datetime

import pytest

from tests.sql import tables
from workbench import schema

AT = datetime(2026, 5, 4, 10)


@pytest.fixture
def bank():
    found = tables.connection()
    for name, more in (
        ("live", {}),
        ("another's", {"customer_id": "C2"}),
        ("later", {"granted_at": datetime(2026, 5, 4, 11)}),
        ("withdrawn", {"withdrawn_at": AT}),
        ("expired", {"expires_at": AT}),
        ("long", {"expires_at": datetime(2026, 5, 4, 11)}),
    ):
        row = {"consent_id": name, "customer_id": "C1", "granted_at": datetime(2025, 1, 1), **more}
        tables.fill(found, "consents", {**row, "purpose": "bureau_query"})
        row["consent_id"] += " for items"
        tables.fill(found, "consents", {**row, "purpose": "third_party_sharing"})
    return found


def uses(bank, as_of=date(2026, 9, 30)):
    return tables.query(bank, "consent_uses", as_of=as_of)


@pytest.mark.parametrize(
    ("named", "gap"),
    [
        ("live", None),
        ("long", None),
        (None, "none_named"),
        ("unknown", "not_found"),
        ("another's", "other_customer"),
        ("later", "before_grant"),
        ("withdrawn", "withdrawn"),
        ("expired", "expired"),
    ],
)
@pytest.mark.parametrize(
    ("table", "key", "clock"),
    [
        ("bureau_reports", "bureau_report_id", "queried_at"),
        ("third_party_items", "item_id", "received_at"),
    ],
)
def test_a_use_is_covered_or_has_one_reason(bank, table, key, clock, named, gap):
    row = {key: "R", "customer_id": "C1", "consent_id": named, clock: AT}
    if table == "bureau_reports":
        row["query_reason"] = "loan_approval"
    elif named:
        row["consent_id"] = f"{named} for items"
    tables.fill(bank, table, row)
    row = uses(bank).astype(object).iloc[0]
    assert (row["information"], row["used_year"], row["used_quarter"]) == (table, 2026, 2)
    assert row["uses"] == 1
    if gap is None:
        assert row[["gap", "customer_id"]].isna().all()
    else:
        assert (row["gap"], row["customer_id"]) == (gap, "C1")


def test_uses_are_counted_up_to_the_day(bank):
    for name, at in enumerate((datetime(2026, 9, 30, 23), datetime(2026, 10, 1))):
        row = {"bureau_report_id": str(name), "customer_id": "C1", "consent_id": "live"}
        row["query_reason"] = "post_loan"
        tables.fill(bank, "bureau_reports", {**row, "queried_at": at})
    found = uses(bank)
    assert found[["used_quarter", "uses"]].to_numpy().tolist() == [[3, 1]]


PURPOSES = {
    # Reason for the query: which consents cover it (the rule pack, worked by hand).
    "loan_approval": {"bureau_query"},
    "post_loan": {"bureau_query"},
    "guarantee_review": {"bureau_query"},
    "objection": {"bureau_query"},
    "other": set(),
}


@pytest.mark.parametrize("purpose", schema.values("consent_purpose"))
def test_a_live_consent_to_something_else_is_a_reason_of_its_own(bank, purpose):
    assert PURPOSES.keys() == schema.values("query_reason").keys()
    consent = {"consent_id": "K", "customer_id": "C1", "granted_at": datetime(2025, 1, 1)}
    tables.fill(bank, "consents", {**consent, "purpose": purpose})
    used = {"customer_id": "C1", "consent_id": "K"}
    for reason in PURPOSES:
        row = {**used, "bureau_report_id": reason, "queried_at": AT, "query_reason": reason}
        tables.fill(bank, "bureau_reports", row)
    tables.fill(bank, "third_party_items", {**used, "item_id": "I", "received_at": AT})
    found = uses(bank)
    wrong = found[found["gap"].eq("wrong_purpose")].groupby("information")["uses"].sum()
    covered = sum(purpose in each for each in PURPOSES.values())
    assert found["uses"].sum() == 6
    assert found["gap"].dropna().isin(["wrong_purpose"]).all()
    assert wrong.get("bureau_reports", 0) == 5 - covered
    assert wrong.get("third_party_items", 0) == (purpose != "third_party_sharing")


def test_that_a_consent_had_ended_is_said_before_what_it_was_for(bank):
    bank.execute("UPDATE consents SET purpose = 'marketing'")
    for name in ("expired", "withdrawn", "live"):
        row = {"bureau_report_id": name, "customer_id": "C1", "consent_id": name}
        more = {"queried_at": AT, "query_reason": "loan_approval"}
        tables.fill(bank, "bureau_reports", {**row, **more})
    assert sorted(uses(bank)["gap"]) == ["expired", "withdrawn", "wrong_purpose"]
