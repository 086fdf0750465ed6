"""How many would be satisfied by score of one side of the service, all other sides as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import pairs
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.arrays import Codes, Vector
from workbench.stats.dependence import Dependence as Expected
from workbench.stats.dependence import Model
from workbench.stats.ordinal import ordinal
from workbench.stats.respondents import Wave
from workbench.stats.scores import SATISFIED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ITEMS = ("process", "speed", "professional", "attitude", "price")
ENDS = ("from_score", "to_score")
PER_ITEM = 10
"""Complete answers for each item, below which nothing is estimated."""


@dataclass(frozen=True, eq=False, repr=False)
class Dependence(Result):
    """Share of customers the model expects to be satisfied, by score of each side of the service.

    Attributes
    ----------
    table : DataFrame
        One row per item and score that enough people gave to every item, the item with the widest
        span first: `construct`, `score`, `answers` (with that score), `satisfied_expected` with
        `_low` and `_high`.
    facts : mapping
        `lowest` and `highest`, at the lowest and highest score, of the item with the widest span;
        `answers` and `needed`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("construct", "code", values="construct"),
        Column("score", "count"),
        Column(
            "satisfied_expected",
            "share",
            interval=("satisfied_expected_low", "satisfied_expected_high"),
        ),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.4)

    def summary(self) -> Finding:
        """Say over which span the widest item moves what the model expects."""
        if self.table.empty:
            few = self.facts["answers"].value < self.facts["needed"].value
            return Finding(f"{self.name}.{'too_few' if few else 'no_fit'}", ("answers", "needed"))
        words = {"name": Word(str(self.table["construct"].iloc[0]), "construct")}
        words |= {end: Word(f"{score:.0f}") for end, score in zip(ENDS, self._ends(), strict=True)}
        return Finding(f"{self.name}.finding", ("lowest", "highest", "answers"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the expected share at the lowest and the highest score of each item on `ax`."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        groups = self.table.groupby("construct", sort=False)["satisfied_expected"]
        first, last = (text.say("survey.dependence_at", score=f"{s:.0f}") for s in self._ends())
        return pairs.draw(
            pd.DataFrame(
                {
                    "label": [schema.value("construct", str(code)) for code, _ in groups],
                    "from": groups.first().to_numpy(),
                    "to": groups.last().to_numpy(),
                }
            ),
            rows="label",
            ends=(("from", first), ("to", last)),
            unit="share",
            label=text.say("survey.dependence_axis"),
            ax=ax,
        )

    def _ends(self) -> tuple[float, float]:
        return float(self.table["score"].min()), float(self.table["score"].max())


def dependence(
    wave: Wave,
    *,
    items: Sequence[str] = ITEMS,
    min_base: int = 30,
    seed: int = 1,
    confidence: float = 0.95,
) -> Dependence:
    """Estimate partial dependence of being satisfied on each item, from proportional odds.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `csat` and `items`. The model is fitted on the
        design, to the answers that have all of them.
    min_base : int
        Answers a score needs of every item to be shown: spans compare over the same scores only.
    seed : int
        Of the draws behind the intervals.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(wave.answers, "csat", *items)
    csat = wave.answers["csat"].round().to_numpy(float)
    x = wave.answers[list(items)].to_numpy(float)
    complete = np.isfinite(x).all(axis=1) & np.isfinite(csat)
    n, needed = int(complete.sum()), PER_ITEM * len(items)
    counts = {"answers": Fact(n, "count", n=n), "needed": Fact(needed, "count")}
    levels = np.unique(csat[complete])
    cut = int((levels < SATISFIED).sum()) - 1
    nothing = Dependence("survey.dependence", Dependence.no_rows(), counts)
    if n < needed or cut < 0 or cut >= len(levels) - 1:
        return nothing
    try:
        fit = ordinal(wave.design, csat, x)
    except DataError:  # so few answers that the items separate them
        return nothing
    model = Model.of(fit, x[complete], wave.design.weights[complete], seed=seed)
    scores = _common(x[complete], min_base)
    if len(scores) < 2:
        return nothing
    rows = []
    for at, item in enumerate(items):
        given = (x[complete, at, None] == scores).sum(axis=0)
        found = model.at_least(at, scores, cut, confidence)
        rows.append(_rows(item, scores, given, found))
    rows.sort(key=lambda own: -float(np.ptp(own["satisfied_expected"])))
    table = pd.concat(rows, ignore_index=True)
    return Dependence("survey.dependence", table, counts | _facts(rows[0], confidence))


def _common(x: Vector, least: int) -> Vector:
    """Return the scores that at least so many rows of `x` (n, p) give to every column."""
    scores = np.unique(x)
    given = (x[:, :, None] == scores).sum(axis=0)
    return np.asarray(scores[(given >= least).all(axis=0)])


def _rows(item: str, values: Vector, given: Codes, found: Expected) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "construct": item,
            "score": values,
            "answers": given,
            "satisfied_expected": found.chance,
            "satisfied_expected_low": found.low,
            "satisfied_expected_high": found.high,
        }
    )


def _facts(widest: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    return {
        end: Fact(
            *(float(row["satisfied_expected"]), "share"),
            low=float(row["satisfied_expected_low"]),
            high=float(row["satisfied_expected_high"]),
            confidence=confidence,
            n=int(row["answers"]),
        )
        for end, row in (("lowest", widest.iloc[0]), ("highest", widest.iloc[-1]))
    }
