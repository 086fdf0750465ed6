"""The customers' accounts, month by month: deposits, flows, use, and what they bring the bank.

Everybody behaves in one of four ways. Over the years many go from the counter to the telephone
screen, so groups found once go out of date: that drift is planted, with the month of each change.
Deposits run down in the months before arrears: behaviour knows a little that reports do not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.draws import choose_by, numbered
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import OWNER, WAN, Floats, Ints, each, generator

WAYS = ("payroll", "counter", "digital", "trader")
PAYROLL, COUNTER, DIGITAL, TRADER = range(len(WAYS))
WAY_WEIGHTS = np.array([[0.0, 20, 0, 80], [5, 20, 15, 60], [44, 34, 22, 0]])
"""Ways of firms, business owners and private persons in the first month."""
LEAVES = np.array([0.004, 0.014, 0.0, 0.0])
"""Monthly chance that a private person of each way goes digital, at 42 years of age."""
LOGINS = np.array([6.0, 0.6, 18.0, 9.0])
ENTRIES = np.array([14.0, 5.0, 30.0, 60.0])
"""Logins and bookings in a month, by way."""
KEPT = np.array([1.4, 4.5, 0.7, 0.45])
"""Deposits over a month's income, by way."""
SHARE = np.array([1.0, 0.5, 0.7, 0.3])
"""Share of the income that runs over this bank's account, by way."""
RISKY = -0.18
"""Change of the log of deposits per unit of the log-odds of default."""
STRAIN, BEFORE = -0.30, 3
"""Change of the log of deposits in that many months before arrears, and in them."""
LENDING, DEPOSITS = 0.016, 0.012
"""Yearly margins on loans and deposits."""


@dataclass(frozen=True, eq=False, repr=False)
class Ways:
    """How customers behave; arrays (n,).

    Attributes
    ----------
    first : array of int
        Position in `WAYS` in the first month of the window.
    turns : array of int
        Month from which a customer is digital; beyond the window for those who never turn.
    """

    first: Ints
    turns: Ints

    def at(self, month: int) -> Ints:
        """Return the way of each customer in `month`."""
        return np.where(month >= self.turns, DIGITAL, self.first)


def part(world: World) -> Part:
    """Return the account months, and the groups and their drift."""
    held = ways(world)
    return Part(
        {"account_months": account_months(world, held)},
        (_behaviour(world, held), _drift(world, held), _before_arrears()),
        {"account_ways": _told(world, held)},
    )


def _behaviour(world: World, held: Ways) -> Planted:
    at_last = held.at(int(world.window[-1]))
    return Planted(
        "segments.behaviour",
        "Four ways to use the account, by customer, at the newest month",
        {way: int((at_last == place).sum()) for place, way in enumerate(WAYS)},
        "customers",
        ("account_months.digital_logins", "account_months.deposit_avg"),
    )


def _drift(world: World, held: Ways) -> Planted:
    first, last = int(world.window[0]), int(world.window[-1])
    private = _private(world)
    then, now = held.at(first)[private], held.at(last)[private]
    misplaced = round(float((then != now).mean()), 4) if len(private) else None
    return Planted(
        "segments.drift",
        "Private customers go digital over the years; groups of the first month go stale",
        {"digital_at_first": _shares(then)["digital"], "at_last": _shares(now)["digital"]},
        "share of private customers with the bank at first",
        ("account_months.digital_logins", "account_months.txn_count"),
        naive={"misplaced_when_first_groups_are_kept": misplaced},
    )


def _before_arrears() -> Planted:
    return Planted(
        "accounts.deposits_before_arrears",
        "Deposits fall in the months before arrears, beyond what reports explain",
        {"log_change": STRAIN, "months_before": BEFORE, "log_change_per_log_odds": RISKY},
        "log of deposits",
        ("account_months.deposit_avg", "loan_months.dpd"),
    )


def _told(world: World, held: Ways) -> dict[str, Any]:
    """Return each customer's way at both ends, and the shares of private customers between."""
    first, last = int(world.window[0]), int(world.window[-1])
    private = _private(world)
    return {
        "share_by_month": {
            str(season.ends(np.array([month]))[0]): _shares(held.at(month)[private])
            for month in range(first, last + 1, 6)
        },
        "at_first": [WAYS[way] for way in held.at(first).tolist()],
        "at_last": [WAYS[way] for way in held.at(last).tolist()],
    }


def _private(world: World) -> Ints:
    """Return the private customers who were with the bank in the first month."""
    people = world.people
    return np.flatnonzero((people.segment > OWNER) & (people.joined <= world.window[0]))


def _shares(way: Ints) -> dict[str, float]:
    if not len(way):
        return dict.fromkeys(WAYS, 0.0)
    counts = np.bincount(way, minlength=len(WAYS)) / len(way)
    return dict(zip(WAYS, np.round(counts, 4).tolist(), strict=True))


def ways(world: World) -> Ways:
    """Return how each customer behaves, and from when on digitally."""
    rng, people = world.random("ways"), world.people
    group = np.where(people.firm, 0, np.where(people.segment == OWNER, 1, 2))
    first = choose_by(rng, group, WAY_WEIGHTS)
    chance = LEAVES[first] * np.exp(-0.03 * (people.age - 42)) * (group == 2)
    wait = np.floor(np.log(rng.random(len(first))) / np.log1p(-np.maximum(chance, 1e-9)))
    later = world.window[0] + 1 + np.minimum(wait, 9_999).astype(np.int64)
    return Ways(first, np.where(chance > 0, later, 99_999))


def account_months(world: World, held: Ways) -> pd.DataFrame:
    """Return the table `account_months`: a row for each month that a customer has an account."""
    people, months = world.people, world.window
    who = np.arange(len(people.segment))
    opened = people.customers["opened_on"].to_numpy().astype("datetime64[M]").astype(np.int64)
    here = months[None, :] >= (opened + 1970 * 12)[who, None]
    way = np.stack([held.at(month)[who] for month in months.tolist()], axis=1)
    flows = _flows(world, who, way)
    flows["payroll_flag"] = way == PAYROLL
    at, column = np.nonzero(here)
    frame = {
        "customer_id": numbered("C", who[at] + 1, 8),
        "month_end": season.ends(months).astype("datetime64[s]")[column],
    }
    order = (
        *("deposit_avg", "aum_avg", "inflow", "outflow", "txn_count", "payroll_flag"),
        *("products_held", "digital_logins", "revenue_to_bank"),
    )
    return pd.DataFrame(frame | {name: flows[name][here] for name in order})


def _flows(world: World, who: Ints, way: Ints) -> dict[str, Any]:
    """Return the amounts and counts (customers, months) of the customers `who`."""
    rng, people, shape = world.random("accounts"), world.people, way.shape
    segment = people.segment[who]
    yearly = np.where(
        segment < OWNER,
        4.4 * each("balance")[segment],
        np.array([0, 0, 0, 0, 36.0, 22.0, 15.0])[segment],
    )
    scale = generator(world.seed, "scale").lognormal(0, 0.5, len(people.segment))[who]
    income = (yearly * scale * WAN / 12)[:, None] * SHARE[way]
    season_ = 1 + 0.25 * np.isin(world.window % 12, (0, 11))
    inflow = income * season_ * np.exp(0.28 * rng.standard_normal(shape))
    kept = rng.standard_normal(len(who))[:, None] * 0.6 + 0.25 * rng.standard_normal(shape)
    push = kept + RISKY * _log_odds(world, who) + STRAIN * _strained(world.late[who])
    deposit = income * KEPT[way] * np.exp(push)
    outflow = inflow * np.exp(0.10 * rng.standard_normal(shape) - 0.01)
    wealth = np.where(segment < OWNER, 0.0, rng.lognormal(-0.5, 1.0, len(who)))
    owed = _owed(world)[who]
    held = 1 + rng.poisson(0.9, len(who))
    fees = inflow * 0.0002
    return {
        "deposit_avg": np.round(deposit, 2),
        "aum_avg": np.round(deposit * (1 + wealth[:, None]), 2),
        "inflow": np.round(inflow, 2),
        "outflow": np.round(outflow, 2),
        "txn_count": rng.poisson(ENTRIES[way]),
        "products_held": held[:, None] + (owed > 0) + (way == DIGITAL),
        "digital_logins": rng.poisson(LOGINS[way]),
        "revenue_to_bank": np.round((LENDING * owed + DEPOSITS * deposit) / 12 + fees, 2),
    }


def _log_odds(world: World, who: Ints) -> Floats:
    columns = [
        world.known.log_odds(world.people, who, np.full(len(who), month))
        for month in world.window.tolist()
    ]
    return np.stack(columns, axis=1)


def _strained(late: Ints) -> Floats:
    """Return 1 where a customer is in arrears or will be within the months `BEFORE`."""
    soon = late > 0
    for step in range(1, BEFORE + 1):
        soon[:, :-step] |= late[:, step:] > 0
    return soon.astype(np.float64)


def _owed(world: World) -> Floats:
    rows, span = world.written, len(world.window)
    customer = world.life.places.customer[rows.slot]
    key = customer * span + rows.month - world.window[0]
    size = len(world.people.segment) * span
    owed = np.bincount(key, rows.balance, minlength=size).reshape(-1, span)
    return np.asarray(owed, dtype=np.float64)
