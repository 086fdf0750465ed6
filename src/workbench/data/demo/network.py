"""Who stands for whom: guarantees among customers, and other relations between them.

Some firms guarantee one another, in pairs, small groups and a few larger webs. Guarantee companies
stand for many who have nothing to do with one another: whoever takes their guarantees for ties
finds one web where there are many small ones.
"""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.book import SECURITIES
from workbench.data.demo.draws import choose, choose_by, numbered, pick, times
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import LARGE, MEDIUM, OWNER, Ints

TYPES = ("joint", "several", "mutual", "group", "company", "individual")
JOINT, SEVERAL, MUTUAL, GROUP, COMPANY, PERSON = range(len(TYPES))
TIED, WEBBED, LARGEST = 0.12, 0.02, 0.0065
"""Shares of firms with a mutual tie, in webs of five and more, and in the largest web."""
KIND_WEIGHTS = np.array([[24.0, 6, 0, 0, 20, 50], [0, 0, 0, 0, 15, 85]])
"""Guarantors of firms without a mutual tie, and of private borrowers."""
FOUND_LATE = 0.25
"""Share of relations that the bank learns of months after they began."""
LINKS = (
    *("legal_representative", "shareholder", "group_member", "spouse", "supplier"),
    "same_address",
)
REPRESENTED = np.array([0.0, 0.10, 0.35, 0.45, 0.0, 0.0, 0.0])
"""Share of firms, by segment, whose legal representative is a customer too."""


def part(world: World) -> Part:
    """Return guarantees and relations, and the webs planted among the firms."""
    rng = world.random("network")
    person = _persons(world, rng)
    webs = _webs(world, rng)
    guarantees_, hubs = guarantees(world, webs, person, rng)
    links, late = customer_links(world, person, rng)
    core = world.people.customers["customer_id"].to_numpy()
    sizes = sorted((len(web) for web in webs), reverse=True)
    firms = max(int(world.people.firm.sum()), 1)
    return Part(
        {"guarantees": guarantees_, "customer_links": links},
        (
            Planted(
                "guarantees.mutual",
                "Firms that guarantee one another, in webs that touch no other firm",
                {
                    "share_of_firms": round(sum(sizes) / firms, 4),
                    "share_in_webs_of_five": round(sum(s for s in sizes if s >= 5) / firms, 4),
                    "sizes": sizes,
                },
                "share of firms, firms",
                ("guarantees.guarantor_id", "guarantees.guarantee_type"),
            ),
            Planted(
                "guarantees.companies",
                "Guarantee companies stand for many strangers; taken for ties, they make one web",
                len(hubs),
                "companies",
                ("guarantees.guarantor_id", "guarantees.guarantee_type"),
            ),
            Planted(
                "links.found_late",
                "Relations the bank learned of months after they began; their own clock leaks",
                late,
                "share of relations found more than 30 days late",
                ("customer_links.valid_from", "customer_links.found_at"),
                naive=0.0,
            ),
        ),
        {"guarantee_webs": [core[web].tolist() for web in webs]},
    )


def _persons(world: World, rng: np.random.Generator) -> Ints:
    """Return a private customer of the same outlet for each customer: who stands for a firm."""
    people = world.people
    private = np.flatnonzero(~people.firm)
    private = private[np.argsort(people.branch[private], kind="stable")]
    low = np.searchsorted(people.branch[private], people.branch, "left")
    count = np.searchsorted(people.branch[private], people.branch, "right") - low
    place = low + np.floor(rng.random(len(low)) * count).astype(np.int64)
    own = private[np.minimum(place, len(private) - 1)]
    other = private[np.minimum(place + 1, len(private) - 1)]
    chosen = np.where(own == np.arange(len(own)), other, own)
    return np.where(chosen == np.arange(len(own)), private[0], chosen)


def _guaranteed(world: World) -> Ints:
    return np.flatnonzero(world.terms.security == SECURITIES.index("guarantee"))


def _webs(world: World, rng: np.random.Generator) -> list[Ints]:
    """Return the firms of each web: neighbours among those that have guaranteed loans."""
    people, row = world.people, _guaranteed(world)
    borrowers = np.unique(world.life.places.customer[world.terms.slot[row]])
    able = borrowers[people.firm[borrowers] & (people.segment[borrowers] > LARGE)]
    firms = int(people.firm.sum())
    tied = rng.permutation(able)[: round(TIED * firms)]
    tied = tied[np.argsort(people.branch[tied], kind="stable")]
    sizes = [max(8, round(LARGEST * firms))] if LARGEST * firms >= 8 else []
    while sum(sizes) + 6 <= WEBBED * firms:
        sizes.append(6)
    while sum(sizes) < len(tied):
        sizes.append(int(2 + choose(rng, 1, [70, 20, 10])[0]))
    ends = np.cumsum(rng.permutation(np.array(sizes, dtype=np.int64)))
    return [web for web in np.split(tied, ends[:-1]) if len(web) > 1]


def _ties(webs: list[Ints]) -> tuple[Ints, Ints, Ints]:
    """Return guarantor, borrower and kind of every tie: all for all in small webs, else a ring."""
    found: list[tuple[int, int, int]] = []
    for web in webs:
        firms, size = web.tolist(), len(web)
        if size <= 4:
            kind = MUTUAL if size == 2 else GROUP
            found += [(g, b, kind) for g in firms for b in firms if g != b]
        else:
            ring = [(firms[at], firms[(at + 1) % size]) for at in range(size)]
            found += [(g, b, MUTUAL) for g, b in ring] + [(b, g, MUTUAL) for g, b in ring[:-1]]
    ties = np.array(found, dtype=np.int64).reshape(-1, 3)
    return ties[:, 0], ties[:, 1], ties[:, 2]


def guarantees(
    world: World, webs: list[Ints], person: Ints, rng: np.random.Generator
) -> tuple[pd.DataFrame, Ints]:
    """Return the table `guarantees`, and the customers that are guarantee companies."""
    people, terms, row = world.people, world.terms, _guaranteed(world)
    borrower = world.life.places.customer[terms.slot[row]]
    at, guarantor, tie = _within(webs, borrower)
    free = np.flatnonzero(~np.isin(np.arange(len(row)), at))
    single, kind, hubs = _others(world, borrower[free], person, rng)
    loan = np.concatenate([row[at], row[free]])
    who, what = np.concatenate([guarantor, single]), np.concatenate([tie, kind])
    order = np.lexsort((who, loan))
    order = order[who[order] != world.life.places.customer[terms.slot[loan[order]]]]
    loan, who, what = loan[order], who[order], what[order]
    years = rng.integers(2, 4, len(loan))
    covered = np.where(what == SEVERAL, rng.uniform(0.3, 0.8, len(loan)), 1.0)
    frame = pd.DataFrame(
        {
            "guarantee_id": numbered("N", np.arange(1, len(loan) + 1), 8),
            "loan_id": world.tables["loans"]["loan_id"].array[loan],
            "guarantor_id": people.customers["customer_id"].array[who],
            "amount": np.round(terms.principal[loan] * covered, -2),
            "guarantee_type": pick(TYPES, what),
            "valid_from": terms.disbursed[loan],
            "valid_to": terms.due(terms.term)[loan] + (365 * years).astype("timedelta64[D]"),
        }
    )
    return frame, hubs


def _within(webs: list[Ints], borrower: Ints) -> tuple[Ints, Ints, Ints]:
    """Return place among the guaranteed loans, guarantor and kind of every guarantee in a web."""
    guarantor, member, tie = _ties(webs)
    order = np.argsort(member, kind="stable")
    low = np.searchsorted(member[order], borrower, "left")
    count = np.searchsorted(member[order], borrower, "right") - low
    at = np.repeat(np.arange(len(borrower)), count)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    edge = order[low[at] + rank]
    return at, guarantor[edge], tie[edge]


def _others(
    world: World, borrower: Ints, person: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Return who stands for each `borrower` outside the webs, how, and the guarantee companies."""
    people = world.people
    kind = choose_by(rng, (~people.firm).astype(np.int64), KIND_WEIGHTS)[borrower]
    needy = np.unique(world.life.places.customer[world.terms.slot[_guaranteed(world)]])
    strong = np.setdiff1d(np.flatnonzero(people.segment <= MEDIUM), needy)
    hubs = strong[people.segment[strong] == MEDIUM][: max(1, round(3 * len(person) / 20_000))]
    able = np.setdiff1d(strong, hubs)
    if not len(able) or not len(hubs):
        return person[borrower], np.full(len(borrower), PERSON), hubs
    single = np.where(kind == COMPANY, hubs[borrower % len(hubs)], person[borrower])
    # Each strong firm stands for as few others as possible: only the webs are webs.
    _, rank = np.unique(borrower, return_inverse=True)
    return np.where(kind <= SEVERAL, able[rank % len(able)], single), kind, hubs


def customer_links(
    world: World, person: Ints, rng: np.random.Generator
) -> tuple[pd.DataFrame, float]:
    """Return the table `customer_links`, and the share of it that was found late."""
    one, other, kind = _pairs(world, person, rng)
    core = world.people.customers["customer_id"].array
    opened = world.people.customers["opened_on"].to_numpy().astype("datetime64[D]")
    known = np.maximum(opened[one], opened[other])
    late = rng.random(len(one)) < FOUND_LATE
    began = known - rng.integers(30, 3_000, len(one)).astype("timedelta64[D]")
    began = np.where(
        late, known + rng.integers(60, 1_200, len(one)).astype("timedelta64[D]"), began
    )
    delay = (31 + rng.gamma(1.5, 120, len(one))).astype("timedelta64[D]")
    found = np.where(late, began + delay, known)
    kept = np.flatnonzero(found < np.datetime64(season.LAST))
    share = np.where(kind == 1, np.round(rng.uniform(0.3, 1.0, len(one)), 2), np.nan)
    frame = pd.DataFrame(
        {
            "link_id": numbered("Y", np.arange(1, len(kept) + 1), 7),
            "from_customer_id": core[one[kept]],
            "to_customer_id": core[other[kept]],
            "link_type": pick(LINKS, kind[kept]),
            "share_pct": share[kept],
            "valid_from": began[kept],
            "valid_to": np.full(len(kept), np.datetime64("NaT", "D")),
            "found_at": times(found[kept], 9 + 8 * rng.random(len(kept))),
        }
    )
    return frame, round(float(late[kept].mean()), 4) if len(kept) else 0.0


def _pairs(world: World, person: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Return the two customers of every relation, and its kind, in the order of `LINKS`."""
    people = world.people
    size, firms = len(people.segment), np.flatnonzero(people.firm)
    led = np.flatnonzero(rng.random(size) < REPRESENTED[people.segment])
    owned = led[rng.random(len(led)) < 0.6]
    group = people.customers["group_id"].cat.codes.to_numpy()
    member = firms[group[firms] >= 0]
    head = np.full(int(group.max(initial=0)) + 1, -1)
    head[group[member[::-1]]] = member[::-1]
    member = member[head[group[member]] != member]
    wed = np.flatnonzero((people.segment >= OWNER) & (rng.random(size) < 0.02))
    buyers = firms[rng.random(len(firms)) < 0.08]
    near = firms[rng.random(len(firms)) < 0.01]
    pairs = [(person[led], led), (person[owned], owned), (member, head[group[member]])]
    pairs += [(wed, person[wed]), (rng.choice(firms, len(buyers)), buyers)]
    pairs += [(rng.choice(firms, len(near)), near)]
    one, other = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    kind = np.repeat(np.arange(len(LINKS)), [len(pair[0]) for pair in pairs])
    distinct = one != other
    return one[distinct], other[distinct], kind[distinct]
