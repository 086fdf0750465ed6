"""Whether a new product takes customers from an old one: who leaves, with it and without it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.stats.arrays import Vector
from workbench.stats.grades import holm
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COUNTS = ("gone", "holders", "lost", "others")
YEAR = 365
"""Days in which a product is taken or left."""


@dataclass(frozen=True, eq=False, repr=False)
class Cannibalisation(Result):
    """Leaving one product, by whether another was taken.

    Attributes
    ----------
    table : DataFrame
        One row per `product_left` and `product_taken`: `holders` (of the first a year ago who took
        the second since), `others` (who took nothing new), `left_with` and `left_without` (shares
        that no longer hold the first), `left_more` with its interval `low` to `high` (Newcombe's
        hybrid score), `p_holm`, `verdict`: `replaces`, `keeps`, `open`.
    facts : mapping
        `pairs`, `replacing`, `keeping`, `largest` (difference), `customers`.
    pair : tuple of str
        Products of the largest difference; empty without any.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    pair: tuple[str, ...]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("product_left", "code", values="product_type"),
        Column("product_taken", "code", values="product_type"),
        Column("holders", "count"),
        Column("others", "count"),
        Column("left_with", "share"),
        Column("left_without", "share"),
        Column("left_more", "pp", interval=("low", "high"), signed=True),
        Column("p_holm", "p"),
        Column("verdict", "code", values="product_move", judged=True),
    )
    base: ClassVar[str | None] = "holders"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        """Say which product takes customers from which."""
        kind = "replaces" if self.facts["replacing"].value else "none"
        return Finding(f"{self.name}.{kind}", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the difference of each pair with its interval."""
        shown = self.table.dropna(subset=["left_more"])
        names = zip(shown["product_left"], shown["product_taken"], strict=True)
        return intervals.draw(
            shown.assign(
                value=shown["left_more"],
                label=[
                    text.say(
                        "pricing.product_pair",
                        left=schema.value("product_type", left),
                        taken=schema.value("product_type", taken),
                    )
                    for left, taken in names
                ],
            ),
            rows="label",
            unit="pp",
            label=text.say("pricing.left_axis"),
            ax=ax,
            reference=0.0,
        )


def cannibalisation(
    loans: pd.DataFrame, day: date, *, least: int = 20, confidence: float = 0.95
) -> Cannibalisation:
    """Compare who left a product within a year among those who took another and those who did not.

    Nobody was told by lot to take a product: a difference is a reason to look, not an effect.

    Parameters
    ----------
    loans : DataFrame
        The query `product_loans`: loans live on `day` or a year before.
    day : date
        End of the year.
    least : int
        Holders who took the other product that a pair needs to be judged.
    confidence : float
        Coverage of the intervals; 1 minus it is the level of all tests together.
    """
    check.columns(loans, "customer_id", "product_type", "live", "live_before", "disbursed_on")
    check.rows(loans, "loans live a year ago or now")
    before = loans[loans["live_before"] == 1]
    held = before.groupby("product_type")["customer_id"].unique()
    now = loans[loans["live"] == 1]
    still = now.groupby("product_type")["customer_id"].unique()
    fresh = pd.to_datetime(loans["disbursed_on"]) > pd.Timestamp(day - timedelta(days=YEAR))
    new = loans[fresh].groupby("product_type")["customer_id"].unique()
    anything = set(loans.loc[fresh, "customer_id"])
    rows = []
    for left, owners in held.items():
        keeps = set(still.get(left, []))
        none = [who for who in owners if who not in anything]
        for taken, buyers in new.items():
            own = set(owners) & set(buyers) - set(held.get(taken, []))
            if taken != left and len(own) >= least and len(none) >= least:
                gone = sum(who not in keeps for who in own)
                lost = sum(who not in keeps for who in none)
                rows.append((left, taken, len(own), len(none), gone, lost))
    head = ["product_left", "product_taken", "holders", "others", "gone", "lost"]
    table = _compared(pd.DataFrame(rows, columns=head), confidence)
    return Cannibalisation("products.cannibalisation", table, *_facts(table, before, confidence))


def _compared(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    n, m = table["holders"].to_numpy(float), table["others"].to_numpy(float)
    first, second = table["gone"].to_numpy(float) / n, table["lost"].to_numpy(float) / m
    one, two = share_interval(first, n, confidence), share_interval(second, m, confidence)
    gap = first - second
    low = gap - np.sqrt((first - one.low) ** 2 + (two.high - second) ** 2)
    high = gap + np.sqrt((one.high - first) ** 2 + (second - two.low) ** 2)
    p = holm(_exact(table))
    sure = p < 1 - confidence
    return table.assign(
        left_with=first,
        left_without=second,
        left_more=gap,
        low=low,
        high=high,
        p_holm=p,
        verdict=np.select([sure & (gap > 0), sure], ["replaces", "keeps"], default="open"),
    )


def _exact(table: pd.DataFrame) -> Vector:
    """Return p-values of Fisher's exact test of each row."""
    from scipy.stats import fisher_exact

    found = []
    for gone, holders, lost, others in table[list(COUNTS)].to_numpy(int).tolist():
        cells = np.array([[gone, holders - gone], [lost, others - lost]])
        found.append(float(fisher_exact(cells).pvalue))
    return np.array(found)


def _facts(
    table: pd.DataFrame, before: pd.DataFrame, confidence: float
) -> tuple[dict[str, Fact], tuple[str, ...]]:
    n = int(before["customer_id"].nunique())
    facts = {
        "customers": Fact(n, "count", n=n),
        "pairs": Fact(len(table), "ledger"),
        "replacing": Fact(int((table["verdict"] == "replaces").sum()), "ledger"),
        "keeping": Fact(int((table["verdict"] == "keeps").sum()), "ledger"),
    }
    if table.empty:
        return facts, ()
    top = table.iloc[int(table["left_more"].to_numpy(float).argmax())]
    facts["largest"] = Fact(
        float(top["left_more"]),
        "pp",
        float(top["low"]),
        float(top["high"]),
        confidence,
        int(top["holders"]),
    )
    return facts, (str(top["product_left"]), str(top["product_taken"]))
