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


def complemented(
    values: Floats,
    equations: Floats,
    primary: Mask,
    *,
    width: float | Floats,
    fixed: Mask | None = None,
    together: NDArray[np.intp] | None = None,
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

    Returns
    -------
    array (n,) of bool
        Where nothing less protects a cell, with everything hidden that equations tie to it.
    """
    kept = np.zeros(len(values), dtype=bool) if fixed is None else fixed
    groups = np.arange(len(values)) if together is None else together
    widths = np.broadcast_to(np.asarray(width, dtype=float), values.shape)
    free: Floats = np.where(kept, 0.0, equations)
    found = _whole(primary, groups)
    for cell in np.flatnonzero(primary):
        if not _covered(values, free, found, int(cell), widths[cell]):
            found = _whole(found | _partners(values, free, found, int(cell), widths[cell]), groups)
    return found


def _whole(found: Mask, groups: NDArray[np.intp]) -> Mask:
    """Return the cells that are hidden together with `found`."""
    members: Mask = np.isin(groups, groups[found])
    return members


def _covered(values: Floats, free: Floats, found: Mask, cell: int, width: float) -> bool:
    """Tell whether hidden cells of the only sum that `cell` is a part of already protect it."""
    sums = np.flatnonzero(free[:, cell])
    if len(sums) != 1:
        return len(sums) == 0
    alike = (free[sums[0]] == free[sums[0], cell]) & ((free != 0).sum(axis=0) == 1)
    return bool(values[found & alike].sum() - values[cell] >= width)


def _partners(values: Floats, free: Floats, found: Mask, cell: int, width: float) -> Mask:
    """Return cells that, hidden as well, leave `cell` open; all that sums tie to it if none do."""
    tied = _tied(free, cell)
    own = free[:, tied]
    own = own[(own != 0).any(axis=1)]
    at = int(tied[:cell].sum())
    partners = tied.copy()
    # The cheapest are small: what is shown is then large.
    prices = np.where(found, 0.0, 1.0 + values / max(values[tied].max(), 1.0))
    for reach in REACHES:
        moved = _moved(values[tied], own, prices[tied], at, width, reach)
        if moved is not None:
            partners[tied] = moved
            break
    return partners


def _moved(
    values: Floats, free: Floats, prices: Floats, cell: int, width: float, reach: tuple[bool, bool]
) -> Mask | None:
    """Return the cheapest cells by which one cell is open by `width`; None if there are none.

    Two changes of the table that no published number would show: one makes the cell larger, the
    other makes it smaller, by `width` together.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, kron

    smaller, empty = reach
    n = len(values)
    # Each change of each cell as what it gains and what it loses.
    gains = np.where((values > 0) | empty, np.inf, 0.0)
    up, down = np.concatenate([gains, values]), np.concatenate([gains, values])
    up[[cell, n + cell]] = width, 0.0
    down[[cell, n + cell]] = 0.0, min(width, values[cell]) if smaller else 0.0
    moves = csr_array(np.hstack([free, -free]))
    apart = csr_array(([-1.0, -1.0], ([0, 0], [cell, 3 * n + cell])), shape=(1, 4 * n))
    solved = linprog(
        np.tile(prices, 4),
        A_ub=apart,
        b_ub=[-width],
        A_eq=kron(np.eye(2), moves, format="csr"),
        b_eq=np.zeros(2 * len(free)),
        bounds=np.column_stack([np.zeros(4 * n), np.concatenate([up, down])]),
        method="highs",
    )
    if solved.status != 0:
        return None
    moved: Mask = solved.x.reshape(4, n).max(axis=0) > TOLERANCE
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
