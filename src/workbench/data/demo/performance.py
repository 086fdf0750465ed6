"""The monthly table of loans: days past due, classes, stages, provisions, recoveries."""

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.book import Contracts
from workbench.data.demo.draws import numbered, pick
from workbench.data.demo.planting import World
from workbench.data.demo.segments import Bools, Floats, Ints, each
from workbench.data.demo.state import DEFAULT, NEVER, Rows, together

NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = range(5)
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
COVER = np.array([0.0135, 0.20, 0.42, 0.72, 0.95])
"""Provision over balance by class; performing loans beyond special mention in stage 2 have 8 %."""
EARLY = (0.04, 0.4368)
"""Shares of loans 31-60 and 61-90 days late that are already classified substandard."""
REVIEWED = 5
"""Months late above which an ill-secured loan is doubtful: half or more is expected to be lost."""
TECHNICAL = 7
"""Days late that are taken for technical and leave the class alone."""
RECOVERED, BETA = 0.5, (2, 6)
"""Share of loans written off of which anything comes in, and the distribution of how much."""
RECOVERED_SHARE = BETA[0] / (BETA[0] + BETA[1])
"""Mean of that distribution."""
OBSERVED = (12, 18)
"""Months after an upgrade up to which a loan is substandard, and then special mention."""


def loan_months(
    world: World, paid: Floats, overdue_interest: Floats, limit: Floats
) -> pd.DataFrame:
    """Return `loan_months`.

    `paid` and `overdue_interest` belong to the rows of `world.written`; `limit` is that of the
    contract of each loan in `loans`, missing unless it revolves.
    """
    rng, life, number = world.random("performance"), world.life, world.number
    rows, order = _with_recoveries(world.written, number, rng)
    paid, interest = (
        np.concatenate([values, np.zeros(len(order) - len(values))])[order]
        for values in (paid, overdue_interest)
    )
    terms = world.terms.take(number[rows.loan])
    strict = rng.random(life.ledger.size)[rows.loan]
    early = (strict < np.array([0, 0, *EARLY])[np.minimum(rows.late, 3)]) & (rows.late < DEFAULT)
    worried = (rng.random(life.ledger.size) < 0.008)[rows.loan]
    dpd = days_late(terms, rows)
    weak = life.places.weak[rows.slot]
    class_ = classes(rows, dpd, early, weak)
    stage = np.where(class_ >= SUBSTANDARD, 3, np.where((class_ == MENTION) | worried, 2, 1))
    cover = np.where((stage == 2) & (class_ == NORMAL), 0.08, COVER[class_])
    segment = life.places.segment[rows.slot]
    owes = rows.balance > 0
    drawn = np.maximum(limit[number[rows.loan]] - rows.balance, 0) * owes
    return pd.DataFrame(
        {
            "loan_id": numbered("L", number[rows.loan] + 1, 9),
            "month_end": season.ends(rows.month).astype("datetime64[s]"),
            "balance": rows.balance,
            "paid_amount": paid,
            "undrawn": np.round(np.where(rows.late > 0, drawn * 0, drawn), 2),
            "rate": np.round(terms.rate_in(rows.month), 6),
            "overdue_principal": np.round(rows.missed, 2),
            "overdue_interest": interest,
            "dpd": dpd.astype(np.int32),
            "source_status": pick(names.STATUS, _status(rows, owes)),
            "five_class": pick(CLASSES, class_),
            "ifrs9_stage": stage.astype(np.int32),
            "provision": np.round(rows.balance * cover * _loss_share(segment, class_), 2),
            "restructured": rows.upgraded < OBSERVED[1],
            "written_off_amount": np.round(rows.written_off, 2),
            "recovered_amount": np.round(rows.recovered, 2),
        }
    )


def days_late(terms: Contracts, rows: Rows) -> Ints:
    """Return the days since the oldest instalment not paid fell due."""
    oldest = rows.month - terms.month - rows.late + 1
    days = (season.ends(rows.month) - terms.due(oldest)).astype(np.int64)
    return np.where(rows.late > 0, days, 0)


def classes(rows: Rows, dpd: Ints, early: Bools, weak: Bools) -> Ints:
    """Return the five-tier class: the floor the days late set, or worse by judgement.

    Judgement looks at what the borrower can pay, before 90 days, and at what the security is
    worth, after them.
    """
    floor = np.searchsorted([TECHNICAL, 90, 270, 360], dpd, "left")
    judged = np.where(rows.watch & (floor == NORMAL), MENTION, floor)
    judged = np.where(early, np.maximum(judged, SUBSTANDARD), judged)
    judged = np.where(weak & (rows.late > REVIEWED), np.maximum(judged, DOUBTFUL), judged)
    bad = np.where(weak, DOUBTFUL, SUBSTANDARD)
    kept = np.where(rows.upgraded < OBSERVED[0], bad, MENTION)
    return np.where(rows.upgraded < OBSERVED[1], np.maximum(judged, kept), judged)


def _status(rows: Rows, owes: Bools) -> Ints:
    state = np.where(rows.late >= DEFAULT, 2, np.where(rows.late > 0, 1, 0))
    return np.where(owes, state, np.where(rows.recovered > 0, 3, 4))


def _loss_share(segment: Ints, class_: Ints) -> Floats:
    """Return cover relative to the average: loans that lose more need more, in default only."""
    relative = each("lgd") / 0.48
    return np.where(class_ >= SUBSTANDARD, np.clip(relative, 0.75, 1.15)[segment], 1.0)


def _with_recoveries(written: Rows, number: Ints, rng: np.random.Generator) -> tuple[Rows, Ints]:
    """Add one row for each recovery, 3 to 36 months after the write-off, half of them never.

    The second value tells the place of each row before it was sorted by loan and month.
    """
    off = np.flatnonzero(written.written_off > 0)
    later = rng.integers(3, 37, len(off))
    share = np.where(rng.random(len(off)) < RECOVERED, rng.beta(*BETA, len(off)), 0)
    month = written.month[off] + later
    seen = (share > 0) & (month <= written.month.max())
    off, later, month, share = off[seen], later[seen], month[seen], share[seen]
    none, zero = np.zeros(len(off), dtype=np.int64), np.zeros(len(off))
    more = Rows(
        *(month, written.slot[off], written.loan[off], zero, zero, written.late[off] + later),
        *(none + NEVER, none > 0, zero, np.round(written.written_off[off] * share, 2)),
    )
    rows = together([written, more])
    order = np.lexsort((rows.month, number[rows.loan]))
    return rows.take(order), order
