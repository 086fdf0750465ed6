"""How well it can be foretold which loan a customer takes next, learnt early and judged later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.data.stated_needs import Cases
from workbench.plots import pairs
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.next_product import NextProduct
from workbench.stats import propensity
from workbench.stats.arrays import Vector
from workbench.stats.calibration import Recalibration, normal_quantile, recalibration
from workbench.stats.discrimination import Auc, auc
from workbench.stats.grades import holm

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOGGED = ("borrowed", "deposits", "inflow", "assets", "days_to_maturity", "days_since_loan")
"""Amounts and times whose effect is one of their order of size."""
USABLE = ("calibrated", "ranks_only")
"""Verdicts with which a model may order customers."""
JUDGED = 4
"""Of so many customers one is kept apart in the random split."""


@dataclass(frozen=True, eq=False, repr=False)
class Propensities(Result):
    """One row per kind of loan.

    Attributes
    ----------
    table : DataFrame
        `product_type`, `learnt_cases` (customers on the earlier days who might take it and do not
        hold it), `takers_learnt`, `takers_judged` (who took it behind the last day),
        `auc_random` (customers drawn by lot kept apart), `auc_time` (judged on the last day, learnt
        from windows that were over by then) with `_low` and `_high`; `slope` and `large`
        (calibration on the last day) with `_low` and `_high`; `taken_share` against `told_share`;
        `p_holm` of the calibration; `propensity_verdict`.
    facts : mapping
        `products`, `calibrated`, `ranks_only`, `unusable`; of the product with most takers:
        `auc_random`, `auc_time`, `slope`.
    scores : DataFrame
        `customer_id`, `product_type`, `probability` today, of usable models. Never shown.
    judged_on : date or None
        Day whose outcome judged the models.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    scores: pd.DataFrame
    judged_on: date | None
    columns: ClassVar[tuple[Column, ...]] = (
        Column("product_type", "code", values="product_type"),
        Column("takers_learnt", "count"),
        Column("takers_judged", "count"),
        Column("auc_time", "ratio", interval=("time_low", "time_high")),
        Column("told_share", "share"),
        Column("taken_share", "share"),
        Column("calibration_slope", "ratio", interval=("slope_low", "slope_high")),
        Column("propensity_verdict", "code", values="propensity_verdict", judged=True),
    )
    base: ClassVar[str | None] = "takers_judged"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.4)

    def summary(self) -> Finding:
        """Say how many models hold out of time, and what a random split would have made of one."""
        known = self.table[self.table["auc_time"].notna()]
        if known.empty:
            return Finding("needs.propensity.none", ("products",))
        first = known.iloc[int(known["takers_judged"].to_numpy().argmax())]
        words = {"product_name": Word(str(first["product_type"]), "product_type")}
        return Finding("needs.propensity.finding", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the area under the curve of both splits on `ax`, by kind of loan."""
        known = self.table[self.table["auc_time"].notna()]
        drawn = pd.DataFrame(
            {
                "label": [schema.value("product_type", code) for code in known["product_type"]],
                "before": known["auc_random"].to_numpy(float),
                "after": known["auc_time"].to_numpy(float),
            }
        )
        ends = ("before", text.say("column.auc_random")), ("after", text.say("column.auc_time"))
        label = text.say("needs.auc_axis")
        return pairs.draw(drawn, rows="label", ends=ends, unit="ratio", label=label, ax=ax)


@dataclass(frozen=True, eq=False)
class _Table:
    """Cases of one kind of loan: features (n, k), events (n,), day and customer of each."""

    features: NDArray[np.float64]
    events: Vector
    days: NDArray[np.object_]
    customers: NDArray[np.object_]

    def part(self, rows: NDArray[np.bool_]) -> "_Table":
        return _Table(
            *(self.features[rows], self.events[rows], self.days[rows], self.customers[rows])
        )


def propensities(
    cases: Cases, rules: NextProduct, *, seed: int = 1, confidence: float = 0.95
) -> Propensities:
    """Learn who takes which kind of loan, judge it on a later day, and score everybody today.

    Parameters
    ----------
    cases : Cases
        From `data.stated_needs.cases`.
    rules : NextProduct
        Features and when they are known, who is eligible, and how many cases a model needs.
    seed : int
        Draws the customers of the random split.
    confidence : float
        Coverage of the intervals; calibration is refuted at its complement (Holm over products).

    Raises
    ------
    DataError
        A feature is known only afterwards, or nobody said when.
    """
    names = list(rules.feature)
    rules.guarded(names)
    for day in (*cases.days, cases.today):
        check.columns(cases.features[day], "customer_id", "segment", *names)
    prepared = {day: _prepared(cases.features[day], names) for day in (*cases.days, cases.today)}
    judged_on = _judging(cases.days, rules)
    rows, scores = [], []
    for product in rules.eligible:
        known = [_of(cases, prepared, day, product, rules) for day in cases.days]
        found = _judged(_joined(known), judged_on, rules, seed, confidence)
        rows.append({"product_type": product} | found.row)
        scores.append((product, found))
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p_value"].to_numpy(float))
    table["propensity_verdict"] = _verdicts(table, confidence)
    usable = dict(zip(table["product_type"], table["propensity_verdict"], strict=True))
    told = [
        _scored(product, found, usable[product], _of(cases, prepared, cases.today, product, rules))
        for product, found in scores
        if usable[product] in USABLE
    ]
    empty = pd.DataFrame({"customer_id": [], "product_type": [], "probability": []})
    everybody = pd.concat(told, ignore_index=True) if told else empty
    facts = _facts(table, confidence)
    return Propensities("needs.propensity", table, facts, everybody, judged_on)


def _judging(days: list[date], rules: NextProduct) -> date | None:
    """Return the day that judges: the last one, if a window before it was over by then."""
    from workbench.data.stated_needs import later

    over = [day for day in days[:-1] if later(day, rules.window.horizon_months) <= days[-1]]
    return days[-1] if over else None


def _prepared(features: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the features as numbers: orders of size as logarithms, probabilities as log-odds."""
    found = features[["customer_id", "segment"]].copy()
    for name in names:
        values = pd.to_numeric(features[name]).to_numpy(dtype=float, na_value=np.nan)
        if name in LOGGED:
            values = np.log1p(np.maximum(values, 0.0))
        elif name == "pd":
            clipped = np.clip(values, 1e-6, 1 - 1e-6)
            values = np.log(clipped / (1 - clipped))
        found[name] = values
    for segment in schema.values("segment"):
        found[f"segment_{segment}"] = (features["segment"] == segment).to_numpy(float)
    return found


def _of(
    cases: Cases,
    prepared: Mapping[date, pd.DataFrame],
    day: date,
    product: str,
    rules: NextProduct,
) -> _Table:
    """Return the customers who might take `product` on `day`, and do not hold it."""
    table, held = prepared[day], cases.held[day]
    holders = held.loc[held["held"] == product, "customer_id"]
    own = table["segment"].isin(rules.eligible[product]) & ~table["customer_id"].isin(holders)
    rows = table[own]
    taken = cases.taken.get(day)
    takers: list[str] = []
    if taken is not None:
        takers = list(taken.loc[taken["product_type"] == product, "customer_id"])
    return _Table(
        rows.drop(columns=["customer_id", "segment"]).to_numpy(float),
        np.asarray(rows["customer_id"].isin(takers), dtype=np.float64),
        np.full(len(rows), day, dtype=object),
        rows["customer_id"].to_numpy(object),
    )


def _joined(parts: list[_Table]) -> _Table:
    if not parts:
        empty = np.array([], dtype=object)
        return _Table(np.empty((0, 0)), np.array([]), empty, empty)
    fields = ("features", "events", "days", "customers")
    return _Table(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


@dataclass(frozen=True, eq=False)
class _Found:
    """The row of one product, all its cases, and how its calibration was on the last day."""

    row: dict[str, object]
    cases: _Table
    calibration: Recalibration | None
    penalty: float


def _judged(
    cases: _Table, judged_on: date | None, rules: NextProduct, seed: int, confidence: float
) -> _Found:
    from workbench.data.stated_needs import later

    horizon, model = rules.window.horizon_months, rules.model
    last = cases.days == judged_on
    early = np.array([judged_on is not None and later(d, horizon) <= judged_on for d in cases.days])
    learnt, judged = cases.part(early.astype(bool)), cases.part(last.astype(bool))
    row: dict[str, object] = {
        "learnt_cases": len(learnt.events),
        "takers_learnt": int(learnt.events.sum()),
        "takers_judged": int(judged.events.sum()),
    }
    enough = learnt.events.sum() >= model.least_learnt and judged.events.sum() >= model.least_judged
    if not enough or judged.events.all():
        return _Found(row | dict.fromkeys(NUMBERS, np.nan), cases, None, model.penalty)
    told = propensity.fit(learnt.features, learnt.events, penalty=model.penalty)
    probability = told.probabilities(judged.features)
    later_auc = auc(probability, judged.events)
    found = recalibration(probability, judged.events)
    numbers = _numbers(later_auc, found, probability, judged.events, confidence)
    numbers["auc_random"] = _by_lot(cases, model.penalty, seed)
    return _Found(row | numbers, cases, found, model.penalty)


NUMBERS = (
    *("auc_random", "auc_time", "time_low", "time_high", "told_share", "taken_share"),
    *("calibration_slope", "slope_low", "slope_high"),
    *("calibration_large", "large_low", "large_high", "p_value"),
)


def _numbers(
    area: Auc, found: Recalibration, probability: Vector, events: Vector, confidence: float
) -> dict[str, object]:
    reach = normal_quantile(confidence)
    low, high = area.interval(confidence)
    slope, large = reach * found.slope_error, reach * found.in_the_large_error
    return {
        **{"auc_time": area.value, "time_low": low, "time_high": high},
        **{"told_share": float(probability.mean()), "taken_share": float(events.mean())},
        "calibration_slope": found.slope,
        **{"slope_low": found.slope - slope, "slope_high": found.slope + slope},
        "calibration_large": found.in_the_large,
        "large_low": found.in_the_large - large,
        "large_high": found.in_the_large + large,
        "p_value": found.p_value,
    }


def _by_lot(cases: _Table, penalty: float, seed: int) -> float:
    """Return the area under the curve for customers kept apart by lot, over all days."""
    rng = np.random.default_rng(seed)
    ids, who = np.unique(cases.customers.astype(str), return_inverse=True)
    apart = (rng.permutation(len(ids)) % JUDGED == 0)[who]
    learnt, judged = cases.part(~apart), cases.part(apart)
    if not 0 < learnt.events.sum() < len(learnt.events):
        return float("nan")
    if not 0 < judged.events.sum() < len(judged.events):
        return float("nan")
    model = propensity.fit(learnt.features, learnt.events, penalty=penalty)
    return auc(model.probabilities(judged.features), judged.events).value


def _verdicts(table: pd.DataFrame, confidence: float) -> list[str]:
    few = table["auc_time"].isna().to_numpy(bool)
    chance = (table["time_low"] <= 1 / 2).to_numpy(bool)
    refuted = (table["p_holm"] < 1 - confidence).to_numpy(bool)
    return list(
        np.select(
            [few, chance, refuted], ["too_few", "no_better", "ranks_only"], default="calibrated"
        )
    )


def _scored(product: str, found: _Found, verdict: str, today: _Table) -> pd.DataFrame:
    """Return probabilities today, learnt from all days; set right where they had to be."""
    model = propensity.fit(found.cases.features, found.cases.events, penalty=found.penalty)
    p = model.probabilities(today.features)
    if verdict == "ranks_only" and found.calibration is not None:
        odds = np.log(p / (1 - p))
        moved = found.calibration.intercept + max(found.calibration.slope, 0.0) * odds
        p = 1 / (1 + np.exp(-moved))
    return pd.DataFrame({"customer_id": today.customers, "product_type": product, "probability": p})


def _facts(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    verdicts = table["propensity_verdict"]
    facts = {
        "products": Fact(len(table), "ledger"),
        "calibrated": Fact(int((verdicts == "calibrated").sum()), "ledger"),
        "ranks_only": Fact(int((verdicts == "ranks_only").sum()), "ledger"),
        "unusable": Fact(int((~verdicts.isin(USABLE)).sum()), "ledger"),
    }
    known = table[table["auc_time"].notna()]
    if len(known):
        row = known.iloc[int(known["takers_judged"].to_numpy().argmax())]
        n = int(row["takers_judged"])
        time = float(row["time_low"]), float(row["time_high"])
        slope = float(row["slope_low"]), float(row["slope_high"])
        facts["auc_random"] = Fact(float(row["auc_random"]), "ratio", n=n)
        facts["auc_time"] = Fact(float(row["auc_time"]), "ratio", *time, confidence, n)
        facts["slope"] = Fact(float(row["calibration_slope"]), "ratio", *slope, confidence, n)
    return facts
