"""What is remembered of every loan from one month to the next, and what is written down of it."""

from dataclasses import dataclass

import numpy as np

from workbench.data.demo.book import EQUAL, INSTALMENT, Contracts
from workbench.data.demo.segments import Bools, Floats, Ints

NEVER = 99
"""Months since something that never happened."""


@dataclass(eq=False, repr=False)
class State:
    """Every place for a loan at the end of a month; arrays (s,).

    Attributes
    ----------
    loan : array of int
        Number of the loan in it, -1 none.
    left : array of int
        Months to maturity.
    late : array of int
        Months in arrears: 1 is 1-30 days, 4 and more is default.
    since, upgraded : array of int
        Months since the last arrears, and since default was put right.
    watch, barred : array of bool
        Special mention without arrears; no further loan after a default.
    missed : array of float
        Principal due and not paid.
    paid, written_off, recovered : array of float
        Amounts of this month.
    """

    loan: Ints
    left: Ints
    method: Ints
    floating: Bools
    margin: Floats
    rate: Floats
    place: Floats
    limit: Floats
    balance: Floats
    missed: Floats
    late: Ints
    since: Ints
    upgraded: Ints
    watch: Bools
    barred: Bools
    paid: Floats
    written_off: Floats
    recovered: Floats

    @property
    def live(self) -> Bools:
        """Tell which places hold a loan."""
        return self.loan >= 0

    def instalment(self) -> Floats:
        """Return the principal due this month."""
        left = np.maximum(self.left, 0) + 1.0
        monthly = np.maximum(self.rate / 12, 1e-6)
        open_ = self.balance - self.missed
        annuity = open_ * monthly / ((1 + monthly) ** left - 1)
        evenly = np.where(self.method == EQUAL, open_ / left, 0.0)
        return np.where(self.method == INSTALMENT, annuity, evenly)

    def clear(self, ended: Bools) -> None:
        """Empty the places `ended`."""
        self.loan[ended] = -1
        for amount in (self.balance, self.missed, self.paid, self.written_off, self.recovered):
            amount[ended] = 0.0
        self.late[ended] = 0
        self.watch[ended] = False


def vacant(size: int) -> State:
    """Return `size` places without a loan."""

    def zero() -> Floats:
        return np.zeros(size)

    def counted(value: int) -> Ints:
        return np.full(size, value, dtype=np.int64)

    def no() -> Bools:
        return np.zeros(size, dtype=bool)

    return State(
        loan=counted(-1),
        left=counted(0),
        method=counted(0),
        floating=no(),
        margin=zero(),
        rate=zero(),
        place=zero(),
        limit=zero(),
        balance=zero(),
        missed=zero(),
        late=counted(0),
        since=counted(NEVER),
        upgraded=counted(NEVER),
        watch=no(),
        barred=no(),
        paid=zero(),
        written_off=zero(),
        recovered=zero(),
    )


def owed(terms: Contracts, age: Ints) -> Floats:
    """Return the share of the principal still owed after `age` months without arrears."""
    monthly, term = np.maximum(terms.rate / 12, 1e-6), terms.term.astype(np.float64)
    grown = (1 + monthly) ** term
    annuity = (grown - (1 + monthly) ** age) / (grown - 1)
    evenly = np.where(terms.method == EQUAL, 1 - age / term, 1.0)
    return np.where(terms.method == INSTALMENT, annuity, evenly)


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """What is written down of one loan and month; arrays of one length."""

    month: Ints
    slot: Ints
    loan: Ints
    balance: Floats
    paid: Floats
    limit: Floats
    rate: Floats
    missed: Floats
    late: Ints
    upgraded: Ints
    watch: Bools
    written_off: Floats
    recovered: Floats


def rows(state: State, slot: Ints, month: int, *, ended: bool) -> Rows:
    """Return what is written down of the loans in the places `slot`; `ended` ones owe nothing."""
    owes = 0.0 if ended else 1.0
    return Rows(
        *(np.full(len(slot), month), slot, state.loan[slot], state.balance[slot] * owes),
        *(state.paid[slot], state.limit[slot], state.rate[slot], state.missed[slot] * owes),
        *(state.late[slot], state.upgraded[slot], state.watch[slot]),
        *(state.written_off[slot], state.recovered[slot]),
    )


def together(batches: list[Rows]) -> Rows:
    """Return all rows as one."""
    return Rows(
        *(
            np.concatenate([getattr(batch, name) for batch in batches])
            for name in Rows.__dataclass_fields__
        )
    )
