"""What third parties sell: whom they cover, what it costs, and what it adds to what is known."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.data.demo import consents, season
from workbench.data.demo.draws import numbered, pick, stacked, times
from workbench.data.demo.failures import share, soon
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import CONSUMER, HOME, LARGE, OWNER, Bools, Floats, Ints, each


class Offer(NamedTuple):
    """One item of one provider.

    `of` holds the first and the last segment covered, `shift` how many standard deviations worse
    the item is for those who fail within a year, `lag` the days until a fact can be bought.
    """

    provider: str
    item: str
    of: tuple[int, int]
    coverage: float
    cost: float
    shift: float
    lag: int
    licensed: bool


OFFERS = (
    Offer("税务数据服务", "tax_paid_12m", (LARGE, OWNER), 0.85, 8.0, 0.30, 30, True),
    Offer("税务数据服务", "invoice_sales_12m", (LARGE, OWNER), 0.85, 8.0, 0.45, 20, True),
    Offer("电力数据公司", "electricity_12m", (LARGE, OWNER - 1), 0.60, 5.0, 0.25, 40, True),
    Offer("社保公积金中心", "social_security_heads", (LARGE, OWNER - 1), 0.90, 3.0, 0.15, 35, True),
    Offer("社保公积金中心", "housing_fund_base", (HOME, CONSUMER), 0.65, 3.0, 0.15, 35, True),
    Offer("示范征信公司", "fraud_score", (OWNER, CONSUMER), 0.95, 2.5, 0.35, 0, True),
    Offer("数联科技公司", "fraud_score", (OWNER, CONSUMER), 0.55, 6.0, 0.0, 0, False),
    Offer("通信数据公司", "telco_tenure", (HOME, CONSUMER), 0.75, 1.2, 0.05, 10, True),
    Offer("收单服务机构", "merchant_turnover", (OWNER, OWNER), 0.50, 1.5, 0.30, 15, True),
    Offer("海关数据服务", "customs_export", (LARGE, OWNER - 1), 0.12, 4.0, 0.10, 45, True),
)
LASTING = 0.85
"""Correlation of one customer's item between two years."""
WITHOUT = 0.010
"""Items bought for customers who had not consented, per item bought with consent."""
OVERSTATED = 0.06
"""Firms and owners whose statements show far more income than their invoices."""
UNINSURED = 0.05
"""Firms that declare far more staff than they insure."""
INFLATED = 0.04
"""Persons whose declared income is far above their housing fund's base."""
ITEMS = ("third_party_items.value", "third_party_items.provider")
"""Columns in which what providers sell shows."""


def part(world: World) -> Part:
    """Return `third_party_items` and plant gaps in the consents to them."""
    income = _declared(world)
    table = stacked(
        [
            bought
            for number, offer in enumerate(OFFERS)
            for bought in _items(world, number, offer, income)
        ]
    )
    order = np.argsort(table["received_at"].to_numpy(), kind="stable")
    table = table.take(order).reset_index(drop=True)
    given = world.tables["consents"]
    rows = np.flatnonzero(given["purpose"].eq("third_party_sharing").to_numpy())
    table = _consented(world, table, rows)
    return Part({"third_party_items": table}, _planted(world, table))


def _items(world: World, number: int, offer: Offer, income: Floats) -> list[pd.DataFrame]:
    """Return the items of one offer about those it covers, year by year."""
    rng = world.random(f"third party {number}")
    segment, first = world.people.segment, world.window[0]
    mine = (segment >= offer.of[0]) & (segment <= offer.of[1])
    customer = np.flatnonzero(mine & (rng.random(len(segment)) < offer.coverage))
    begins = np.maximum(world.people.joined[customer], first)
    parts: list[pd.DataFrame] = []
    z = rng.standard_normal(len(customer))
    for year in range(int(first) // 12, int(world.window[-1]) // 12 + 1):
        z = LASTING * z + np.sqrt(1 - LASTING**2) * rng.standard_normal(len(z))
        month = year * 12 + world.known.asked[customer]
        # Persons are asked about every second year only.
        bought = (segment[customer] <= OWNER) | ((year - customer) % 2 == 0)
        bought &= (month >= begins) & (month <= world.window[-1])
        if bought.any() or not parts:
            who, when = customer[bought], season.within(month[bought], rng.random(bought.sum()))
            worse = z[bought] - offer.shift * soon(world, who, when)
            value = _value(world, offer.item, who, income[who], worse)
            parts.append(_bought(world, rng, offer, who, when).assign(value=value))
    return parts


def _bought(
    world: World, rng: np.random.Generator, offer: Offer, customer: Ints, day: season.Days
) -> pd.DataFrame:
    """Return items without their values, bought about `customer` on each `day`."""
    size = len(customer)
    lag = offer.lag + rng.integers(0, 6, size)
    zero = np.zeros(size, dtype=np.int64)
    return pd.DataFrame(
        {
            "customer_id": world.people.customers["customer_id"].array[customer],
            "provider": pick((offer.provider,), zero),
            "item_code": pick((offer.item,), zero),
            "observed_on": day - lag.astype("timedelta64[D]"),
            "received_at": times(day, 9 + 8 * rng.random(size)),
            "licensed_bureau": np.full(size, offer.licensed),
            "cost": np.full(size, offer.cost),
        }
    )


def _value(world: World, item: str, customer: Ints, income: Floats, z: Floats) -> Floats:
    """Return what the provider says: better where `z` is high, the fraud score lower."""
    income = np.where(world.people.segment[customer] <= OWNER, income, income / 12)
    if item == "fraud_score":
        return np.asarray(np.round(np.clip(38 - 13 * z, 0, 100), 1), dtype=np.float64)
    if item == "telco_tenure":
        return np.asarray(np.round(np.clip(70 + 40 * z, 1, 300)), dtype=np.float64)
    if item == "social_security_heads":
        staff = world.people.customers["employees"].astype(float).to_numpy()[customer]
        few = _mark(world, "uninsured", UNINSURED)[customer]
        return np.maximum(np.round(staff * 0.92 * np.exp(0.05 * z) * np.where(few, 0.3, 1)), 1)
    share, spread = {
        "tax_paid_12m": (0.03, 0.35),
        "invoice_sales_12m": (0.95, 0.10),
        "electricity_12m": (0.02, 0.50),
        "housing_fund_base": (0.85, 0.10),
        "merchant_turnover": (0.60, 0.40),
        "customs_export": (0.30, 0.60),
    }[item]
    kind = ("overstated", OVERSTATED) if item.startswith("invoice") else ("inflated", INFLATED)
    less = item in ("invoice_sales_12m", "housing_fund_base")
    odd = _mark(world, *kind)[customer] & less
    return np.round(income * share * np.exp(spread * z) * np.where(odd, 0.42, 1), 2)


def _mark(world: World, subject: str, share: float) -> Bools:
    """Tell which customers' sources contradict each other, the same whenever asked."""
    return np.asarray(world.random(f"conflict {subject}").random(len(world.people.segment)) < share)


def _declared(world: World) -> Floats:
    """Return the newest income of each customer's statements, or what its segment earns."""
    statements = world.tables["financials"]
    order = np.argsort(statements["period_end"].to_numpy(), kind="stable")
    income = each("balance")[world.people.segment] * 4e4
    owner = statements["customer_id"].cat.codes.to_numpy()[order]
    income[owner] = statements["income"].to_numpy()[order]
    return income


def _consented(world: World, table: pd.DataFrame, rows: Ints) -> pd.DataFrame:
    """Name the consent of each item; most items without one are not bought, some are."""
    given = world.tables["consents"]
    size, rng = len(world.people.segment), world.random("third-party gaps")
    of = np.full(size, -1)
    of[given["customer_id"].cat.codes.to_numpy()[rows]] = rows
    row = of[table["customer_id"].cat.codes.to_numpy()]
    drop = (row < 0) & (rng.random(len(row)) >= WITHOUT / (1 - np.mean(consents.SHARED)))
    table = table.loc[~drop].reset_index(drop=True)
    row = row[~drop]
    table.insert(0, "item_id", numbered("I", np.arange(1, len(table) + 1), 9))
    table.insert(2, "consent_id", numbered("A", row + 1, 8))
    newest = consents.last(table["customer_id"], table["received_at"], size)
    owner = given["customer_id"].cat.codes.to_numpy()[rows]
    drawn = rng.random(len(rows))
    expired, withdrawn = consents.SHARED_EXPIRED, consents.SHARED_WITHDRAWN
    consents.ends(rng, given, rows, newest[owner], drawn < expired, "expires_at")
    gone = (drawn >= expired) & (drawn < expired + withdrawn)
    consents.ends(rng, given, rows, newest[owner], gone, "withdrawn_at")
    return table


def _planted(world: World, table: pd.DataFrame) -> tuple[Planted, ...]:
    return (*_offered(), *_gaps(world, table), *_conflicts())


def _offered() -> tuple[Planted, ...]:
    """Plant what each offer adds, whom it covers and what it costs."""
    named = [f"{offer.provider}.{offer.item}" for offer in OFFERS]

    def of(name: str) -> dict[str, Any]:
        values = [getattr(offer, name) for offer in OFFERS]
        return dict(zip(named, values, strict=True))

    return (
        Planted(
            "third_party.marginal_value",
            "log-odds of failing within a year per standard deviation of the item (of its log for "
            "amounts), worse against better, given everything else",
            of("shift"),
            "log-odds",
            (*ITEMS, "loan_months.dpd"),
        ),
        Planted(
            "third_party.coverage",
            "share of the segments meant whom the provider covers, before consent",
            of("coverage"),
            "share",
            ITEMS,
        ),
        Planted("third_party.cost", "price of one item", of("cost"), "CNY", ITEMS),
    )


def _gaps(world: World, table: pd.DataFrame) -> tuple[Planted, ...]:
    """Plant the supplier without a licence and the items without a consent."""
    gaps = consents.covered(world.tables["consents"], table["consent_id"], table["received_at"])
    return (
        Planted(
            "third_party.unlicensed",
            "share of items on natural persons from the one supplier that is no licensed bureau",
            share(~table["licensed_bureau"].to_numpy()[_natural(world, table)]),
            "share",
            ("third_party_items.licensed_bureau",),
        ),
        Planted(
            "third_party.consent_gaps",
            "share of items without a consent, or after it expired or was withdrawn",
            {name: share(gaps[name].to_numpy()) for name in ("none", "expired", "withdrawn")},
            "share",
            ("third_party_items.consent_id", "consents.expires_at"),
        ),
    )


def _conflicts() -> tuple[Planted, ...]:
    """Plant the sources that contradict what customers declare."""
    return (
        _conflict(
            "income_over_invoices",
            OVERSTATED,
            "firms and owners whose statements show about 2.4 times the sales of their invoices",
            "financials.income",
        ),
        _conflict(
            "staff_over_insured",
            UNINSURED,
            "firms that insure 30 % of the staff they declare",
            "customers.employees",
        ),
        _conflict(
            "income_over_fund_base",
            INFLATED,
            "persons whose declared income is about 2.4 "
            "times what their housing fund's base suggests",
            "financials.income",
        ),
    )


def _natural(world: World, table: pd.DataFrame) -> Bools:
    """Tell which items are about natural persons."""
    return np.asarray(world.people.segment[table["customer_id"].cat.codes.to_numpy()] >= OWNER)


def _conflict(name: str, share: float, what: str, column: str) -> Planted:
    touches = (column, "third_party_items.value")
    return Planted(f"conflicts.{name}", f"share of {what}", share, "share", touches)
