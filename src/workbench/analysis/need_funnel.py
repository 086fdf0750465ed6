"""From a need to a loan: how many contacts about a need become applications, approvals, loans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.effects import adjusted
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = ("applied", "approved", "drawn")
"""Steps behind the contact, each reached by some of those who reached the one before."""
LEAST = 5.0
"""Contacts expected to end either way, below which a segment is not compared with the others."""


@dataclass(frozen=True, eq=False, repr=False)
class Funnel(Result):
    """Contacts about a need and what came of them.

    Attributes
    ----------
    table : DataFrame
        `segment` (missing for all of them), `need_contacts` (first ones of a customer in the time
        that an application is put down to them), `applied_share` of the contacts, `approved_share`
        of the applications, `drawn_share` of the approvals, `loan_share` of the contacts, each
        with `_low` and `_high` (Wilson); medians `days_to_apply`, `days_to_decide`, `days_to_draw`;
        `p_adjusted` (loans per contact against the other segments, BH), `need_standing`.
    facts : mapping
        `contacts`, and of all: the four shares, and medians of days; `below` (segments).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("need_contacts", "count"),
        Column("applied_share", "share"),
        Column("approved_share", "share"),
        Column("drawn_share", "share"),
        Column("loan_share", "share", interval=("loan_low", "loan_high")),
        Column("days_to_apply", "ledger"),
        Column("days_to_decide", "ledger"),
        Column("days_to_draw", "ledger"),
        Column("need_standing", "code", values="against_rest", judged=True),
    )
    base: ClassVar[str | None] = "need_contacts"
    folded: ClassVar[bool] = True
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)

    def summary(self) -> Finding:
        """Say how many of a hundred contacts end in a loan, and where fewest do."""
        if self.table.empty:
            return Finding("needs.funnel.none")
        below = self.table[self.table["need_standing"] == "below"]
        if below.empty:
            quoted = tuple(name for name in self.facts if name not in ("below", "lowest"))
            return Finding("needs.funnel.alike", quoted)
        row = below.iloc[int(below["loan_share"].to_numpy().argmin())]
        words = {"segment_name": Word(str(row["segment"]), "segment")}
        return Finding("needs.funnel.below", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share that reaches each step, by segment; those apart are marked."""
        names = [schema.value("segment", code) for code in self.table["segment"]]
        columns = ("applied_share", "approved_share", "drawn_share", "loan_share")
        wide = self.table[list(columns)].set_axis(pd.Index(names))
        wide = wide.set_axis([text.say(f"column.{name}") for name in columns], axis=1)
        marks = np.full(wide.shape, "", dtype=object)
        marks[:, -1] = self.table["need_standing"].map({"above": "▲", "below": "▼"}).fillna("")
        return grid.draw(
            wide, marks=marks, unit="share", label=text.say("needs.funnel_axis"), ax=ax
        )


def need_funnel(rows: pd.DataFrame, *, confidence: float = 0.95) -> Funnel:
    """Follow contacts about a need to application, approval and loan.

    Parameters
    ----------
    rows : DataFrame
        The query `need_funnel`: one row per contact with `segment`, `applied`, `approved`,
        `drawn`, `days_to_apply`, `days_to_decide`, `days_to_draw`.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate.
    """
    times = ("days_to_apply", "days_to_decide", "days_to_draw")
    check.columns(rows, "segment", *STEPS, *times)
    rows = _nested(rows)
    known = [code for code in schema.values("segment") if (rows["segment"] == code).any()]
    if not known:
        names = [name for c in Funnel.columns for name in (c.name, *(c.interval or ()))]
        return Funnel("needs.funnel", pd.DataFrame(columns=names), {})
    found = []
    for code in known:
        inside = (rows["segment"] == code).to_numpy(bool)
        own = rows[inside]
        row = {"segment": code} | _row(own, confidence)
        found.append(row | {"p_value": _apart(rows["drawn"].to_numpy(bool), inside)})
    table = pd.DataFrame(found)
    whole = _row(rows, confidence)
    table["p_adjusted"] = adjusted(table["p_value"].to_numpy(float))
    sure = (table["p_adjusted"] < 1 - confidence).to_numpy(bool)
    more = (table["loan_share"] > whole["loan_share"]).to_numpy(bool)
    standing = np.select([sure & more, sure], ["above", "below"], "alike").astype(object)
    table["need_standing"] = pd.Series(standing, dtype=object).mask(
        table["p_adjusted"].isna(), None
    )
    return Funnel("needs.funnel", table, _facts(table, whole, confidence))


def _nested(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with steps that count only where the one before was reached."""
    approved = rows["applied"].astype(bool) & rows["approved"].astype(bool)
    drawn = approved & rows["drawn"].astype(bool)
    return rows.assign(applied=rows["applied"].astype(bool), approved=approved, drawn=drawn)


def _row(own: pd.DataFrame, confidence: float) -> dict[str, float]:
    counts = {name: int(own[name].sum()) for name in STEPS}
    shares = {
        "applied": (counts["applied"], len(own)),
        "approved": (counts["approved"], counts["applied"]),
        "drawn": (counts["drawn"], counts["approved"]),
        "loan": (counts["drawn"], len(own)),
    }
    found: dict[str, float] = {"need_contacts": len(own)}
    for name, (part, whole) in shares.items():
        share = part / whole if whole else np.nan
        ends = share_interval(np.array([share]), np.array([float(max(whole, 1))]), confidence)
        found |= {
            f"{name}_share": share,
            f"{name}_low": float(ends.low[0]),
            f"{name}_high": float(ends.high[0]),
        }
    reached = {"days_to_apply": "applied", "days_to_decide": "approved", "days_to_draw": "drawn"}
    for name, step in reached.items():
        days = pd.to_numeric(own.loc[own[step], name]).dropna()
        found[name] = float(days.median()) if len(days) else np.nan
    return found


def _apart(drawn: "np.ndarray", inside: "np.ndarray") -> float:
    """Return the p-value that the segment's contacts end in loans as often as all others'."""
    from scipy import stats

    table = np.array(
        [[(drawn & inside).sum(), (~drawn & inside).sum()],
         [(drawn & ~inside).sum(), (~drawn & ~inside).sum()]]
    )  # fmt: skip
    size = table.sum()
    if not size or (np.outer(table.sum(axis=1), table.sum(axis=0)) / size).min() < LEAST:
        return float("nan")
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def _facts(table: pd.DataFrame, whole: dict[str, float], confidence: float) -> dict[str, Fact]:
    n = int(whole["need_contacts"])
    facts = {"contacts": Fact(n, "count", n=n)}
    for name in ("applied", "approved", "drawn", "loan"):
        ends = whole[f"{name}_low"], whole[f"{name}_high"]
        facts[name] = Fact(whole[f"{name}_share"], "share", *ends, confidence, n)
    for name in ("days_to_apply", "days_to_decide", "days_to_draw"):
        facts[name] = Fact(whole[name], "ledger", n=n)
    below = table[table["need_standing"] == "below"]
    if len(below):
        row = below.iloc[int(below["loan_share"].to_numpy().argmin())]
        ends = float(row["loan_low"]), float(row["loan_high"])
        own = int(row["need_contacts"])
        facts["below"] = Fact(len(below), "ledger")
        facts["lowest"] = Fact(float(row["loan_share"]), "share", *ends, confidence, own)
    return facts
