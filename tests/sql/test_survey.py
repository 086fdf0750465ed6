"""The two survey queries, on tables small enough to read."""

from datetime import date
from importlib.resources import files

import duckdb
import pandas as pd
import pytest

from workbench import sql

DAY = date(2026, 7, 10)


def table(columns, *rows):
    return pd.DataFrame(list(rows), columns=columns.split())


@pytest.fixture
def bank():
    customers = table(
        "customer_id customer_type size_class branch_id",
        ("a", "corporate", "small", "B1"),
        ("b", "corporate", None, "B1"),
        ("c", "business_owner", None, "B2"),
        ("d", "individual", None, "B2"),
        ("e", "individual", None, "B9"),
        ("f", "individual", None, "B2"),
    )
    loans = table(
        "customer_id product_id disbursed_on closed_on",
        ("d", "M", date(2020, 1, 1), None),
        ("e", "M", date(2020, 1, 1), date(2026, 7, 1)),
        ("f", "M", date(2026, 7, 2), None),
        ("d", "C", date(2020, 1, 1), None),
    )
    invitations = pd.DataFrame(
        {
            "wave_id": "W2",
            "customer_id": list("abcdef"),
            "stratum": "s",
            "cluster_id": None,
            "frame_count": 60,
            "design_weight": 10.0,
            "status": ["complete", "partial", "refused", "complete", "no_contact", "complete"],
            "mode_assigned": "phone",
            "mode_answered": None,
            "mode_randomised": False,
            "attempts": 1,
            "started_at": pd.Timestamp("2026-07-03 10:00"),
            "completed_at": pd.Timestamp("2026-07-03 10:05"),
        }
    )
    questions = table(
        "wave_id question_id scale construct is_reverse",
        ("W2", "q1", "nps_0_10", "recommend", False),
        ("W2", "q2", "likert_5", "overall", False),
        ("W2", "q3", "likert_5", "speed", True),
        ("W2", "q4", "likert_7", "effort", False),
        ("W2", "q5", "open", "overall", False),
        ("W2", "q6", "likert_5", "speed", False),
        ("W2", "q7", "likert_5", "recommend", False),
    )
    answers = table(
        "wave_id customer_id question_id value_num",
        ("W2", "a", "q1", 0.0),
        ("W2", "a", "q2", 4.0),
        ("W2", "a", "q3", 5.0),
        ("W2", "a", "q6", 3.0),
        ("W2", "a", "q4", 7.0),
        ("W2", "a", "q7", 5.0),
        ("W2", "b", "q1", 99.0),
        ("W2", "b", "q2", 0.0),
        ("W2", "d", "q1", 10.0),
        ("W1", "d", "q2", 1.0),
    )
    waves = table(
        "wave_id name design field_from field_to",
        ("W2", "two", "stratified", date(2026, 7, 1), DAY),
        ("W1", "one", "srs", date(2026, 4, 1), date(2026, 4, 10)),
        ("W3", "three", "srs", date(2026, 10, 1), date(2026, 10, 10)),
    )
    frames = {
        "customers": customers,
        "loans": loans,
        "products": table("product_id product_type", ("M", "mortgage"), ("C", "consumer")),
        "branches": table("branch_id branch_name", ("B1", "东支行"), ("B2", "西支行")),
        "survey_waves": waves,
        "survey_invitations": invitations,
        "survey_questions": questions,
        "survey_answers": answers,
    }
    connection = duckdb.connect()
    for name, frame in frames.items():
        connection.register(name, frame)
    return connection


def ask(bank, name, **values):
    return bank.execute(files(sql).joinpath(f"{name}.sql").read_text("utf-8"), values).df()


def responses(bank, wave="W2", as_of=DAY):
    return ask(bank, "survey_responses", wave=wave, as_of=as_of).set_index("customer_id")


def test_waves_are_listed_with_their_response_once_they_are_over(bank):
    own = ask(bank, "survey_waves", as_of=DAY)
    assert own["wave_id"].tolist() == ["W1", "W2"]
    assert own["invited"].tolist() == [0, 6]
    assert own["answered"].tolist() == [0, 4]
    assert ask(bank, "survey_waves", as_of=date(2026, 7, 9))["wave_id"].tolist() == ["W1"]


def test_every_invitation_is_one_row(bank):
    assert responses(bank).index.tolist() == list("abcdef")
    assert responses(bank, "W1").empty
    assert responses(bank, as_of=date(2026, 7, 9)).empty


def test_segments_follow_size_type_and_a_mortgage_that_is_live_at_the_start(bank):
    assert responses(bank)["segment"].to_dict() == {
        "a": "small",
        "b": "not_covered",
        "c": "business_owner",
        "d": "mortgage",
        "e": "consumer",
        "f": "consumer",
    }


def test_scores_are_turned_round_averaged_and_kept_to_their_scale(bank):
    own = responses(bank)
    assert own.loc["a", ["nps", "csat", "speed", "effort"]].tolist() == [0, 4, 2, 7]
    assert own.loc["b", ["nps", "csat"]].isna().all()
    assert own.loc["d", "nps"] == 10
    assert pd.isna(own.loc["d", "csat"])
    assert own.loc["c", "nps":"price"].isna().all()


def test_a_branch_that_is_not_known_loses_its_name_not_the_row(bank):
    own = responses(bank)
    assert own.loc["a", "branch_name"] == "东支行"
    assert pd.isna(own.loc["e", "branch_name"])


def test_a_wave_name_is_a_value_and_never_code(bank):
    assert responses(bank, "W2' or '1'='1").empty
