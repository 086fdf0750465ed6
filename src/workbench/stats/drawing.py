"""Whom a survey asks: samples that depend on a seed and on who may be asked, on no order of rows.

Everybody has a random number that follows from their pseudonym and the seed (permanent random
numbers: Ohlsson 1995, in Cox et al., Business Survey Methods, ch. 9); the smallest are drawn.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import DataError

Places = NDArray[np.int64]


def drawn(
    people: "pd.Series[str]", strata: "pd.Series[str]", sizes: "pd.Series[int]", *, seed: int
) -> NDArray[np.bool_]:
    """Return who is drawn (n,): of each stratum as many as `sizes` says, each equally likely.

    The same seed draws the same people from the same list in any order, and from a list that has
    lost some people draws the others again.

    Raises
    ------
    DataError
        A stratum has fewer people than are to be drawn, or somebody is listed twice.
    """
    if people.duplicated().any():
        raise DataError(f"{int(people.duplicated().sum())} people are listed twice")
    place = ranked(people, strata, seed=seed)
    wanted = strata.map(sizes).fillna(0).to_numpy(np.int64)
    listed = strata.value_counts().reindex(sizes.index, fill_value=0)
    if (short := listed < sizes).any():
        name = str(short.index[short.to_numpy()][0])
        raise DataError(
            f"stratum {name!r} has {listed[name]} people to draw {sizes[name]} from; ask for fewer"
        )
    return np.asarray(place < wanted)


def ranked(people: "pd.Series[str]", strata: "pd.Series[str]", *, seed: int) -> Places:
    """Return the place (n,) of each person within their stratum, from 0, in the seed's order."""
    number = pd.util.hash_array(
        people.astype(object).to_numpy(), hash_key=f"{seed:016d}"[-16:], categorize=False
    )
    order = np.lexsort((people.astype(str).to_numpy(), number))
    place = np.empty(len(people), dtype=np.int64)
    groups = strata.to_numpy()[order]
    place[order] = pd.Series(groups).groupby(groups, dropna=False).cumcount().to_numpy()
    return place
