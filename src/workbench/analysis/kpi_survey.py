"""KPIs that a survey estimates, as the survey's own report has them: one number everywhere."""

from datetime import date

import pandas as pd

from workbench import check
from workbench.record import Block, Upstream
from workbench.result import Fact

NOTEBOOK, ANSWER, TREND = "satisfaction-survey", "survey.answer", "survey.trend"
FACTS = {"NPS": "nps", "CSAT_T2B": "satisfied"}
"""KPI → the fact of `ANSWER`, and the column of `TREND`, that is its estimate."""


def with_survey(
    readings: pd.DataFrame, upstream: Upstream, waves: pd.DataFrame, since: date
) -> pd.DataFrame:
    """Return `readings` with the KPIs of the survey as its report gives them.

    Without such a report, or where it may not tell a number, the KPI stays without a value. Between
    waves nothing is asked, so there is no value of the month before; when the year began is that of
    the last wave that was over.

    Parameters
    ----------
    readings : DataFrame
        `code`, `value`, `before`, `year_start`, `cases`, as `month_figures` reads them.
    upstream : Upstream
        Records of other notebooks.
    waves : DataFrame
        `wave_id` and `field_to` of the bank's survey waves.
    since : date
        The month end with which the year began.

    Returns
    -------
    DataFrame
        The same columns, and `low`, `high`, `confidence`, `unit` and `source`
        (`<notebook>:<result>.<fact>`) of estimates.
    """
    check.columns(readings, "code", "value", "before", "year_start", "cases")
    check.columns(waves, "wave_id", "field_to")
    recorded = upstream.records.get(NOTEBOOK)
    blocks = {block.name: block for block in recorded.blocks} if recorded else {}
    day = upstream.days.get(NOTEBOOK)
    behind = f"@{day.isoformat()}" if day and day != upstream.day else ""
    ended = waves[pd.to_datetime(waves["field_to"]).dt.date <= since].sort_values("field_to")
    began = str(ended["wave_id"].iloc[-1]) if len(ended) else ""
    rows = []
    for code in readings["code"]:
        fact = _told(blocks.get(ANSWER), FACTS[code]) if code in FACTS else None
        if fact is not None:
            source = f"{NOTEBOOK}:{ANSWER}.{FACTS[code]}{behind}"
            begun = _wave(blocks.get(TREND), began, FACTS[code])
            interval = (fact.low, fact.high, fact.confidence)
            rows.append((code, fact.value, begun, fact.n or 0, *interval, fact.unit, source))
    names = ["code", "value", "year_start", "cases", "low", "high", "confidence", "unit", "source"]
    own = pd.DataFrame(rows, columns=names)
    kept = readings[~readings["code"].isin(own["code"])]
    return pd.concat([kept, own], ignore_index=True) if len(own) else kept.reset_index(drop=True)


def _told(block: Block | None, name: str) -> Fact | None:
    """Return the fact, unless it is missing or may not be told."""
    if block is None or name not in block.facts or name in block.hidden:
        return None
    fact = block.facts[name]
    return None if fact.value != fact.value else fact


def _wave(block: Block | None, wave: str, name: str) -> float:
    """Return the estimate of a wave; missing where there is none or it is suppressed."""
    if block is not None:
        pairs = zip(block.table.rows, block.table.suppressed, strict=True)
        for row, small in pairs:
            if row["wave"] == wave and not small and row[name] is not None:
                return float(row[name])
    return float("nan")
