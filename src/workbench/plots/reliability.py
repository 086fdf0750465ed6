"""Observed against predicted rates, with intervals, and the line on which they are equal."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.plots import axes
from workbench.style import ACCENT, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(table: pd.DataFrame, *, label: str, predicted: str, equal: str, ax: "Axes") -> "Axes":
    """Draw `observed` with its interval over `predicted` for each row, on square-root scales.

    Parameters
    ----------
    table : DataFrame
        Columns `predicted`, `observed`, `low`, `high`: rates from 0 to 1.
    label, predicted : str
        What the upright and the level axis show.
    equal : str
        What stands at the line of equal rates.
    ax : Axes
        Where to draw.
    """
    end = min(1.0, 1.08 * float(table[["predicted", "high"]].max().max()))
    for scale in (ax.set_xscale, ax.set_yscale):
        scale("function", functions=(axes.root, np.square))
    ax.plot([0, end], [0, end], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    ax.annotate(
        equal,
        (0.5 * end, 0.5 * end),
        (8, -4),
        textcoords="offset points",
        ha="left",
        va="top",
        color="#6B7280",
        fontsize=9,
    )
    ax.vlines(table["predicted"], table["low"], table["high"], color=MUTED, linewidth=3)
    ax.plot(table["predicted"], table["observed"], "o", color=ACCENT, markersize=7)
    ax.set_xlim(0, end)
    ax.set_ylim(0, end)
    for axis in (ax.xaxis, ax.yaxis):
        axes.rooted(axis, end)
    ax.set_xlabel(predicted)
    ax.set_ylabel(label)
    ax.grid()
    return ax
