"""Pricing of loans: the bank's own curve, cost rates, hurdle, credits and authorities, dated."""

from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from workbench import check
from workbench.errors import ParameterError
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Share, Vector, amounts

PREPAID_ELSE = "other"
"""Kind of product whose prepayment stands for kinds that the pack does not name."""


class Point(Rule):
    """One point of the transfer price curve."""

    months: float = Field(gt=0)
    rate: float = Field(gt=-0.05, lt=0.5)


class Funding(Rule):
    """The transfer price curve, and what floating loans bear of its slope."""

    liquidity_share: Share
    curve: list[Point] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> "Funding":
        months = [point.months for point in self.curve]
        if months != sorted(set(months)):
            raise ValueError("the months of the curve must rise")
        return self

    def rate(self, months: Vector) -> Vector:
        """Return the transfer price a year of money fixed for so many `months`."""
        known = [point.months for point in self.curve]
        return np.asarray(np.interp(months, known, [point.rate for point in self.curve]))


class Capital(Rule):
    """Capital of a unit of risk-weighted assets, the return it must earn, and income tax."""

    ratio: float = Field(gt=0, lt=1)
    hurdle: float = Field(ge=0, lt=1)
    income_tax: float = Field(ge=0, lt=1)


class Loss(Rule):
    """Loss given default by main security, and the least probability of default."""

    credit: Share
    guarantee: Share
    mortgage: Share
    pledge: Share
    least_pd: Share


class Relationship(Rule):
    """What recorded deposits of a customer may take off the floor of a loan."""

    deposit_margin: float = Field(ge=0)
    credited: Share
    least_months: int = Field(ge=1, le=12)
    most_bp: float = Field(ge=0)


class Quote(Rule):
    """Steps in which prices are quoted."""

    step_bp: float = Field(gt=0)


class Cost(Rule):
    """Cost of running loans of a segment: a share of the balance a year, and yuan for each loan."""

    rate: float = Field(ge=0)
    per_loan: float = Field(ge=0)


class Authority(Rule):
    """Who may approve a price down to so many basis points below the list."""

    level: str
    below_bp: float = Field(ge=0)


class Grid(Rule):
    """Cells of the price grid: lower ends of amounts, upper ends of terms in months."""

    amounts: list[float] = Field(min_length=1)
    terms: list[int] = Field(min_length=1)


class LoanPricing(Pack):
    """The rule pack `loan-pricing`."""

    funding: Funding
    capital: Capital
    loss: Loss
    relationship: Relationship
    quote: Quote
    cost: dict[str, Cost]
    authority: list[Authority] = Field(min_length=1)
    prepayment: dict[str, Share]
    grid: Grid


def rules(day: date) -> LoanPricing:
    """Return the pack in force on `day`."""
    return in_force(LoanPricing, "loan-pricing", day)


def funding(loans: pd.DataFrame, rules: LoanPricing) -> Vector:
    """Return the transfer price of each loan, shape (n,).

    A fixed loan is funded for its average life. A floating one is funded to its next repricing, and
    bears part of what money for its whole average life costs more.

    Parameters
    ----------
    loans : DataFrame
        `term` (months), `repayment_method`, `rate_type`, `reprice_months` (missing when fixed).
    """
    check.columns(loans, "term", "repayment_method", "rate_type", "reprice_months")
    term = amounts(loans, "term")
    whole = loans["repayment_method"].eq("interest_only_bullet").to_numpy()
    life = np.where(whole, term, (term + 1) / 2)
    long = rules.funding.rate(life)
    short = rules.funding.rate(np.nan_to_num(amounts(loans, "reprice_months"), nan=12.0))
    floating = loans["rate_type"].eq("floating").to_numpy()
    share = rules.funding.liquidity_share
    return np.where(floating, short + share * np.maximum(long - short, 0), long)


def operating(loans: pd.DataFrame, rules: LoanPricing) -> Vector:
    """Return the running cost of each loan as a share of its amount a year, shape (n,).

    What making the loan costs is spread over its term.

    Parameters
    ----------
    loans : DataFrame
        `segment`, `principal`, `term` (months).

    Raises
    ------
    ParameterError
        The pack names no cost of a segment.
    """
    check.columns(loans, "segment", "principal", "term")
    unknown = sorted(set(loans["segment"].astype(str)) - rules.cost.keys())
    if unknown:
        raise ParameterError(f"loan-pricing names no cost of segment {unknown[0]!r}; add it")
    own = loans["segment"].astype(str).map(rules.cost)
    rate = own.map(lambda cost: cost.rate).to_numpy(float)
    once = own.map(lambda cost: cost.per_loan).to_numpy(float)
    years = np.maximum(amounts(loans, "term"), 1) / 12
    return np.asarray(rate + once / np.maximum(amounts(loans, "principal"), 1) / years)


def loss_given_default(loans: pd.DataFrame, rules: LoanPricing) -> Vector:
    """Return each loan's loss given default: the assessment's `lgd`, else that of its security."""
    check.columns(loans, "lgd", "main_security")
    by_security = {name: getattr(rules.loss, name) for name in ("credit", "guarantee")}
    by_security |= {name: getattr(rules.loss, name) for name in ("mortgage", "pledge")}
    fallback = loans["main_security"].astype(object).map(by_security).to_numpy(float)
    assessed = amounts(loans, "lgd")
    return np.where(np.isnan(assessed), fallback, assessed)


def credit(loans: pd.DataFrame, rules: LoanPricing) -> Vector:
    """Return what recorded relationship income may take off each loan's floor a year, shape (n,).

    Nothing where too few months are on record: income that nobody recorded lowers no floor.

    Parameters
    ----------
    loans : DataFrame
        `deposit_months` (months of the last twelve on record), `deposits` (their average, yuan),
        `owed` (all loans of the customer, yuan).
    """
    check.columns(loans, "deposit_months", "deposits", "owed")
    own = rules.relationship
    earned = own.deposit_margin * own.credited * np.nan_to_num(amounts(loans, "deposits"))
    owed = amounts(loans, "owed")
    share = np.divide(earned, owed, out=np.zeros(len(loans)), where=owed > 0)
    recorded = np.nan_to_num(amounts(loans, "deposit_months")) >= own.least_months
    return np.asarray(np.where(recorded, np.minimum(share, own.most_bp / 1e4), 0.0))


def quoted(rate: Vector, prime: Vector, rules: LoanPricing) -> Vector:
    """Return the spread over the prime rate at which `rate` is quoted, in bp: rounded up."""
    exact = (rate - prime) * 1e4 / rules.quote.step_bp
    # A price on a step is quoted there: what is beyond it by rounding alone is not.
    return np.asarray(np.ceil(np.round(exact, 6)) * rules.quote.step_bp)


def level_needed(beside_list_bp: Vector, rules: LoanPricing) -> Vector:
    """Return the place in `authority` of who must approve, 0 the lowest; NaN without a list price.

    Parameters
    ----------
    beside_list_bp : array
        Price less the list's, basis points: negative below it.
    """
    bounds = np.array([entry.below_bp for entry in rules.authority])
    below = np.maximum(-beside_list_bp, 0)
    place = np.minimum(np.searchsorted(bounds, below, side="left"), len(bounds) - 1)
    return np.asarray(np.where(np.isnan(beside_list_bp), np.nan, place.astype(float)))


def prepaid(loans: pd.DataFrame, rules: LoanPricing) -> Vector:
    """Return the share of each loan prepaid a year, by `product_type`."""
    check.columns(loans, "product_type")
    rates = rules.prepayment
    other = rates.get(PREPAID_ELSE, 0.0)
    found = loans["product_type"].astype(object).map(rates).fillna(other)
    return np.asarray(found.to_numpy(float))
