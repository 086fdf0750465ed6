"""The bank's own information: completeness, freshness, quality, reconciliation, what goes back."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench import text
from workbench.analysis import send_back
from workbench.analysis.access import access
from workbench.analysis.control_totals import control_totals
from workbench.analysis.controls import controls
from workbench.analysis.customer_file import customer_file
from workbench.analysis.customer_file_groups import by_branch, by_channel, by_source
from workbench.analysis.freshness import freshness
from workbench.analysis.information_quality import information_quality
from workbench.analysis.load_register import load_register, month_drift
from workbench.privacy.suppress import suppress

WANTED = [
    {"name": "occupation", "kind": "basic", "source": "F", "owner": "relationship"},
    {"name": "bureau", "kind": "financial", "source": "B", "owner": "risk"},
    {"name": "contact", "kind": "interaction", "source": "S", "owner": "relationship"},
]


@pytest.fixture
def files():
    return pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "branch_id": ["B1", "B1", "B2", "B2"],
            "channel": ["app", "app", "phone", None],
            "occupation": [1.0, 0.0, np.nan, 1.0],
            "bureau": [1, 1, 1, 0],
            "bureau_days": [10, 20, 90, 400],
            "contact": [0, 0, 0, 1],
        }
    )


def said(result):
    """Return the finding in both languages; a missing text or fact would be an error."""
    sentences = []
    for language in text.LANGUAGES:
        with text.spoken(language):
            sentences.append(result.summary().say(result.facts))
            assert result.title()
            assert not result.written().empty
    return sentences


def test_completeness_counts_those_a_fact_applies_to(files):
    result = customer_file(files, WANTED)
    table = result.table.set_index("fact")
    assert table.index.tolist() == ["contact", "occupation", "bureau"]
    assert table["customers"].to_dict() == {"contact": 4, "occupation": 3, "bureau": 4}
    assert table["lacking"].to_dict() == {"contact": 3, "occupation": 1, "bureau": 1}
    assert table.loc["occupation", "complete_share"] == pytest.approx(2 / 3)
    assert table.loc["bureau", ["age_days", "too_old"]].tolist() == [55, 1]
    assert table.loc["occupation", ["age_days", "too_old"]].isna().all()
    assert result.facts["complete"].value == pytest.approx(6 / 11)
    assert result.facts["financial"].value == 0.75
    assert "54.5%" in said(result)[1]


def test_branches_and_channels_are_compared_over_what_applies(files):
    branches = pd.DataFrame({"branch_id": ["B1", "B2"], "branch_name": ["甲", "乙"]})
    table = by_branch(files, WANTED, branches).table.set_index("group")
    assert table.index.tolist() == ["甲", "乙"]
    assert table["complete_share"].tolist() == pytest.approx([3 / 6, 3 / 5])
    assert table["basic"].tolist() == [0.5, 1.0]
    assert table["stale_share"].tolist() == [0.0, 0.5]
    assert table["facts_lacking"].tolist() == [3, 2]
    assert table.loc["甲", "largest_gap"] == "contact"
    result = by_channel(files, WANTED)
    assert result.table["group"].tolist() == ["app", "phone"]
    assert "Phone" in said(result)[1]


def test_sources_and_kinds_have_their_share_of_facts_and_of_old_ones(files):
    result = by_source(files, WANTED)
    table = result.table.set_index(["source", "kind"])
    assert table.index.tolist() == [("S", "interaction"), ("F", "basic"), ("B", "financial")]
    assert table["complete_share"].tolist() == pytest.approx([1 / 4, 2 / 3, 3 / 4])
    assert table["stale_share"].tolist() == pytest.approx([np.nan, np.nan, 1 / 4], nan_ok=True)
    assert table["facts_lacking"].tolist() == [3, 1, 1]
    assert table["customers"].tolist() == [4, 3, 4]
    assert table.loc[("B", "financial"), "age_days"] == 55
    assert result.facts["stale"].value == 0.25
    assert "25.0%" in said(result)[1]


def ages():
    days = pd.to_datetime(["2026-09-30", "2026-06-30", None])
    return pd.DataFrame(
        {
            "table_name": ["loan_months", "interactions", "drills"],
            "kind": ["loan", "interaction", "risk"],
            "table_rows": [10, 5, 0],
            "newest": days,
            "age_days": [0.0, 92.0, np.nan],
            "refresh_days": [31, 31, 183],
        }
    )


def test_a_table_is_late_beyond_its_cadence():
    result = freshness(ages())
    assert result.table["timeliness"].tolist() == ["late", "in_time"]
    assert result.table["overdue_days"].tolist() == [61, 0]
    assert [result.facts[name].value for name in ("tables", "late", "worst")] == [2, 1, 61]
    assert "Interactions" in said(result)[1]
    fresh = freshness(ages().head(1))
    assert "in time" in said(fresh)[1]


def test_quality_is_the_mean_of_four_parts(files):
    loads = pd.DataFrame(
        {"table_name": ["loan_months", "interactions"], "rows_in": [100, 50]}
    ).assign(rows_rejected=[10, 0])
    breaks = pd.DataFrame({"tables": ["loan_months loans", "interactions"]})
    breaks["broken_share"] = [0.2, 0.0]
    found = customer_file(files, WANTED)
    result = information_quality(found.table, ages(), loads, breaks)
    table = result.table.set_index("kind")
    loan = table.loc["loan", ["timely", "valid", "consistent", "quality"]].tolist()
    assert loan == pytest.approx([1.0, 0.9, 0.8, 0.9])
    contact = table.loc["interaction", ["complete_share", "timely", "valid", "consistent"]]
    assert contact.tolist() == [0.25, 0.0, 1.0, 1.0]
    assert table.loc["interaction", "weakest_part"] == "timely"
    assert table.loc["interaction", "quality"] == 0.5625
    assert result.table["kind"].iloc[0] == "interaction"
    said(result)


def test_totals_that_differ_are_shown_also_of_a_branch():
    totals = pd.DataFrame(
        {
            "authority": "general_ledger",
            "month_end": ["2026-08-31", *["2026-09-30"] * 3],
            "item": ["loan_balance", "loan_balance", "loan_count", "loan_balance"],
            "scope": ["ALL", "ALL", "ALL", "B1"],
            "stated": [1.0, 100.0, 3.0, 40.0],
            "found": [9.0, 100.0, 3.0, 35.0],
            "agrees": [False, True, True, False],
        }
    )
    result = control_totals(totals)
    assert result.table["scope"].tolist() == ["ALL", "ALL", "B1"]
    assert [result.facts[name].value for name in ("totals", "apart", "largest")] == [3, 1, 5.0]
    assert "should not be used" in said(result)[1]
    assert "全部" in said(control_totals(totals[:3]))[0]
    with text.spoken("en"):
        nothing = control_totals(totals.head(0))
        assert "No control totals" in nothing.summary().say(nothing.facts)


def test_the_register_shows_the_newest_load_of_each_table():
    loads = pd.DataFrame(
        {
            "load_id": ["1", "2", "2"],
            "table_name": ["loans", "loans", "staff"],
            "file_name": list("abc"),
            "rows_in": [10, 20, 5],
            "rows_rejected": [5, 1, 0],
            "period_end": pd.to_datetime([None, None, None]),
            "loaded_at": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-02-01"]),
        }
    )
    result = load_register(loads)
    assert result.table["rows_in"].tolist() == [20, 5]
    assert result.table["rejected_share"].tolist() == [0.05, 0.0]
    assert result.facts["rejected_share"].value == pytest.approx(6 / 35)
    said(result)


def test_drift_shows_what_is_over_a_limit_first():
    drifts = pd.DataFrame(
        {
            "table_name": "loan_months",
            "column_name": ["balance", "", "dpd"],
            "measure": ["psi", "rows", "missing"],
            "before": 0.0,
            "now": 0.0,
            "change": [0.3, -0.02, 0.4],
            "codes": "",
            "level": ["reported", "quiet", "held"],
        }
    )
    result = month_drift(drifts, most=2)
    assert result.table["drift_level"].tolist() == ["held", "reported"]
    assert [result.facts[name].value for name in ("compared", "reported", "held")] == [3, 1, 1]
    assert "Days past due" in said(result)[1]


def test_controls_count_the_newest_review_where_they_apply():
    rows = [
        ("policy", "B1", "2026-01-31", "not_met"),
        ("policy", "B1", "2026-09-20", "met"),
        ("policy", "B2", "2026-03-31", "not_applicable"),
        ("physical_door", "B1", "2026-09-20", "partly"),
        ("physical_door", "B2", "2026-09-20", "met"),
        ("physical_door", "B2", "2026-10-20", "not_met"),
    ]
    table = pd.DataFrame(rows, columns=["control_code", "branch_id", "reviewed_on", "status"])
    table["reviewed_on"] = pd.to_datetime(table["reviewed_on"])
    result = controls(table, as_of=date(2026, 9, 30), cadence_days=92)
    found = result.table.set_index("control")
    assert found["met_share"].to_dict() == {"physical_door": 0.5, "policy": 1.0}
    assert found["unmet"].to_dict() == {"physical_door": 1, "policy": 0}
    assert found["overdue"].to_dict() == {"physical_door": 0, "policy": 1}
    assert result.facts["met"].value == pytest.approx(2 / 3)
    assert "no backup" in said(result)[1]
    backed = controls(table, as_of=date(2026, 9, 30), cadence_days=92, backup_days=3)
    assert "3 days old" in said(backed)[1]


def test_the_access_review_counts_accounts_and_refusals():
    entries = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-09-01"] * 4),
            "who": [1, 2, 1, 1],
            "role": ["analyst", "analyst", "operator", "analyst"],
            "action": ["open bank", "open bank", "open vault", "vault refused"],
            "hash": ["a" * 64, "b" * 64, "c" * 64, "d" * 64],
        }
    )
    result = access(entries)
    assert [result.facts[name].value for name in ("bank", "vault", "refused")] == [2, 1, 1]
    assert result.table["accounts"].max() == 2
    assert result.head == "d" * 12
    said(result)


DUE = {"missing_fact": 30, "late_table": 5, "broken_check": 10, "conflict": 30, "drifted": 10}
DUE |= {"off_ledger": 3, "rejected_rows": 5, "duplicate": 30, "mild_status": 10}


def test_what_goes_back_is_sorted_by_receiver_day_and_size(files):
    file = customer_file(files, WANTED).table
    breaks = pd.DataFrame(
        {"check_name": ["balance_step", "freshness", "one_currency"], "broken": [7, 2, 0]}
    ).assign(broken_share=0.1)
    parts = [
        send_back.of_facts(file, least=0.7),
        send_back.of_tables(freshness(ages()).table),
        send_back.of_checks(breaks, {"balance_step": "risk"}),
    ]
    result = send_back.send_back(parts, as_of=date(2026, 9, 30), due_days=DUE)
    shown = result.table[["receiver", "matter", "case_count", "case_unit"]]
    assert shown.to_numpy().tolist() == [
        ["operations", "table:interactions", 61, "days"],
        ["relationship", "file_fact:contact", 3, "customers"],
        ["relationship", "file_fact:occupation", 1, "customers"],
        ["risk", "cross_check:balance_step", 7, "rows"],
    ]
    assert result.table["due"].dt.day.tolist() == [5, 30, 30, 10]
    assert [result.facts[name].value for name in ("receivers", "urgent", "cases")] == [3, 1, 7]
    assert "due by 5 October 2026" in said(result)[1]
    assert "7 rows" in said(result)[1]


def test_every_finding_that_somebody_can_act_on_goes_back():
    parts = [
        send_back.of_totals(
            pd.DataFrame({"item": ["provision"] * 2, "reconciled": ["differs", "agrees"]})
        ),
        send_back.of_loads(
            pd.DataFrame({"table_name": ["loans"], "rows_rejected": [4], "rejected_share": [0.1]})
        ),
        send_back.of_drift(
            pd.DataFrame(
                {"table_name": ["loan_months"] * 3, "drift_level": ["held", "quiet", "held"]}
            )
        ),
        send_back.of_conflicts(
            pd.DataFrame(
                {
                    "fact_pair": ["staff_insured"],
                    "conflicting": [6],
                    "compared": [30],
                    "share": [0.2],
                    "owner": "risk",
                }
            )
        ),
        send_back.of_lookalikes(
            pd.DataFrame(
                {
                    "customer_type": ["corporate", "individual"],
                    "customers": [4, 80],
                    "rare_pairs": [2, 0],
                }
            )
        ),
        send_back.of_statuses(
            pd.DataFrame(
                {
                    "loan_status": ["five_class"],
                    "loans": [900],
                    "milder": [9],
                    "milder_share": [0.01],
                }
            )
        ),
    ]
    result = send_back.send_back(parts, as_of=date(2026, 9, 30), due_days=DUE)
    table = result.table
    assert table[["receiver", "matter", "case_count", "case_unit"]].to_numpy().tolist() == [
        ["operations", "control_item:provision", 1, "items"],
        ["operations", "table:loans", 4, "rows"],
        ["operations", "table:loan_months", 2, "columns"],
        ["operations", "customer_type:corporate", 2, "pairs"],
        ["risk", "loan_status:five_class", 9, "loans"],
        ["risk", "fact_pair:staff_insured", 6, "customers"],
    ]
    assert table["people"].fillna(0).tolist() == [0, 0, 0, 4, 900, 30]
    shown = suppress(result)
    assert shown.rows == {5}, "what is about four people says no number, and comes last"
    last = shown.result.table.iloc[5]
    assert last["matter"] == "customer_type:corporate"
    assert last[["case_count", "share"]].isna().all()


def test_a_clean_bank_sends_nothing_back():
    alike = pd.DataFrame({"customer_type": [], "customers": [], "rare_pairs": []})
    nothing = send_back.of_lookalikes(alike)
    result = send_back.send_back([nothing], as_of=date(2026, 9, 30), due_days=DUE)
    with text.spoken("en"):
        assert "nothing to send back" in result.summary().say(result.facts)
