"""Lines over time, one per group, each named at its end."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import chart
from workbench.plots import axes
from workbench.style import PALETTE
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELLED = 10
"""At most about so many places are labelled; the others stand between them."""


def draw(
    table: pd.DataFrame,
    *,
    columns: str,
    lines: Mapping[str, str],
    unit: str,
    label: str,
    ax: "Axes",
) -> "Axes":
    """Draw the columns named in `lines` over the rows of `table`, from left to right.

    Parameters
    ----------
    table : DataFrame
        The columns of `lines`, and the one named by `columns`, whose texts stand below.
    columns : str
        Column with the places' labels.
    lines : mapping of str to str
        Column → what the legend calls it; the last number of each stands at its end.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    """
    at = np.arange(len(table))
    written = formats.common(unit, table[list(lines)].to_numpy(float).ravel())
    for (column, name), colour in zip(lines.items(), PALETTE, strict=False):
        values = table[column].to_numpy(float)
        ax.plot(at, values, "o-", color=colour, label=name, markersize=4)
        known = at[~np.isnan(values)]
        if len(known):
            # Behind a line that ends early others go on: its number stands above its end.
            early = known[-1] < at[-1]
            ax.annotate(
                formats.number(values[known[-1]], written),
                (known[-1], values[known[-1]]),
                (0, 7) if early else (6, 0),
                textcoords="offset points",
                va="bottom" if early else "center",
                ha="center" if early else "left",
                color=colour,
                fontsize=9.5,
            )
    every = max(1, -(-len(table) // LABELLED))
    shown = at[::-1][::every][::-1]
    ax.set_xticks(shown, labels=[str(table[columns].iloc[place]) for place in shown])
    ax.set_ylabel(label)
    ax.set_ylim(bottom=0)
    ax.margins(x=0.08, y=0.16)
    axes.numbers(ax.yaxis, written)
    ax.grid(axis="y")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(lines), borderaxespad=0.2)
    series = tuple(
        chart.Series(name, chart.values(table[column]), colour)
        for (column, name), colour in zip(lines.items(), PALETTE, strict=False)
    )
    chart.note(ax, chart.Chart("lines", tuple(map(str, table[columns])), series, unit, label))
    return ax
