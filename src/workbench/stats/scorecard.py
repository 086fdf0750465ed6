"""A scorecard: variables in bins, bins as weights of evidence, weights in a logit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from scipy import special

from workbench.stats import binning, coded, logit, selection
from workbench.stats.arrays import Codes, Vector
from workbench.stats.binning import Binning, Groups, Intervals, Options, Rule
from workbench.stats.coded import Coded
from workbench.stats.logit import Logit, Matrix
from workbench.stats.monotone import Limits
from workbench.stats.splits import Split

SMALL_BINS = Limits(bins=8, share=0.01, cases=10)
"""States that are rare but tell most, such as any days past due, keep a bin of their own; at 5 % of
the cases they would be merged with the rest. Ten events and non-events keep a bin from chance.
"""

Fate = Literal[
    "chosen",
    "weak",
    "alike",
    "collinear",
    "wrong_sign",
    "not_needed",
    "constant",
    "not_supplied",
]
"""What became of a variable: in the model; too little information; nearly the same as a stronger
one; told by several others together; safer where it should be riskier; no contribution of its own
beside the others; one value only; no value at all."""


@dataclass(frozen=True)
class Step:
    """One variable that left on the way to the model, in the order in which they left.

    Attributes
    ----------
    variable : str
    fate : str
        See `Fate`.
    value : float
        What decided: information value, correlation, variance inflation factor, or z.
    beside : str or None
        The stronger variable that it is alike to.
    """

    variable: str
    fate: Fate
    value: float
    beside: str | None = None


class Features(Protocol):
    """Variables by name, read one at a time: a table in memory, or columns of files."""

    @property
    def columns(self) -> Iterable[str]:
        """Name the variables."""
        ...

    def __len__(self) -> int:
        """Return the rows."""
        ...

    def __getitem__(self, name: str, /) -> "pd.Series[Any]":
        """Return the values of a variable."""
        ...


@dataclass(frozen=True)
class Plan:
    """How variables are binned and chosen.

    Attributes
    ----------
    binning : Options
        Bins of each variable; by default `SMALL_BINS`.
    least_value : float
        Information value below which a variable is left out.
    alike : float
        Correlation of two variables' weights above which the weaker one is left out.
    inflation : float
        Variance inflation factor of the weights above which the most inflated one is left out.
    hand : mapping of str to Rule
        Bins that a person set, by variable; they replace the exact ones.
    level : float
        A variable whose coefficient is not positive, or whose p-value is above this, is left out,
        the least needed first. With weights of evidence a negative sign means that a variable
        only corrects another one.
    """

    binning: Options = field(default_factory=lambda: Options(limits=SMALL_BINS))
    least_value: float = 0.02
    alike: float = 0.9
    inflation: float = 5.0
    level: float = 0.05
    hand: Mapping[str, Rule] = field(default_factory=dict)


def planned(
    *,
    least_value: float,
    alike: float,
    inflation: float,
    level: float,
    cuts: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    groups: Mapping[str, Sequence[Sequence[str]]],
) -> Plan:
    """Return a plan from plain values: limits, and bins set by hand for some variables.

    `cuts` holds the lower ends of all bins but the first, and special values; `groups` the levels
    of each bin of a category.
    """
    hand: dict[str, Rule] = {
        name: Intervals(np.array(ends, dtype=float), tuple(special))
        for name, (ends, special) in cuts.items()
    }
    hand |= {name: Groups(tuple(tuple(each) for each in own)) for name, own in groups.items()}
    return Plan(least_value=least_value, alike=alike, inflation=inflation, level=level, hand=hand)


@dataclass(frozen=True, eq=False, repr=False)
class Scorecard:
    """Bins of all variables, what became of them, and the coefficients of the chosen ones.

    Attributes
    ----------
    binnings : mapping
        Bins of every variable that has values, by name, in order of information value.
    fates : mapping
        What became of every variable, by name.
    coefficients : ndarray, shape (1 + chosen,)
        The constant, then one per chosen variable.
    steps : tuple of Step
        The variables that left although they have values, in the order in which they left.
    inflation : mapping
        Variance inflation factor of each variable that reached the logit, by name.
    """

    binnings: Mapping[str, Binning]
    fates: Mapping[str, Fate]
    coefficients: Vector
    steps: tuple[Step, ...] = ()
    inflation: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """Return the variables in the model, strongest first."""
        return tuple(name for name in self.binnings if self.fates[name] == "chosen")

    def design(self, features: pd.DataFrame) -> Matrix:
        """Return the weights of the chosen variables, shape (n, chosen)."""
        return _weights(self.binnings, self.chosen, features)

    def probabilities(self, features: "Features | pd.DataFrame") -> Vector:
        """Return the probability of default per row of `features`, shape (n,)."""
        odds = np.full(len(features), self.coefficients[0])
        for name, slope in zip(self.chosen, self.coefficients[1:], strict=True):
            own = self.binnings[name]
            odds += (slope * coded.table(own))[own.rule.codes(features[name])]
        return np.asarray(special.expit(odds, out=odds))

    def inference(
        self, features: pd.DataFrame, events: Vector, *, clusters: Codes | None = None
    ) -> Logit:
        """Fit the chosen variables again with standard errors."""
        return logit.fit(self.design(features), events, clusters=clusters)


def fit(features: "Features | pd.DataFrame", events: Vector, plan: Plan | None = None) -> Scorecard:
    """Bin every column of `features`, choose among them and fit the logit.

    Numbers are binned by monotone merge, everything else as categories. Each column is looked at
    once and then kept as a byte a row, so that columns of a file need no more memory than one of
    them and these bytes.

    Raises
    ------
    DataError
        No variable carries information.
    """
    plan = plan or Plan()
    fates: dict[str, Fate] = {}
    found: dict[str, Binning] = {}
    bins: dict[str, Any] = {}
    for name in features.columns:
        column = features[name]
        if column.isna().all():
            fates[name] = "not_supplied"
        elif _constant(column):
            fates[name] = "constant"
        else:
            found[name] = _binned(column, events, plan)
            if found[name].information_value >= plan.least_value:
                bins[name] = coded.codes(found[name], column)
    order = sorted(found, key=lambda name: (-found[name].information_value, name))
    binnings = {name: found[name] for name in order}
    card = _selected(binnings, fates, bins, events, plan)
    return replace(card, fates={name: card.fates[name] for name in features.columns})


def _selected(
    binnings: Mapping[str, Binning],
    fates: Mapping[str, Fate],
    bins: Mapping[str, Any],
    events: Vector,
    plan: Plan,
) -> Scorecard:
    """Choose among the variables with `bins`: correlation, inflation, sign and p."""
    strong = [name for name in binnings if name in bins]
    weak = {name: own.information_value for name, own in binnings.items() if name not in bins}
    steps = [Step(name, "weak", value) for name, value in weak.items()]
    weights = Coded(
        tuple(bins[name] for name in strong), tuple(coded.table(binnings[name]) for name in strong)
    )
    correlation = weights.correlation() if strong else np.empty((0, 0))
    kept, left = selection.apart(correlation, plan.alike)
    kept, inflated = selection.uninflated(correlation, kept, plan.inflation)
    factors = selection.inflation(correlation[np.ix_(kept, kept)])
    chosen, coefficients, dropped = selection.needed(weights.columns(kept), events, plan.level)
    dropped = [replace(each, column=kept[each.column]) for each in dropped]
    steps += [
        Step(
            strong[each.column],
            each.reason,
            each.value,
            None if each.beside is None else strong[each.beside],
        )
        for each in (*left, *inflated, *dropped)
    ]
    became = {**fates, **{step.variable: step.fate for step in steps}}
    became |= {strong[kept[at]]: "chosen" for at in chosen}
    inflation = {strong[at]: float(own) for at, own in zip(kept, factors, strict=True)}
    return Scorecard(binnings, became, coefficients, tuple(steps), inflation)


def out_of_sample(
    features: pd.DataFrame, events: Vector, split: Split, plan: Plan | None = None
) -> Vector:
    """Return each tested case's probability from a scorecard that never saw it, shape (n,).

    Bins, choice of variables and coefficients all come from the training rows of its part. Missing
    for cases that are not tested.
    """
    predicted = np.full(len(events), np.nan)
    for part in split.parts:
        card = fit(features[part.train], events[part.train], plan)
        predicted[part.test] = card.probabilities(features[part.test])
    return predicted


def _constant(column: "pd.Series[Any]") -> bool:
    """Tell whether every value is there and the same; quicker than counting the distinct ones."""
    return bool(column.notna().all() and (column == column.iloc[0]).all())


def _binned(column: "pd.Series[Any]", events: Vector, plan: Plan) -> Binning:
    if column.name in plan.hand:
        return binning.by_hand(column, events, plan.hand[str(column.name)])
    make = binning.number if pd.api.types.is_numeric_dtype(column) else binning.category
    return make(column, events, plan.binning)


def _weights(
    binnings: Mapping[str, Binning], names: tuple[str, ...], features: pd.DataFrame
) -> Matrix:
    weights = np.empty((len(features), len(names)), order="F")
    for at, name in enumerate(names):
        weights[:, at] = binnings[name].transformed(features[name])
    return weights
