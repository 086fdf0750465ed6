"""What campaigns added: the two arms of each, worked by hand."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from workbench import text
from workbench.analysis.campaign_uplift import campaign_uplift

YEAR = date(2025, 9, 30)
NEW, OLD = "2026-03-01", "2025-03-01"


def arms(*rows):
    """Return campaigns as name, day, treated and their loans, control and theirs, cost."""
    names = ["campaign", "assigned_at", "treated", "treated_loans", "untreated", "untreated_loans"]
    made = pd.DataFrame(rows, columns=[*names, "cost"])
    made["assigned_at"] = pd.to_datetime(made["assigned_at"])
    return made.assign(
        campaign_id=made["campaign"], campaign_type="care", contacted=made["treated"], opted_out=1
    )


def test_uplift_is_the_difference_of_the_arms_with_newcombe_s_interval():
    # Newcombe (1998), Statistics in Medicine 17: 873-890, table II (a), method 10
    found = campaign_uplift(arms(("a", NEW, 70, 56, 80, 48, 0.0)), YEAR)
    (row,) = found.table.to_dict("records")
    assert row["uplift"] == pytest.approx(0.2)
    assert (round(row["uplift_low"], 4), round(row["uplift_high"], 4)) == (0.0524, 0.3339)
    assert row["campaign_verdict"] == "more_loans"
    assert found.facts["campaign_uplift"].value == pytest.approx(0.2)
    assert round(found.facts["campaign_uplift"].low, 4) == 0.0524


def test_the_year_weighs_campaigns_by_how_many_were_treated():
    both = arms(("a", NEW, 300, 30, 100, 5, 90.0), ("b", NEW, 100, 30, 100, 10, 10.0))
    found = campaign_uplift(both, YEAR)
    assert found.facts["campaign_uplift"].value == pytest.approx(0.75 * 0.05 + 0.25 * 0.2)
    rows = both.groupby("campaign")
    lows = {each: campaign_uplift(own, YEAR).table["uplift_low"].iloc[0] for each, own in rows}
    half = math.hypot(0.75 * (0.05 - lows["a"]), 0.25 * (0.2 - lows["b"]))
    assert found.facts["campaign_uplift"].low == pytest.approx(0.0875 - half)
    assert found.facts["loan_cost"].value == pytest.approx(100.0 / (0.0875 * 400))


def test_campaigns_before_the_year_are_listed_and_not_counted_into_it():
    both = arms(("old", OLD, 100, 50, 100, 10, 5.0), ("new", NEW, 100, 12, 100, 10, 5.0))
    found = campaign_uplift(both, YEAR)
    assert found.table["campaign"].tolist() == ["new", "old"]
    assert found.facts["campaign_uplift"].value == pytest.approx(0.02)
    assert math.isnan(found.facts["loan_cost"].value)
    assert (found.facts["above"].value, found.best) == (1, "old")
    assert found.summary().key == "campaign.uplift.found"


def test_a_campaign_without_a_control_group_is_counted_and_left_out():
    found = campaign_uplift(arms(("a", NEW, 100, 50, 0, 0, 5.0)), YEAR)
    assert (len(found.table), found.facts["uncontrolled"].value) == (0, 1)
    assert found.summary().key == "campaign.uplift.none"
    old = campaign_uplift(arms(("a", OLD, 100, 10, 100, 10, 5.0)), YEAR)
    assert old.summary().key == "campaign.uplift.older"


def test_many_campaigns_are_judged_with_wider_intervals():
    one = ("a", NEW, 1403, 22, 601, 1, 1.0)
    alone = campaign_uplift(arms(one), YEAR).table
    assert alone["campaign_verdict"].tolist() == ["more_loans"]
    assert alone["uplift_low"].iloc[0] > 0
    rest = [(f"r{at}", NEW, 100, 5, 100, 5, 1.0) for at in range(5)]
    found = campaign_uplift(arms(one, *rest), YEAR)
    assert set(found.table["campaign_verdict"]) == {"no_difference"}
    assert found.table.set_index("campaign")["uplift_low"]["a"] < 0


def test_campaigns_are_drawn_by_kind_and_month_in_both_languages():
    found = campaign_uplift(arms(("五月活动", NEW, 70, 56, 80, 48, 0.0)), YEAR)
    for language, label in (("en", "Care, March 2026"), ("zh", "客户关怀（2026年3月）")):
        with text.spoken(language):
            ax = found.plot(Figure().subplots())
        assert [each.get_text() for each in ax.get_yticklabels()] == [label]


def test_the_interval_of_the_year_covers_a_planted_uplift():
    drawn = np.random.default_rng([2026, 11])
    control, gain, sizes, hits, runs = 0.02, 0.015, ((1400, 600), (500, 220), (1600, 700)), 0, 1000
    for _ in range(runs):
        rows = [
            (str(at), NEW, n, drawn.binomial(n, control + gain), m, drawn.binomial(m, control), 1.0)
            for at, (n, m) in enumerate(sizes)
        ]
        fact = campaign_uplift(arms(*rows), YEAR).facts["campaign_uplift"]
        hits += fact.low <= gain <= fact.high
    # Few loans make the interval a little wide, never narrow.
    assert 0.94 <= hits / runs <= 0.985
