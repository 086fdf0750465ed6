"""Which cells of a table to hide beside the small ones, and what an attacker could still work out.

A table is a vector of numbers that are not negative, and equations between them that a reader knows
(rows sum to totals). Hiding one cell of a sum hides nothing. For each small cell the cheapest set
of partners is found by linear programming: a change of the hidden cells that no published number
would show, by which the small cell is larger by the width of the protection (Kelly, Golden & Assad
1992, Networks 22:397–417; Hundepool et al. 2012, Statistical Disclosure Control, ch. 4).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
TOLERANCE = 1e-6
REACHES = ((False, False), (True, False), (True, True))
"""What may protect a cell, in the order tried: whether it may also be smaller, and whether cells
that are empty may be partners."""


def complemented(  # noqa: PLR0913 - a table, and what is decided about it
    values: Floats,
    equations: Floats,
    primary: Mask,
    *,
    width: float | Floats,
    fixed: Mask | None = None,
    together: NDArray[np.intp] | None = None,
    price: float | Floats = 1.0,
) -> Mask:
    """Return the cells to hide: the primary ones and their partners.

    Parameters
    ----------
    values : array (n,)
        All cells, totals among them.
    equations : array (m, n)
        Each row times `values` is zero: parts with 1, their total with -1.
    primary : array (n,) of bool
        Cells that must not be known.
    width : float or array (n,)
        How far apart the least and the greatest value must be that a reader cannot exclude.
    fixed : array (n,) of bool, optional
        Cells that are published in any case. Default: none.
    together : array (n,) of int, optional
        Cells with the same number are hidden together, such as those of a row. Default: none are.
    price : float or array (n,)
        What a unit of a cell costs as a partner; large cells cost up to twice as much.

    Returns
    -------
    array (n,) of bool
        Where nothing less protects a cell, with everything hidden that equations tie to it.
    """
    kept = np.zeros(len(values), dtype=bool) if fixed is None else fixed
    groups = np.arange(len(values)) if together is None else together
    widths = np.broadcast_to(np.asarray(width, dtype=float), values.shape)
    free: Floats = np.where(kept, 0.0, equations)
    alike = _alike(free, groups)
    found = _whole(primary, groups)
    for cell in np.flatnonzero(primary):
        # A group may take over what the hidden groups alike hold, and no sum would show it.
        like = found & (alike == alike[cell])
        if values[like].sum() - values[cell] >= widths[cell] or not free[:, cell].any():
            continue
        costs = np.where(found, 0.0, price)
        found |= _partners(values, free, costs, int(cell), widths[cell])
        found = _whole(found, groups)
    return found


def _whole(found: Mask, groups: NDArray[np.intp]) -> Mask:
    """Return the cells that are hidden together with `found`."""
    members: Mask = np.isin(groups, groups[found])
    return members


def _alike(free: Floats, groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return a number per cell, equal for cells at one place of groups with equal equations."""
    order = np.argsort(groups, kind="stable")
    own = free != 0
    found: NDArray[np.intp] = np.empty(len(groups), dtype=np.intp)
    numbers: dict[tuple[bytes, ...], int] = {}
    for at in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        inner = own[:, at].sum(axis=1) == own.sum(axis=1)
        outer = own[:, at].any(axis=1) & ~inner
        key = outer.tobytes(), free[np.ix_(outer, at)].tobytes(), _inner(free, inner, at)
        found[at] = numbers.setdefault(key, len(numbers)) * len(groups) + np.arange(len(at))
    return found


def _inner(free: Floats, inner: Mask, cells: NDArray[np.intp]) -> bytes:
    """Return the equations that no cell but `cells` is a part of, in an order of their own."""
    rows = free[np.ix_(inner, cells)]
    return b"".join(sorted(row.tobytes() for row in rows if row.any()))


def _partners(values: Floats, free: Floats, costs: Floats, cell: int, width: float) -> Mask:
    """Return cells that, hidden as well, leave `cell` open; all that sums tie to it if none do."""
    hidden: Mask = costs == 0
    if _moved(values, free, costs, cell, width, hidden, (False, True)) is not None:
        return hidden
    tied = _tied(free, cell)
    # The cheapest are small: what is shown is then large.
    prices = costs * (1.0 + values / max(values[tied].max(), 1.0))
    for reach in REACHES:
        moved = _moved(values, free, prices, cell, width, tied, reach)
        if moved is not None:
            return moved
    return tied


def _moved(  # noqa: PLR0913 - one linear programme
    values: Floats,
    free: Floats,
    prices: Floats,
    cell: int,
    width: float,
    among: Mask,
    reach: tuple[bool, bool],
) -> Mask | None:
    """Return the cheapest cells `among` which one cell is open by `width`; None if there are none.

    One change of the table that no published number would show makes the cell larger; where it may
    also be smaller, another one does that, and both are apart by `width` together.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, kron

    smaller, empty = reach
    own = values[among]
    n, at, changes = len(own), int(among[:cell].sum()), 1 + smaller
    moves = free[:, among]
    moves = csr_array(np.hstack([moves, -moves])[(moves != 0).any(axis=1)])
    # Each change of each cell as what it gains and what it loses.
    most = np.tile(np.concatenate([np.where((own > 0) | empty, np.inf, 0.0), own]), changes)
    most[[at, n + at]] = width, 0.0
    apart: Floats = np.zeros((1, len(most)))
    apart[0, at] = -1.0
    if smaller:
        most[[2 * n + at, 3 * n + at]] = 0.0, min(width, values[cell])
        apart[0, 3 * n + at] = -1.0
    solved = linprog(
        np.tile(prices[among], 2 * changes),
        A_ub=csr_array(apart),
        b_ub=[-width],
        A_eq=kron(np.eye(changes), moves, format="csr"),
        b_eq=np.zeros(changes * moves.shape[0]),
        bounds=np.column_stack([np.zeros(len(most)), most]),
        method="highs",
    )
    if solved.status != 0:
        return None
    moved: Mask = np.zeros(len(values), dtype=bool)
    moved[among] = solved.x.reshape(2 * changes, n).max(axis=0) > TOLERANCE
    return moved


def _tied(free: Floats, cell: int) -> Mask:
    """Return the cells that a chain of equations ties to `cell`, itself included."""
    tied: Mask = np.arange(free.shape[1]) == cell
    while True:
        shared = (free[:, tied] != 0).any(axis=1)
        wider = tied | (free[shared] != 0).any(axis=0)
        if (wider == tied).all():
            return tied
        tied = wider


def intervals(values: Floats, equations: Floats, hidden: Mask) -> tuple[Floats, Floats]:
    """Return the least and the greatest value that a reader must allow for each cell.

    The reader knows the equations, the published cells, and that none is negative. For a published
    cell both are its value; a greatest value may be infinite.
    """
    from scipy.optimize import linprog

    at = np.flatnonzero(hidden)
    low, high = values.astype(float).copy(), values.astype(float).copy()
    known = -equations[:, ~hidden] @ values[~hidden]
    for place, cell in enumerate(at):
        aim: Floats = np.zeros(len(at))
        aim[place] = 1
        ends: list[float] = []
        for sign in (1, -1):
            solved: Any = linprog(
                sign * aim, A_eq=equations[:, hidden], b_eq=known, bounds=(0, None), method="highs"
            )
            ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
        low[cell], high[cell] = ends
    return low, high


def recoverable(
    values: Floats, equations: Floats, hidden: Mask, primary: Mask, *, width: float | Floats
) -> Mask:
    """Tell which primary cells a reader can narrow down to less than `width` (an audit)."""
    low, high = intervals(values, equations, hidden)
    found: Mask = primary & (high - low < (1 - TOLERANCE) * np.asarray(width))
    return found


def dominated(total: Floats, largest: Floats, second: Floats, *, share: float) -> Mask:
    """Tell which sums give away their largest contribution (the p % rule).

    The second largest contributor, who knows its own, could estimate the largest to within `share`
    of it (Hundepool et al. 2012, ch. 4.2).
    """
    found: Mask = (total - largest - second < share * largest) & (largest > 0)
    return found


def concentrated(total: Floats, largest: Floats, *, share: float) -> Mask:
    """Tell which sums owe more than `share` to their largest contributions (the (n, k) rule).

    Parameters
    ----------
    total : array (rows,)
        The sums.
    largest : array (rows, n)
        Their n largest contributions.
    share : float
        k as a fraction (Hundepool et al. 2012, ch. 4.2).
    """
    found: Mask = (largest.sum(axis=1) > share * total) & (total > 0)
    return found
