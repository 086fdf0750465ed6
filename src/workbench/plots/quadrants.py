"""Points in four quadrants, each named beside it, with a cross of intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.plots import axes
from workbench.style import ACCENT, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    table: pd.DataFrame,
    *,
    rows: str,
    scales: tuple[tuple[str, str], tuple[str, str]],
    quadrants: Sequence[str],
    cuts: tuple[float, float],
    ax: "Axes",
) -> "Axes":
    """Draw `x` against `y` with their intervals for each row of `table`.

    Parameters
    ----------
    table : DataFrame
        Columns `x`, `x_low`, `x_high`, `y`, `y_low`, `y_high`, `marked` (bool: drawn in the colour
        the reader should look at), and the one named by `rows`.
    rows : str
        Column with the points' names.
    scales : pair of (unit, label)
        Of x and of y: a key of `workbench.text.formats.UNITS`, and what the axis shows.
    quadrants : sequence of four str
        Names of the quadrants: upper left, upper right, lower left, lower right.
    cuts : (float, float)
        Where the quadrants meet.
    ax : Axes
        Where to draw.
    """
    for marked, color in ((False, MUTED), (True, ACCENT)):
        part = table[table["marked"] == marked]
        ax.hlines(part["y"], part["x_low"], part["x_high"], color=color, linewidth=1, alpha=0.6)
        ax.vlines(part["x"], part["y_low"], part["y_high"], color=color, linewidth=1, alpha=0.6)
        ax.plot(part["x"], part["y"], "o", color=color, markersize=8)
    sides = _away(table[["x", "y"]].to_numpy(float))
    for x, y, name, (across, up) in zip(table["x"], table["y"], table[rows], sides, strict=True):
        ax.annotate(
            str(name),
            (x, y),
            (7 * across, 6 * up),
            textcoords="offset points",
            fontsize=10,
            ha="left" if across > 0 else "right",
            va="bottom" if up > 0 else "top",
        )
    ax.axvline(cuts[0], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    ax.axhline(cuts[1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    corners = ((0.01, 0.98), (0.99, 0.98), (0.01, 0.02), (0.99, 0.02))
    for (x, y), name in zip(corners, quadrants, strict=True):
        ends = "left" if x < 0.5 else "right", "top" if y > 0.5 else "bottom"
        ax.text(
            x, y, name, transform=ax.transAxes, fontsize=9.5, color=MUTED, ha=ends[0], va=ends[1]
        )
    ax.margins(0.16)
    (x_unit, x_label), (y_unit, y_label) = scales
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    axes.numbers(ax.xaxis, x_unit)
    axes.numbers(ax.yaxis, y_unit)
    return ax


def _away(points: NDArray[np.float64]) -> NDArray[np.int_]:
    """Return for each point (n, 2) the side of its name: away from the point next to it."""
    spread = np.ptp(points, axis=0)
    apart = (points[:, None] - points[None]) / np.where(spread > 0, spread, 1.0)
    distance = np.square(apart).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argmin(axis=1)
    towards = apart[np.arange(len(points)), nearest]
    return np.where(towards < 0, -1, 1)
