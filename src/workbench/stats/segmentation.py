"""From customers of one cell to a frozen segmentation, and from any customers to their segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check
from workbench.stats import segment_card
from workbench.stats.arrays import Codes, Vector
from workbench.stats.clusters import adjusted_rand, crossed
from workbench.stats.kmeans import kmeans
from workbench.stats.latent_mixed import mixed_classes
from workbench.stats.patterns import patterns
from workbench.stats.prototypes import prototypes
from workbench.stats.search import Search
from workbench.stats.segment_card import Card
from workbench.stats.structure import Effort, Limits, Structure, embedded, structure

SURE = 0.8
"""Probability from which a customer is placed with certainty."""
EXTRACTIONS = ("kmeans", "prototypes")
"""Other ways to form the same number of groups."""


@dataclass(frozen=True)
class Columns:
    """What forms segments: name and transform of numbers, name and codes of categories."""

    numbers: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Customers as a model sees them: transformed `numbers` (n, d), NaN, and `codes` (n, q), -1."""

    numbers: Vector
    codes: Codes


@dataclass(frozen=True, eq=False, repr=False)
class Learned:
    """What was found in one group of cells.

    Attributes
    ----------
    group : str
    rows : Rows
    structure : Structure or None
        None where there were too few customers to look.
    card : Card or None
        None where there is no stable structure.
    agreement : mapping of str to float
        Adjusted Rand index of the segments with those of `EXTRACTIONS`.
    """

    group: str
    rows: Rows
    structure: Structure | None
    card: Card | None
    agreement: dict[str, float]


@dataclass(frozen=True)
class Manner:
    """How segments are looked for: most groups, limits, least rows, effort and seed."""

    most: int
    limits: Limits
    least: int
    effort: Effort
    seed: int


def rows(table: pd.DataFrame, columns: Columns) -> Rows:
    """Return the rows of `table` as a model sees them; an unknown code counts as missing."""
    names = [name for name, _ in columns.numbers] + [name for name, _ in columns.categories]
    check.columns(table, *names)
    numbers = [
        segment_card.transformed(table[name].to_numpy(np.float64, na_value=np.nan), transform)
        for name, transform in columns.numbers
    ]
    codes = [
        pd.Categorical(table[name].to_numpy(dtype=object), categories=list(known)).codes
        for name, known in columns.categories
    ]
    empty = np.empty((len(table), 0))
    return Rows(
        np.column_stack(numbers) if numbers else empty,
        np.column_stack(codes).astype(np.intp) if codes else empty.astype(np.intp),
    )


def learned(
    group: str, table: pd.DataFrame, columns: Columns, *, manner: Manner, day: date
) -> Learned:
    """Look for segments among the customers in `table` and freeze what is found.

    The number is decided by `stats.structure`; the segments themselves are latent classes of
    mixed data, which take missing values as they are. The other extractions tell how much
    depends on that choice.
    """
    found = rows(table, columns)
    if len(table) < manner.least:
        return Learned(group, found, None, None, {})
    answers = patterns(found.codes, [len(known) for _, known in columns.categories])
    judged = structure(
        *(found.numbers, answers),
        most=manner.most,
        limits=manner.limits,
        effort=manner.effort,
        seed=manner.seed,
    )
    if judged.chosen is None:
        return Learned(group, found, judged, None, {})
    k, search = judged.chosen, Search(20, manner.seed)
    fit = mixed_classes(found.numbers, answers, k, search=search)
    about = (group, day.isoformat(), manner.seed)
    prepared = (found.numbers, found.codes)
    card = segment_card.frozen(fit, prepared, (columns.numbers, columns.categories), about)
    own = segment_card.scored(card, *prepared).labels
    space = embedded(found.numbers, answers)
    scaled = space[:, : found.numbers.shape[1]]
    others = {
        "kmeans": kmeans(space, k, starts=20, seed=manner.seed).labels,
        "prototypes": prototypes(scaled, answers, k, gamma=1.0, search=search).labels,
    }
    agreement = {name: adjusted_rand(crossed(own, each)) for name, each in others.items()}
    return Learned(group, found, judged, card, agreement)


def segments(
    table: pd.DataFrame, groups: NDArray[np.object_], found: Sequence[Learned], columns: Columns
) -> pd.DataFrame:
    """Return `cell_group`, `segment` and `certainty` of each customer in `table`.

    A group without segments is one segment of its own, with certainty 1; a group that nobody
    looked into as well.
    """
    result = pd.DataFrame({"cell_group": groups.copy(), "segment": groups.copy(), "certainty": 1.0})
    for each in found:
        if each.card is None:
            continue
        inside = np.flatnonzero(groups == each.group)
        if not len(inside):
            continue
        own = rows(table.iloc[inside], columns)
        scores = segment_card.scored(each.card, own.numbers, own.codes)
        names = np.array(each.card.segments, dtype=object)
        result.iloc[inside, 1] = names[scores.labels]
        result.iloc[inside, 2] = scores.posterior.max(axis=1)
    return result
