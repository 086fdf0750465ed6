"""Whether the loans sum to what the general ledger and the returns say: the first page of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word


@dataclass(frozen=True, eq=False, repr=False)
class ControlTotals(Result):
    """Control totals beside the sums of the rows.

    Attributes
    ----------
    table : DataFrame
        One row per `authority` and `item` of the whole bank, and one per branch total that
        differs: `scope` (`ALL` or a branch), `stated`, `found`, `difference`, `reconciled` (code).
    facts : mapping
        `totals` compared, `apart` (number outside the tolerance), `largest` (largest difference
        of a balance, without sign).
    month : str
        The month end in ISO form.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    month: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("authority", "code", values="control_authority"),
        Column("item", "code", values="control_item"),
        Column("scope", "code", values="control_scope"),
        Column("stated", "ledger"),
        Column("found", "ledger"),
        Column("difference", "ledger"),
        Column("reconciled", "code", values="agreement"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say whether everything agrees, and if not how far it is apart."""
        words = {"month": Word(self.month, "date")}
        if not self.facts["totals"].value:
            return Finding(f"{self.name}.none", (), {})
        kind = "apart" if self.facts["apart"].value else "agree"
        return Finding(f"{self.name}.{kind}", ("totals", "apart", "largest"), words)


def control_totals(totals: pd.DataFrame) -> ControlTotals:
    """Return the newest month's control totals beside the sums of the rows.

    Parameters
    ----------
    totals : DataFrame
        `data.information.control_totals`: `authority`, `month_end`, `item`, `scope`, `stated`,
        `found`, `agrees`.
    """
    check.columns(totals, "authority", "month_end", "item", "scope", "stated", "found", "agrees")
    newest = totals[totals["month_end"] == totals["month_end"].max()]
    whole = newest["scope"] == "ALL"
    shown = newest[whole | ~newest["agrees"].astype(bool) | (not whole.any())]
    agreement = shown["agrees"].astype(bool).map({True: "agrees", False: "differs"})
    differences = (newest["found"] - newest["stated"]).abs()
    facts = {
        "totals": Fact(len(newest), "count"),
        "apart": Fact(int((~newest["agrees"].astype(bool)).sum()), "count"),
        "largest": Fact(float(differences.max()) if len(newest) else float("nan"), "money"),
    }
    month = str(newest["month_end"].iloc[0])[:10] if len(newest) else ""
    apart = shown["found"] - shown["stated"]
    table = shown.assign(difference=apart, reconciled=agreement).reset_index(drop=True)
    return ControlTotals("information.totals", table, facts, month)
