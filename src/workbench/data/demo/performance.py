"""The monthly table of loans: days past due, classes, stages, provisions, recoveries."""

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import numbered, pick
from workbench.data.demo.months import DEFAULT, Life
from workbench.data.demo.segments import Bools, Floats, Ints, each, generator
from workbench.data.demo.state import Rows

NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = range(5)
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
COVER = np.array([0.0135, 0.20, 0.50, 0.72, 0.92])
"""Provision over balance by class; performing loans beyond special mention in stage 2 have 8 %."""
EARLY = (0.25, 0.75)
"""Shares of loans 31-60 and 61-90 days late that are already classified substandard."""
TECHNICAL = 7
"""Days late that are taken for technical and leave the class alone."""
OBSERVED = (12, 18)
"""Months after an upgrade up to which a loan is substandard, and then special mention."""


def loan_months(life: Life, written: Rows, number: Ints, seed: int) -> pd.DataFrame:
    """Return `loan_months`; `number` is the row of each loan in `loans`, or -1."""
    rng = generator(seed, "performance")
    rows = _with_recoveries(life, written, rng)
    order = np.lexsort((rows.month, number[rows.loan]))
    rows = Rows(*(getattr(rows, name)[order] for name in Rows.__dataclass_fields__))
    due_day = rng.integers(1, 31, life.ledger.size)[rows.loan]
    strict = rng.random(life.ledger.size)[rows.loan]
    early = (strict < np.array([0, 0, *EARLY])[np.minimum(rows.late, 3)]) & (rows.late < DEFAULT)
    worried = (rng.random(life.ledger.size) < 0.008)[rows.loan]
    dpd = np.where(rows.late > 0, 30 * (rows.late - 1) + due_day, 0)
    class_ = classes(rows, dpd, early)
    stage = np.where(class_ >= SUBSTANDARD, 3, np.where((class_ == MENTION) | worried, 2, 1))
    cover = np.where((stage == 2) & (class_ == NORMAL), 0.08, COVER[class_])
    segment = life.places.segment[rows.slot]
    owes = rows.balance > 0
    drawn = np.where(np.isnan(rows.limit), np.nan, np.maximum(rows.limit - rows.balance, 0))
    interest = rows.balance * rows.rate / 12 * rows.late
    return pd.DataFrame(
        {
            "loan_id": numbered("L", number[rows.loan] + 1, 9),
            "month_end": season.ends(rows.month).astype("datetime64[s]"),
            "balance": rows.balance,
            "paid_amount": rows.paid,
            "undrawn": np.round(np.where(rows.late > 0, drawn * 0, drawn), 2),
            "rate": np.round(rows.rate, 6),
            "overdue_principal": np.round(rows.missed, 2),
            "overdue_interest": np.round(interest, 2),
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


def classes(rows: Rows, dpd: Ints, early: Bools) -> Ints:
    """Return the five-tier class: the floor the days late set, or worse by judgement."""
    floor = np.searchsorted([TECHNICAL, 90, 270, 360], dpd, "left")
    judged = np.where(rows.watch & (floor == NORMAL), MENTION, floor)
    judged = np.where(early, np.maximum(judged, SUBSTANDARD), judged)
    kept = np.where(rows.upgraded < OBSERVED[0], SUBSTANDARD, MENTION)
    return np.where(rows.upgraded < OBSERVED[1], np.maximum(judged, kept), judged)


def _status(rows: Rows, owes: Bools) -> Ints:
    state = np.where(rows.late >= DEFAULT, 2, np.where(rows.late > 0, 1, 0))
    return np.where(owes, state, np.where(rows.recovered > 0, 3, 4))


def _loss_share(segment: Ints, class_: Ints) -> Floats:
    """Return cover relative to the average: loans that lose more need more, in default only."""
    relative = each("lgd") / 0.48
    return np.where(class_ >= SUBSTANDARD, np.clip(relative, 0.75, 1.15)[segment], 1.0)


def _with_recoveries(life: Life, written: Rows, rng: np.random.Generator) -> Rows:
    """Add one row for each recovery, 3 to 36 months after the write-off, half of them never."""
    off = np.flatnonzero(written.written_off > 0)
    later = rng.integers(3, 37, len(off))
    share = np.where(rng.random(len(off)) < 0.5, rng.beta(2, 6, len(off)), 0)
    month = written.month[off] + later
    seen = (share > 0) & (month <= written.month.max())
    off, later, month, share = off[seen], later[seen], month[seen], share[seen]
    none, zero = np.zeros(len(off), dtype=np.int64), np.zeros(len(off))
    more = Rows(
        *(month, written.slot[off], written.loan[off], zero, zero, written.limit[off]),
        *(written.rate[off], zero, written.late[off] + later, none + 99, none > 0, zero),
        np.round(written.written_off[off] * share, 2),
    )
    return Rows(
        *(
            np.concatenate([getattr(written, name), getattr(more, name)])
            for name in Rows.__dataclass_fields__
        )
    )
