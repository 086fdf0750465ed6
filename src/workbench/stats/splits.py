"""Which cases a model learns from and which it is judged on, the same in any order of the rows."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector

Mask = NDArray[np.bool_]
Kind = Literal["time", "folds"]


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """One round: `train` and `test` are masks over the cases, shape (n,), and never overlap."""

    train: Mask
    test: Mask


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """How the cases are divided.

    Attributes
    ----------
    kind : str
        `time`: learnt from earlier cohorts, judged on the last one. `folds`: cross-validation.
    parts : tuple of Part
        One for `time`, one per fold for `folds`; every case is tested at most once.
    """

    kind: Kind
    parts: tuple[Part, ...]

    @property
    def tested(self) -> Mask:
        """Return which cases are judged on, shape (n,)."""
        return np.asarray(np.any([part.test for part in self.parts], axis=0))

    @property
    def used(self) -> Mask:
        """Return which cases are used at all, shape (n,)."""
        return np.asarray(np.any([part.test | part.train for part in self.parts], axis=0))


def separate_cohorts(cohorts: "pd.Series[Any]", horizon_months: int) -> list[pd.Timestamp]:
    """Return the cohorts, newest first, whose outcome windows do not overlap.

    The newest one is kept, then each older one that lies at least `horizon_months` before the last
    kept. A default can then be the outcome of one cohort only, never of train and test both.
    """
    kept: list[pd.Timestamp] = []
    for cohort in sorted(pd.Timestamp(day) for day in cohorts.dropna().unique())[::-1]:
        if not kept or _months(cohort, kept[-1]) >= horizon_months:
            kept.append(cohort)
    return kept


def split(cases: pd.DataFrame, *, horizon_months: int, folds: int, seed: int) -> Split:
    """Return a split by time if two separate cohorts exist, else stratified folds.

    `cases` has the columns `cohort`, `customer_id` and `defaulted`.
    """
    cohorts = separate_cohorts(cases["cohort"], horizon_months)
    if len(cohorts) > 1:
        return by_time(cases["cohort"], cohorts)
    newest = (cases["cohort"] == cohorts[0]).to_numpy()
    return stratified(
        cases["customer_id"], cases["defaulted"].to_numpy(float), newest, folds=folds, seed=seed
    )


def by_time(cohorts: "pd.Series[Any]", kept: list[pd.Timestamp]) -> Split:
    """Return one part: test on the newest of the `kept` cohorts, train on the others."""
    test = (cohorts == kept[0]).to_numpy()
    return Split("time", (Part(cohorts.isin(kept[1:]).to_numpy(), test),))


def stratified(
    customers: "pd.Series[Any]", events: Vector, used: Mask, *, folds: int, seed: int
) -> Split:
    """Return `folds` parts in which customers with and without an event are spread evenly.

    All cases of a customer are in one fold. The fold follows from a keyed hash of the customer,
    so neither the order of the rows nor a library's random numbers matter.

    Raises
    ------
    DataError
        Fewer customers with an event, or without one, than folds.
    """
    fold = fold_of(customers, events, folds=folds, seed=seed, used=used)
    parts = (Part(used & (fold != at), used & (fold == at)) for at in range(folds))
    return Split("folds", tuple(parts))


def fold_of(
    customers: "pd.Series[Any]", events: Vector, *, folds: int, seed: int, used: Mask
) -> Codes:
    """Return the fold of each case, from 0; -1 for cases that are not used."""
    codes, names = pd.factorize(np.asarray(customers, dtype=object)[used])
    hit = np.zeros(len(names), dtype=bool)
    hit[codes[events[used] > 0]] = True
    for kind, number in (("with", hit.sum()), ("without", (~hit).sum())):
        if number < folds:
            raise DataError(f"{number} customers {kind} a default are too few for {folds} folds")
    hashed = pd.util.hash_array(np.asarray(names, dtype=object), hash_key=f"{seed:016d}"[-16:])
    own = np.empty(len(names), dtype=np.intp)
    for group in (hit, ~hit):
        members = np.flatnonzero(group)
        own[members[np.lexsort((names[members], hashed[members]))]] = (
            np.arange(len(members)) % folds
        )
    fold = np.full(len(used), -1, dtype=np.intp)
    fold[used] = own[codes]
    return fold


def _months(earlier: pd.Timestamp, later: pd.Timestamp) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month
