"""All tables of a demo bank, part by part, in the order in which one depends on the other."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import (
    accounts,
    applications,
    assessed,
    book,
    consents,
    controls,
    facilities,
    interactions,
    market,
    months,
    network,
    offers,
    performance,
    profiles,
    ratings,
    relations,
    repayment,
    security,
    survey,
    truth,
    workouts,
)
from workbench.data.demo.blocks import Block
from workbench.data.demo.draws import numbered
from workbench.data.demo.months import Life
from workbench.data.demo.people import People, people
from workbench.data.demo.planting import Maker, Part, World
from workbench.data.demo.segments import Ints
from workbench.data.demo.state import DEFAULT, NEVER, Rows

WARMING = 24
"""Months lived before the first month written down, so that arrears and defaults are in balance."""


def compose(block: Block, window: Ints) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables of one block of a bank over the months `window`, and the truth."""
    world = begun(block, window)
    parts = list(grown(world, PARTS if block.whole else FEWER))
    return world.tables, truth.assembled(parts)


def begun(block: Block, window: Ints) -> World:
    """Return a world with its people and the life of their loans, without tables."""
    span = np.arange(window[0] - WARMING, window[-1] + 1)
    first, seed = block.first, block.seed
    if block.place:
        others = _colleagues(first, int(span[0]), int(span[-1]))
        folk = people(block.customers, span, seed, others=others)
    else:
        folk = people(block.customers, span, seed, bank=block.of)
    known = profiles.profiles(folk, span, seed)
    factor = months.economy(span, int(window[0]), first.seed)
    life, written = months.live(folk, known, factor, span, int(window[0]), seed)
    ended, _ = life.ledger.ends()
    kept = np.flatnonzero((ended < 0) | (ended >= window[0]))
    number = np.full(life.ledger.size, -1)
    number[kept] = np.arange(len(kept))
    written = written.take(np.lexsort((written.month, number[written.loan])))
    return World(
        *(seed, first.seed, block.of, block.whole, window, span, folk, known, life, written),
        *(life.ledger.all().take(kept), number, arrears(life, written, window, block.customers)),
    )


@lru_cache(maxsize=1)
def _colleagues(first: Block, begins: int, ends: int) -> People:
    """Return the people of the first block, whose branches and staff all blocks share."""
    return people(first.customers, np.arange(begins, ends + 1), first.seed, bank=first.of)


def grown(world: World, parts: Iterable[Maker]) -> Iterable[Part]:
    """Give each part of `world`, its tables entered into `world.tables`."""
    for maker in parts:
        part = maker(world)
        again = sorted(set(part.tables) & set(world.tables))
        if again:
            raise ValueError(f"{maker.__module__}: another part made {', '.join(again)}")
        world.tables.update(part.tables)
        yield part


def arrears(life: Life, written: Rows, window: Ints, customers: int) -> Ints:
    """Return the months in arrears (customers, months) of each customer's worst loan."""
    late = np.zeros((customers, len(window)), dtype=np.int64)
    bad = np.flatnonzero((written.late > 0) & (written.balance > 0))
    place = (life.places.customer[written.slot[bad]], written.month[bad] - window[0])
    np.maximum.at(late, place, written.late[bad])
    return late


def _registers(world: World) -> Part:
    folk = world.people
    return Part(
        {
            "branches": folk.branches,
            "staff": folk.staff,
            "products": folk.products,
            "customers": folk.customers,
        }
    )


def _reports(world: World) -> Part:
    folk, known, seed = world.people, world.known, world.seed
    history = np.concatenate([_before(world), world.late], axis=1)
    return Part(
        {
            "financials": profiles.financials(folk, known, world.window, seed),
            "bureau_reports": profiles.bureau_reports(folk, known, history, world.window, seed),
        }
    )


def _before(world: World) -> Ints:
    """Return months in arrears (customers, 25) of the months before the window, as far as known.

    Who was put right before the window was in default until then, which the bureau remembers.
    """
    late = np.zeros((len(world.people.segment), profiles.REMEMBERED), dtype=np.int64)
    rows = world.written
    first = np.flatnonzero((rows.month == world.window[0]) & (rows.upgraded < NEVER))
    ago = np.clip(rows.upgraded[first], 0, profiles.REMEMBERED - 1)
    customer = world.life.places.customer[rows.slot[first]]
    late[customer, profiles.REMEMBERED - 1 - ago] = DEFAULT
    return late


def _lending(world: World) -> Part:
    folk, known, life, seed = world.people, world.known, world.life, world.seed
    loans = book.loans(folk, life.places, life.ledger, world.number)
    terms = world.terms
    loans["risk_grade_at_origination"] = applications.graded(folk, known, life.places, terms, seed)
    recent = np.flatnonzero(terms.month >= life.first)
    asked, numbers = applications.applications(folk, known, life.places, terms.take(recent), seed)
    application = np.full(len(loans), -1)
    application[recent] = numbers
    loans.insert(1, "application_id", numbered("Q", application, 9))
    former = np.where(terms.renews >= 0, world.number[terms.renews], -1)
    lines = facilities.grouped(terms, former)
    loans.insert(2, "facility_id", numbered("F", lines.of + 1, 9))
    plan = repayment.plan(world)
    paid, overdue = repayment.months_paid(plan, world)
    closed_on = loans["closed_on"].to_numpy().astype("datetime64[D]")
    tables = {
        "applications": asked,
        "facilities": facilities.facilities(lines, loans, terms),
        "loans": loans,
        "loan_months": performance.loan_months(world, paid, overdue, lines.revolving_limit),
    }
    if world.whole:
        rng = world.random("schedule")
        tables["repayment_schedule"] = repayment.repayment_schedule(plan, closed_on, rng)
    return Part(tables)


def _contacts(world: World) -> Part:
    folk, late, seed = world.people, world.late, world.seed
    return Part(
        {
            "interactions": interactions.interactions(folk, late, world.window, seed),
            "risk_assessments": ratings.risk_assessments(folk, world.known, world.window, seed),
        }
    )


PARTS: tuple[Maker, ...] = (
    _registers,
    _reports,
    _lending,
    security.part,
    network.part,
    accounts.part,
    market.part,
    offers.part,
    assessed.part,
    controls.part,
    _contacts,
    survey.part,
    *relations.PARTS,
    workouts.part,
    truth.part,
)
"""Makers of the parts of the bank, each behind those whose tables it reads."""
FEWER: tuple[Maker, ...] = (
    *(_registers, _reports, consents.part),
    *(_lending, offers.part, assessed.part, controls.part),
)
"""What is made for the blocks of a large bank that are not whole."""
