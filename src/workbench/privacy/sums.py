"""What a reader of a result can add up: its protected cells, and the sums that tie them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.privacy.cells import Floats, Mask
from workbench.result import Fact, Result

Whole = NDArray[np.intp]
"""Which whole each row is a part of, shape (rows,); -1 for none."""


@dataclass(frozen=True)
class Sums:
    """The cells of a result that are protected, and the equations between them.

    Attributes
    ----------
    numbers : array (n,)
        The cells column by column, each with its rows first and then the totals of the wholes.
    equations : array (m, n)
        Each row times `numbers` is zero.
    rows : array (n,) of int
        Row of each cell; a total has a number of its own behind the last row.
    columns : tuple of str
        Name of the column of each cell.
    members : tuple of array of int
        Rows that make up each whole; total k has the number `rows of the table` + k.
    given : array (n,) of bool
        Totals that a reader knows whatever is hidden; the others are known from facts alone.
    """

    numbers: Floats
    equations: Floats
    rows: NDArray[np.intp]
    columns: tuple[str, ...]
    members: tuple[NDArray[np.intp], ...]
    given: Mask


def protected(result: Result) -> tuple[str, ...]:
    """Return the columns whose numbers must stay open in a hidden row: counts and sums of money."""
    money = (column.name for column in result.columns if column.unit == "money" or column.largest)
    base = [result.base] if result.base else []
    return tuple(dict.fromkeys([*base, *result.adds, *money]))


def sums(result: Result) -> Sums:
    """Return the cells of `result` that are protected and what a reader can add up of them."""
    names = tuple(dict.fromkeys(chain(protected(result), *result.sums)))
    rows, found = len(result.table), tuple(_members(result))
    members, given = tuple(own for own, _ in found), [declared for _, declared in found]
    values = [_numbers(result.table, name) for name in names]
    width = rows + len(members)
    within: Floats = np.zeros((len(members), width))
    for at, own in enumerate(members):
        within[at, own], within[at, rows + at] = 1.0, -1.0
    return Sums(
        numbers=np.concatenate(
            [np.append(own, [own[each].sum() for each in members]) for own in values]
        ),
        equations=np.vstack([np.kron(np.eye(len(names)), within), *_across(result, names, width)]),
        rows=np.tile(np.arange(width), len(names)),
        columns=tuple(np.repeat(names, width)),
        members=members,
        given=np.tile(np.append(np.zeros(rows, dtype=bool), given).astype(bool), len(names)),
    )


def counts(fact: Fact) -> frozenset[float]:
    """Return the counts and sums of money that a reader of `fact` learns, rounded to cents."""
    if fact.unit in ("count", "money"):
        return frozenset({round(fact.value, 2)})
    if fact.unit in ("share", "share2") and fact.n is not None:
        return frozenset({round(fact.value * fact.n, 2)})
    return frozenset()


def _known(result: Result) -> frozenset[float]:
    """Return the numbers that stand beside the table: counts, sums of money, and bases."""
    bases = (float(fact.n) for fact in result.facts.values() if fact.n is not None)
    return frozenset().union(bases, *map(counts, result.facts.values()))


def _members(result: Result) -> Iterator[tuple[NDArray[np.intp], bool]]:
    """Give the rows of each whole, and whether it is declared or its total told by a fact."""
    seen: set[bytes] = set()
    base, told = _numbers(result.table, result.base), _known(result)
    for whole, declared in _wholes(result):
        for part in range(whole.max(initial=-1) + 1):
            own = np.flatnonzero(whole == part)
            stands = len(own) > 1 and base[own].sum() > 0 and round(base[own].sum(), 2) in told
            if (declared or stands) and own.tobytes() not in seen:
                seen.add(own.tobytes())
                yield own, declared


def _wholes(result: Result) -> Iterator[tuple[Whole, bool]]:
    """Give each way to part the rows, and whether the result declares it."""
    table = result.table
    yield np.zeros(len(table), dtype=np.intp), result.parts
    for names in result.wholes:
        groups = table.groupby(list(names), dropna=False, sort=False).ngroup()
        yield groups.to_numpy().astype(np.intp), True
    for name in table.columns.difference(
        [column.name for column in result.columns if column.numeric()]
    ):
        if not pd.api.types.is_float_dtype(table[name]):
            codes, _ = pd.factorize(table[name].astype(str))
            yield np.asarray(codes, dtype=np.intp), False


def _across(result: Result, names: tuple[str, ...], width: int) -> Iterator[Floats]:
    """Give the equations within the rows, and within the totals: a column and what it sums up."""
    for whole, *parts in result.sums:
        signs = np.array([-1.0 if name == whole else float(name in parts) for name in names])
        yield np.kron(signs, np.eye(width))


def _numbers(table: pd.DataFrame, name: str | None) -> Floats:
    if name is None:
        return np.zeros(len(table))
    found: Floats = np.nan_to_num(table[name].to_numpy(dtype=float, na_value=np.nan))
    return found


def totals(sums: Sums, rows: int) -> Mask:
    """Tell which cells are totals."""
    found: Mask = sums.rows >= rows
    return found
