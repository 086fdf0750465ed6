"""The life of all loans, month by month: arrears, ends, renewals and new loans.

All loans move together, one month after the other. A loan in order falls into arrears with a
probability that depends on its customer's log-odds, on its own history, on the season and on one
economic factor that all loans share; arrears roll on or are made good. More than 90 days is
default.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from workbench.data.demo import season
from workbench.data.demo.book import (
    BULLET,
    MATURED,
    OWN,
    REFINANCED,
    RENEWED,
    SOLD,
    UNKNOWN,
    WRITTEN_OFF,
    Contracts,
    Ledger,
    Slots,
    contracts,
    slots,
)
from workbench.data.demo.draws import expit, logit
from workbench.data.demo.people import SECTION_RISK, People
from workbench.data.demo.profiles import Profiles
from workbench.data.demo.segments import (
    HOME,
    LARGE,
    SEGMENTS,
    Bools,
    Floats,
    Ints,
    each,
    generator,
)
from workbench.data.demo.state import DEFAULT, NEVER, Rows, State, rows, together, vacant

LATE_SLOPE, ROLL_SLOPE, WATCH_SLOPE = 0.70, 0.60, 0.90
"""How much of the log-odds acts on falling into arrears, on 1-30 days becoming 31-60, on watch."""
HISTORY = 1.3
"""Added to the log of falling into arrears when that happened in the last 12 months."""
BALLOON = 2.1
"""Added to it in the month in which all principal of a bullet loan falls due."""
WATCHED = 1.9
"""Added to it while the loan is special mention without arrears."""
AILING = np.array([1.0164, 0.5082])
"""Added, while it is, to the log-odds of 1-30 days becoming 31-60, and of these becoming more."""
SHOCK, PERSISTENCE = 0.36, 0.93
"""Standard deviation and monthly persistence of the economic factor, in log-odds."""
YEARLY_SPREAD = 0.21
"""Standard deviation, over banks and years, of a year's mean of the factor's exponential."""
FESTIVAL = 1.22
"""Arrears in the month of the Spring Festival, relative to other months."""
PLANT_BEFORE, PLANT_SIZE = 10, 1.6e7
"""Months before the end in which the planted default of a large firm begins; about its loan."""
LOST = 12
"""Months late above which a loan is written off."""
PAYS = (1.4, 0.6)
"""Paid from security, relative to the average, of loans that are well and that are ill secured."""
REALISED = (0.2, 1.3)
"""Paid, relative to the average: before security can be realised, and after."""
PACKED = 6
"""Months late above which security is realised and loans are sold."""


@dataclass(eq=False, repr=False)
class Life:
    """The loans of a bank over its months.

    Attributes
    ----------
    places : Slots
        The places for loans.
    economy : array (months,) of float
        The economic factor over the simulated months, log-odds.
    ledger : Ledger
        Contracts and ends.
    written : list of Rows
        What was written down of the months wanted.
    planted : array of int
        Places whose default was planted.
    """

    people: People
    known: Profiles
    places: Slots
    economy: Floats
    first: int
    seed: int
    rng: np.random.Generator
    ledger: Ledger = field(default_factory=Ledger)
    written: list[Rows] = field(default_factory=list)
    planted: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def run(self, span: Ints) -> Rows:
        """Live through `span` and return what was written down from month `first` on."""
        state = vacant(len(self.places.customer))
        self._begin(state, int(span[0]))
        for month, economy in zip(span.tolist(), self.economy.tolist(), strict=True):
            if month == self.first:
                self._forget(state, span)
            if month == span[-1] - PLANT_BEFORE:
                self._plant(state, month)
            self._month(state, month, economy)
            if month >= self.first:
                self.written.append(rows(state, np.flatnonzero(state.live), month, ended=False))
        return together(self.written)

    def _begin(self, state: State, month: int) -> None:
        """Give old customers the loans they already have when the story begins."""
        drawn = self.rng.random(len(state.loan))
        share = np.where(self.places.segment == HOME, 1.0, 0.85)
        held = np.flatnonzero((self.places.opens < month) & (drawn < share))
        made = np.full(len(held), month - 1)
        terms = contracts(self.rng, self.places, held, made, np.full(len(held), -1))
        oldest = np.maximum(terms.term - 72, 0.999 * terms.term * (terms.term < 72))
        age = np.floor(oldest * self.rng.random(len(held))).astype(np.int64)
        made = made - np.minimum(age, made - self.places.opens[held])
        rate = season.lpr(made, terms.term) + terms.margin / 1e4
        self._start(state, replace(terms, month=made, rate=rate))
        state.settle(month - 1)

    def _forget(self, state: State, span: Ints) -> None:
        """Let customers who left or failed before the story is told begin anew in it."""
        customer, opens = self.places.customer, self.places.opens
        gone = ~state.live & (opens < self.first)
        state.barred[gone] = False
        borrows = np.bincount(customer[state.live], minlength=len(self.people.segment)) > 0
        anew = np.flatnonzero(gone & ((self.places.segment == HOME) | ~borrows[customer]))
        opens[anew] = self.rng.integers(self.first, int(span[-1]) + 1, len(anew))

    def _start(self, state: State, terms: Contracts) -> None:
        at = terms.slot
        state.loan[at] = self.ledger.add(terms)
        state.made[at], state.day[at] = terms.month, terms.pay_day
        for name in ("term", "method", "principal", "rate"):
            getattr(state, name)[at] = getattr(terms, name)
        state.balance[at] = terms.principal
        state.since[at], state.upgraded[at] = NEVER, NEVER

    def _plant(self, state: State, month: int) -> None:
        """Choose the loans of large firms that fail: never drawn, for each moves the ratio."""
        soon = state.made + state.term <= month + 48
        large = state.live & (self.places.segment == LARGE) & soon
        firms = int((self.people.segment == LARGE).sum())
        wanted = round(firms / 40) if firms >= 20 else 0
        risky = SECTION_RISK[self.people.section[self.places.customer]] >= 0
        large &= risky | ~(large & risky).any()
        distance = np.where(large, np.abs(state.balance - PLANT_SIZE), np.inf)
        self.planted = np.argsort(distance, kind="stable")[: min(wanted, int(large.sum()))]

    def _month(self, state: State, month: int, economy: float) -> None:
        """Move every loan on by one month, then make new ones."""
        self.rng = generator(self.seed, f"month {month}")
        free, before, live = ~state.live, state.late.copy(), state.live
        for amount in (state.written_off, state.recovered):
            amount[:] = 0
        self._arrears(state, live, month, economy)
        state.settle(month)
        self._resolve(state, before >= DEFAULT, month)
        self._prepay(state, (before == 0) & (state.late == 0), month)
        self._mature(state, month)
        self._lend(state, free, month)

    def _arrears(self, state: State, live: Bools, month: int, economy: float) -> None:
        log_odds = self.known.log_odds(self.people, self.places.customer, np.full(len(live), month))
        segment, size = self.places.segment, len(live)
        rng = generator(self.seed, f"arrears {month}")
        chances = self._chances(state, log_odds, month, economy)
        worse = rng.random(size) < chances[np.minimum(state.late, DEFAULT), np.arange(size)]
        half = 0.10 if month % 3 == 2 else 0.30
        partly = (rng.random(size) < half) & (state.late > 1)
        better = np.where(partly, state.late - 1, 0)
        better = np.where(month - state.made - better >= state.term, 0, better)
        state.late[:] = np.where(live, np.where(worse, state.late + 1, better), 0)
        state.since[:] = np.where(state.late > 0, 0, np.minimum(state.since + 1, NEVER))
        state.upgraded[:] = np.minimum(state.upgraded + 1, NEVER)
        enters = each("watch")[segment] * np.exp(WATCH_SLOPE * log_odds + economy)
        stays = np.where(state.watch, rng.random(size) > 0.04, rng.random(size) < enters)
        state.watch[:] = stays & live & (state.late < DEFAULT)

    def _chances(self, state: State, log_odds: Floats, month: int, economy: float) -> Floats:
        """Return the chance (5, s) to get worse by one month, by months in arrears."""
        segment = self.places.segment
        push = LATE_SLOPE * log_odds + economy + WATCHED * state.watch
        push += HISTORY * (state.since <= 12)
        push += BALLOON * ((state.made + state.term == month) & (state.method == BULLET))
        push += np.log(FESTIVAL) * season.festival(np.array([month]))[0]
        rolls = logit(np.array([segment_.rolls for segment_ in SEGMENTS]))[segment].T
        rolls += AILING[[0, 1, 1], None] * state.watch
        chances = np.ones((DEFAULT + 1, len(segment)))
        chances[0] = np.minimum(each("late")[segment] * np.exp(push), 0.4)
        chances[1] = expit(rolls[0] + ROLL_SLOPE * log_odds)
        chances[2:4] = np.minimum(expit(rolls[1:]) * (0.97 if month % 3 == 2 else 1.015), 1.0)
        chances[1, segment == LARGE] = 0.0
        chances[:, self.planted] = 1.0
        return chances

    def _resolve(self, state: State, failed: Bools, month: int) -> None:
        """End some loans in default: paid from security, sold, put right, or written off."""
        failed = failed & state.live
        failed[self.planted] = False
        segment = self.places.segment
        steps = np.cumsum(self._ways_out(state, month), axis=0)
        rng = generator(self.seed, f"exit {month}")
        way = np.where(failed, (rng.random(len(segment)) >= steps).sum(axis=0), len(steps))
        cash, sold, upgraded, off = (way == number for number in range(len(steps)))
        upgraded &= state.made + state.term > month
        worth = sold_for()[segment]
        state.recovered[:] = np.where(cash, 1.0, np.where(sold, worth, 0.0)) * state.balance
        state.recovered[:] = np.round(state.recovered, 2)
        state.written_off[:] = np.where(off, state.balance, 0.0)
        state.barred |= cash | sold | off
        state.late[cash] = 0
        ends = cash | sold | off
        self._end(state, ends, month, np.where(off, WRITTEN_OFF, np.where(sold, SOLD, MATURED)))
        if upgraded.any():
            state.late[upgraded], state.upgraded[upgraded] = 0, 0
            state.settle(month)

    def _ways_out(self, state: State, month: int) -> list[Floats]:
        """Return the chances that a loan in default ends in cash, sale, upgrade, write-off."""
        segment, late = self.places.segment, state.late
        cash, sold, upgraded = np.array([segment_.leaves for segment_ in SEGMENTS])[segment].T
        off = each("writes_off")[segment] * season.WRITE_OFFS[month % 12]
        rush = 1.8 if month % 3 == 2 else 0.6
        taken = np.where(late > PACKED, REALISED[1], REALISED[0])
        return [
            cash * rush * np.where(self.places.weak, PAYS[1], PAYS[0]) * taken,
            sold * rush * (late > PACKED),
            upgraded,
            off * (late > LOST),
        ]

    def _prepay(self, state: State, able: Bools, month: int) -> None:
        segment = self.places.segment
        yearly = each("prepays")[segment] * ((segment != HOME) | (month >= self.first))
        early = able & state.live & (state.made + state.term > month + 1)
        early &= self.rng.random(len(able)) < yearly / 12
        why = np.where(self.rng.random(len(able)) < 0.30, REFINANCED, OWN)
        how = np.where(self.rng.random(len(able)) < 0.35, why, UNKNOWN)
        self._end(state, early, month, how)

    def _mature(self, state: State, month: int) -> None:
        done = state.live & (state.late == 0) & (state.made + state.term <= month)
        renewed = done & (self.rng.random(len(done)) < each("renews")[self.places.segment])
        renewed &= state.upgraded >= NEVER
        at = np.flatnonzero(renewed)
        old, day = state.loan[at], state.day[at]
        self._end(state, done, month, np.where(renewed, RENEWED, MATURED))
        terms = contracts(self.rng, self.places, at, np.full(len(at), month), old)
        self._start(state, replace(terms, day=day))

    def _lend(self, state: State, free: Bools, month: int) -> None:
        opens, drawn = self.places.opens, self.rng.random(len(free))
        chance = each("returns")[self.places.segment] * season.LENDING[month % 12]
        again = (opens < month) & (drawn < chance) & ~state.barred
        at = np.flatnonzero(free & ((opens == month) | again))
        made, none = np.full(len(at), month), np.full(len(at), -1)
        self._start(state, contracts(self.rng, self.places, at, made, none))

    def _end(self, state: State, ends: Bools, month: int, how: Ints) -> None:
        at = np.flatnonzero(ends)
        self.ledger.close(state.loan[at], month, how[at])
        if month >= self.first:
            self.written.append(rows(state, at, month, ended=True))
        state.clear(ends)


def sold_for() -> Floats:
    """Return what a loan in default brings when it is sold, over its balance, by segment."""
    return np.asarray(np.maximum(1 - 1.15 * each("lgd"), 0.05))


def economy(span: Ints, first: int, bank_seed: int) -> Floats:
    """Return the economic factor that all loans of a bank share, over the months `span`.

    From month `first` on, arrears are on average what they are in the long run: which years are
    good and which are bad differs between banks, the level of a whole cycle does not.
    """
    drawn = generator(bank_seed, "economy").standard_normal(len(span))
    shocks = SHOCK * np.sqrt(1 - PERSISTENCE**2) * drawn
    factor, now = np.empty(len(span)), 0.0
    for place, shock in enumerate(shocks.tolist()):
        now = PERSISTENCE * now + shock
        factor[place] = now
    return np.asarray(factor - np.log(np.exp(factor[span >= first]).mean()))


def live(
    people: People, known: Profiles, factor: Floats, span: Ints, first: int, seed: int
) -> tuple[Life, Rows]:
    """Return the life of all loans over `span` and what was written down from `first` on.

    `factor` is the economic factor of the months `span`.
    """
    rng = generator(seed, "loans")
    life = Life(people, known, slots(people, span, rng), factor, first, seed, rng)
    return life, life.run(span)
