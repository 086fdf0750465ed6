"""Dots with intervals, one row per group."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.plots import axes
from workbench.style import ACCENT, MUTED, PALETTE
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    table: pd.DataFrame,
    *,
    rows: str,
    unit: str,
    label: str,
    ax: "Axes",
    reference: float | None = None,
) -> "Axes":
    """Draw `value` with its interval from `low` to `high` for each row of `table`, top down.

    Parameters
    ----------
    table : DataFrame
        Columns `value`, `low`, `high`, and the one named by `rows`, whose texts stand at the left.
        A row without a value is named but not drawn. Where there is a column `strong`, dots of its
        rows stand out.
    rows : str
        Column with the rows' labels.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    reference : float or None
        A value all rows are compared with, drawn as a line behind them.
    """
    at = np.arange(len(table))
    if reference is not None:
        ax.axvline(reference, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    ax.hlines(at, table["low"], table["high"], color=MUTED, linewidth=3, capstyle="round")
    ax.plot(table["value"], at, "o", color=ACCENT, markersize=7)
    if "strong" in table:
        strong = table["strong"].to_numpy(bool)
        ax.plot(table["value"][strong], at[strong], "o", color=PALETTE[1], markersize=8)
    for place, value, high in zip(at, table["value"], table["high"], strict=True):
        if not np.isnan(value):
            written = formats.number(value, unit)
            ax.annotate(
                written,
                (value if np.isnan(high) else high, place),
                (6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9.5,
            )
    ax.set_yticks(at, labels=[str(row) for row in table[rows]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlabel(label)
    ax.margins(x=0.12)
    axes.numbers(ax.xaxis, unit)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    return ax
