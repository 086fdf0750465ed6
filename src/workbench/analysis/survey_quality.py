"""Whether the answers can be trusted: left out, rushed, all alike, and how well items agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import reliability
from workbench.stats.arrays import Vector
from workbench.stats.factors import one_factor
from workbench.stats.respondents import Wave

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Mask = NDArray[np.bool_]
ITEMS = ("process", "speed", "professional", "attitude", "price")
SIGNS = ("broken_off", "left_out", "alike", "rushed")
LEAST = 30
"""Answers of a mode below which its signs of carelessness are not compared with others'."""
PER_ITEM = 10
"""Complete answers for each item that reliability is estimated from."""
RUSHED = 1 / 3
"""Share of the median time of a mode below which an answer counts as rushed (Greszki, Meyer &
Schoen 2015, Public Opinion Quarterly 79:471–503)."""


@dataclass(frozen=True, eq=False, repr=False)
class AnswerQuality(Result):
    """Signs of careless answers, by mode of answering.

    Attributes
    ----------
    table : DataFrame
        One row per mode, most answers first: `mode_answered`, `answers`, `broken_off` (share),
        `left_out` (share of items without an answer in complete questionnaires), `alike` (share
        with the same answer to every item), `rushed` (share answered in less than a third of the
        mode's median time), `median_minutes`, `careless` (the larger of `alike` and `rushed`).
    facts : mapping
        Over all modes: `answers`, `broken_off`, `left_out`, `alike`, `rushed`, and where two modes
        have 30 answers or more `worst`, the largest share of rushed or alike answers of such a
        mode. Empty where nobody answered.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    worst: str | None = None
    columns: ClassVar[tuple[Column, ...]] = (
        Column("mode_answered", "code", values="survey_mode"),
        Column("answers", "count"),
        Column("broken_off", "share"),
        Column("left_out", "share"),
        Column("alike", "share"),
        Column("rushed", "share"),
        Column("median_minutes", "points"),
    )
    base: ClassVar[str | None] = "answers"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many answers show signs of carelessness, and in which mode most do."""
        if self.table.empty:
            return Finding("survey.silent")
        quoted = ("answers", "broken_off", "left_out", "alike", "rushed")
        if self.worst is None:
            return Finding("survey.quality.plain", quoted)
        words = {"worst_name": Word(self.worst, "survey_mode")}
        return Finding("survey.quality.finding", (*quoted, "worst"), words)


@dataclass(frozen=True, eq=False, repr=False)
class ItemReliability(Result):
    """How well the items measure one thing.

    Attributes
    ----------
    table : DataFrame
        One row per item, the least fitting first: `construct`, `answers`, `skipped` (share of
        complete questionnaires without an answer to it), `rest` (correlation with the others),
        `without` (alpha without it), `loading` on one factor.
    facts : mapping
        `alpha` with Feldt's interval, `omega`, `factors` (by parallel analysis); how well one
        factor fits: `residual` (root mean square of the correlations it leaves unexplained, SRMR),
        `rmsea`, `cfi`; `answers`. Where nothing is estimated: `answers` (complete) and `needed`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("construct", "code", values="construct"),
        Column("answers", "count"),
        Column("skipped", "share"),
        Column("rest", "ratio"),
        Column("without", "ratio"),
        Column("loading", "ratio"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        """Say alpha, omega and the number of factors, and whether the sum may be read as one."""
        if self.table.empty:
            few = self.facts["answers"].value < self.facts["needed"].value
            key = "too_few" if few else "no_fit"
            return Finding(f"survey.reliability.{key}", ("answers", "needed"))
        one = self.facts["factors"].value == 1
        words = {"weakest_name": Word(str(self.table["construct"].iloc[0]), "construct")}
        quoted = ("alpha", "omega", "factors", "residual", "rmsea", "cfi", "answers")
        return Finding(f"survey.reliability.{'one' if one else 'several'}", quoted, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the correlation of each item with the others on `ax`; nothing without any."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        names = [schema.value("construct", code) for code in self.table["construct"]]
        return ranked.draw(
            self.table.rename(columns={"rest": "value"}).assign(label=names, strong=False),
            rows="label",
            unit="ratio",
            label=text.say("survey.rest_axis"),
            ax=ax,
        )


def answer_quality(wave: Wave, *, items: Sequence[str] = ITEMS) -> AnswerQuality:
    """Count signs of careless answers in a wave; unweighted, since they are about answers.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `status`, `mode_answered`, `started_at`,
        `completed_at` and `items`.
    """
    check.columns(wave.answers, "status", "mode_answered", "started_at", "completed_at", *items)
    if wave.silent:
        return AnswerQuality("survey.quality", AnswerQuality.no_rows(), {})
    signs = _signs(wave.answers, items)
    table, whole, n = _by_mode(signs), _shares(signs), len(signs)
    facts = {"answers": Fact(n, "count", n=n)}
    facts |= {name: Fact(share, "share", n=n) for name, share in whole.items()}
    large = table[(table["answers"] >= LEAST) & table["careless"].notna()]
    if len(large) < 2:
        return AnswerQuality("survey.quality", table, facts)
    worst = large.iloc[int(large["careless"].argmax())]
    facts["worst"] = Fact(float(worst["careless"]), "share", n=int(worst["answers"]))
    return AnswerQuality("survey.quality", table, facts, str(worst["mode_answered"]))


def item_reliability(
    wave: Wave, *, items: Sequence[str] = ITEMS, confidence: float = 0.95, seed: int = 1
) -> ItemReliability:
    """Estimate the reliability of `items` as one scale; weighted, missing answers pairwise.

    Omega, loadings and the number of factors rest on the answers that have all items, unweighted.
    Nothing is estimated from fewer than ten of them for each item, or where one factor has no fit.
    """
    check.columns(wave.answers, *items)
    answers = wave.answers[list(items)].to_numpy(np.float64)
    complete, needed = int(np.isfinite(answers).all(axis=1).sum()), PER_ITEM * len(items)
    try:
        single = one_factor(answers) if complete >= needed else None
    except DataError:
        single = None
    if single is None:
        counts = {
            "answers": Fact(complete, "count", n=complete),
            "needed": Fact(needed, "count"),
        }
        return ItemReliability("survey.reliability", ItemReliability.no_rows(), counts)
    scale = reliability.alpha(answers, wave.design.weights, confidence=confidence)
    count = reliability.factors(answers, seed=seed)
    table = pd.DataFrame(
        {
            "construct": list(items),
            "answers": np.isfinite(answers).sum(axis=0),
            "skipped": _skipped(wave.answers, items),
            "rest": scale.rest,
            "without": scale.without,
            "loading": single.loadings,
        }
    ).sort_values("rest", ignore_index=True)
    facts = {
        "alpha": Fact(scale.alpha, "ratio", scale.low, scale.high, confidence, scale.n),
        "omega": Fact(single.omega, "ratio", n=scale.n),
        "factors": Fact(count, "count"),
        "residual": Fact(single.srmr, "ratio"),
        "rmsea": Fact(single.rmsea, "ratio"),
        "cfi": Fact(single.cfi, "ratio"),
        "answers": Fact(scale.n, "count"),
    }
    return ItemReliability("survey.reliability", table, facts)


def _skipped(answers: pd.DataFrame, items: Sequence[str]) -> Vector:
    """Return the share of complete questionnaires that leave each item out (p,)."""
    status = answers.get("status", pd.Series("complete", index=answers.index))
    return answers.loc[status == "complete", list(items)].isna().mean().to_numpy(np.float64)


def _signs(answers: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Return one row per answer: `mode_answered`, and whether each sign is there (NaN: unknown)."""
    given = answers[list(items)].astype(float)
    complete = answers["status"] == "complete"
    minutes = (answers["completed_at"] - answers["started_at"]).dt.total_seconds() / 60
    usual = minutes.groupby(answers["mode_answered"]).transform("median")
    alike = given.notna().all(axis=1) & (given.max(axis=1) == given.min(axis=1))
    return pd.DataFrame(
        {
            "mode_answered": answers["mode_answered"],
            "broken_off": (~complete).astype(float),
            "left_out": given.isna().mean(axis=1).where(complete),
            "alike": alike.astype(float).where(given.notna().all(axis=1)),
            "rushed": (minutes < RUSHED * usual).astype(float).where(minutes.notna()),
            "minutes": minutes,
        }
    )


def _shares(signs: pd.DataFrame) -> dict[str, float]:
    return {
        name: float(signs[name].mean()) for name in ("broken_off", "left_out", "alike", "rushed")
    }


def _by_mode(signs: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "mode_answered": mode,
            "answers": len(part),
            **_shares(part),
            "median_minutes": float(part["minutes"].median()),
            "careless": float(part[["alike", "rushed"]].mean().max()),
        }
        for mode, part in signs.groupby("mode_answered", dropna=False)
    ]
    return pd.DataFrame(rows).sort_values("answers", ascending=False, ignore_index=True)
