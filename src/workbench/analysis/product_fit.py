"""Which products fit which segments: taken, priced, repaid and liked, and where there are gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import loan_pricing
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.grades import binomial_tail, holm
from workbench.stats.grouped_means import means
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SATISFIED = 4
"""Lowest answer of five that counts as satisfied, as on the page of satisfaction."""
REFUSED = ("declined", "withdrawn")
TELLING = ("capacity", "willingness", "fraud")
"""Reasons for a decline that say nothing about the product: the customer was the reason."""


@dataclass(frozen=True, eq=False, repr=False)
class ProductFit(Result):
    """One row per segment and product, or kind of security.

    Attributes
    ----------
    table : DataFrame
        `segment`, `product_type` (or `main_security`), `customers` (holders), `take_up` (share of
        the segment's borrowers, `take_low` to `take_high`), `balance` (with `largest` and `second`
        holder), `margin_bp` (rate less transfer price, weighted by balance, clustered by customer,
        `margin_low` to `margin_high`), `default_rate` (of loans that performed a year before,
        Jeffreys `default_low` to `default_high`), `satisfied` (share of holders who answered,
        design weights and effective number, `satisfied_low` to `satisfied_high`), `unserved` (share
        of applications in the last months that led to no loan for reasons other than the customer's
        own risk, `unserved_low` to `unserved_high`), `fit`: `gap` where unserved demand is above
        the bank's (Holm-adjusted over cells), `loses` where the margin less the default rate times
        the loss is surely below nothing, else `fits`.
    facts : mapping
        `customers` (borrowers), `cells`, `gaps`, `losing`, `unserved` (of the whole bank), `widest`
        (largest unserved share of a gap).
    place : tuple of str
        Segment and product of the widest gap; empty without any.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    place: tuple[str, ...]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("product_type", "code", values="product_type"),
        Column("customers", "count"),
        Column("take_up", "share"),
        Column("margin_bp", "bp", signed=True),
        Column("default_rate", "share2", interval=("default_low", "default_high")),
        Column("satisfied", "share"),
        Column("unserved", "share"),
        Column("product_fit", "code", values="product_fit", judged=True),
    )
    base: ClassVar[str | None] = "customers"
    figure: ClassVar[tuple[float, float] | None] = (7.4, 4.4)
    across: ClassVar[str] = "product_type"

    def summary(self) -> Finding:
        """Say how many gaps there are, and which is the widest."""
        if not self.place:
            quoted = ("customers", "cells", "unserved", "losing")
            return Finding(f"{self.name}.none", quoted)
        words = {
            "segment": Word(self.place[0], "segment"),
            "product": Word(self.place[1], self.across),
        }
        return Finding(f"{self.name}.gaps", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw take-up by segment and product; a mark stands where demand goes unserved."""
        shown = self.table.assign(
            row=[schema.value("segment", code) for code in self.table["segment"]],
            column=[schema.value(self.across, code) for code in self.table[self.across]],
        )
        names = list(dict.fromkeys(shown.sort_values("at")["column"]))
        wide = shown.pivot_table(
            index="row", columns="column", values="take_up", sort=False, dropna=False
        )
        marks = shown.assign(mark=shown["product_fit"].eq("gap").map({True: "△", False: ""}))
        marked = marks.pivot_table(
            index="row", columns="column", values="mark", aggfunc="first", sort=False, dropna=False
        )
        return grid.draw(
            wide[names],
            marks=marked[names].fillna("").to_numpy(),
            unit="share",
            label=text.say(f"pricing.fit_axis_{self.across}"),
            ax=ax,
            whole=True,
        )


@dataclass(frozen=True, eq=False, repr=False)
class SecurityFit(ProductFit):
    """The same by main security: mortgaged, unsecured, guaranteed, pledged."""

    across: ClassVar[str] = "main_security"
    columns: ClassVar[tuple[Column, ...]] = (
        ProductFit.columns[0],
        Column("main_security", "code", values="main_security"),
        *(column for column in ProductFit.columns[2:] if column.name != "unserved"),
    )

    def summary(self) -> Finding:
        """Say how many combinations there are, and how many surely lose money."""
        return Finding(f"{self.name}.finding", tuple(self.facts))


@dataclass(frozen=True)
class Inputs:
    """What the fit is worked out from.

    Attributes
    ----------
    loans : DataFrame
        The query `product_loans`.
    offers : DataFrame
        The query `price_offers`: all applications decided, whatever became of them.
    answers : DataFrame
        `Bank.survey` of one wave: `customer_id`, `csat`, `design_weight`.
    """

    loans: pd.DataFrame
    offers: pd.DataFrame
    answers: pd.DataFrame


def product_fit(inputs: Inputs, day: date, *, confidence: float = 0.95) -> ProductFit:
    """Describe every segment and product by take-up, balance, margin, loss and satisfaction.

    Parameters
    ----------
    inputs : Inputs
        Loans, applications and answers.
    day : date
        Day whose transfer price curve is used.
    confidence : float
        Coverage of the intervals.
    """
    table = _table(inputs, day, "product_type", confidence)
    asked = _asked(inputs)
    table, whole = _unserved(table, asked, confidence)
    table["product_fit"] = _verdicts(table, inputs.loans, day, confidence)
    gaps = table[table["product_fit"] == "gap"]
    place: tuple[str, ...] = ()
    facts = _facts(table, whole)
    if len(gaps):
        widest = gaps.iloc[int(gaps["unserved"].to_numpy().argmax())]
        place = (str(widest["segment"]), str(widest["product_type"]))
        facts["widest"] = Fact(
            float(widest["unserved"]),
            "share",
            float(widest["unserved_low"]),
            float(widest["unserved_high"]),
            confidence,
            int(widest["asked"]),
        )
    return ProductFit("products.fit", table, facts, place)


def security_fit(inputs: Inputs, day: date, *, confidence: float = 0.95) -> SecurityFit:
    """Describe every segment and main security the same way; applications do not name one."""
    table = _table(inputs, day, "main_security", confidence)
    table["product_fit"] = _verdicts(table, inputs.loans, day, confidence)
    return SecurityFit("products.security", table, _facts(table, np.nan), ())


def _table(inputs: Inputs, day: date, across: str, confidence: float) -> pd.DataFrame:
    loans = inputs.loans
    check.columns(loans, "customer_id", "segment", across, "balance", "live", "performed")
    live = loans[loans["live"] == 1]
    check.rows(live, "live loans")
    borrowers = live.groupby("segment")["customer_id"].nunique()
    key = ["segment", across]
    cells = live.groupby(key)["customer_id"].nunique().rename("customers").reset_index()
    listed = list(schema.values("segment"))
    across_listed = list(schema.values(across))
    cells = cells.assign(
        at=[across_listed.index(code) for code in cells[across]],
        row=[listed.index(code) for code in cells["segment"]],
    ).sort_values(["row", "at"], ignore_index=True)
    of = np.asarray(cells["segment"].map(borrowers), dtype=float)
    share = cells["customers"].to_numpy(float) / of
    ends = share_interval(share, of, confidence)
    cells = cells.assign(take_up=share, take_low=ends.low, take_high=ends.high, borrowers=of)
    places = {pair: at for at, pair in enumerate(zip(cells["segment"], cells[across], strict=True))}
    for part in (
        _balances(live, key),
        _defaults(loans, key, confidence),
        _liked(live, inputs.answers, key, confidence),
    ):
        cells = cells.join(part, on=key)
    return cells.assign(**_margins(live, key, places, (day, confidence)))


def _balances(live: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    by_customer = live.groupby([*key, "customer_id"])["balance"].sum()
    ordered = by_customer.sort_values(ascending=False, kind="stable").groupby(level=[0, 1])
    return pd.DataFrame(
        {
            "balance": live.groupby(key)["balance"].sum(),
            "largest": ordered.nth(0).droplevel(2),
            "second": ordered.nth(1).droplevel(2),
        }
    ).fillna({"second": 0.0})


def _margins(
    live: pd.DataFrame,
    key: list[str],
    places: Mapping[tuple[str, str], int],
    how: tuple[date, float],
) -> dict[str, Vector]:
    """Return the mean margin over the transfer price of each cell, with its interval."""
    margin = live["rate"].to_numpy(float) - loan_pricing.funding(live, loan_pricing.rules(how[0]))
    group = [places[pair] for pair in zip(live[key[0]], live[key[1]], strict=True)]
    found = means(
        margin,
        live["balance"].to_numpy(float),
        np.array(group, dtype=np.int64),
        pd.factorize(live["customer_id"])[0].astype(np.int64),
        count=len(places),
        confidence=how[1],
    )
    return {"margin_bp": found.mean, "margin_low": found.low, "margin_high": found.high}


def _defaults(loans: pd.DataFrame, key: list[str], confidence: float) -> pd.DataFrame:
    by = loans[loans["performed"] == 1].groupby(key)["defaulted"]
    cases, defaults = by.size(), by.sum()
    low, high = jeffreys_interval(
        np.asarray(defaults, dtype=float), np.asarray(cases, dtype=float), confidence
    )
    return pd.DataFrame(
        {
            "cases": cases,
            "default_rate": defaults / cases,
            "default_low": low,
            "default_high": high,
        },
        index=cases.index,
    )


def _liked(
    live: pd.DataFrame, answers: pd.DataFrame, key: list[str], confidence: float
) -> pd.DataFrame:
    """Return the share of satisfied holders: design weights, and the number they are worth."""
    check.columns(answers, "customer_id", "csat", "design_weight")
    said = answers.dropna(subset=["csat", "design_weight"])
    held = (
        live[[*key, "customer_id"]]
        .drop_duplicates()
        .merge(said[["customer_id", "csat", "design_weight"]], on="customer_id")
    )
    held = held.assign(
        good=held["design_weight"] * (held["csat"] >= SATISFIED),
        square=held["design_weight"] ** 2,
    )
    sums = held.groupby(key)[["good", "design_weight", "square"]].sum()
    share = (sums["good"] / sums["design_weight"]).to_numpy(float)
    worth = (sums["design_weight"] ** 2 / sums["square"]).to_numpy(float)
    ends = share_interval(share, worth, confidence)
    return pd.DataFrame(
        {"satisfied": share, "satisfied_low": ends.low, "satisfied_high": ends.high},
        index=sums.index,
    )


def _asked(inputs: Inputs) -> pd.DataFrame:
    """Return applications by segment and product: how many, and how many went unserved.

    An applicant who has loans is in the segment of a borrower.
    """
    offers = inputs.offers
    check.columns(offers, "decision", "decline_reason", "accepted", "segment", "product_type")
    decided = offers[offers["decision"] != "pending"]
    own = decided["decline_reason"].isin(TELLING)
    turned = decided["decision"].isin(REFUSED) & ~own
    left = decided["accepted"].astype("boolean").fillna(True).eq(False)
    of = inputs.loans.drop_duplicates("customer_id").set_index("customer_id")["segment"]
    segment = decided["customer_id"].map(of).fillna(decided["segment"])
    counted = decided.assign(missed=(turned | left).astype(int), own=own, segment=segment)
    by = counted[~counted["own"]].groupby(["segment", "product_type"])["missed"]
    return pd.DataFrame({"asked": by.size(), "missed": by.sum()})


def _unserved(
    table: pd.DataFrame, asked: pd.DataFrame, confidence: float
) -> tuple[pd.DataFrame, float]:
    found = table.join(asked, on=["segment", "product_type"]).fillna({"asked": 0, "missed": 0})
    n, missed = found["asked"].to_numpy(float), found["missed"].to_numpy(float)
    whole = float(missed.sum() / n.sum()) if n.sum() else np.nan
    some = n > 0
    share = np.divide(missed, n, out=np.full(len(n), np.nan), where=some)
    ends = share_interval(share, np.where(some, n, 1.0), confidence)
    p = np.full(len(n), np.nan)
    p[some] = binomial_tail(np.full(int(some.sum()), whole), n[some], missed[some])
    return found.assign(
        unserved=share, unserved_low=ends.low, unserved_high=ends.high, p_gap=holm(p)
    ), whole


def _verdicts(table: pd.DataFrame, loans: pd.DataFrame, day: date, confidence: float) -> list[str]:
    """Return what each cell is: demand unserved, money lost, or neither."""
    loss = loan_pricing.rules(day).loss
    worst = loans["main_security"].map({name: getattr(loss, name) for name in SECURITIES})
    keys = [table.columns[0], table.columns[1]]
    lgd = (
        table[keys]
        .merge(
            loans.assign(lgd=worst).groupby(keys)["lgd"].mean().reset_index(), on=keys, how="left"
        )["lgd"]
        .to_numpy(float)
    )
    # Both ends are taken: the margin at its highest, the default rate at its lowest.
    left = table["margin_high"].to_numpy(float) - table["default_low"].to_numpy(float) * lgd
    gap = (table["p_gap"] < 1 - confidence) if "p_gap" in table else np.zeros(len(table), bool)
    return list(np.select([gap, left < 0], ["gap", "loses"], default="fits"))


SECURITIES = ("credit", "guarantee", "mortgage", "pledge")


def _facts(table: pd.DataFrame, whole: float) -> dict[str, Fact]:
    # Combinations are no people: as a `count`, their number would pass for a sum of customers.
    n = int(table.drop_duplicates("segment")["borrowers"].sum())
    facts = {
        "customers": Fact(n, "count", n=n),
        "cells": Fact(len(table), "ledger"),
        "losing": Fact(int((table["product_fit"] == "loses").sum()), "ledger"),
    }
    if "asked" in table:
        asked = int(table["asked"].sum())
        facts |= {
            "gaps": Fact(int((table["product_fit"] == "gap").sum()), "ledger"),
            "unserved": Fact(whole, "share", n=asked),
        }
    return facts
