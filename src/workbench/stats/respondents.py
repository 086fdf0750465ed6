"""The people who answered one survey wave, weighted to stand for everybody the wave is about.

Weights start as design weights, scaled so that each stratum adds up to its population, and are
raked to margins. A margin's population is the sum of these weights over everybody invited who was
eligible, answered or not: exact for the strata and what lies in them, an estimate from the much
larger invited sample for anything else. The variance treats margins as exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check
from workbench.errors import DataError
from workbench.stats.arrays import Vector
from workbench.stats.design import Design
from workbench.stats.rake import Margin
from workbench.stats.replicates import Replicates, bootstrap, bootstrap_batches

ANSWERED = ("complete", "partial")
"""Status of an invitation that was answered."""
INELIGIBLE = "ineligible"
"""Status of an invitation to somebody the survey is not about."""
JOINED = " + "
"""Stands between the names of levels that were merged."""


@dataclass(frozen=True, eq=False, repr=False)
class Wave:
    """The answers of one wave.

    Attributes
    ----------
    name : str
        The wave's id.
    answers : DataFrame
        One row per answered questionnaire: the columns of the survey table.
    design : Design
        The raked design of these rows; customers, or clusters where the wave sampled them, are
        its units.
    margins : tuple of Margin
        What the weights were raked to.
    merged : int
        Levels of margins that had too few answers to stand alone.
    dropped : tuple of str
        Margins that the answers could not meet together with those named before them.
    branch : str or None
        The branch everybody invited belongs to; None where there are several, or none is said.
    """

    name: str
    answers: pd.DataFrame
    design: Design
    margins: tuple[Margin, ...]
    merged: int
    branch: str | None = None
    dropped: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Tell whether nobody answered: there is no design then, and nothing to estimate."""
        return self.answers.empty

    @property
    def base(self) -> Vector:
        """Weights (n,) before raking."""
        calibration = self.design.calibration
        return calibration.base if calibration else self.design.weights

    def replicates(self, count: int, *, seed: int) -> Replicates:
        """Return `count` bootstrap samples of the wave, raked to its margins."""
        drawn = bootstrap(self._plain, count, seed=seed)
        return drawn.raked(self.margins) if self.margins else drawn

    def batches(self, count: int, *, seed: int) -> Iterator[Vector]:
        """Give the sets (some, n) of `replicates`, a few at a time."""
        return bootstrap_batches(self._plain, count, self.margins, seed=seed)

    @property
    def _plain(self) -> Design:
        return replace(self.design, weights=self.base, calibration=None)


def weighted(survey: pd.DataFrame, *, name: str, margins: Sequence[str], least: int = 10) -> Wave:
    """Return the answered rows of `survey` with the design that weighs them.

    A wave that nobody answered, or was invited to, is `silent`. Where so few answered that the
    margins contradict each other, those named last give way.

    Parameters
    ----------
    survey : DataFrame
        One row per invitation: `customer_id`, `stratum`, `cluster_id` (missing where customers
        were sampled), `frame_count` (population of the stratum), `design_weight`, `status`, the
        columns named in `margins`. A missing value of a margin is a level of its own.
    name : str
        Id of the wave.
    margins : sequence of str
        Columns to rake to, the most important first; empty keeps the design weights.
    least : int
        Answers a level needs to stand alone; smaller ones are merged within their margin.

    Raises
    ------
    DataError
        A column is missing, or a stratum has no population.
    """
    used = ("customer_id", "stratum", "cluster_id", "frame_count", "design_weight", "status")
    check.columns(survey, *used, *margins)
    eligible = survey[survey["status"] != INELIGIBLE]
    base = scaled(survey)[survey["status"] != INELIGIBLE]
    answered = eligible["status"].isin(ANSWERED).to_numpy()
    branch = _only(survey["branch_name"]) if "branch_name" in survey else None
    if not answered.any():
        nothing = Design(np.empty(0), ())
        return Wave(name, eligible.iloc[:0], nothing, (), 0, branch, tuple(margins))
    answers = eligible[answered].reset_index(drop=True)
    built = [_margin(eligible[margin], base, answered, least) for margin in margins]
    sampled = answers["cluster_id"].astype(object)
    # A stratum of which one person answered is compared with everybody: cautious, never missing.
    design = Design.build(
        base[answered],
        strata=answers["stratum"],
        clusters=sampled.where(sampled.notna(), answers["customer_id"]),
        single_unit="centered",
    )
    raked, kept = _raked(design, built)
    merged = sum(eligible[each.name].nunique(dropna=False) - len(each.levels) for each in kept)
    dropped = tuple(margin.name for margin in built[len(kept) :])
    return Wave(name, answers, raked, kept, merged, branch, dropped)


def _raked(design: Design, margins: Sequence[Margin]) -> tuple[Design, tuple[Margin, ...]]:
    """Return the design raked to as many of the first `margins` as can be met, and these."""
    for count in range(len(margins), 1, -1):
        try:
            return design.raked(margins[:count]), tuple(margins[:count])
        except DataError:  # few answers: some pairs of levels that customers have nobody gave
            continue
    return (design.raked(margins[:1]) if margins else design), tuple(margins[:1])


def _only(names: pd.Series) -> str | None:
    found = names.unique()
    return str(found[0]) if len(found) == 1 and pd.notna(found[0]) else None


def scaled(survey: pd.DataFrame) -> Vector:
    """Return design weights (n,) that add up to the population of each stratum."""
    sums = survey.groupby("stratum")["design_weight"].transform("sum")
    scaled = (survey["design_weight"] * survey["frame_count"] / sums).to_numpy(float)
    if not np.isfinite(scaled).all():
        row = survey.iloc[int(np.flatnonzero(~np.isfinite(scaled))[0])]
        raise DataError(
            f"stratum {row['stratum']!r} has frame_count {row['frame_count']} and design_weight "
            f"{row['design_weight']}; both must be numbers above zero"
        )
    return scaled


def _margin(column: pd.Series, base: Vector, answered: NDArray[np.bool_], least: int) -> Margin:
    """Return the margin of a column of eligible people; small levels merged into one."""
    levels = column.astype("string").fillna("").to_numpy(dtype=object)
    population = pd.Series(base).groupby(levels).sum()
    answers = pd.Series(answered).groupby(levels).sum().sort_values(kind="stable")
    few = int((answers < least).sum())
    while few and answers.iloc[:few].sum() < least and few < len(answers):
        few += 1
    small = sorted(answers.index[:few]) if few > 1 else []
    names = {level: level for level in population.index}
    names.update(dict.fromkeys(small, _joined(small)))
    merged = population.groupby(names).sum()
    codes = merged.index.get_indexer(pd.Index([names[level] for level in levels[answered]]))
    counts = np.asarray(merged, dtype=np.float64)
    return Margin(str(column.name), tuple(merged.index), codes, counts)


def _joined(names: Sequence[str]) -> str:
    """Return one name for merged levels: the first two and the number of the others."""
    more = [f"… ({len(names)})"] if len(names) > 2 else []
    return JOINED.join([*names[:2], *more])
