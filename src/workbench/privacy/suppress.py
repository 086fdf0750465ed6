"""Small cells: numbers that rest on too few people are not shown, nor what gives them away.

Primary suppression by the rule pack `disclosure`: a row whose base is above zero but below the
threshold loses all its numbers, and so does a fact with such an `n`; a row whose sum gives away
its largest contribution (p % rule), or owes too much to a few ((n, k) rule), as well. The same
holds for totals. Complementary suppression: where rows add up to something that is known, partners
are hidden so that no hidden count or sum can be worked out (`sums`, `cells`). The rule is about the
group: small counts of outcomes inside a large group are shown. An audience that the pack names
`open` sees figures about the ledger however small.
"""

from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from workbench import settings
from workbench.privacy import cells
from workbench.privacy.cells import Floats, Mask
from workbench.privacy.sums import Sums, counts, sums, totals
from workbench.result import Fact, Result

Quotes = frozenset[tuple[str, int | None, float]]
"""Unit, base and value by which a fact would quote a row; or no unit, no base, and its base."""
FACT = 10.0
"""What hiding a total costs, rows being 1 to 2: facts make the sentences of a report."""


@dataclass(frozen=True)
class Safe:
    """A result that may be shown.

    Attributes
    ----------
    result : Result
        The result with its small cells emptied, and without columns of largest contributions.
        Where the rows are ordered by a measure, the emptied ones come last: their place among the
        others would tell it.
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


@dataclass(frozen=True)
class Rules:
    """The rule pack `disclosure`: thresholds of counts and sums."""

    least: int
    width: float
    share: float
    few: int
    few_share: float


def rules() -> Rules:
    """Return the thresholds in force."""
    pack = settings.rulepack("disclosure")
    few = pack["concentration"]
    return Rules(
        least=int(pack["small_cell"]["minimum"]),
        width=float(pack["complement"]["width"]),
        share=float(pack["dominance"]["share"]),
        few=int(few["number"]),
        few_share=float(few["share"]),
    )


def threshold() -> int:
    """Return the smallest number of people a shown number may rest on."""
    return rules().least


def may_show(result: Result, audience: str) -> bool:
    """Tell whether `audience` sees the numbers of `result` however small they are."""
    open_to = settings.rulepack("disclosure")["audience"]["open"]
    return result.about == "ledger" and audience in open_to


def suppress(result: Result, audience: str = "wide") -> Safe:
    """Empty the small cells of `result` for `audience`; the input is not changed."""
    if may_show(result, audience):
        return Safe(_changed(result, table=_shown(result)), frozenset(), frozenset())
    given = rules()
    primary = _primary(result, result.table, given)
    hidden, told = primary, frozenset[float]()
    if primary.any():
        hidden, told = _with_partners(result, primary, given)
    quoted = _quotes(result, hidden)
    empty = frozenset(
        name
        for name, fact in result.facts.items()
        if (fact.n is not None and 0 < fact.n < given.least) or _tells(fact, told, quoted)
    ) | _repeated(result, hidden)
    facts = {name: _emptied(fact) if name in empty else fact for name, fact in result.facts.items()}
    order, table = _order(result, hidden), _shown(result)
    if hidden.any():
        table = _without(result, hidden).iloc[order].reset_index(drop=True)
    return Safe(
        _changed(result, table=table, facts=facts),
        frozenset(np.flatnonzero(hidden[order]).tolist()),
        empty,
        int(hidden.sum() - primary.sum()),
    )


def _changed(result: Result, **changes: Any) -> Result:
    own = {field.name for field in fields(result)}  # type: ignore[arg-type]
    kept = {name: value for name, value in changes.items() if name in own}
    changed: Result = replace(result, **kept)  # type: ignore[type-var]
    return changed


def _repeated(result: Result, hidden: Mask) -> frozenset[str]:
    """Return the facts that repeat a number of a hidden row."""
    if result.row_facts is None:
        return frozenset()
    codes = result.table.loc[result.table.index[hidden], result.row_facts]
    return frozenset(str(code) for code in codes) & result.facts.keys()


def _primary(result: Result, table: pd.DataFrame, given: Rules) -> Mask:
    """Tell which rows of `table` rest on too few people, or on the sums of a few."""
    found = np.zeros(len(table), dtype=bool)
    if result.base:
        count = table[result.base].to_numpy(float, na_value=np.nan)
        found |= (count > 0) & (count < given.least)
    for column in result.columns:
        if column.largest:
            # A sum of outflows is negative; what gives it away is its size.
            total, *largest = map(np.abs, _sums(table, (column.name, *column.largest)))
            found |= cells.dominated(total, *largest[:2], share=given.share)
            few = np.column_stack(largest[: given.few])
            found |= cells.concentrated(total, few, share=given.few_share)
    return found


def _sums(table: pd.DataFrame, names: tuple[str, ...]) -> list[Floats]:
    return [np.nan_to_num(table[name].to_numpy(float, na_value=np.nan)) for name in names]


def _with_partners(result: Result, primary: Mask, given: Rules) -> tuple[Mask, frozenset[float]]:
    """Return the rows to hide, and the totals that may not be told either."""
    tied, rows = sums(result), len(result.table)
    whole = _primary(result, _whole_rows(result, tied), given)
    small = np.append(primary, whole)[tied.rows]
    width = _widths(result, tied, given)
    total = totals(tied, rows)
    found = cells.complemented(
        tied.numbers,
        tied.equations,
        small & (width > 0),
        width=width,
        fixed=tied.given & ~small,
        price=np.where(total, FACT, 1.0),
        together=tied.rows,
    )
    hidden = np.bincount(tied.rows[found], minlength=rows)[:rows] > 0
    untold = total & (small | found)
    return _together(result, hidden | primary, tied, given), frozenset(
        tied.numbers[untold].round(2).tolist()
    )


def _together(result: Result, hidden: Mask, tied: Sums, given: Rules) -> Mask:
    """Return `hidden` and more rows where those hidden, taken together, give their largest away.

    Who knows the whole and what is shown of it knows what the hidden rows are together (p % rule).
    """
    hidden = hidden.copy()
    for column in (each for each in result.columns if each.largest):
        size = np.abs(_sums(result.table, (column.name,))[0])
        largest = np.abs(np.column_stack(_sums(result.table, column.largest or ())))
        for whole in tied.members:
            while True:
                own, rest = whole[hidden[whole]], whole[~hidden[whole] & (size[whole] > 0)]
                first, second = -np.sort(-np.append(largest[own].ravel(), (0.0, 0.0)))[:2, None]
                total = size[own].sum(keepdims=True)
                if not len(rest) or not cells.dominated(total, first, second, share=given.share):
                    break
                hidden[rest[np.argmin(size[rest])]] = True
    return hidden


def _whole_rows(result: Result, tied: Sums) -> pd.DataFrame:
    """Return a row per whole as if it were one of the table: sums, and largest contributions.

    Sums of money are those of sizes: what stands in the way of who works out the largest
    contribution is all others, whether they add or take away. A net of inflows and outflows may be
    small and yet give away nobody.
    """
    found: dict[str, list[float]] = {}
    money = {column.name for column in result.columns if column.largest}
    for name in {result.base} - {None} | money:
        own = _sums(result.table, (str(name),))[0]
        own = np.abs(own) if name in money else own
        found[str(name)] = [float(own[each].sum()) for each in tied.members]
    for column in (each for each in result.columns if each.largest):
        parts = np.column_stack(_sums(result.table, column.largest or ()))
        for place, name in enumerate(column.largest or ()):
            found[name] = [float(-np.sort(-parts[each], axis=None)[place]) for each in tied.members]
    return pd.DataFrame(found, index=range(len(tied.members)))


def _widths(result: Result, tied: Sums, given: Rules) -> Floats:
    """Return how far each cell must stay open: counts by people, money by a share of itself.

    Columns that only tie others together need not be open.
    """
    units = {column.name: column.unit for column in result.columns}
    people = {result.base, *result.adds}
    wide: list[float] = []
    for name, value in zip(tied.columns, tied.numbers, strict=True):
        money = units.get(name) == "money"
        wide.append(given.share * value if money else given.width if name in people else 0.0)
    return np.array(wide)


def _tells(fact: Fact, totals: frozenset[float], quoted: Quotes) -> bool:
    """Tell whether `fact` is a total that may not be told, or quotes a hidden row."""
    if (fact.unit, fact.n, _rounded(fact.value)) in quoted:
        return True
    counted = counts(fact)
    people = fact.n is not None and any(("", None, number) in quoted for number in counted)
    return people or not totals.isdisjoint(counted)


def _quotes(result: Result, hidden: Mask) -> Quotes:
    """Return how facts would quote the hidden rows: base and a number, or the base alone.

    Where rows are no parts of a whole, what a shown row says as well, in the same unit, is no quote
    of a hidden one: often all have the same base.
    """
    if not (result.base and hidden.any()):
        return frozenset()
    units = {column.name: column.unit for column in result.columns}
    found, shown = set[tuple[str, int | None, float]](), set[tuple[str, int | None, float]]()
    for name in result.table.select_dtypes("number").columns:
        # A column that is not declared may be quoted in any unit.
        told = [units[name]] if name in units else sorted({f.unit for f in result.facts.values()})
        quoted = _quoted(result.table, result.base, str(name))
        found |= {(unit, *quoted[row]) for unit in told for row in np.flatnonzero(hidden)}
        if not (result.parts or result.wholes):
            shown |= {(units.get(str(name), ""), *quoted[row]) for row in np.flatnonzero(~hidden)}
    people = _sums(result.table, (result.base,))[0]
    alone = {("", None, float(n)) for n in set(people[hidden]) - set(people[~hidden]) if n > 0}
    return frozenset((found - shown) | alone)


def _quoted(table: pd.DataFrame, base: str, name: str) -> list[tuple[int, float]]:
    people, numbers = _sums(table, (base,))[0], table[name].to_numpy(float, na_value=np.nan)
    return [(int(n), _rounded(value)) for n, value in zip(people, numbers, strict=True)]


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")


def _shown(result: Result) -> pd.DataFrame:
    """Return the table without the largest contributions to its sums, which nobody is shown."""
    named = {name for column in result.columns for name in column.largest or ()}
    shown = {column.name for column in result.columns}
    return result.table.drop(columns=list(named - shown))


def _without(result: Result, hidden: Mask) -> pd.DataFrame:
    """Return the table with everything in the hidden rows missing but what names them."""
    table = _shown(result)
    labels = {column.name for column in result.columns if column.labels()}
    for name in table.columns.difference([*labels, *chain(*result.wholes)]):
        own = table[name]
        plain = pd.api.types.is_numeric_dtype(own)
        table[name] = (own.astype(float) if plain else own.astype(object)).where(~hidden)
    return table


def _order(result: Result, hidden: Mask) -> Any:
    """Return the order in which the rows are shown."""
    first = next((column for column in result.columns if column.labels()), None)
    if first is None or not hidden.any():
        return np.arange(len(hidden))
    keys = [first.place(value) for value in result.table[first.name]]
    if keys == sorted(keys):
        return np.arange(len(hidden))
    return sorted(range(len(hidden)), key=lambda at: (hidden[at], keys[at] if hidden[at] else at))


def _emptied(fact: Fact) -> Fact:
    return replace(fact, value=float("nan"), low=None, high=None, n=None)
