from datetime import date, datetime

import pytest

from tests.sql import tables

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
        tables.fill(found, "consents", row)
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
def test_a_use_is_live_or_has_one_reason(bank, table, key, clock, named, gap):
    tables.fill(bank, table, {key: "R", "customer_id": "C1", "consent_id": named, clock: AT})
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
        tables.fill(bank, "bureau_reports", {**row, "queried_at": at})
    found = uses(bank)
    assert found[["used_quarter", "uses"]].to_numpy().tolist() == [[3, 1]]
