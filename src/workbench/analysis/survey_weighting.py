"""Whether the score depends on how answers are weighted: the ways beside one another."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import intervals
from workbench.result import UNTOLD, Column, Fact, Finding, Result, Word
from workbench.stats import weighting
from workbench.stats.arrays import Codes, Vector
from workbench.stats.respondents import ANSWERED, INELIGIBLE, Wave, scaled, weighted
from workbench.stats.scores import scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Mask = NDArray[np.bool_]
CELL = "stratum and mode"


@dataclass(frozen=True, eq=False, repr=False)
class Ways(Result):
    """The net promoter score under each way of weighting, and what the way costs.

    Attributes
    ----------
    table : DataFrame
        One row per `weighting_way`: `answers`; `worth`, the equally weighted answers they are worth
        (Kish), and `kish_deff`; `heaviest` weight over the mean; `off`, the largest distance of a
        level of a margin from its population, in percentage points; `nps` with `_low` and `_high`.
        A way that the answers do not bear is not there.
    facts : mapping
        `answers`, `worth`, `lost` (share of them that weighting costs); NPS by way;
        `worth_trimmed`, `off_trimmed`, `trim`; `lowest` and `highest` over the ways that weigh for
        non-response; `balance`, the R-indicator of the propensities (1: all answer alike).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("weighting_way", "code", values="weighting_way"),
        Column("nps", "points", interval=("nps_low", "nps_high")),
        Column("worth", "count"),
        Column("kish_deff", "ratio"),
        Column("heaviest", "ratio"),
        Column("off", "points"),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.0)
    key: ClassVar[tuple[str, ...]] = ("raked", "worth", "balance")

    def summary(self) -> Finding:
        """Say how far the ways lie apart, what trimming would change, and who answers."""
        if self.table.empty:
            return Finding("survey.silent")
        ways = self.table[self.table["weighting_way"].isin(ADJUSTED)].dropna(subset=["nps"])
        if ways.empty:
            return Finding(UNTOLD)
        words = {
            f"{end}_way": Word(str(ways["weighting_way"].iloc[at]), "weighting_way")
            for end, at in (("lowest", ways["nps"].argmin()), ("highest", ways["nps"].argmax()))
        }
        quoted = ["answers", "worth", "lost", "raked", "none", "lowest", "highest"]
        quoted += ["trim", "trimmed", "worth_trimmed", "off_trimmed"]
        if "balance" not in self.facts:
            return Finding(f"{self.name}.plain", tuple(quoted), words)
        return Finding(f"{self.name}.finding", (*quoted, "balance"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the score of each way with its interval on `ax`, if there are any."""
        if not self.table["nps"].notna().any():
            ax.set_axis_off()
            return ax
        names = [schema.value("weighting_way", str(way)) for way in self.table["weighting_way"]]
        columns = {"nps": "value", "nps_low": "low", "nps_high": "high"}
        return intervals.draw(
            self.table.rename(columns=columns).assign(label=names),
            rows="label",
            unit="points",
            label=text.say("column.nps"),
            ax=ax,
            reference=self.facts["raked"].value,
        )


ADJUSTED = ("cells", "propensity", "raked", "greg", "trimmed")
"""Ways that weigh for non-response."""


def weighting_ways(
    survey: pd.DataFrame,
    wave: Wave,
    *,
    least: int = 10,
    trim: float = 5.0,
    confidence: float = 0.95,
) -> Ways:
    """Estimate the net promoter score under several ways of weighting.

    Design weights alone; cells of stratum and mode in which those who answered stand for those who
    did not; classes of the propensity to answer (logit on the columns of the margins); raking,
    which the report uses; regression calibration (GREG) to the same margins; raking with weights
    cut at `trim` times their mean. Errors know of raking, cells and GREG; those of the propensity
    take it as known, those of trimmed weights are those of raked ones.

    Parameters
    ----------
    survey : DataFrame
        All invitations of the wave, as for `stats.respondents.weighted`, with `mode_assigned`.
    wave : Wave
        What `weighted` made of them, raked to at least one margin.
    least : int
        Answers a cell or level needs to stand alone.
    trim : float
        Times the mean at which weights are cut; above 1.
    """
    check.columns(survey, "stratum", "mode_assigned", "status")
    if wave.silent:
        return Ways("survey.weighting", Ways.no_rows(), {})
    if not wave.margins:
        raise DataError(f"wave {wave.name!r} was not raked to any margin; name some in `margins`")
    chance = _propensity(survey, [margin.name for margin in wave.margins], least)
    built = dict(_ways(survey, wave, least, trim, chance))
    rows = [_row(name, each, wave, confidence) for name, each in built.items()]
    table = pd.DataFrame(rows)
    return Ways("survey.weighting", table, _facts(table, chance, trim, confidence))


def _ways(
    survey: pd.DataFrame,
    wave: Wave,
    least: int,
    trim: float,
    chance: "tuple[Vector, Vector] | None",
) -> Iterator[tuple[str, Wave]]:
    """Give each way with the wave that is weighted by it."""
    plain = replace(wave.design, weights=wave.base, calibration=None)
    yield "none", replace(wave, design=replace(plain, weights=np.ones(len(plain))))
    yield "design", replace(wave, design=plain)
    cell = survey["stratum"].astype(str) + "|" + survey["mode_assigned"].astype(str)
    by_cell = weighted(survey.assign(**{CELL: cell}), name=wave.name, margins=[CELL], least=least)
    yield "cells", replace(wave, design=by_cell.design)
    if chance:
        yield "propensity", replace(wave, design=replace(plain, weights=chance[0]))
    yield "raked", wave
    dummies = [
        (margin.codes[:, None] == np.arange(len(margin.levels))).astype(float)
        for margin in wave.margins
    ]
    totals = np.concatenate([margin.population for margin in wave.margins])
    with suppress(DataError):  # so few answers that no weights meet the totals
        yield "greg", replace(wave, design=plain.calibrated(np.hstack(dummies), totals))
    final = wave.design.weights
    cut = weighting.trimmed(final, high=trim * float(final.mean()))
    yield "trimmed", replace(wave, design=replace(wave.design, weights=cut))


def _propensity(
    survey: pd.DataFrame, columns: Sequence[str], least: int
) -> "tuple[Vector, Vector] | None":
    """Return weights of those who answered, and everybody's chance; None where none is found."""
    eligible = survey[survey["status"] != INELIGIBLE]
    base = scaled(survey)[survey["status"] != INELIGIBLE]
    answered = eligible["status"].isin(ANSWERED).to_numpy()
    groups = eligible.groupby(list(columns), dropna=False, observed=True)
    kinds = np.asarray(groups.ngroup(), dtype=np.intp)
    first = np.unique(kinds, return_index=True)[1]
    features = [_dummies(eligible[column], answered, least, first) for column in columns]
    known = np.hstack(features)
    try:
        weights, chance = weighting.answered_by_propensity(base, answered, known, kinds=kinds)
    except DataError:
        return None  # nobody refused, or a column separates those who answered
    return weights[answered], chance


def _dummies(column: pd.Series, answered: Mask, least: int, rows: Codes) -> Vector:
    """Return indicators of `rows` (k, levels - 1); levels where few or all answered are joined."""
    levels = column.astype("string").fillna("").to_numpy(dtype=object)
    there = pd.Series(answered).groupby(levels).agg(["sum", "size"])
    kept = there.index[(there["sum"] >= least) & (there["sum"] < there["size"])]
    shown = list(kept) if len(kept) < len(there) else list(kept)[1:]
    found: Vector = (levels[rows][:, None] == np.array(shown, dtype=object)).astype(float)
    return found


def _row(name: str, way: Wave, wave: Wave, confidence: float) -> dict[str, object]:
    weights = way.design.weights
    found = scores(way, confidence=confidence).iloc[0]
    cost = weighting.precision(weights)
    gaps = [
        np.bincount(margin.codes, weights, minlength=len(margin.levels)) / weights.sum()
        - margin.population / margin.population.sum()
        for margin in wave.margins
    ]
    return {
        "weighting_way": name,
        "answers": len(weights),
        "worth": cost.effective,
        "kish_deff": cost.deff,
        "heaviest": cost.largest,
        "off": 100 * float(np.abs(np.concatenate(gaps)).max()),
        "nps": float(found["nps"]),
        "nps_low": float(found["nps_low"]),
        "nps_high": float(found["nps_high"]),
    }


def _facts(
    table: pd.DataFrame, chance: "tuple[Vector, Vector] | None", trim: float, confidence: float
) -> dict[str, Fact]:
    ways = {str(row["weighting_way"]): row for row in table.to_dict("records")}
    n = int(table["answers"].iloc[0])
    facts = {
        name: Fact(row["nps"], "points", row["nps_low"], row["nps_high"], confidence, n)
        for name, row in ways.items()
    }
    adjusted = [float(ways[way]["nps"]) for way in ADJUSTED if way in ways]
    worth = float(ways["raked"]["worth"])
    if chance:
        facts["balance"] = Fact(1 - 2 * float(chance[1].std(ddof=1)), "ratio")
    return facts | {
        "answers": Fact(n, "count", n=n),
        "worth": Fact(worth, "count", n=n),
        "lost": Fact(1 - worth / n, "share", n=n),
        "worth_trimmed": Fact(float(ways["trimmed"]["worth"]), "count", n=n),
        "off_trimmed": Fact(float(ways["trimmed"]["off"]), "points"),
        "trim": Fact(trim, "points"),
        "lowest": Fact(min(adjusted), "points", n=n),
        "highest": Fact(max(adjusted), "points", n=n),
    }
