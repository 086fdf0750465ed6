"""Observed against predicted rates, with intervals, and the line on which they are equal."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.plots import axes
from workbench.style import ACCENT, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
"""Rates that may be labelled; on a square-root scale small ones stand far enough apart."""
CLOSEST = 0.06
"""Ticks nearer to each other than this part of the axis are left out."""


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
        scale("function", functions=(_root, np.square))
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
    ticks = _ticks(end)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(ticks, labels=[axes.tick(tick, "share") for tick in ticks])
    ax.set_xlabel(predicted)
    ax.set_ylabel(label)
    ax.grid()
    return ax


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.maximum(values, 0)))


def _ticks(end: float) -> list[float]:
    kept = [0.0]
    for tick in TICKS[1:]:
        if tick <= end and np.sqrt(tick) - np.sqrt(kept[-1]) >= CLOSEST * np.sqrt(end):
            kept.append(tick)
    return kept
