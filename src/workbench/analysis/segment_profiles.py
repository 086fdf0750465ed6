"""What segments are like from outside: value, risk, satisfaction and needs, with effect sizes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import effects

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Said = Mapping[str, str]
NUMBERS = (
    *("earned", "balance", "products", "years_here"),
    *("pd", "late", "wallet", "recommend", "requested"),
)
"""Numbers that did not form the segments, nor are part of one that did, as deposits are."""
CATEGORIES = ("preferred_channel", "purpose", "product_type")
MONEY = frozenset(("earned", "balance", "requested"))
"""Amounts, whose logarithm is compared: a few large ones would decide alone."""
LEAST = 30
"""Customers with a value, below which a mean or a commonest code is not given."""


@dataclass(frozen=True, eq=False, repr=False)
class SegmentEffects(Result):
    """How much segments differ in what did not form them, by group of cells.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `measure`, `effect_kind` (`eta_squared` or `cramers_v`), `headcount` with
        a value, `effect_size` with `_low` and `_high`, `p_adjusted` (Benjamini–Hochberg over all
        rows).
    facts : mapping
        `compared` rows, `set_apart` (different beyond chance), `largest` (effect) if there is any.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("measure", "code", values="segment_measure"),
        Column("effect_kind", "code", values="effect_kind"),
        Column("headcount", "count"),
        Column("effect_size", "ratio", interval=("effect_size_low", "effect_size_high")),
        Column("p_adjusted", "p"),
    )
    base: ClassVar[str | None] = "headcount"
    rows: ClassVar[int] = 12

    def summary(self) -> Finding:
        """Say in how many outside measures the segments differ, and where most."""
        if "largest" not in self.facts:
            return Finding("segments.effects.none")
        row = self.table.iloc[0]
        words = {
            "measure": Word(str(row["measure"]), "segment_measure"),
            "group": Word(str(row["cell_group"]), "segment_group"),
        }
        return Finding("segments.effects.found", ("compared", "set_apart", "largest"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the largest effects on `ax`."""
        first = self.table.dropna(subset=["effect_size"]).head(self.rows)
        labels = [
            f"{schema.value('segment_group', group)} · {schema.value('segment_measure', measure)}"
            for group, measure in zip(first["cell_group"], first["measure"], strict=True)
        ]
        drawn = pd.DataFrame({"label": labels, "value": first["effect_size"], "strong": False})
        label = text.say("segments.effects.axis")
        return ranked.draw(drawn, rows="label", unit="ratio", label=label, ax=ax)


def segment_effects(
    customers: pd.DataFrame, placed: pd.DataFrame, *, confidence: float = 0.95
) -> SegmentEffects:
    """Compare segments of a group in what did not form them; what did differs by construction.

    Parameters
    ----------
    customers : DataFrame
        The columns `NUMBERS` and `CATEGORIES`.
    placed : DataFrame
        `cell_group` and `segment` of the same rows, from `stats.segmentation.segments`.
    """
    check.columns(customers, *NUMBERS, *CATEGORIES)
    found = []
    for group, at in placed.groupby("cell_group", sort=True).indices.items():
        codes = pd.factorize(placed["segment"].iloc[at], sort=True)[0].astype(np.intp)
        if codes.max() < 1:
            continue
        own = customers.iloc[at]
        for name in NUMBERS:
            effect = effects.eta_squared(_scale(own, name), codes, confidence=confidence)
            found.append(_row(str(group), name, "eta_squared", effect))
        for name in CATEGORIES:
            answers = pd.factorize(own[name], sort=True)[0].astype(np.intp)
            effect = effects.cramers_v(answers, codes, confidence=confidence)
            found.append(_row(str(group), name, "cramers_v", effect))
    names = [
        "cell_group",
        "measure",
        "effect_kind",
        "headcount",
        "effect_size",
        "effect_size_low",
        "effect_size_high",
    ]
    table = pd.DataFrame(found, columns=[*names, "p"])
    table["p_adjusted"] = effects.adjusted(table["p"].to_numpy(float))
    table = table.sort_values("effect_size", ascending=False, ignore_index=True, kind="stable")
    known = table["effect_size"].notna()
    facts = {
        "compared": Fact(int(known.sum()), "count"),
        "set_apart": Fact(int((table["p_adjusted"] < 1 - confidence).sum()), "count"),
    }
    if known.any():
        row = table.iloc[0]
        facts["largest"] = Fact(
            float(row["effect_size"]),
            "ratio",
            float(row["effect_size_low"]),
            float(row["effect_size_high"]),
            confidence,
            int(row["headcount"]),
        )
    return SegmentEffects("segments.effects", table, facts)


def _scale(customers: pd.DataFrame, name: str) -> Any:
    values = customers[name].to_numpy(np.float64, na_value=np.nan)
    return np.sign(values) * np.log1p(np.abs(values)) if name in MONEY else values


def _row(group: str, name: str, kind: str, effect: effects.Effect) -> dict[str, Any]:
    return {
        "cell_group": group,
        "measure": name,
        "effect_kind": kind,
        "headcount": effect.rows,
        "effect_size": effect.size,
        "effect_size_low": effect.low,
        "effect_size_high": effect.high,
        "p": effect.p_value,
    }


@dataclass(frozen=True, eq=False, repr=False)
class SegmentPortraits(Result):
    """A typical customer of each segment, and what sets the segment apart within its group.

    Attributes
    ----------
    table : DataFrame
        `segment` (name in each language), `code`, `headcount`, means of `earned`, `balance`,
        `products`, `pd`, `late`, `wallet`, `recommend`; the commonest `purpose` and
        `preferred_channel`; `measure` (the number that differs most from the rest of the group,
        beyond chance) with `set_apart`, standardised, and its interval. Means of fewer than 30
        customers are left out.
    facts : mapping
        `segments`, `set_apart` (that differ in anything), `most` (earned of a customer in
        the segment where it is highest).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "said"),
        Column("headcount", "count"),
        Column("measure", "code", values="segment_measure", judged=True),
        Column("set_apart", "ratio", interval=("set_apart_low", "set_apart_high"), signed=True),
        Column("earned", "money"),
        Column("balance", "money"),
        Column("products", "ratio"),
        Column("pd", "share2"),
        Column("late", "share2"),
        Column("wallet", "share"),
    )
    base: ClassVar[str | None] = "headcount"
    parts: ClassVar[bool] = True
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many segments are set apart, and which brings most."""
        named = self.table["segment"].iloc[int(self.table["earned"].fillna(-np.inf).argmax())]
        quoted = ("segments", "set_apart", "most")
        return Finding("segments.portraits.found", quoted, {"segment": Word("", said=named)})


def segment_portraits(
    customers: pd.DataFrame,
    placed: pd.DataFrame,
    names: Mapping[str, Said],
    *,
    confidence: float = 0.95,
) -> SegmentPortraits:
    """Describe each segment by what did not form it; parameters as in `segment_effects`.

    `names` holds the name of each segment in each language.
    """
    check.columns(customers, *NUMBERS, *CATEGORIES)
    rows, compared = [], []
    for group, at in placed.groupby("cell_group", sort=True).indices.items():
        own, segment = customers.iloc[at], placed["segment"].iloc[at].to_numpy(dtype=object)
        for code in sorted(set(segment)):
            inside = segment == code
            rows.append(_portrait(own[inside], str(code), names))
            found = [
                effects.standardised(_scale(own, name), inside, confidence=confidence)
                for name in NUMBERS
            ]
            compared.append(found if str(group) != code else [effects.NONE] * len(NUMBERS))
    table = pd.DataFrame(rows)
    p = np.array([[each.p_value for each in found] for found in compared])
    p = effects.adjusted(p.ravel()).reshape(p.shape)
    told = [_apart(found, own, confidence) for found, own in zip(compared, p, strict=True)]
    table = table.join(
        pd.DataFrame(told, columns=["measure", "set_apart", "set_apart_low", "set_apart_high"])
    )
    best = table.iloc[int(table["earned"].fillna(-np.inf).argmax())]
    facts = {
        "segments": Fact(len(table), "count"),
        "set_apart": Fact(int(table["measure"].notna().sum()), "count"),
        "most": Fact(float(best["earned"]), "money", n=int(best["headcount"])),
    }
    return SegmentPortraits("segments.portraits", table, facts)


def _portrait(own: pd.DataFrame, code: str, names: Mapping[str, Said]) -> dict[str, Any]:
    row: dict[str, Any] = {"segment": names[code], "code": code, "headcount": len(own)}
    for name in ("earned", "balance", "products", "pd", "late", "wallet", "recommend"):
        known = own[name].dropna()
        row[name] = float(known.mean()) if len(known) >= LEAST else np.nan
    for name in ("purpose", "preferred_channel"):
        known = own[name].dropna()
        # The list knows "no preference" as a code: what most customers do prefer is asked for.
        known = known[known != "none"]
        row[name] = known.value_counts().sort_index().idxmax() if len(known) >= LEAST else None
    return row


def _apart(found: list[effects.Effect], p: Any, confidence: float) -> tuple[Any, ...]:
    sure = [at for at, value in enumerate(p) if value < 1 - confidence]
    if not sure:
        return None, np.nan, np.nan, np.nan
    best = max(sure, key=lambda at: abs(found[at].size))
    return NUMBERS[best], found[best].size, found[best].low, found[best].high
