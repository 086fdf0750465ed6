"""The answer in three numbers: recommendation, satisfaction and ease, their changes judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import text
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.estimate import quantile_t
from workbench.stats.respondents import Wave
from workbench.stats.scores import HEADLINE, Changed, asked, changes, is_scored, scores

FACTOR = {"satisfied": 100}
MARKS = ("beyond", "within", "unknown")
UNITS = {
    "nps": ("points", "points"),
    "satisfied": ("share", "points"),
    "effort": ("score", "score"),
}
"""Units of each number and of its change: that of a share is told in percentage points."""


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Result):
    """Net promoter score, satisfied share (CSAT) and ease of dealing (CES) of all customers.

    Attributes
    ----------
    table : DataFrame
        One row per number: `headline_figure`, `answers`, `value` with `_low` and `_high`, `before`
        (in the wave before), `figure_change` with `change_low` and `change_high` (of a share in
        percentage points), `p_holm` (over the rows), `against_error` (`beyond`, `within`,
        `unknown` where the answers are too few or too alike, or `none` without a wave to compare
        with), and `value_unit`, `change_unit`. Empty where nobody answered.
    facts : mapping
        The numbers by name; `<name>_change` (of the share in percentage points); `numbers` and
        `moved`, how many have a change that can be judged, and how many changed beyond sampling
        error.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("headline_figure", "code", values="headline_figure"),
        Column("value", "score", interval=("value_low", "value_high"), units="value_unit"),
        Column("before", "score", units="value_unit"),
        Column(
            "figure_change",
            "score",
            interval=("change_low", "change_high"),
            units="change_unit",
            signed=True,
        ),
        Column("p_holm", "p"),
        Column("against_error", "code", values="against_error", judged=True),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = None
    key: ClassVar[tuple[str, ...]] = HEADLINE

    def summary(self) -> Finding:
        """Say the numbers and, of each, whether its change is beyond sampling error."""
        if self.table.empty:
            return Finding("survey.silent")
        names = [str(name) for name in self.table["headline_figure"]]
        how = "" if "effort" in names else "_two"
        if "moved" not in self.facts:
            return Finding(f"{self.name}.first{how}", tuple(names))
        marks = zip(names, self.table["against_error"], strict=True)
        # A mark that is not shown is not said either: the finding is then not told.
        words = {
            f"{name}_mark": _mark(mark if mark in MARKS else "unknown") for name, mark in marks
        }
        quoted = (*names, *(f"{name}_change" for name in names))
        if not self.facts["numbers"].value:
            return Finding(f"{self.name}.unknown{how}", quoted)
        kind = "moved" if self.facts["moved"].value else "steady"
        quoted = (*quoted, "numbers", "moved")
        return Finding(f"{self.name}.{kind}{how}", quoted, words)


def answer(wave: Wave, previous: Wave | None = None, *, confidence: float = 0.95) -> Answer:
    """Estimate the three numbers, and judge their changes together.

    Parameters
    ----------
    wave : Wave
        The wave to report, from `stats.respondents.weighted`. The ease of dealing is left out
        where it was not asked in both waves.
    previous : Wave or None
        The wave to compare with; one that nobody answered counts as none.
    confidence : float
        Coverage of the intervals; its complement is the chance to mark any of the changes where
        nothing changed (Holm).
    """
    if not is_scored(wave):
        return Answer("survey.answer", Answer.no_rows(), {})
    now = _values(wave, confidence)
    earlier = previous if previous and is_scored(previous) else None
    before = _values(earlier, confidence) if earlier else {}
    moved = changes(wave, earlier, confidence=confidence) if earlier else {}
    names = [name for name in HEADLINE if name in now and (not moved or name in moved)]
    rows = [_row(name, now[name], before.get(name), moved.get(name)) for name in names]
    facts = {name: _fact(name, now[name], confidence) for name in names}
    facts |= {f"{name}_change": _change(name, moved[name], confidence) for name in names if moved}
    facts["numbers"] = Fact(sum(moved[name].judged for name in names if moved), "count")
    if moved:
        facts["moved"] = Fact(sum(moved[name].beyond for name in names), "count")
    return Answer("survey.answer", pd.DataFrame(rows), facts)


def _mark(code: str) -> Word:
    """Return a mark as it stands inside a sentence, in each language."""
    said = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            said[str(language)] = text.say(f"survey.answer.mark_{code}")
    return Word(code, said=said)


Estimated = tuple[float, float, float, int]
"""A value, the ends of its interval, and the answers it rests on."""


def _values(wave: Wave, confidence: float) -> dict[str, Estimated]:
    row = scores(wave, confidence=confidence).iloc[0]
    found: dict[str, Estimated] = {
        name: (float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"]), n)
        for name, n in (("nps", int(row["answers"])), ("satisfied", _asked(wave, "satisfied")))
    }
    if "effort" in asked(wave):
        mean = wave.design.mean(asked(wave)["effort"].to_numpy(float))
        half = quantile_t(confidence, max(mean.df, 1)) * float(mean.se[0])
        value = float(mean.value[0])
        found["effort"] = (value, value - half, value + half, _asked(wave, "effort"))
    return found


def _asked(wave: Wave, name: str) -> int:
    return int(asked(wave)[name].notna().sum())


def _row(
    name: str, now: Estimated, before: Estimated | None, moved: Changed | None
) -> dict[str, object]:
    value, low, high, n = now
    step = moved or Changed(np.nan, np.nan, np.nan, n, np.nan, beyond=False)
    factor = FACTOR.get(name, 1)
    return {
        "headline_figure": name,
        "answers": min(n, before[3]) if before else n,
        "value": value,
        "value_low": low,
        "value_high": high,
        "before": before[0] if before else np.nan,
        "figure_change": factor * step.value,
        "change_low": factor * step.low,
        "change_high": factor * step.high,
        "p_holm": step.p,
        "against_error": _against(moved),
        "value_unit": UNITS[name][0],
        "change_unit": UNITS[name][1],
    }


def _against(moved: Changed | None) -> str:
    if moved is None or not moved.judged:
        return "unknown" if moved else "none"
    return "beyond" if moved.beyond else "within"


def _fact(name: str, now: Estimated, confidence: float) -> Fact:
    value, low, high, n = now
    return Fact(value, UNITS[name][0], low, high, confidence, n)


def _change(name: str, moved: Changed, confidence: float) -> Fact:
    factor, unit = FACTOR.get(name, 1), UNITS[name][1]
    if not moved.judged:
        return Fact(factor * moved.value, unit, n=moved.n)
    value, low, high = (factor * each for each in (moved.value, moved.low, moved.high))
    return Fact(value, unit, low, high, confidence, moved.n)
