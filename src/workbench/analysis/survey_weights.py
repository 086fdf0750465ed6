"""How the answers are weighted to stand for all customers, and what that costs in precision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import text
from workbench.errors import DataError
from workbench.plots import pairs
from workbench.result import Column, Fact, Finding, Result
from workbench.stats.rake import Margin
from workbench.stats.respondents import JOINED, Wave
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LISTS = {"segment": "segment", "stratum": "segment", "mode_assigned": "survey_mode"}
"""Margins whose levels are codes, and the lists of values the codes belong to."""


@dataclass(frozen=True, eq=False, repr=False)
class Weights(Result):
    """The margins the answers were weighted to.

    Attributes
    ----------
    table : DataFrame
        One row per margin and level: `margin`, `level` (`list:code`, or a name), `answers`,
        `share_answers` (unweighted), `share_design` (by design weight, before raking),
        `share_population` (after raking).
    facts : mapping
        `answers`; `worth`, the simple random sample the unequal weights leave of them (Kish);
        `kish_deff`; `lightest` and `heaviest` weight over their mean; `levels` and `merged`, the
        levels raked to and those merged for too few answers; `off`, the largest distance between
        the share of a level in the answers and in the population, in percentage points; `dropped`,
        the margins given up, where the answers could not meet all together.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("level", "codes"),
        Column("answers", "count"),
        Column("share_answers", "share"),
        Column("share_design", "share"),
        Column("share_population", "share"),
    )
    base: ClassVar[str | None] = "answers"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("margin",),)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)
    key: ClassVar[tuple[str, ...]] = ("answers", "worth", "kish_deff")

    def summary(self) -> Finding:
        """Say what the answers are worth after weighting, and how far the weights range."""
        if self.table.empty:
            return Finding("survey.silent")
        quoted = ("answers", "worth", "kish_deff", "lightest", "heaviest", "off")
        if not self.table.duplicated("margin").any():
            return Finding("survey.weights.single", quoted[:-1])
        if "dropped" in self.facts:
            return Finding("survey.weights.dropped", (*quoted, "dropped"))
        return Finding("survey.weights.finding", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the shares of answers and of customers in the levels with short lists on `ax`."""
        if self.table.empty or not self.table.duplicated("margin").any():
            ax.set_axis_off()
            return ax
        several = self.table[self.table["margin"].duplicated(keep=False)]
        coded = several["margin"].isin(LISTS)
        drawn = several[coded if coded.any() else several["margin"].eq(several["margin"].iloc[0])]
        level = self.columns[0]
        labels = [level.cell({"level": name}) for name in drawn["level"]]
        return pairs.draw(
            drawn.assign(label=labels),
            rows="label",
            ends=(
                ("share_answers", text.say("column.share_answers")),
                ("share_population", text.say("column.share_population")),
            ),
            unit="share",
            label=text.say("survey.share_axis"),
            ax=ax,
        )


def weights(wave: Wave) -> Weights:
    """Describe the weights of a wave that was raked to at least one margin.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`.
    """
    if wave.silent:
        return Weights("survey.weights", Weights.no_rows(), {})
    if not wave.margins:
        raise DataError(f"wave {wave.name!r} was not raked to any margin; name some in `margins`")
    table = pd.concat([_levels(wave, margin) for margin in wave.margins], ignore_index=True)
    return Weights("survey.weights", table, _facts(wave, table))


def _levels(wave: Wave, margin: Margin) -> pd.DataFrame:
    size = len(margin.levels)
    answers = np.bincount(margin.codes, minlength=size)
    design = np.bincount(margin.codes, wave.base, minlength=size)
    known = LISTS.get(margin.name)
    names = [_coded(known, level) if known and level else level for level in margin.levels]
    table = pd.DataFrame(
        {
            "margin": margin.name,
            "level": pd.Series(names, dtype=object).replace("", formats.MISSING),
            "answers": answers,
            "share_answers": answers / answers.sum(),
            "share_design": design / design.sum(),
            "share_population": margin.population / margin.population.sum(),
        }
    )
    return table.sort_values("share_population", ascending=False)


def _coded(values: str, level: str) -> str:
    """Return a level, several that were merged among them, as codes of a list of values."""
    first, more, rest = level.partition(f"{JOINED}…")
    codes = [f"{values}:{code}" for code in first.split(JOINED)]
    return "|".join([*codes, *([f"…{rest}"] if more else [])])


def _facts(wave: Wave, table: pd.DataFrame) -> dict[str, Fact]:
    final, n = wave.design.weights, len(wave.answers)
    relative = final / final.mean()
    off = (table["share_answers"] - table["share_population"]).abs().max()
    dropped = {"dropped": Fact(len(wave.dropped), "count")} if wave.dropped else {}
    return dropped | {
        "answers": Fact(n, "count", n=n),
        "worth": Fact(n / wave.design.kish_deff, "count", n=n),
        "kish_deff": Fact(wave.design.kish_deff, "ratio"),
        "lightest": Fact(float(relative.min()), "ratio"),
        "heaviest": Fact(float(relative.max()), "ratio"),
        "levels": Fact(len(table), "count"),
        "merged": Fact(wave.merged, "count"),
        "off": Fact(100 * float(off), "points"),
    }
