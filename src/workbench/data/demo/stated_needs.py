"""Needs as customers state them: in applications, and in contacts that come before applications."""

import numpy as np
import pandas as pd

from workbench.data.demo import wording_needs as wording
from workbench.data.demo.applications import PURPOSE_WEIGHTS, PURPOSES
from workbench.data.demo.draws import choose_by, pick
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import CODES, Bools, Ints

TOPICS = tuple(wording.NEEDS_ZH)
FOR = np.array([TOPICS.index(topic) for topic in wording.OF_PURPOSE])
"""Topic that each purpose of a loan is put in words as, in the order of `PURPOSES`."""
HOW = ("refinance", "flexible", "amount", "simpler")
"""Topics about how to borrow, whatever for."""
HOW_WEIGHTS = np.array(
    [
        *([[35.0, 15, 45, 5]] * 2),
        *([[25, 25, 35, 15]] * 2),
        *([[15, 45, 25, 15], [60, 10, 20, 10], [15, 20, 25, 40]]),
    ]
)
"""What customers of each segment say of it, when they do."""
SAYS_HOW = 0.45
"""Share of stated needs that are about how to borrow."""
UNSERVED = np.array([1.0, 1.0, 1.8, 1.4])
"""Odds that the application comes to nothing, by what is said of how to borrow."""
ENGLISH = 0.08
ANNOUNCED, WITHIN = 0.6, 60
"""Share of applications whose last contact in so many days before was about a need."""
BEFORE = ("care", "marketing", "rate", "information_update")
"""Topics of contacts that turn out to be about a need."""
NOTED = 0.35
"""Share of contacts about a need of which somebody notes the need."""


def part(world: World) -> Part:
    """Write needs into `applications` and `interactions`, whose other columns stay as they are."""
    asked, contacts = world.tables["applications"], world.tables["interactions"]
    segment = world.people.segment[asked["customer_id"].cat.codes.to_numpy()]
    rng = world.random("stated needs")
    unserved = _unserved(asked)
    topic = _topics(rng, segment, _purpose(asked), unserved)
    said = asked["stated_need"].notna().to_numpy()
    asked["stated_need"] = _words(rng, np.where(said, topic, -1))
    about, share = _announced(rng, asked, contacts)
    codes = list(contacts["topic"].cat.categories).index("need")
    place = contacts["topic"].cat.codes.to_numpy().astype(np.int64)
    contacts["topic"] = pick(list(contacts["topic"].cat.categories), np.where(about, codes, place))
    need = contacts["topic"].eq("need").to_numpy()
    who = world.people.segment[contacts["customer_id"].cat.codes.to_numpy()]
    purpose = choose_by(rng, who, PURPOSE_WEIGHTS)
    spoken = _topics(rng, who, purpose, np.zeros(len(who), dtype=bool))
    noted = need & (rng.random(len(who)) < NOTED)
    words = _words(rng, np.where(noted, spoken, -1))
    contacts["note_text"] = contacts["note_text"].astype(object).where(~noted, words.astype(object))
    contacts["note_text"] = contacts["note_text"].astype("category")
    return Part(planted=_planted(share))


def _purpose(asked: pd.DataFrame) -> Ints:
    places = {purpose: at for at, purpose in enumerate(PURPOSES)}
    return np.asarray(asked["purpose"].astype(object).map(places), dtype=np.int64)


def _unserved(asked: pd.DataFrame) -> Bools:
    """Tell which applications were decided and came to no loan."""
    taken = asked["customer_accepted"].fillna(False).to_numpy(dtype=bool)
    return np.asarray(~taken & asked["decision"].ne("pending").to_numpy())


def _topics(rng: np.random.Generator, segment: Ints, purpose: Ints, unserved: Bools) -> Ints:
    """Return the topic of each need; what is said of how to borrow depends on the outcome."""
    weights = np.concatenate([HOW_WEIGHTS, HOW_WEIGHTS * UNSERVED])
    how = choose_by(rng, segment + len(CODES) * unserved, weights)
    places = np.array([TOPICS.index(topic) for topic in HOW])
    found = np.where(rng.random(len(segment)) < SAYS_HOW, places[how], FOR[purpose])
    return found.astype(np.int64)


def _words(rng: np.random.Generator, topic: Ints) -> "pd.Series[str]":
    """Return a wording of each topic; a topic below 0 is missing."""
    texts: list[str] = []
    first: list[tuple[int, int]] = []
    for wordings in (wording.NEEDS_ZH, wording.NEEDS_EN):
        for name in TOPICS:
            first.append((len(texts), len(wordings[name])))
            texts += wordings[name]
    english = rng.random(len(topic)) < ENGLISH
    starts, counts = np.array(first).T
    row = topic + len(TOPICS) * english
    at = starts[row] + np.floor(rng.random(len(topic)) * counts[row]).astype(np.int64)
    return pick(texts, np.where(topic >= 0, at, -1))


def _announced(
    rng: np.random.Generator, asked: pd.DataFrame, contacts: pd.DataFrame
) -> tuple[Bools, float]:
    """Tell which contacts turn out to be about a need, and the share of applications behind one."""
    seconds = contacts["started_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    who = contacts["customer_id"].cat.codes.to_numpy().astype(np.int64)
    may = np.flatnonzero(contacts["topic"].isin(BEFORE).to_numpy())
    # One number that orders by customer, then by time.
    width = int(1e11)
    key = who[may] * width + seconds[may]
    order = np.argsort(key, kind="stable")
    applied = asked["applied_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    wanted = asked["customer_id"].cat.codes.to_numpy().astype(np.int64) * width + applied
    at = np.searchsorted(key[order], wanted, "left") - 1
    row = may[order[np.maximum(at, 0)]] if len(may) else np.zeros(len(at), dtype=np.int64)
    near = (at >= 0) & (wanted - (who[row] * width + seconds[row]) <= WITHIN * 86_400)
    chosen = near & (rng.random(len(at)) < ANNOUNCED)
    about = np.zeros(len(contacts), dtype=bool)
    about[row[chosen]] = True
    return about, round(float(chosen.mean()), 4) if len(chosen) else 0.0


def _planted(share: float) -> tuple[Planted, ...]:
    return (
        Planted(
            "needs.unserved",
            "odds that an application comes to nothing, by what is said of how to borrow, within "
            "a segment and relative to replacing a loan of another bank",
            dict(zip(HOW, UNSERVED.tolist(), strict=True)),
            "odds ratio",
            ("applications.stated_need", "applications.decision"),
        ),
        Planted(
            "needs.how_to_borrow",
            "shares of what customers say of how to borrow, by segment, where they got the loan",
            {
                code: dict(zip(HOW, (row / row.sum()).round(4).tolist(), strict=True))
                for code, row in zip(CODES, HOW_WEIGHTS, strict=True)
            },
            "share",
            ("applications.stated_need",),
        ),
        Planted(
            "needs.announced",
            f"share of applications with a contact about a need in the {WITHIN} days before, "
            "beyond those about a need anyway",
            share,
            "share",
            ("interactions.topic", "interactions.note_text"),
        ),
    )
