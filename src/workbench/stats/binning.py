"""Bins of one variable by event rate: pre-bins, the best monotone merge of them, and their weights.

Missing and special values have bins of their own, whatever their size. The same values give the
same bins in any order of the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.stats import lookup, monotone, woe
from workbench.stats.arrays import Codes, Vector
from workbench.stats.monotone import Limits, Trend

MISSING = "missing"
"""Label of the bin of missing values."""
RARE = 0.005
"""Levels of a category with a smaller share of the cases are merged before anything else."""

COUNTED = 65_536
"""Values counted at once: their bins stay near the processor."""


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
        codes = lookup.interval_of(self.cuts, numbers)
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
    by_hand : bool
        Whether a person set the bins.
    """

    rule: Rule
    events: Vector
    others: Vector
    trend: Trend
    by_hand: bool = False

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

    def counts(self, values: Any, events: Vector) -> tuple[Vector, Vector]:
        """Return events and non-events of other cases per bin, each of shape (bins,)."""
        bins = len(self.events)
        with_event, cases = np.zeros(bins), np.zeros(bins)
        for at in range(0, len(values), COUNTED):
            own = slice(at, at + COUNTED)
            codes = self.rule.codes(values[own])
            with_event += np.bincount(codes, weights=events[own], minlength=bins)[:bins]
            cases += np.bincount(codes, minlength=bins)[:bins]
        return with_event, cases - with_event


def number(
    values: Any, events: Any, options: Options | None = None, weights: Any = None
) -> Binning:
    """Return the bins of a numeric variable.

    Parameters
    ----------
    values : array_like, shape (n,)
    events : array_like, shape (n,)
        0 or 1 per value.
    options : Options
    weights : array_like, shape (n,), or None
        How many cases each row stands for; pre-bins are quantiles of the rows.
    """
    options = options or Options()
    column, happened = np.asarray(values, dtype=np.float64), _outcome(events, len(values))
    weight = _weighed(weights, len(column))
    regular = ~(np.isnan(column) | np.isin(column, options.special))
    ordered = np.sort(column[regular])
    if not len(ordered):
        return _counted(Intervals(np.array([]), options.special), column, happened, weight)
    starts = _starts(ordered, options.prebins)
    cases, cases_with = _within(column, happened, regular, ordered, starts, weight)
    merge = monotone.merged(cases_with, cases - cases_with, options.limits, options.trend)
    rule = Intervals(starts[merge.first[1:]], options.special)
    regular_counts = [np.add.reduceat(count, merge.first) for count in (cases_with, cases)]
    rest = None if weight is None else weight[~regular]
    others = _counted(
        Intervals(starts[:0], options.special), column[~regular], happened[~regular], rest
    )
    with_event = np.concatenate([regular_counts[0], others.events[1:]])
    total = np.concatenate([regular_counts[1], others.cases[1:]])
    return Binning(rule, with_event, total - with_event, merge.trend)


def pre_bins(values: Any, prebins: int = 50) -> Vector:
    """Return the first value of each pre-bin that `number` merges, ascending."""
    column = np.asarray(values, dtype=np.float64)
    return _starts(np.sort(column[~np.isnan(column)]), prebins)


def category(
    values: Any, events: Any, options: Options | None = None, weights: Any = None
) -> Binning:
    """Return the bins of a categorical variable: levels in order of event rate, then merged."""
    options = options or Options()
    column, happened = pd.Series(values).reset_index(drop=True), _outcome(events, len(values))
    weight = _weighed(weights, len(column))
    groups = _levels(column, happened)
    if not groups:
        return _counted(Groups(()), column, happened, weight)
    single = _counted(Groups(groups), column, happened, weight)
    cases, cases_with = single.cases[:-1], single.events[:-1]
    order = np.argsort(cases_with / cases, kind="stable")
    merge = monotone.merged(
        cases_with[order], (cases - cases_with)[order], options.limits, "ascending"
    )
    bins = np.split(order, merge.first[1:])
    joined = tuple(tuple(sorted(sum((groups[at] for at in one), ()))) for one in bins)
    return replace(_counted(Groups(joined), column, happened, weight), trend=merge.trend)


def by_hand(values: Any, events: Any, rule: Rule, weights: Any = None) -> Binning:
    """Return the counts of bins that a person set.

    Raises
    ------
    DataError
        The cuts do not rise, or a level is in two groups.
    """
    if isinstance(rule, Intervals) and (np.diff(rule.cuts) <= 0).any():
        raise DataError(f"cuts set by hand must rise; they are {rule.cuts.tolist()}")
    if isinstance(rule, Groups):
        levels = [level for group in rule.groups for level in group]
        if double := {level for level in levels if levels.count(level) > 1}:
            raise DataError(f"levels stand in two groups set by hand: {sorted(double)}")
    column = values if isinstance(rule, Groups) else np.asarray(values, dtype=np.float64)
    found = _counted(rule, column, _outcome(events, len(values)), _weighed(weights, len(values)))
    return replace(found, by_hand=True)


def _weighed(weights: Any, length: int) -> Vector | None:
    if weights is None:
        return None
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != (length,) or not (weight >= 0).all():
        raise DataError(f"weights must be {length} numbers of at least 0, one for each value")
    return weight


def _within(
    column: Vector,
    happened: Vector,
    regular: Any,
    ordered: Vector,
    starts: Vector,
    weight: Vector | None,
) -> tuple[Vector, Vector]:
    """Return cases and cases with an event per pre-bin."""
    if weight is None:
        inside = np.sort(column[regular & (happened > 0)])
        cases, cases_with = (
            np.diff(np.append(np.searchsorted(sample, starts), len(sample))).astype(np.float64)
            for sample in (ordered, inside)
        )
        return cases, cases_with
    at, own = np.searchsorted(starts, column[regular], side="right") - 1, weight[regular]
    total, with_event = (
        np.bincount(at, weights=part, minlength=len(starts)).astype(np.float64)
        for part in (own, own * happened[regular])
    )
    return total, with_event


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
    at = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
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


def _counted(rule: Rule, values: Any, happened: Vector, weight: Vector | None = None) -> Binning:
    bins = len(rule.labels)
    codes = rule.codes(values)
    if (codes >= bins).any():
        unknown = int((codes >= bins).sum())
        raise DataError(f"{unknown} values are in none of the bins; give every level a group")
    cases = np.bincount(codes, weights=weight, minlength=bins).astype(np.float64, copy=False)
    with_event = happened if weight is None else happened * weight
    events = np.bincount(codes, weights=with_event, minlength=bins).astype(np.float64, copy=False)
    return Binning(rule, events, cases - events, "none")
