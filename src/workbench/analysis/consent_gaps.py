"""Bureau reports and third-party items that no consent covered, at that time and for that use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import lines
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class ConsentGaps(Result):
    """Uses of information that no consent covered, by reason.

    A consent covers a use when it was live then and given for it; one that was live and given for
    something else is a reason of its own, `wrong_purpose`.

    Attributes
    ----------
    table : DataFrame
        One row per kind of `information` and reason `consent_gap`, most frequent first within each
        kind: `times`, `share` of all uses of that kind, `affected` customers.
    facts : mapping
        `uses`; `gaps`, their share `gap_share`, and the `affected` customers; `<information>` share
        of each kind that no consent covered.
    quarters : DataFrame
        One row per `quarter` (its name), oldest first: per kind the share that no consent covered.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    quarters: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("information", "code", values="table"),
        Column("consent_gap", "code", values="consent_gap"),
        Column("times", "count"),
        Column("share", "share2"),
        Column("affected", "count"),
    )
    base: ClassVar[str | None] = "affected"
    adds: ClassVar[tuple[str, ...]] = ("times",)
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("information",), ("consent_gap",))
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)

    def summary(self) -> Finding:
        """Say how many uses no consent covered, how many customers, and the main reason."""
        if self.table.empty:
            return Finding(f"{self.name}.none", ("uses",))
        if self.facts["gap_share"].value == 1:
            return Finding(f"{self.name}.unrecorded", ("uses",))
        largest = self.table.sort_values("times", kind="stable").iloc[-1]
        words = {
            "information": Word(largest["information"], "table"),
            "reason": Word(largest["consent_gap"], "consent_gap"),
        }
        shown = ("uses", "gaps", "gap_share", "affected")
        return Finding(f"{self.name}.finding", shown, words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share that no consent covered by quarter, one line per kind of information."""
        kinds = [name for name in self.quarters.columns if name != "quarter"]
        return lines.draw(
            self.quarters,
            columns="quarter",
            lines={kind: schema.value("table", kind) for kind in kinds},
            unit="share2",
            label=text.say("information.consent_axis"),
            ax=ax,
        )


def consent_gaps(uses: pd.DataFrame) -> ConsentGaps:
    """Return how many uses of information no consent covered at that time.

    Parameters
    ----------
    uses : DataFrame
        `information`, `used_year`, `used_quarter`, `gap` (missing where a consent covered it),
        `customer_id` (missing as well there), `uses` (`information_sources.consent_uses`).
    """
    needed = ("information", "used_year", "used_quarter", "gap", "customer_id", "uses")
    check.columns(uses, *needed)
    check.rows(uses, "bureau reports or third-party items")
    gaps = uses[uses["gap"].notna()]
    whole = uses.groupby("information")["uses"].sum()
    grouped = gaps.groupby(["information", "gap"])
    table = grouped.agg(times=("uses", "sum"), affected=("customer_id", "nunique")).reset_index()
    table["share"] = table["times"] / table["information"].map(whole)
    table = table.rename(columns={"gap": "consent_gap"}).sort_values(
        ["information", "times", "consent_gap"], ascending=[True, False, True], ignore_index=True
    )
    table = table[[column.name for column in ConsentGaps.columns]]
    return ConsentGaps("information.consent", table, _facts(uses, gaps), _quarters(uses, gaps))


def _facts(uses: pd.DataFrame, gaps: pd.DataFrame) -> dict[str, Fact]:
    total, without = int(uses["uses"].sum()), int(gaps["uses"].sum())
    affected = int(gaps["customer_id"].nunique())
    facts = {
        "uses": Fact(total, "count"),
        "gaps": Fact(without, "count", n=affected),
        "gap_share": Fact(without / total, "share2", n=affected),
        "affected": Fact(affected, "count", n=affected),
    }
    for kind, own in uses.groupby("information"):
        lacking = gaps[gaps["information"] == kind]
        share = float(lacking["uses"].sum() / own["uses"].sum())
        facts[str(kind)] = Fact(share, "share2", n=int(lacking["customer_id"].nunique()))
    return facts


def _quarters(uses: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    by = ["used_year", "used_quarter", "information"]
    counted = uses.groupby(by)["uses"].sum()
    share = gaps.groupby(by)["uses"].sum().reindex(counted.index, fill_value=0) / counted
    wide = share.rename("share").reset_index()
    wide = wide.pivot_table("share", ["used_year", "used_quarter"], "information")
    names = [f"{year}Q{quarter}" for year, quarter in wide.index]
    return wide.reset_index(drop=True).rename_axis(columns=None).assign(quarter=names)


def of_consents(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps as matters to send back to the risk department (table of `consent_gaps`).

    Returns
    -------
    DataFrame
        One row per reason: `receiver`, `cause`, `matter`, `case_count`, `case_unit` (uses),
        `share` of all uses of the kinds of information in which the reason occurs, and `people`:
        customers of its smallest row, since a sum with a row that is hidden would tell it.
    """
    check.columns(gaps, "consent_gap", "times", "share", "affected")
    rows = gaps.assign(whole=gaps["times"] / gaps["share"]).groupby("consent_gap", as_index=False)
    table = rows.agg(times=("times", "sum"), whole=("whole", "sum"), people=("affected", "min"))
    return pd.DataFrame(
        {
            "receiver": "risk",
            "cause": "no_consent",
            "matter": "consent_gap:" + table["consent_gap"],
            "case_count": table["times"],
            "case_unit": "uses",
            "share": table["times"] / table["whole"],
            "people": table["people"],
        }
    )
