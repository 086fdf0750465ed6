"""Which products and services are held together more or less often than chance would have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.next_product import Holding
from workbench.stats import affinity
from workbench.stats.effects import adjusted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 14
"""Pairs that a figure has room for."""
PRIVATE = "individual"
LONGEST, SURE = 3, 0.2
"""Items of a combination at most, and share of its holders that hold the last one at least."""


@dataclass(frozen=True, eq=False, repr=False)
class Affinity(Result):
    """Pairs of things held, the strongest affinity first.

    Attributes
    ----------
    table : DataFrame
        `held_first`, `held_second` (codes of the list holding), `holding_both`, `expected_both`
        (by chance within kinds of customers), `affinity` (their ratio, with `_low` and `_high`),
        `p_adjusted` (Mantel–Haenszel, Benjamini–Hochberg), `need_standing` (`above`, `below` or
        `alike`; missing where too few are expected).
    facts : mapping
        `customers`, `holders` (of anything), `pairs` tested, `above`, `below`, and `strongest`,
        the ratio of the pair farthest above chance.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("held_first", "code", values="holding"),
        Column("held_second", "code", values="holding"),
        Column("holding_both", "count"),
        Column("expected_both", "count"),
        Column("affinity", "ratio", interval=("affinity_low", "affinity_high")),
        Column("p_adjusted", "p"),
        Column("need_standing", "code", values="against_rest", judged=True),
    )
    base: ClassVar[str | None] = "holding_both"
    figure: ClassVar[tuple[float, float] | None] = (7.6, 4.6)

    def summary(self) -> Finding:
        """Name the pair farthest above chance, or say that none is."""
        above = self.table[self.table["need_standing"] == "above"]
        if above.empty:
            return Finding(f"{self.name}.none", ("customers", "pairs", "below"))
        first = above.iloc[0]
        words = {
            "first_name": Word(str(first["held_first"]), "holding"),
            "second_name": Word(str(first["held_second"]), "holding"),
        }
        return Finding(f"{self.name}.finding", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw each affinity that was tested with its interval; the line is chance."""
        told = self.table[self.table["p_adjusted"].notna() & self.table["affinity"].notna()]
        far = np.log(told["affinity"].to_numpy(float))
        kept = np.sort(np.argsort(-np.abs(far), kind="stable")[:SHOWN])
        drawn = told.iloc[kept].assign(
            label=[
                _joined(a, b) for a, b in told.iloc[kept][["held_first", "held_second"]].to_numpy()
            ]
        )
        ends = {"affinity": "value", "affinity_low": "low", "affinity_high": "high"}
        return intervals.draw(
            drawn.rename(columns=ends),
            rows="label",
            unit="ratio",
            label=text.say("needs.affinity_axis"),
            ax=ax,
            reference=1.0,
        )


@dataclass(frozen=True, eq=False, repr=False)
class Combinations(Result):
    """What holders of one or two things hold as well.

    Attributes
    ----------
    table : DataFrame
        `held_given` (codes of the list holding, joined), `held_then`, `holding_both` (of all),
        `then_share` (of the holders of what is given), `affinity` over chance within kinds of
        customers with `_low` and `_high`, `p_adjusted`; rules surely above chance only, the
        strongest first.
    facts : mapping
        `tried` and `kept`; of the first `strongest`, its share, and `over_chance`, how often chance
        would give it.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("held_given", "codes"),
        Column("held_then", "code", values="holding"),
        Column("holding_both", "count"),
        Column("then_share", "share"),
        Column("affinity", "ratio", interval=("affinity_low", "affinity_high")),
        Column("p_adjusted", "p"),
    )
    base: ClassVar[str | None] = "holding_both"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many combinations are surely above chance, and name the strongest."""
        if self.table.empty:
            return Finding(f"{self.name}.none", ("tried",))
        first = self.table.iloc[0]
        given = [code.rpartition(":")[2] for code in str(first["held_given"]).split("|")]
        words = {
            "given_name": Word("", said=_together(given)),
            "then_name": Word(str(first["held_then"]), "holding"),
        }
        return Finding(f"{self.name}.finding", tuple(self.facts), words)


@dataclass(frozen=True, eq=False)
class Held:
    """Who holds what: `matrix` (n, items) of bool, the codes of its columns, and strata (n,)."""

    matrix: NDArray[np.bool_]
    items: tuple[str, ...]
    strata: NDArray[np.intp]


def matrix(held: pd.DataFrame, customers: pd.DataFrame) -> Held:
    """Return who holds what.

    Parameters
    ----------
    held : DataFrame
        The query `holdings`: `customer_id`, `held`.
    customers : DataFrame
        Everybody: `customer_id`, `segment`.
    """
    check.columns(held, "customer_id", "held")
    check.columns(customers, "customer_id", "segment")
    place = pd.Index(customers["customer_id"]).get_indexer(pd.Index(held["customer_id"]))
    known = [code for code in schema.values("holding") if (held["held"] == code).any()]
    column = pd.Index(known).get_indexer(pd.Index(held["held"]))
    found = np.zeros((len(customers), len(known)), dtype=np.bool_)
    kept = (place >= 0) & (column >= 0)
    found[place[kept], column[kept]] = True
    # Two segments are told apart by a product itself: within them it could not go with another.
    kind = customers["segment"].replace({"mortgage": PRIVATE, "consumer": PRIVATE})
    strata = pd.factorize(kind, sort=True)[0].astype(np.intp)
    return Held(found, tuple(known), strata)


def holding_affinity(held: Held, rules: Holding, *, confidence: float = 0.95) -> Affinity:
    """Compare how many hold each pair with how many would by chance within their kind.

    Kinds are private customers, business owners and firms by size.

    Parameters
    ----------
    held : Held
        From `matrix`.
    rules : Holding
        Fewest expected holders of both of a pair that is tested.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate.
    """
    pairs = np.array(affinity.each_pair(held.items), dtype=np.intp).reshape(-1, 2)
    first, second = held.matrix[:, pairs[:, 0]], held.matrix[:, pairs[:, 1]]
    lift = affinity.lifts(
        first, second, strata=held.strata, least=rules.least_expected, confidence=confidence
    )
    sure = lift.p_adjusted < 1 - confidence
    standing = np.select([sure & (lift.lift > 1), sure], ["above", "below"], "alike")
    table = pd.DataFrame(
        {
            "held_first": [held.items[at] for at in pairs[:, 0]],
            "held_second": [held.items[at] for at in pairs[:, 1]],
            "holding_both": lift.both.astype(int),
            "expected_both": lift.expected,
            "affinity": lift.lift,
            "affinity_low": lift.low,
            "affinity_high": lift.high,
            "p_adjusted": lift.p_adjusted,
            "need_standing": pd.Series(standing, dtype=object).mask(np.isnan(lift.p_value), None),
        }
    )
    table = table[(table["holding_both"] > 0) | table["p_adjusted"].notna()]
    table = table.sort_values("affinity", ascending=False, ignore_index=True, kind="stable")
    n = len(held.matrix)
    facts = {
        "customers": Fact(n, "count", n=n),
        "holders": Fact(int(held.matrix.any(axis=1).sum()), "count"),
        "pairs": Fact(int(table["p_adjusted"].notna().sum()), "ledger"),
        "above": Fact(int((table["need_standing"] == "above").sum()), "ledger"),
        "below": Fact(int((table["need_standing"] == "below").sum()), "ledger"),
    }
    above = table[table["need_standing"] == "above"]
    if len(above):
        facts["strongest"] = _ratio(above.iloc[0], confidence)
    return Affinity("needs.affinity", table, facts)


def holding_combinations(
    held: Held, rules: Holding, *, most: int = 10, confidence: float = 0.95
) -> Combinations:
    """Return what holders of one or two things hold as well, surely more often than by chance.

    A combination is tried where enough customers hold all of it; the `most` strongest are kept.
    """
    size = max(len(held.matrix), 1)
    found = affinity.frequent(held.matrix, rules.least_expected / size, longest=LONGEST)
    tried = affinity.rules(found, size, SURE)
    if tried:
        given = np.column_stack([held.matrix[:, rule.given].all(axis=1) for rule in tried])
        then = held.matrix[:, [rule.then for rule in tried]]
        lift = affinity.lifts(
            given, then, strata=held.strata, least=rules.least_expected, confidence=confidence
        )
        table = pd.DataFrame(
            {
                "held_given": [
                    "|".join(f"holding:{held.items[at]}" for at in rule.given) for rule in tried
                ],
                "held_then": [held.items[rule.then] for rule in tried],
                "holding_both": lift.both.astype(int),
                "then_share": [rule.confidence for rule in tried],
                "affinity": lift.lift,
                "affinity_low": lift.low,
                "affinity_high": lift.high,
                "p_adjusted": adjusted(lift.p_value),
            }
        )
        sure = (table["p_adjusted"] < 1 - confidence) & (table["affinity"] > 1)
        table = table[sure].sort_values("affinity", ascending=False, kind="stable")
    else:
        table = pd.DataFrame(columns=[name for c in Combinations.columns for name in _names(c)])
    kept = table.head(most).reset_index(drop=True)
    facts = {"tried": Fact(len(tried), "ledger"), "kept": Fact(len(table), "ledger")}
    if len(kept):
        n = int(kept["holding_both"].iloc[0])
        facts["strongest"] = Fact(float(kept["then_share"].iloc[0]), "share", n=n)
        facts["over_chance"] = _ratio(kept.iloc[0], confidence)
    return Combinations("needs.combinations", kept, facts)


def _joined(first: str, second: str) -> str:
    names = {"first": schema.value("holding", first), "second": schema.value("holding", second)}
    return text.say("needs.pair", **names)


def _together(codes: list[str]) -> dict[str, str]:
    """Return what is held, joined as in a sentence, in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            names = [schema.value("holding", code) for code in codes]
            found[str(language)] = text.say("needs.holdings_joint").join(names)
    return found


def _names(column: Column) -> tuple[str, ...]:
    return (column.name, *(column.interval or ()))


def _ratio(row: "pd.Series[float]", confidence: float) -> Fact:
    ends = float(row["affinity_low"]), float(row["affinity_high"])
    return Fact(float(row["affinity"]), "ratio", *ends, confidence, int(row["holding_both"]))
