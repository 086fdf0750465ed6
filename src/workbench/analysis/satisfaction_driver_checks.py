"""Whether other methods put the same sides of the service first: LMG, Johnson, ordinal logit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.errors import DataError
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import drivers
from workbench.stats.arrays import Vector
from workbench.stats.ordinal import ordinal
from workbench.stats.respondents import Wave
from workbench.stats.scores import holm

ITEMS = ("process", "speed", "professional", "attitude", "price")
PER_ITEM = 10
"""Complete answers for each item, below which nothing is estimated."""
WAYS = ("lmg", "johnson", "odds")


@dataclass(frozen=True, eq=False, repr=False)
class DriverChecks(Result):
    """The importance of the sides of the service by three methods.

    Attributes
    ----------
    table : DataFrame
        One row per item, the most important by the first method first: `construct`, `lmg` and
        `johnson` (shares of the explained variance), `odds_ratio` of higher satisfaction for one
        point more, with `_low` and `_high` (proportional odds, errors of the design), `p_holm`
        against 1 over the items; `answers`.
    facts : mapping
        `answers`, `needed`; `lmg`, `johnson` and `odds` of the first item; `same`, how many of the
        methods put it first; `rank_agreement`, the smallest rank correlation between two methods.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("construct", "code", values="construct"),
        Column("lmg", "share"),
        Column("johnson", "share"),
        Column("odds_ratio", "ratio", interval=("odds_ratio_low", "odds_ratio_high")),
        Column("p_holm", "p"),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say whether the methods agree on what comes first."""
        if self.table.empty:
            few = self.facts["answers"].value < self.facts["needed"].value
            return Finding(f"{self.name}.{'too_few' if few else 'no_fit'}", ("answers", "needed"))
        words = {"name": Word(str(self.table["construct"].iloc[0]), "construct")}
        quoted = ("lmg", "johnson", "odds", "same", "rank_agreement", "answers")
        agreed = self.facts["same"].value == len(WAYS)
        return Finding(f"{self.name}.{'agree' if agreed else 'differ'}", quoted, words)


def driver_checks(
    wave: Wave, *, items: Sequence[str] = ITEMS, confidence: float = 0.95
) -> DriverChecks:
    """Compare LMG shares with Johnson's relative weights and with proportional odds.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `csat` and `items`.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(wave.answers, "csat", *items)
    y = wave.answers["csat"].round().to_numpy(float)
    x = wave.answers[list(items)].to_numpy(float)
    complete = np.isfinite(x).all(axis=1) & np.isfinite(y)
    n, needed = int(complete.sum()), PER_ITEM * len(items)
    counts = {"answers": Fact(n, "count", n=n), "needed": Fact(needed, "count")}
    empty = DriverChecks.no_rows()
    if n < needed:
        return DriverChecks("survey.driver_checks", empty, counts)
    weights = np.where(complete, wave.design.weights, 0.0)
    try:
        found = drivers.importance(*drivers.correlations(y, x, weights))
        fit = ordinal(wave.design, y, x)
    except DataError:  # so few answers that an item does not vary, or the items separate them
        return DriverChecks("survey.driver_checks", empty, counts)
    slopes = slice(0, len(items))
    low, high = (np.exp(end[slopes]) for end in fit.interval(confidence))
    p = dict(zip(items, fit.p_values[slopes].tolist(), strict=True))
    table = pd.DataFrame(
        {
            "construct": list(items),
            "lmg": found.shares / found.r_squared,
            "johnson": found.johnson / found.r_squared,
            "odds_ratio": np.exp(fit.coefficients[slopes]),
            "odds_ratio_low": low,
            "odds_ratio_high": high,
            "p_holm": pd.Series(holm(p)).reindex(list(items)).to_numpy(),
            "answers": n,
            # One point more, or one standard deviation more: items with the same scale and spread
            # are ranked alike, others by what their own spread makes of it.
            "odds": fit.coefficients[slopes] * _spread(x[complete], weights[complete]),
        }
    ).sort_values("lmg", ascending=False, ignore_index=True)
    return DriverChecks("survey.driver_checks", table, counts | _facts(table, confidence))


def _spread(x: Vector, weights: Vector) -> Vector:
    centred = x - np.average(x, axis=0, weights=weights)
    return np.asarray(np.sqrt(np.average(centred**2, axis=0, weights=weights)))


def _facts(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    first, n = table.iloc[0], int(table["answers"].iloc[0])
    ranks = table[list(WAYS)].rank()
    among = ranks.corr().to_numpy(float)
    odds = (float(first[name]) for name in ("odds_ratio", "odds_ratio_low", "odds_ratio_high"))
    value, low, high = odds
    return {
        "lmg": Fact(float(first["lmg"]), "share", n=n),
        "johnson": Fact(float(first["johnson"]), "share", n=n),
        "odds": Fact(value, "ratio", low, high, confidence, n),
        "same": Fact(sum(int(table[way].argmax()) == 0 for way in WAYS), "count"),
        "rank_agreement": Fact(float(among.min()), "ratio"),
    }
