"""What became of the loans of each five-tier class since the year began: migration rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, day_word
from workbench.style import MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
"""The five tiers, best first."""
PERFORMING = CLASSES[:2]
RATES = {
    "normal": "mig_normal",
    "special_mention": "mig_sm",
    "substandard": "mig_sub",
    "doubtful": "mig_doubt",
}
"""Class → the KPI that is its migration rate; loss has none, since nothing is worse."""
ALL = "mig_performing"
COLOURS = (MUTED, PALETTE[1], PALETTE[4], PALETTE[3], PALETTE[5])


@dataclass(frozen=True, eq=False, repr=False)
class LedgerMigration(Result):
    """Migration between the five tiers, by balance.

    Attributes
    ----------
    table : DataFrame
        One row per class at `since` (`class_then`, code): `loans`, `class_balance` (then, with its
        two `largest`), `class_gone` (share of it no longer there), `to_normal` to `to_loss` (shares
        of what is still there, by class now), `class_down` (the KPI MIG_NORMAL, MIG_SM, MIG_SUB
        or MIG_DOUBT), `class_down_adjusted` (with what was written off on both sides),
        `class_down_before` (in the same months a year earlier), `fact` (that is `class_down`).
    facts : mapping
        `mig_normal`, `mig_sm`, `mig_sub`, `mig_doubt`, and `mig_performing` (normal and special
        mention that became non-performing); each with `_before` where a year earlier is known.
    since : date
        The month end it is counted from.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    since: date
    columns: ClassVar[tuple[Column, ...]] = (
        Column("class_then", "code", values="five_class"),
        Column("class_balance", "money", largest=("largest", "second")),
        Column("class_gone", "share"),
        *(Column(f"to_{each}", "share") for each in CLASSES),
        Column("class_down", "share2"),
        Column("class_down_adjusted", "share2"),
        Column("class_down_before", "share2"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    row_facts: ClassVar[str | None] = "fact"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.0)
    key: ClassVar[tuple[str, ...]] = (ALL, "mig_normal", "mig_sm")

    def summary(self) -> Finding:
        """Say the rates, and whether more became non-performing than a year before."""
        quoted = (ALL, "mig_normal", "mig_sm", "mig_sub", "mig_doubt")
        since = {"since": day_word(self.since)}
        before = self.facts.get(f"{ALL}_before")
        if before is None:
            return Finding("ledger.migration.now", quoted, since)
        kind = "rose" if self.facts[ALL].value > before.value else "fell"
        return Finding(f"ledger.migration.{kind}", (*quoted, f"{ALL}_before"), since)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw where the balance of each class that is still there stands now."""
        named = [schema.value("five_class", each) for each in self.table["class_then"]]
        parts = {
            f"to_{each}": (schema.value("five_class", each), colour)
            for each, colour in zip(CLASSES, COLOURS, strict=True)
        }
        return bars.stacked(
            self.table.assign(label=named),
            rows="label",
            parts=parts,
            unit="share",
            label=text.say("ledger.migration.axis"),
            ax=ax,
        )


def ledger_migration(
    moves: pd.DataFrame, since: date, before: pd.DataFrame | None = None
) -> LedgerMigration:
    """Return the migration of each class since a month end.

    Parameters
    ----------
    moves : DataFrame
        The query `class_moves` from `since` to the newest month end: `class_before`, `class_now`,
        `loans`, `opening`, `kept`, `lost`, `largest`, `second`.
    since : date
        The earlier month end.
    before : DataFrame, optional
        The same query over the same months of the year before; no rows where the ledger does not
        reach back so far.
    """
    check.columns(moves, "class_before", "class_now", "loans", "opening", "kept", "lost")
    check.rows(moves, "loans when the year began")
    earlier = moves.iloc[:0] if before is None else before
    table = pd.DataFrame([_row(moves, earlier, each) for each in _present(moves)])
    facts = {
        str(row["fact"]): Fact(float(row["class_down"]), "share2", n=int(row["loans"]))
        for _, row in table.iterrows()
        if row["fact"]
    }
    facts |= {
        f"{row['fact']}_before": Fact(
            float(row["class_down_before"]), "share2", n=_loans(earlier, row)
        )
        for _, row in table.iterrows()
        if row["fact"] and not np.isnan(row["class_down_before"])
    }
    facts |= {name: Fact(np.nan, "share2") for name in RATES.values() if name not in facts}
    for name, rows in ((ALL, moves), (f"{ALL}_before", earlier)):
        own = rows[rows["class_before"].isin(PERFORMING)]
        rate = _rate(own, CLASSES[2:])
        if name == ALL or not np.isnan(rate):
            facts[name] = Fact(rate, "share2", n=int(own["loans"].sum()))
    return LedgerMigration("ledger.migration", table, facts, since)


def _loans(moves: pd.DataFrame, row: "pd.Series[Any]") -> int:
    return int(moves.loc[moves["class_before"] == row["class_then"], "loans"].sum())


def _present(moves: pd.DataFrame) -> list[str]:
    return [each for each in CLASSES if (moves["class_before"] == each).any()]


def _row(moves: pd.DataFrame, earlier: pd.DataFrame, each: str) -> dict[str, object]:
    own, then = (rows[rows["class_before"] == each] for rows in (moves, earlier))
    worse = CLASSES[CLASSES.index(each) + 1 :]
    opening, kept = float(own["opening"].sum()), float(own["kept"].sum())
    shares = own.groupby("class_now")["kept"].sum() / (kept or np.nan)
    return {
        "class_then": each,
        "fact": RATES.get(each, ""),
        "loans": int(own["loans"].sum()),
        "class_balance": opening,
        "class_gone": 1 - kept / opening if opening else np.nan,
        **{f"to_{now}": float(shares.get(now, 0.0)) if kept else np.nan for now in CLASSES},
        "class_down": _rate(own, worse),
        "class_down_adjusted": _rate(own, worse, adjusted=True),
        "class_down_before": _rate(then, worse),
        "largest": float(own["largest"].max()),
        "second": float(own["second"].max()),
    }


def _rate(own: pd.DataFrame, worse: tuple[str, ...], *, adjusted: bool = False) -> float:
    """Return the share of what is still there that is in one of `worse`; missing without any."""
    lost = float(own["lost"].sum()) if adjusted else 0.0
    whole = float(own["kept"].sum()) + lost
    if not worse or not whole:
        return float("nan")
    return (float(own.loc[own["class_now"].isin(worse), "kept"].sum()) + lost) / whole
