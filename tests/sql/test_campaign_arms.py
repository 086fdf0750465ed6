"""Both arms of campaigns, counted by hand, and the KPI from the same rows."""

from datetime import date, datetime

import pytest

from tests.sql import tables
from workbench.analysis.campaign_uplift import campaign_uplift
from workbench.sql import catalogue

WINDOW = {"from": date(2025, 12, 31), "to": date(2026, 12, 31)}


def contacts(*rows):
    """Return campaigns of campaign, arm, day and how many took a loan, of how many."""
    found = tables.connection()
    for name in sorted({row[0] for row in rows}):
        tables.fill(found, "campaigns", {"campaign_id": name, "name": f"name {name}"})
    for campaign, arm, day, loans, number in rows:
        for at in range(number):
            row = {"campaign_id": campaign, "customer_id": f"{campaign}{arm}{at}", "arm": arm}
            row |= {"assigned_at": datetime.fromisoformat(day), "cost": 2.0}
            row |= {"contacted_at": datetime.fromisoformat(day)} if arm == "treatment" else {}
            row |= {"converted_loan_id": f"L{at}"} if at < loans else {}
            tables.fill(found, "campaign_contacts", row | {"opted_out": at == 0})
    return found


def test_arms_are_counted_within_the_window_and_give_the_kpi():
    found = contacts(
        ("a", "treatment", "2026-03-01", 3, 10),
        ("a", "control", "2026-03-01", 1, 5),
        ("b", "treatment", "2026-06-01", 2, 8),
        ("b", "control", "2026-06-01", 0, 4),
        ("old", "treatment", "2025-12-31", 5, 5),
    )
    arms = tables.query(found, "campaign_arms", **WINDOW)
    assert arms["campaign"].tolist() == ["name a", "name b"]
    names = ["treated", "untreated", "treated_loans", "untreated_loans", "contacted", "opted_out"]
    assert arms[names].to_numpy().tolist() == [[10, 5, 3, 1, 10, 1], [8, 4, 2, 0, 8, 1]]
    assert arms["cost"].tolist() == [30.0, 24.0]
    told = found.execute(catalogue.kpi("CAMPAIGN_UPLIFT").query, WINDOW).df().iloc[0]
    uplift = campaign_uplift(arms, WINDOW["from"]).facts["campaign_uplift"].value
    assert uplift == pytest.approx(told["value"])
