"""The queries behind measures and the next wave, on tables small enough to read."""

from datetime import date
from importlib.resources import files

import duckdb
import pandas as pd
import pytest

from workbench import sql

DAY = date(2026, 7, 10)


def table(columns, *rows):
    return pd.DataFrame(list(rows), columns=columns.split())


def stamp(text):
    return pd.Timestamp(text)


@pytest.fixture
def bank():
    nat = pd.NaT
    frames = {
        "customers": table(
            "customer_id customer_type size_class branch_id do_not_contact closed_on",
            ("a", "corporate", "small", "B1", False, None),
            ("b", "business_owner", None, "B1", True, None),
            ("c", "individual", None, "B2", False, None),
            ("d", "individual", None, "B2", False, date(2026, 7, 10)),
            ("e", "individual", None, "B2", False, None),
            ("f", "individual", None, "B2", False, None),
        ),
        "loans": table(
            "customer_id product_id disbursed_on closed_on",
            *((who, "C", date(2020, 1, 1), None) for who in "abcd"),
            ("c", "M", date(2020, 1, 1), date(2026, 7, 10)),
            ("e", "M", DAY, None),
            ("e", "C", date(2020, 1, 1), None),
            ("f", "C", date(2026, 7, 11), None),
        ),
        "products": table("product_id product_type", ("M", "mortgage"), ("C", "consumer")),
        "branches": table(
            "branch_id branch_name dept_role", ("B1", "东", "relationship"), ("B2", "西", "risk")
        ),
        "staff": table("staff_id branch_id", ("s1", "B2")),
        "consents": pd.DataFrame(
            [
                ("a", "survey", stamp("2026-07-10 23:59"), nat, nat),
                ("b", "marketing", stamp("2026-01-01"), nat, nat),
                ("c", "survey", stamp("2026-01-01"), nat, stamp("2026-07-10 12:00")),
                ("e", "survey", stamp("2026-01-01"), stamp("2026-07-11"), nat),
                ("e", "survey", stamp("2026-01-01"), nat, nat),
            ],
            columns=["customer_id", "purpose", "granted_at", "expires_at", "withdrawn_at"],
        ),
        "survey_waves": table(
            "wave_id field_from field_to",
            ("W1", date(2026, 4, 1), date(2026, 4, 10)),
            ("W2", date(2026, 7, 10), date(2026, 7, 20)),
            ("W3", date(2026, 7, 11), date(2026, 7, 21)),
        ),
        "survey_invitations": table(
            "wave_id customer_id", ("W1", "a"), ("W2", "a"), ("W3", "b"), ("W1", "e")
        ),
        "campaign_contacts": table(
            "customer_id contacted_at",
            ("a", stamp("2026-07-10 09:00")),
            ("a", stamp("2026-07-11 09:00")),
            ("b", nat),
        ),
        "actions": table(
            "action_id origin_type origin_id branch_id measure owner_staff_id opened_at started_on "
            "due_at done_at target_metric baseline_value target_value cost",
            ("M2", "survey", "W1", "B1", "training", "s1", stamp("2026-07-10 23:00"), None,
             stamp("2026-08-01"), nat, "NPS", 10.0, 15.0, None),
            ("M1", "complaint", "K1", None, "review", None, stamp("2026-07-01"), date(2026, 7, 11),
             stamp("2026-07-09"), stamp("2026-07-11 00:00"), None, None, None, None),
            ("M3", "survey", "W1", "B1", "training", "s1", stamp("2026-07-11"), None,
             stamp("2026-08-01"), nat, "NPS", 10.0, 15.0, None),
        ),
    }  # fmt: skip
    connection = duckdb.connect()
    for name, frame in frames.items():
        connection.register(name, frame)
    return connection


def ask(bank, name):
    text = files(sql).joinpath(f"{name}.sql").read_text("utf-8")
    return bank.execute(text, {"as_of": DAY}).df()


def test_the_frame_is_who_has_a_live_loan(bank):
    own = ask(bank, "survey_frame").set_index("customer_id")
    assert own["segment"].to_dict() == {
        "a": "small",
        "b": "business_owner",
        "c": "consumer",
        "e": "mortgage",
    }


def test_only_a_live_consent_to_be_surveyed_counts(bank):
    own = ask(bank, "survey_frame").set_index("customer_id")["consents"]
    assert own.to_dict() == {"a": True, "b": False, "c": False, "e": True}


def test_the_last_invitation_and_contact_are_those_known_on_the_day(bank):
    own = ask(bank, "survey_frame").set_index("customer_id")
    assert own.loc["a", "surveyed_on"] == pd.Timestamp("2026-07-20")
    assert pd.isna(own.loc["b", "surveyed_on"])
    assert own.loc["a", "contacted_on"] == pd.Timestamp("2026-07-10")
    assert pd.isna(own.loc["b", "contacted_on"])
    assert own["do_not_contact"].tolist() == [False, True, False, False]


def test_measures_are_those_raised_and_what_came_later_is_not_known(bank):
    own = ask(bank, "measures").set_index("action_id")
    assert own.index.tolist() == ["M1", "M2"]
    assert own.loc["M1", ["started_on", "done_at", "branch_name", "owner_dept"]].isna().all()
    assert own.loc["M2", ["branch_name", "owner_dept"]].tolist() == ["东", "risk"]
