"""Horizontal bars cut into parts, one bar per row."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import chart, style
from workbench.plots import axes
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOM = 0.055
"""Smallest part of the axis that has room for its number."""


def stacked(
    table: pd.DataFrame,
    *,
    rows: str,
    parts: Mapping[str, tuple[str, str]],
    unit: str,
    label: str,
    ax: "Axes",
) -> "Axes":
    """Draw the columns named in `parts` end to end, one bar for each row of `table`, top down.

    Parameters
    ----------
    table : DataFrame
        The columns of `parts`, and the one named by `rows`, whose texts stand at the left.
    rows : str
        Column with the rows' labels.
    parts : mapping of str to (name, colour)
        Columns in the order they are drawn, what the legend calls them and their colours. Numbers
        are written into parts that have room.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    """
    at, start = list(range(len(table))), np.zeros(len(table))
    written = formats.common(unit, table[list(parts)].to_numpy(float).ravel())
    whole = float(table[list(parts)].sum(axis=1).max()) or 1.0
    for column, (name, colour) in parts.items():
        width = table[column].fillna(0).to_numpy(float)
        ax.barh(at, width, left=start, height=0.62, color=colour, label=name, linewidth=0)
        for place, size, left in zip(at, width, start, strict=True):
            if size >= ROOM * whole:
                ax.text(
                    left + size / 2,
                    place,
                    formats.number(size, written),
                    ha="center",
                    va="center",
                    color=style.on(colour),
                    fontsize=9,
                )
        start = start + width
    ax.set_yticks(at, labels=[str(row) for row in table[rows]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0, whole)
    ax.set_xlabel(label)
    axes.numbers(ax.xaxis, written)
    ax.spines["left"].set_visible(False)
    # From the right end: long row labels leave the legend more room on the left than the axes has.
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(parts), borderaxespad=0.2)
    series = tuple(
        chart.Series(name, chart.values(table[column]), colour)
        for column, (name, colour) in parts.items()
    )
    chart.note(ax, chart.Chart("stacked", tuple(map(str, table[rows])), series, unit, label))
    return ax
