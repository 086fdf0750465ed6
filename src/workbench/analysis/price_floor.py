"""What loans have to cost, from funding, running cost, loss, capital and tax, and what they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import contributions, targets
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import capital, irb, loan_pricing, loan_tax
from workbench.stats import loan_price, loan_value
from workbench.stats.arrays import Codes, Vector
from workbench.stats.grouped_means import Means, means
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("funding", "operating", "loss", "capital", "tax", "fee", "credit")
"""What the floor is made of, in the order in which it is built; the last two take off."""
METHODS = {"interest_only_bullet": loan_value.BULLET, "equal_principal": loan_value.PRINCIPAL}
NEEDED = (
    *("customer_id", "segment", "product_type", "term", "principal", "rate_type", "fee_rate"),
    *("repayment_method", "main_security", "grade", "pd", "lgd", "owed", "line", "rate", "prime"),
)


@dataclass(frozen=True, eq=False, repr=False)
class PriceFloor(Result):
    """Actual prices against the floor, by segment.

    Attributes
    ----------
    table : DataFrame
        One row per `segment`: `loans`, `amount` (lent, with `largest` and `second` customer),
        `actual_rate` and `floor_rate` (means weighted by amount), `above_floor` (their difference
        with its interval `low` to `high`, clustered by customer), `below_floor` (share of loans
        priced below theirs, with `below_low` to `below_high`), `raroc`, `value_added` (economic
        value added, share of the amount a year), `irb_floor` and `life_floor` (floor with capital
        by internal ratings, and over the whole life of the loan). What loans earn leaves out
        relationship income; the floor takes off what of it is on record.
    facts : mapping
        `loans`, `actual`, `floor`, `above_floor`, `below`, `raroc`, `hurdle`, `value_added`,
        `lowered` (share of loans whose recorded relationship income lowers the floor), `without_pd`
        (share priced at the mean PD of their grade), `least` and `least_below` (difference and
        share below the floor of the segment that is priced lowest against it).
    least : str
        That segment.
    priced : DataFrame
        The loans with what their floor is made of: the columns of `loan_price.Costs`,
        `floor`, `floor_bp` (quoted spread over the prime rate, rounded up), `spread_bp` (actual),
        `credit`, `above_floor`, `raroc`, `irb_floor`, `life_floor`, `exempt_to`.
    build : PriceBuild
        What the floor of all loans together is made of.
    methods : FloorMethods
        The floor by other methods.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    least: str
    priced: pd.DataFrame
    build: "PriceBuild"
    methods: "FloorMethods"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("loans", "count"),
        Column("actual_rate", "share2"),
        Column("floor_rate", "share2"),
        Column("above_floor", "bp", interval=("low", "high"), signed=True),
        Column("below_floor", "share"),
        Column("raroc", "share"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("above_floor", "below", "raroc")

    def summary(self) -> Finding:
        """Say how far prices stand above the floor, and how many loans stand below it."""
        kind = "earns" if self.facts["value_added"].value >= 0 else "loses"
        words = {"segment": Word(self.least, "segment")}
        return Finding(f"{self.name}.{kind}", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the actual rate of each segment, and its floor."""
        shown = self.table.dropna(subset=["actual_rate"])
        return targets.draw(
            shown.assign(
                value=shown["actual_rate"],
                target=shown["floor_rate"],
                low=shown["floor_rate"] + shown["low"],
                high=shown["floor_rate"] + shown["high"],
                label=[schema.value("segment", code) for code in shown["segment"]],
            ),
            rows="label",
            unit="share2",
            label=text.say("pricing.rate_axis"),
            names=(text.say("pricing.actual"), text.say("pricing.floor_mark")),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class PriceBuild(Result):
    """What the floor is made of: means weighted by amount, which add up to it.

    Attributes
    ----------
    table : DataFrame
        One row per `price_part`, the floor last: `loans`, `value` (share a year).
    facts : mapping
        One per part, and `floor`, `actual`, `prime`, `spread` (floor over the prime rate).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("price_part", "code", values="price_part"),
        Column("loans", "count"),
        Column("part_bp", "bp", signed=True),
    )
    base: ClassVar[str | None] = "loans"
    row_facts: ClassVar[str | None] = "price_part"

    def summary(self) -> Finding:
        """Say what the floor is, over the prime rate, and its largest parts."""
        return Finding(f"{self.name}.finding", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the parts as bars that add up to the floor."""
        shown = self.table[self.table["price_part"] != "floor"]
        return contributions.draw(
            shown.assign(
                value=shown["part_bp"],
                label=[schema.value("price_part", code) for code in shown["price_part"]],
            ),
            rows="label",
            total=schema.value("price_part", "floor"),
            unit="bp",
            label=text.say("pricing.bp_axis"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class FloorMethods(Result):
    """The floor with capital by the standardised approach, by ratings, and over the whole life.

    Attributes
    ----------
    table : DataFrame
        That of `PriceFloor`.
    facts : mapping
        `floor`, `irb_floor`, `life_floor` (means weighted by amount).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("loans", "count"),
        Column("amount", "money", largest=("largest", "second")),
        Column("floor_rate", "share2"),
        Column("irb_floor", "share2"),
        Column("life_floor", "share2"),
        Column("value_added", "bp", signed=True),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say what the floor is by each method."""
        return Finding(f"{self.name}.finding", tuple(self.facts))


def price_floor(loans: pd.DataFrame, day: date, *, confidence: float = 0.95) -> PriceFloor:
    """Price each loan from its costs by the rules in force on `day`, and compare.

    Parameters
    ----------
    loans : DataFrame
        The query `priced_loans`: one row per loan made, with what was known that day. A loan
        without an assessment gets the mean PD of its grade; one without prime rate or any PD is
        left out.
    day : date
        Day whose curve, cost rates, weights and taxes are used for all loans.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(loans, *NEEDED)
    own = loan_pricing.rules(day)
    known, without = _with_pd(loans, own)
    check.rows(known, "loans with a prime rate and a PD")
    priced = _priced(known, own, day)
    table = _table(priced, confidence)
    facts = _facts(priced, own, without, confidence)
    least = table.iloc[int(table["above_floor"].to_numpy(float).argmin())]
    facts |= _lowest(least, confidence)
    return PriceFloor(
        "pricing.floor",
        table,
        facts,
        str(least["segment"]),
        priced,
        _build(priced),
        FloorMethods("pricing.methods", table, _methods(priced, confidence)),
    )


def _with_pd(loans: pd.DataFrame, own: loan_pricing.LoanPricing) -> tuple[pd.DataFrame, float]:
    """Return the loans with a PD, that of their grade where none is on record, and their share."""
    pd_ = loans["pd"].astype(float)
    by_grade = pd_.groupby(loans["grade"]).transform("mean")
    filled = pd_.fillna(by_grade).clip(lower=own.loss.least_pd)
    missing = float(pd_.isna().mean()) if len(loans) else 0.0
    kept = filled.notna() & loans["prime"].notna() & (loans["term"] > 0) & (loans["principal"] > 0)
    return loans.assign(pd=filled)[kept].reset_index(drop=True), missing


def _priced(loans: pd.DataFrame, own: loan_pricing.LoanPricing, day: date) -> pd.DataFrame:
    taxes = loan_tax.rules(day)
    weight = capital.risk_weights(loans, capital.rules(day))
    years = np.maximum(loans["term"].to_numpy(float), 1) / 12
    columns = {
        "funding": loan_pricing.funding(loans, own),
        "operating": loan_pricing.operating(loans, own),
        "pd": loans["pd"].to_numpy(float),
        "lgd": loan_pricing.loss_given_default(loans, own),
        "capital": weight * own.capital.ratio,
        "tax": np.full(len(loans), taxes.tax.share),
        "fee": np.nan_to_num(loans["fee_rate"].to_numpy(float)) / years,
    }
    money = {"hurdle": own.capital.hurdle, "income_tax": own.capital.income_tax}
    costs = loan_price.Costs.of(columns, **money)
    exempt_to = loan_tax.highest_exempt(loans, taxes, day)
    price, costs = loan_price.exempt_price(costs, exempt_to)
    credit = loan_pricing.credit(loans, own)
    rate, prime = loans["rate"].to_numpy(float), loans["prime"].to_numpy(float)
    # What a loan pays in tax follows its own rate: an exempt floor does not make it exempt.
    paid = np.where(rate <= exempt_to, 0.0, taxes.tax.share)
    earned = loan_price.Costs.of({**columns, "tax": paid}, **money)
    floor = price.rate - credit
    ratings = _by_ratings(loans, columns, own, day)
    return loans.assign(
        **columns,
        **{f"part_{name}": getattr(price, name) for name in PARTS[:-2]},
        part_fee=-price.fee / (costs.received * (1 - costs.tax)),
        part_credit=-credit,
        credit=credit,
        exempt_to=exempt_to,
        floor=floor,
        floor_bp=loan_pricing.quoted(floor, prime, own),
        spread_bp=(rate - prime) * 1e4,
        above_floor=rate - floor,
        raroc=loan_price.raroc(rate, earned),
        value_added=loan_price.value_added(rate, earned),
        irb_floor=loan_price.exempt_price(loan_price.Costs.of(ratings, **money), exempt_to)[0].rate
        - credit,
        life_floor=_over_life(loans, costs, own) - credit,
    ).assign(part_funding=lambda table: _scaled(table, price, costs))


def _scaled(table: pd.DataFrame, price: loan_price.Price, costs: loan_price.Costs) -> Vector:
    """Return the part of funding: what the others leave of the price, so that parts add up."""
    rest = price.operating + price.loss + price.capital + price.tax
    return np.asarray(price.rate - rest - table["part_fee"].to_numpy(float))


def _by_ratings(
    loans: pd.DataFrame, columns: Mapping[str, Vector], own: loan_pricing.LoanPricing, day: date
) -> dict[str, Vector]:
    segment = loans["segment"].to_numpy(dtype=object)
    weight = irb.by_segment(segment, columns["pd"], columns["lgd"], irb.rules(day))
    return {**columns, "capital": weight * own.capital.ratio}


def _over_life(
    loans: pd.DataFrame, costs: loan_price.Costs, own: loan_pricing.LoanPricing
) -> Vector:
    method = loans["repayment_method"].map(METHODS).fillna(loan_value.INSTALMENT)
    life = loan_value.Life(
        months=np.asarray(loans["term"], dtype=np.int64),
        method=np.asarray(method, dtype=np.int64),
        pd=costs.pd[:, None],
        prepaid=loan_pricing.prepaid(loans, own),
    )
    return loan_value.price(costs, life)


def _table(priced: pd.DataFrame, confidence: float) -> pd.DataFrame:
    listed = list(schema.values("segment"))
    codes = sorted(set(priced["segment"]), key=listed.index)
    group = priced["segment"].map({code: place for place, code in enumerate(codes)})
    groups, count = group.to_numpy(dtype=np.int64), len(codes)

    def mean(name: str) -> Means:
        return _mean(priced, priced[name].to_numpy(float), groups, count, confidence)

    above = mean("above_floor")
    below = np.bincount(groups, priced["above_floor"] < 0, minlength=count) / above.rows
    ends = share_interval(below, above.rows.astype(float), confidence)
    by_customer = priced.groupby([groups, "customer_id"])["principal"].sum()
    ordered = by_customer.sort_values(ascending=False, kind="stable").groupby(level=0)
    return pd.DataFrame(
        {
            "segment": codes,
            "loans": above.rows,
            "amount": np.bincount(groups, priced["principal"], minlength=count),
            "actual_rate": mean("rate").mean,
            "floor_rate": mean("floor").mean,
            "above_floor": above.mean,
            "low": above.low,
            "high": above.high,
            "below_floor": below,
            "below_low": ends.low,
            "below_high": ends.high,
            "raroc": _earned(priced, groups, count),
            "value_added": mean("value_added").mean,
            "irb_floor": mean("irb_floor").mean,
            "life_floor": mean("life_floor").mean,
            "largest": ordered.nth(0).droplevel(1).reindex(range(count)).to_numpy(),
            "second": ordered.nth(1).droplevel(1).reindex(range(count)).fillna(0).to_numpy(),
        }
    )


def _mean(
    priced: pd.DataFrame, values: Vector, groups: Codes, count: int, confidence: float
) -> Means:
    customer = pd.factorize(priced["customer_id"])[0].astype(np.int64)
    weights = priced["principal"].to_numpy(float)
    return means(values, weights, groups, customer, count=count, confidence=confidence)


def _earned(priced: pd.DataFrame, groups: Codes, count: int) -> Vector:
    """Return the return on the capital of all loans of a group together."""
    held = (priced["capital"] * priced["principal"]).to_numpy(float)
    profit = np.bincount(groups, priced["raroc"].to_numpy(float) * held, minlength=count)
    return np.asarray(profit / np.bincount(groups, held, minlength=count))


def _facts(
    priced: pd.DataFrame, own: loan_pricing.LoanPricing, without: float, confidence: float
) -> dict[str, Fact]:
    n, one = len(priced), np.zeros(len(priced), dtype=np.int64)

    def mean(name: str, unit: str) -> Fact:
        found = _mean(priced, priced[name].to_numpy(float), one, 1, confidence)
        ends = (float(found.low[0]), float(found.high[0]))
        return Fact(float(found.mean[0]), unit, *ends, confidence, n)

    below = float((priced["above_floor"] < 0).mean())
    ends = share_interval(np.array([below]), np.array([float(n)]), confidence)
    return {
        "loans": Fact(n, "count", n=n),
        "actual": mean("rate", "share2"),
        "floor": mean("floor", "share2"),
        "above_floor": mean("above_floor", "bp"),
        "below": Fact(below, "share", float(ends.low[0]), float(ends.high[0]), confidence, n),
        "raroc": Fact(float(_earned(priced, one, 1)[0]), "share", n=n),
        "hurdle": Fact(own.capital.hurdle, "share"),
        "value_added": Fact(
            float((priced["value_added"] * priced["principal"]).sum()), "money", n=n
        ),
        "lowered": Fact(float((priced["credit"] > 0).mean()), "share", n=n),
        "without_pd": Fact(without, "share", n=n),
    }


def _lowest(row: "pd.Series[float]", confidence: float) -> dict[str, Fact]:
    """Return the facts of the segment that is priced lowest against its floor."""

    def fact(name: str, unit: str, low: str, high: str) -> Fact:
        ends = (float(row[low]), float(row[high]))
        return Fact(float(row[name]), unit, *ends, confidence, int(row["loans"]))

    return {
        "least": fact("above_floor", "bp", "low", "high"),
        "least_below": fact("below_floor", "share", "below_low", "below_high"),
    }


def _methods(priced: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    one, n, found = np.zeros(len(priced), dtype=np.int64), len(priced), {}
    for name in ("floor", "irb_floor", "life_floor"):
        own = _mean(priced, priced[name].to_numpy(float), one, 1, confidence)
        ends = (float(own.low[0]), float(own.high[0]))
        found[name] = Fact(float(own.mean[0]), "share2", *ends, confidence, n)
    return found


def _build(priced: pd.DataFrame) -> PriceBuild:
    n, weights = len(priced), priced["principal"].to_numpy(float)
    values = {
        name: float(np.average(priced[f"part_{name}"].to_numpy(float), weights=weights))
        for name in PARTS
    }
    floor, actual, prime = (
        float(np.average(priced[name].to_numpy(float), weights=weights))
        for name in ("floor", "rate", "prime")
    )
    values["floor"] = floor
    table = pd.DataFrame({"price_part": list(values), "loans": n, "part_bp": list(values.values())})
    facts = {name: Fact(value, "bp", n=n) for name, value in values.items()}
    facts |= {
        "floor": Fact(floor, "share2", n=n),
        "actual": Fact(actual, "share2", n=n),
        "prime": Fact(prime, "share2", n=n),
        "spread": Fact(floor - prime, "bp", n=n),
    }
    return PriceBuild("pricing.build", table, facts)
