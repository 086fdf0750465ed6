"""The design statement of a wave: who was asked how and when, and how the numbers were made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import pandas as pd

from workbench import check, text
from workbench.errors import DataError
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.respondents import ANSWERED, INELIGIBLE, Wave
from workbench.stats.scores import scores
from workbench.text import formats

ITEMS = (
    *("population", "fieldwork", "sample", "modes", "response", "weights", "precision"),
    *("variance", "several", "draws", "limits"),
)
"""What is stated, in order: the elements that AAPOR's transparency initiative asks for."""


OTHERWISE = {"sample": "clusters", "modes": "lot"}
"""What is stated of an item instead where the wave has it."""


@dataclass(frozen=True, eq=False, repr=False)
class Statement(Result):
    """What a reader needs to know to judge a survey.

    Attributes
    ----------
    table : DataFrame
        One row per `design_item` of `ITEMS`, and the `statement` about it by language.
    facts : mapping
        `population`, `invited`, `eligible`, `answered`, `strata`, `margin` (half the width of the
        interval of the net promoter score, points).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    wave: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("design_item", "code", values="design_item"),
        Column("statement", "said"),
    )
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say of how many customers how many were asked and answered, and how precise that is."""
        if self.table.empty:
            return Finding("survey.silent")
        quoted = ("population", "invited", "answered", "margin")
        return Finding(f"{self.name}.finding", quoted, {"wave": Word(self.wave)})


def statement(
    survey: pd.DataFrame,
    wave: Wave,
    fielded: pd.DataFrame,
    *,
    draws: int,
    confidence: float = 0.95,
) -> Statement:
    """State the design of a wave.

    Parameters
    ----------
    survey : DataFrame
        All invitations, as for `weighted`, with `mode_assigned` and `mode_randomised`.
    wave : Wave
        What `weighted` made of them.
    fielded : DataFrame
        `wave_id`, `field_from`, `field_to` (`Bank.survey_waves`).
    draws : int
        Bootstrap samples behind the key drivers.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    DataError
        `fielded` does not have the wave.
    """
    check.columns(survey, "stratum", "frame_count", "status", "mode_assigned", "mode_randomised")
    check.columns(fielded, "wave_id", "field_from", "field_to")
    if wave.silent:
        return Statement("survey.design", Statement.no_rows(), {}, wave.name)
    own = fielded[fielded["wave_id"] == wave.name]
    if own.empty:
        raise DataError(f"wave {wave.name!r} is not among {fielded['wave_id'].tolist()}")
    facts = _facts(survey, wave, confidence)
    values = _values(survey, wave, draws, confidence)
    days = {end: pd.Timestamp(own[f"field_{end}"].iloc[0]).date() for end in ("from", "to")}
    rows = [{"design_item": item, "statement": _said(item, facts, values, days)} for item in ITEMS]
    return Statement("survey.design", pd.DataFrame(rows), facts, wave.name)


def _facts(survey: pd.DataFrame, wave: Wave, confidence: float) -> dict[str, Fact]:
    frame = survey.drop_duplicates("stratum")
    row = scores(wave, confidence=confidence).iloc[0]
    answered = int(survey["status"].isin(ANSWERED).sum())
    return {
        "population": Fact(int(frame["frame_count"].sum()), "count"),
        "invited": Fact(len(survey), "count", n=len(survey)),
        "eligible": Fact(int((survey["status"] != INELIGIBLE).sum()), "count"),
        "answered": Fact(answered, "count", n=answered),
        "strata": Fact(len(frame), "count"),
        "margin": Fact(float(row["nps_high"] - row["nps_low"]) / 2, "points", n=answered),
    }


def _values(
    survey: pd.DataFrame, wave: Wave, draws: int, confidence: float
) -> dict[str, tuple[float, str]]:
    """Return further numbers that statements quote, with their units."""
    modes = int(survey["mode_assigned"].nunique())
    answered = float(survey["status"].isin(ANSWERED).sum())
    eligible = float((survey["status"] != INELIGIBLE).sum())
    return {
        "modes": (modes, "count"),
        "rate": (answered / eligible, "share"),
        "margins": (len(wave.margins), "count"),
        "levels": (sum(len(margin.levels) for margin in wave.margins), "count"),
        "worth": (len(wave.answers) / wave.design.kish_deff, "count"),
        "draws": (draws, "count"),
        "confidence": (confidence, "share"),
        "lot": (float(survey["mode_randomised"].astype(bool).any()), "count"),
        "clusters": (float(wave.answers["cluster_id"].notna().any()), "count"),
    }


def _said(
    item: str,
    facts: Mapping[str, Fact],
    values: Mapping[str, tuple[float, str]],
    days: Mapping[str, date],
) -> dict[str, str]:
    """Return the statement about an item in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            given: dict[str, Any] = {name: formats.number(*pair) for name, pair in values.items()}
            given |= {f"day_{end}": formats.day(day) for end, day in days.items()}
            given["confidence"] = f"{round(100 * values['confidence'][0])}%"
            kind = OTHERWISE[item] if item in OTHERWISE and values[OTHERWISE[item]][0] else item
            found[str(language)] = text.say(f"survey.design.{kind}", **facts, **given)
    return found
