"""Three judgements of one tape: five-tier floor, IFRS 9 stage, EBA non-performing."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench import check
from workbench.errors import DataError
from workbench.rules import five_tier, ifrs9, npe
from workbench.rules.five_tier import CardLadder, FiveTier
from workbench.rules.ifrs9 import Stages
from workbench.rules.npe import NonPerforming
from workbench.rules.tape import Statuses, amounts


@dataclass(frozen=True)
class Packs:
    """The packs that judge a tape, all of one day."""

    loans: FiveTier
    cards: CardLadder
    stages: Stages
    npe: NonPerforming


@dataclass(frozen=True, eq=False, repr=False)
class Judged:
    """What the rules demand of each loan, arrays of shape (n,) with `UNKNOWN` for not to be told.

    Attributes
    ----------
    floor : array of int8
        Place in `five_tier.CLASSES` below which the loan may not be classified.
    stage : array of int8
        Lowest IFRS 9 stage.
    npe : array of int8
        1 for non-performing, 0 for performing.
    """

    floor: Statuses
    stage: Statuses
    npe: Statuses


def packs(day: date) -> Packs:
    """Return the editions in force on `day`."""
    return Packs(*five_tier.rules(day), ifrs9.rules(day), npe.rules(day))


def scheduled(tape: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """Return `tape` with days past due from the schedule where it knows them, else the bank's.

    The bank's own days become `dpd_reported`, those of the schedule `dpd_scheduled`, missing for
    loans without one.

    Parameters
    ----------
    tape : DataFrame
        `loan_id`, `month_end`, `dpd` as the bank reports it.
    schedule : DataFrame
        As the query `schedule_dpd` gives it: `loan_id`, `month_end`, `dpd` recomputed.

    Raises
    ------
    DataError
        The schedule has a loan twice in a month.
    """
    keys = ["loan_id", "month_end"]
    check.columns(tape, *keys, "dpd")
    check.columns(schedule, *keys, "dpd")
    if again := int(schedule.duplicated(keys).sum()):
        raise DataError(f"the schedule has {again} loans twice in a month; give each one row")
    days = schedule[[*keys, "dpd"]].rename(columns={"dpd": "dpd_scheduled"})
    found = tape.rename(columns={"dpd": "dpd_reported"}).merge(days, on=keys, how="left")
    reported, recomputed = amounts(found, "dpd_reported"), amounts(found, "dpd_scheduled")
    return found.assign(dpd=np.where(np.isnan(recomputed), reported, recomputed))


def judged(tape: pd.DataFrame, packs: Packs, *, units_per_euro: float = 1.0) -> Judged:
    """Judge each row of `tape` by each pack.

    Parameters
    ----------
    tape : DataFrame
        As the query `loan_status` gives it: one row per loan and month end with the bank's own
        statuses.
    units_per_euro : float
        Units of the tape's currency that make one euro.

    Notes
    -----
    The bank's stage 3 is taken as evidence of credit impairment by the five-tier and the EBA rules,
    with its provision as expected loss, and its own class for contagion; the stage itself follows
    from days past due and restructuring alone. So no status is compared with itself.
    """
    check.columns(tape, "dpd", "five_class", "ifrs9_stage", "provision", "restructured")
    impaired = (tape["ifrs9_stage"] == ifrs9.IMPAIRED).fillna(False)
    evidence = tape.assign(
        credit_impaired=impaired.to_numpy(dtype=np.bool_),
        expected_loss=tape["provision"],
        retail=five_tier.is_retail(tape, packs.loans.retail),
    )
    floor = five_tier.floors(evidence, packs.loans, packs.cards)
    worse = np.maximum(floor, five_tier.coded(tape["five_class"]))
    spread = five_tier.contagion_floor(evidence, worse, packs.loans)
    return Judged(
        # A loan that nothing drags along keeps its floor, also one that cannot be told.
        floor=np.where(spread > 0, np.maximum(floor, spread), floor),
        stage=ifrs9.stages(tape, packs.stages),
        npe=npe.non_performing(evidence, packs.npe, units_per_euro=units_per_euro),
    )
