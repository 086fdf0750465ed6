"""Whether those without a value default more or less often: a finding of its own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.credit_features import KEYS, PROTECTED
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.difference import difference
from workbench.stats.grades import benjamini_hochberg

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class MissingValues(Result):
    """Every feature with gaps: default rates without and with a value, largest difference first.

    Attributes
    ----------
    table : DataFrame
        `variable`, `cases`, `missing_cases`, `rate_missing`, `rate_present` (default rates),
        `rate_gap` (their difference) with `gap_low` to `gap_high`, `p_missing_bh` (two-sided,
        adjusted over the features after Benjamini & Hochberg) and `gap_verdict` (`riskier`,
        `safer`, `silent`).
    facts : mapping
        `features`, `with_gaps`, `riskier`, `safer` (numbers of features), `largest` (difference of
        the feature that tells most), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="credit_variable"),
        Column("missing_cases", "count"),
        Column("rate_missing", "share2"),
        Column("rate_present", "share2"),
        Column("rate_gap", "pp", interval=("gap_low", "gap_high"), signed=True),
        Column("p_missing_bh", "p"),
        Column("gap_verdict", "code", values="gap_verdict", judged=True),
    )
    base: ClassVar[str | None] = "missing_cases"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)
    rows: ClassVar[int] = 14

    def summary(self) -> Finding:
        """Say how many gaps tell, and which tells most."""
        tells = self.facts["riskier"].value + self.facts["safer"].value
        if not tells:
            return Finding(f"{self.name}.silent", ("features", "with_gaps"))
        first = Word(str(self.table["variable"].iloc[0]), "credit_variable")
        return Finding(
            f"{self.name}.found",
            ("features", "with_gaps", "riskier", "safer", "largest"),
            {"first": first},
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the differences with their intervals; the line is no difference."""
        drawn = self.table.dropna(subset=["rate_gap"]).head(self.rows)
        labels = [schema.value("credit_variable", name) for name in drawn["variable"]]
        return intervals.draw(
            drawn.assign(
                value=100 * drawn["rate_gap"],
                low=100 * drawn["gap_low"],
                high=100 * drawn["gap_high"],
                label=labels,
            ),
            rows="label",
            unit="score",
            label=text.say("risk.gap_axis"),
            ax=ax,
            reference=0.0,
        )


def missing_values(
    cases: pd.DataFrame, *, excluded: Collection[str] = PROTECTED, confidence: float = 0.95
) -> MissingValues | None:
    """Compare default rates without and with a value, for every feature that has gaps.

    Returns nothing when no feature has both.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, and features.
    excluded : collection of str
        Columns that are no features.
    confidence : float
        Coverage of the intervals (Jeffreys for each rate, joined by `stats.difference`); 1 minus
        it bounds the share of false findings (Benjamini & Hochberg).
    """
    check.columns(cases, *KEYS)
    check.rows(cases, "loans with a known outcome")
    names = [name for name in cases.columns if name not in (*KEYS, *excluded)]
    events = cases["defaulted"].to_numpy(float)
    rows = [
        {"variable": name, **_compared(cases[name].isna().to_numpy(), events, confidence)}
        for name in names
        if 0 < cases[name].isna().sum() < len(cases)
    ]
    if not rows:
        return None
    table = pd.DataFrame(rows)
    table["p_missing_bh"] = benjamini_hochberg(table["p_missing_bh"].to_numpy(float))
    tells = table["p_missing_bh"].to_numpy() < 1 - confidence
    table["gap_verdict"] = np.select(
        [tells & (table["rate_gap"] > 0), tells], ["riskier", "safer"], "silent"
    )
    table = table.assign(tells=tells, size=table["rate_gap"].abs()).sort_values(
        ["tells", "size"], ascending=False, kind="stable", ignore_index=True
    )
    counts, first = table["gap_verdict"].value_counts(), table.iloc[0]
    facts = {
        "features": Fact(len(names), "count"),
        "with_gaps": Fact(len(table), "count"),
        "riskier": Fact(int(counts.get("riskier", 0)), "count"),
        "safer": Fact(int(counts.get("safer", 0)), "count"),
        "largest": Fact(
            float(first["rate_gap"]),
            "pp",
            float(first["gap_low"]),
            float(first["gap_high"]),
            confidence,
            int(first["missing_cases"]),
        ),
        "cases": Fact(len(cases), "count", n=len(cases)),
    }
    return MissingValues("risk.missing", table.drop(columns=["tells", "size"]), facts)


def _compared(
    missing: "np.ndarray[tuple[int], np.dtype[np.bool_]]", events: Vector, confidence: float
) -> dict[str, float]:
    n = np.array([missing.sum(), (~missing).sum()], dtype=float)
    d = np.array([events[missing].sum(), events[~missing].sum()])
    low, high = jeffreys_interval(d, n, confidence)
    rate = d / n
    without, with_value = ((float(rate[at]), float(low[at]), float(high[at])) for at in range(2))
    found = difference(without, with_value)
    pooled = d.sum() / n.sum()
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n).sum())
    z = abs(rate[0] - rate[1]) / spread if spread > 0 else 0.0
    return {
        "cases": float(n.sum()),
        "missing_cases": float(n[0]),
        "rate_missing": without[0],
        "rate_present": with_value[0],
        "rate_gap": found.value,
        "gap_low": found.low,
        "gap_high": found.high,
        "p_missing_bh": float(2 * special.ndtr(-z)),
    }
