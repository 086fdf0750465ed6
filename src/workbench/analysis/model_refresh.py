"""Whether a model in use is kept, recalibrated or rebuilt: drift, ranking and level by rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word, day_word
from workbench.rules import risk_model
from workbench.stats import woe
from workbench.stats.calibration import jeffreys_interval, normal_quantile
from workbench.stats.discrimination import Auc, auc
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = ("population", "ranking", "level")
DECISIONS = ("keep", "recalibrate", "rebuild")
"""From the least to the most that has to be done."""
NEEDED = (
    *("model_id", "model_version", "assessed_on", "pd_12m", "risk_grade"),
    *("outcome_known", "defaulted"),
)


@dataclass(frozen=True, eq=False, repr=False)
class ModelRefresh(Result):
    """What each model in use was when its version was first applied, and what it is now.

    Attributes
    ----------
    table : DataFrame
        Three rows per model: `model_used`, `refresh_measure` (`population`: stability index of the
        grades since the version was first applied; `ranking`: fall of the area under the curve
        since its first cohort; `level`: observed over predicted defaults of its newest one),
        `first_on` and `last_on` (days compared), `assessments_judged` (on the later),
        `refresh_value` with `low` to `high`, `refresh_limit`, `refresh_within` (a text per
        language: what is within the limit) and `refresh_decision`. What has no outcome yet is
        missing.
    facts : mapping
        `psi`, `chance` (what chance alone exceeds with probability 1 - confidence), `auc_fall`,
        `level` of the model that needs most, `models`, `acting` (those that cannot be kept),
        `since` is a day.
    decision : str
        Of the model that needs most.
    model : str
        That model.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    decision: str
    model: str
    since: pd.Timestamp
    columns: ClassVar[tuple[Column, ...]] = (
        Column("model_used", "code", values="model_used"),
        Column("refresh_measure", "code", values="refresh_measure"),
        Column("last_on", "date"),
        Column("assessments_judged", "count"),
        Column("refresh_value", "number", interval=("low", "high")),
        Column("refresh_within", "said"),
        Column("refresh_decision", "code", values="refresh_decision", judged=True),
    )
    base: ClassVar[str | None] = "assessments_judged"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.8)
    key: ClassVar[tuple[str, ...]] = ("psi", "auc_fall", "level")

    def summary(self) -> Finding:
        """Say what has to be done to which model, and why."""
        said = {
            "decision": Word(self.decision, "refresh_decision"),
            "model": Word(self.model, "model_used"),
            "since": day_word(self.since.date()),
        }
        if np.isnan(self.facts["level"].value):
            return Finding(f"{self.name}.young", ("psi", "chance", "models"), said)
        kind = "finding" if self.facts["acting"].value else "kept"
        return Finding(f"{self.name}.{kind}", tuple(self.facts), said)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw each measure as a multiple of its limit; what decides something stands out."""
        drawn = self.table.dropna(subset=["refresh_value"])
        used = [_used(*row) for row in zip(*(drawn[n] for n in _USED), strict=True)]
        labels = [
            text.say(
                "risk.refresh_row",
                model=schema.value("model_used", m),
                measure=schema.value("refresh_measure", k),
            )
            for m, k in zip(drawn["model_used"], drawn["refresh_measure"], strict=True)
        ]
        return ranked.draw(
            drawn.assign(value=used, strong=drawn["refresh_decision"] != "keep", label=labels),
            rows="label",
            unit="points",
            label=text.say("risk.refresh_axis"),
            ax=ax,
        )


_USED = ("refresh_measure", "refresh_value", "refresh_limit")


def _used(measure: str, value: float, limit: float) -> float:
    return max(abs(value - 1) if measure == "level" else value, 0.0) / limit


def model_refresh(assessments: pd.DataFrame, *, confidence: float = 0.95) -> ModelRefresh | None:
    """Judge each model in use by the limits of the rule pack `risk-model`.

    A model is in use when it made the newest assessments of its customers. Its version counts from
    the first day on which it was applied, which is when a frozen card went into use. What is beyond
    a limit counts only where its interval, or the limit of chance, says that it is no accident.
    Returns nothing where nobody was assessed.

    Parameters
    ----------
    assessments : DataFrame
        As `Bank.assessment_outcomes` gives them.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(assessments, *NEEDED)
    if assessments.empty:
        return None
    found = []
    for model, own in assessments.groupby("model_id", sort=True):
        newest = own.sort_values("assessed_on")["model_version"].iloc[-1]
        version = own[own["model_version"] == newest]
        found.append(_judged(str(model), version, confidence))
    table = pd.concat([rows for rows, _, _ in found], ignore_index=True)
    rows, facts, decision = max(found, key=lambda each: DECISIONS.index(each[2]))
    facts["models"] = Fact(len(found), "count")
    facts["acting"] = Fact(sum(each[2] != "keep" for each in found), "count")
    first = rows.iloc[0]
    return ModelRefresh(
        "risk.refresh", table, facts, decision, str(first["model_used"]), first["first_on"]
    )


def _judged(
    model: str, own: pd.DataFrame, confidence: float
) -> tuple[pd.DataFrame, dict[str, Fact], str]:
    """Return the rows of one model, its facts and what has to be done."""
    rules = risk_model.read().refresh
    days = np.sort(own["assessed_on"].unique())
    first, last = (own[own["assessed_on"] == day] for day in (days[0], days[-1]))
    psi, chance = _population(first, last, confidence)
    known = own[(own["outcome_known"] == 1) & own["defaulted"].notna()]
    ranking, level, cohorts = _outcomes(known, confidence)
    limits = (rules.rebuild_psi, rules.rebuild_auc_fall, rules.recalibrate_level)
    fell = ranking[0] if ranking[1] > 0 else 0.0
    off = level[0] if level[1] > 1 or level[2] < 1 else 1.0
    drifted = psi if psi > chance else 0.0
    does = (
        rules.decision(auc_fall=0.0, psi=drifted, level=1.0),
        rules.decision(auc_fall=fell, psi=0.0, level=1.0),
        rules.decision(auc_fall=0.0, psi=0.0, level=off),
    )
    decision = max(does, key=DECISIONS.index)
    compared = ((days[0], days[-1], len(last)), cohorts, cohorts)
    rows = [
        {
            "model_used": model,
            "refresh_measure": measure,
            "first_on": pd.Timestamp(when[0]),
            "last_on": pd.Timestamp(when[1]),
            "assessments_judged": when[2],
            **dict(zip(("refresh_value", "low", "high"), values, strict=True)),
            "refresh_limit": limit,
            "refresh_within": _within(measure, limit),
            "refresh_decision": todo if not np.isnan(values[0]) else None,
        }
        for measure, when, values, limit, todo in zip(
            MEASURES, compared, ((psi, np.nan, np.nan), ranking, level), limits, does, strict=True
        )
    ]
    n = len(last)
    facts = {
        "psi": Fact(psi, "number", n=n),
        "chance": Fact(chance, "number", n=n),
        "auc_fall": Fact(ranking[0], "number", ranking[1], ranking[2], confidence, cohorts[2]),
        "level": Fact(level[0], "ratio", level[1], level[2], confidence, cohorts[2]),
    }
    return pd.DataFrame(rows), facts, decision


def _within(measure: str, limit: float) -> dict[str, str]:
    """Say what is within a limit, in each language; the level may be off either way."""
    ends = (1 - limit, 1 + limit) if measure == "level" else (0.0, limit)
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            low, high = (formats.number(end, "ratio") for end in ends)
            kind = "format.interval" if measure == "level" else "risk.refresh_up_to"
            found[str(language)] = text.say(kind, low=low, high=high)
    return found


def _population(first: pd.DataFrame, last: pd.DataFrame, confidence: float) -> tuple[float, float]:
    """Return the stability index of the grades, and what chance alone would exceed."""
    grades = sorted({*first["risk_grade"], *last["risk_grade"]})
    then, now = (
        np.asarray(part["risk_grade"].value_counts().reindex(grades, fill_value=0), np.float64)
        for part in (first, last)
    )
    if first is last or len(grades) < 2:
        return 0.0, 0.0
    limit = woe.stability_limit(len(grades), then.sum(), now.sum(), confidence=confidence)
    return woe.stability(then, now), limit


def _outcomes(
    known: pd.DataFrame, confidence: float
) -> tuple[tuple[float, float, float], tuple[float, float, float], tuple[object, object, int]]:
    """Return the fall of the area, the level with intervals, and the cohorts they compare."""
    nothing = (np.nan, np.nan, np.nan)
    if known.empty:
        return nothing, nothing, (pd.NaT, pd.NaT, 0)
    days = np.sort(known["assessed_on"].unique())
    areas: list[Auc] = []
    for day in (days[0], days[-1]):
        own = known[known["assessed_on"] == day]
        events = own["defaulted"].to_numpy(float)
        if not 0 < events.mean() < 1:
            return nothing, nothing, (days[0], days[-1], len(own))
        areas.append(auc(own["pd_12m"].to_numpy(float), events))
    last = known[known["assessed_on"] == days[-1]]
    fall = areas[0].value - areas[1].value
    spread = np.sqrt(sum(float(area.variance) for area in areas)) if len(days) > 1 else 0.0
    reach = normal_quantile(confidence) * float(spread)
    bad, expected = float(last["defaulted"].astype(float).sum()), float(last["pd_12m"].sum())
    ends = jeffreys_interval(np.array([bad]), np.array([float(len(last))]), confidence)
    low, high = (float(end[0]) * len(last) / expected for end in ends)
    when = (days[0], days[-1], len(last))
    return (fall, fall - reach, fall + reach), (bad / expected, low, high), when
