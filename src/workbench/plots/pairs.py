"""Two dots a row, joined by a line: what was and what is."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.plots import axes
from workbench.style import ACCENT, MUTED
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    table: pd.DataFrame,
    *,
    rows: str,
    ends: tuple[tuple[str, str], tuple[str, str]],
    unit: str,
    label: str,
    ax: "Axes",
) -> "Axes":
    """Draw two columns of `table` as hollow and full dots, one pair for each row, top down.

    Parameters
    ----------
    table : DataFrame
        The two columns, and the one named by `rows`, whose texts stand at the left.
    rows : str
        Column with the rows' labels.
    ends : pair of (column, name)
        First the hollow dot, then the full one, with what the legend calls them.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    """
    (first, first_name), (second, second_name) = ends
    at = np.arange(len(table))
    written = formats.common(unit, [*table[first], *table[second]])
    ax.hlines(at, table[first], table[second], color=MUTED, linewidth=3)
    ax.plot(table[first], at, "o", markersize=8, label=first_name, mfc="white", mec=MUTED, mew=2)
    ax.plot(table[second], at, "o", markersize=8, color=ACCENT, label=second_name)
    for place, one, other in zip(at, table[first], table[second], strict=True):
        for value, side in ((one, one - other), (other, other - one)):
            ax.annotate(
                formats.number(value, written),
                (value, place),
                (8 if side >= 0 else -8, 0),
                textcoords="offset points",
                ha="left" if side >= 0 else "right",
                va="center",
                fontsize=9,
                annotation_clip=False,
            )
    ax.set_yticks(at, labels=[str(row) for row in table[rows]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.margins(x=0.16)
    ax.set_xlabel(label)
    axes.numbers(ax.xaxis, written)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return ax
