"""Which sides of the service fall short of how important they are, judged person by person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import targets
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.arrays import Vector
from workbench.stats.design import Design
from workbench.stats.estimate import quantile_t
from workbench.stats.grades import holm
from workbench.stats.respondents import Wave

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ITEMS = ("process", "speed", "professional", "attitude", "price")
"""Sides of the service on one scale, which can be set against each other within a person."""
LEAST = 30
"""Answers below which a gap is not judged."""


@dataclass(frozen=True, eq=False, repr=False)
class Gaps(Result):
    """Sides of the service, the one that falls short most first.

    Attributes
    ----------
    table : DataFrame
        `construct`, `answers` (who scored it beside others), `importance_kind` (`stated` by the
        same people on the same scale, or `derived`: the share of satisfaction that goes with it),
        `importance_said` (mean score, or the share), `performance` (mean score), `item_gap_mean`
        with `_low` and `_high` (score less importance, or less the person's own mean of the other
        sides: a paired difference), `p_holm`, `item_gap` (`falls_short`, `minor`: weak but less
        important than an equal share, `meets`, `exceeds`).
    facts : mapping
        `answers`, `items`, `short` (how many fall short), and of the first: `gap`.
    stated : bool
        Whether importance was asked for.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    stated: bool
    columns: ClassVar[tuple[Column, ...]] = (
        Column("construct", "code", values="construct"),
        Column("importance_kind", "code", values="importance_kind"),
        Column("importance_said", "ratio"),
        Column("performance", "score"),
        Column("item_gap_mean", "score", interval=("gap_low", "gap_high"), signed=True),
        Column("p_holm", "p"),
        Column("item_gap", "code", values="item_gap", judged=True),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.0)

    def summary(self) -> Finding:
        """Name the side that falls short most, or say that none does."""
        kind = "stated" if self.stated else "derived"
        if self.table.empty:
            return Finding("needs.importance.too_few", ("answers",))
        first = self.table.iloc[0]
        if first["item_gap"] != "falls_short":
            return Finding(f"needs.importance.{kind}_none", ("answers", "items"))
        words = {"item_name": Word(str(first["construct"]), "construct")}
        return Finding(f"needs.importance.{kind}", ("answers", "items", "short", "gap"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw each gap with its interval on `ax`; the mark stands where there is none."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        drawn = pd.DataFrame(
            {
                "label": [schema.value("construct", code) for code in self.table["construct"]],
                "value": self.table["item_gap_mean"].to_numpy(float),
                "low": self.table["gap_low"].to_numpy(float),
                "high": self.table["gap_high"].to_numpy(float),
                "target": 0.0,
            }
        )
        kind = "stated" if self.stated else "derived"
        names = text.say("column.item_gap_mean"), text.say("needs.no_gap")
        label = text.say(f"needs.gap_axis_{kind}")
        return targets.draw(drawn, rows="label", unit="score", label=label, names=names, ax=ax)


def importance_gaps(
    wave: Wave,
    drivers: pd.DataFrame,
    stated: pd.DataFrame,
    *,
    items: Sequence[str] = ITEMS,
    confidence: float = 0.95,
) -> Gaps:
    """Compare each side of the service with its importance, within the same people.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `customer_id` and `items` on one scale.
    drivers : DataFrame
        The table of `satisfaction_drivers.key_drivers`: derived importance, where none was asked.
    stated : DataFrame
        The query `stated_importance`: `customer_id`, `construct`, `importance`; no rows where the
        wave did not ask.
    items : sequence of str
        Sides of the service.
    confidence : float
        Coverage of the intervals; its complement is the family-wise error over items (Holm).

    Raises
    ------
    DataError
        A column is missing.
    """
    check.columns(wave.answers, "customer_id", *items)
    check.columns(stated, "customer_id", "construct", "importance")
    scores = wave.answers[list(items)].to_numpy(float)
    asked = stated[stated["construct"].isin(items)]
    is_stated = bool(len(asked))
    wanted = _wanted(wave, asked, items) if is_stated else _others(scores)
    share = _shares(drivers, items) if not is_stated else np.full(len(items), np.nan)
    weights = [
        float(wave.design.mean(wanted[:, at]).value[0]) if is_stated else share[at]
        for at in range(len(items))
    ]
    rows = _rows(wave, items, wanted, weights, confidence)
    kind = "stated" if is_stated else "derived"
    facts = {
        "answers": Fact(len(scores), "count", n=len(scores)),
        "items": Fact(len(rows), "ledger"),
    }
    if not rows:
        names = [name for c in Gaps.columns for name in (c.name, *(c.interval or ()))]
        return Gaps("needs.importance", pd.DataFrame(columns=names), facts, is_stated)
    table = _table(rows, kind, 1 / len(items), confidence)
    facts["short"] = Fact(int((table["item_gap"] == "falls_short").sum()), "ledger")
    first = table.iloc[0]
    ends = float(first["gap_low"]), float(first["gap_high"])
    n = int(first["answers"])
    facts["gap"] = Fact(float(first["item_gap_mean"]), "score", *ends, confidence, n)
    return Gaps("needs.importance", table, facts, is_stated)


def _rows(
    wave: Wave, items: Sequence[str], wanted: Vector, weights: Sequence[float], confidence: float
) -> list[dict[str, object]]:
    """Return one row for each item with enough answers."""
    rows: list[dict[str, object]] = []
    for at, item in enumerate(items):
        score = wave.answers[item].to_numpy(float)
        gap = score - wanted[:, at]
        known = int(np.isfinite(gap).sum())
        if known >= LEAST:
            row = {"construct": item, "answers": known, "importance_said": weights[at]}
            row["performance"] = float(wave.design.mean(score).value[0])
            rows.append(row | _paired(wave.design, gap, confidence))
    return rows


def _table(
    rows: list[dict[str, object]], kind: str, equal: float, confidence: float
) -> pd.DataFrame:
    table = pd.DataFrame(rows).assign(importance_kind=kind)
    table["p_holm"] = holm(table["p_value"].to_numpy(float))
    table["item_gap"] = _verdicts(table, equal, kind == "stated", confidence)
    order = table["item_gap"].map({"falls_short": 0, "minor": 1, "meets": 2, "exceeds": 3})
    table = table.assign(order=order).sort_values(["order", "item_gap_mean"], ignore_index=True)
    return table.drop(columns="order")


def _wanted(wave: Wave, asked: pd.DataFrame, items: Sequence[str]) -> Vector:
    """Return the importance that each answer gives each item, missing where it does not."""
    wide = asked.pivot_table(index="customer_id", columns="construct", values="importance")
    found = wide.reindex(index=wave.answers["customer_id"], columns=list(items))
    return found.to_numpy(float)


def _others(scores: Vector) -> Vector:
    """Return for each person and item the mean of what that person gave the other items."""
    known = np.isfinite(scores)
    filled = np.where(known, scores, 0.0)
    others = known.sum(axis=1, keepdims=True) - known
    total = filled.sum(axis=1, keepdims=True) - filled
    found = np.full(scores.shape, np.nan)
    np.divide(total, others, out=found, where=others > 0)
    return found


def _shares(drivers: pd.DataFrame, items: Sequence[str]) -> Vector:
    known = drivers.set_index("construct")["importance"].astype(float)
    return np.asarray(known.reindex(list(items)), dtype=np.float64)


def _paired(design: Design, gap: Vector, confidence: float) -> dict[str, float]:
    """Return mean and interval of a paired difference, and the p-value of none."""
    from scipy import special

    mean = design.mean(gap)
    value, se, df = float(mean.value[0]), float(mean.se[0]), max(float(mean.df), 1.0)
    half = quantile_t(confidence, df) * se
    p = 2 * float(special.stdtr(df, -abs(value) / se)) if se > 0 else np.nan
    return {
        "item_gap_mean": value,
        "gap_low": value - half,
        "gap_high": value + half,
        "p_value": p,
    }


def _verdicts(table: pd.DataFrame, equal: float, stated: bool, confidence: float) -> list[str]:
    sure = (table["p_holm"] < 1 - confidence).to_numpy(bool)
    below = (table["item_gap_mean"] < 0).to_numpy(bool)
    weighty = np.full(len(table), stated) | (table["importance_said"] > equal).to_numpy(bool)
    return list(
        np.select(
            [sure & below & weighty, sure & below, sure & ~below],
            ["falls_short", "minor", "exceeds"],
            "meets",
        )
    )
