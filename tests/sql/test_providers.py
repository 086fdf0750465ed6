from datetime import date, datetime

import pytest

from tests.sql import tables

LAST = date(2026, 9, 30)
PERSONS = {"natural_persons": ",individual,", "credit_items": ",fraud_score,"}


def item(name, received, *, owner="C1", **more):
    row = {"item_id": name, "customer_id": owner, "provider": "P", "item_code": "fraud_score"}
    return {**row, "consent_id": f"A{owner}", "value": 40, "received_at": received, **more}


@pytest.fixture
def bank():
    found = tables.connection()
    for owner, kind in (("C1", "individual"), ("C2", "individual"), ("C3", "corporate")):
        tables.fill(found, "customers", {"customer_id": owner, "customer_type": kind})
        loan = {"loan_id": f"L{owner}", "customer_id": owner, "disbursed_on": date(2024, 1, 1)}
        tables.fill(found, "loans", loan)
        consent = {"consent_id": f"A{owner}", "customer_id": owner}
        more = {"granted_at": datetime(2024, 1, 1), "purpose": "third_party_sharing"}
        tables.fill(found, "consents", {**consent, **more})
        rating = {"assessment_id": f"E{owner}", "customer_id": owner, "pd_12m": 0.02}
        tables.fill(found, "risk_assessments", {**rating, "assessed_on": date(2024, 12, 31)})
    return found


def test_a_provider_is_counted_over_the_borrowers_it_applies_to(bank):
    tables.fill(
        bank,
        "third_party_items",
        item("I1", datetime(2026, 5, 1), cost=2, licensed_bureau=True),
        item("I2", datetime(2026, 6, 1), cost=3, consent_id=None),
        item("I3", datetime(2025, 9, 30), owner="C2", cost=5),
    )
    rows = tables.query(bank, "providers", as_of=LAST, months=12, **PERSONS)
    # C3 is a firm, to which the provider never supplied anything; I3 is too old.
    assert rows.to_dict("records") == [
        {
            **{"provider": "P", "borrowers": 2, "covered": 1, "items": 2, "cost": 5.0},
            **{"without_consent": 1, "credit_items": 2, "licensed": 1},
        }
    ]
    bank.execute("UPDATE consents SET purpose = 'marketing'")
    rows = tables.query(bank, "providers", as_of=LAST, months=12, **PERSONS)
    assert rows["without_consent"].tolist() == [2]


def cases(bank):
    return tables.query(bank, "provider_cases", as_of=LAST, horizon=12, overdue_days=90)


def months(bank, owner, dpd=None):
    for end in (date(2025, 9, 30), date(2025, 12, 31), date(2026, 9, 30)):
        row = {"loan_id": f"L{owner}", "month_end": end, "balance": 10}
        tables.fill(bank, "loan_months", {**row, "dpd": (dpd or {}).get(end, 0)})


def test_the_newest_item_of_the_quarter_before_the_cohort_is_judged(bank):
    months(bank, "C1", {date(2026, 9, 30): 91})
    months(bank, "C2", {date(2026, 9, 30): 90})
    months(bank, "C3", {date(2025, 9, 30): 91})
    tables.fill(
        bank,
        "third_party_items",
        item("I1", datetime(2025, 6, 30, 9), value=1),
        item("I2", datetime(2025, 7, 1, 9), value=2),
        item("I3", datetime(2025, 9, 29, 9), value=3),
        item("I4", datetime(2025, 9, 30, 9), value=4),
        item("I5", datetime(2025, 8, 1), owner="C2", value=5),
        item("I6", datetime(2025, 8, 1), owner="C3", value=6),
    )
    found = cases(bank)
    columns = ["customer_id", "measure", "pd", "defaulted"]
    assert found[columns].to_numpy().tolist() == [["C1", 3.0, 0.02, 1], ["C2", 5.0, 0.02, 0]]
    assert found["cohort"].dt.date.unique().tolist() == [date(2025, 9, 30)]
    bank.execute("UPDATE consents SET expires_at = TIMESTAMP '2025-09-01'")
    assert cases(bank)["measure"].tolist() == [2.0, 5.0]
    bank.execute("UPDATE consents SET purpose = 'marketing' WHERE customer_id = 'C1'")
    assert cases(bank)["measure"].tolist() == [5.0]
