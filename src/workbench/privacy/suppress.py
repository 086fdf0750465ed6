"""Small cells: numbers that rest on too few people are not shown.

Primary suppression at a threshold from the rule pack `disclosure`: a row whose base is above zero
but below the threshold loses all its numbers, and so does a fact with such an `n`. The rule is
about the group: small counts of outcomes inside a large group are shown. Whether a hidden number
could be worked out from the ones that stay (secondary suppression) is not checked here.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import settings
from workbench.result import Fact, Result


@dataclass(frozen=True)
class Safe:
    """A result that may be shown.

    Attributes
    ----------
    result : Result
        The result with its small cells emptied.
    rows : frozenset of int
        Positions of the rows of its table that were emptied.
    facts : frozenset of str
        Names of the facts that were emptied.
    """

    result: Result
    rows: frozenset[int]
    facts: frozenset[str]


def threshold() -> int:
    """Return the smallest number of people a shown number may rest on."""
    return int(settings.rulepack("disclosure")["small_cell"]["minimum"])


def suppress(result: Result) -> Safe:
    """Empty the small cells of `result`; the input is not changed."""
    least = threshold()
    small = _small(result.table, result.base, least)
    hidden = frozenset(
        name for name, fact in result.facts.items() if fact.n is not None and 0 < fact.n < least
    )
    facts = {
        name: _emptied(fact) if name in hidden else fact for name, fact in result.facts.items()
    }
    changes: dict[str, Any] = {"table": _without(result, small), "facts": facts}
    own = {field.name for field in fields(result)}  # type: ignore[arg-type]
    safe = replace(result, **{key: value for key, value in changes.items() if key in own})  # type: ignore[type-var]
    return Safe(safe, frozenset(np.flatnonzero(small).tolist()), hidden)


def _small(table: pd.DataFrame, base: str | None, least: int) -> NDArray[np.bool_]:
    if base is None:
        return np.zeros(len(table), dtype=bool)
    count = table[base].to_numpy(float)
    return (count > 0) & (count < least)


def _without(result: Result, small: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the table with every number of the small rows missing."""
    if not small.any():
        return result.table
    numbers = result.table.select_dtypes("number").columns
    table = result.table.astype(dict.fromkeys(numbers, float))
    table.loc[table.index[small], numbers] = np.nan
    return table


def _emptied(fact: Fact) -> Fact:
    return replace(fact, value=float("nan"), low=None, high=None, n=None)
