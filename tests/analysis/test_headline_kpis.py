"""Headline figures against earlier months, their own variation and their targets."""

import numpy as np
import pandas as pd
import pytest

from workbench import text
from workbench.analysis.headline_kpis import Rule, headline_kpis

RULE = Rule(months=24, width=2.0, least=12)
LABELS = pd.DataFrame(
    [
        {"code": "NPL_RATIO", "kpi": {"zh": "不良贷款率", "en": "NPL ratio"}, "unit": "share"}
        | {"better": "down"},
        {"code": "LOAN_BAL", "kpi": {"zh": "贷款余额", "en": "Loan balance"}, "unit": "currency"}
        | {"better": "none"},
    ]
)
NO_TARGETS = pd.DataFrame({"code": [], "target": []})


def readings(last, months=25, code="NPL_RATIO"):
    """Return a figure that moves by one or two hundredths of a point a month, then by `last`."""
    days = pd.date_range(end="2026-09-30", periods=months + 1, freq="ME")
    changes = np.resize([0.0001, -0.0001, 0.0002, -0.0002], months)
    changes[-1] = last
    values = 0.015 + np.concatenate([[0.0], np.cumsum(changes)])
    return pd.DataFrame({"code": code, "month_end": days, "value": values})


def test_a_change_beyond_the_band_is_named():
    found = headline_kpis(readings(0.004), LABELS, NO_TARGETS, RULE)
    (row,) = found.table.to_dict("records")
    assert row["judged"] == "beyond_usual"
    assert row["change_month"] == pytest.approx(0.004)
    assert row["usual_high"] == pytest.approx(2 * 1.4826022 * 0.00015, rel=0.05)
    with text.spoken("en"):
        assert found.summary().say(found.facts).endswith("past 24 months: NPL ratio.")
    assert "不良贷款率" in found.summary().say(found.facts)


def test_a_change_within_the_band_is_not():
    found = headline_kpis(readings(0.0002), LABELS, NO_TARGETS, RULE)
    assert list(found.table["judged"]) == ["within_usual"]
    assert found.facts["beyond"].value == 0


def test_the_judged_change_does_not_widen_its_own_band():
    found = headline_kpis(readings(0.5), LABELS, NO_TARGETS, RULE)
    calm = headline_kpis(readings(0.0001), LABELS, NO_TARGETS, RULE)
    assert found.table["usual_high"].iloc[0] == calm.table["usual_high"].iloc[0]


def test_too_short_a_history_is_not_judged():
    found = headline_kpis(readings(0.5, months=12), LABELS, NO_TARGETS, RULE)
    assert list(found.table["judged"]) == ["not_judged"]
    assert found.facts["npl_ratio_year_ago"].value == pytest.approx(0.5, abs=0.001)


def test_year_start_and_year_ago_are_the_right_months():
    given = readings(0.0001)
    found = headline_kpis(given, LABELS, NO_TARGETS, RULE)
    values = given.set_index("month_end")["value"]
    now = values.iloc[-1]
    facts = found.facts
    assert facts["npl_ratio_year_start"].value == pytest.approx(now - values["2025-12-31"])
    assert facts["npl_ratio_year_ago"].value == pytest.approx(now - values["2025-09-30"])
    assert facts["npl_ratio_year_ago"].unit == "pp"


@pytest.mark.parametrize(("target", "state"), [(0.02, "met"), (0.01, "missed")])
def test_a_target_is_met_on_the_good_side(target, state):
    targets = pd.DataFrame({"code": ["NPL_RATIO"], "target": [target]})
    found = headline_kpis(readings(0.0001), LABELS, targets, RULE)
    assert list(found.table["target_state"]) == [state]
