"""Complaints: those heard in contacts and those that come back, their causes and their clocks."""

from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import season, wording
from workbench.data.demo.draws import choose, choose_by, numbered, pick
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Bools, Ints

CATEGORIES = (
    *("rate_and_fee", "collection", "credit_record", "approval", "efficiency", "marketing"),
    *("service_attitude", "privacy", "system", "other"),
)
CAUSES = np.array([25.0, 15, 15, 6, 8, 10, 8, 3, 3, 3])
COLLECTION = CATEGORIES.index("collection")
DUNNED = 3.0
"""How much more often collection is the cause when the customer is in arrears."""
SOURCES = ("direct", "regulator_transfer", "hotline12378", "media", "ombudsman")
SOURCE_WEIGHTS = [87, 6, 4, 1, 2]
COMPLEXITIES = ("simple", "complex", "special")
COMPLEXITY_WEIGHTS = [70, 25, 5]
DAYS = np.array([15, 30, 60])
"""Calendar days allowed, as the rule pack `complaint-deadlines` has them."""
REPEATED, TARDY = 0.053, 0.015
"""Complaints that come back, per complaint; share not answered in time."""
ENGLISH = 0.06
"""Share of texts in English."""


def part(world: World) -> Part:
    """Return `complaints`, one for each contact with that topic, and those that come back."""
    rng = world.random("complaints")
    heard = world.tables["interactions"]
    rows = np.flatnonzero(heard["topic"].eq("complaint").to_numpy())
    customer = heard["customer_id"].cat.codes.to_numpy()[rows].astype(np.int64)
    received = heard["started_at"].to_numpy()[rows].astype("datetime64[s]")
    late = _late(world, customer, received)
    weights = np.stack([CAUSES, np.where(np.arange(len(CAUSES)) == COLLECTION, DUNNED, 1) * CAUSES])
    category = choose_by(rng, late.astype(np.int64), weights)
    again = np.flatnonzero(rng.random(len(rows)) < REPEATED)
    gap = (86_400 * rng.uniform(8, 80, len(again))).astype("timedelta64[s]")
    kept = received[again] + gap <= np.datetime64(season.LAST, "s")
    again, gap = again[kept], gap[kept]
    repeated = np.repeat([False, True], [len(rows), len(again)])
    customer = np.concatenate([customer, customer[again]])
    received = np.concatenate([received, received[again] + gap])
    category = np.concatenate([category, category[again]])
    order = np.argsort(received, kind="stable")
    table = _table(world, rng, customer[order], received[order], category[order])
    table["repeated"] = repeated[order]
    return Part({"complaints": table}, _planted())


def _late(world: World, customer: Ints, received: season.Days) -> Bools:
    month = received.astype("datetime64[M]").astype(np.int64) + 1970 * 12 - world.window[0]
    return np.asarray(world.late[customer, np.clip(month, 0, world.late.shape[1] - 1)] > 0)


def _table(
    world: World, rng: np.random.Generator, customer: Ints, received: season.Days, category: Ints
) -> pd.DataFrame:
    size = len(customer)
    complexity = choose(rng, size, COMPLEXITY_WEIGHTS)
    allowed = DAYS[complexity]
    due = received + (allowed * 86_400).astype("timedelta64[s]")
    share = np.where(rng.random(size) < TARDY, rng.uniform(1.05, 1.6, size), rng.beta(3, 2.4, size))
    closed = received + (share * allowed * 86_400).astype("timedelta64[s]")
    now = np.datetime64(season.LAST, "s") + np.timedelta64(86_399, "s")
    still = closed > now
    upheld = (
        rng.random(size)
        < np.array([0.30, 0.35, 0.25, 0.25, 0.45, 0.40, 0.45, 0.40, 0.50, 0.20])[category]
    )
    loan = _loan(world, rng, customer, received)
    return pd.DataFrame(
        {
            "complaint_id": numbered("K", np.arange(1, size + 1), 7),
            "customer_id": world.people.customers["customer_id"].array[customer],
            "loan_id": numbered("L", np.where(rng.random(size) < 0.85, loan, -1) + 1, 9),
            "received_at": received,
            "source": pick(SOURCES, choose(rng, size, SOURCE_WEIGHTS)),
            "category": pick(CATEGORIES, category),
            "complexity": pick(COMPLEXITIES, complexity),
            "due_at": due,
            "closed_at": np.where(still, np.datetime64("NaT", "s"), closed),
            "upheld": pd.Series(upheld).astype("boolean").mask(still),
            "repeated": np.zeros(size, dtype=bool),
            "text_redacted": _texts(rng, category),
        }
    )


def _loan(world: World, rng: np.random.Generator, customer: Ints, received: season.Days) -> Ints:
    """Return a row of `loans` of each customer, open on that day where there is one; -1 none."""
    loans = world.tables["loans"]
    owner = loans["customer_id"].cat.codes.to_numpy()
    order = np.lexsort((loans["disbursed_on"].to_numpy(), owner))
    begin = loans["disbursed_on"].to_numpy().astype("datetime64[D]")[order]
    first = np.searchsorted(owner[order], customer, "left")
    behind = np.searchsorted(owner[order], customer, "right")
    found = np.full(len(customer), -1)
    day = received.astype("datetime64[D]")
    for step in range(int((behind - first).max(initial=0))):
        place = np.minimum(first + step, len(order) - 1)
        fits = (first + step < behind) & (begin[place] <= day)
        found = np.where(fits, order[place], found)
    return found


def _texts(rng: np.random.Generator, category: Ints) -> "pd.Series[Any]":
    """Return what customers wrote, in Chinese and for some in English, names taken out."""
    size = len(category)
    english = rng.random(size) < ENGLISH
    opening, ending = rng.integers(0, 1000, (2, size))
    which = rng.integers(0, 1000, size)
    texts = []
    for row in range(size):
        code = CATEGORIES[category[row]]
        pack = wording.COMPLAINTS_EN if english[row] else wording.COMPLAINTS_ZH
        first = pack["opening"][opening[row] % len(pack["opening"])]
        middle = pack[code][which[row] % len(pack[code])]
        last = pack["ending"][ending[row] % len(pack["ending"])]
        texts.append(f"{first}{middle}{last}")
    return pd.Series(texts, dtype=object)


def _planted() -> tuple[Planted, ...]:
    return (
        Planted(
            "complaints.causes",
            "causes of complaints of customers who are not in arrears",
            dict(zip(CATEGORIES, (CAUSES / CAUSES.sum()).round(4).tolist(), strict=True)),
            "share",
            ("complaints.category", "complaints.text_redacted"),
        ),
        Planted(
            "complaints.dunned",
            "how much more often collection is the cause when the customer is in arrears",
            DUNNED,
            "ratio of weights",
            ("complaints.category", "loan_months.dpd"),
        ),
        Planted(
            "complaints.coming_back",
            "complaints that come back within 80 days, per complaint",
            REPEATED,
            "share",
            ("complaints.repeated",),
        ),
    )
