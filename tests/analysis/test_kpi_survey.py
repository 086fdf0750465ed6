"""The survey's KPIs are the numbers of its report, or none at all."""

from datetime import date

import pandas as pd
import pytest

from workbench.analysis.kpi_survey import NOTEBOOK, with_survey
from workbench.record import Block, Recorded, Table, Upstream
from workbench.result import Fact, Finding

DAY, SINCE = date(2026, 9, 30), date(2025, 12, 31)
READINGS = pd.DataFrame(
    [("NPL_RATIO", 0.01, 0.01, 0.01, 9), ("NPS", *[float("nan")] * 3, 0)],
    columns=["code", "value", "before", "year_start", "cases"],
)
ENDED = {"2025Q3": "2025-08-29", "2025Q4": "2025-11-28", "2026Q3": "2026-08-28"}
WAVES = pd.DataFrame({"wave_id": list(ENDED), "field_to": list(ENDED.values())})


def block(name, facts, rows=(), hidden=(), suppressed=()):
    table = Table((), "answers", tuple(rows), tuple(suppressed or [False] * len(rows)))
    found = Finding("survey.answer.first")
    return Block(name, 1, found, facts, table, {}, hidden=frozenset(hidden))


def upstream(*blocks, days=None):
    return Upstream(DAY, {NOTEBOOK: Recorded(blocks)} if blocks else {}, days or {})


ANSWER = block("survey.answer", {"nps": Fact(38.9, "points", 31.0, 46.2, 0.95, 1019)})
ROWS = ({"wave": "2025Q3", "nps": 50.0}, {"wave": "2025Q4", "nps": 46.6})


def nps(found):
    return found.set_index("code").loc["NPS"]


def test_the_estimate_is_that_of_the_report_and_the_year_began_with_the_wave_then_over():
    trend = block("survey.trend", {}, ROWS)
    row = nps(with_survey(READINGS, upstream(ANSWER, trend), WAVES, SINCE))
    assert (row["value"], row["low"], row["high"], row["cases"]) == (38.9, 31.0, 46.2, 1019)
    assert (row["year_start"], row["unit"]) == (46.6, "points")
    assert pd.isna(row["before"])
    assert row["source"] == "satisfaction-survey:survey.answer.nps"


def test_a_report_of_another_day_is_named_with_it():
    found = with_survey(
        READINGS, upstream(ANSWER, days={NOTEBOOK: date(2026, 8, 31)}), WAVES, SINCE
    )
    assert nps(found)["source"].endswith("@2026-08-31")


@pytest.mark.parametrize(
    "blocks",
    [(), (block("survey.answer", ANSWER.facts, hidden=["nps"]),), (block("survey.answer", {}),)],
)
def test_without_a_number_that_may_be_told_there_is_none(blocks):
    found = with_survey(READINGS, upstream(*blocks), WAVES, SINCE)
    assert found["code"].tolist() == ["NPL_RATIO", "NPS"]
    assert pd.isna(nps(found)["value"])


def test_a_suppressed_wave_tells_no_beginning():
    trend = block("survey.trend", {}, ROWS, suppressed=[False, True])
    row = nps(with_survey(READINGS, upstream(ANSWER, trend), WAVES, SINCE))
    assert pd.isna(row["year_start"])
