"""What a wrong probability of default would do to risk-weighted assets, as a sensitivity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import irb, pack, risk_model
from workbench.stats.calibration import jeffreys_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


RULE = "irb-parameters"


@dataclass(frozen=True, eq=False, repr=False)
class CapitalEffect(Result):
    """Mean risk weight per segment at the predicted PD and at the ends of what was observed.

    Attributes
    ----------
    table : DataFrame
        One row per segment: `segment`, `cases`, `predicted` (mean PD), `weight_given` (mean risk
        weight at the predictions), `weight_observed` with `weight_low` to `weight_high` (with all
        predictions of the segment multiplied by observed over predicted rate, and by the ends of
        its Jeffreys interval), and `weight_change` (observed against given).
    facts : mapping
        `given`, `observed` (mean risk weights of all loans), `change` (relative), `lgd`, `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("cases", "count"),
        Column("predicted", "share2"),
        Column("weight_given", "share"),
        Column("weight_observed", "share", interval=("weight_low", "weight_high")),
        Column("weight_change", "share", signed=True),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say how far the mean risk weight moves when the PD is what was observed."""
        return Finding(f"{self.name}.finding", ("given", "observed", "change", "lgd"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the risk weight at the observed rate per segment with its range."""
        drawn = self.table.assign(
            value=self.table["weight_observed"],
            low=self.table["weight_low"],
            high=self.table["weight_high"],
            label=[schema.value("segment", str(code)) for code in self.table["segment"]],
        )
        return intervals.draw(
            drawn, rows="label", unit="share", label=text.say("risk.weight_axis"), ax=ax
        )


def capital_effect(
    predictions: pd.DataFrame, *, day: date, confidence: float = 0.95
) -> CapitalEffect | None:
    """Set the risk weights of the internal ratings formula at several PDs beside each other.

    Returns nothing for a day before any edition of the formula: a rule is not applied before its
    time. A sensitivity: loans count alike, whatever their size; the loss given default is a
    parameter. It is not the capital of a bank that weighs its loans by the standardised approach.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `segment`, `defaulted` and `pd`, predicted out of sample.
    day : date
        Picks the edition of the rule pack `irb-parameters`.
    confidence : float
        Coverage of the Jeffreys interval.
    """
    check.columns(predictions, "segment", "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    if not any(each.rule == RULE and each.covers(day) for each in pack.headers().values()):
        return None
    rules, lgd = irb.rules(day), risk_model.read().capital.lgd
    rows = [
        {"segment": code, **_weights(own, str(code), rules, lgd, confidence)}
        for code, own in predictions.groupby("segment", sort=True)
    ]
    table = pd.DataFrame(rows)
    table["weight_change"] = table["weight_observed"] / table["weight_given"] - 1
    table = table.sort_values("cases", ascending=False, kind="stable").reset_index(drop=True)
    n = len(predictions)
    given, seen = (
        float(np.average(table[name], weights=table["cases"]))
        for name in ("weight_given", "weight_observed")
    )
    facts = {
        "given": Fact(given, "share", n=n),
        "observed": Fact(seen, "share", n=n),
        "change": Fact(seen / given - 1, "share", n=n),
        "lgd": Fact(lgd, "share"),
        "cases": Fact(n, "count", n=n),
    }
    return CapitalEffect("risk.capital_effect", table, facts)


def _weights(
    own: pd.DataFrame, segment: str, rules: irb.IrbParameters, lgd: float, confidence: float
) -> dict[str, float]:
    p, n = own["pd"].to_numpy(float), float(len(own))
    defaults = float(own["defaulted"].sum())
    low, high = jeffreys_interval(np.array([defaults]), np.array([n]), confidence)
    rates = {
        "weight_given": float(p.mean()),
        "weight_observed": defaults / n,
        "weight_low": float(low[0]),
        "weight_high": float(high[0]),
    }
    codes, losses = np.full(len(p), segment), np.full(len(p), lgd)
    weights = {
        name: float(
            irb.by_segment(codes, np.minimum(p * rate / p.mean(), 0.9999), losses, rules).mean()
        )
        for name, rate in rates.items()
    }
    return {"cases": n, "predicted": rates["weight_given"], **weights}
