"""Curves with bands over a numeric axis, one per group, each named at its end."""

from typing import TYPE_CHECKING

import pandas as pd

from workbench.plots import axes
from workbench.style import MUTED, PALETTE
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    table: pd.DataFrame, *, groups: str, units: tuple[str, str], labels: tuple[str, str], ax: "Axes"
) -> "Axes":
    """Draw `y` with its band from `low` to `high` over `x`, a curve for each group of `table`.

    Parameters
    ----------
    table : DataFrame
        Columns `x`, `y`, `low`, `high`, and the one named by `groups`, whose texts the legend has.
    groups : str
        Column with the groups' names.
    units : tuple of str
        Units of the level and the upright axis, keys of `workbench.text.formats.UNITS`.
    labels : tuple of str
        What the two axes show.
    ax : Axes
        Where to draw.
    """
    for (name, own), colour in zip(table.groupby(groups, sort=False), PALETTE, strict=False):
        x, y = own["x"].to_numpy(float), own["y"].to_numpy(float)
        ax.fill_between(x, own["low"], own["high"], color=colour, alpha=0.2, linewidth=0)
        ax.plot(x, y, "-", color=colour, label=str(name))
        top = int(y.argmax())
        ax.plot(x[top], y[top], "o", color=colour, markersize=6)
        ax.annotate(
            formats.number(y[top], units[1]),
            (x[top], y[top]),
            (0, 7),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=9.5,
        )
    ax.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
    ax.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    ax.margins(x=0.05, y=0.14)
    axes.numbers(ax.xaxis, units[0])
    axes.numbers(ax.yaxis, units[1])
    ax.grid(axis="y")
    if len(table):
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return ax
