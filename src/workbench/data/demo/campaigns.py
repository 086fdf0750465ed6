"""Campaigns with arms drawn by lot, one chosen by propensity, and what followed each contact."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import choose, numbered, optional, pick, stacked, times
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import CODES, Bools, Floats, Ints

CONTROL, UPLIFT = 0.009, 0.007
"""Share of the control arm that takes the loan anyway, and what the contact adds to it."""
TREATED = 0.70
"""Share of a randomised campaign that is contacted."""
REACH = 0.60
"""Share of those who may be contacted that a campaign takes in."""
KEEN = 1.5
"""How much likelier than others the customers are to borrow whom the propensity campaign picks."""
UNREACHED, OPTS_OUT = 0.04, 0.010
FORBIDDEN = 0.004
"""Contacts with customers who had refused to be contacted: planted breaches, per contact made."""
CHANNELS = ("phone", "sms", "email", "app", "visit", "branch")
COST = np.array([6.0, 0.05, 0.02, 0.02, 85.0, 12.0])
"""Yuan for one contact."""
ANSWERED = np.array([0.33, 0.05, 0.03, 0.06, 0.80, 0.70])
"""Share of contacts that get an answer, by channel."""
RETAIL, FIRMS = (38, 42, 2, 18, 0, 0), (45, 10, 5, 5, 35, 0)


class Plan(NamedTuple):
    """One campaign: months before the newest one in which it starts, and what it is."""

    age: int
    name: str
    kind: str
    product: int
    segment: str
    mix: tuple[int, ...]
    lot: bool = True


PLANS = (
    Plan(44, "安居消费贷春季推广", "cross_sell", names.HOUSEHOLD, "consumer", RETAIL),
    Plan(38, "随心贷唤醒", "acquisition", names.CONSUMER, "consumer", RETAIL),
    Plan(33, "经营贷续贷关怀", "renewal", names.OWNER_TERM, "business_owner", RETAIL),
    Plan(28, "随心贷利率优惠", "rate_offer", names.CONSUMER, "consumer", RETAIL),
    Plan(25, "小微快贷进园区", "acquisition", names.MICRO_CREDIT, "micro", FIRMS),
    Plan(21, "安居消费贷装修季", "cross_sell", names.HOUSEHOLD, "consumer", RETAIL),
    Plan(18, "经营循环贷推介", "cross_sell", names.OWNER_REVOLVING, "business_owner", RETAIL),
    Plan(15, "随心贷精准营销", "cross_sell", names.CONSUMER, "consumer", RETAIL, False),
    Plan(12, "防诈骗与征信知识宣传", "risk_education", -1, "consumer", RETAIL),
    Plan(9, "随心贷开门红", "rate_offer", names.CONSUMER, "consumer", RETAIL),
    Plan(6, "经营贷利率优惠", "rate_offer", names.OWNER_TERM, "business_owner", RETAIL),
    Plan(3, "按揭客户关怀", "care", -1, "mortgage", RETAIL),
)
LENGTH, AFTER = 28, 30
"""Days a campaign lasts, and days behind it in which a loan still counts as its success."""
WAITS = 12
"""Days from assignment within which everybody is contacted; loans count from then on."""


@dataclass(frozen=True, eq=False, repr=False)
class _Draw:
    """Who is in one campaign: customer, arm, and the row of the loan that followed, -1 none."""

    customer: Ints
    treated: Bools
    loan: Ints
    naive: float


def part(world: World) -> Part:
    """Return `campaigns` and `campaign_contacts`; only campaigns that start in the window."""
    newest = int(world.window[-1])
    held = [
        (number, plan) for number, plan in enumerate(PLANS) if newest - plan.age >= world.window[0]
    ]
    if not held:
        return Part()
    drawn, tables = {}, []
    for number, plan in held:
        start = season.starts(np.array([newest - plan.age]))[0] + np.timedelta64(4, "D")
        rng = world.random(f"campaign {number}")
        drawn[number] = _draw(world, rng, plan, start)
        tables.append(_contacts(world, rng, number, plan, drawn[number], start))
    naive = [drawn[number].naive for number, plan in held if not plan.lot]
    return Part(
        {"campaigns": _campaigns(held, newest), "campaign_contacts": stacked(tables)},
        _planted(naive),
    )


def _campaigns(held: list[tuple[int, Plan]], newest: int) -> pd.DataFrame:
    starts = season.starts(np.array([newest - plan.age for _, plan in held]))
    starts = starts + np.timedelta64(4, "D")
    product = np.array([plan.product for _, plan in held])
    return pd.DataFrame(
        {
            "campaign_id": numbered("Y", np.array([number + 1 for number, _ in held]), 3),
            "name": [plan.name for _, plan in held],
            "campaign_type": [plan.kind for _, plan in held],
            "product_id": pick([row[0] for row in names.PRODUCTS], product),
            "segment_code": [plan.segment for _, plan in held],
            "starts_on": starts,
            "ends_on": starts + np.timedelta64(LENGTH, "D"),
            "budget": [20_000.0 if plan.product >= 0 else 8_000.0 for _, plan in held],
        }
    ).astype({"campaign_type": "category"})


def _draw(world: World, rng: np.random.Generator, plan: Plan, start: np.datetime64) -> _Draw:
    """Draw who is assigned, and who of them borrows: by lot or, for one campaign, by propensity."""
    member = world.people.segment == CODES.index(plan.segment)
    may = np.flatnonzero(member & _willing(world, start))
    taken = _loans(world, plan, start)[may]
    takers, others = may[taken >= 0], may[taken < 0]
    loan = dict(zip(may.tolist(), taken.tolist(), strict=True))
    size = int(REACH * len(may))
    arms = np.array([round(TREATED * size), size - round(TREATED * size)])
    chance = np.array([CONTROL + UPLIFT, CONTROL]) * (plan.product >= 0)
    if not plan.lot:
        usual = len(takers) / max(len(may), 1)
        arms, chance = np.array([size // 2, 0]), np.array([KEEN * usual + UPLIFT, 0])
    wins = rng.binomial(arms, np.minimum(chance, 1))
    wins = np.floor(wins * min(1.0, len(takers) / max(wins.sum(), 1))).astype(np.int64)
    chosen = rng.permutation(takers)[: wins.sum()]
    rest = rng.permutation(others)[: arms.sum() - wins.sum()]
    customer = np.concatenate([chosen, rest])
    loses = np.minimum(arms[0] - wins[0], len(rest))
    treated = np.concatenate(
        [np.arange(len(chosen)) < wins[0], np.arange(len(rest)) < loses],
    )
    followed = np.array([loan[int(who)] for who in chosen], dtype=np.int64)
    left = len(may) - len(customer)
    outside = (len(takers) - len(chosen)) / left if left else 0.0
    inside = len(chosen) / len(customer) if len(customer) else 0.0
    return _Draw(
        customer,
        treated,
        np.concatenate([followed, np.full(len(rest), -1)]),
        round(inside - outside, 4),
    )


def _willing(world: World, day: np.datetime64) -> Bools:
    """Tell who is with the bank, may be contacted, and consented to marketing on that `day`."""
    consents = world.tables["consents"]
    granted = consents["granted_at"].to_numpy() <= day
    withdrawn = consents["withdrawn_at"].to_numpy()
    expires = consents["expires_at"].to_numpy()
    live = consents["purpose"].eq("marketing").to_numpy() & granted
    live &= np.isnat(withdrawn) | (withdrawn > day + np.timedelta64(WAITS, "D"))
    live &= np.isnat(expires) | (expires > day + np.timedelta64(WAITS, "D"))
    agreed = np.zeros(len(world.people.segment), dtype=bool)
    agreed[consents["customer_id"].cat.codes.to_numpy()[live]] = True
    month = int(day.astype("datetime64[M]").astype(np.int64)) + 1970 * 12
    refused = world.people.customers["do_not_contact"].to_numpy()
    return np.asarray(agreed & ~refused & (world.people.joined < month))


def _loans(world: World, plan: Plan, start: np.datetime64) -> Ints:
    """Return the row of each customer's loan that would count as a success, -1 none."""
    loans = world.tables["loans"]
    day = loans["disbursed_on"].to_numpy().astype("datetime64[D]")
    counts = (day > start + np.timedelta64(WAITS, "D")) & (
        day <= start + np.timedelta64(LENGTH + AFTER, "D")
    )
    if plan.product >= 0:
        counts &= loans["product_id"].eq(names.PRODUCTS[plan.product][0]).to_numpy()
    rows = np.flatnonzero(counts)[::-1]
    found = np.full(len(world.people.segment), -1)
    found[loans["customer_id"].cat.codes.to_numpy()[rows]] = rows
    return found


def _contacts(
    world: World,
    rng: np.random.Generator,
    number: int,
    plan: Plan,
    drawn: _Draw,
    start: np.datetime64,
) -> pd.DataFrame:
    customer, treated, loan = drawn.customer.copy(), drawn.treated, drawn.loan
    _breach(world, rng, plan, customer, treated & (loan < 0), start)
    size = len(customer)
    reached = treated & ((loan >= 0) | (rng.random(size) >= UNREACHED))
    channel = choose(rng, size, plan.mix)
    assigned = times(np.full(size, start), np.full(size, 8.5))
    days = np.floor(rng.random(size) * (WAITS - 1)).astype("timedelta64[D]")
    contacted = times(start + days, 9.5 + 9 * rng.random(size))
    answers = reached & ((loan >= 0) | (rng.random(size) < ANSWERED[channel]))
    wait = (60 * rng.lognormal(1.5, 1.2, size)).astype("timedelta64[s]")
    none = np.datetime64("NaT", "s")
    rate = float(season.lpr(np.array([season.number(start.astype(object))]), np.array([12]))[0])
    offers = reached & (plan.kind == "rate_offer")
    return pd.DataFrame(
        {
            "campaign_id": numbered("Y", np.full(size, number + 1), 3),
            "customer_id": world.people.customers["customer_id"].array[customer],
            "arm": pick(("treatment", "control"), (~treated).astype(np.int64)),
            "assigned_at": assigned,
            "contacted_at": np.where(reached, contacted, none),
            "channel": pick(CHANNELS, np.where(reached, channel, -1)),
            "offer_rate": optional(np.full(size, round(rate + 0.004, 6)), offers),
            "responded_at": np.where(answers, contacted + wait, none),
            "converted_loan_id": numbered("L", loan + 1, 9),
            "opted_out": reached & (loan < 0) & (rng.random(size) < OPTS_OUT),
            "cost": _cost(channel, reached),
        }
    )


def _cost(channel: Ints, reached: Bools) -> Floats:
    return np.where(reached, COST[channel], 0.0)


def _breach(
    world: World,
    rng: np.random.Generator,
    plan: Plan,
    customer: Ints,
    may: Bools,
    start: np.datetime64,
) -> None:
    """Put customers who had refused contact in the places of some contacts without success."""
    month = int(start.astype("datetime64[M]").astype(np.int64)) + 1970 * 12
    refused = world.people.customers["do_not_contact"].to_numpy() & (world.people.joined < month)
    refused &= world.people.segment == CODES.index(plan.segment)
    pool = rng.permutation(np.flatnonzero(refused))
    places = np.flatnonzero(may & (rng.random(len(customer)) < FORBIDDEN))[: len(pool)]
    customer[places] = pool[: len(places)]


def _planted(naive: list[float]) -> tuple[Planted, ...]:
    return (
        Planted(
            "campaigns.uplift",
            "what a contact adds to the share that takes the loan, in campaigns drawn by lot",
            {"control": CONTROL, "uplift": UPLIFT},
            "share",
            ("campaign_contacts.converted_loan_id", "campaign_contacts.arm"),
        ),
        Planted(
            "campaigns.chosen_by_propensity",
            "the same effect where the keenest were contacted; naive: contacted minus all others",
            UPLIFT,
            "share",
            ("campaign_contacts.converted_loan_id", "loans.disbursed_on"),
            naive=naive[0] if naive else None,
        ),
        Planted(
            "campaigns.forbidden_contacts",
            "contacts with customers who had refused to be contacted, per contact without success",
            FORBIDDEN,
            "share",
            ("campaign_contacts.customer_id", "customers.do_not_contact"),
        ),
    )
