"""Horizontal bars to both sides of zero that add up to a total, which stands last."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.plots import axes
from workbench.style import ACCENT, MUTED, PALETTE
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST, LETTER = 0.3, 0.03
"""Room at both ends, as parts of what the bars span: at least, and for a letter of a number."""


def draw(
    table: pd.DataFrame, *, rows: str, total: str, unit: str, label: str, ax: "Axes"
) -> "Axes":
    """Draw `value` as a bar with its number for each row of `table`, and their sum below.

    Parameters
    ----------
    table : DataFrame
        Columns `value` and the one named by `rows`, whose texts stand at the left.
    rows : str
        Column with the rows' labels.
    total : str
        What the sum is called.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    ax : Axes
        Where to draw.
    """
    values = [*table["value"].fillna(0.0), float(table["value"].sum())]
    at = np.arange(len(values))
    written = formats.common(unit, values)
    colours = [PALETTE[1] if value > 0 else MUTED for value in values[:-1]]
    ax.barh(at, values, height=0.62, color=[*colours, ACCENT], linewidth=0)
    for place, value in zip(at, values, strict=True):
        ax.annotate(
            formats.signed(value, written),
            (value, place),
            (5 if value >= 0 else -5, 0),
            textcoords="offset points",
            ha="left" if value >= 0 else "right",
            va="center",
            fontsize=9,
            annotation_clip=False,
        )
    ax.axvline(0, color="black", linewidth=0.8)
    ax.axhline(len(values) - 1.5, color=MUTED, linewidth=0.6)
    ax.set_yticks(at, labels=[*(str(row) for row in table[rows]), total])
    ax.set_ylim(len(values) - 0.4, -0.6)
    longest = max(len(formats.signed(value, written)) for value in values)
    ax.margins(x=max(LEAST, LETTER * longest))
    ax.set_xlabel(label)
    axes.numbers(ax.xaxis, written)
    ax.spines["left"].set_visible(False)
    return ax


def with_rest(table: pd.DataFrame, whole: float, rest: str) -> pd.DataFrame:
    """Return `label` and `value` of `table`, rows without a value as one, which is called `rest`.

    Its value is what the others lack of `whole`.
    """
    shown = table[["label", "value"]].dropna(subset=["value"])
    if len(shown) == len(table):
        return shown
    left = pd.DataFrame({"label": [rest], "value": [whole - float(shown["value"].sum())]})
    return pd.concat([shown, left], ignore_index=True)
