"""What was planted in the demo bank about needs comes back, and no words leave the bank."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench import settings
from workbench.analysis import holding_affinity
from workbench.analysis.need_funnel import need_funnel
from workbench.analysis.needs_stated import needs_by_segment
from workbench.analysis.risk_tolerance import risk_tolerance
from workbench.data import demo, stated_needs
from workbench.data.bank import open_bank
from workbench.errors import DataError
from workbench.rules import need_topics, next_product
from workbench.stats.stratified_odds import odds_ratio

HOW = ("refinance", "flexible", "amount", "simpler")


@pytest.fixture(scope="module")
def world():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    bank = open_bank(folder)
    topics = need_topics.topics(bank.as_of)
    said = stated_needs.stated(bank, topics, months=60, follow_days=90)
    planted = json.loads((folder / "truth.json").read_text("utf-8"))["planted"]
    customers = bank.query("offer_customers")
    return SimpleNamespace(bank=bank, topics=topics, said=said, planted=planted, people=customers)


def asked(world):
    """Return needs stated in applications, with how to borrow and the segment."""
    rows = world.said.rows.assign(at=range(len(world.said.rows)))
    rows = rows[rows["source"] == "application"]
    for code in HOW:
        rows[code] = world.said.marks[rows["at"], world.said.topics.index(code)]
    return rows.merge(world.people[["customer_id", "segment"]], on="customer_id")


@pytest.mark.parametrize("code", ["amount", "simpler", "flexible"])
def test_the_odds_of_going_unserved_are_those_planted(world, code):
    rows = asked(world)
    rows = rows[rows[code] ^ rows["refinance"]]
    rows = rows[rows["need_outcome"] != "open"]
    strata = pd.factorize(rows["segment"])[0]
    unserved = (rows["need_outcome"] != "served").to_numpy()
    found = odds_ratio(unserved, rows[code].to_numpy(), strata, confidence=0.99)
    assert found.low < world.planted["needs.unserved"]["value"][code] < found.high
    if code == "amount":
        assert found.low > 1


@pytest.mark.parametrize("segment", ["micro", "business_owner", "consumer"])
def test_what_segments_say_of_how_to_borrow_is_as_planted(world, segment):
    rows = asked(world)
    rows = rows[(rows["segment"] == segment) & (rows["need_outcome"] == "served")]
    counts = rows[list(HOW)].sum()
    truth = pd.Series(world.planted["needs.how_to_borrow"]["value"][segment])
    share, n = counts / counts.sum(), counts.sum()
    assert (np.abs(share - truth) < 3.3 * np.sqrt(truth * (1 - truth) / n)).all()


def test_segments_differ_in_what_they_need(world):
    table = needs_by_segment(world.said, world.people, world.topics).table
    by = table.set_index(["segment", "topic"])["need_standing"]
    assert by["mortgage", "home"] == "above"
    assert by["consumer", "consumption"] == "above"
    assert by["micro", "working_capital"] == "above"
    assert by["consumer", "equipment"] == "below"


def test_risk_tolerance_was_drawn_alike_and_no_segment_stands_apart(world):
    stated = world.bank.query("risk_tolerance", months=12)
    assert set(risk_tolerance(stated, world.people).table["tolerance_view"]) == {"alike"}


def test_who_banks_by_salary_and_who_on_line_are_different_people(world):
    rules = next_product.rules(world.bank.as_of)
    logins, wealth = rules.holding.online_logins, rules.holding.wealth
    held = stated_needs.held(world.bank, world.bank.as_of, logins, wealth)
    matrix = holding_affinity.matrix(held, world.people)
    table = holding_affinity.holding_affinity(matrix, rules.holding).table
    row = table[(table["held_first"] == "payroll") & (table["held_second"] == "online")].iloc[0]
    # The ways to use an account (segments.behaviour) exclude one another.
    assert row["need_standing"] == "below"
    assert row["affinity_high"] < 0.2


def test_contacts_about_a_need_come_before_applications(world):
    window = next_product.rules(world.bank.as_of).window
    rows = world.bank.query(
        "need_funnel", months=36, follow=window.follow_days, decide=window.decide_days
    )
    found = need_funnel(rows).table.set_index("segment")
    # Whoever speaks of a need applies within 90 days far more often than customers do at all.
    customers = world.people.groupby("segment").size()
    quarter = world.bank.connection.sql(
        "SELECT count(DISTINCT customer_id) FROM applications WHERE applied_at >= DATE '2026-04-01'"
        " AND applied_at < DATE '2026-06-30'"
    ).fetchall()[0][0]
    assert found.loc["consumer", "applied_low"] > 2 * quarter / customers.sum()


@pytest.mark.parametrize("role", ["analyst", "risk"])
def test_words_are_coded_and_never_part_of_what_a_role_gets(world, role, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", role)
    found = stated_needs.stated(
        open_bank(world.bank.folder), world.topics, months=12, follow_days=90
    )
    assert list(found.rows) == ["customer_id", "said_on", "source", "need_outcome"]
    assert found.marks.dtype == np.bool_
    assert found.marks.any(axis=1).mean() > 0.9


def test_a_coder_that_says_anything_but_yes_or_no_is_refused(world):
    class Telling:
        marks = ("a",)

        def coded(self, texts):
            return np.array([[said] for said in texts], dtype=object)

    with pytest.raises(DataError, match="a coder gives booleans"):
        stated_needs.stated(world.bank, Telling(), months=12, follow_days=90)


def test_features_are_the_same_whether_the_future_is_known_or_not(world):
    day = stated_needs.month_ends(world.bank, count=13, step=1)[0]
    known = stated_needs.features(world.bank, day)
    blind = open_bank(world.bank.folder, as_of=day.isoformat())
    later = {
        "loans": "disbursed_on",
        "loan_months": "month_end",
        "account_months": "month_end",
        "interactions": "started_at",
        "applications": "applied_at",
        "risk_assessments": "assessed_on",
        "customers": "opened_on",
    }
    for table, column in later.items():
        blind.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * FROM memory.main.{table} "
            f"WHERE {column} < DATE '{day}' + INTERVAL 1 DAY"
        )
    pd.testing.assert_frame_equal(stated_needs.features(blind, day), known)


def test_month_ends_go_back_no_further_than_the_loans(world):
    days = stated_needs.month_ends(world.bank, count=1000, step=6)
    assert days[-1] == world.bank.as_of
    assert days == sorted(days)
    assert len(days) == 8
    assert stated_needs.later(days[0], 6) == days[1]
