"""Loan contracts: which loans are made, on what terms, and how they end."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import amounts, choose_by, numbered, optional, pick, whole
from workbench.data.demo.people import SECTIONS, People
from workbench.data.demo.segments import (
    CONSUMER,
    HOME,
    OWNER,
    SEGMENTS,
    WAN,
    Bools,
    Floats,
    Ints,
    each,
)

METHODS = ("equal_instalment", "equal_principal", "interest_only_bullet")
INSTALMENT, EQUAL, BULLET = range(3)
METHOD_WEIGHTS = np.array(
    [[0, 30, 70], [0, 15, 85], [0, 0, 100], [5, 0, 95], [45, 0, 55], [85, 15, 0], [80, 0, 20.0]]
)
SECURITIES = ("credit", "guarantee", "mortgage", "pledge")
SECURITY_WEIGHTS = np.array(
    [
        [36, 24, 26, 14],
        [12, 40, 39, 9],
        [8, 36, 50, 6],
        [30, 25, 42, 3],
        [28, 14, 57, 1],
        [0, 0, 100, 0],
        [86, 2, 12, 0.0],
    ]
)
PRODUCT_WEIGHTS = np.array(
    [
        [85, 10, 0, 0, 0, 0, 0, 0, 0, 0, 5],
        [66, 8, 12, 6, 0, 0, 0, 0, 0, 0, 8],
        [40, 4, 26, 22, 0, 0, 0, 0, 0, 0, 8],
        [25, 0, 18, 12, 45, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 70, 30, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 25, 75, 0.0],
    ]
)
PROJECT_SHARE = 0.75
"""Share of a firm's borrowing that is lent for its project, when it has one."""
PROJECT_SINCE = 36
"""Months before the story within which the oldest projects began."""
WEAK = np.array([0.7650, 0.6150, 0.4150, 0.3150])
"""Share of loans whose security covers less than half, by position in `SECURITIES`."""
WEAK_HOMES = 0.12
"""The same of home loans: houses seldom lose half."""
FILLING = np.array([1.46, 1.28, 1.10, 1.02, 1.20, 1.45, 1.64])
"""Amount lent over the mean balance of a borrower, by segment: instalments shrink the balance."""
CLOSINGS = (
    *("matured", "prepaid_own_funds", "prepaid_refinanced", "prepaid_unknown", "renewed"),
    *("written_off", "transferred"),
)
MATURED, OWN, REFINANCED, UNKNOWN, RENEWED, WRITTEN_OFF, SOLD = range(len(CLOSINGS))
RENEWALS = ("no_repayment", "after_repayment")
PAY_DAYS = (3, 26)
"""Earliest and latest pay day. Between them, months in arrears at a month-end and days past due
agree: one is 1-30 days, two 31-60, three 61-90, four more than 90, in every month of every year."""


@dataclass(frozen=True, eq=False, repr=False)
class Slots:
    """Places for one loan after the other: a customer has one or several.

    Attributes
    ----------
    customer, segment : array (s,) of int
        Whose place it is; the segment of the loans in it.
    opens : array (s,) of int
        Month of its first loan.
    size : array (s,) of float
        The customer's usual amount, yuan.
    product, method, security, term : array (s,) of int
        What its loans are: positions in `names.PRODUCTS`, `METHODS`, `SECURITIES`, and months.
    price : array (s,) of float
        The customer's usual rate, in standard deviations of the segment's spreads.
    weak : array (s,) of bool
        Half or more of a loan would be lost in default.
    """

    customer: Ints
    segment: Ints
    opens: Ints
    size: Floats
    product: Ints
    method: Ints
    security: Ints
    term: Ints
    price: Floats
    weak: Bools


def slots(people: People, span: Ints, rng: np.random.Generator) -> Slots:
    """Return the places for loans; some mortgage customers also take consumer loans."""
    mean = each("slots")[people.segment]
    count = np.floor(mean + rng.random(len(mean)) * (mean % 1 > 0)).astype(np.int64)
    customer = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
    own = people.segment[customer]
    segment = np.where((own == HOME) & (rank > 0), CONSUMER, own)
    delay = np.where(rank > 0, rng.integers(0, 25, len(rank)), 0)
    share = np.where(own == segment, np.maximum(each("slots"), 1)[segment], 1)
    scale = amounts(
        rng,
        (FILLING * each("balance"))[segment] / share,
        each("spread")[segment],
        each("largest")[segment] / share,
    )
    kinds = _kinds(rng, segment)
    price, weak = rng.standard_normal(len(customer)), rng.random(len(customer))
    project = (kinds[0] == names.FIXED) & (own < OWNER)
    began = rng.integers(span[0] - PROJECT_SINCE, span[-1] + 1, len(customer))
    opens = people.joined[customer] + delay
    return Slots(
        *(customer, segment, np.where(project, np.maximum(opens, began), opens)),
        scale * _part(customer, project, count[customer]) * WAN,
        *kinds,
        price,
        weak < np.where(segment == HOME, WEAK_HOMES, WEAK[kinds[2]]),
    )


def _part(customer: Ints, project: Bools, count: Ints) -> Floats:
    """Return each place's part of the customer's borrowing over an equal part."""
    part = np.where(project, PROJECT_SHARE, (1 - PROJECT_SHARE) / np.maximum(count - 1, 1))
    whole = np.bincount(customer, part)[customer]
    held = np.bincount(customer, project)[customer] > 0
    return np.where(held, part * count / whole, 1.0)


def _kinds(rng: np.random.Generator, segment: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return product, way of repayment, security and term of the loans of each place."""
    product = choose_by(rng, segment, PRODUCT_WEIGHTS)
    method = choose_by(rng, segment, METHOD_WEIGHTS)
    security = choose_by(rng, segment, SECURITY_WEIGHTS)
    security = np.where(product == names.FACTORY, 2, security)
    security = np.where(product == names.GUARANTEED, 1, security)
    security = np.where(np.isin(product, (names.MICRO_CREDIT, names.CONSUMER)), 0, security)
    method = np.where(product == names.OWNER_REVOLVING, BULLET, method)
    method = np.where(product == names.FIXED, EQUAL, method)
    return product, method, security, terms_offered(rng, segment, product)


def terms_offered(rng: np.random.Generator, segment: Ints, product: Ints) -> Ints:
    """Return the term of the loans of each place: projects run for years, trade for months."""
    drawn = rng.integers(0, 60, len(segment))
    usual, project = (
        np.array([np.resize(getattr(segment_, name), 60) for segment_ in SEGMENTS])[segment, drawn]
        for name in ("terms", "projects")
    )
    term = np.where(product == names.FIXED, project, usual)
    return np.where(product == names.TRADE, np.minimum(term, 12), term).astype(np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class Contracts:
    """Terms of loans made together; arrays of one length.

    `slot`, `month` made, `day` of that month, `product`, `method`, `security`, `term`, `margin`
    (bp), `floating`, `principal`, `rate` at the start, `limit` (missing unless revolving), `renews`
    (number of the loan renewed, -1 none), `renewal` (position in `RENEWALS`, -1 none).
    """

    slot: Ints
    month: Ints
    day: Ints
    product: Ints
    method: Ints
    security: Ints
    term: Ints
    margin: Floats
    floating: Bools
    principal: Floats
    rate: Floats
    limit: Floats
    renews: Ints
    renewal: Ints

    def take(self, rows: Ints) -> "Contracts":
        """Return the terms of the loans in `rows`."""
        return Contracts(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @property
    def disbursed(self) -> season.Days:
        """Return the day on which each loan was paid out."""
        return season.on(self.month, self.day)

    @property
    def pay_day(self) -> Ints:
        """Return the day of the month on which instalments fall due."""
        return np.clip(self.day, *PAY_DAYS)

    def due(self, instalment: Ints) -> season.Days:
        """Return the day on which that `instalment` of each loan falls due; 1 is the first."""
        return season.on(self.month + instalment, self.pay_day)

    def owed(self, paid: Ints) -> Floats:
        """Return the principal left after `paid` instalments, to the cent."""
        return owed(self.principal, self.rate, self.term, self.method, paid)

    def interest_after(self, paid: Ints) -> Floats:
        """Return the interest due after `paid` instalments, at the rate of the start."""
        left, months, monthly = self.owed(paid), self.term - paid, self.rate / 12
        evenly = left * monthly * np.where(self.method == EQUAL, (months + 1) / 2, months)
        even_payments = left * monthly / (1 - (1 + monthly) ** -months.astype(np.float64)) * months
        return np.where(self.method == INSTALMENT, even_payments - left, evenly)

    def rate_in(self, month: Ints) -> Floats:
        """Return the rate of each loan in a month: floating ones follow the LPR every January."""
        january = month - month % 12
        repriced = season.lpr(january, self.term) + self.margin / 1e4
        return np.where(self.floating & (january > self.month), repriced, self.rate)


def owed(principal: Floats, rate: Floats, term: Ints, method: Ints, paid: Ints) -> Floats:
    """Return the principal left of loans after `paid` of `term` instalments, to the cent.

    The plan is fixed when the loan is made: a new rate changes the interest, not the principal due.
    """
    monthly, months = np.maximum(rate / 12, 1e-6), term.astype(np.float64)
    grown = (1 + monthly) ** months
    annuity = (grown - (1 + monthly) ** paid) / (grown - 1)
    share = np.where(method == EQUAL, 1 - paid / months, 1.0)
    share = np.where(method == INSTALMENT, annuity, share)
    return np.round(principal * np.where(paid >= term, 0.0, share), 2)


def contracts(
    rng: np.random.Generator, all_slots: Slots, slot: Ints, month: Ints, renews: Ints
) -> Contracts:
    """Return the terms of new loans in the places `slot`, made in `month`.

    `renews` holds the number of the loan that each renews, -1 for none.
    """
    segment, term = all_slots.segment[slot], all_slots.term[slot]
    step = np.where(segment >= HOME, 1_000, WAN)
    amount = all_slots.size[slot] * rng.lognormal(0, 0.12, len(slot))
    principal = np.maximum(np.round(amount / step), 1) * step
    typical = np.array([segment_.margin for segment_ in SEGMENTS])[segment]
    shift = 0.8 * all_slots.price[slot] + 0.6 * rng.standard_normal(len(slot))
    drawn = typical[:, 0] + typical[:, 1] * shift
    margin = np.round(np.clip(drawn, typical[:, 0] - 2 * typical[:, 1], 900) / 5) * 5
    rate = season.lpr(month, term) + margin / 1e4
    revolving = all_slots.product[slot] == names.OWNER_REVOLVING
    limit = optional(np.ceil(principal * rng.uniform(1.0, 1.6, len(slot)) / WAN) * WAN, revolving)
    renewal = np.where(renews >= 0, (rng.random(len(slot)) > 0.25).astype(np.int64), -1)
    return Contracts(
        *(slot, month, season.day_in_month(rng, month), all_slots.product[slot]),
        *(all_slots.method[slot], all_slots.security[slot], term, margin),
        *((segment == HOME) | ((term > 12) & (segment < OWNER)), principal, rate, limit),
        *(renews, renewal),
    )


@dataclass(eq=False, repr=False)
class Ledger:
    """All loans made so far and how they ended; loans are numbered from 0 in order of making."""

    made: list[Contracts] = field(default_factory=list)
    ended: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)
    size: int = 0

    def add(self, new: Contracts) -> Ints:
        """Enter new loans and return their numbers."""
        numbers = np.arange(self.size, self.size + len(new.slot))
        self.made.append(new)
        self.size += len(new.slot)
        return numbers

    def close(self, loans: Ints, month: int, how: Ints) -> None:
        """Enter the end of `loans` in `month`; `how` holds positions in `CLOSINGS`."""
        self.ended.append((loans, np.full(len(loans), month), how))

    def all(self) -> Contracts:
        """Return the terms of all loans."""
        fields = Contracts.__dataclass_fields__
        return Contracts(
            *(np.concatenate([getattr(batch, name) for batch in self.made]) for name in fields)
        )

    def ends(self) -> tuple[Ints, Ints]:
        """Return month and way of closing of each loan, -1 while it lives."""
        month, how = np.full(self.size, -1), np.full(self.size, -1)
        for loans, months, ways in self.ended:
            month[loans], how[loans] = months, ways
        return month, how


def loans(people: People, places: Slots, ledger: Ledger, row: Ints) -> pd.DataFrame:
    """Return the loans of the ledger that have a `row`, 0 and more."""
    every, (ended, how) = ledger.all(), ledger.ends()
    kept = np.flatnonzero(row >= 0)
    terms = every.take(kept)
    ended, how = ended[kept], how[kept]
    customer, segment = places.customer[terms.slot], places.segment[terms.slot]
    frame = pd.DataFrame(
        {
            "loan_id": numbered("L", np.arange(len(kept)) + 1, 9),
            "customer_id": people.customers["customer_id"].array[customer],
            "product_id": pick([row_[0] for row_ in names.PRODUCTS], terms.product),
            "branch_id": people.customers["branch_id"].array[customer],
            "disbursed_on": terms.disbursed,
            "matures_on": terms.due(terms.term),
            "closed_on": closed(terms, ended, how),
            "close_type": pick(CLOSINGS, how),
            "renewal_type": pick(RENEWALS, terms.renewal),
            "principal": terms.principal,
        }
    )
    former = np.where(terms.renews >= 0, row[terms.renews], -1)
    frame["renewal_of_loan_id"] = numbered("L", former + 1, 9)
    use = np.where(segment <= OWNER, people.section[customer], -1)
    frame["use_industry_code"] = pick(SECTIONS, use)
    return pd.concat([frame, _prices(terms, segment, ended < 0)], axis=1)


def _prices(terms: Contracts, segment: Ints, live: Bools) -> pd.DataFrame:
    base = np.where(segment == CONSUMER, 2, np.where(terms.term > 60, 1, 0))
    january = np.datetime64(f"{season.LAST.year + 1}-01-01")
    repriced = np.where(terms.floating & live, january, np.datetime64("NaT", "D"))
    return pd.DataFrame(
        {
            "currency": pick(("CNY",), np.zeros(len(base), dtype=np.int64)),
            "rate_type": pick(("fixed", "floating"), terms.floating.astype(np.int64)),
            "base_rate_code": pick(("LPR1Y", "LPR5Y", "FIXED"), base),
            "rate_at_origination": np.round(terms.rate, 6),
            "spread_bp": whole(optional(terms.margin, segment != CONSUMER)),
            "next_reprice_on": repriced,
            "reprice_months": whole(optional(np.full(len(base), 12.0), terms.floating)),
            "repayment_method": pick(METHODS, terms.method),
            "main_security": pick(SECURITIES, terms.security),
        }
    )


def closed(terms: Contracts, ended: Ints, how: Ints) -> season.Days:
    """Return the day on which each loan was closed, missing while it lives."""
    day = np.where(np.isin(how, (MATURED, RENEWED)), terms.pay_day, np.maximum(terms.pay_day, 15))
    day = np.where(np.isin(how, (WRITTEN_OFF, SOLD)), 28, day)
    return np.where(ended < 0, np.datetime64("NaT", "D"), season.on(np.maximum(ended, 0), day))
