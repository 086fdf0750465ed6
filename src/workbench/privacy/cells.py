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


def complemented(
    values: Floats, equations: Floats, primary: Mask, *, width: float, fixed: Mask | None = None
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
    width : float
        How far apart the least and the greatest value must be that a reader cannot exclude.
    fixed : array (n,) of bool, optional
        Cells that are published in any case. Default: none.

    Returns
    -------
    array (n,) of bool
        With all cells that are not fixed hidden where nothing less protects.
    """
    kept = np.zeros(len(values), dtype=bool) if fixed is None else fixed
    hidden = primary.copy()
    for cell in np.flatnonzero(primary):
        partners = _partners(values, equations, hidden, kept, (int(cell), width))
        if partners is None:
            return ~kept | primary
        hidden |= partners
    return hidden


def _partners(
    values: Floats, equations: Floats, hidden: Mask, fixed: Mask, wanted: tuple[int, float]
) -> Mask | None:
    """Return the cheapest cells to hide so that one cell may be larger; None if there are none."""
    from scipy.optimize import linprog

    cell, width = wanted
    n = len(values)
    # A change of each cell, as what it gains and what it loses; an empty cell stays empty.
    gains = [(0.0, 0.0 if fixed[at] or values[at] == 0 else None) for at in range(n)]
    losses = [(0.0, 0.0 if fixed[at] else float(values[at])) for at in range(n)]
    gains[cell], losses[cell] = (width, width), (0.0, 0.0)
    cost = np.where(hidden, 0.0, 1.0 + values / max(values.max(), 1.0))
    solved = linprog(
        np.concatenate([cost, cost]),
        A_eq=np.hstack([equations, -equations]),
        b_eq=np.zeros(len(equations)),
        bounds=[*gains, *losses],
        method="highs",
    )
    if solved.status != 0:
        return None
    moved: Mask = solved.x[:n] + solved.x[n:] > TOLERANCE
    return moved


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
    values: Floats, equations: Floats, hidden: Mask, primary: Mask, *, width: float
) -> Mask:
    """Tell which primary cells a reader can narrow down to less than `width` (an audit)."""
    low, high = intervals(values, equations, hidden)
    found: Mask = primary & (high - low < width - TOLERANCE)
    return found


def dominated(total: Floats, largest: Floats, second: Floats, *, share: float) -> Mask:
    """Tell which sums give away their largest contribution (the p % rule).

    The second largest contributor, who knows its own, could estimate the largest to within `share`
    of it (Hundepool et al. 2012, ch. 4.2).
    """
    found: Mask = (total - largest - second < share * largest) & (largest > 0)
    return found
