"""What providers of third-party data cover and cost, and what their items add to the rating."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import logit, woe
from workbench.stats.discrimination import auc, covariance
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDS = 10
"""Parts of the customers: the items' weights come from the others, so no case judges itself."""
GROUPS = 5
"""Equal groups of an item's values, for its information value."""


@dataclass(frozen=True, eq=False, repr=False)
class Providers(Result):
    """Coverage, cost, consent, licence and marginal value of each provider.

    Attributes
    ----------
    table : DataFrame
        One row per `provider`, largest gain first: `borrowers` it applies to, `coverage` (share
        with an item not too old), `cost` of a year, `cost_item`, `cost_covered` (per covered
        borrower), `without_share` (items without a live consent), `licensed_share` (of credit
        items on natural persons, missing without any), `events`, `gain` in the area under the ROC
        curve over the rating alone with its interval `low` to `high` (missing with few events), and
        `information_value` of its best item beyond chance.
    facts : mapping
        `providers`, `cost`, `dearest_cost` (of the provider most is paid to), `gain` (largest),
        `proven` (providers whose interval lies above 0), `unproven_cost` of the others.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("provider"),
        Column("coverage", "share"),
        Column("cost", "money"),
        Column("cost_covered", "exact"),
        Column("without_share", "share2"),
        Column("licensed_share", "share"),
        Column("gain", "number", interval=("low", "high")),
        Column("information_value", "number"),
    )
    base: ClassVar[str | None] = "borrowers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)
    key: ClassVar[tuple[str, ...]] = ("gain", "proven", "cost")

    def summary(self) -> Finding:
        """Say what the providers cost, how many add to the rating, and which adds most."""
        if not self.facts["proven"].value:
            dearest = self.table.sort_values("cost", kind="stable").iloc[-1]
            words = {"dearest": Word(str(dearest["provider"]))}
            return Finding(f"{self.name}.unproven", ("providers", "cost", "dearest_cost"), words)
        shown = ("providers", "cost", "proven", "unproven_cost", "gain")
        words = {"best": Word(str(self.table["provider"].iloc[0]))}
        return Finding(f"{self.name}.finding", shown, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what each provider adds, with its interval; its cost stands beside its name."""
        labels = [
            text.say(
                "information.provider_row",
                provider=provider,
                cost=formats.number(cost, "exact"),
            )
            for provider, cost in zip(
                self.table["provider"], self.table["cost_covered"].to_numpy(float), strict=True
            )
        ]
        return intervals.draw(
            self.table.assign(value=self.table["gain"], label=labels),
            rows="label",
            unit="number",
            label=text.say("information.gain_axis"),
            ax=ax,
            reference=0.0,
        )


def providers(
    bought: pd.DataFrame,
    cases: pd.DataFrame,
    *,
    min_events: int = 30,
    confidence: float = 0.95,
) -> Providers:
    """Return what each provider covers, costs and adds.

    Parameters
    ----------
    bought : DataFrame
        One row per provider (`information_sources.provider_purchases`): `provider`, `borrowers`,
        `covered`, `items`, `cost`, `without_consent`, `credit_items`, `licensed`.
    cases : DataFrame
        One row per cohort, customer and item known before it
        (`information_sources.provider_cases`): `cohort`, `customer_id`, `provider`,
        `item_code`, `measure`, `pd`, `defaulted`.
    min_events : int
        Defaults a provider's cases need for a gain; with fewer only the information value is given.
    confidence : float
        Coverage of the DeLong intervals of the gain.
    """
    check.columns(bought, "provider", "borrowers", "covered", "items", "cost", "without_consent")
    check.columns(cases, "cohort", "customer_id", "provider", "item_code", "measure", "pd")
    check.rows(bought, "third-party items")
    count = bought["items"].where(bought["items"] > 0)
    table = pd.DataFrame(
        {
            "provider": bought["provider"],
            "borrowers": bought["borrowers"],
            "coverage": bought["covered"] / bought["borrowers"],
            "cost": bought["cost"].astype(float),
            "cost_item": bought["cost"] / count,
            "cost_covered": bought["cost"] / bought["covered"].where(bought["covered"] > 0),
            "without_share": bought["without_consent"] / count,
            "licensed_share": bought["licensed"]
            / bought["credit_items"].where(bought["credit_items"] > 0),
        }
    )
    values = [
        _value(cases[cases["provider"] == provider], min_events, confidence)
        for provider in table["provider"]
    ]
    table = table.join(pd.DataFrame(values, index=table.index)).sort_values(
        ["gain", "provider"], ascending=[False, True], ignore_index=True
    )
    return Providers("information.providers", table, _facts(table, confidence))


def _facts(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    proven = table["low"] > 0
    first = table.iloc[0]
    return {
        "providers": Fact(len(table), "count"),
        "cost": Fact(float(table["cost"].sum()), "money"),
        "dearest_cost": Fact(float(table["cost"].max()), "money"),
        "gain": Fact(first["gain"], "number", first["low"], first["high"], confidence),
        "proven": Fact(int(proven.sum()), "count"),
        "unproven_cost": Fact(float(table["cost"].where(~proven, 0.0).sum()), "money"),
    }


def _value(own: pd.DataFrame, least: int, confidence: float) -> dict[str, Any]:
    """Return `events`, `gain` with its interval, and `information_value`."""
    missing = dict.fromkeys(("gain", "low", "high", "information_value"), float("nan"))
    if own.empty:
        return {"events": 0, **missing}
    case = ["cohort", "customer_id", "pd", "defaulted"]
    wide = own.pivot_table("measure", case, "item_code").reset_index()
    events = wide["defaulted"].to_numpy(float)
    happened = int(events.sum())
    if not 0 < happened < len(wide):
        return {"events": happened, **missing}
    items = wide.drop(columns=case)
    found = {"events": happened, **missing, "information_value": _information(items, events)}
    if happened < least:
        return found
    # An item that a customer cannot have, such as insured staff of a person, says nothing of it.
    standard = ((items - items.mean()) / items.std()).fillna(0.0)
    return {**found, **_gain(wide, standard.to_numpy(float), events, confidence)}


def _gain(
    wide: pd.DataFrame, items: "np.ndarray[Any, Any]", events: "np.ndarray[Any, Any]", level: float
) -> dict[str, float]:
    """Return the gain in area of rating and items, weighed on other customers, over the rating."""
    rating = special.logit(np.clip(wide["pd"].to_numpy(float), 1e-6, 1 - 1e-6))
    design = np.column_stack([rating, items])
    # Customers stand in several cohorts: all their cases belong to one part.
    part = pd.factorize(wide["customer_id"], sort=True)[0] % FOLDS
    scores = np.empty(len(wide))
    for fold in range(FOLDS):
        weights, _ = logit.estimate(design[part != fold], events[part != fold])
        # On the rating's scale: the constants of the parts differ and would disturb the ranks.
        scores[part == fold] = design[part == fold] @ weights[1:] / weights[1]
    alone, together = auc(rating, events), auc(scores, events)
    gain = together.value - alone.value
    variance = together.variance + alone.variance - 2 * covariance(alone, together)
    reach = float(special.ndtri(0.5 + level / 2) * np.sqrt(variance))
    return {"gain": gain, "low": gain - reach, "high": gain + reach}


def _information(items: pd.DataFrame, events: "np.ndarray[Any, Any]") -> float:
    """Return the largest information value of one of `items`, less what chance alone gives.

    With g groups chance gives about (g - 1) (1/events + 1/others) (Yurdakul & Naranjo 2020): more
    than any item is worth where there are only a handful of defaults.
    """
    values = []
    for name in items.columns:
        known = items[name].notna().to_numpy()
        group = pd.qcut(items[name][known], GROUPS, labels=False, duplicates="drop").to_numpy()
        bad, whole = (
            np.bincount(group, each).astype(np.float64)
            for each in (events[known], np.ones(len(group)))
        )
        chance = (len(bad) - 1) * (1 / bad.sum() + 1 / (whole - bad).sum()) if bad.any() else 0.0
        values.append(woe.information_value(bad, whole - bad) - chance if bad.any() else 0.0)
    return max(0.0, *values)
