"""A grid of numbers, shaded by how large they are in their column or of all, some marked."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.style import ACCENT
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY, FOUR = 6, 4
"""Columns above which headings are folded closer; characters of Chinese that stay on one line."""
LETTERS, CLOSE = 13, 9
"""Letters of a line of an English heading: in a grid of few columns, and of many."""
CHINESE = re.compile("[\u3400-\u9fff]")
"""Characters that tell a Chinese heading; a minus, a dash or an apostrophe does not."""


def draw(
    table: pd.DataFrame,
    *,
    marks: NDArray[Any],
    unit: str,
    label: str,
    ax: "Axes",
    whole: bool = False,
) -> "Axes":
    """Draw each number of `table` in its cell; index and columns name rows and columns.

    Parameters
    ----------
    table : DataFrame
        Numbers; a missing one is a dash on white.
    marks : array of str or None
        Of the same shape: what stands behind a number, so that no reader needs the colour.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the numbers are.
    ax : Axes
        Where to draw.
    whole : bool
        Whether shades compare all cells, from nothing to the greatest; else each column has its
        own, from its least to its greatest.
    """
    from matplotlib.colors import LinearSegmentedColormap

    values = table.to_numpy(float)
    shades = LinearSegmentedColormap.from_list("house", ["#FFFFFF", ACCENT])
    if values.size:
        greatest = np.nanmax(values, initial=0.0) or 1.0
        shown = np.ma.masked_invalid(values / greatest if whole else _within_columns(values))
        # The darkest cell is a third of the accent: black numbers stay readable on every cell.
        ax.imshow(shown, cmap=shades, vmin=0, vmax=3, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        mark = marks[row, column]
        written = formats.number(value, unit) + (f" {mark}" if mark else "")
        weight = "bold" if mark else "normal"
        ax.text(column, row, written, ha="center", va="center", fontsize=9.5, weight=weight)
    many = len(table.columns) > MANY
    names = [_folded(str(name), many) for name in table.columns]
    ax.set_xticks(range(len(table.columns)), labels=names, fontsize=8 if many else 9)
    ax.set_yticks(range(len(table)), labels=[str(name) for name in table.index])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(label)
    return ax


def _folded(name: str, many: bool) -> str:
    """Return the heading `name` in lines: at spaces, and in a grid of many columns at hyphens.

    Short words share a line. Chinese has neither spaces nor hyphens: beside many columns a name of
    five characters or more breaks in the middle.
    """
    if CHINESE.search(name):
        half = (len(name) + 1) // 2
        return f"{name[:half]}\n{name[half:]}" if many and len(name) > FOUR else name
    words = (name.replace("-", "- ") if many else name).split(" ")
    width = max(CLOSE if many else LETTERS, *map(len, words))
    lines = [words[0]]
    for word in words[1:]:
        joined = lines[-1] + ("" if lines[-1].endswith("-") else " ") + word
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return "\n".join(lines)


def _within_columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where each number lies between the least (0) and the greatest (1) of its column."""
    known = ~np.isnan(values).all(axis=0)
    low, high = np.zeros(values.shape[1]), np.ones(values.shape[1])
    low[known], high[known] = (
        np.nanmin(values[:, known], axis=0),
        np.nanmax(values[:, known], axis=0),
    )
    return np.asarray((values - low) / np.where(high > low, high - low, 1.0))
