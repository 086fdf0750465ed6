"""Whether the probabilities hold for groups of customers that the score must not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_model
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.discrimination import auc
from workbench.stats.grades import holm, jeffreys

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BANDS = {"under_30": 30, "from_30": 45, "from_45": 60, "from_60": 200}
"""Age bands and the age each ends before."""


@dataclass(frozen=True, eq=False, repr=False)
class Fairness(Result):
    """Prediction, default rate and ranking per group of protected attributes.

    Attributes
    ----------
    table : DataFrame
        One row per attribute and group: `group` (`list:code`), `cases`, `defaults`, `predicted`
        (mean), `observed` with `low` to `high`, `relative` (observed over predicted, divided by
        that of all: above 1 the group is riskier than its probabilities say) with `relative_low`
        to `relative_high`, `auc`, `p_group` (two-sided, adjusted over the groups after Holm) and
        `light`.
    facts : mapping
        `groups`, `flagged`, `widest` (largest distance of `relative` from 1, of the
        groups with enough defaults), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("protected_group", "codes"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("predicted", "share2"),
        Column("observed", "share2", interval=("low", "high")),
        Column("relative", "ratio", interval=("relative_low", "relative_high")),
        Column("auc", "number"),
        Column("p_group", "p"),
        Column("light", "code", values="validation_light", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("attribute",),)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)

    def summary(self) -> Finding:
        """Say in how many groups the probabilities are off more than in all."""
        return Finding(
            f"{self.name}.{'flagged' if self.facts['flagged'].value else 'even'}",
            ("groups", "flagged", "widest"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw observed over predicted per group with enough defaults; the line is that of all."""
        # The interval of a group with hardly a default would leave the others no room.
        enough = self.table[self.table["auc"].notna()]
        own = enough if len(enough) else self.table
        drawn = own.assign(
            value=own["relative"],
            low=own["relative_low"],
            high=own["relative_high"],
            label=[schema.value(*str(code).split(":", 1)) for code in own["protected_group"]],
        )
        return intervals.draw(
            drawn,
            rows="label",
            unit="ratio",
            label=text.say("risk.relative_axis"),
            ax=ax,
            reference=1.0,
        )


def fairness(
    predictions: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    min_defaults: int = 10,
    confidence: float = 0.95,
) -> Fairness | None:
    """Compare prediction and outcome in groups by gender, age and marital status.

    None of these is a feature of the score. Returns nothing when no customer has any of them, as
    when the source or the role withholds them. Customers without the attribute, as firms are, are
    left out of its groups.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `customer_id`, `cohort`, `defaulted` and `pd`, predicted out of sample.
    customers : DataFrame
        `customer_id`, `gender`, `birth_year`, `marital_status`.
    min_defaults : int
        Defaults a group needs for its area to be given.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(predictions, "customer_id", "cohort", "defaulted", "pd")
    check.columns(customers, "customer_id", "gender", "birth_year", "marital_status")
    check.rows(predictions, "cases with a prediction")
    known = customers.drop_duplicates("customer_id").set_index("customer_id")
    own = predictions[predictions["customer_id"].isin(known.index)]
    attributes = _attributes(own, known)
    if attributes.dropna(how="all").empty:
        return None
    overall = float(own["defaulted"].mean() / own["pd"].mean())
    rows = [
        {"attribute": name, **_measured(own[attributes[name] == code], code, overall, min_defaults)}
        for name in attributes
        for code in sorted(attributes[name].dropna().unique(), key=_place)
    ]
    table = _intervals(pd.DataFrame(rows), overall, confidence)
    flagged = int(table["light"].isin(["yellow", "red"]).sum())
    # The widest of the groups with enough defaults; in the others it is chance.
    enough = table[table["defaults"] >= min_defaults]
    apart = np.abs(enough["relative"].to_numpy(float) - 1)
    at = int(apart.argmax()) if len(enough) else -1
    widest = (float(apart[at]), int(enough["cases"].iloc[at])) if at >= 0 else (float("nan"), 0)
    facts = {
        "groups": Fact(len(table), "count"),
        "flagged": Fact(flagged, "count"),
        "widest": Fact(widest[0], "share", n=widest[1]),
        "cases": Fact(len(own), "count", n=len(own)),
    }
    return Fairness("risk.fairness", table, facts)


def _attributes(own: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    joined = known.reindex(own["customer_id"]).set_index(own.index)
    age = pd.to_datetime(own["cohort"]).dt.year - pd.to_numeric(joined["birth_year"])
    at = np.searchsorted(list(BANDS.values()), age.fillna(0).to_numpy(float), side="right")
    band = pd.Series([f"age_band:{list(BANDS)[min(i, len(BANDS) - 1)]}" for i in at], own.index)
    return pd.DataFrame(
        {
            "gender": _coded(joined["gender"], "gender"),
            "age_band": band.where(age.notna()).astype(object),
            "marital_status": _coded(joined["marital_status"], "marital_status"),
        }
    )


def _place(code: str) -> tuple[int, str]:
    """Return what puts `list:code` into the order of its list; codes outside it come last."""
    name, _, own = code.partition(":")
    listed = list(schema.values(name))
    return (listed.index(own) if own in listed else len(listed), own)


def _coded(column: "pd.Series[str]", name: str) -> "pd.Series[str]":
    return (f"{name}:" + column.astype(object)).where(column.notna(), None)


def _measured(own: pd.DataFrame, code: str, overall: float, least: int) -> dict[str, object]:
    defaults, cases = float(own["defaulted"].sum()), float(len(own))
    enough = min(defaults, cases - defaults) >= least
    p, events = own["pd"].to_numpy(float), own["defaulted"].to_numpy(float)
    fair = np.array([float(p.mean()) * overall])
    under = float(jeffreys(fair, np.array([cases]), np.array([defaults]))[0])
    return {
        "protected_group": code,
        "cases": int(cases),
        "defaults": int(defaults),
        "predicted": float(p.mean()),
        "auc": auc(p, events).value if enough else float("nan"),
        "p_group": min(1.0, 2 * min(under, 1 - under)),
    }


def _intervals(table: pd.DataFrame, overall: float, confidence: float) -> pd.DataFrame:
    limits, alone = risk_model.read().limits, risk_model.read().limits.p_yellow
    cases, defaults = (table[name].to_numpy(float) for name in ("cases", "defaults"))
    low, high = jeffreys_interval(defaults, cases, confidence)
    scale = table["predicted"].to_numpy(float) * overall
    p_group = holm(table["p_group"].to_numpy(float))
    relative = defaults / cases / scale
    # A distance that chance explains is no finding, however large it is in a small group.
    apart = np.where(p_group < alone, np.abs(relative - 1), 0.0)
    yellow, red = limits.of("fairness")
    return table.assign(
        observed=defaults / cases,
        low=low,
        high=high,
        relative=relative,
        relative_low=low / scale,
        relative_high=high / scale,
        p_group=p_group,
        light=np.select([apart > red, apart > yellow], ["red", "yellow"], default="green"),
    )
