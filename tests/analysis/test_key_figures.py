"""Targets against the schedule, and what moved non-performing loans: worked by hand."""

import math
from datetime import date

import pandas as pd
import pytest

from workbench import text
from workbench.analysis.complaint_causes import complaint_causes
from workbench.analysis.kpi_board import kpi_board, kpi_group
from workbench.analysis.ledger_quality import ledger_quality
from workbench.analysis.npl_flows import npl_disposals, npl_movement, npl_movers
from workbench.privacy.suppress import suppress
from workbench.result import Finding

SINCE = date(2025, 12, 31)


def readings(**values):
    """Return KPIs as value, the month before, when the year began."""
    rows = [(code, *own, 100) for code, own in values.items()]
    return pd.DataFrame(rows, columns=["code", "value", "before", "year_start", "cases"])


def targets(**values):
    rows = [(code, *own) for code, own in values.items()]
    return pd.DataFrame(rows, columns=["code", "target", "alert"])


@pytest.mark.parametrize(
    ("value", "begun", "state"),
    [
        # 9 of 12 months: from 60% towards 80%, 75% is due; below 55% is beyond the alert level
        (0.80, 0.60, "met"),
        (0.76, 0.60, "on_schedule"),
        (0.74, 0.60, "behind"),
        (0.54, 0.60, "alert"),
        # began beyond the target: it is to hold
        (0.79, 0.90, "behind"),
        # nothing is known of the beginning: the target itself is due
        (0.79, math.nan, "behind"),
    ],
)
def test_where_more_is_better_the_way_goes_up_in_equal_steps(value, begun, state):
    found = kpi_board(
        readings(FIRST_PASS=(value, 0.7, begun)), targets(FIRST_PASS=(0.80, 0.55)), months=9
    )
    row = found.table.iloc[0]
    assert row["progress"] == state
    if begun == 0.60:
        assert row["due_value"] == pytest.approx(0.75)
    assert row["attained"] == pytest.approx(value / 0.80)
    assert found.facts[state].value == 1
    assert found.facts["elapsed"].value == pytest.approx(0.75)


def test_where_less_is_better_the_way_goes_down_and_attained_is_turned_over():
    found = kpi_board(
        readings(NPL_RATIO=(0.016, 0.017, 0.020)), targets(NPL_RATIO=(0.015, 0.02)), months=6
    )
    row = found.table.iloc[0]
    assert (row["due_value"], row["progress"]) == (pytest.approx(0.0175), "on_schedule")
    assert row["attained"] == pytest.approx(0.015 / 0.016)
    assert found.facts["npl_ratio_month"].value == pytest.approx(-0.001)
    assert found.moves == {"npl_ratio": "npl_ratio_month"}


def test_a_target_of_what_is_not_on_the_board_is_a_fact_all_the_same():
    found = kpi_board(readings(), targets(NPS=(40.0, 32.0)), months=9)
    assert found.table.empty
    assert found.summary().key == "kpi.board.none"
    assert found.facts["nps_target"].value == 40.0


def estimates(*rows):
    names = ["code", "value", "before", "year_start", "cases", "low", "high", "confidence"]
    return pd.DataFrame(rows, columns=[*names, "unit", "source"])


@pytest.mark.parametrize(
    ("interval", "state"),
    [((31.0, 46.2), "unsure"), ((36.0, 39.9), "behind"), ((41.0, 52.0), "met")],
)
def test_an_estimate_whose_interval_holds_the_target_is_neither_met_nor_missed(interval, state):
    value = sum(interval) / 2
    source = "satisfaction-survey:survey.answer.nps"
    rows = estimates(("NPS", value, math.nan, 46.6, 1019, *interval, 0.95, "points", source))
    found = kpi_board(rows, targets(NPS=(40.0, 32.0)), months=9)
    assert found.table["progress"].tolist() == [state]
    assert found.facts[state].value == 1
    fact = found.facts["nps"]
    assert (fact.low, fact.high, fact.confidence, fact.n) == (*interval, 0.95, 1019)
    assert found.sources == {"nps": source}
    assert found.facts["nps_target"].value == 40.0
    assert found.summary().key.endswith("_unsure") == (state == "unsure")


def test_what_is_beyond_its_alert_level_is_named_unless_it_may_not_be_shown():
    found = kpi_board(
        readings(FIRST_PASS=(0.5, 0.5, 0.6), SLA_MET=(0.9, 0.9, 0.9)),
        targets(FIRST_PASS=(0.8, 0.55), SLA_MET=(0.8, 0.7)),
        months=9,
    )
    with text.spoken("en"):
        told = found.told().say(found.facts)
        assert "beyond the alert level: 1 (Applications without rework)" in told
        hidden = found.told({"first_pass"})
        assert "rework" not in hidden.say(found.facts)
    assert hidden.key == "kpi.board.counted"


def test_a_group_without_one_of_its_figures_says_how_many_there_are():
    both = readings(WARN_RECALL=(0.5, 0.5, 0.5), WARN_LEAD_DAYS=(80, 70, 70), SLA_MET=(1, 1, 1))
    codes = ("WARN_RECALL", "WARN_LEAD_DAYS", "WARN_RESPONSE_ONTIME")
    found = kpi_group(both, targets(), "kpi.early", codes, months=9)
    assert found.summary() == Finding("kpi.group.partly", ("figures",))
    assert found.facts["figures"].value == 2
    assert found.figure is None
    rest = readings(WARN_RESPONSE_ONTIME=(0.9, 0.9, 0.9), WARN_PRECISION=(0.1, 0.1, 0.1))
    whole, codes = pd.concat([both, rest]), (*codes, "WARN_PRECISION")
    assert kpi_group(whole, targets(), "kpi.early", codes, months=9).summary().key == (
        "kpi.early.found"
    )


def flows(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "cause", "loans", "amount"])
    return frame.assign(branch_name="一支行")


FLOWS = flows(
    *[(f"in{n}", "entered", 1, 10.0 + n) for n in range(8)],
    *[(f"out{n}", "collected", 1, -(5.0 + n)) for n in range(6)],
    *[(f"sold{n}", "transferred", 1, -3.0) for n in range(5)],
    ("in0", "upgraded", 1, -4.0),
)


def test_the_movement_adds_up_and_disposals_leave_out_upgrades():
    entered, collected, sold = 108.0, 45.0, 15.0
    found = npl_movement(FLOWS, 200.0, SINCE)
    assert found.table["amount"].sum() == found.facts["change"].value == 108 - 45 - 15 - 4
    assert found.facts["closing"].value == 244.0
    assert found.summary().key == "npl.movement.rose"
    out = npl_disposals(FLOWS, SINCE)
    assert out.facts["disposed"].value == collected + sold
    assert out.facts["collected_share"].value == pytest.approx(45 / 60)
    assert out.table["disposal"].tolist()[-1] == "repossessed"
    assert math.isnan(out.table["disposed"].iloc[-1])
    assert entered == found.facts["entered"].value


def test_the_largest_contributions_decide_whether_a_cause_is_shown():
    found = npl_movement(flows(("a", "entered", 9, 90.0), ("b", "entered", 9, 1.0)), 0.0, SINCE)
    assert (found.table["largest"].iloc[0], found.table["second"].iloc[0]) == (90.0, 1.0)
    assert suppress(found).rows == {0}
    assert not suppress(found, "credit").rows


def test_single_customers_are_for_an_authorised_credit_report_alone():
    found = npl_movers(FLOWS, 3)
    assert found.table["customer"].tolist()[:3] == ["in7", "in6", "in5"]
    assert found.table["place"].tolist() == ["1", "2", "3"] * 2
    wide = suppress(found)
    assert wide.rows == set(range(6))
    told = wide.result.table[["customer", "branch_name", "way", "amount"]]
    assert told.isna().all(axis=None)
    assert suppress(found, "credit").result.table["customer"].iloc[0] == "in7"


def test_what_the_largest_customers_moved_is_told_where_it_hides_the_largest():
    many = [(f"in{at}", "entered", 1, float(amount)) for at, amount in enumerate(range(20, 0, -1))]
    left = [(f"out{at}", "collected", 1, -10.0) for at in range(12)]
    found = npl_movers(flows(*many, *left), 3)
    assert found.facts["together"].value == 6
    assert found.facts["top_in"].value == 20 + 19 + 18 + 17 + 16 + 15
    assert found.facts["amount_in"].value == 210.0
    assert found.facts["top_in_share"].value == pytest.approx(105 / 210)
    assert found.facts["top_out_share"].value == pytest.approx(60 / 120)
    assert found.facts["largest_in"].value == 20.0
    assert found.figure is not None
    hidden = suppress(found).result
    assert math.isnan(hidden.facts["largest_in"].value)
    assert hidden.facts["top_in"].value == 105.0
    assert hidden.facts["together"].value == 6
    assert suppress(found, "credit").result.facts["largest_in"].value == 20.0


@pytest.mark.parametrize(
    ("amounts", "most"),
    [
        ([100.0, 50.0, *[1.0] * 24], 3),  # 4 of 100 are left to hide the largest
        ([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 0.0], 3),  # the others are one customer
        ([9.0] * 20, 2),  # four are a small cell
        ([9.0] * 6, 3),  # there are no others
    ],
)
def test_the_sum_of_the_largest_is_not_told_where_it_gives_one_away(amounts, most):
    rows = [(f"in{at}", "entered", 1, amount) for at, amount in enumerate(amounts)]
    found = npl_movers(flows(*rows, *[(f"o{at}", "collected", 1, -9.0) for at in range(20)]), most)
    assert math.isnan(found.facts["top_in"].value)
    assert math.isnan(found.facts["top_in_share"].value)
    assert found.figure is None


def test_no_whole_pseudonym_is_listed():
    whole = "cgxhm6lgwio3t4urj3agw"
    found = npl_movers(flows((whole, "entered", 1, 5.0)), 5)
    assert found.table["customer"].tolist() == [whole[:8]]


def test_a_customer_who_leaves_in_two_ways_counts_with_both():
    found = npl_movers(
        flows(
            ("a", "collected", 1, -5.0), ("a", "written_off", 1, -7.0), ("b", "collected", 1, -9.0)
        ),
        5,
    )
    out = found.table[found.table["npl_direction"] == "out"]
    assert out[["customer", "amount", "way"]].to_numpy().tolist() == [
        ["a", -12.0, "written_off"],
        ["b", -9.0, "collected"],
    ]


def months(*npl):
    days = pd.date_range(SINCE, periods=len(npl), freq="ME")
    return pd.DataFrame(
        {"month_end": days, "loans": 50, "balance": 100.0, "npl": npl}
        | {"special_mention": 2.0, "overdue": 3.0}
    )


def test_quality_is_compared_with_the_month_before_and_the_year_s_beginning():
    found = ledger_quality(months(2.0, 3.0, 2.5))
    assert found.facts["npl_share"].value == pytest.approx(0.025)
    assert found.facts["npl_share_month"].value == pytest.approx(-0.005)
    assert found.facts["npl_share_change"].value == pytest.approx(0.005)
    assert found.summary().key == "ledger.quality.worse"
    assert ledger_quality(months(2.0, 1.0)).summary().key == "ledger.quality.better"
    assert ledger_quality(months(2.0, 1.0).iloc[1:]).summary().key == "ledger.quality.now"


def test_complaints_whose_details_rest_on_few_are_still_counted():
    causes = pd.DataFrame(
        {"category": ["approval", "system", "other"], "complaints": [30, 12, 2]}
        | {"upheld": [3, 1, 1], "repeated": 0, "too_late": [0, 0, 2]}
    )
    safe = suppress(complaint_causes(causes))
    assert safe.facts == {"too_late"}
    with text.spoken("en"):
        said = safe.result.told(safe.facts).say(safe.result.facts)
    assert said.startswith(
        "In the last year 44 complaints came in; the commonest subject is Approval"
    )
    assert complaint_causes(causes.iloc[:0]).summary().key == "complaints.causes.none"
