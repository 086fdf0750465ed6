"""What registers, courts and the press say of customers, and how late the bank finds it."""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.draws import choose, numbered, optional, pick, times
from workbench.data.demo.failures import failures, present, riskiness, share
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import OWNER, WAN, Bools, Floats, Ints, each

KINDS = (
    ("dishonest_debtor", 0.004, 0.05, 10.0, True),
    ("enforcement", 0.014, 0.09, 12.0, True),
    ("litigation", 0.045, 0.15, 25.0, True),
    ("tax_arrears", 0.006, 0.03, 45.0, True),
    ("admin_penalty", 0.022, 0.02, 20.0, True),
    ("abnormal_operation", 0.014, 0.03, 7.0, True),
    ("equity_freeze", 0.004, 0.04, 15.0, True),
    ("equity_pledge", 0.014, 0.01, 9.0, False),
    ("bankruptcy", 0.0004, 0.01, 14.0, True),
    ("management_change", 0.09, 0.0, 12.0, False),
    ("licence_change", 0.07, 0.0, 18.0, False),
    ("negative_news", 0.028, 0.06, 1.5, True),
    ("positive_news", 0.05, 0.0, 2.0, False),
    ("recruitment", 0.10, 0.0, 3.0, False),
    ("website", 0.03, 0.0, 30.0, False),
)
"""Kind, events a year of a firm, events around a failure, median days until found, whether bad."""
PERSONAL = np.array(
    [kind in ("dishonest_debtor", "enforcement", "litigation") for kind, *_ in KINDS]
)
"""Kinds that are also looked up of persons."""
OF_PERSONS = 0.06
"""Events of a person over those of a firm."""
DELAY_SPREAD = 0.8
"""Standard deviation of the log of the days until found."""
SLOPE = 0.7
"""How much of the log-odds of default acts on bad events."""
AROUND = (-60.0, 90.0)
"""Mean and standard deviation of the days from a failure to the events around it."""
WEEKDAY = 1
"""Searches run at night before this weekday, Monday is 1: what is found is found then."""
ROLES = ("plaintiff", "defendant", "debtor", "guarantor", "other")


def part(world: World) -> Part:
    """Return `public_records`: only what was found by the last day."""
    rng = world.random("public records")
    kind, customer, day = (
        np.concatenate(parts) for parts in zip(_usual(world, rng), _around(world, rng), strict=True)
    )
    delay = np.array([days for _, _, _, days, _ in KINDS])[kind]
    delay = delay * rng.lognormal(0, DELAY_SPREAD, len(kind))
    found = _search(day + np.ceil(delay).astype("timedelta64[D]"))
    until = np.datetime64(season.LAST)
    order = np.flatnonzero((found <= until) & (day <= until))
    order = order[np.argsort(found[order], kind="stable")]
    table = _table(world, rng, kind[order], customer[order], day[order], found[order])
    return Part({"public_records": table}, _planted(kind, delay, day, found))


Events = tuple[Ints, Ints, season.Days]
"""Kind, customer and day of events."""


def _usual(world: World, rng: np.random.Generator) -> Events:
    """Return events that come to everybody, bad ones to the risky more often."""
    first, last = present(world)
    years = np.maximum((last - first) / np.timedelta64(365, "D"), 0)
    business = world.people.segment <= OWNER
    risky = riskiness(world, SLOPE)
    kinds, customers = [], []
    for number, (_, rate, _, _, bad) in enumerate(KINDS):
        weight = years * np.where(business, 1.0, OF_PERSONS * PERSONAL[number])
        weight = weight * (risky if bad else 1.0)
        count = int(rng.poisson(rate * float(weight.sum())))
        kinds.append(np.full(count, number))
        customers.append(choose(rng, count, weight.tolist()))
    customer = np.concatenate(customers)
    length = (last - first)[customer].astype(np.int64)
    day = first[customer] + np.floor(rng.random(len(customer)) * length).astype("timedelta64[D]")
    return np.concatenate(kinds), customer, day


def _around(world: World, rng: np.random.Generator) -> Events:
    """Return the events around failures: before most of them, and behind."""
    found = failures(world)
    business = world.people.segment[found.customer] <= OWNER
    chance = np.array([rate for _, _, rate, _, _ in KINDS]) * np.where(
        business[:, None], 2.5, 1.0 * PERSONAL
    )
    row, kind = np.nonzero(rng.random(chance.shape) < chance)
    days = np.round(rng.normal(*AROUND, len(row))).astype("timedelta64[D]")
    return kind, found.customer[row], found.day[row] + days


def _search(day: season.Days) -> season.Days:
    """Return the first search on or behind each `day`; one runs every week."""
    # 1970-01-01 was a Thursday, the fourth day of its week.
    since = (day.astype(np.int64) + 3) % 7
    return np.asarray(day + ((WEEKDAY - 1 - since) % 7).astype("timedelta64[D]"))


def _table(
    world: World,
    rng: np.random.Generator,
    kind: Ints,
    customer: Ints,
    day: season.Days,
    found: season.Days,
) -> pd.DataFrame:
    size = len(kind)
    names = np.array([name for name, *_ in KINDS])
    money = np.isin(names[kind], ("enforcement", "litigation", "tax_arrears", "admin_penalty"))
    money |= np.isin(names[kind], ("dishonest_debtor", "equity_freeze", "equity_pledge"))
    amount = each("balance")[world.people.segment[customer]] * WAN * rng.lognormal(-2, 1, size)
    court = np.isin(names[kind], ("litigation", "enforcement", "dishonest_debtor"))
    role = np.where(names[kind] == "litigation", choose(rng, size, [30, 55, 0, 12, 3]), 2)
    news = np.isin(names[kind], ("negative_news", "positive_news"))
    sign = np.where(names[kind] == "negative_news", -1.0, 1.0)
    address = [
        f"https://records.example.com/{names[code]}/{number}"
        for number, code in enumerate(kind.tolist(), 1)
    ]
    return pd.DataFrame(
        {
            "record_id": numbered("N", np.arange(1, size + 1), 8),
            "customer_id": world.people.customers["customer_id"].array[customer],
            "record_type": pick(names.tolist(), kind),
            "event_date": day,
            "found_at": times(found, 2 + 3 * rng.random(size)),
            "amount": optional(np.round(amount, 2), money),
            "counter_role": pick(ROLES, np.where(court, role, -1)),
            "sentiment": optional(np.round(sign * rng.beta(3, 2, size), 2), news),
            "source_url": address,
        }
    )


def _planted(
    kind: Ints, delay: Floats, day: season.Days, found: season.Days
) -> tuple[Planted, ...]:
    recent = day > np.datetime64(season.LAST) - np.timedelta64(60, "D")
    seen = found <= np.datetime64(season.LAST)

    def median(rows: Bools) -> float | None:
        waits = (found - day)[rows] / np.timedelta64(1, "D")
        return round(float(np.median(waits)), 1) if len(waits) else None

    return (
        Planted(
            "public_records.delay",
            "median days from an event until it can be found, by kind; a weekly search comes on "
            "top. Naive: event to found, of events of the last 60 days known so far",
            {name: days for name, _, _, days, _ in KINDS},
            "days",
            ("public_records.event_date", "public_records.found_at"),
            naive={
                name: median((kind == number) & recent & seen)
                for number, (name, *_) in enumerate(KINDS)
            },
        ),
        Planted(
            "public_records.found_late",
            "share of the bad events before the last day that the bank has not found by then",
            share(~seen[day <= np.datetime64(season.LAST)]),
            "share",
            ("public_records.found_at",),
            naive=0.0,
        ),
    )
