"""Where each side of the service is weak: mean scores of every item in every segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import grid
from workbench.result import UNTOLD, Column, Fact, Finding, Result, Word
from workbench.stats.estimate import quantile_t
from workbench.stats.respondents import Wave

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ITEMS = ("process", "speed", "professional", "attitude", "price", "effort")


@dataclass(frozen=True, eq=False, repr=False)
class Items(Result):
    """Mean scores by item and segment, the items in the order asked for.

    Attributes
    ----------
    table : DataFrame
        One row per segment and item: `segment`, `construct`, `answers`, `mean` with `_low` and
        `_high`, `versus_rest` (mean minus that of all other customers), `p_adjusted` (over all
        cells shown, Benjamini–Hochberg), `apart` (`below`, `above` or `alike`). A cell with fewer
        answers than the least base keeps its count only.
    facts : mapping
        `cells` shown, `below` and `above` the rest by more than sampling error, `lowest` (the mean
        of the cell farthest below the rest, in standard errors, if any is).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("construct", "code", values="construct"),
        Column("answers", "count"),
        Column("mean", "score", interval=("mean_low", "mean_high")),
        Column("versus_rest", "score"),
        Column("p_adjusted", "p"),
        Column("apart", "code", values="against_rest", judged=True),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)

    def summary(self) -> Finding:
        """Say how many cells stand apart, and name the one farthest below the rest."""
        if self.table.empty:
            return Finding("survey.silent")
        if not self.facts["cells"].value:
            return Finding("survey.items.too_few")
        if not self.table["p_adjusted"].notna().any():
            return Finding("survey.items.alone", ("cells",))
        if "lowest" not in self.facts and not self.facts["above"].value:
            return Finding("survey.items.even", ("cells",))
        if "lowest" not in self.facts:
            return Finding("survey.items.alike", ("cells", "above"))
        if not (self.table["apart"] == "below").any():
            return Finding(UNTOLD)
        row = self._lowest(self.table)
        words = {
            "segment_name": Word(str(row["segment"]), "segment"),
            "construct_name": Word(str(row["construct"]), "construct"),
        }
        return Finding("survey.items.below", ("cells", "below", "above", "lowest"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the means as a grid of segments by items, those apart marked, on `ax`."""
        if not self.table["mean"].notna().any():
            ax.set_axis_off()
            return ax
        rows = list(dict.fromkeys(self.table["segment"]))
        columns = list(dict.fromkeys(self.table["construct"]))
        shape = len(rows), len(columns)
        means = pd.DataFrame(
            self.table["mean"].to_numpy(float).reshape(shape),
            index=[schema.value("segment", code) for code in rows],
            columns=[schema.value("construct", code) for code in columns],
        )
        marks = self.table["apart"].map({"below": "▼", "above": "▲"}.get)
        return grid.draw(
            means,
            marks=marks.to_numpy(object).reshape(shape),
            unit="score",
            label=text.say("survey.items_axis"),
            ax=ax,
        )

    @staticmethod
    def _lowest(table: pd.DataFrame) -> "pd.Series[float]":
        below = table[table["apart"] == "below"]
        return below.iloc[int(below["t"].argmin())]


def items(
    wave: Wave, *, items: Sequence[str] = ITEMS, min_base: int = 30, confidence: float = 0.95
) -> Items:
    """Estimate the mean of each item in each segment, and where it differs from everybody else.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `segment` and `items` (five- or seven-point scales).
    min_base : int
        Answers a cell needs to be given, and all other segments to be compared with.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate of what stands apart.
    """
    from scipy import special, stats

    check.columns(wave.answers, "segment", *items)
    segments = sorted(wave.answers["segment"].dropna().unique())
    if not segments:
        return Items("survey.items", Items.no_rows(), {"cells": Fact(0, "count")})
    rows = [_row(wave, segment, item, confidence) for segment in segments for item in items]
    table = pd.DataFrame(rows)
    enough = (table["answers"] >= min_base) & table["mean"].notna()
    table.loc[table["others"] < min_base, ["versus_rest", "t"]] = np.nan
    numbers = ["mean", "mean_low", "mean_high", "versus_rest", "t"]
    table.loc[~enough, numbers] = np.nan
    table["p_adjusted"] = np.nan
    tested = enough & table["t"].notna()
    p = 2 * special.stdtr(table.loc[tested, "df"], -table.loc[tested, "t"].abs())
    if tested.any():
        table.loc[tested, "p_adjusted"] = stats.false_discovery_control(p)
    sure = table["p_adjusted"] < 1 - confidence
    table["apart"] = np.select(
        [sure & (table["versus_rest"] < 0), sure & (table["versus_rest"] > 0)],
        ["below", "above"],
        "alike",
    )
    table["apart"] = table["apart"].where(tested, None)
    return Items("survey.items", table, _facts(table, confidence))


def _row(wave: Wave, segment: str, item: str, confidence: float) -> dict[str, object]:
    y = wave.answers[item].to_numpy(np.float64)
    inside = (wave.answers["segment"] == segment).to_numpy()
    answered = int((inside & np.isfinite(y)).sum())
    others = int((~inside & np.isfinite(y)).sum())
    empty = ("mean", "mean_low", "mean_high", "versus_rest", "t", "df")
    row: dict[str, object] = {"segment": segment, "construct": item, "answers": answered}
    row |= {"others": others} | dict.fromkeys(empty, np.nan)
    if not answered:
        return row
    mean = wave.design.mean(y, domain=inside)
    half = quantile_t(confidence, max(mean.df, 1)) * float(mean.se[0])
    value = float(mean.value[0])
    row |= {"mean": value, "mean_low": value - half, "mean_high": value + half}
    if not others:
        return row
    apart = wave.design.difference(y, inside, ~inside)
    se = float(apart.se[0])
    return row | {
        "versus_rest": float(apart.value[0]),
        "t": float(apart.value[0]) / se if se > 0 else np.nan,
        "df": apart.df,
    }


def _facts(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    facts = {
        "cells": Fact(int(table["mean"].notna().sum()), "count"),
        "below": Fact(int((table["apart"] == "below").sum()), "count"),
        "above": Fact(int((table["apart"] == "above").sum()), "count"),
    }
    if facts["below"].value:
        row = Items._lowest(table)
        facts["lowest"] = Fact(
            *(float(row["mean"]), "score", float(row["mean_low"]), float(row["mean_high"])),
            confidence=confidence,
            n=int(row["answers"]),
        )
    return facts
