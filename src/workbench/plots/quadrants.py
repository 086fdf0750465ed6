"""Points in four quadrants, each named beside it, with a cross of intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.plots import axes
from workbench.style import ACCENT, MUTED

MARGIN, SIZE, DOT = 0.16, 10, 5.0
"""Share of the spread left free at each end; size of the names and radius of a point, in points."""
ACROSS, UP = 7, 6
"""Points between a point and its name."""
SPREAD = 4
"""Names longer than this are placed so that none lies on another, or on a point."""
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
    names = [str(name) for name in table[rows]]
    sides = _away(table[["x", "y"]].to_numpy(float))
    if any(len(name) > SPREAD for name in names):
        sides = _apart(_points(table, ax), names, sides)
    for x, y, name, (across, up) in zip(table["x"], table["y"], names, sides, strict=True):
        ax.annotate(
            name,
            (x, y),
            (ACROSS * across, UP * up),
            textcoords="offset points",
            fontsize=SIZE,
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
    ax.margins(MARGIN)
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


def _points(table: pd.DataFrame, ax: "Axes") -> NDArray[np.float64]:
    """Return where each point (n, 2) comes to stand on `ax`, in typographic points."""
    sizes = 72 * np.asarray(ax.bbox.size) / ax.figure.dpi
    found = []
    for axis, size in zip("xy", sizes, strict=True):
        ends = table[[axis, f"{axis}_low", f"{axis}_high"]].to_numpy(float)
        low, high = np.nanmin(ends), np.nanmax(ends)
        spread = (high - low or 1.0) * (1 + 2 * MARGIN)
        found.append(size * (table[axis].to_numpy(float) - low) / spread)
    return np.column_stack(found)


def _apart(
    points: NDArray[np.float64], names: Sequence[str], sides: NDArray[np.int_]
) -> NDArray[np.int_]:
    """Return sides (n, 2) on which names lie on as few other names and points as can be.

    One name after the other takes the free side, its own of `sides` first.
    """
    dots = np.column_stack([points - DOT, points + DOT])
    taken: list[NDArray[np.float64]] = []
    found = np.array(sides)
    for at, name in enumerate(names):
        choices = [sides[at] * turn for turn in np.array([(1, 1), (-1, 1), (1, -1), (-1, -1)])]
        boxes = [_box(points[at], name, side) for side in choices]
        others = np.vstack([np.delete(dots, at, axis=0), *taken])
        best = int(np.argmin([_covered(box, others) for box in boxes]))
        found[at] = choices[best]
        taken.append(boxes[best])
    return found


def _box(point: NDArray[np.float64], name: str, side: NDArray[np.int_]) -> NDArray[np.float64]:
    """Return the box (left, bottom, right, top) of a name on one side of its point."""
    # A Chinese character is as wide as it is high, a Latin letter half as wide.
    width = SIZE * sum(1.0 if ord(letter) > 0x2E80 else 0.55 for letter in name)
    near = point + side * np.array([ACROSS, UP])
    far = near + side * np.array([width, SIZE])
    return np.concatenate([np.minimum(near, far), np.maximum(near, far)])


def _covered(box: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return the area of `box` that the boxes `others` (n, 4) cover."""
    shared = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return float(np.prod(np.maximum(shared, 0.0), axis=1).sum())
