"""Applications: those that became loans, those refused by the bank, those refused by customers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import names, ratings, season
from workbench.data.demo.book import PRODUCT_WEIGHTS, Contracts, Slots, terms_offered
from workbench.data.demo.draws import (
    amounts,
    choose,
    choose_by,
    numbered,
    optional,
    pick,
    times,
    whole,
)
from workbench.data.demo.people import People
from workbench.data.demo.profiles import Profiles
from workbench.data.demo.segments import (
    HOME,
    OWNER,
    SEGMENTS,
    WAN,
    Bools,
    Floats,
    Ints,
    each,
    generator,
)

CHANNELS = ("branch", "app", "web", "phone", "rm_visit", "partner")
PURPOSES = ("working_capital", "equipment", "purchase_home", "renovation", "car", "consumption")
PURPOSE_WEIGHTS = np.array(
    [[60.0, 40, 0, 0, 0, 0]] * 2
    + [[80, 20, 0, 0, 0, 0]] * 3
    + [[0, 0, 100, 0, 0, 0], [0, 0, 0, 25, 15, 60]]
)
DECISIONS = ("approved", "approved_reduced", "declined", "withdrawn", "pending")
APPROVED, REDUCED, DECLINED, WITHDRAWN, PENDING = range(len(DECISIONS))
REFUSED_OFFERS, WITHDRAWALS, PENDINGS = 0.05, 0.04, 0.002
"""Per application approved: offers that customers refuse, withdrawals, cases still open."""
REFERRALS = ("none", "existing_customer", "staff", "partner", "advertising")
REASON_WEIGHTS = [34, 12, 6, 16, 18, 9, 2, 0, 3]
REASONS = (
    *("capacity", "willingness", "purpose", "collateral", "policy", "documents", "fraud"),
    *("price", "other"),
)


@dataclass(frozen=True, eq=False, repr=False)
class _Cases:
    """Applications before they are written out; arrays of one length."""

    loan: Ints
    customer: Ints
    segment: Ints
    product: Ints
    decision: Ints
    accepted: Bools
    amount: Floats
    term: Ints
    rate: Floats
    money_on: season.Days


def applications(
    people: People, known: Profiles, places: Slots, terms: Contracts, seed: int
) -> tuple[pd.DataFrame, Ints]:
    """Return the applications for loans made, `terms`, and all others of the same months.

    The second value holds the number of the application of each loan, from 1.
    """
    rng = generator(seed, "applications")
    made = _made(rng, places, terms)
    other = _others(rng, people, known, made, terms)
    cases = _Cases(
        *(
            np.concatenate([getattr(made, name), getattr(other, name)])
            for name in _Cases.__dataclass_fields__
        )
    )
    frame, applied = _frame(rng, people, cases)
    order = np.argsort(applied, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(1, len(order) + 1)
    frame = frame.take(order).reset_index(drop=True)
    frame.insert(0, "application_id", numbered("Q", np.arange(1, len(order) + 1), 9))
    return frame, number[: len(made.loan)]


def _made(rng: np.random.Generator, places: Slots, terms: Contracts) -> _Cases:
    size = len(terms.slot)
    segment = places.segment[terms.slot]
    reduced = rng.random(size) < 0.16
    return _Cases(
        *(np.arange(size), places.customer[terms.slot], segment, terms.product),
        *(np.where(reduced, REDUCED, APPROVED), np.ones(size, dtype=bool), terms.principal),
        *(terms.term, terms.rate, terms.disbursed),
    )


def _others(
    rng: np.random.Generator, people: People, known: Profiles, made: _Cases, terms: Contracts
) -> _Cases:
    """Draw the applications that led to no loan, riskier customers more often."""
    loans = np.bincount(made.segment, minlength=len(SEGMENTS)).astype(np.float64)
    kinds = np.stack(
        [
            loans * REFUSED_OFFERS,
            0 * loans,
            loans * (1 + REFUSED_OFFERS) * (1 / each("approval") - 1),
            loans * WITHDRAWALS,
            loans * PENDINGS,
        ]
    )
    wanted = np.round(kinds).astype(np.int64)
    decision = np.repeat(np.tile(np.arange(5), len(loans)), wanted.T.ravel())
    segment = np.repeat(np.arange(len(loans)), wanted.sum(axis=0))
    size = len(segment)
    months = np.arange(terms.month.min(), terms.month.max() + 1)
    month = months[choose(rng, size, season.applying(months).tolist())]
    month = np.where(decision == PENDING, months[-1], month)
    customer = _customers(rng, people, known, segment, decision)
    mean = each("balance")[segment] * WAN
    amount = amounts(rng, mean, each("spread")[segment], each("largest")[segment] * WAN)
    product = choose_by(rng, segment, PRODUCT_WEIGHTS)
    length = terms_offered(rng, segment, product)
    margin = np.array([segment_.margin[0] for segment_ in SEGMENTS])[segment] + 30
    return _Cases(
        *(np.full(size, -1), customer, segment, product),
        *(decision, np.zeros(size, dtype=bool), np.ceil(amount / 1000) * 1000, length),
        *(season.lpr(month, length) + margin / 1e4, season.within(month, rng.random(size) * 0.9)),
    )


def _customers(
    rng: np.random.Generator, people: People, known: Profiles, segment: Ints, decision: Ints
) -> Ints:
    everybody = np.arange(len(people.segment))
    last = np.full(len(everybody), season.number(season.LAST))
    weight = np.exp(0.8 * known.log_odds(people, everybody, last))
    order = np.argsort(people.segment, kind="stable")
    ends = np.cumsum(weight[order])
    at = np.searchsorted(people.segment[order], np.arange(len(SEGMENTS) + 1), "left")
    edge = np.concatenate([[0.0], ends])[at]
    low, high = edge[segment], edge[segment + 1]
    evenly = rng.random(len(segment))
    row = np.searchsorted(ends, low + evenly * (high - low), "right")
    any_ = at[segment] + np.floor(evenly * (at[segment + 1] - at[segment])).astype(np.int64)
    picked = np.where(decision == DECLINED, row, any_)
    return order[np.minimum(picked, at[segment + 1] - 1)]


def _frame(
    rng: np.random.Generator, people: People, cases: _Cases
) -> tuple[pd.DataFrame, season.Days]:
    channel = _channels(rng, cases.segment)
    applied, decided, offered = _moments(rng, cases)
    size, approved = len(channel), cases.decision <= REDUCED
    none = np.datetime64("NaT", "s")
    reasons = np.where(cases.decision == DECLINED, choose(rng, size, REASON_WEIGHTS), -1)
    accepted = optional(cases.accepted.astype(np.float64), approved)
    rate = optional(np.round(cases.rate, 6), approved)
    answer = pd.DataFrame(
        {
            "applied_at": applied,
            "decision": pick(DECISIONS, cases.decision),
            "decided_at": np.where(cases.decision == PENDING, none, decided),
            "decline_reason": pick(REASONS, reasons),
            "approved_amount": optional(cases.amount, approved),
            "approved_rate": rate,
            "offered_rate": rate,
            "offered_at": np.where(approved, offered, none),
            "customer_accepted": whole(accepted).astype("boolean"),
        }
    )
    return pd.concat([_asked(rng, people, cases, channel), answer], axis=1), applied


def _asked(rng: np.random.Generator, people: People, cases: _Cases, channel: Ints) -> pd.DataFrame:
    """Return the customers' side: what they asked for, how, and through whom."""
    size, segment = len(channel), cases.segment
    requested = np.where(cases.decision == REDUCED, cases.amount * 1.25, cases.amount)
    online = np.isin(channel, (1, 2, 5))
    back = rng.random(size) < np.where(online, 0.08, 0.34)
    needs = np.where(rng.random(size) < 0.10, rng.integers(0, len(names.NEEDS), size), -1)
    manager = np.where(online, -1, people.manager[cases.customer])
    return pd.DataFrame(
        {
            "customer_id": people.customers["customer_id"].array[cases.customer],
            "product_id": pick([row[0] for row in names.PRODUCTS], cases.product),
            "channel": pick(CHANNELS, channel),
            "referral_source": pick(REFERRALS, choose(rng, size, [56, 16, 12, 9, 7])),
            "requested_amount": np.round(requested, -3),
            "requested_term_m": cases.term,
            "purpose": pick(PURPOSES, choose_by(rng, segment, PURPOSE_WEIGHTS)),
            "stated_need": pick(names.NEEDS, needs),
            "risk_tolerance": pick(("low", "medium", "high"), choose(rng, size, [45, 42, 13])),
            "documents_required": np.where(segment < OWNER, 12, np.where(online, 3, 7)),
            "documents_resubmitted": np.where(back, 1 + rng.poisson(0.3, size), 0),
            "rm_id": numbered("S", manager + 1, 4),
        }
    )


def _moments(
    rng: np.random.Generator, cases: _Cases
) -> tuple[season.Days, season.Days, season.Days]:
    """Return when customers applied, were answered and got an offer."""
    size = len(cases.customer)
    days = np.array([segment_.days for segment_ in SEGMENTS])[cases.segment]
    spread = np.sqrt(np.log(1 + days[:, 1] ** 2))
    taken = days[:, 0] * np.exp(spread * rng.standard_normal(size))
    month = cases.money_on.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    taken = 86400 * taken * np.where(season.festival(month), 1.4, 1.0)
    share = rng.uniform(0.55, 0.9, size)
    applied = times(cases.money_on, 9 + 8 * rng.random(size))
    applied = applied - np.round(taken).astype("timedelta64[s]")
    decided = applied + np.round(taken * share).astype("timedelta64[s]")
    return applied, decided, decided + np.round(taken * 0.05).astype("timedelta64[s]")


def _channels(rng: np.random.Generator, segment: Ints) -> Ints:
    online = rng.random(len(segment)) < each("online")[segment]
    remote = np.array([1, 2, 5])[choose(rng, len(segment), [72, 16, 12])]
    near = np.where(segment >= HOME, 0, 4)
    desk = np.where(rng.random(len(segment)) < 0.75, near, np.where(near == 0, 3, 0))
    return np.where(online, remote, desk)


def graded(
    people: People, known: Profiles, places: Slots, terms: Contracts, seed: int
) -> "pd.Series[Any]":
    """Return the grade of each loan when it was made."""
    rng = generator(seed, "grades")
    customer = places.customer[terms.slot]
    chance = ratings.model_pd(people, known, customer, terms.month, rng)
    return pick(ratings.GRADES, ratings.grades(chance))
