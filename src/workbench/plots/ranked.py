"""Horizontal bars, one per row, some of them in the colour that the reader should look at."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import chart
from workbench.plots import axes
from workbench.style import ACCENT, MUTED
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(table: pd.DataFrame, *, rows: str, unit: str, label: str, ax: "Axes") -> "Axes":
    """Draw `value` as a bar with its number for each row of `table`, top down.

    Parameters
    ----------
    table : DataFrame
        Columns `value`, `strong` (whether the bar stands out), and the one named by `rows`, whose
        texts stand at the left.
    rows : str
        Column with the rows' labels.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    """
    at = np.arange(len(table))
    written = formats.common(unit, table["value"])
    colours = [ACCENT if strong else MUTED for strong in table["strong"]]
    ax.barh(at, table["value"], height=0.62, color=colours, linewidth=0)
    for place, value in zip(at, table["value"], strict=True):
        ax.annotate(
            formats.number(value, written),
            (value, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    ax.set_yticks(at, labels=[str(row) for row in table[rows]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.margins(x=0.12)
    ax.set_xlim(left=0)
    ax.set_xlabel(label)
    axes.numbers(ax.xaxis, written)
    ax.spines["left"].set_visible(False)
    chart.note(ax, _chart(table, rows, unit, label))
    return ax


def _chart(table: pd.DataFrame, rows: str, unit: str, label: str) -> chart.Chart:
    series = chart.Series(label, chart.values(table["value"]), ACCENT)
    strong = tuple(map(bool, table["strong"]))
    return chart.Chart("ranked", tuple(map(str, table[rows])), (series,), unit, label, strong)
