"""Outside sources of the demo bank: what was planted is found again."""

from datetime import date

import pytest

from tests.sql import tables
from workbench.analysis.consent_gaps import consent_gaps
from workbench.data import demo

LAST = date(2026, 9, 30)
READ = (
    *("bureau_reports", "third_party_items", "consents", "public_records", "customers"),
    *("branches", "financials", "loans", "loan_months", "risk_assessments"),
)


@pytest.fixture(scope="module")
def made():
    return demo.tables()


@pytest.fixture(scope="module")
def planted(made):
    return {name: each["value"] for name, each in made[1]["planted"].items()}


@pytest.fixture(scope="module")
def bank(made):
    found = tables.connection()
    for name in READ:
        table = made[0][name]
        plain = table.astype(dict.fromkeys(table.select_dtypes("category").columns, object))
        found.register("made", plain)
        found.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made")
        found.unregister("made")
    return found


def test_the_gaps_in_the_consents_are_the_planted_ones(bank, planted):
    result = consent_gaps(tables.query(bank, "consent_uses", as_of=LAST))
    share = result.table.set_index(["information", "consent_gap"])["share"]
    for kind, planting in (
        ("bureau_reports", "consents.bureau_gaps"),
        ("third_party_items", "third_party.consent_gaps"),
    ):
        told = {"none_named": "none", "expired": "expired", "withdrawn": "withdrawn"}
        found = {told[reason]: value for reason, value in share[kind].items()}
        # The truth rounds to six places.
        assert found == pytest.approx(planted[planting], abs=1e-6)
