"""A scorecard: variables in bins, bins as weights of evidence, weights in a logit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from scipy import special

from workbench.errors import DataError
from workbench.stats import binning, coded, logit
from workbench.stats.arrays import Codes, Vector
from workbench.stats.binning import Binning, Options, Rule
from workbench.stats.coded import Coded
from workbench.stats.logit import Logit, Matrix
from workbench.stats.monotone import Limits
from workbench.stats.splits import Split

SMALL_BINS = Limits(bins=8, share=0.01, cases=10)
"""States that are rare but tell most, such as any days past due, keep a bin of their own; at 5 % of
the cases they would be merged with the rest. Ten events and non-events keep a bin from chance.
"""

ROUGH = 1e-3
"""Step at which a fit that only decides which variable leaves may end: z is then right to 1e-4."""

Fate = Literal["chosen", "weak", "alike", "not_needed", "constant", "not_supplied"]
"""What became of a variable: in the model; too little information; nearly the same as a stronger
one; no contribution of its own beside the others; one value only; no value at all."""


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
    level: float = 0.05
    hand: Mapping[str, Rule] = field(default_factory=dict)


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
    """

    binnings: Mapping[str, Binning]
    fates: Mapping[str, Fate]
    coefficients: Vector

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
    strong = [name for name in order if name in bins]
    fates |= {name: "weak" for name in order if name not in bins}
    weights = Coded(
        tuple(bins[name] for name in strong), tuple(coded.table(found[name]) for name in strong)
    )
    apart = _apart(weights, plan.alike)
    fates |= {strong[at]: "alike" for at in range(len(strong)) if at not in apart}
    kept, coefficients = _needed(weights.columns(apart), events, plan.level)
    fates |= {strong[at]: "not_needed" for at in apart}
    fates |= {strong[apart[at]]: "chosen" for at in kept}
    return Scorecard(binnings, {name: fates[name] for name in features.columns}, coefficients)


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


def _apart(weights: Coded, alike: float) -> list[int]:
    """Return the columns, strongest first, that are not nearly the same as a stronger one."""
    kept: list[int] = []
    if weights.shape[1] == 0:
        return kept
    correlation = weights.correlation()
    for at in range(weights.shape[1]):
        if not kept or np.abs(correlation[at, kept]).max() < alike:
            kept.append(at)
    return kept


def _needed(weights: Coded, events: Vector, level: float) -> tuple[list[int], Vector]:
    """Drop the column with the smallest z until all are positive and significant."""
    kept, start = list(range(weights.shape[1])), None
    while kept:
        own = weights.columns(kept)
        beta, information = logit.estimate(own, events, start=start, tolerance=ROUGH)
        covariance = np.linalg.inv(information)
        z = (beta / np.sqrt(np.diag(covariance)))[1:]
        worst = int(np.argmin(z))
        if z[worst] > 0 and 2 * special.ndtr(-z[worst]) <= level:
            return kept, logit.estimate(own, events, start=beta)[0]
        del kept[worst]
        at = worst + 1
        # The best without this column, were the likelihood quadratic: near enough to start from.
        start = np.delete(beta - covariance[at] * (beta[at] / covariance[at, at]), at)
    raise DataError("no variable carries information about default; check horizon and features")
