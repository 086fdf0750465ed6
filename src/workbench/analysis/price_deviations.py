"""Prices below the list: how far, who approved them, and whether the authority was enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import loan_pricing
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIXED = "FIXED"


@dataclass(frozen=True, eq=False, repr=False)
class PriceDeviations(Result):
    """Loans by the level whose approval their price needed.

    Attributes
    ----------
    table : DataFrame
        One row per `price_authority` needed: `loans`, `beside_list` (mean price less list),
        `approval_recorded` (share with an approval on record), `too_low` (of these, approved by a
        lower level than needed, with `low` to `high`), `below_floor` (share priced below it).
    facts : mapping
        `loans` (with a list price), `beside_list`, `under_list` (share below the list), `needed`
        (loans that needed more than the lowest level), `too_low` (of those with a record),
        `unrecorded`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("price_authority", "code", values="price_authority"),
        Column("loans", "count"),
        Column("beside_list", "bp", signed=True),
        Column("approval_recorded", "share"),
        Column("too_low", "share", interval=("low", "high")),
        Column("below_floor", "share"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say how many prices are below the list, and how many nobody with authority approved."""
        if self.table.empty:
            return Finding(f"{self.name}.unlisted")
        return Finding(f"{self.name}.finding", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share approved too low, by the level that was needed."""
        shown = self.table.dropna(subset=["too_low"])
        return intervals.draw(
            shown.assign(
                value=shown["too_low"],
                label=[schema.value("price_authority", code) for code in shown["price_authority"]],
            ),
            rows="label",
            unit="share",
            label=text.say("pricing.too_low_axis"),
            ax=ax,
        )


def price_deviations(
    priced: pd.DataFrame, day: date, *, confidence: float = 0.95
) -> PriceDeviations:
    """Compare each loan's price with the list of its day, and its approval with the authorities.

    Parameters
    ----------
    priced : DataFrame
        `PriceFloor.priced`: `rate`, `prime`, `list_bp`, `list_base`, `price_approval`,
        `above_floor`. Loans that the list has no price for are left out; without any, the result
        is empty.
    day : date
        Day whose authorities are used.
    confidence : float
        Coverage of the intervals (Wilson).
    """
    check.columns(priced, "rate", "prime", "list_bp", "list_base", "price_approval")
    own = loan_pricing.rules(day)
    loans = priced[priced["list_bp"].notna()]
    if loans.empty:
        nothing = pd.DataFrame(
            columns=[*(column.name for column in PriceDeviations.columns), "low", "high"]
        )
        return PriceDeviations("pricing.deviations", nothing, {})
    fixed = loans["list_base"].eq(FIXED).to_numpy()
    base = np.where(fixed, 0.0, loans["prime"].to_numpy(float))
    # Rates are on file to a hundredth of a basis point: rounding must not ask for an approval.
    beside = np.round(
        (loans["rate"].to_numpy(float) - base) * 1e4 - loans["list_bp"].astype(float), 2
    )
    levels = [entry.level for entry in own.authority]
    place = {level: at for at, level in enumerate(levels)}
    given = loans["price_approval"].map(place).to_numpy(float)
    cases = pd.DataFrame(
        {
            "need": loan_pricing.level_needed(np.asarray(beside, dtype=float), own).astype(int),
            "beside": np.asarray(beside, dtype=float) / 1e4,
            "given": given,
            "below": loans["above_floor"].to_numpy(float) < 0,
        }
    )
    cases["short"] = np.where(np.isnan(given), np.nan, given < cases["need"])
    table = _table(cases, levels, confidence)
    return PriceDeviations("pricing.deviations", table, _facts(cases, confidence))


def _table(cases: pd.DataFrame, levels: list[str], confidence: float) -> pd.DataFrame:
    by = cases.groupby("need")
    found = pd.DataFrame(
        {
            "loans": by.size(),
            "beside_list": by["beside"].mean(),
            "approval_recorded": by["given"].count() / by.size(),
            "too_low": by["short"].mean(),
            "judged": by["given"].count(),
            "below_floor": by["below"].mean(),
        }
    ).reset_index()
    ends = share_interval(
        found["too_low"].to_numpy(float), found["judged"].to_numpy(float), confidence
    )
    found["low"], found["high"] = ends.low, ends.high
    # The lowest level may approve what needs no more: nothing is too low there.
    found.loc[found["need"] == 0, ["too_low", "low", "high"]] = np.nan
    return found.assign(price_authority=[levels[at] for at in found["need"]])


def _facts(cases: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    n, higher = len(cases), cases[cases["need"] > 0]
    known = higher["short"].dropna()
    share = float(known.mean()) if len(known) else np.nan
    ends = share_interval(np.array([share]), np.array([float(max(len(known), 1))]), confidence)
    return {
        "loans": Fact(n, "count", n=n),
        "beside_list": Fact(float(cases["beside"].mean()), "bp", n=n),
        "under_list": Fact(float((cases["beside"] < 0).mean()), "share", n=n),
        "needed": Fact(len(higher), "count", n=len(higher)),
        "too_low": Fact(
            share, "share", float(ends.low[0]), float(ends.high[0]), confidence, len(known)
        ),
        "unrecorded": Fact(float(cases["given"].isna().mean()), "share", n=n),
    }
