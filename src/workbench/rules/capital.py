"""Capital for loans by the standardised approach: the risk weight of each, by segment and value."""

from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field

from workbench import check
from workbench.errors import DataError
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Vector, amounts

HOME = "mortgage"
"""Segment or kind of product whose weight follows loan over value."""
RETAIL = ("small", "micro", "business_owner", "consumer")
"""Segments that count as regulatory retail while what they owe is small."""


class Weights(Rule):
    """Risk weights by segment, and up to what amount some of them count as retail."""

    large: float = Field(gt=0)
    medium: float = Field(gt=0)
    small: float = Field(gt=0)
    micro: float = Field(gt=0)
    business_owner: float = Field(gt=0)
    consumer: float = Field(gt=0)
    not_covered: float = Field(gt=0)
    retail: float = Field(gt=0)
    retail_limit: float = Field(gt=0)
    above_limit: float = Field(gt=0)


class Band(Rule):
    """Weight of home loans up to a loan over value."""

    loan_to_value: float = Field(gt=0)
    weight: float = Field(gt=0)


class UnknownHome(Rule):
    """Weight of a home loan without a value."""

    weight: float = Field(gt=0)


class CapitalWeights(Pack):
    """The rule pack `capital-weights`."""

    weights: Weights
    home: list[Band]
    unknown_home: UnknownHome


def rules(day: date) -> CapitalWeights:
    """Return the pack in force on `day`."""
    return in_force(CapitalWeights, "capital-weights", day)


def risk_weights(loans: pd.DataFrame, rules: CapitalWeights) -> Vector:
    """Return the risk weight of each loan as a share of its amount, shape (n,).

    Parameters
    ----------
    loans : DataFrame
        `segment`, `product_type`, `owed` (all loans of the customer, yuan), `principal`, and
        `security_value` (value of what is pledged, yuan; missing when not on record).

    Raises
    ------
    DataError
        A segment has no weight.
    """
    check.columns(loans, "segment", "product_type", "owed", "principal", "security_value")
    own = rules.weights
    segment = loans["segment"].to_numpy(dtype=object)
    home = loans["product_type"].eq(HOME).to_numpy()
    # A customer with a home loan is in that segment; other loans to the same person are retail.
    segment = np.where(~home & (segment == HOME), "consumer", segment)
    known = Weights.model_fields.keys() - Rule.model_fields.keys()
    unknown = sorted({str(code) for code in segment[~home]} - known)
    if unknown:
        raise DataError(f"segment {unknown[0]!r} has no risk weight; add it to capital-weights")
    plain = np.array([getattr(own, code) if code in known else np.nan for code in segment])
    small = amounts(loans, "owed") <= own.retail_limit
    retail = np.isin(segment, RETAIL)
    plain = np.where(retail & small, own.retail, plain)
    persons = np.isin(segment, ("business_owner", "consumer"))
    plain = np.where(persons & ~small, own.above_limit, plain)
    return np.where(home, _home(loans, rules), plain)


def _home(loans: pd.DataFrame, rules: CapitalWeights) -> Vector:
    value = amounts(loans, "security_value")
    with np.errstate(divide="ignore", invalid="ignore"):
        share = amounts(loans, "principal") / value
    upper = np.array([band.loan_to_value for band in rules.home])
    weight = np.array([band.weight for band in rules.home])
    at = np.minimum(np.searchsorted(upper, np.nan_to_num(share), side="left"), len(upper) - 1)
    return np.where(np.isfinite(share), weight[at], rules.unknown_home.weight)
