"""What is remembered of every loan from one month to the next, and what is written down of it."""

from dataclasses import dataclass

import numpy as np

from workbench.data.demo.book import owed
from workbench.data.demo.segments import Bools, Floats, Ints

NEVER = 99
"""Months since something that never happened."""
DEFAULT = 4
"""Months in arrears that are more than 90 days."""


@dataclass(eq=False, repr=False)
class State:
    """Every place for a loan at the end of a month; arrays (s,).

    Attributes
    ----------
    loan : array of int
        Number of the loan in it, -1 none.
    made, term, method : array of int
        Month in which it was made, number of monthly instalments, way of repayment.
    day : array of int
        Day of the month on which instalments fall due.
    principal, rate, balance, missed : array of float
        Amount lent, rate at the start, amount owed, principal due and not paid.
    late : array of int
        Months since the oldest instalment not paid fell due: 1 is 1-30 days, 4 is default.
    since, upgraded : array of int
        Months since the last arrears, and since default was put right.
    watch, barred : array of bool
        Special mention without arrears; no further loan after a default.
    written_off, recovered : array of float
        Amounts of this month.
    """

    loan: Ints
    made: Ints
    term: Ints
    method: Ints
    day: Ints
    principal: Floats
    rate: Floats
    balance: Floats
    missed: Floats
    late: Ints
    since: Ints
    upgraded: Ints
    watch: Bools
    barred: Bools
    written_off: Floats
    recovered: Floats

    @property
    def live(self) -> Bools:
        """Tell which places hold a loan."""
        return self.loan >= 0

    def owed(self, paid: Ints) -> Floats:
        """Return the principal left of each loan after `paid` instalments."""
        return owed(self.principal, self.rate, self.term, self.method, paid)

    def settle(self, month: int) -> None:
        """Work out what is owed and overdue at the end of `month` from the months in arrears.

        All of a loan in default is called due.
        """
        age = month - self.made
        due = np.minimum(age, self.term)
        self.balance[:] = np.where(self.live, self.owed(np.minimum(age - self.late, due)), 0.0)
        missed = np.where(self.late > 0, self.balance - self.owed(due), 0.0)
        self.missed[:] = np.where(self.late >= DEFAULT, self.balance, missed)

    def clear(self, ended: Bools) -> None:
        """Empty the places `ended`."""
        self.loan[ended] = -1
        for amount in (self.balance, self.missed, self.written_off, self.recovered):
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
        made=counted(0),
        term=counted(1),
        method=counted(0),
        day=counted(1),
        principal=zero(),
        rate=zero(),
        balance=zero(),
        missed=zero(),
        late=counted(0),
        since=counted(NEVER),
        upgraded=counted(NEVER),
        watch=no(),
        barred=no(),
        written_off=zero(),
        recovered=zero(),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """What is written down of one loan and month; arrays of one length."""

    month: Ints
    slot: Ints
    loan: Ints
    balance: Floats
    missed: Floats
    late: Ints
    upgraded: Ints
    watch: Bools
    written_off: Floats
    recovered: Floats

    def take(self, chosen: Ints) -> "Rows":
        """Return the rows at the places `chosen`."""
        return Rows(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def rows(state: State, slot: Ints, month: int, *, ended: bool) -> Rows:
    """Return what is written down of the loans in the places `slot`; `ended` ones owe nothing."""
    owes = 0.0 if ended else 1.0
    return Rows(
        *(np.full(len(slot), month), slot, state.loan[slot], state.balance[slot] * owes),
        *(state.missed[slot] * owes, state.late[slot], state.upgraded[slot], state.watch[slot]),
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
