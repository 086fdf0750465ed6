"""What to offer whom next: who may be offered anything at all, and which product suits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.data.stated_needs import StatedNeeds
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.need_topics import NeedTopics
from workbench.rules.next_product import Exclude, NextProduct

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PEOPLE = (
    *("customer_id", "segment", "branch_id", "preferred_channel"),
    *("product_type", "probability", "offer_basis", "topic", "said_on"),
    *("second_product", "second_probability"),
)
"""Columns of the list of proposals."""


@dataclass(frozen=True, eq=False, repr=False)
class Exclusions(Result):
    """Why nothing is offered to customers, in the order in which it is looked at.

    Attributes
    ----------
    table : DataFrame
        `offer_block` (code; the last row those who may be offered a product), `excluded_here`
        (customers whose first reason it is), `concerned` (whom it concerns at all).
    facts : mapping
        `customers`, `offered`, `offered_share`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("offer_block", "code", values="offer_block"),
        Column("excluded_here", "count"),
        Column("concerned", "count"),
    )
    base: ClassVar[str | None] = "excluded_here"
    folded: ClassVar[bool] = True
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)

    def summary(self) -> Finding:
        """Say how many customers there are, and how many may be offered a product."""
        return Finding(f"{self.name}.finding", ("customers", "offered", "offered_share"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw how many customers each reason excludes; those who remain stand out."""
        codes = self.table["offer_block"]
        shown = pd.DataFrame(
            {
                "label": [schema.value("offer_block", code) for code in codes],
                "value": self.table["excluded_here"].to_numpy(float),
                "strong": (codes == "offered").to_numpy(bool),
            }
        )
        label = text.say("needs.customers_axis")
        return ranked.draw(shown, rows="label", unit="count", label=label, ax=ax)


@dataclass(frozen=True, eq=False, repr=False)
class NextProducts(Result):
    """What is offered to how many, by segment and product.

    Attributes
    ----------
    table : DataFrame
        `segment`, `product_type`, `proposed` (customers), `by_need_share` (of these, who stated a
        need that the product meets), `told_share` (mean probability of taking it in the horizon;
        missing where no model is good enough), `takers_expected` (its sum).
    facts : mapping
        `proposed`, `by_need`, `takers_expected`, and of the product most often offered: `first`.
    people : DataFrame
        One row per customer: the columns of `PEOPLE`. Never shown.
    considered : frozenset of str
        Customers for whom there is a product that is meant for them and not held. Never shown.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    people: pd.DataFrame
    considered: frozenset[str]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("product_type", "code", values="product_type"),
        Column("proposed", "count"),
        Column("by_need_share", "share"),
        Column("told_share", "share"),
        Column("takers_expected", "count"),
    )
    base: ClassVar[str | None] = "proposed"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say to how many something is offered, and what most."""
        if self.table.empty:
            return Finding("needs.next_products.none")
        words = {"product_name": Word(self._first(), "product_type")}
        return Finding("needs.next_products.finding", tuple(self.facts), words)

    def _first(self) -> str:
        return str(self.table.groupby("product_type")["proposed"].sum().idxmax())


def exclusions(customers: pd.DataFrame, proposed: NextProducts, rules: NextProduct) -> Exclusions:
    """Count why nothing is offered, each customer once by the first reason.

    Parameters
    ----------
    customers : DataFrame
        The query `offer_customers`.
    proposed : NextProducts
        What is proposed to them.
    rules : NextProduct
        Whom nothing is offered to.
    """
    reasons = _blocked(customers, rules.exclude)
    ids = customers["customer_id"]
    free = ~np.logical_or.reduce(list(reasons.values()))
    some = ids.isin(proposed.considered).to_numpy(bool)
    reasons["nothing_left"] = free & ~some
    reasons["unlikely"] = free & some & ~ids.isin(proposed.people["customer_id"]).to_numpy(bool)
    left = np.ones(len(customers), dtype=np.bool_)
    rows = []
    for code, concerned in reasons.items():
        rows.append((code, int((left & concerned).sum()), int(concerned.sum())))
        left &= ~concerned
    rows.append(("offered", int(left.sum()), int(left.sum())))
    table = pd.DataFrame(rows, columns=["offer_block", "excluded_here", "concerned"])
    n = len(customers)
    facts = {
        "customers": Fact(n, "count", n=n),
        "offered": Fact(int(left.sum()), "count"),
        "offered_share": Fact(float(left.mean()) if n else float("nan"), "share", n=n),
    }
    return Exclusions("needs.exclusions", table, facts)


def next_products(
    customers: pd.DataFrame,
    scores: pd.DataFrame,
    held: pd.DataFrame,
    needs: StatedNeeds,
    topics: NeedTopics,
    rules: NextProduct,
) -> NextProducts:
    """Choose for each customer who may be asked the product that suits best.

    A need that the customer stated and nobody served goes first: of the products that meet it the
    likeliest. Else the likeliest product, if it is likely enough. Products that are held, or not
    meant for the segment, are never proposed.

    Parameters
    ----------
    customers : DataFrame
        The query `offer_customers`.
    scores : DataFrame
        `Propensities.scores`.
    held : DataFrame
        The query `holdings` of today.
    needs : StatedNeeds
        Needs of the last months; only unserved and open ones count.
    topics : NeedTopics
        Which products meet a topic.
    rules : NextProduct
        Who may be offered what.
    """
    check.columns(customers, "customer_id", "segment", "branch_id", "preferred_channel")
    barred = np.zeros(len(customers), dtype=np.bool_)
    for blocked in _blocked(customers, rules.exclude).values():
        barred |= blocked
    free = customers[~barred]
    options = _options(free, held, scores, rules)
    wanted = _wanted(needs, topics)
    options = options.merge(wanted, on=["customer_id", "product_type"], how="left")
    options["by_need"] = options["topic"].notna()
    likely = options["probability"].fillna(0) >= rules.offer.least_probability
    order = options[options["by_need"] | likely].sort_values(
        ["customer_id", "by_need", "probability", "product_type"],
        ascending=[True, False, False, True],
        kind="stable",
        na_position="last",
    )
    first = order.drop_duplicates("customer_id")
    second = order[~order.index.isin(first.index)].drop_duplicates("customer_id")
    second = second[["customer_id", "product_type", "probability"]].rename(
        columns={"product_type": "second_product", "probability": "second_probability"}
    )
    people = first.merge(second, on="customer_id", how="left")
    people["offer_basis"] = np.where(people["by_need"], "stated_need", "propensity")
    people = people[list(PEOPLE)].reset_index(drop=True)
    table, some = _counted(people), frozenset(options["customer_id"])
    return NextProducts("needs.next_products", table, _facts(people), people, some)


def _blocked(customers: pd.DataFrame, rules: Exclude) -> dict[str, NDArray[np.bool_]]:
    """Return who is excluded by each reason about the customer, in the order they are looked at."""
    needed = ("do_not_contact", "consents", "days_rested", "dpd", "class_rank", "warning_rank")
    check.columns(customers, "customer_id", "segment", "pd", "years_here", *needed)

    def numbers(name: str) -> NDArray[np.float64]:
        return pd.to_numeric(customers[name]).to_numpy(dtype=float, na_value=np.nan)

    return {
        "do_not_contact": customers["do_not_contact"].to_numpy(bool),
        "no_consent": ~customers["consents"].to_numpy(bool),
        "overdue": numbers("dpd") >= rules.dpd_from,
        "class_below": numbers("class_rank") >= rules.class_from,
        "warned": numbers("warning_rank") >= rules.warning_from,
        "risky": numbers("pd") > rules.pd_above,
        "resting": numbers("days_rested") < rules.rest_days,
        "too_new": numbers("years_here") < rules.least_years,
    }


def _options(
    free: pd.DataFrame, held: pd.DataFrame, scores: pd.DataFrame, rules: NextProduct
) -> pd.DataFrame:
    """Return every customer with each product meant for the segment and not held."""
    meant = [(s, product) for product, own in rules.eligible.items() for s in own]
    table = free[["customer_id", "segment", "branch_id", "preferred_channel"]].merge(
        pd.DataFrame(meant, columns=["segment", "product_type"]), on="segment"
    )
    owned = held.rename(columns={"held": "product_type"}).assign(owned=True)
    table = table.merge(owned, on=["customer_id", "product_type"], how="left")
    table = table[table["owned"].isna()].drop(columns="owned")
    return table.merge(scores, on=["customer_id", "product_type"], how="left")


def _wanted(needs: StatedNeeds, topics: NeedTopics) -> pd.DataFrame:
    """Return the products that would meet each customer's newest need that is not served."""
    parts = []
    for number, code in enumerate(needs.topics):
        rows = needs.rows[needs.marks[:, number]]
        waiting = rows[rows["need_outcome"].isin(("unserved", "open"))]
        parts += [
            waiting[["customer_id", "said_on"]].assign(product_type=product, topic=code)
            for product in topics.topic[code].products
        ]
    columns = ["customer_id", "said_on", "product_type", "topic"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    ordered = table.sort_values(["said_on", "topic"], kind="stable")
    return ordered.drop_duplicates(["customer_id", "product_type"], keep="last")


def _counted(people: pd.DataFrame) -> pd.DataFrame:
    by = people.assign(by_need=people["offer_basis"] == "stated_need").groupby(
        ["segment", "product_type"], sort=False
    )
    table = pd.DataFrame(
        {
            "proposed": by.size(),
            "by_need_share": by["by_need"].mean(),
            "told_share": by["probability"].mean(),
            "takers_expected": by["probability"].sum(min_count=1),
        }
    ).reset_index()
    listed = list(schema.values("segment"))
    table["at"] = table["segment"].map({code: at for at, code in enumerate(listed)})
    table = table.sort_values(["at", "proposed"], ascending=[True, False], kind="stable")
    return table.drop(columns="at").reset_index(drop=True)


def _facts(people: pd.DataFrame) -> dict[str, Fact]:
    facts = {"proposed": Fact(len(people), "count", n=len(people))}
    if len(people):
        first = people["product_type"].value_counts().iloc[0]
        by_need = int((people["offer_basis"] == "stated_need").sum())
        facts |= {
            "by_need": Fact(by_need, "count", n=len(people)),
            "takers_expected": Fact(float(people["probability"].sum()), "count", n=len(people)),
            "first": Fact(int(first), "count", n=int(first)),
        }
    return facts
