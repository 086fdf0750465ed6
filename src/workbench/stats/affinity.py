"""What is held together more often than by chance: frequent sets, rules, lift with its interval.

Sets and rules are those of Agrawal & Srikant (1994, VLDB 487–499) as R arules and mlxtend give
them. Lift here may be stratified: held together over what the strata would give by themselves, so
that products of one kind of customer do not look drawn to one another. Its interval is by the delta
method on the logarithm, its test that of Mantel & Haenszel (1959, JNCI 22:719–748).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.effects import adjusted

Held = NDArray[np.bool_]
Set = tuple[int, ...]
SMALLEST = 1e-9
"""How far below a share the support of a set may fall by rounding."""


@dataclass(frozen=True)
class Rule:
    """Whoever holds all of `given` holds `then` as well.

    Attributes
    ----------
    given : tuple of int
        Items, ascending.
    then : int
        One more item.
    support, confidence, lift, leverage, conviction : float
        Share that holds all; of the holders of `given`, the share that holds `then`; that share
        over the share of all; support less what independence would give; (1 - share of all) over
        (1 - confidence), infinite when nobody is an exception.
    """

    given: Set
    then: int
    support: float
    confidence: float
    lift: float
    leverage: float
    conviction: float


@dataclass(frozen=True, eq=False, repr=False)
class Lift:
    """Lift of k pairs of columns.

    Attributes
    ----------
    both, expected : ndarray, shape (k,)
        Holders of both (weighted), and how many there would be by chance within the strata.
    lift, low, high : ndarray, shape (k,)
        `both` over `expected` with its interval; missing where nobody holds both or could.
    p_value, p_adjusted : ndarray, shape (k,)
        Against chance, two-sided, and adjusted after Benjamini and Hochberg; missing where fewer
        than `least` are expected.
    """

    both: Vector
    expected: Vector
    lift: Vector
    low: Vector
    high: Vector
    p_value: Vector
    p_adjusted: Vector


def frequent(held: Held, support: float, *, longest: int | None = None) -> dict[Set, int]:
    """Return the sets that at least the share `support` of rows hold, and how many do.

    Parameters
    ----------
    held : ndarray of bool, shape (n, m)
        Who holds which item.
    support : float
        Share of the rows, above 0.
    longest : int, optional
        Items of a set at most.

    Raises
    ------
    DataError
        There are no rows, or the support is no share above 0.
    """
    if not len(held) or not 0 < support <= 1:
        raise DataError(f"frequent sets need rows and a support in (0, 1], not {support}")
    least = support * len(held) - SMALLEST
    # A row is a bit of a whole number: meeting two sets is one operation however many rows.
    bits = [int.from_bytes(np.packbits(column).tobytes(), "big") for column in held.T]
    single = [(item, rows) for item, rows in enumerate(bits) if rows.bit_count() >= least]
    found: dict[Set, int] = {}
    waiting: list[tuple[Set, int, list[tuple[int, int]]]] = [
        ((item,), rows, single[at + 1 :]) for at, (item, rows) in enumerate(single)
    ]
    while waiting:
        items, rows, others = waiting.pop()
        found[items] = rows.bit_count()
        if longest is not None and len(items) >= longest:
            continue
        met = [(other, rows & own) for other, own in others]
        kept = [(other, own) for other, own in met if own.bit_count() >= least]
        waiting += [((*items, other), own, kept[at + 1 :]) for at, (other, own) in enumerate(kept)]
    return dict(sorted(found.items(), key=lambda each: (len(each[0]), each[0])))


def rules(found: dict[Set, int], rows: int, confidence: float) -> list[Rule]:
    """Return the rules of the sets `found` among `rows`, with one item to conclude on.

    Parameters
    ----------
    found : dict of tuple to int
        From `frequent`: every subset of a set is in it.
    rows : int
        Rows in all.
    confidence : float
        Least confidence of a rule.
    """
    made = []
    for items, count in found.items():
        if len(items) < 2:
            continue
        for given in combinations(items, len(items) - 1):
            (then,) = set(items) - set(given)
            sure = count / found[given]
            if sure >= confidence - SMALLEST:
                share = found[(then,)] / rows
                lacking = np.inf if sure == 1 else (1 - share) / (1 - sure)
                leverage = count / rows - found[given] / rows * share
                made.append(Rule(given, then, count / rows, sure, sure / share, leverage, lacking))
    return made


def lifts(
    first: Held,
    second: Held,
    *,
    strata: Codes | None = None,
    weights: Vector | None = None,
    least: float = 5.0,
    confidence: float = 0.95,
) -> Lift:
    """Return how much oftener than by chance the columns of `first` and `second` go together.

    Parameters
    ----------
    first, second : ndarray of bool, shape (n, k)
        The k-th columns make up the k-th pair.
    strata : ndarray of int, shape (n,), optional
        Groups within which chance is reckoned; one for all by default.
    weights : ndarray, shape (n,), optional
        Weights of a sample. The test is then that of the logarithm of the lift over its error,
        which allows for them.
    least : float
        Holders of both expected by chance, below which a pair is not tested.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    DataError
        The columns differ in shape.
    """
    if first.shape != second.shape or first.ndim != 2:
        raise DataError(f"pairs need columns of one shape, not {first.shape} and {second.shape}")
    group = np.zeros(len(first), np.intp) if strata is None else strata
    cells = _cells(first, second, group, None if weights is None else np.asarray(weights))
    both, expected = cells.count[0, 0].sum(axis=0), cells.by_chance.sum(axis=0)
    known = (both > 0) & (expected > 0)
    lift = np.divide(both, expected, out=np.full(len(both), np.nan), where=known)
    error = np.sqrt(np.where(known, cells.variance(both, expected), np.nan))
    reach = np.exp(special.ndtri((1 + confidence) / 2) * error)
    z = np.log(lift) / error if weights is not None else cells.mantel_haenszel(both, expected)
    p = np.where(expected >= least, 2 * special.ndtr(-np.abs(z)), np.nan)
    return Lift(both, expected, lift, lift / reach, lift * reach, p, adjusted(p))


def each_pair(items: Sequence[object]) -> list[tuple[int, int]]:
    """Return the places of every two different `items`, the earlier one first."""
    return list(combinations(range(len(items)), 2))


@dataclass(frozen=True, eq=False, repr=False)
class _Cells:
    """Counts by whether each column is held (0 yes, 1 no), stratum and pair: (2, 2, s, k)."""

    count: Vector
    square: Vector

    @property
    def one(self) -> Vector:
        return np.asarray(self.count[0].sum(axis=0))

    @property
    def two(self) -> Vector:
        return np.asarray(self.count[:, 0].sum(axis=0))

    @property
    def all(self) -> Vector:
        return np.asarray(self.count.sum(axis=(0, 1)))

    @property
    def by_chance(self) -> Vector:
        return np.asarray(self.one * self.two / np.maximum(self.all, SMALLEST))

    def variance(self, both: Vector, expected: Vector) -> Vector:
        """Return the variance of the log lift: squares of what each row adds to it."""
        size = np.maximum(self.all, SMALLEST)
        found = np.zeros(len(both))
        for x in (1, 0):
            for y in (1, 0):
                chance = x * self.two / size + y * self.one / size
                chance = chance - self.one * self.two / size**2
                own = x * y / np.maximum(both, SMALLEST) - chance / np.maximum(expected, SMALLEST)
                found += (self.square[1 - x, 1 - y] * own**2).sum(axis=0)
        return found

    def mantel_haenszel(self, both: Vector, expected: Vector) -> Vector:
        """Return the standardised difference of held together and expected, given all margins."""
        size = self.all
        free = np.maximum(size**2 * (size - 1), SMALLEST)
        spread = (self.one * (size - self.one) * self.two * (size - self.two) / free).sum(axis=0)
        away = both - expected
        found = np.full(len(away), np.nan)
        np.divide(away, np.sqrt(spread), out=found, where=spread > 0)
        return found


def _cells(first: Held, second: Held, group: Codes, weights: Vector | None) -> _Cells:
    groups = int(group.max()) + 1 if len(group) else 0
    count = np.zeros((2, 2, groups, first.shape[1]))
    square = count if weights is None else np.zeros_like(count)
    code = (1 - first.astype(np.intp)) * 2 + (1 - second.astype(np.intp))
    for pair in range(first.shape[1]):
        place = code[:, pair] * groups + group
        own = np.bincount(place, weights=weights, minlength=4 * groups)
        count[:, :, :, pair] = own.reshape(2, 2, groups)
        if weights is not None:
            twice = np.bincount(place, weights=weights**2, minlength=4 * groups)
            square[:, :, :, pair] = twice.reshape(2, 2, groups)
    return _Cells(count, square)
