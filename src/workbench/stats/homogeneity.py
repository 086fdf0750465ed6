"""Whether loans move between states in the same way at every step of time."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.grades import holm

LEAST = 5.0
"""Columns of a table are joined until each cell is expected to hold at least so many loans."""

Counts = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ChiSquare:
    """Pearson's chi-square with its degrees of freedom and p-value (missing when df is 0)."""

    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        """Return the upper tail of the chi-square distribution."""
        return float(special.chdtrc(self.df, self.statistic)) if self.df else float("nan")


@dataclass(frozen=True, eq=False, repr=False)
class Steps:
    """Each step against all others together. Arrays of shape (steps,).

    Attributes
    ----------
    loans : ndarray
        Loans that were followed over the step.
    statistic, df, p_value, adjusted : ndarray
        Chi-square of the step's transition matrix against the others', p-value, and the p-value
        adjusted over the steps after Holm.
    distance : ndarray
        Share of the step's loans that moved otherwise than they would have in the other steps:
        total variation distance of the rows, weighted by the loans in them.
    state_from, state_to : ndarray of int
        The move that gained most loans against the other steps.
    share, share_elsewhere : ndarray
        Its share of the loans in `state_from`, in this step and in the others.
    """

    loans: Vector
    statistic: Vector
    df: Codes
    p_value: Vector
    adjusted: Vector
    distance: Vector
    state_from: Codes
    state_to: Codes
    share: Vector
    share_elsewhere: Vector


def homogeneity(counts: Counts) -> ChiSquare:
    """Test that the rows of all transition matrices are the same at every step.

    `counts` has the shape (steps, states, states): loans by state at the beginning and at the end.
    One table steps × end states per beginning state, their chi-squares added (Anderson &
    Goodman 1957).
    """
    parts = [_chi_square(counts[:, state, :]) for state in range(counts.shape[1])]
    return ChiSquare(sum(part.statistic for part in parts), sum(part.df for part in parts))


def steps(counts: Counts) -> Steps:
    """Compare each step of `counts`, shape (steps, states, states), with all the others.

    Raises
    ------
    DataError
        There are fewer than two steps.
    """
    if len(counts) < 2:
        raise DataError(f"{len(counts)} step of time cannot be compared; at least two are needed")
    pairs = [np.stack([own, counts.sum(axis=0) - own], axis=0) for own in counts]
    tests = [homogeneity(pair) for pair in pairs]
    gains = np.stack([_gain(pair) for pair in pairs])
    states = counts.shape[1]
    moves = gains.reshape(len(counts), -1).argmax(axis=1)
    shares = np.stack([_shares(pair) for pair in pairs])
    at, begin, end = np.arange(len(counts)), moves // states, moves % states
    p_values = np.array([test.p_value for test in tests])
    return Steps(
        loans=counts.sum(axis=(1, 2)),
        statistic=np.array([test.statistic for test in tests]),
        df=np.array([test.df for test in tests], dtype=np.intp),
        p_value=p_values,
        adjusted=holm(p_values),
        distance=np.abs(gains).sum(axis=(1, 2)) / 2,
        state_from=begin,
        state_to=end,
        share=shares[at, 0, begin, end],
        share_elsewhere=shares[at, 1, begin, end],
    )


def without_breaks(counts: Counts, *, notable: float, level: float) -> tuple[Steps, Mask]:
    """Compare each step with the others that are not breaks, and tell which ones are.

    A break differs significantly (`level`, Holm) and moves at least the share `notable` of its
    loans otherwise. The largest one is set aside and the others are compared again, so that it
    does not make the ordinary steps look odd; two steps alone cannot tell which of them is odd.
    """
    broken, own = np.zeros(len(counts), dtype=bool), np.arange(len(counts))
    found = [steps(counts)]
    while len(own) > 2:
        now = found[-1]
        worst = int(np.argmax(np.where(now.adjusted < level, now.distance, -1.0)))
        if not (now.adjusted[worst] < level and now.distance[worst] >= notable):
            break
        broken[own[worst]] = True
        own = np.delete(own, worst)
        found.append(steps(counts[own]))
    against = counts[~broken].sum(axis=0)
    return _merged(counts, found[-1], broken, against), broken


def _merged(counts: Counts, ordinary: Steps, broken: Mask, against: Counts) -> Steps:
    """Return all steps in order: the ordinary ones as compared, each break against those."""
    rows = [_alone(np.stack([counts[at], against])) for at in np.flatnonzero(broken)]
    values = {}
    for field in fields(Steps):
        column = np.empty(len(counts), dtype=getattr(ordinary, field.name).dtype)
        column[~broken] = getattr(ordinary, field.name)
        column[broken] = [getattr(row, field.name)[0] for row in rows]
        values[field.name] = column
    return replace(Steps(**values), adjusted=holm(values["p_value"]))


def _alone(pair: Counts) -> Steps:
    """Return the first of two matrices as one step against the second."""
    both = steps(pair)
    return Steps(**{field.name: getattr(both, field.name)[:1] for field in fields(Steps)})


def _gain(pair: Counts) -> Counts:
    """Return, per move, the step's loans beyond what the others' rates give, as share of all."""
    share = _shares(pair)
    known = pair[1].sum(axis=1, keepdims=True) > 0
    own = pair[0].sum(axis=1, keepdims=True) / max(pair[0].sum(), 1.0)
    return np.where(known, own * (share[0] - share[1]), 0.0)


def _shares(pair: Counts) -> Counts:
    total = pair.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(pair, total, out=np.zeros_like(pair), where=total > 0))


def _chi_square(table: Counts) -> ChiSquare:
    """Test a table rows × columns; thin columns are joined, rows and columns of zeros left out."""
    table = table[table.sum(axis=1) > 0]
    if len(table) < 2 or (table := _joined(table)).shape[1] < 2:
        return ChiSquare(0.0, 0)
    rows, columns = table.shape
    expected = _expected(table)
    return ChiSquare(float(((table - expected) ** 2 / expected).sum()), (rows - 1) * (columns - 1))


def _joined(table: Counts) -> Counts:
    """Join the rarest column with the next rarest until every cell is expected often enough."""
    table = table[:, np.argsort(table.sum(axis=0), kind="stable")]
    while table.shape[1] > 1 and _expected(table)[:, 0].min() < LEAST:
        first = table[:, :1] + table[:, 1:2]
        rest = np.concatenate([first, table[:, 2:]], axis=1)
        table = rest[:, np.argsort(rest.sum(axis=0), kind="stable")]
    return table


def _expected(table: Counts) -> Counts:
    return np.asarray(
        table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    )
