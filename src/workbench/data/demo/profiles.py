"""What is known of customers before they fail: statements, bureau reports, consents, and risk.

The log-odds of default are linear in what the reports of the time say. A report of each year is
drawn for everybody; the tables hold those asked for while the customer was with the bank.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.draws import numbered, pick, times
from workbench.data.demo.people import SECTION_RISK, People
from workbench.data.demo.segments import OWNER, WAN, Bools, Floats, Ints, each, generator

COEFFICIENTS = {
    "bureau_score": -0.0085,
    "queries_3m": 0.16,
    "card_utilisation": 1.0,
    "debt_service_to_income": 1.2,
    "leverage": 2.4,
    "tenure_years": -0.04,
}
"""Change of the log-odds of default in 12 months per unit, for a loan in order."""
BUREAU = ("bureau_score", "queries_3m", "card_utilisation")
STATEMENT = ("leverage", "debt_service_to_income")
REMEMBERED = 25
"""Months before the window in which arrears are looked for; the bureau tells of 24."""
KNOWN_AFTER = 4
"""Months from the end of a year until its statement is known."""


@dataclass(frozen=True, eq=False, repr=False)
class Profiles:
    """The yearly reports of every customer.

    Attributes
    ----------
    years : array (y,) of int
        Calendar years of reports.
    asked : array (n,) of int
        Month of the year, from 0, in which the bureau is asked about each customer.
    reports : mapping of arrays (y, n)
        `bureau_score`, `queries_3m`, `card_utilisation` (missing for firms) of bureau reports;
        `leverage` (firms) and `debt_service_to_income` (others) of statements.
    steady : array (n,) of float
        Part of the log-odds that does not change, from industry and tenure.
    centre : array (7,) of float
        Mean of the log-odds' variable part per segment, taken away from it.
    """

    years: Ints
    asked: Ints
    reports: dict[str, Floats]
    steady: Floats
    centre: Floats

    def log_odds(self, people: People, customer: Ints, month: Ints) -> Floats:
        """Return the log-odds of each `customer` as known at the end of `month`, over the mean."""
        past = month // 12 - (month % 12 < self.asked[customer]) - self.years[0]
        bureau = np.maximum(past, 0)
        known = (month - KNOWN_AFTER) // 12 - 1
        statement = np.clip(known, self.years[0], self.years[-1]) - self.years[0]
        total = self.steady[customer] - self.centre[people.segment[customer]]
        for names, year in ((BUREAU, bureau), (STATEMENT, statement)):
            for name in names:
                values = np.nan_to_num(self.reports[name][year, customer])
                total += COEFFICIENTS[name] * values
        return np.asarray(total)


def profiles(people: People, span: Ints, seed: int) -> Profiles:
    """Return the reports of `people` in every year that bears on the months `span`."""
    rng = generator(seed, "profiles")
    years = np.arange(span[0] // 12 - 2, span[-1] // 12 + 1)
    size, firm = len(people.segment), people.segment < OWNER
    quality = rng.standard_normal(size)
    level = quality + np.array([0.9, 0.3, 0.0, -0.2, -0.1, 0.5, -0.4])[people.segment]
    reports = {name: np.empty((len(years), size)) for name in (*BUREAU, *STATEMENT)}
    own = {name: rng.standard_normal(size) for name in reports}
    for year in range(len(years)):
        drift = {name: 0.85 * own[name] + 0.53 * rng.standard_normal(size) for name in own}
        score = 640 + 62 * (0.55 * level + 0.80 * drift["bureau_score"])
        reports["bureau_score"][year] = np.clip(np.round(score), 350, 950)
        rate = np.exp(0.25 - 0.35 * level + 0.45 * drift["queries_3m"])
        reports["queries_3m"][year] = np.minimum(rng.poisson(rate), 12)
        used = np.clip(0.42 - 0.12 * level + 0.20 * drift["card_utilisation"], 0, 1)
        reports["card_utilisation"][year] = np.where(firm, np.nan, np.round(used, 2))
        owed = np.clip(0.58 - 0.06 * level + 0.14 * drift["leverage"], 0.05, 0.97)
        reports["leverage"][year] = np.where(firm, np.round(owed, 4), np.nan)
        paid = np.clip(0.36 - 0.05 * level + 0.13 * drift["debt_service_to_income"], 0.03, 0.95)
        reports["debt_service_to_income"][year] = np.where(firm, np.nan, np.round(paid, 4))
    tenure = np.clip((span[-1] - people.joined) / 12, 0, 15)
    industry = np.where(people.segment <= OWNER, SECTION_RISK[people.section], 0)
    steady = COEFFICIENTS["tenure_years"] * tenure + industry
    draft = Profiles(years, rng.integers(0, 12, size), reports, steady, np.zeros(len(each("pd"))))
    return Profiles(draft.years, draft.asked, reports, steady, _centre(draft, people, span))


def _centre(draft: Profiles, people: People, span: Ints) -> Floats:
    size = len(people.segment)
    log_odds = draft.log_odds(people, np.arange(size), np.full(size, span[-1]))
    held = np.bincount(people.segment, minlength=len(draft.centre))
    total = np.bincount(people.segment, log_odds, minlength=len(draft.centre))
    return np.asarray(total / held)


def consents(people: People, seed: int) -> pd.DataFrame:
    """Return the consents: bureau query and assessment by all, survey and marketing by many."""
    rng = generator(seed, "consents")
    size = len(people.segment)
    purposes = ("bureau_query", "credit_assessment", "survey", "marketing")
    given = [np.arange(size), np.arange(size)]
    given += [np.flatnonzero(rng.random(size) < share) for share in (0.85, 0.55)]
    purpose = np.repeat(np.arange(len(purposes)), [len(rows) for rows in given])
    customer = np.concatenate(given)
    opened = people.customers["opened_on"].to_numpy().astype("datetime64[D]")[customer]
    granted = times(opened, 9 + 8 * rng.random(len(customer)))
    ended = (purpose == 3) & (rng.random(len(customer)) < 0.08)
    later = granted + np.round(86400 * 700 * rng.random(len(customer))).astype("timedelta64[s]")
    last = np.datetime64(season.LAST)
    return pd.DataFrame(
        {
            "consent_id": numbered("A", np.arange(len(customer)) + 1, 8),
            "customer_id": people.customers["customer_id"].array[customer],
            "purpose": pick(purposes, purpose),
            "data_scope": pick(("loan", "financial", "basic"), np.minimum(purpose, 2)),
            "separate_consent": purpose == 0,
            "granted_at": granted,
            "expires_at": np.full(len(customer), np.datetime64("NaT", "s")),
            "withdrawn_at": np.where(ended & (later < last), later, np.datetime64("NaT", "s")),
        }
    )


def bureau_reports(
    people: People, known: Profiles, late: Ints, months: Ints, seed: int
) -> pd.DataFrame:
    """Return one bureau report a year of each customer, from a year before the first of `months`.

    A customer without one in a year is not yet with the bank. `late` holds the months in arrears
    with this bank, which the bureau knows too, in `REMEMBERED` months before and in `months`.
    """
    rng = generator(seed, "bureau")
    wanted = np.arange(max(known.years[0], months[0] // 12 - 1), known.years[-1] + 1)
    year = np.repeat(wanted - known.years[0], len(people.segment))
    customer = np.tile(np.arange(len(people.segment)), len(wanted))
    month = known.years[year] * 12 + known.asked[customer]
    asked = (month >= people.joined[customer] - 1) & (month <= months[-1])
    customer, year, month = customer[asked], year[asked], month[asked]
    value = {name: known.reports[name][year, customer] for name in BUREAU}
    opened = people.customers["opened_on"].to_numpy().astype("datetime64[D]")[customer]
    asked_on = np.maximum(season.within(month, rng.random(len(customer)) * 0.99), opened + 1)
    first = month <= people.joined[customer] + 1
    frame = pd.DataFrame(
        {
            "bureau_report_id": numbered("R", np.arange(len(customer)) + 1, 8),
            "customer_id": people.customers["customer_id"].array[customer],
            "consent_id": numbered("A", customer + 1, 8),
            "queried_at": times(asked_on, 9 + 8 * rng.random(len(customer))),
            "query_reason": pick(("loan_approval", "post_loan"), np.where(first, 0, 1)),
            "bureau_score": value["bureau_score"].astype(np.int64),
            "card_utilisation": value["card_utilisation"],
            "queries_3m": value["queries_3m"].astype(np.int64),
        }
    )
    history = _own(late, customer, month - months[0])
    return pd.concat([frame, _owing(rng, people, customer, value["bureau_score"], history)], axis=1)


def _owing(
    rng: np.random.Generator,
    people: People,
    customer: Ints,
    score: Floats,
    history: tuple[Ints, Ints, Ints],
) -> pd.DataFrame:
    """Return what customers owe everywhere, and how late they were; low scores owe and lag more."""
    size, strain = len(customer), (640 - score) / 80
    own, own_times, now = history
    times_late = rng.poisson(np.exp(-1.3 + 0.7 * strain))
    worst = np.where(times_late > 0, np.minimum(3 + rng.gamma(1.2, 12, size), 89), 0)
    worst = np.maximum(np.round(worst).astype(np.int64), 30 * own)
    lenders = 1 + rng.poisson(np.exp(0.1 + 0.25 * strain))
    mean = each("balance")[people.segment[customer]] * WAN
    owed = mean * rng.lognormal(0.1, 0.6, size) * (0.7 + 0.3 * lenders)
    stands = people.firm[customer] & (rng.random(size) < 0.12)
    given = np.where(stands, mean * rng.lognormal(-0.8, 0.6, size), 0)
    return pd.DataFrame(
        {
            "open_loans": lenders + rng.poisson(0.6, size),
            "lenders": lenders,
            "total_balance": np.round(owed, 2),
            "overdue90_balance": np.round(np.where(now > 3, owed * 0.6, 0), 2),
            "max_dpd_24m": worst,
            "overdue_count_24m": np.clip(times_late, own_times, 24),
            "guarantees_given": np.round(given, 2),
            "worst_class": pick(
                ("normal", "special_mention", "substandard"), np.searchsorted([30, 90], worst)
            ),
        }
    )


def _own(late: Ints, customer: Ints, column: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the worst and the number of months in arrears of the 24 months before, and the last.

    The month of the report itself is not over and stays out.
    """
    worst = late[:, 24:].copy()
    for back in range(1, 24):
        np.maximum(worst, late[:, 24 - back : late.shape[1] - back], out=worst)
    counted = np.cumsum(late > 0, axis=1)
    at = np.maximum(column, 0)
    number = counted[customer, at + 24] - counted[customer, at]
    return worst[customer, at], number, late[customer, at + 24]


def financials(people: People, known: Profiles, months: Ints, seed: int) -> pd.DataFrame:
    """Return the yearly statements of firms and the declared income of everybody else."""
    rng = generator(seed, "financials")
    wanted = np.arange(max(known.years[0], months[0] // 12 - 2), months[-1] // 12)
    year = np.repeat(wanted - known.years[0], len(people.segment))
    customer = np.tile(np.arange(len(people.segment)), len(wanted))
    held = (known.years[year] + 2) * 12 > people.joined[customer]
    customer, year = customer[held], year[held]
    scale = generator(seed, "scale").lognormal(0, 0.5, len(people.segment))[customer]
    scale = scale * 1.04 ** (year - year.max()) * rng.lognormal(0, 0.08, len(year))
    segment = people.segment[customer]
    end = (known.years[year] - 1970 + 1).astype("datetime64[Y]").astype("datetime64[D]")
    leverage, service = (known.reports[name][year, customer] for name in STATEMENT)
    basis = np.where(
        segment <= 1, 0, np.where(segment < OWNER, 1, np.where(segment == OWNER, 2, 3))
    )
    frame = pd.DataFrame(
        {
            "customer_id": people.customers["customer_id"].array[customer],
            "period_end": end - np.timedelta64(1, "D"),
            "basis": pick(("audited", "unaudited", "tax", "verified"), basis),
            "period_months": np.full(len(year), 12),
            "received_on": end + _waited(people.segment[customer] < OWNER, seed),
        }
    )
    firm = segment < OWNER
    amounts = _firm_amounts(rng, scale * each("balance")[segment] * WAN, leverage)
    private = _private_amounts(rng, scale, segment, service)
    for name, values in amounts.items():
        other = private.get(name, np.full(len(year), np.nan))
        frame[name] = np.round(np.where(firm, values, other), 2)
    return frame


def _waited(firm: Bools, seed: int) -> "np.ndarray[Any, Any]":
    """Return how long statements take to reach the bank: months for firms, weeks for people."""
    rng = generator(seed, "received")
    late = rng.random(len(firm)) < 0.06
    days = np.where(firm, rng.integers(35, 116, len(firm)), rng.integers(5, 50, len(firm)))
    return (days + np.where(late, 60, 0)).astype("timedelta64[D]")


def _firm_amounts(rng: np.random.Generator, size: Floats, leverage: Floats) -> dict[str, Floats]:
    n = len(size)
    assets, income = size * 4.0, size * 4.0 * rng.lognormal(0.1, 0.35, n)
    margin = np.clip(0.16 - 0.14 * leverage + 0.05 * rng.standard_normal(n), -0.25, 0.35)
    owed, current = assets * leverage, assets * rng.uniform(0.45, 0.75, n)
    profit = income * margin
    return {
        "income": income,
        "expense": income * (1 - margin),
        "cost_of_sales": income * np.clip(0.82 - 0.6 * margin, 0.4, 0.98),
        "total_profit": profit,
        "net_profit": np.where(profit > 0, 0.80 * profit, profit),
        "interest_expense": 0.035 * 0.6 * owed,
        "operating_cash_flow": profit + 0.05 * income * rng.standard_normal(n),
        "total_assets": assets,
        "current_assets": current,
        "receivables": current * rng.uniform(0.15, 0.40, n),
        "inventory": current * rng.uniform(0.15, 0.35, n),
        "prepayments": current * rng.uniform(0.02, 0.08, n),
        "total_liabilities": owed,
        "payables": owed * rng.uniform(0.12, 0.30, n),
        "advances_received": owed * rng.uniform(0.01, 0.06, n),
        "current_liabilities": owed * rng.uniform(0.55, 0.85, n),
        "contingent_liabilities": np.where(rng.random(n) < 0.15, assets * 0.08, 0),
        "debt_service": (0.035 * 0.6 * owed + 0.1 * owed) / 12,
    }


def _private_amounts(
    rng: np.random.Generator, scale: Floats, segment: Ints, service: Floats
) -> dict[str, Floats]:
    income = scale * np.array([0, 0, 0, 0, 36.0, 22.0, 15.0])[segment] * WAN
    assets = income * rng.uniform(4, 9, len(scale))
    return {
        "income": income,
        "expense": income * rng.uniform(0.35, 0.6, len(scale)),
        "total_assets": assets,
        "total_liabilities": assets * np.clip(0.2 + 0.5 * service, 0.05, 0.9),
        "debt_service": income / 12 * service,
    }
