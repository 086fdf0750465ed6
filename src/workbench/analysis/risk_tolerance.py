"""How much risk customers say they can bear, by segment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.arrays import Vector
from workbench.stats.effects import adjusted
from workbench.stats.proportions import share_interval
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = ("low", "medium", "high")
COLOURS = {"low": ACCENT, "medium": MUTED, "high": PALETTE[1]}


@dataclass(frozen=True, eq=False, repr=False)
class Tolerance(Result):
    """Stated risk tolerance, by segment.

    Attributes
    ----------
    table : DataFrame
        `segment`, `on_record` (customers whose tolerance is on record), `recorded_share` of the
        segment, shares `tolerance_low`, `tolerance_medium`, `tolerance_high` with `_from` and
        `_to` (Wilson), `tolerance_chance` (that one of the segment bears more than one of the
        others, ties counted half, with `_low` and `_high`), `p_adjusted` (Mann–Whitney with ties,
        Benjamini–Hochberg), `tolerance_view` (`lower`, `higher` or `alike`).
    facts : mapping
        `customers`, `recorded_share`, `apart` (segments that differ), shares `low` and `high` of
        all.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("on_record", "count"),
        Column("recorded_share", "share"),
        *(Column(f"tolerance_{level}", "share") for level in LEVELS),
        Column("tolerance_chance", "share", interval=("chance_low", "chance_high")),
        Column("tolerance_view", "code", values="tolerance_view", judged=True),
    )
    base: ClassVar[str | None] = "on_record"
    folded: ClassVar[bool] = True
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.0)

    def summary(self) -> Finding:
        """Say whether any segment bears more or less than the others."""
        if self.table.empty:
            return Finding("needs.tolerance.none")
        apart = self.table[self.table["tolerance_view"].isin(("lower", "higher"))]
        if apart.empty:
            return Finding("needs.tolerance.alike", ("customers", "recorded_share", "low", "high"))
        far = (apart["tolerance_chance"] - 0.5).abs().to_numpy()
        row = apart.iloc[int(far.argmax())]
        words = {
            "segment_name": Word(str(row["segment"]), "segment"),
            "view": Word(str(row["tolerance_view"]), "tolerance_view"),
        }
        return Finding("needs.tolerance.apart", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the shares of low, medium and high tolerance by segment on `ax`."""
        parts = {
            f"tolerance_{level}": (schema.value("risk_tolerance", level), COLOURS[level])
            for level in LEVELS
        }
        labels = [schema.value("segment", code) for code in self.table["segment"]]
        return bars.stacked(
            self.table.assign(label=labels),
            rows="label",
            parts=parts,
            unit="share",
            label=text.say("needs.tolerance_axis"),
            ax=ax,
        )


def risk_tolerance(
    stated: pd.DataFrame, customers: pd.DataFrame, *, confidence: float = 0.95
) -> Tolerance:
    """Describe stated risk tolerance, and compare each segment with all others.

    Parameters
    ----------
    stated : DataFrame
        The query `risk_tolerance`: `customer_id`, `risk_tolerance`, one row per customer.
    customers : DataFrame
        All customers: `customer_id`, `segment`.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate.
    """
    check.columns(stated, "customer_id", "risk_tolerance")
    check.columns(customers, "customer_id", "segment")
    of = customers["segment"].value_counts()
    rows = stated.merge(customers[["customer_id", "segment"]], on="customer_id")
    rank = rows["risk_tolerance"].map({code: at for at, code in enumerate(LEVELS)})
    level = np.asarray(rank[rank.notna()], dtype=np.float64)
    rows = rows[rank.notna()]
    found = []
    for code in (each for each in schema.values("segment") if (rows["segment"] == each).any()):
        inside = (rows["segment"] == code).to_numpy(bool)
        found.append(
            {"segment": code, "on_record": int(inside.sum())}
            | {"recorded_share": float(inside.sum() / of[code])}
            | _shares(level[inside], confidence)
            | _compared(level[inside], level[~inside], confidence)
        )
    facts = {"customers": Fact(len(rows), "count", n=len(rows))}
    if not found:
        names = [name for c in Tolerance.columns for name in (c.name, *(c.interval or ()))]
        return Tolerance("needs.tolerance", pd.DataFrame(columns=names), facts)
    table = pd.DataFrame(found)
    table["p_adjusted"] = adjusted(table["p_value"].to_numpy(float))
    sure = (table["p_adjusted"] < 1 - confidence).to_numpy(bool)
    more = (table["tolerance_chance"] > 1 / 2).to_numpy(bool)
    table["tolerance_view"] = np.select([sure & more, sure & ~more], ["higher", "lower"], "alike")
    facts |= {
        "recorded_share": Fact(len(rows) / len(customers), "share", n=len(rows)),
        "low": Fact(float((level == 0).mean()), "share", n=len(rows)),
        "high": Fact(float((level == len(LEVELS) - 1).mean()), "share", n=len(rows)),
        "apart": Fact(int((table["tolerance_view"] != "alike").sum()), "ledger"),
    }
    return Tolerance("needs.tolerance", table, facts)


def _shares(rank: Vector, confidence: float) -> dict[str, float]:
    n = len(rank)
    found: dict[str, float] = {}
    for at, level in enumerate(LEVELS):
        share = float((rank == at).mean())
        ends = share_interval(np.array([share]), np.array([float(n)]), confidence)
        found |= {
            f"tolerance_{level}": share,
            f"{level}_from": float(ends.low[0]),
            f"{level}_to": float(ends.high[0]),
        }
    return found


def _compared(own: Vector, others: Vector, confidence: float) -> dict[str, float]:
    """Return the chance that one of `own` bears more than one of `others`, and its test.

    The interval is DeLong's for the area under the curve, which is the same quantity.
    """
    from scipy import stats

    from workbench.stats.discrimination import auc

    if min(len(own), len(others)) < 2 or np.ptp(np.concatenate([own, others])) == 0:
        return dict.fromkeys(("tolerance_chance", "chance_low", "chance_high", "p_value"), np.nan)
    scores = np.concatenate([own, others])
    area = auc(scores, np.concatenate([np.ones(len(own)), np.zeros(len(others))]))
    low, high = area.interval(confidence)
    p = float(stats.mannwhitneyu(own, others, method="asymptotic").pvalue)
    return {"tolerance_chance": area.value, "chance_low": low, "chance_high": high, "p_value": p}
