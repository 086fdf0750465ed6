"""Dots with intervals and, in each row, a mark at the value that was expected."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.plots import axes
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(  # noqa: PLR0913 - the rows, what they are called, and the scale
    table: pd.DataFrame,
    *,
    rows: str,
    unit: str,
    label: str,
    names: tuple[str, str],
    ax: "Axes",
    rooted: bool = False,
) -> "Axes":
    """Draw `value` with its interval and `target` for each row of `table`, top down.

    Parameters
    ----------
    table : DataFrame
        Columns `value`, `low`, `high`, `target`, and the one named by `rows`, whose texts stand at
        the left.
    rows : str
        Column with the rows' labels.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    names : pair of str
        What the legend calls the dots and the marks.
    ax : Axes
        Where to draw.
    rooted : bool
        Whether the scale is the square root, on which small rates stand apart.
    """
    at = np.arange(len(table))
    ax.hlines(at, table["low"], table["high"], color=MUTED, linewidth=3, capstyle="round")
    ax.plot(table["value"], at, "o", color=ACCENT, markersize=7, label=names[0])
    ax.plot(table["target"], at, "|", color=PALETTE[1], markersize=16, mew=2.5, label=names[1])
    ax.set_yticks(at, labels=[str(row) for row in table[rows]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlabel(label)
    if rooted:
        end = min(1.0, 1.08 * float(table[["value", "high", "target"]].max().max()))
        ax.set_xscale("function", functions=(axes.root, np.square))
        ax.set_xlim(0, end)
        axes.rooted(ax.xaxis, end)
    else:
        ax.margins(x=0.08)
        axes.numbers(ax.xaxis, unit)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return ax
