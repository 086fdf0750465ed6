"""The same segments month after month: which one is which, and who moved between them."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector


@dataclass(frozen=True, eq=False, repr=False)
class Alignment:
    """New segments beside old ones.

    Attributes
    ----------
    old : ndarray of int, shape (k,)
        The old segment that each new one continues; -1 where it is a new one.
    overlap : ndarray, shape (k,)
        Customers in both over customers in either, with the old segment it is nearest to.
    kept : float
        Share of all customers that stay in a segment that continues.
    """

    old: Codes
    overlap: Vector
    kept: float


@dataclass(frozen=True)
class Test:
    """A chi-square test: its statistic, degrees of freedom and p-value."""

    statistic: float
    df: int
    p_value: float


def aligned(table: Vector, *, least: float = 0.5) -> Alignment:
    """Say which old segment (rows of `table`) each new one (columns) continues.

    One to one, so that the overlaps are largest together (linear sum assignment). Below the
    overlap `least` nothing is continued: the segment needs a new name.

    Raises
    ------
    DataError
        No customer is in both.
    """
    if not table.sum() > 0:
        raise DataError("no customer is in both segmentations; there is nothing to align")
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    overlap = table / np.maximum(either, 1e-300)
    rows, columns = optimize.linear_sum_assignment(-overlap)
    old = np.full(table.shape[1], -1, dtype=np.intp)
    best = overlap.max(axis=0)
    for row, column in zip(rows, columns, strict=True):
        best[column] = overlap[row, column]
        if overlap[row, column] >= least:
            old[column] = row
    carried = np.flatnonzero(old >= 0)
    kept = float(table[old[carried], carried].sum() / table.sum())
    return Alignment(old, best, kept)


def symmetry(table: Vector) -> Test:
    """Test that as many move from a to b as from b to a (Bowker 1948)."""
    above = np.triu_indices(len(table), 1)
    there, back = table[above], table.T[above]
    used = there + back > 0
    statistic = float(((there - back)[used] ** 2 / (there + back)[used]).sum())
    return _tested(statistic, int(used.sum()))


def same_shares(table: Vector) -> Test:
    """Test that the segments are as large after as before (Stuart 1955, Maxwell 1970)."""
    apart = table.sum(axis=1) - table.sum(axis=0)
    spread = np.diag(table.sum(axis=1) + table.sum(axis=0)) - table - table.T
    used = np.diag(spread) > 0
    apart, spread = apart[used][:-1], spread[np.ix_(used, used)][:-1, :-1]
    if not len(apart):
        return _tested(0.0, 0)
    return _tested(float(apart @ np.linalg.pinv(spread) @ apart), len(apart))


def _tested(statistic: float, df: int) -> Test:
    p = float(special.chdtrc(df, statistic)) if df else float("nan")
    return Test(statistic, df, p)
