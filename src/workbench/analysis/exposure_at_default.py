"""How much of an undrawn limit is drawn before default: conversion factors of revolving lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_refresh
from workbench.stats import loss_tests
from workbench.stats.arrays import Codes, Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BANDS = ("low", "middle", "high")
UPPER = (0.5, 0.8)
"""Highest drawn share of the limit in the first two bands."""


@dataclass(frozen=True, eq=False, repr=False)
class ExposureAtDefault(Result):
    """Conversion factors of lines in default, by how far they were drawn before.

    Attributes
    ----------
    table : DataFrame
        One row per band of use that lines were in: `line_use`, `lines_seen`,
        `line_drawn` (of the limit, before), `conversion_factor` (share of what was undrawn that
        was drawn by default) with `low` to `high`, `exposure_ratio` (owed at default over what the
        factor in use predicts), and `p_value` (one-sided: a small one says that the factor of all
        is too low for the band).
    facts : mapping
        `conversion`, `used` (the same, but no less than 0: nobody holds less than what is drawn),
        `lines`, `left_out` (drawn nearly in full), `months`, `ratio`, `negative` (share of lines
        that owed less than before).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("line_use", "code", values="line_use"),
        Column("lines_seen", "count"),
        Column("line_drawn", "share"),
        Column("conversion_factor", "share", interval=("low", "high")),
        Column("exposure_ratio", "ratio"),
        Column("p_value", "p"),
    )
    base: ClassVar[str | None] = "lines_seen"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.4)
    key: ClassVar[tuple[str, ...]] = ("conversion", "used", "ratio")

    def summary(self) -> Finding:
        """Say how much of an undrawn limit is drawn before default."""
        low = self.facts["conversion"].low
        kind = "finding" if low is not None and low > 0 else "none"
        return Finding(f"{self.name}.{kind}", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the factor of each band with its interval; the line is the factor in use."""
        labels = [schema.value("line_use", each) for each in self.table["line_use"]]
        return intervals.draw(
            self.table.assign(value=self.table["conversion_factor"], label=labels),
            rows="label",
            unit="share",
            label=text.say("risk.conversion_axis"),
            ax=ax,
            reference=self.facts["used"].value,
        )


def exposure_at_default(
    lines: pd.DataFrame, *, confidence: float = 0.95
) -> ExposureAtDefault | None:
    """Measure conversion factors over a fixed time before default, each line counting alike.

    Factors outside 0 to 1 stay as they are: cutting them would shift the mean. A mean below 0 is
    used as 0: the exposure is no less than what is drawn. Lines drawn nearly
    in full are left out, for their factor divides by next to nothing (rule pack `risk-refresh`).
    Intervals are t and robust to several lines of a customer. Returns nothing for fewer lines than
    a cell needs defaults.

    Parameters
    ----------
    lines : DataFrame
        As `Bank.defaulted_lines` gives them: `customer_id`, `credit_limit`, `drawn`, `exposure`.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(lines, "customer_id", "credit_limit", "drawn", "exposure")
    rules = risk_refresh.read()
    limit, drawn = (lines[name].to_numpy(float) for name in ("credit_limit", "drawn"))
    kept = (limit > 0) & (limit - drawn >= rules.exposure.least_undrawn * limit)
    if kept.sum() < rules.loss.least_defaults:
        return None
    used = lines[kept].reset_index(drop=True)
    owed = used["exposure"].to_numpy(float)
    limit, drawn = limit[kept], drawn[kept]
    factor = (owed - drawn) / (limit - drawn)
    mean = float(factor.mean())
    in_use = max(mean, 0.0)
    predicted = drawn + in_use * (limit - drawn)
    customers = pd.factorize(used["customer_id"])[0].astype(np.intp)
    band = np.searchsorted(UPPER, drawn / limit, "left")
    groups = {code: np.flatnonzero(band == at) for at, code in enumerate(BANDS)}
    groups["all"] = np.arange(len(used))
    rows = [
        {
            "line_use": code,
            "lines_seen": len(at),
            "line_drawn": float((drawn[at] / limit[at]).mean()),
            **_factor(factor[at], customers[at], confidence),
            "exposure_ratio": float(owed[at].sum() / predicted[at].sum()),
            "p_value": _p(in_use, factor[at]) if code != "all" else float("nan"),
        }
        for code, at in groups.items()
        if len(at)
    ]
    table = pd.DataFrame(rows)
    last, n = table.iloc[-1], len(used)
    ends = (float(last["low"]), float(last["high"]))
    facts = {
        "conversion": Fact(mean, "share", *ends, confidence, n),
        "used": Fact(in_use, "share", n=n),
        "lines": Fact(n, "count", n=n),
        "left_out": Fact(len(lines) - n, "count", n=len(lines)),
        "months": Fact(rules.exposure.reference_months, "count"),
        "ratio": Fact(float(last["exposure_ratio"]), "ratio", n=n),
        "negative": Fact(float((factor < 0).mean()), "share", n=n),
    }
    return ExposureAtDefault("risk.exposure", table[table["line_use"] != "all"], facts)


def _factor(factor: Vector, customers: Codes, confidence: float) -> dict[str, float]:
    """Return the mean factor with a t interval robust to several lines of a customer."""
    from scipy import special

    mean = float(factor.mean())
    sums = np.bincount(customers, weights=factor - mean)
    groups = len(np.unique(customers))
    if groups < 2:
        return {"conversion_factor": mean, "low": float("nan"), "high": float("nan")}
    se = float(np.sqrt(groups / (groups - 1) * np.sum(sums**2))) / len(factor)
    reach = float(special.stdtrit(groups - 1, 0.5 + confidence / 2)) * se
    return {"conversion_factor": mean, "low": mean - reach, "high": mean + reach}


def _p(mean: float, factor: Vector) -> float:
    if len(factor) < 2:
        return float("nan")
    return loss_tests.level(np.full(len(factor), mean), factor).p_value
