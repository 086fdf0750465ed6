"""Repayment plans: what falls due when, and what was paid, in step with the months of each loan.

A loan `late` months has paid all instalments but the last `late` that fell due, so its months tell
when each instalment was settled. The plan of a loan that was closed early ends with one instalment
on the day of closing, which holds the rest: paid when the loan was paid back, called due and unpaid
when it was sold or written off. A plan that runs on for more than two years ends with one on the
day of maturity, which holds what falls due after them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.book import SOLD, WRITTEN_OFF, Contracts, closed, owed
from workbench.data.demo.draws import numbered
from workbench.data.demo.planting import World
from workbench.data.demo.segments import Bools, Floats, Ints
from workbench.data.demo.state import Rows

AHEAD = 24
"""Months to come whose instalments are listed one by one."""
SLIPS = 0.03
"""Share of instalments paid a day or two late, before any month-end sees it."""


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """Instalments of all loans, one loan after the other.

    Attributes
    ----------
    terms : Contracts
        Terms of the loans, row by row of `loans`.
    first : array (loans + 1,) of int
        Place of the first instalment of each loan; the last entry is the number of instalments.
    listed : array (loans,) of int
        Instalments listed as in the contract; one more follows where that is not all.
    loan, instalment : array of int
        Row in `loans`, and number from 1.
    due_on : array of datetime64[D]
        Due days.
    principal, interest : array of float
        Amounts due, yuan.
    settled : array of int
        Month in which it was paid in full, -1 not yet.
    """

    terms: Contracts
    first: Ints
    listed: Ints
    loan: Ints
    instalment: Ints
    due_on: season.Days
    principal: Floats
    interest: Floats
    settled: Ints

    def through(self, amounts: Floats, loan: Ints, count: Ints) -> Floats:
        """Return the sum of `amounts` over the first `count` instalments of each `loan`."""
        total = np.concatenate([[0.0], np.cumsum(amounts)])
        return np.asarray(total[self.first[loan] + count] - total[self.first[loan]])


def plan(world: World) -> Plan:
    """Return the plan of every loan."""
    terms, (ended, how) = world.terms, world.life.ledger.ends()
    kept = world.number >= 0
    ended, how = ended[kept], how[kept]
    ahead = AHEAD if world.whole else 0
    until = np.where(ended < 0, int(world.window[-1]) + ahead, ended)
    listed = np.minimum(terms.term, until - terms.month)
    cut = listed < terms.term
    size = listed + cut
    first = np.concatenate([[0], np.cumsum(size)])
    loan = np.repeat(np.arange(len(size)), size)
    instalment = np.arange(len(loan)) - first[loan] + 1
    closing = instalment > listed[loan]
    month = terms.month[loan] + instalment
    after = owed(
        *(terms.principal[loan], terms.rate[loan], terms.term[loan], terms.method[loan]), instalment
    )
    before = np.concatenate([[0.0], after[:-1]])
    before[first[:-1]] = terms.principal
    interest = before * _rates(terms, loan, month) / 12
    last = first[1:][cut] - 1
    early = ended[cut] >= 0
    end = np.where(early, closed(terms, ended, how)[cut], terms.due(terms.term)[cut])
    due_on = season.on(month, terms.pay_day[loan])
    days = (end - terms.due(listed)[cut]).astype(np.int64)
    due_on[last] = end
    left = terms.take(np.flatnonzero(cut)).interest_after(listed[cut])
    interest[last] = np.where(early, interest[last] * days / 30, left)
    return Plan(
        *(terms, first, listed, loan, instalment, due_on),
        np.asarray(np.round(np.where(closing, before, before - after), 2)),
        np.asarray(np.round(interest, 2)),
        _settled(world, first, listed, np.where(cut, how, -1), ended),
    )


def _rates(terms: Contracts, loan: Ints, month: Ints) -> Floats:
    """Return the rate of each `loan` in each `month`; most are fixed and looked up once."""
    rates = terms.rate[loan]
    moving = np.flatnonzero(terms.floating[loan])
    rates[moving] = terms.take(loan[moving]).rate_in(month[moving])
    return rates


def paid_through(terms: Contracts, rows: Rows, loan: Ints) -> Ints:
    """Return how many instalments were paid at the end of each month of `rows`."""
    age = rows.month - terms.month[loan]
    return np.asarray(np.minimum(age - rows.late, terms.term[loan]))


def _settled(world: World, first: Ints, listed: Ints, closed_by: Ints, ended: Ints) -> Ints:
    """Return the month in which each instalment was settled, from the months of the loans."""
    terms, rows = world.terms, world.written
    loan = world.number[rows.loan]
    after = np.minimum(paid_through(terms, rows, loan), listed[loan])
    opening = np.concatenate([[True], loan[1:] != loan[:-1]])
    before = np.where(opening, 0, np.concatenate([[0], after[:-1]]))
    count = after - before
    row = np.repeat(np.arange(len(loan)), count)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    instalment = before[row] + rank
    month = rows.month[row]
    # What was paid before the months written down was paid when it fell due.
    due = terms.month[loan[row]] + instalment + 1
    settled = np.full(int(first[-1]), -1)
    settled[first[loan[row]] + instalment] = np.where(opening[row], np.minimum(due, month), month)
    repaid = (closed_by >= 0) & ~np.isin(closed_by, (SOLD, WRITTEN_OFF))
    settled[first[1:][repaid] - 1] = ended[repaid]
    return settled


def months_paid(plan_: Plan, world: World) -> tuple[Floats, Floats]:
    """Return what was paid in each month of `world.written`, and the interest then overdue."""
    rows = world.written
    loan = world.number[rows.loan]
    span = int(world.window[-1]) - int(world.window[0]) + 1
    seen = plan_.settled >= world.window[0]
    key = plan_.loan[seen] * span + plan_.settled[seen] - world.window[0]
    amount = plan_.principal[seen] + plan_.interest[seen]
    paid = np.bincount(key, amount, minlength=(int(loan[-1]) + 1) * span)
    paid = np.asarray(paid[loan * span + rows.month - world.window[0]], dtype=np.float64)
    after = np.minimum(paid_through(plan_.terms, rows, loan), plan_.listed[loan])
    fallen = np.minimum(rows.month - plan_.terms.month[loan], plan_.listed[loan])
    due = plan_.through(plan_.interest, loan, fallen) - plan_.through(plan_.interest, loan, after)
    return np.asarray(np.round(paid, 2)), np.asarray(
        np.round(np.where(rows.balance > 0, due, 0), 2)
    )


def repayment_schedule(
    plan_: Plan, closed_on: season.Days, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the table `repayment_schedule`; `closed_on` is that of each loan."""
    paid = plan_.settled >= 0
    return pd.DataFrame(
        {
            "loan_id": numbered("L", plan_.loan + 1, 9),
            "instalment_no": plan_.instalment,
            "due_on": plan_.due_on,
            "due_principal": plan_.principal,
            "due_interest": plan_.interest,
            "paid_principal": np.where(paid, plan_.principal, 0.0),
            "paid_interest": np.where(paid, plan_.interest, 0.0),
            "paid_on": np.where(
                paid, _paid_on(plan_, paid, closed_on, rng), np.datetime64("NaT", "D")
            ),
        }
    )


def _paid_on(
    plan_: Plan, paid: Bools, closed_on: season.Days, rng: np.random.Generator
) -> season.Days:
    """Return the day on which each instalment was paid: when due, slightly late, or caught up."""
    size = len(paid)
    due_in = plan_.due_on.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    slips = np.where(rng.random(size) < SLIPS, rng.integers(1, 3, size), 0)
    day = plan_.due_on + slips.astype("timedelta64[D]")
    caught_up = season.on(np.maximum(plan_.settled, 0), rng.integers(1, 29, size))
    day = np.where(plan_.settled > due_in, caught_up, day)
    end = closed_on[plan_.loan]
    ended_in = np.where(np.isnat(end), -1, end.astype("datetime64[M]").astype(np.int64) + 1970 * 12)
    last = paid & (plan_.settled == ended_in) & ((day > end) | (plan_.settled > due_in))
    return np.where(last, end, day)
