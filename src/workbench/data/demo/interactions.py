"""Contacts with customers: care and visits, collection after arrears, complaints."""

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import choose, choose_by, numbered, pick, times, whole
from workbench.data.demo.people import People
from workbench.data.demo.segments import Floats, Ints, generator

CHANNELS = ("phone", "sms", "visit", "branch", "app_chat")
TOPICS = (
    *("care", "marketing", "repayment", "rate", "need", "information_update"),
    *("post_loan_visit", "collection", "complaint"),
)
COLLECTION, COMPLAINT = TOPICS.index("collection"), TOPICS.index("complaint")
TOPIC_WEIGHTS = np.array([[26.0, 20, 20, 10, 8, 16, 0], [22, 10, 12, 8, 16, 6, 26]])
OUTCOMES = ("resolved", "follow_up", "no_answer", "promise_to_pay", "refused", "transferred")
MONTHLY = (0.11, 0.72)
"""Contacts a month of a private customer and of a firm."""
COMPLAINTS = 32 / 10_000 / 12
"""Complaints of a borrower in an average month."""
LATE_COMPLAINTS = 6.0
"""Complaints of a borrower in arrears relative to others."""


def interactions(people: People, late: Ints, months: Ints, seed: int) -> pd.DataFrame:
    """Return the contacts of `months`; `late` (customers, months) holds months in arrears."""
    rng = generator(seed, "interactions")
    with_bank = months[None, :] >= people.joined[:, None]
    firm = people.firm.astype(np.int64)
    care = rng.poisson(np.array(MONTHLY)[firm][:, None] * with_bank)
    duns = rng.poisson(np.where(late > 0, np.minimum(0.6 + 0.5 * late, 2.5), 0))
    annoyed = COMPLAINTS * np.where(late > 0, LATE_COMPLAINTS, 0.93) * with_bank
    complaints = rng.poisson(annoyed * np.where(months % 12 == 2, 1.25, 1.0))
    parts = [_spread(counts) for counts in (care, duns, complaints)]
    customer = np.concatenate([rows for rows, _ in parts])
    month = months[np.concatenate([columns for _, columns in parts])]
    kind = np.repeat(np.arange(3), [len(rows) for rows, _ in parts])
    topic = choose_by(rng, firm[customer], TOPIC_WEIGHTS)
    topic = np.where(kind == 1, COLLECTION, np.where(kind == 2, COMPLAINT, topic))
    started = times(
        season.within(month, rng.random(len(month)) * 0.999), 9 + 9 * rng.random(len(month))
    )
    order = np.argsort(started, kind="stable")
    agents = np.flatnonzero(people.staff["role"].eq("call_agent").to_numpy())
    collectors = np.flatnonzero(people.staff["role"].eq("collector").to_numpy())
    staff = np.where(
        topic == COLLECTION, rng.choice(collectors, len(topic)), people.manager[customer]
    )
    staff = np.where(topic == COMPLAINT, rng.choice(agents, len(topic)), staff)
    frame = _frame(rng, topic[order], firm[customer[order]])
    frame.insert(0, "interaction_id", numbered("T", np.arange(1, len(order) + 1), 9))
    frame.insert(1, "customer_id", people.customers["customer_id"].array[customer[order]])
    frame.insert(2, "staff_id", people.staff["staff_id"].array[staff[order]])
    frame.insert(3, "started_at", started[order])
    return frame


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return row and column once for each counted contact."""
    rows, columns = np.nonzero(counts)
    times_ = counts[rows, columns]
    return np.repeat(rows, times_), np.repeat(columns, times_)


def _frame(rng: np.random.Generator, topic: Ints, firm: Ints) -> pd.DataFrame:
    size = len(topic)
    channel = choose_by(rng, firm, np.array([[46.0, 24, 1, 12, 17], [48, 6, 30, 12, 4]]))
    channel = np.where(topic == TOPICS.index("post_loan_visit"), 2, channel)
    channel = np.where((topic >= COLLECTION) & (channel == 1), 0, channel)
    inbound = (topic == COMPLAINT) | (rng.random(size) < 0.22) & (topic != COLLECTION)
    outcome = choose(rng, size, [66, 16, 12, 0, 2, 4])
    dunned = np.array([0, 1, 2, 3, 4, 5])[choose(rng, size, [10, 16, 30, 38, 6, 0])]
    outcome = np.where(topic == COLLECTION, dunned, outcome)
    outcome = np.where(inbound & (outcome == 2), 0, outcome)
    length: Floats = np.where(channel == 1, np.nan, rng.lognormal(5.2, 0.7, size))
    note = np.where(rng.random(size) < 0.04, rng.integers(0, len(names.NOTES), size), -1)
    return pd.DataFrame(
        {
            "channel": pick(CHANNELS, channel),
            "direction": pick(("outbound", "inbound"), inbound.astype(np.int64)),
            "topic": pick(TOPICS, topic),
            "duration_s": whole(np.where(outcome == 2, np.nan, np.minimum(length, 5400))),
            "outcome": pick(OUTCOMES, outcome),
            "note_text": pick(names.NOTES, note),
        }
    )
