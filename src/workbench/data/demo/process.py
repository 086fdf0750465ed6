"""The steps of every application: who works on it, who waits for whom, what is sent back."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo import season
from workbench.data.demo.draws import numbered, optional, pick, times
from workbench.data.demo.failures import share
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import MEDIUM, OWNER, SEGMENTS, Bools, Floats, Ints

ACTIVITIES = (
    *("submit", "documents_request", "documents_received", "pre_loan_investigation"),
    *("bureau_query", "risk_scoring", "review", "committee", "approval", "decline", "withdraw"),
    *("offer", "contract_signing", "collateral_registration", "disbursement", "post_loan_check"),
)
SUBMIT, REQUEST, RECEIVED, INVESTIGATION, BUREAU, SCORING, REVIEW, COMMITTEE = range(8)
APPROVAL, DECLINE, WITHDRAW, OFFER, SIGNING, REGISTRATION, DISBURSEMENT, CHECK = range(8, 16)
EFFORT = np.array([0.4, 0.4, 2.2, 2.4, 0.4, 0.5, 2.2, 1.2, 0.8, 0.5, 0.2, 1.0, 2.2, 3.0, 1.0, 1.0])
"""Typical length of a step relative to the others of the same application."""
SPREAD = 0.55
"""Standard deviation of the log of a step's length."""
PARTIES = ("bank", "customer", "external")
PARTY = np.array([1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 2, 0, 0])
"""Whom each step waits for: positions in `PARTIES`."""
OUTCOMES = ("pass", "return", "reject", "cancel")
PASS, RETURN, REJECT, CANCEL = range(len(OUTCOMES))
CHANNELS = ("online", "branch", "phone", "back_office")
LIMIT = 2.6
"""Time allowed for a step of the bank over its typical length."""
USUAL = np.array([[11.0, 9.0]] * 2 + [[9.5, 7.0]] * 2 + [[9.5, 6.0], [9.5, 3.0], [9.5, 3.0]])
"""Sum of `EFFORT` over the steps of a usual application, by segment, off line and on line."""
SLOW = 2.5
"""How much longer the review takes at the slow sub-branch, relative to the other steps."""
BACKS = 5
"""Rounds of documents sent back that are told apart; nobody is asked more often."""
FRONT = (SUBMIT, *(REQUEST, RECEIVED) * BACKS, *range(INVESTIGATION, WITHDRAW + 1))
"""Steps up to the decision, in the order in which they are taken."""


@dataclass(frozen=True, eq=False, repr=False)
class _Cases:
    """What the steps of each application follow from; arrays of one length.

    `made` is the row of the loan it led to, -1 none; `slow` tells the slow sub-branch.
    """

    segment: Ints
    decision: NDArray[np.object_]
    online: Bools
    backs: Ints
    made: Ints
    secured: Bools
    slow: Bools


def part(world: World) -> Part:
    """Return `process_events`."""
    cases, slow = _cases(world)
    rng = world.random("process")
    steps = [_front(world, rng, cases), _back(world, rng, cases), _checks(world, rng, cases)]
    application, activity, started, ended, outcome = (
        np.concatenate(parts) for parts in zip(*steps, strict=True)
    )
    order = np.lexsort((np.arange(len(started)), application))
    table = _table(world, rng, cases, application[order], activity[order])
    table["started_at"], table["ended_at"] = started[order], ended[order]
    table["outcome"] = pick(OUTCOMES, outcome[order])
    table.insert(0, "event_id", numbered("V", np.arange(1, len(table) + 1), 9))
    return Part({"process_events": table}, _planted(cases, slow))


def _cases(world: World) -> tuple[_Cases, str]:
    asked, loans = world.tables["applications"], world.tables["loans"]
    customer = asked["customer_id"].cat.codes.to_numpy()
    made = np.full(len(asked), -1)
    number = loans["application_id"].cat.codes.to_numpy()
    known = np.flatnonzero(number >= 0)
    made[number[known]] = known
    secured = loans["main_security"].isin(["mortgage", "pledge"]).to_numpy()
    branches = world.people.branches
    parents = branches["parent_branch_id"].to_numpy()
    slow = str(branches["branch_id"].iloc[3])
    return _Cases(
        world.people.segment[customer],
        asked["decision"].to_numpy(dtype=object),
        asked["channel"].isin(["app", "web", "partner"]).to_numpy(),
        np.minimum(asked["documents_resubmitted"].to_numpy(), BACKS),
        made,
        np.where(made >= 0, secured[np.maximum(made, 0)], False),
        parents[world.people.branch[customer]] == slow,
    ), slow


Steps = tuple[Ints, Ints, season.Days, season.Days, Ints]
"""Application, activity, start, end and outcome of steps."""


def _front(world: World, rng: np.random.Generator, cases: _Cases) -> Steps:
    """Return the steps from submission to decision; cases still open end in one without an end."""
    asked = world.tables["applications"]
    taken = np.stack([_takes(cases, place) for place in range(len(FRONT))], axis=1)
    stops = np.isin(cases.decision, ("withdrawn", "pending"))
    # Who withdraws or waits does so somewhere between submission and approval.
    stage = 1 + np.floor(rng.random(len(stops)) * (len(FRONT) - 3)).astype(np.int64)
    taken[:, 1:-1] &= ~stops[:, None] | (np.arange(1, len(FRONT) - 1) <= stage[:, None])
    begin = _moments(asked["applied_at"])
    decided = _moments(asked["decided_at"])
    open_ = np.isnat(decided)
    now = np.datetime64(season.LAST, "s") + np.timedelta64(86_399, "s")
    effort = EFFORT[list(FRONT)]
    slow = np.where(cases.slow[:, None] & (np.array(FRONT) == REVIEW), SLOW, 1.0)
    row, place, started, ended = _spread(
        rng, taken, effort * slow, begin, np.where(open_, now, decided)
    )
    activity = np.array(FRONT)[place]
    last = np.append(row[1:] != row[:-1], True)
    ended = np.where(open_[row] & last, np.datetime64("NaT", "s"), ended)
    outcome = np.select(
        [activity == REQUEST, activity == DECLINE, activity == WITHDRAW],
        [RETURN, REJECT, CANCEL],
        PASS,
    )
    outcome = np.where(np.isnat(ended), -1, outcome)
    return row, activity, started, ended, outcome


def _takes(cases: _Cases, place: int) -> Bools:
    """Tell which applications go through the step at a `place` of `FRONT`."""
    activity, offline, decision = FRONT[place], ~cases.online, cases.decision
    if activity in (REQUEST, RECEIVED):
        return cases.backs > (place - 1) // 2
    if activity == INVESTIGATION:
        return np.asarray(offline | (cases.segment < OWNER))
    if activity == REVIEW:
        return np.asarray(offline | (cases.segment <= OWNER))
    if activity == COMMITTEE:
        return np.asarray((cases.segment <= MEDIUM) & (decision != "declined"))
    if activity == APPROVAL:
        return np.isin(decision, ("approved", "approved_reduced", "pending"))
    if activity == DECLINE:
        return np.asarray(decision == "declined")
    if activity == WITHDRAW:
        return np.asarray(decision == "withdrawn")
    return np.ones(len(decision), dtype=bool)


def _back(world: World, rng: np.random.Generator, cases: _Cases) -> Steps:
    """Return the steps from the offer to the money, or to the customer's refusal."""
    asked = world.tables["applications"]
    decided, offered = _moments(asked["decided_at"]), _moments(asked["offered_at"])
    approved, made = ~np.isnat(offered), cases.made >= 0
    first = np.flatnonzero(approved)
    rows = np.flatnonzero(approved & made)
    paid = world.tables["loans"]["disbursed_on"].to_numpy()[cases.made[rows]]
    paid = paid.astype("datetime64[D]").astype("datetime64[s]")
    opens = np.maximum(offered[rows], paid + np.timedelta64(9 * 3600, "s"))
    closes = np.maximum(paid + np.timedelta64(18 * 3600, "s"), opens + np.timedelta64(60, "s"))
    passed = rng.random(len(rows))
    money = opens + ((closes - opens).astype(np.int64) * passed).astype("timedelta64[s]")
    taken = np.ones((len(rows), 3), dtype=bool)
    taken[:, 1] = cases.secured[rows]
    effort = EFFORT[[SIGNING, REGISTRATION, DISBURSEMENT]] * np.ones((len(rows), 1))
    row, place, started, ended = _spread(rng, taken, effort, offered[rows], money)
    refused = np.flatnonzero(approved & ~made)
    thinks = np.minimum(rng.lognormal(0.5, 0.8, len(refused)) * 86_400, 20 * 86_400)
    until = offered[refused] + thinks.astype("timedelta64[s]")
    return (
        np.concatenate([first, rows[row], refused]),
        np.concatenate(
            [
                np.full(len(first), OFFER),
                np.array([SIGNING, REGISTRATION, DISBURSEMENT])[place],
                np.full(len(refused), WITHDRAW),
            ]
        ),
        np.concatenate([decided[first], started, offered[refused]]),
        np.concatenate([offered[first], ended, until]),
        np.concatenate(
            [np.full(len(first) + len(row), PASS), np.full(len(refused), CANCEL)],
        ),
    )


def _checks(world: World, rng: np.random.Generator, cases: _Cases) -> Steps:
    """Return the first check of firms after the money, two to nine weeks later."""
    firm = np.flatnonzero((cases.made >= 0) & (cases.segment < OWNER))
    paid = world.tables["loans"]["disbursed_on"].to_numpy()[cases.made[firm]]
    day = paid.astype("datetime64[D]") + rng.integers(14, 64, len(firm)).astype("timedelta64[D]")
    held = day <= np.datetime64(season.LAST)
    firm, started = firm[held], times(day[held], 9 + 6 * rng.random(int(held.sum())))
    ended = started + (3600 * rng.uniform(0.7, 3, len(firm))).astype("timedelta64[s]")
    kind = np.full(len(firm), CHECK)
    return firm, kind, started, ended, np.full(len(firm), PASS)


def _spread(
    rng: np.random.Generator, taken: Bools, effort: Floats, begin: season.Days, end: season.Days
) -> tuple[Ints, Ints, season.Days, season.Days]:
    """Share the time from `begin` to `end` of each row among the steps it has `taken`.

    Returns row, step, start and end of each step, one behind the other without a gap.
    """
    length = effort * rng.lognormal(0, SPREAD, taken.shape) * taken
    until = np.cumsum(length, axis=1)
    until = until / until[:, -1:]
    window = (end - begin).astype(np.int64)[:, None]
    ends = np.round(until * window).astype(np.int64)
    starts = np.concatenate([np.zeros((len(ends), 1), dtype=np.int64), ends[:, :-1]], axis=1)
    row, step = np.nonzero(taken)
    first = begin[row] + starts[row, step].astype("timedelta64[s]")
    return row, step, first, begin[row] + ends[row, step].astype("timedelta64[s]")


def _moments(column: "pd.Series[pd.Timestamp]") -> season.Days:
    return np.asarray(column.to_numpy().astype("datetime64[s]"))


def _table(
    world: World, rng: np.random.Generator, cases: _Cases, application: Ints, activity: Ints
) -> pd.DataFrame:
    """Return who did each step, over which channel, and in what time it should be done."""
    asked, staff = world.tables["applications"], world.people.staff
    online = cases.online[application]
    manager = world.people.manager[asked["customer_id"].cat.codes.to_numpy()[application]]
    office = {
        role: np.flatnonzero(staff["role"].eq(role).to_numpy())
        for role in ("risk_officer", "approver", "teller")
    }
    hand = manager.copy()
    for role, doings in (
        ("risk_officer", (REVIEW,)),
        ("approver", (COMMITTEE, APPROVAL, DECLINE)),
        ("teller", (REGISTRATION, DISBURSEMENT)),
    ):
        doing = np.isin(activity, doings)
        hand[doing] = rng.choice(office[role], int(doing.sum()))
    machine = np.isin(activity, (BUREAU, SCORING)) | (
        online & ~np.isin(activity, (INVESTIGATION, REVIEW, COMMITTEE, REGISTRATION, CHECK))
    )
    inside = np.isin(activity, (SCORING, REVIEW, COMMITTEE, APPROVAL, DECLINE, BUREAU))
    channel = np.where(inside, 3, np.where(online, 0, 1))
    channel = np.where((activity == REQUEST) & ~online & (rng.random(len(hand)) < 0.6), 2, channel)
    return pd.DataFrame(
        {
            "application_id": asked["application_id"].array[application],
            "activity": pick(ACTIVITIES, activity),
            "staff_id": numbered("S", np.where(machine, -1, hand) + 1, 4),
            "channel": pick(CHANNELS, channel),
            "waiting_on": pick(PARTIES, PARTY[activity]),
            "sla_hours": _limits(cases.segment[application], online, activity),
        }
    )


def _limits(segment: Ints, online: Bools, activity: Ints) -> Floats:
    """Return the hours allowed for steps of the bank; steps of others have no limit."""
    days = np.array([each.days[0] for each in SEGMENTS])
    hours = LIMIT * 24 * days[:, None, None] * EFFORT / USUAL[:, :, None]
    hours[:, :, CHECK] = 8.0
    rounded = np.maximum(np.ceil(hours * 4) / 4, 0.25)
    return optional(rounded[segment, online.astype(np.int64), activity], PARTY[activity] == 0)


def _planted(cases: _Cases, slow: str) -> tuple[Planted, ...]:
    back = cases.backs > 0
    return (
        Planted(
            "process.sent_back",
            "share of applications sent back for documents, by way of application",
            {"offline": 0.34, "online": 0.08},
            "share",
            ("process_events.outcome", "applications.documents_resubmitted"),
            # All together hide that the two ways differ.
            naive=share(back),
        ),
        Planted(
            "process.slow_review",
            f"the review takes longer, relative to other steps, under sub-branch {slow}",
            SLOW,
            "ratio",
            ("process_events.started_at", "process_events.ended_at"),
        ),
    )
