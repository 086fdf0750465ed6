"""Courses for staff: who came, what they scored before and behind, and how much is practice."""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.draws import numbered, optional, pick
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Floats, Ints

COURSES = (
    ("信贷产品与利率", "product", 6.0),
    ("贷前调查与三查", "loan_knowledge", 8.0),
    ("沟通与异议处理", "communication", 4.0),
    ("服务礼仪", "attitude", 3.0),
    ("贷后预警与处置", "risk", 6.0),
    ("客户信息保密", "privacy", 2.0),
)
"""Name, topic, hours; one after the other, one every second month."""
EVERY = 2
ROLES = ("relationship_manager", "call_agent", "teller", "risk_officer", "collector")
ATTENDED, TESTED_ABSENT = 0.93, 0.60
"""Share that comes; share of those who do not but take both tests all the same."""
BEFORE, SPREAD = 72.0, 9.0
EFFECT, PRACTICE, NOISE = 6.0, 3.0, 5.0
"""Points gained by the course, by sitting the test a second time, and their standard deviation."""
KINDER = 5.0
"""Points by which a standard deviation of an outlet's service shows in the score before."""


def part(world: World) -> Part:
    """Return `training_records`: outlets that serve worst are taught first."""
    months = world.window[world.window % EVERY == 1]
    staff = world.people.staff
    pupils = np.flatnonzero(staff["role"].isin(ROLES).to_numpy())
    rng = world.shared("courses")
    session = np.arange(len(months))
    pairs = np.array(np.meshgrid(session, np.arange(len(pupils)), indexing="ij")).reshape(2, -1)
    place = pupils[pairs[1]]
    home = staff["branch_id"].str[1:].astype(np.int64).to_numpy()[place]
    temper = world.people.temper[home]
    rank = _rank(temper, pairs[0], rng)
    # Half of the staff is taught each time, the worst outlets more often.
    taught = rank < 0.5
    pairs, place, temper = pairs[:, taught], place[taught], temper[taught]
    hired = staff["hired_on"].to_numpy().astype("datetime64[D]")[place]
    held = season.starts(months[pairs[0]]) + (5 + pairs[0] % 17).astype("timedelta64[D]")
    there = hired <= held
    return Part(
        {
            "training_records": _table(
                rng, pairs[0][there], place[there], temper[there], held[there]
            )
        },
        _planted(),
    )


def _rank(temper: Floats, session: Ints, rng: np.random.Generator) -> Floats:
    """Return the place of each pupil in the queue of a session, from 0 to 1."""
    urge = temper / 0.10 + 1.2 * rng.standard_normal(len(temper))
    order = np.lexsort((urge, session))
    size = np.bincount(session)
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    return np.asarray(rank / size[session])


def _table(
    rng: np.random.Generator, session: Ints, place: Ints, temper: Floats, held: season.Days
) -> pd.DataFrame:
    size = len(session)
    attended = rng.random(size) < ATTENDED
    tested = attended | (rng.random(size) < TESTED_ABSENT)
    before = BEFORE + KINDER * temper / 0.10 * 0.4 + SPREAD * rng.standard_normal(size)
    gain = PRACTICE + np.where(attended, EFFECT, 0) + NOISE * rng.standard_normal(size)
    course = session % len(COURSES)
    return pd.DataFrame(
        {
            "session_id": numbered("Z", session + 1, 4),
            "staff_id": numbered("S", place + 1, 4),
            "course": pick([name for name, _, _ in COURSES], course),
            "topic": pick([topic for _, topic, _ in COURSES], course),
            "held_on": held,
            "hours": np.array([hours for _, _, hours in COURSES])[course],
            "pre_score": optional(np.clip(np.round(before, 1), 0, 100), tested),
            "post_score": optional(np.clip(np.round(before + gain, 1), 0, 100), tested),
            "attended": attended,
        }
    )


def _planted() -> tuple[Planted, ...]:
    return (
        Planted(
            "courses.effect",
            "points gained by a course; naive: behind minus before of those who came",
            EFFECT,
            "points",
            ("training_records.pre_score", "training_records.post_score"),
            naive=EFFECT + PRACTICE,
        ),
        Planted(
            "courses.practice",
            "points gained by sitting the test a second time, which those who stayed away show",
            PRACTICE,
            "points",
            ("training_records.post_score", "training_records.attended"),
        ),
    )
