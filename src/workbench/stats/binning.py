"""Bins of one variable by event rate: pre-bins, the best monotone merge of them, and their weights.

Missing and special values have bins of their own, whatever their size. The same values give the
same bins in any order of the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.stats import monotone, woe
from workbench.stats.arrays import Codes, Vector
from workbench.stats.monotone import Limits, Trend

MISSING = "missing"
"""Label of the bin of missing values."""
RARE = 0.005
"""Levels of a category with a smaller share of the cases are merged before anything else."""


@dataclass(frozen=True)
class Options:
    """How a variable is binned.

    Attributes
    ----------
    prebins : int
        Quantile pre-bins of a number; a value with the mass of a pre-bin stands alone.
    limits : Limits
        Number and size of the bins.
    trend : str
        Direction of the event rate over a number's bins; `auto` takes the better one.
    special : tuple of float
        Values of a number with a meaning of their own, such as 999 for never; a bin each.
    """

    prebins: int = 50
    limits: Limits = field(default_factory=Limits)
    trend: Trend = "auto"
    special: tuple[float, ...] = ()


class Rule(Protocol):
    """How values are told into bins."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Name the bins; the last one is for missing values."""
        ...

    def codes(self, values: Any) -> Codes:
        """Return the bin of each value; a value of no bin has the number of bins."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class Intervals:
    """Bins [cut, next cut) of a number, then special values, then missing ones."""

    cuts: Vector
    special: tuple[float, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Write each bin as an interval."""
        ends = _written(self.cuts)
        if not ends:
            return ("(-∞, ∞)", *(f"{value:.6g}" for value in self.special), MISSING)
        inner = [f"[{low}, {high})" for low, high in pairwise(ends)]
        regular = [f"(-∞, {ends[0]})", *inner, f"[{ends[-1]}, ∞)"]
        return (*regular, *(f"{value:.6g}" for value in self.special), MISSING)

    def codes(self, values: Any) -> Codes:
        """Return the bin of each value, shape (n,)."""
        numbers = np.asarray(values, dtype=np.float64)
        codes = np.searchsorted(self.cuts, numbers, side="right").astype(np.intp, copy=False)
        for at, value in enumerate(self.special, start=len(self.cuts) + 1):
            codes[numbers == value] = at
        codes[np.isnan(numbers)] = len(self.cuts) + 1 + len(self.special)
        return codes


@dataclass(frozen=True, eq=False, repr=False)
class Groups:
    """Bins of a category: groups of levels, then missing ones."""

    groups: tuple[tuple[str, ...], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Write each bin as its levels."""
        return (*(", ".join(group) for group in self.groups), MISSING)

    def codes(self, values: Any) -> Codes:
        """Return the bin of each value, shape (n,); a level never seen has the number of bins."""
        column = pd.Series(values)
        bin_of = {level: at for at, group in enumerate(self.groups) for level in group}
        missing, unseen = len(self.groups), len(self.groups) + 1
        codes, levels = pd.factorize(column)
        to_bin = [bin_of.get(str(level), unseen) for level in levels]
        return np.array([*to_bin, missing], dtype=np.intp)[codes]


@dataclass(frozen=True, eq=False, repr=False)
class Binning:
    """A variable's bins with the counts they were made of.

    Attributes
    ----------
    rule : Rule
        How values are told into bins.
    events, others : ndarray, shape (bins,)
        Events and non-events per bin.
    trend : str
        Direction of the event rate over the regular bins.
    """

    rule: Rule
    events: Vector
    others: Vector
    trend: Trend

    @property
    def cases(self) -> Vector:
        """Return the cases per bin."""
        return np.asarray(self.events + self.others)

    @cached_property
    def weights(self) -> Vector:
        """Return the weight of evidence per bin; positive is riskier than the whole."""
        return woe.weights(self.events, self.others)

    @cached_property
    def information_value(self) -> float:
        """Return the information value over all bins, missing included."""
        return woe.information_value(self.events, self.others)

    def transformed(self, values: Any) -> Vector:
        """Return the weight of evidence of each value; 0 for a level never seen. Shape (n,)."""
        return np.append(self.weights, 0.0)[self.rule.codes(values)]

    def counted(self, values: Any) -> Vector:
        """Return how many of `values` fall into each bin, shape (bins,)."""
        bins = len(self.events)
        return np.bincount(self.rule.codes(values), minlength=bins)[:bins].astype(np.float64)


def number(values: Any, events: Any, options: Options | None = None) -> Binning:
    """Return the bins of a numeric variable; `events` holds 0 or 1 per value."""
    options = options or Options()
    column, happened = np.asarray(values, dtype=np.float64), _outcome(events, len(values))
    regular = ~(np.isnan(column) | np.isin(column, options.special))
    ordered, inside = np.sort(column[regular]), np.sort(column[regular & (happened > 0)])
    if not len(ordered):
        return _counted(Intervals(np.array([]), options.special), column, happened)
    starts = _starts(ordered, options.prebins)
    cases, cases_with = (
        np.diff(np.append(np.searchsorted(sample, starts), len(sample))).astype(np.float64)
        for sample in (ordered, inside)
    )
    merge = monotone.merged(cases_with, cases - cases_with, options.limits, options.trend)
    rule = Intervals(starts[merge.first[1:]], options.special)
    regular_counts = [np.add.reduceat(count, merge.first) for count in (cases_with, cases)]
    others = _counted(Intervals(starts[:0], options.special), column[~regular], happened[~regular])
    with_event = np.concatenate([regular_counts[0], others.events[1:]])
    total = np.concatenate([regular_counts[1], others.cases[1:]])
    return Binning(rule, with_event, total - with_event, merge.trend)


def category(values: Any, events: Any, options: Options | None = None) -> Binning:
    """Return the bins of a categorical variable: levels in order of event rate, then merged."""
    options = options or Options()
    column, happened = pd.Series(values).reset_index(drop=True), _outcome(events, len(values))
    groups = _levels(column, happened)
    if not groups:
        return _counted(Groups(()), column, happened)
    single = _counted(Groups(groups), column, happened)
    cases, cases_with = single.cases[:-1], single.events[:-1]
    order = np.argsort(cases_with / cases, kind="stable")
    merge = monotone.merged(
        cases_with[order], (cases - cases_with)[order], options.limits, "ascending"
    )
    bins = np.split(order, merge.first[1:])
    joined = tuple(tuple(sorted(sum((groups[at] for at in one), ()))) for one in bins)
    return _counted(Groups(joined), column, happened, merge.trend)


def _written(cuts: Vector) -> list[str]:
    """Write the cuts with four significant digits, or as many more as tell them apart."""
    ends: list[str] = []
    for digits in range(4, 18):
        ends = [
            np.format_float_positional(cut, precision=digits, fractional=False, trim="-")
            for cut in cuts
        ]
        if len(set(ends)) == len(ends):
            break
    return ends


def _starts(ordered: Vector, prebins: int) -> Vector:
    """Return the first value of each pre-bin, ascending.

    Quantiles of the sorted values; a value as heavy as a pre-bin also ends where it begins.
    """
    at = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > 0)
    distinct = ordered[at]
    if len(distinct) <= prebins:
        return distinct
    mass = np.diff(np.append(at, len(ordered)))
    heavy = np.flatnonzero(mass * prebins >= len(ordered))
    after = distinct[heavy[heavy + 1 < len(distinct)] + 1]
    quantiles = ordered[np.arange(prebins) * len(ordered) // prebins]
    return np.unique(np.concatenate([quantiles, distinct[heavy], after]))


def _levels(column: "pd.Series[Any]", happened: Vector) -> tuple[tuple[str, ...], ...]:
    """Return the levels in the order of their names, the rare ones in one group at the end."""
    counts = column.dropna().astype(str).value_counts()
    rare = sorted(counts.index[counts < RARE * len(column)])
    common: Sequence[str] = sorted(counts.index.difference(rare))
    groups = tuple((level,) for level in common)
    return (*groups, tuple(rare)) if rare else groups


def _outcome(events: Any, length: int) -> Vector:
    outcome = np.asarray(events, dtype=np.float64)
    if outcome.shape != (length,) or not ((outcome == 0) | (outcome == 1)).all():
        raise DataError(f"events must be {length} values 0 or 1, one for each value")
    return outcome


def _counted(rule: Rule, values: Any, happened: Vector, trend: Trend = "none") -> Binning:
    bins = len(rule.labels)
    codes = rule.codes(values)
    cases = np.bincount(codes, minlength=bins).astype(np.float64)
    events = np.bincount(codes, weights=happened, minlength=bins).astype(np.float64, copy=False)
    return Binning(rule, events, cases - events, trend)
