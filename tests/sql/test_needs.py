"""Queries about needs, worked out by hand on a few rows."""

from datetime import date, datetime

import pytest

from tests.sql import tables

AS_OF = date(2026, 9, 30)


@pytest.fixture
def bank():
    return tables.connection()


def application(number, customer="C1", at="2026-06-01", **values):
    about = {"application_id": f"Q{number}", "customer_id": customer, "stated_need": "购车"}
    when = datetime.fromisoformat(f"{at}T10:00:00")
    return about | {"applied_at": when, "decision": "approved", "decided_at": when} | values


def outcomes(bank):
    rows = tables.query(bank, "stated_needs_applied", as_of=AS_OF, months=12)
    return rows["need_outcome"].tolist()


def test_what_became_of_a_need_in_an_application(bank):
    tables.fill(
        bank,
        "applications",
        application(1, customer_accepted=True),
        application(2, customer_accepted=False),
        application(3, decision="declined", decline_reason="capacity"),
        application(4, decision="declined", decline_reason="documents"),
        application(5, decision="withdrawn"),
        application(6, decision="pending", decided_at=None),
        application(7, customer_accepted=None),
        application(8, at="2025-09-01", customer_accepted=True),
        application(9, stated_need="  "),
        application(10, at="2026-10-01", customer_accepted=True),
    )
    assert outcomes(bank) == [
        *("served", "unserved", "own_risk", "unserved", "unserved", "open", "open"),
    ]


def contact(number, customer="C1", at="2026-03-01", **values):
    about = {"interaction_id": f"T{number}", "customer_id": customer, "topic": "need"}
    return about | {"started_at": datetime.fromisoformat(f"{at}T09:00:00")} | values


def test_what_became_of_a_need_in_a_contact(bank):
    tables.fill(
        bank,
        "interactions",
        contact(1, "A", note_text="买车"),
        contact(2, "B", note_text="买车"),
        contact(3, "C", note_text="买车"),
        contact(4, "D", "2026-09-01", note_text="买车"),
        contact(5, "E", note_text="买车", topic="care"),
        contact(6, "F", note_text="买车"),
    )
    tables.fill(
        bank,
        "applications",
        application(1, "A", "2026-04-01", customer_accepted=True),
        application(2, "B", "2026-08-01", customer_accepted=True),
        application(3, "F", "2026-04-01", decision="declined", decline_reason="fraud"),
    )
    found = tables.query(bank, "stated_needs_noted", as_of=AS_OF, months=12, follow=90)
    by = dict(zip(found["customer_id"], found["need_outcome"], strict=True))
    assert by == {
        **{"A": "served", "B": "unserved", "C": "unserved", "D": "open"},
        "F": "own_risk",
    }


def test_a_contact_is_followed_to_the_money(bank):
    tables.fill(
        bank,
        "customers",
        {"customer_id": "A", "customer_type": "corporate", "size_class": "micro"},
        {"customer_id": "B", "customer_type": "individual"},
    )
    tables.fill(
        bank,
        "interactions",
        contact(1, "A", "2026-01-10"),
        contact(2, "A", "2026-02-10"),
        contact(3, "B", "2026-01-10"),
        contact(4, "B", "2026-08-10"),
    )
    decided = datetime(2026, 2, 25, 9)
    tables.fill(bank, "applications", application(1, "A", "2026-02-20", decided_at=decided))
    loan = {"loan_id": "L1", "application_id": "Q1", "customer_id": "A"}
    tables.fill(bank, "loans", loan | {"disbursed_on": date(2026, 3, 2)})
    values = {"as_of": AS_OF, "months": 12, "follow": 90, "decide": 90}
    found = tables.query(bank, "need_funnel", **values).set_index("customer_id")
    # The second contact of A belongs to the first; the second of B had no time yet.
    assert len(found) == 2
    a = found.loc["A"]
    assert (a["segment"], a["days_to_apply"], a["days_to_decide"], a["days_to_draw"]) == (
        *("micro", 41, 5, 5),
    )
    assert found[["applied", "approved", "drawn"]].loc["A"].all()
    assert not found[["applied", "approved", "drawn"]].loc["B"].any()


def test_who_may_be_offered_something(bank):
    known = {"customer_type": "individual", "opened_on": date(2020, 1, 1), "branch_id": "B1"}
    for name in ("A", "B", "C", "D"):
        row = {"customer_id": name, **known, "do_not_contact": name == "C"}
        tables.fill(bank, "customers", row | {"closed_on": AS_OF if name == "D" else None})
    granted = datetime(2026, 1, 1)
    consent = {"purpose": "marketing", "granted_at": granted}
    tables.fill(
        bank,
        "consents",
        {"consent_id": "1", "customer_id": "A", **consent},
        {"consent_id": "2", "customer_id": "B", **consent, "withdrawn_at": datetime(2026, 9, 1)},
        {"consent_id": "3", "customer_id": "C", **consent, "purpose": "survey"},
    )
    warning = {"warning_id": "W1", "customer_id": "A", "level": "red", "raised_at": granted}
    tables.fill(bank, "warnings", warning, warning | {"customer_id": "B", "verdict": "false_alarm"})
    contacts = {"customer_id": "A", "campaign_id": "Y1", "contacted_at": datetime(2026, 9, 20)}
    tables.fill(bank, "campaign_contacts", contacts)
    found = tables.query(bank, "offer_customers", as_of=AS_OF).set_index("customer_id")
    assert found.index.tolist() == ["A", "B", "C"]
    assert found["consents"].tolist() == [True, False, False]
    assert found["warning_rank"].tolist() == [3, 0, 0]
    assert found["do_not_contact"].tolist() == [False, False, True]
    assert found.loc["A", "days_rested"] == 10


def test_questions_about_importance_are_no_scores(bank):
    wave = {"wave_id": "W", "field_from": date(2026, 6, 1), "field_to": date(2026, 7, 1)}
    tables.fill(bank, "survey_waves", wave)
    asked = {"wave_id": "W", "construct": "speed", "scale": "likert_5", "is_reverse": False}
    tables.fill(
        bank,
        "survey_questions",
        asked | {"question_id": "speed"},
        asked | {"question_id": "importance_speed"},
    )
    tables.fill(bank, "customers", {"customer_id": "A", "customer_type": "individual"})
    tables.fill(bank, "survey_invitations", {"wave_id": "W", "customer_id": "A"})
    answer = {"wave_id": "W", "customer_id": "A"}
    tables.fill(
        bank,
        "survey_answers",
        answer | {"question_id": "speed", "value_num": 2},
        answer | {"question_id": "importance_speed", "value_num": 5},
    )
    scores = tables.query(bank, "survey_responses", wave="W", as_of=AS_OF)
    assert scores["speed"].tolist() == [2]
    weights = tables.query(bank, "stated_importance", wave="W", as_of=AS_OF)
    assert weights[["construct", "importance"]].to_numpy().tolist() == [["speed", 5.0]]
