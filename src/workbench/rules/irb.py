"""Capital for loans by internal ratings: the risk weight functions of the Basel Framework."""

from datetime import date

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field
from scipy import special

from workbench.errors import ParameterError
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Vector

MINIMUM = 12.5
"""Risk-weighted assets for a unit of capital: the inverse of the minimum of 8 %."""


class General(Rule):
    """What all classes share: confidence, multiplier, least PD, maturity in years."""

    confidence: float = Field(gt=0.5, lt=1)
    scaling: float = Field(gt=0)
    least_pd: float = Field(ge=0, lt=1)
    maturity: float = Field(ge=1, le=5)


class Class(Rule):
    """Asset correlation of a class, and whether its capital rises with maturity."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)
    decay: float = Field(gt=0)
    matures: bool


class Size(Rule):
    """Relief of the correlation of firms with small sales."""

    least_sales: float = Field(gt=0)
    most_sales: float = Field(gt=0)
    relief: float = Field(ge=0, lt=1)


class IrbParameters(Pack):
    """The rule pack `irb-parameters`."""

    general: General
    classes: dict[str, Class]
    size: Size
    segments: dict[str, str]


def rules(day: date) -> IrbParameters:
    """Return the pack in force on `day`."""
    return in_force(IrbParameters, "irb-parameters", day)


def risk_weights(
    pd: ArrayLike,
    lgd: ArrayLike,
    exposure: str,
    rules: IrbParameters,
    *,
    maturity: float | None = None,
    sales: ArrayLike | None = None,
) -> Vector:
    """Return the risk weight as a share of the exposure for each pair of PD and LGD.

    Parameters
    ----------
    pd, lgd : array_like
        Probability of default within a year, as given (see `floored`), and loss given default.
    exposure : str
        A class of the pack: `corporate`, `retail_mortgage`, `retail_qrre`, `retail_other`.
    maturity : float, optional
        Years; the pack's unless given. Without effect on retail classes.
    sales : array_like, optional
        Yearly sales in yuan of firms; missing ones get no relief.

    Raises
    ------
    ParameterError
        The pack has no such class.

    Notes
    -----
    K = LGD Φ((Φ⁻¹(PD) + √R Φ⁻¹(c)) / √(1 - R)) - LGD PD, times (1 + (M - 2.5) b) / (1 - 1.5 b)
    for classes that mature, b = (0.11852 - 0.05478 ln PD)²: Basel Framework, CRE31.
    """
    if exposure not in rules.classes:
        raise ParameterError(
            f"irb-parameters has no class {exposure!r}; it has {sorted(rules.classes)}"
        )
    own, general = rules.classes[exposure], rules.general
    p, loss = np.asarray(pd, dtype=float), np.asarray(lgd, dtype=float)
    fade = (1 - np.exp(-own.decay * p)) / (1 - np.exp(-own.decay))
    correlation = own.low * fade + own.high * (1 - fade)
    if sales is not None:
        correlation = correlation - _relief(np.asarray(sales, dtype=float), rules.size)
    worst = special.ndtri(p) + np.sqrt(correlation) * special.ndtri(general.confidence)
    capital = loss * (special.ndtr(worst / np.sqrt(1 - correlation)) - p)
    if own.matures:
        years = general.maturity if maturity is None else maturity
        b = (0.11852 - 0.05478 * np.log(p)) ** 2
        capital = capital * (1 + (years - 2.5) * b) / (1 - 1.5 * b)
    return np.asarray(MINIMUM * general.scaling * capital)


def floored(pd: ArrayLike, rules: IrbParameters) -> Vector:
    """Return `pd`, raised to the least one the rules allow."""
    return np.asarray(np.maximum(np.asarray(pd, dtype=float), rules.general.least_pd))


def by_segment(segment: Vector, pd: Vector, lgd: Vector, rules: IrbParameters) -> Vector:
    """Return the risk weight of each loan by the class of its `segment`, PD raised to the least."""
    found = np.full(len(pd), np.nan)
    raised = floored(pd, rules)
    for code in np.unique(segment.astype(str)):
        if code not in rules.segments:
            raise ParameterError(f"irb-parameters names no class for segment {code!r}")
        rows = segment == code
        found[rows] = risk_weights(raised[rows], lgd[rows], rules.segments[code], rules)
    return found


def _relief(sales: Vector, size: Size) -> Vector:
    share = (size.most_sales - sales) / (size.most_sales - size.least_sales)
    return np.where(np.isnan(sales), 0.0, size.relief * np.clip(np.nan_to_num(share), 0, 1))
