"""How satisfaction moved over the waves, and which steps are more than sampling error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import text
from workbench.plots import intervals
from workbench.result import UNTOLD, Column, Fact, Finding, Result, Word
from workbench.stats import panel
from workbench.stats.respondents import Wave
from workbench.stats.scores import comparable, holm, measures, p_values, scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Trend(Result):
    """The scores of every wave.

    Attributes
    ----------
    table : DataFrame
        One row per wave, oldest first: `wave`, `answers`, `nps` and `satisfied` with `_low` and
        `_high`; `step` (NPS less that of the wave before, points), `p_holm` (Holm, over the
        steps) and `against_error` (`beyond`, `within`, `unknown` where answers are too few or too
        alike, `none` for the first wave). A wave that nobody answered is not there.
    facts : mapping
        `waves`, `moved` (steps beyond sampling error), `lowest` and `highest` NPS.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("wave"),
        Column("nps", "points", interval=("nps_low", "nps_high")),
        Column("step", "points", signed=True),
        Column("p_holm", "p"),
        Column("against_error", "code", values="against_error", judged=True),
        Column("satisfied", "share", interval=("satisfied_low", "satisfied_high")),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.4)

    def summary(self) -> Finding:
        """Say where the score was lowest and highest, and how many steps are beyond error."""
        if self.table.empty:
            return Finding("survey.silent")
        if not self.table["nps"].notna().any():
            return Finding(UNTOLD)
        if len(self.table) < 2:
            return Finding(f"{self.name}.single", ("waves",))
        words = {
            "lowest_wave": Word(str(self.table["wave"].iloc[int(self.table["nps"].argmin())])),
            "highest_wave": Word(str(self.table["wave"].iloc[int(self.table["nps"].argmax())])),
        }
        kind = "moved" if self.facts["moved"].value else "steady"
        if not self.table["p_holm"].notna().any():
            return Finding(f"{self.name}.unknown", ("waves", "lowest", "highest"), words)
        return Finding(f"{self.name}.{kind}", ("waves", "lowest", "highest", "moved"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the net promoter score of each wave with its interval, oldest first, on `ax`."""
        if not self.table["nps"].notna().any():
            ax.set_axis_off()
            return ax
        columns = {"nps": "value", "nps_low": "low", "nps_high": "high"}
        return intervals.draw(
            self.table.rename(columns=columns),
            rows="wave",
            unit="points",
            label=text.say("column.nps"),
            ax=ax,
        )


def trend(waves: Sequence[Wave], *, confidence: float = 0.95) -> Trend:
    """Estimate the scores of each wave, and test each step from one to the next.

    Parameters
    ----------
    waves : sequence of Wave
        Oldest first, from `stats.respondents.weighted`; customers in two neighbouring waves are
        counted as such.
    confidence : float
        Coverage of the intervals; its complement is the chance to mark any step where none is.
    """
    waves = [wave for wave in waves if not wave.silent]
    if not waves:
        return Trend("survey.trend", Trend.no_rows(), {})
    rows = [scores(wave, confidence=confidence).assign(wave=wave.name) for wave in waves]
    table = pd.concat(rows, ignore_index=True)
    steps = [_step(now, before) for before, now in pairwise(waves)]
    tested = {now.name: p for now, (_, p) in zip(waves[1:], steps, strict=True)}
    adjusted = holm({name: p for name, p in tested.items() if np.isfinite(p)})
    table["step"] = [np.nan, *(value for value, _ in steps)]
    table["p_holm"] = table["wave"].map(adjusted).astype(float)
    sure = table["p_holm"] < 1 - confidence
    table["against_error"] = np.select(
        [sure, table["p_holm"].notna()], ["beyond", "within"], "unknown"
    )
    table.loc[0, "against_error"] = "none"
    facts = {
        "waves": Fact(len(table), "count"),
        "moved": Fact(int(sure.sum()), "count"),
    }
    if table["nps"].notna().any():
        facts["lowest"] = _fact(table.iloc[int(table["nps"].argmin())], confidence)
        facts["highest"] = _fact(table.iloc[int(table["nps"].argmax())], confidence)
    return Trend("survey.trend", table, facts)


def _step(now: Wave, before: Wave) -> tuple[float, float]:
    """Return the change of the net promoter score in points, and the p of its t test."""
    y_now, y_before = (measures(wave)[["nps"]] for wave in (now, before))
    if y_now.isna().to_numpy().all() or y_before.isna().to_numpy().all():
        return np.nan, np.nan
    found = panel.change(now.design, before.design, y_now=y_now, y_before=y_before)
    tested = np.where(comparable(y_now, y_before), found.se, 0.0)
    return float(found.value[0]), float(p_values(found.value, tested, found.df)[0])


def _fact(row: "pd.Series[float]", confidence: float) -> Fact:
    value, low, high = (float(row[name]) for name in ("nps", "nps_low", "nps_high"))
    return Fact(value, "points", low, high, confidence, int(row["answers"]))
