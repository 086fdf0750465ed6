"""Which variables tell later defaulters apart, and what a scorecard of them predicts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import schema, text
from workbench.plots import intervals, ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import credit_features
from workbench.rules.credit_features import PROTECTED
from workbench.stats import one_step, splits, woe
from workbench.stats import scorecard as cards
from workbench.stats.arrays import Vector
from workbench.stats.binning import Binning, Groups
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.logit import Logit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LISTED = (
    "segment",
    "product_type",
    "main_security",
    "repayment_method",
    "rate_type",
    "five_class",
    "industry_section",
    "ownership_type",
    "education",
    "housing_status",
)
"""Categories whose levels are codes of the value list of the same name."""


@dataclass(frozen=True, eq=False, repr=False)
class Bins(Result):
    """The bins of the variables in the model, strongest variable first.

    Attributes
    ----------
    table : DataFrame
        `variable`, `bin`, `cases`, `defaults`, `default_rate` with the Jeffreys interval `low`
        to `high`, `weight` (of evidence, positive is riskier) and `contribution` to the
        information value.
    facts : mapping
        `highest`, `lowest` (rates of the strongest variable's bins), `rate` (of all cases).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="credit_variable"),
        Column("bin", "codes"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("default_rate", "share2", interval=("low", "high")),
        Column("weight", "number"),
        Column("contribution", "number"),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("variable",),)
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.2)
    rows: ClassVar[int] = 16

    def summary(self) -> Finding:
        """Say how far the bins of the strongest variable lie apart."""
        return Finding(
            f"{self.name}.finding",
            ("highest", "lowest", "rate"),
            {"variable": Word(str(self.table["variable"].iloc[0]), "credit_variable")},
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the default rates of the strongest variables' bins with their intervals."""
        sizes = self.table.groupby("variable", sort=False).size().cumsum()
        whole = sizes.index[(sizes <= self.rows) | (sizes == sizes.iloc[0])]
        drawn = self.table[self.table["variable"].isin(whole)]
        variable, bins = self.columns[:2]
        labels = [
            f"{variable.cell({'variable': name})} {bins.cell({'bin': own})}"
            for name, own in zip(drawn["variable"], drawn["bin"], strict=True)
        ]
        return intervals.draw(
            drawn.assign(value=drawn["default_rate"], label=labels),
            rows="label",
            unit="share",
            label=text.say("risk.rate_axis_overall"),
            ax=ax,
            reference=self.facts["rate"].value,
        )


@dataclass(frozen=True, eq=False, repr=False)
class Scorecard(Result):
    """Every variable offered to the score and what became of it, strongest first.

    Attributes
    ----------
    table : DataFrame
        `variable`, `fate`, `information_value` with `value_low` to `value_high` (bins taken as
        given), `bins`, `bins_by` (`exact` or `hand`), `missing` (share of the cases), `shift`
        (stability index from the training to the test cases; missing without a split by time) and
        `shift_limit` (what chance alone exceeds with probability 1 - confidence),
        `coefficient` with `low`, `high` and `standard_error`, robust to several loans of one
        customer, `p_value`, and `positive_share` (share of samples of customers in which the
        coefficient is above 0).
    facts : mapping
        `offered`, `chosen`, `not_supplied` (numbers of variables), `strongest` (information
        value), `cases`, `defaults` (of the cases the coefficients are fitted on).
    bins : Bins
        The bins of the chosen variables.
    predictions : DataFrame
        One row per tested case: `cohort`, `loan_id`, `customer_id`, `segment`, `defaulted` and
        `pd`, the probability from a scorecard that never saw the case.
    development : DataFrame
        The same of the cases it was learnt from, newest cohort of them last; no row when it was
        cross-validated.
    card : stats.scorecard.Scorecard
        Bins and coefficients, for scoring other cases.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    bins: Bins
    predictions: pd.DataFrame
    development: pd.DataFrame
    card: cards.Scorecard
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="credit_variable"),
        Column("fate", "code", values="variable_fate"),
        Column("information_value", "number", interval=("value_low", "value_high")),
        Column("bins", "count"),
        Column("bins_by", "code", values="bins_by"),
        Column("missing", "share"),
        Column("shift", "number"),
        Column("coefficient", "ratio", interval=("low", "high")),
        Column("p_value", "p"),
        Column("positive_share", "share"),
    )
    rows: ClassVar[int] = 14

    def summary(self) -> Finding:
        """Say how many variables stayed, and which one is the strongest."""
        return Finding(
            f"{self.name}.finding",
            ("offered", "chosen", "not_supplied", "strongest", "cases", "defaults"),
            {"strongest_name": Word(str(self.table["variable"].iloc[0]), "credit_variable")},
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the information value of the strongest variables; those in the model stand out."""
        drawn = self.table.dropna(subset=["information_value"]).head(self.rows)
        return ranked.draw(
            drawn.assign(
                value=drawn["information_value"],
                strong=drawn["fate"] == "chosen",
                label=[schema.value("credit_variable", name) for name in drawn["variable"]],
            ),
            rows="label",
            unit="number",
            label=text.say("risk.value_axis"),
            ax=ax,
        )


def scorecard(
    cases: pd.DataFrame,
    *,
    horizon_months: int,
    folds: int = 5,
    seed: int = 1,
    excluded: Collection[str] = PROTECTED,
    confidence: float = 0.95,
) -> Scorecard:
    """Fit a scorecard and predict each test case by one that never saw it.

    Two or more cohorts at least `horizon_months` apart: learn from the older ones, test on the
    newest. Otherwise stratified cross-validation by customer. Bins, choice of variables and
    coefficients always come from training cases only. Bins that the rule pack `hand-bins` sets
    replace the exact ones.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, and features known at the cohort. Numbers
        are binned by monotone default rate, everything else as categories.
    horizon_months : int
        Length of the outcome window.
    folds, seed : int
        Of the cross-validation; see `stats.splits`.
    excluded : collection of str
        Columns that may not be features.
    confidence : float
        Coverage of the intervals.
    """
    credit_features.checked(cases, "segment")
    split = splits.split(cases, horizon_months=horizon_months, folds=folds, seed=seed)
    features = credit_features.features(cases, excluded)
    events = cases["defaulted"].to_numpy(float)
    plan = cards.planned(**credit_features.choice())
    predicted = cards.out_of_sample(features, events, split, plan)
    learning = split.parts[0].train if split.kind == "time" else split.used
    card = cards.fit(features[learning], events[learning], plan)
    customers = pd.factorize(cases["customer_id"][learning])[0]
    model = card.inference(features[learning], events[learning], clusters=customers)
    later = features[split.tested] if split.kind == "time" else None
    draws = one_step.resampled(
        card.design(features[learning]), events[learning], customers.astype(np.intp), seed=seed
    )
    table = _variables(card, model, later, confidence)
    table["positive_share"] = table["variable"].map(
        dict(zip(card.chosen, draws.positive()[1:], strict=True))
    )
    keys = ["cohort", "loan_id", "customer_id", "segment", "defaulted"]
    return Scorecard(
        name="risk.scorecard",
        table=table,
        facts=_facts(table, events[learning]),
        bins=_bins(card, confidence),
        predictions=cases.loc[split.tested, keys].assign(pd=predicted[split.tested]),
        development=_development(cases[keys], features, learning, card, later is not None),
        card=card,
    )


def _development(
    cases: pd.DataFrame,
    features: pd.DataFrame,
    learning: splits.Mask,
    card: cards.Scorecard,
    by_time: bool,
) -> pd.DataFrame:
    if not by_time:
        return cases.iloc[:0].assign(pd=pd.Series(dtype=float))
    return cases.loc[learning].assign(pd=card.probabilities(features[learning]))


def _variables(
    card: cards.Scorecard, model: Logit, later: pd.DataFrame | None, confidence: float
) -> pd.DataFrame:
    """Return one row per variable: those with values by information value, then the others."""
    low, high = model.interval(confidence)
    fitted = pd.DataFrame(
        {
            "coefficient": model.coefficients[1:],
            "low": low[1:],
            "high": high[1:],
            "standard_error": model.standard_errors[1:],
            "p_value": model.p_values[1:],
        },
        index=list(card.chosen),
    )
    described = pd.DataFrame(
        {
            name: {
                "information_value": own.information_value,
                **_value_interval(own, confidence),
                "bins": float((own.cases > 0).sum()),
                "missing": own.cases[-1] / own.cases.sum(),
                **_shift(own, later, name, confidence),
            }
            for name, own in card.binnings.items()
        }
    ).T
    described["bins_by"] = ["hand" if own.by_hand else "exact" for own in card.binnings.values()]
    names = [*card.binnings, *(name for name in card.fates if name not in card.binnings)]
    fates = pd.Series(card.fates, name="fate", dtype=object)
    table = pd.concat([fates, described, fitted], axis=1).reindex(names)
    return table.rename_axis("variable").reset_index()


def _value_interval(own: Binning, confidence: float) -> dict[str, float]:
    low, high = woe.information_interval(own.events, own.others, confidence)
    return {"value_low": low, "value_high": high}


def _shift(
    own: Binning, later: pd.DataFrame | None, name: str, confidence: float
) -> dict[str, float]:
    if later is None:
        return {"shift": float("nan"), "shift_limit": float("nan")}
    now, bins = own.counted(later[name]), max(int((own.cases > 0).sum()), 2)
    limit = woe.stability_limit(bins, own.cases.sum(), now.sum(), confidence=confidence)
    return {"shift": woe.stability(own.cases, now), "shift_limit": limit}


def _facts(table: pd.DataFrame, events: Vector) -> dict[str, Fact]:
    counts = table["fate"].value_counts()
    return {
        "offered": Fact(len(table), "count"),
        "chosen": Fact(int(counts["chosen"]), "count"),
        "not_supplied": Fact(int(counts.get("not_supplied", 0)), "count"),
        "strongest": Fact(float(table["information_value"].iloc[0]), "number"),
        "cases": Fact(len(events), "count", n=len(events)),
        "defaults": Fact(int(events.sum()), "count", n=len(events)),
    }


def _bins(card: cards.Scorecard, confidence: float) -> Bins:
    table = pd.concat(
        [_own_bins(name, card.binnings[name], confidence) for name in card.chosen],
        ignore_index=True,
    )
    whole, first = card.binnings[card.chosen[0]], table[table["variable"] == card.chosen[0]]
    cases = float(whole.cases.sum())
    facts = {"rate": Fact(float(whole.events.sum()) / cases, "share2", n=int(cases))}
    rates = first["default_rate"]
    for name, at in (("lowest", int(rates.argmin())), ("highest", int(rates.argmax()))):
        rate, low, high, n = first[["default_rate", "low", "high", "cases"]].iloc[at]
        facts[name] = Fact(rate, "share2", low, high, confidence, int(n))
    return Bins("risk.bins", table, facts)


def _own_bins(name: str, own: Binning, confidence: float) -> pd.DataFrame:
    low, high = jeffreys_interval(own.events, own.cases, confidence)
    table = pd.DataFrame(
        {
            "variable": name,
            "bin": _bin_codes(name, own),
            "cases": own.cases,
            "defaults": own.events,
            "default_rate": own.events / np.maximum(own.cases, 1),
            "low": low,
            "high": high,
            "weight": own.weights,
            "contribution": woe.contributions(own.events, own.others),
        }
    )
    return table[table["cases"] > 0]


def _bin_codes(name: str, own: Binning) -> list[str]:
    """Return each bin as codes that can be written in any language."""
    labels = list(own.rule.labels)
    if isinstance(own.rule, Groups) and name in LISTED:
        labels[:-1] = ["|".join(f"{name}:{level}" for level in group) for group in own.rule.groups]
    elif isinstance(own.rule, Groups):
        labels[:-1] = ["|".join(group) for group in own.rule.groups]
    return [*labels[:-1], f"bin:{labels[-1]}"]
