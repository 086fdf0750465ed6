"""How far each figure moved, in units of its usual variation, before the band of what is usual."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.plots import axes
from workbench.style import ACCENT, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FARTHEST = 6.0
"""Beyond this a dot stands at the edge: that it is far out is all there is to see."""


def draw(table: pd.DataFrame, *, rows: str, width: float, label: str, ax: "Axes") -> "Axes":
    """Draw `value` as a dot for each row of `table`, top down, before the band up to `width`.

    Parameters
    ----------
    table : DataFrame
        Column `value`, a change in units of its usual spread, and the one named by `rows`, whose
        texts stand at the left. A row without a value is named but not drawn.
    rows : str
        Column with the rows' labels.
    width : float
        Half the width of the band.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    """
    at = np.arange(len(table))
    value = table["value"].to_numpy(float).clip(-FARTHEST, FARTHEST)
    ax.axvspan(-width, width, color=MUTED, alpha=0.25, linewidth=0)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.hlines(at, 0, value, color=MUTED, linewidth=2)
    out = np.abs(value) > width
    ax.plot(value[~out], at[~out], "o", color=MUTED, markersize=8)
    ax.plot(value[out], at[out], "o", color=ACCENT, markersize=8)
    ax.set_yticks(at, labels=[str(row) for row in table[rows]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(
        *(side * max(width + 1, np.nanmax(np.abs(value), initial=0) + 0.5) for side in (-1, 1))
    )
    ax.set_xlabel(label)
    axes.numbers(ax.xaxis, "points")
    ax.spines["left"].set_visible(False)
    return ax
