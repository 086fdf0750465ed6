"""Which sides of the service go with satisfaction, how well they do, and what to see to first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import quadrants
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import drivers
from workbench.stats.arrays import Vector
from workbench.stats.respondents import Wave

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ITEMS = ("process", "speed", "professional", "attitude", "price")
"""Sides of the service that every wave asks about, on the five-point scale."""
PER_ITEM = 10
"""Complete answers for each item, below which nothing is estimated."""
BORNE = 0.9
"""Share of the bootstrap samples in which every side varies, below which nothing is estimated."""
ROUNDING = 1e-12
QUADRANTS = ("improve", "keep", "observe", "enough")
"""Codes of the quadrants: important and weak, important and strong, and the less important two."""


@dataclass(frozen=True, eq=False, repr=False)
class Drivers(Result):
    """Importance and performance of the sides of the service, the most important first.

    Attributes
    ----------
    table : DataFrame
        One row per item: `construct`, `answers`, `performance` (weighted mean) and `importance`
        (share of the explained variance of satisfaction) with `_low` and `_high`;
        `importance_rank` with `rank_low` and `rank_high` over bootstrap samples, and `first_rank`
        (share of them in which it comes first); `quadrant` and `quadrant_share` (share of bootstrap
        samples in which it lies there), `improve_share` (share in which it is important and weak).
    facts : mapping
        `answers` with all items and how many are `needed`; `explained`, the share of the variance
        of satisfaction that goes with the items; `importance` and `performance` of the most
        important item, `first_rank`; of the item most often important and weak: `improve_share`,
        `improve_performance`. With answers too few, or too much alike, the first two only.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("construct", "code", values="construct"),
        Column("importance", "share", interval=("importance_low", "importance_high")),
        Column("importance_rank", "count", interval=("rank_low", "rank_high")),
        Column("performance", "score", interval=("performance_low", "performance_high")),
        Column("quadrant", "code", values="priority_quadrant", judged=True),
        Column("quadrant_share", "share"),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.4)

    def summary(self) -> Finding:
        """Name the most important item, and the one that is most surely important and weak."""
        if self.table.empty:
            few = self.facts["answers"].value < self.facts["needed"].value
            return Finding(f"survey.drivers.{'too_few' if few else 'alike'}", ("answers", "needed"))
        first = self.table.iloc[0]
        improve = self.table.iloc[int(self.table["improve_share"].argmax())]
        words = {
            "first_name": Word(first["construct"], "construct"),
            "improve_name": Word(improve["construct"], "construct"),
        }
        quoted = ("explained", "importance", "first_rank", "improve_share", "improve_performance")
        return Finding("survey.drivers.finding", (*quoted, "answers"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw importance against performance on `ax`; nothing where there are too few answers."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        names = [schema.value("construct", code) for code in self.table["construct"]]
        ends = {
            **{"performance": "x", "performance_low": "x_low", "performance_high": "x_high"},
            **{"importance": "y", "importance_low": "y_low", "importance_high": "y_high"},
        }
        drawn = self.table.rename(columns=ends)
        marked = drawn["quadrant"] == "improve"
        return quadrants.draw(
            drawn.assign(label=names, marked=marked),
            rows="label",
            scales=(
                ("score", text.say("survey.performance_axis")),
                ("share", text.say("survey.importance_axis")),
            ),
            quadrants=[schema.value("priority_quadrant", code) for code in QUADRANTS],
            cuts=(float(drawn["x"].mean()), 1 / len(drawn)),
            ax=ax,
        )


def key_drivers(
    wave: Wave,
    *,
    outcome: str = "csat",
    items: Sequence[str] = ITEMS,
    draws: int = 1000,
    seed: int = 1,
    confidence: float = 0.95,
) -> Drivers:
    """Estimate how much of satisfaction goes with each side of the service.

    Importance is the share of the explained variance (LMG; Johnson's weights beyond 20 items) in
    the answers that have all items. Every number is computed again on bootstrap samples of the
    design, raked anew: their quantiles are the intervals, their ranks and quadrants the shares.
    An item is important above the equal share, strong above the mean of the items. Samples in
    which all give an item the same score are left out, and if they are many, nothing is estimated.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with the columns `outcome` and `items`.
    draws, seed : int
        Bootstrap samples, and what they are drawn with.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    DataError
        A column is missing.
    """
    check.columns(wave.answers, outcome, *items)
    answers = wave.answers[[*items, outcome]].to_numpy(float)
    complete = np.isfinite(answers).all(axis=1)
    n, needed = int(complete.sum()), PER_ITEM * len(items)
    counts = {"answers": Fact(n, "count", n=n), "needed": Fact(needed, "count")}
    if n < needed:
        return Drivers("survey.drivers", Drivers.no_rows(), counts)
    own = _Moments(np.where(complete[:, None], answers, 0.0), complete)
    whole = _measured(own, own.sums(wave.design.weights[None, :])[0])
    drawn = (sums for sets in wave.batches(draws, seed=seed) for sums in own.sums(sets))
    sets = [found for sums in drawn if (found := _measured(own, sums))] if whole else []
    if whole is None or len(sets) < BORNE * draws:
        return Drivers("survey.drivers", Drivers.no_rows(), counts)
    importance = np.vstack([shares for shares, _, _ in sets])
    performance = np.vstack([means for _, means, _ in sets])
    table = _table(items, whole, (importance, performance), confidence)
    table.insert(1, "answers", int(complete.sum()))
    ordered = table.sort_values("importance", ascending=False, ignore_index=True)
    explained = np.array([each[2] for each in sets])
    facts = counts | _facts(ordered, whole[2], explained, confidence)
    return Drivers("survey.drivers", ordered, facts)


class _Moments:
    """Weighted sums of answers and of their products: all that importance needs of a sample."""

    def __init__(self, answers: Vector, complete: Vector) -> None:
        """Take `answers` (n, p + 1), the outcome last, of those that are `complete`."""
        self.size = answers.shape[1]
        # About their means, so that nothing is lost where sums of squares are taken apart.
        self.centre = answers[complete].mean(axis=0)
        away = np.where(complete[:, None], answers - self.centre, 0.0)
        self.pairs = np.triu_indices(self.size)
        products = away[:, self.pairs[0]] * away[:, self.pairs[1]]
        self.columns = np.column_stack([complete.astype(float), away, products])

    def sums(self, sets: Vector) -> Vector:
        """Return (R, ·) the sums for `sets` (R, n) of weights."""
        return np.asarray(sets @ self.columns)

    def measured(self, sums: Vector) -> tuple[Vector, Vector, float]:
        """Return shares of the explained variance (p,), means of the items (p,), and R²."""
        means = sums[1 : self.size + 1] / sums[0]
        covariance = np.empty((self.size, self.size))
        covariance[self.pairs] = sums[self.size + 1 :] / sums[0]
        covariance.T[self.pairs] = covariance[self.pairs]
        left = covariance - np.outer(means, means)
        # What is left of squares that cancel is rounding: the column does not vary.
        left[np.diag(np.diag(left) < ROUNDING * np.diag(covariance))] = 0.0
        found = drivers.importance(*drivers.correlated(left))
        return found.shares / found.r_squared, (means + self.centre)[:-1], found.r_squared


def _measured(own: _Moments, sums: Vector) -> tuple[Vector, Vector, float] | None:
    """Return what `own` measures; None where a column does not vary or repeats the others."""
    try:
        found = own.measured(sums)
    except DataError:
        return None
    return found if found[2] > ROUNDING else None


def _quadrants(importance: Vector, performance: Vector) -> Vector:
    """Return the place in `QUADRANTS` of each item, per row."""
    weighty = importance > 1 / importance.shape[-1]
    strong = performance > performance.mean(axis=-1, keepdims=True)
    return np.asarray(np.where(weighty, 0, 2) + strong)


def _table(
    items: Sequence[str],
    whole: tuple[Vector, Vector, float],
    sets: tuple[Vector, Vector],
    confidence: float,
) -> pd.DataFrame:
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    importance, performance = sets
    own, drawn = _quadrants(whole[0], whole[1]), _quadrants(importance, performance)
    ends = {
        name: np.quantile(values, tails, axis=0)
        for name, values in (("importance", importance), ("performance", performance))
    }
    ranks = 1 + (-importance).argsort(axis=1).argsort(axis=1)
    place = np.quantile(ranks, tails, axis=0, method="inverted_cdf")
    return pd.DataFrame(
        {
            "construct": list(items),
            "importance": whole[0],
            "importance_low": ends["importance"][0],
            "importance_high": ends["importance"][1],
            "importance_rank": 1 + (-whole[0]).argsort().argsort(),
            "rank_low": place[0],
            "rank_high": place[1],
            "first_rank": (ranks == 1).mean(axis=0),
            "performance": whole[1],
            "performance_low": ends["performance"][0],
            "performance_high": ends["performance"][1],
            "quadrant": [QUADRANTS[int(at)] for at in own],
            "quadrant_share": (drawn == own).mean(axis=0),
            "improve_share": (drawn == 0).mean(axis=0),
        }
    )


def _facts(
    table: pd.DataFrame, r_squared: float, drawn: Vector, confidence: float
) -> dict[str, Fact]:
    first, n = table.iloc[0], int(table["answers"].iloc[0])
    improve = table.iloc[int(table["improve_share"].argmax())]
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])

    def bounded(row: "pd.Series[float]", column: str, unit: str) -> Fact:
        ends = float(row[f"{column}_low"]), float(row[f"{column}_high"])
        return Fact(float(row[column]), unit, *ends, confidence=confidence, n=n)

    return {
        "answers": Fact(n, "count", n=n),
        "explained": Fact(r_squared, "share", float(low), float(high), confidence, n),
        "importance": bounded(first, "importance", "share"),
        "performance": bounded(first, "performance", "score"),
        "first_rank": Fact(float(first["first_rank"]), "share"),
        "improve_share": Fact(float(improve["improve_share"]), "share"),
        "improve_performance": bounded(improve, "performance", "score"),
    }
