"""Segments looked for in each group of cells, and customers placed in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from workbench.data.segment_store import Frozen
from workbench.rules.customer_cells import Cells
from workbench.rules.segmentation import Segmentation
from workbench.stats import segment_card
from workbench.stats.segmentation import Columns, Learned, Manner, learned, segments
from workbench.stats.structure import Effort, Limits

STARTS, DRAWS, SAMPLE, MICRO = 10, 5, 1_000, 600
"""Starts of a search, draws of the gap, rows with silhouettes, and groups that stand for all."""


@dataclass(frozen=True)
class Looking:
    """How hard it is looked for segments.

    Attributes
    ----------
    most : int
        Most segments of a group that are tried.
    pairs : int
        Pairs of bootstrap samples that are compared.
    seed : int
        Decides starts and samples.
    """

    most: int
    pairs: int
    seed: int


def segment_search(
    customers: pd.DataFrame,
    cells: Cells,
    rules: Segmentation,
    day: date,
    how: Looking,
) -> list[Learned]:
    """Look for segments in each group of cells of the rule pack.

    Parameters
    ----------
    customers : DataFrame
        Customers of `day` with what forms segments.
    cells : Cells
        Their cells, from `rules.customer_cells.cells`.
    day : date
        Month end of the customers; it stands on the cards.
    how : Looking
        How hard it is looked.

    Raises
    ------
    DataError
        A column that forms segments is missing.
    """
    columns, limits = Columns(*rules.formed_of()), rules.limits
    bounds = Limits(limits.agreement, limits.depth, limits.z, limits.entropy, limits.smallest)
    effort = Effort(how.pairs, STARTS, DRAWS, SAMPLE, MICRO)
    manner = Manner(how.most, bounds, limits.rows, effort, how.seed)
    groups = pd.Series(cells.cell).map(rules.group_of()).to_numpy()
    return [
        learned(each.code, customers[groups == each.code], columns, manner=manner, day=day)
        for each in rules.within
    ]


def held(found: Sequence[Learned], frozen: Frozen | None) -> list[Learned]:
    """Return what was found with the cards of `frozen` in place of those just made.

    A group of which nothing was frozen stays whole. Without `frozen` all is as it was found.

    Raises
    ------
    DataError
        A card is of another format, or was changed.
    """
    if frozen is None:
        return list(found)
    cards = {group: segment_card.read(text) for group, text in frozen.cards.items()}
    return [replace(each, card=cards.get(each.group)) for each in found]


def placed(
    customers: pd.DataFrame, cells: Cells, found: Sequence[Learned], rules: Segmentation
) -> pd.DataFrame:
    """Return `cell_group`, `segment` and `certainty` of each customer by the frozen cards."""
    groups = pd.Series(cells.cell, dtype=object).map(rules.group_of()).to_numpy(dtype=object)
    return segments(customers, groups, found, Columns(*rules.formed_of()))
