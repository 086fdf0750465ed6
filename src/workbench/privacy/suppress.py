"""Small cells: numbers that rest on too few people are not shown, nor what gives them away.

Primary suppression at the threshold of the rule pack `disclosure`: a row whose base is above zero
but below it loses all its numbers, and so does a fact with such an `n`; a row whose sum gives away
its largest contribution (p % rule) as well. Complementary suppression: where rows are parts of a
whole that is shown, partners are hidden so that no small base can be worked out (`cells`). The rule
is about the group: small counts of outcomes inside a large group are shown. An audience that the
pack names `open` sees figures about the ledger however small.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import settings
from workbench.privacy import cells
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
    partners : int
        How many of the rows were emptied to protect others.
    """

    result: Result
    rows: frozenset[int]
    facts: frozenset[str]
    partners: int = 0


def threshold() -> int:
    """Return the smallest number of people a shown number may rest on."""
    return int(settings.rulepack("disclosure")["small_cell"]["minimum"])


def may_show(result: Result, audience: str) -> bool:
    """Tell whether `audience` sees the numbers of `result` however small they are."""
    open_to = settings.rulepack("disclosure")["audience"]["open"]
    return result.about == "ledger" and audience in open_to


def suppress(result: Result, audience: str = "wide") -> Safe:
    """Empty the small cells of `result` for `audience`; the input is not changed."""
    if may_show(result, audience):
        return Safe(result, frozenset(), frozenset())
    least = threshold()
    primary = _small(result.table, result.base, least) | _dominated(result)
    hidden_rows = _with_partners(result, primary)
    hidden = frozenset(
        name for name, fact in result.facts.items() if fact.n is not None and 0 < fact.n < least
    ) | _repeated(result, hidden_rows)
    facts = {
        name: _emptied(fact) if name in hidden else fact for name, fact in result.facts.items()
    }
    changes: dict[str, Any] = {"table": _without(result, hidden_rows), "facts": facts}
    own = {field.name for field in fields(result)}  # type: ignore[arg-type]
    safe = replace(result, **{key: value for key, value in changes.items() if key in own})  # type: ignore[type-var]
    return Safe(
        safe,
        frozenset(np.flatnonzero(hidden_rows).tolist()),
        hidden,
        int(hidden_rows.sum() - primary.sum()),
    )


def _repeated(result: Result, hidden_rows: NDArray[np.bool_]) -> frozenset[str]:
    """Return the facts that repeat a number of a hidden row."""
    if result.row_facts is None:
        return frozenset()
    codes = result.table.loc[result.table.index[hidden_rows], result.row_facts]
    return frozenset(str(code) for code in codes) & result.facts.keys()


def _with_partners(result: Result, primary: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows to hide: with partners where the rows are parts of a whole that is shown."""
    if not (result.parts and result.base and primary.any()):
        return primary
    base = np.nan_to_num(result.table[result.base].to_numpy(float))
    values = np.append(base, base.sum())
    equation = np.append(np.ones(len(base)), -1.0)[None]
    total = np.append(np.zeros(len(base), dtype=bool), True)
    width = float(settings.rulepack("disclosure")["complement"]["width"])
    small = np.append(primary, False)
    found = cells.complemented(values, equation, small, width=width, fixed=total)
    return found[:-1]


def _dominated(result: Result) -> NDArray[np.bool_]:
    found = np.zeros(len(result.table), dtype=bool)
    share = float(settings.rulepack("disclosure")["dominance"]["share"])
    for column in result.columns:
        if column.largest:
            names = (column.name, *column.largest)
            # A sum of outflows is negative; what gives it away is its size.
            sums = (np.abs(np.nan_to_num(result.table[name].to_numpy(float))) for name in names)
            found |= cells.dominated(*sums, share=share)
    return found


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
