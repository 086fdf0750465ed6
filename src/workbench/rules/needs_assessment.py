"""Assessment of needs: own funds, investment, housing, income that counts, and shocks, dated."""

from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from workbench.errors import ParameterError
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Share, Vector


class Statement(Rule):
    """How old a yearly statement may be, in months from its end."""

    oldest_months: int = Field(ge=1)


class Growth(Rule):
    """Bounds of the growth of revenue that is expected."""

    least: float = Field(gt=-1)
    most: float

    @model_validator(mode="after")
    def _ordered(self) -> "Growth":
        if self.least > self.most:
            raise ValueError("the least growth is above the most")
        return self


class OwnFunds(Rule):
    """Share of the need for working capital that a firm brings itself."""

    share: Share


class FixedAssets(Rule):
    """What an investment is financed by, and what the firm must earn for it."""

    capital_share: Share
    life_years: float = Field(gt=0)
    cover: float = Field(ge=1)
    months: int = Field(ge=1)
    rate: float = Field(ge=0, lt=1)


class Housing(Rule):
    """Most that is lent on a home, and on which terms."""

    loan_to_value: Share
    months: int = Field(ge=1)
    rate: float = Field(ge=0, lt=1)


class Spare(Rule):
    """Terms at which spare room for instalments is turned into an amount."""

    months: int = Field(ge=1)
    rate: float = Field(ge=0, lt=1)


class Living(Rule):
    """Least cost of living a month, yuan."""

    least: float = Field(ge=0)


class Income(Rule):
    """Share of an income that counts, by how it was established."""

    counted: dict[str, Share]


class Stress(Rule):
    """A scenario: rise of rates, and fall of income."""

    code: str
    title_zh: str
    title_en: str
    rate_up: float = Field(ge=0, lt=1)
    income_down: Share

    def said(self) -> dict[str, str]:
        """Return its name in each language."""
        return {"zh": self.title_zh, "en": self.title_en}


class Choice(Rule):
    """When an industry is one to grow in, and when one to avoid."""

    most_risk: float = Field(gt=0)
    avoid_growth: float
    least_growth: float
    least_firms: int = Field(ge=2)


class NeedsAssessment(Pack):
    """The rule pack `needs-assessment`."""

    statement: Statement
    growth: Growth
    own_funds: OwnFunds
    fixed_assets: FixedAssets
    housing: Housing
    spare: Spare
    living: Living
    income: Income
    stress: list[Stress] = Field(min_length=1)
    choice: Choice


def rules(day: date) -> NeedsAssessment:
    """Return the pack in force on `day`."""
    return in_force(NeedsAssessment, "needs-assessment", day)


def expected_growth(growth: Vector, rules: NeedsAssessment) -> Vector:
    """Return last year's growth of revenue within the bounds of the pack; 0 where unknown."""
    return np.clip(np.nan_to_num(growth), rules.growth.least, rules.growth.most)


def counted_income(income: Vector, basis: "pd.Series[str]", rules: NeedsAssessment) -> Vector:
    """Return the income that counts, by how it was established; yuan, in the unit given.

    Raises
    ------
    ParameterError
        The pack says nothing of a code of `basis`.
    """
    known = basis.dropna().astype(str)
    unknown = sorted(set(known) - rules.income.counted.keys())
    if unknown:
        raise ParameterError(
            f"needs-assessment does not say how much of an income counts that is {unknown[0]!r}; "
            "add it under [income.counted]"
        )
    share = basis.astype(object).map(rules.income.counted).to_numpy(float)
    return np.asarray(income * share)


def living_cost(expense: Vector, rules: NeedsAssessment) -> Vector:
    """Return the cost of living a month: what is stated, yuan a year, and no less than the pack's.

    Stated expenses are taken to leave debt service out.
    """
    return np.asarray(np.maximum(np.nan_to_num(expense) / 12, rules.living.least))


def investment_need(fixed_assets: Vector, growth: Vector, rules: NeedsAssessment) -> Vector:
    """Return next year's investment: what wears out is replaced, and what grows is added.

    Yuan; `growth` is what is expected of revenue. Nothing where a firm shrinks faster than its
    assets wear out.
    """
    rate = 1 / rules.fixed_assets.life_years + growth
    return np.asarray(np.maximum(fixed_assets * rate, 0.0))


def investment_loan(
    investment: Vector, cash_flow: Vector, service: Vector, rules: NeedsAssessment
) -> Vector:
    """Return the loan for an investment: the share that owners do not bring, as far as it is paid.

    Parameters
    ----------
    investment : array
        Yuan.
    cash_flow : array
        From operations, yuan a year.
    service : array
        Debt service there is, yuan a year. What is left of cash flow over `cover` pays the loan
        back in equal yearly sums with interest on the mean balance.
    """
    own = rules.fixed_assets
    spare = np.maximum(cash_flow / own.cover - service, 0.0)
    years = own.months / 12
    carried = spare / (1 / years + own.rate / 2)
    return np.asarray(np.minimum((1 - own.capital_share) * investment, carried))


def housing_loan(value: Vector, payable: Vector, rules: NeedsAssessment) -> Vector:
    """Return the loan on a home: the share of its value that is lent, as far as it is paid.

    Parameters
    ----------
    value : array
        Of the home, yuan.
    payable : array
        Amount that instalments within the limit of income pay back, yuan.
    """
    return np.asarray(np.minimum(rules.housing.loan_to_value * value, payable))
