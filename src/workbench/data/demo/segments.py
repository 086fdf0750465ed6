"""What the demo bank's customers are like, by segment, read from `segments.toml`."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WAN = 10_000.0
"""万: ten thousand yuan."""


@dataclass(frozen=True)
class Segment:
    """One group of customers.

    Attributes
    ----------
    code : str
        Code in the value list `segment`.
    customers : int
        Customers in a bank of 20,000.
    balance : float
        Mean balance of a borrower, 万元.
    spread, largest : float
        Standard deviation of the log of the amount; the largest amount, 万元.
    slots : float
        Loans a customer may hold side by side, on average.
    joins : float
        Share of the customers who came in the last three years.
    late : float
        Monthly probability that a loan in order falls into arrears, at the average customer.
    rolls : list of float
        Probabilities that 1-30 days become 31-60, these 61-90, and these more than 90.
    watch : float
        Monthly probability of becoming special mention without arrears.
    leaves : list of float
        Monthly probabilities that a loan more than 90 days late ends in cash, sale, upgrade.
    writes_off : float
        Monthly probability of write-off after 360 days, in an average month.
    pd, lgd, approval : float
        Intended 12-month default probability, loss given default, share of applications approved.
    terms, projects : list of int
        Terms offered, and those of project loans, months.
    margin : list of float
        Mean and standard deviation of the spread over LPR, basis points.
    prepays, renews, returns : float
        Yearly early repayment; renewal at maturity; monthly new loan of a customer without one.
    days : list of float
        Median days from application to money, and their coefficient of variation.
    online : float
        Share of applications made online.
    """

    code: str
    customers: int
    balance: float
    spread: float
    largest: float
    slots: float
    joins: float
    late: float
    rolls: list[float]
    watch: float
    leaves: list[float]
    writes_off: float
    pd: float
    lgd: float
    approval: float
    terms: list[int]
    projects: list[int]
    margin: list[float]
    prepays: float
    renews: float
    returns: float
    days: list[float]
    online: float


def _read() -> tuple[Segment, ...]:
    source = files("workbench.data.demo").joinpath("segments.toml").read_text("utf-8")
    return tuple(Segment(code=code, **values) for code, values in tomllib.loads(source).items())


SEGMENTS = _read()
CODES = tuple(segment.code for segment in SEGMENTS)
LARGE, MEDIUM, SMALL, MICRO, OWNER, HOME, CONSUMER = range(len(SEGMENTS))


def each(name: str) -> Floats:
    """Return attribute `name` of every segment, in the order of `SEGMENTS`."""
    return np.array([getattr(segment, name) for segment in SEGMENTS], dtype=np.float64)


def counts(customers: int) -> Ints:
    """Return the number of customers of each segment, at least one, adding up to `customers`."""
    exact = each("customers") * customers / each("customers").sum()
    whole = np.maximum(np.floor(exact).astype(np.int64), 1)
    whole[CONSUMER] += customers - whole.sum()
    return np.asarray(whole)


def generator(seed: int, subject: str) -> np.random.Generator:
    """Return the random generator of one subject, undisturbed by the draws of the others."""
    return np.random.default_rng([seed, *subject.encode()])
