"""How well a score ranks loans by risk, overall and within groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.stats.discrimination import auc, ks

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Discrimination(Result):
    """Area under the ROC curve and KS distance, overall and per segment.

    Attributes
    ----------
    table : DataFrame
        One row per segment, most defaults first: `segment`, `cases`, `defaults`, `auc` with its
        DeLong interval `low` to `high`, and `ks`; missing where there are fewer than the least
        defaults, or as few cases without one.
    facts : mapping
        `auc`, `gini`, `ks`, `cases`, `defaults` of all cases; `hidden` (segments without an area).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("auc", "number", interval=("low", "high")),
        Column("ks", "number"),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.2)

    def summary(self) -> Finding:
        """Say the overall area with its interval, and the KS distance."""
        return Finding(f"{self.name}.finding", ("auc", "gini", "ks", "cases", "defaults", "hidden"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the area per segment with its interval; the line is the overall one."""
        drawn = self.table.dropna(subset=["auc"])
        labels = [schema.value("segment", str(code)) for code in drawn["segment"]]
        return intervals.draw(
            drawn.assign(value=drawn["auc"], label=labels),
            rows="label",
            unit="number",
            label=text.say("risk.auc_axis"),
            ax=ax,
            reference=self.facts["auc"].value,
        )


def discrimination(
    predictions: pd.DataFrame, *, min_defaults: int = 10, confidence: float = 0.95
) -> Discrimination:
    """Measure how well `pd` ranks the cases.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `segment`, `defaulted` (0 or 1) and `pd`, predicted out of sample.
    min_defaults : int
        Defaults a segment needs for its area to be given; with fewer it is chance.
    confidence : float
        Coverage of the DeLong intervals.

    Raises
    ------
    DataError
        All cases together have one outcome only.
    """
    check.columns(predictions, "segment", "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    groups = predictions.groupby("segment", dropna=False, sort=True)
    rows = [{"segment": name, **_measures(own, min_defaults, confidence)} for name, own in groups]
    table = (
        pd.DataFrame(rows)
        .astype({"cases": int, "defaults": int})
        .sort_values("defaults", ascending=False, kind="stable")
    )
    whole = _measures(predictions, 0, confidence)
    n = int(whole["cases"])
    area = Fact(whole["auc"], "number", whole["low"], whole["high"], confidence, n)
    facts = {
        "auc": area,
        "gini": Fact(2 * area.value - 1, "number", n=n),
        "ks": Fact(whole["ks"], "number", n=n),
        "cases": Fact(n, "count", n=n),
        "defaults": Fact(whole["defaults"], "count", n=n),
        "hidden": Fact(int(table["auc"].isna().sum()), "count"),
    }
    return Discrimination("risk.discrimination", table.reset_index(drop=True), facts)


def _measures(cases: pd.DataFrame, least: int, confidence: float) -> dict[str, float]:
    events, scores = cases["defaulted"].to_numpy(float), cases["pd"].to_numpy(float)
    counts = {"cases": float(len(cases)), "defaults": float(events.sum())}
    if min(counts["defaults"], counts["cases"] - counts["defaults"]) < least:
        return {**counts, **dict.fromkeys(("auc", "low", "high", "ks"), float("nan"))}
    area = auc(scores, events)
    low, high = area.interval(confidence)
    return {**counts, "auc": area.value, "low": low, "high": high, "ks": ks(scores, events)}
