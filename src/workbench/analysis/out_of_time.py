"""Month by month, whether a score learnt from what was known by then still holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import credit_features
from workbench.rules.credit_features import PROTECTED
from workbench.stats import grades, splits
from workbench.stats import scorecard as cards
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.discrimination import auc
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class OutOfTime(Result):
    """Each month-end cohort judged by a score whose own outcomes were all over by then.

    Attributes
    ----------
    table : DataFrame
        One row per month, oldest first: `cohort`, `learnt_from` (newest cohort it was learnt from),
        `cases`, `defaults`, `auc` with `low` to `high` (DeLong), `predicted` (mean), `observed`,
        `level_ratio` (their quotient) with `level_low` to `level_high` (Jeffreys), `p_level`
        (two-sided, that the level holds; Holm over the months that are judged), `coding` (whether
        states were coded as in other months: `ordinary`, `break`, `unknown`) and `month_verdict`
        (`holds`, `level`: refuted, `ranking`: not better than chance, `too_few`: not enough
        defaults to be judged, `recoded`: a break in the coding comes first).
    facts : mapping
        `months`, `judged`, `too_few`, `failed`, `breaks` (numbers of months), `lowest`, `highest`
        (areas of the judged months), `level_lowest`, `level_highest`, `least` (defaults needed),
        `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cohort", "date"),
        Column("learnt_from", "date"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("auc", "number", interval=("low", "high")),
        Column("level_ratio", "ratio", interval=("level_low", "level_high")),
        Column("p_level", "p"),
        Column("coding", "code", values="coding_verdict"),
        Column("month_verdict", "code", values="month_verdict", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.0)

    def summary(self) -> Finding:
        """Say in how many months level or ranking failed, and how many cannot be judged."""
        if not self.facts["judged"].value:
            return Finding(f"{self.name}.none", ("months", "least"))
        kind = "failed" if self.facts["failed"].value else "held"
        return Finding(f"{self.name}.{kind}", tuple(n for n in self.facts if n != "cases"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw observed over predicted of each judged month, beside 1; refuted ones stand out."""
        drawn = self.table[self.table["month_verdict"] != "too_few"]
        drawn = drawn.assign(
            value=drawn["level_ratio"],
            low=drawn["level_low"],
            high=drawn["level_high"],
            strong=drawn["month_verdict"].isin(["level", "ranking"]),
            label=[formats.month(day.date()) for day in drawn["cohort"]],
        )
        return intervals.draw(
            drawn,
            rows="label",
            unit="ratio",
            label=text.say("risk.months_axis"),
            ax=ax,
            reference=1.0,
        )


def out_of_time(  # noqa: PLR0913 - months, what is learnt from, and the coding beside
    months: pd.DataFrame,
    cases: pd.DataFrame,
    coding: pd.DataFrame,
    *,
    horizon_months: int,
    min_defaults: int = 10,
    excluded: Collection[str] = PROTECTED,
    confidence: float = 0.95,
) -> OutOfTime | None:
    """Judge each month-end cohort by the score that could have been in use that day.

    The score of a month is learnt from the cohorts of `cases` that lie a horizon or more before
    it, so that their outcomes were known; of those that overlap the newest is used
    (`stats.splits`). Neighbouring months share most of their loans and outcomes: twelve months are
    not twelve tests, and Holm's adjustment is right for any dependence. Returns nothing when no
    month has a cohort a horizon before it.

    Parameters
    ----------
    months : DataFrame
        `Bank.credit_cases` with `months`: the keys of a case, and features.
    cases : DataFrame
        The half-year cohorts, with the same columns.
    coding : DataFrame
        `month_to` and `verdict` of `status_coding`.
    horizon_months : int
        Length of the outcome window.
    min_defaults : int
        Defaults a month needs to be judged.
    excluded : collection of str
        Columns that may not be features.
    confidence : float
        Coverage of the intervals; 1 minus it is the level of the tests.
    """
    credit_features.checked(months)
    credit_features.checked(cases)
    check.columns(coding, "month_to", "verdict")
    verdicts = dict(zip(pd.to_datetime(coding["month_to"]), coding["verdict"], strict=True))
    known: dict[tuple[pd.Timestamp, ...], cards.Scorecard] = {}
    rows = []
    for day, own in months.groupby("cohort", sort=True):
        learnt = _learnt(cases, pd.Timestamp(str(day)), horizon_months)
        if not learnt:
            continue
        if learnt not in known:
            known[learnt] = _fitted(cases, learnt, excluded)
        p = known[learnt].probabilities(credit_features.features(own, excluded))
        row = _judged(p, own["defaulted"].to_numpy(float), min_defaults, confidence)
        state = str(verdicts.get(pd.Timestamp(str(day)), "unknown"))
        rows.append({"cohort": day, "learnt_from": max(learnt), "coding": state, **row})
    if not rows:
        return None
    table = _verdicts(pd.DataFrame(rows), confidence)
    return OutOfTime("risk.months", table, _facts(table, min_defaults))


def _learnt(
    cases: pd.DataFrame, day: pd.Timestamp, horizon_months: int
) -> tuple[pd.Timestamp, ...]:
    latest = day - pd.DateOffset(months=horizon_months) + pd.offsets.MonthEnd(0)
    return tuple(
        splits.separate_cohorts(cases.loc[cases["cohort"] <= latest, "cohort"], horizon_months)
    )


def _fitted(
    cases: pd.DataFrame, learnt: tuple[pd.Timestamp, ...], excluded: Collection[str]
) -> cards.Scorecard:
    train = cases[cases["cohort"].isin(learnt)]
    features = credit_features.features(train, excluded)
    return cards.fit(
        features, train["defaulted"].to_numpy(float), cards.planned(**credit_features.choice())
    )


def _judged(
    p: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    events: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    least: int,
    confidence: float,
) -> dict[str, object]:
    n, d = np.array([float(len(p))]), np.array([float(events.sum())])
    mean = float(p.mean())
    row: dict[str, object] = {
        "cases": int(n[0]),
        "defaults": int(d[0]),
        "predicted": mean,
        "observed": float(d[0] / n[0]),
    }
    if not least <= d[0] <= n[0] - least:
        names = ("auc", "low", "high", "level_ratio", "level_low", "level_high", "p_level")
        return {**row, **dict.fromkeys(names, float("nan"))}
    area = auc(p, events)
    low, high = area.interval(confidence)
    rate_low, rate_high = jeffreys_interval(d, n, confidence)
    under = float(grades.jeffreys(np.array([mean]), n, d)[0])
    return {
        **row,
        "auc": area.value,
        "low": low,
        "high": high,
        "level_ratio": float(d[0] / n[0]) / mean,
        "level_low": float(rate_low[0]) / mean,
        "level_high": float(rate_high[0]) / mean,
        "p_level": min(1.0, 2 * min(under, 1 - under)),
    }


def _verdicts(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    p = grades.holm(table["p_level"].to_numpy(float))
    verdict = np.select(
        [
            table["auc"].isna(),
            table["coding"] == "break",
            table["low"] <= 0.5,
            p < 1 - confidence,
        ],
        ["too_few", "recoded", "ranking", "level"],
        default="holds",
    )
    return table.assign(p_level=p, month_verdict=verdict)


def _facts(table: pd.DataFrame, least: int) -> dict[str, Fact]:
    judged = table[table["month_verdict"] != "too_few"]
    facts = {
        "months": Fact(len(table), "count"),
        "judged": Fact(len(judged), "count"),
        "too_few": Fact(len(table) - len(judged), "count"),
        "failed": Fact(int(judged["month_verdict"].isin(["level", "ranking"]).sum()), "count"),
        "breaks": Fact(int((table["coding"] == "break").sum()), "count"),
        "least": Fact(least, "count"),
        "cases": Fact(int(table["cases"].sum()), "count", n=int(table["cases"].sum())),
    }
    for name, column, unit in (("", "auc", "number"), ("level_", "level_ratio", "ratio")):
        for end, at in (("lowest", "min"), ("highest", "max")):
            value = float(getattr(judged[column], at)()) if len(judged) else float("nan")
            facts[f"{name}{end}"] = Fact(value, unit)
    return facts
