"""Customers that may have been entered twice: how far attributes without names can tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result


@dataclass(frozen=True, eq=False, repr=False)
class Lookalikes(Result):
    """Pairs of customers that agree in every attribute two entries of one customer share.

    Many agree by chance, so a pair is a reason to compare names in the vault and no more.

    Attributes
    ----------
    table : DataFrame
        One row per `customer_type`: `customers`, `alike_share` (that have a look-alike),
        `alike_pairs`, and `rare_pairs` of them, whose attributes are so rare that chance gives
        hardly any.
    facts : mapping
        `customers`, `alike_share`, `alike_pairs`, `rare_pairs`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_type", "code", values="customer_type"),
        Column("customers", "count"),
        Column("alike_share", "share"),
        Column("alike_pairs", "count"),
        Column("rare_pairs", "count"),
    )
    base: ClassVar[str | None] = "customers"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many pairs are alike, and how few of them attributes alone can single out."""
        return Finding(f"{self.name}.finding", ("alike_share", "alike_pairs", "rare_pairs"))


def lookalikes(groups: pd.DataFrame, *, rare: float) -> Lookalikes:
    """Return how many pairs of customers are alike, and how many of these are rarely alike.

    Parameters
    ----------
    groups : DataFrame
        One row per combination of `customer_type` and attributes, with `customers` that share it
        (`information_sources.customer_lookalikes`).
    rare : float
        Pairs count as rare where chance alone would give fewer customers with such attributes.
    """
    check.columns(groups, "customer_type", "customers")
    check.rows(groups, "customers")
    size = groups["customers"].astype(int)
    counted = pd.DataFrame(
        {
            "customer_type": groups["customer_type"],
            "customers": size,
            "alike": size.where(size > 1, 0),
            "alike_pairs": size * (size - 1) // 2,
        }
    )
    few = expected(groups) < rare
    counted["rare_pairs"] = counted["alike_pairs"].where(few, 0)
    table = counted.groupby("customer_type", as_index=False).sum()
    table["alike_share"] = table["alike"] / table["customers"]
    table = table[[column.name for column in Lookalikes.columns]]
    n = int(size.sum())
    facts = {
        "customers": Fact(n, "count", n=n),
        "alike_share": Fact(float(counted["alike"].sum() / n), "share", n=n),
        "alike_pairs": Fact(int(counted["alike_pairs"].sum()), "count", n=n),
        "rare_pairs": Fact(int(counted["rare_pairs"].sum()), "count", n=n),
    }
    return Lookalikes("information.lookalikes", table, facts)


def expected(groups: pd.DataFrame) -> "pd.Series[float]":
    """Return how many customers of its type chance would give each of `groups`.

    Attributes are taken as independent within a type of customer; a missing one is a value.
    """
    number = groups["customers"].astype(float)
    whole = number.groupby(groups["customer_type"]).transform("sum")
    logarithm = np.log(whole)
    for name in groups.columns.drop(["customer_type", "customers"]):
        by = [groups["customer_type"], groups[name].astype(object)]
        logarithm += np.log(number.groupby(by, dropna=False).transform("sum") / whole)
    return pd.Series(np.exp(logarithm), groups.index)
