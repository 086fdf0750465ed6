"""Upright bars over time, some of them in the colour that the reader should look at."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import chart
from workbench.plots import axes
from workbench.style import ACCENT, MUTED
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELLED = 12
"""At most about so many bars are labelled; the others stand between them."""


def draw(
    table: pd.DataFrame,
    *,
    columns: str,
    unit: str,
    label: str,
    ax: "Axes",
    reference: float | None = None,
) -> "Axes":
    """Draw `value` as an upright bar for each row of `table`, from left to right.

    Parameters
    ----------
    table : DataFrame
        Columns `value`, `strong` (whether the bar stands out and bears its number), and the one
        named by `columns`, whose texts stand below.
    columns : str
        Column with the bars' labels.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    reference : float or None
        A value all bars are compared with, drawn as a line.
    """
    at = np.arange(len(table))
    written = formats.common(unit, table["value"])
    strong = table["strong"].to_numpy(bool)
    ax.bar(at, table["value"], width=0.7, color=[ACCENT if s else MUTED for s in strong])
    if reference is not None:
        ax.axhline(reference, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    for place in at[strong]:
        value = float(table["value"].iloc[place])
        ax.annotate(
            formats.number(value, written),
            (place, value),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=9.5,
        )
    every = -(-len(table) // LABELLED)
    shown = at[::-1][::every][::-1]
    ax.set_xticks(shown, labels=[str(table[columns].iloc[place]) for place in shown])
    ax.set_ylabel(label)
    ax.set_ylim(bottom=0)
    ax.margins(y=0.12)
    axes.numbers(ax.yaxis, written)
    ax.grid(axis="y")
    series = chart.Series(label, chart.values(table["value"]), ACCENT)
    names, stands_out = tuple(map(str, table[columns])), tuple(strong.tolist())
    chart.note(
        ax, chart.Chart("columns", names, (series,), unit, label, stands_out, reference=reference)
    )
    return ax
