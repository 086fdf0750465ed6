"""Which segments and which branches stand apart from the rest of the bank."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.arrays import Codes
from workbench.stats.respondents import Wave
from workbench.stats.scores import measures, scores
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 5
"""Groups that a sentence has room for."""
SCORES = (
    Column("answers", "count"),
    Column("effective_n", "count"),
    Column("nps", "points", interval=("nps_low", "nps_high")),
    Column("satisfied", "share", interval=("satisfied_low", "satisfied_high")),
    Column("versus_rest", "points"),
    Column("p_adjusted", "p"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Groups(Result):
    """The scores of groups of customers, lowest net promoter score first.

    Attributes
    ----------
    table : DataFrame
        One row per group: the column that groups, the columns of `stats.scores.scores`,
        `versus_rest` (net promoter score minus that of everybody else) and `p_adjusted`
        (Benjamini–Hochberg over the groups shown). A group with fewer answers than the least base
        keeps its count and loses its scores; such groups come last.
    facts : mapping
        `overall` (net promoter score of everybody), `shown` and `hidden` (numbers of groups),
        `apart` (groups that differ at the level of the intervals), and `lowest`, `highest` (net
        promoter scores) when any group is shown.
    by : str
        The column that groups.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    by: str
    base: ClassVar[str | None] = "answers"
    parts: ClassVar[bool] = True
    listed: ClassVar[str | None] = None
    rows: ClassVar[int] = 12
    key: ClassVar[tuple[str, ...]] = ("overall", "lowest", "highest")

    def summary(self) -> Finding:
        """Say how many groups stand apart, and name the lowest and the highest."""
        if self.table.empty:
            return Finding("survey.silent")
        shown = self.table.dropna(subset=["nps"])
        if shown.empty:
            return Finding(f"{self.name}.too_few", ("hidden",))
        if not shown["p_adjusted"].notna().any():
            return Finding(f"{self.name}.alone", ("shown", "overall"))
        ends = {"lowest_name": shown[self.by].iloc[0], "highest_name": shown[self.by].iloc[-1]}
        words = {name: Word(str(code), self.listed) for name, code in ends.items()}
        quoted = ("shown", "lowest", "highest", "hidden")
        if not self.facts["apart"].value:
            return Finding(f"{self.name}.alike", quoted, words)
        words["apart_names"] = self._apart(shown)
        return Finding(f"{self.name}.apart", (*quoted, "apart"), words)

    def _apart(self, shown: pd.DataFrame) -> Word:
        """Return the groups that differ from the rest, those below and those above it, by name."""
        sure = shown.sort_values("p_adjusted", kind="stable").head(int(self.facts["apart"].value))
        said = {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                sides = {"below": sure["versus_rest"] < 0, "above": sure["versus_rest"] > 0}
                parts = [
                    text.say(f"survey.groups.{side}", names=self._names(sure.loc[inside, self.by]))
                    for side, inside in sides.items()
                    if inside.any()
                ]
                said[str(language)] = text.say("survey.groups.also").join(parts)
        return Word("apart", said=said)

    def _names(self, codes: "pd.Series[str]") -> str:
        """Return up to five names, the most certain first, and how many there are."""
        names = [schema.value(self.listed, str(c)) if self.listed else str(c) for c in codes]
        listed = text.say("format.joint").join(names[:NAMED])
        if len(names) <= NAMED:
            return listed
        return text.say("survey.groups.more", names=listed, count=len(names))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the lowest net promoter scores with their intervals on `ax`, if there are any."""
        drawn = self.table.dropna(subset=["nps"]).head(self.rows)
        if len(self.table) < 2 or drawn.empty:
            ax.set_axis_off()
            return ax
        labels = [schema.value(self.listed, str(c)) if self.listed else c for c in drawn[self.by]]
        columns = {"nps": "value", "nps_low": "low", "nps_high": "high"}
        return intervals.draw(
            drawn.rename(columns=columns).assign(label=labels),
            rows="label",
            unit="points",
            label=text.say("survey.nps_axis"),
            ax=ax,
            reference=self.facts["overall"].value,
        )


@dataclass(frozen=True, eq=False, repr=False)
class Segments(Groups):
    """The scores of customer segments; see `Groups`."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        *SCORES,
    )
    listed: ClassVar[str | None] = "segment"


@dataclass(frozen=True, eq=False, repr=False)
class Branches(Groups):
    """The scores of branches; see `Groups`. The figure shows the lowest twelve."""

    columns: ClassVar[tuple[Column, ...]] = (Column("branch_name"), *SCORES)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.4)


Kind = TypeVar("Kind", bound=Groups)


def segments(wave: Wave, *, min_base: int = 30, confidence: float = 0.95) -> Segments:
    """Estimate the scores of each customer segment; parameters as in `branches`."""
    return _groups(Segments, "survey.segments", wave, "segment", (min_base, confidence))


def branches(wave: Wave, *, min_base: int = 30, confidence: float = 0.95) -> Branches:
    """Estimate the scores of each branch.

    Parameters
    ----------
    wave : Wave
        The wave to report, from `stats.respondents.weighted`, with `segment` and `branch_name`.
        Answers without a group form one of their own.
    min_base : int
        Answers a group needs for its scores to be given, and the rest to be compared with.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate of `apart`.
    """
    return _groups(Branches, "survey.branches", wave, "branch_name", (min_base, confidence))


def _groups(kind: type[Kind], name: str, wave: Wave, by: str, given: tuple[int, float]) -> Kind:
    min_base, confidence = given
    check.columns(wave.answers, by)
    if wave.silent:
        return kind(name, kind.no_rows(), {}, by)
    codes, labels = pd.factorize(wave.answers[by], use_na_sentinel=False)
    groups = np.asarray(codes, dtype=np.intp)
    table = scores(wave, groups, confidence=confidence)
    table.insert(0, by, pd.Series(labels, dtype=object).where(pd.notna(labels), formats.MISSING))
    enough = (table["answers"] >= min_base).to_numpy()
    counted = table["answers"].to_numpy()
    against = enough & (counted.sum() - counted >= min_base)
    table = table.join(_versus_rest(wave, groups, against))
    estimates = table.columns.difference([by, "answers"])
    table = table.astype(dict.fromkeys(estimates, float))
    table.loc[~enough, estimates] = np.nan
    ordered = table.sort_values(["nps", by], na_position="last").reset_index(drop=True)
    overall = scores(wave, confidence=confidence)
    return kind(name, ordered, _facts(ordered, overall, confidence), by)


def _versus_rest(wave: Wave, groups: Codes, against: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the net promoter score of groups minus that of the rest, tested together."""
    from scipy import special, stats

    nps = measures(wave)["nps"]
    table = pd.DataFrame(np.nan, index=range(len(against)), columns=["versus_rest", "p_adjusted"])
    for group in np.flatnonzero(against):
        found = wave.design.difference(nps, groups == group, groups != group)
        t = float(found.value[0] / found.se[0]) if found.se[0] > 0 else np.nan
        table.loc[group] = found.value[0], 2 * special.stdtr(found.df, -abs(t))
    tested = table["p_adjusted"].notna()
    if tested.any():
        adjusted = stats.false_discovery_control(table.loc[tested, "p_adjusted"])
        table.loc[tested, "p_adjusted"] = adjusted
    return table


def _facts(table: pd.DataFrame, overall: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    shown = table.dropna(subset=["nps"])
    apart = shown["p_adjusted"] < 1 - confidence
    facts = {
        "overall": _nps(overall.iloc[0], confidence),
        "shown": Fact(len(shown), "count"),
        "hidden": Fact(len(table) - len(shown), "count"),
        "apart": Fact(int(apart.sum()), "count"),
    }
    if len(shown):
        facts["lowest"] = _nps(shown.iloc[0], confidence)
        facts["highest"] = _nps(shown.iloc[-1], confidence)
    return facts


def _nps(row: "pd.Series[float]", confidence: float) -> Fact:
    return Fact(
        float(row["nps"]),
        "points",
        low=float(row["nps_low"]),
        high=float(row["nps_high"]),
        confidence=confidence,
        n=int(row["answers"]),
    )
