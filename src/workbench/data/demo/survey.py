"""Survey waves: who is asked how, who answers, and what everybody would have said.

Every customer of the frame has an answer for each mode, asked or not; so the score of the whole
population is known exactly, and what a sample tells of it can be judged.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import choose_by, expit, logit, numbered, pick, stacked, times
from workbench.data.demo.people import People
from workbench.data.demo.planting import Part, World
from workbench.data.demo.segments import (
    CODES,
    CONSUMER,
    HOME,
    Bools,
    Floats,
    Ints,
    generator,
)

MODES = ("phone", "web", "app", "sms", "rm")
PHONE, WEB, APP, SMS, RM = range(len(MODES))
WAVES = (
    ("2025Q4", "2025年第四季度", date(2025, 11, 10), date(2025, 11, 28)),
    ("2026Q1", "2026年第一季度", date(2026, 3, 2), date(2026, 3, 20)),
    ("2026Q2", "2026年第二季度", date(2026, 5, 11), date(2026, 5, 29)),
    ("2026Q3", "2026年第三季度", date(2026, 8, 10), date(2026, 8, 28)),
)
"""Id, name, first and last day of fieldwork."""
DRIFT = np.array([0.03, -0.04, 0.0, 0.04])
"""How much better than average a wave's customers feel, in standard deviations of one answer:
coaching before the year's end, displeasure after the Spring Festival.
"""
FRACTION = np.array([1.0, 1.0, 1.0, 1.0, 0.70, 0.45, 0.45])
"""Share of each segment that is invited."""
SMALLEST = 60
"""Customers invited of a segment, if it has as many."""
RANDOMISED = 0.18
"""Share of the invited whose mode, phone or web, is drawn by lot."""
MODE_WEIGHTS = np.array(
    [
        [20.0, 10, 0, 0, 70],
        [30, 15, 0, 5, 50],
        [35, 20, 5, 10, 30],
        [35, 20, 10, 15, 20],
        [35, 18, 17, 20, 10],
        [30, 18, 27, 25, 0],
        [25, 18, 32, 25, 0],
    ]
)
RESPONSE = np.array([0.22, 0.060, 0.030, 0.040, 0.46])
"""Share that answers by mode, for an average customer."""
RESPONSE_SEGMENT = np.array([0.35, 0.20, 0.05, 0.0, 0.0, 0.15, -0.10])
RESPONSE_AGE = 0.020
"""Added to the log-odds of answering by phone per year above 42; taken away on line."""
RESPONSE_MOOD = 0.10
"""Added per standard deviation of satisfaction: what weighting cannot repair."""
MOOD = np.array([0.12, -0.06, -0.20, -0.17, -0.16, 0.06, -0.03])
"""Mean of the latent answer by segment, of a mode half-way between phone and web."""
MODE_EFFECT = np.array([0.13, -0.13, -0.10, -0.12, 0.22])
"""Added to the latent recommendation by mode."""
MODE_LIFT = np.array([0.30, -0.30, -0.26, -0.28, 0.45])
"""Added to the latent overall satisfaction by mode."""
STRAIGHT = np.array([0.02, 0.15, 0.17, 0.15, 0.03])
"""Share of answers that give the same point to every question, by mode."""
LOYAL = 0.65
"""Correlation of one customer's answers between waves."""
RECOMMEND = np.array([-2.5, -2.35, -2.2, -2.05, -1.95, -1.60, -1.10, -0.62, -0.02, 0.45])
"""Latent answer above which 1, 2, … 10 is said."""
SATISFIED = np.array([-2.5, -2.1, -1.33, -0.05])
"""Latent answer above which 2, 3, 4, 5 is said on the overall question."""
CONTENT = np.array([-2.3, -1.8, -1.15, 0.30])
"""The same for the dimensions."""
PARTS = np.array([0.0, -0.15, -0.25, 0.10, 0.30, -0.55])
"""How much better than overall satisfaction each dimension does."""
EASY = np.array([-2.4, -2.0, -1.5, -0.9, -0.1, 0.7])


@dataclass(frozen=True, eq=False, repr=False)
class Frame:
    """The population of one wave: customers with a loan when fieldwork begins; arrays (n,).

    Attributes
    ----------
    wave : int
        Position in `WAVES`.
    customer, segment : array of int
        Who they are, and their segment on that day.
    mood, felt : array of float
        Latent recommendation and overall satisfaction, standard normal about the segment's mean,
        without the mode's effect.
    """

    wave: int
    customer: Ints
    segment: Ints
    mood: Floats
    felt: Floats

    def recommend(self, row: Ints, mode: Ints) -> Ints:
        """Return the answer, 0 to 10, of the customers in `row` if asked by `mode`."""
        latent = self.mood[row] + MODE_EFFECT[mode]
        return np.asarray(np.searchsorted(RECOMMEND, latent, "right"), dtype=np.int64)

    def overall(self, row: Ints, mode: Ints) -> Ints:
        """Return the overall satisfaction, 1 to 5, of the customers in `row` if asked by `mode`."""
        latent = self.felt[row] + MODE_LIFT[mode]
        return np.asarray(1 + np.searchsorted(SATISFIED, latent, "right"), dtype=np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class Field:
    """What came of one wave's fieldwork; arrays over the invited.

    `row` is the place in the frame; `chance` of answering was known only to the demo.
    """

    frame: Frame
    row: Ints
    size: Ints
    drawn: Ints
    mode: Ints
    randomised: Bools
    chance: Floats
    status: Ints


STATUS = ("complete", "partial", "refused", "no_contact", "ineligible")
COMPLETE, PARTIAL, REFUSED, NO_CONTACT, INELIGIBLE = range(len(STATUS))


def part(world: World) -> Part:
    """Return the tables of the survey waves, and enter their fieldwork into `world`."""
    folk, seed = world.people, world.seed
    kept = frames(folk, world.tables["loans"], world.late, world.window, seed)
    world.fields = [fieldwork(folk, frame, seed) for frame in kept]
    tables = {"survey_waves": waves(kept), "survey_questions": questions(kept)}
    for name, made in (("survey_invitations", invitations), ("survey_answers", answers)):
        if world.fields:
            tables[name] = stacked([made(folk, field, seed) for field in world.fields])
    return Part(tables)


def frames(people: People, loans: pd.DataFrame, late: Ints, months: Ints, seed: int) -> list[Frame]:
    """Return the population of each wave that lies within `months`.

    `late` (customers, months) holds the months in arrears of each customer.
    """
    rng = generator(seed, "moods")
    size = len(people.segment)
    loyal = rng.standard_normal(size)
    homes = loans["product_id"].eq(names.PRODUCTS[names.HOME][0]).to_numpy()
    owner = loans["customer_id"].cat.codes.to_numpy()
    found = []
    for wave, (_, _, start, _) in enumerate(WAVES):
        changing, other = rng.standard_normal((2, size))
        if not months[0] <= season.number(start) <= months[-1]:
            continue
        held = _live(loans, start)
        live = np.bincount(owner[held], minlength=size) > 0
        housed = np.bincount(owner[held & homes], minlength=size) > 0
        segment = np.where(housed, HOME, CONSUMER)
        segment = np.where(people.segment < HOME, people.segment, segment)
        mood = np.sqrt(LOYAL) * loyal + np.sqrt(1 - LOYAL) * changing
        troubled = late[:, season.number(start) - months[0]] > 0
        mood = mood + people.temper[people.branch] - 0.7 * troubled + DRIFT[wave]
        customer = np.flatnonzero(live)
        felt = 0.75 * mood + 0.66 * other - 0.10 + 0.5 * MOOD[segment]
        mood = mood + MOOD[segment]
        found.append(Frame(wave, customer, segment[customer], mood[customer], felt[customer]))
    return found


def _live(loans: pd.DataFrame, day: date) -> Bools:
    on = np.datetime64(day)
    closed = loans["closed_on"].to_numpy()
    return np.asarray((loans["disbursed_on"].to_numpy() <= on) & (np.isnat(closed) | (closed > on)))


def fieldwork(people: People, frame: Frame, seed: int) -> Field:
    """Draw the sample of one wave, assign modes and see who answers."""
    rng = generator(seed, f"wave {frame.wave}")
    kinds = len(FRACTION)
    size = np.bincount(frame.segment, minlength=kinds)
    drawn = np.minimum(size, np.maximum(np.round(size * FRACTION), SMALLEST)).astype(np.int64)
    order = np.lexsort((rng.random(len(frame.segment)), frame.segment))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    row = np.sort(order[rank < drawn[frame.segment[order]]])
    segment, mood = frame.segment[row], frame.mood[row]
    randomised = rng.random(len(row)) < RANDOMISED
    mode = choose_by(rng, segment, MODE_WEIGHTS)
    liked = mood - MOOD[segment]
    picked = (mode == RM) & (liked < -0.4) & (rng.random(len(row)) < 0.35)
    mode = np.where(picked, PHONE, mode)
    mode = np.where(randomised, (rng.random(len(row)) < 0.5).astype(np.int64), mode)
    chance = response(mode, segment, people.age[frame.customer[row]], liked)
    answers = rng.random(len(row)) < chance
    other = rng.random(len(row))
    failed = np.where(other < 0.02, INELIGIBLE, np.where(other < 0.30, REFUSED, NO_CONTACT))
    failed = np.where((mode != PHONE) & (failed == REFUSED) & (other > 0.10), NO_CONTACT, failed)
    breaks = rng.random(len(row)) < np.where(np.isin(mode, (PHONE, RM)), 0.03, 0.12)
    status = np.where(answers, np.where(breaks, PARTIAL, COMPLETE), failed)
    return Field(frame, row, size, drawn, mode, randomised, chance, status)


def response(mode: Ints, segment: Ints, age: Floats, liked: Floats) -> Floats:
    """Return the chance to answer an invitation."""
    older = np.where(np.isin(mode, (PHONE, RM)), RESPONSE_AGE, -RESPONSE_AGE)
    log_odds = logit(RESPONSE)[mode] + RESPONSE_SEGMENT[segment]
    return expit(log_odds + older * (age - 42) + RESPONSE_MOOD * liked)


def invitations(people: People, field: Field, seed: int) -> pd.DataFrame:
    """Return the rows of `survey_invitations` of one wave."""
    frame, row = field.frame, field.row
    rng = generator(seed, f"invitations {frame.wave}")
    segment, customer, size = frame.segment[row], frame.customer[row], len(row)
    answered = field.status <= PARTIAL
    first = np.datetime64(WAVES[frame.wave][2])
    days = int((np.datetime64(WAVES[frame.wave][3]) - first).astype(int))
    start = times(
        first + np.floor(rng.random(size) * (days + 0.99)).astype("timedelta64[D]"),
        9 + 10 * rng.random(size),
    )
    spent = rng.lognormal(np.where(np.isin(field.mode, (PHONE, RM)), 6.0, 5.0), 0.4, size)
    none = np.datetime64("NaT", "s")
    agents = np.flatnonzero(people.staff["role"].eq("call_agent").to_numpy())
    caller = np.where(field.mode == PHONE, rng.choice(agents, size), people.manager[customer])
    caller = np.where(np.isin(field.mode, (PHONE, RM)), caller + 1, -1)
    return pd.DataFrame(
        {
            "wave_id": pick((WAVES[frame.wave][0],), np.zeros(size, dtype=np.int64)),
            "customer_id": people.customers["customer_id"].array[customer],
            "stratum": pick(CODES, segment),
            "frame_count": field.size[segment],
            "design_weight": (field.size / np.maximum(field.drawn, 1))[segment],
            "mode_assigned": pick(MODES, field.mode),
            "mode_answered": pick(MODES, np.where(answered, field.mode, -1)),
            "mode_randomised": field.randomised,
            "attempts": np.where(field.mode == PHONE, 1 + rng.integers(0, 4, size), 1),
            "status": pick(STATUS, field.status),
            "interviewer_id": numbered("S", caller, 4),
            "started_at": np.where(answered, start, none),
            "completed_at": np.where(
                field.status == COMPLETE,
                start + np.round(spent).astype("timedelta64[s]"),
                none,
            ),
            "final_weight": _final(field, segment, answered),
        }
    )


def _final(field: Field, segment: Ints, answered: Bools) -> Floats:
    """Return weights by which those who answered stand for their stratum; missing for others."""
    each_one = field.size / np.maximum(np.bincount(segment[answered], minlength=len(field.size)), 1)
    return np.where(answered, each_one[segment], np.nan)


def answers(people: People, field: Field, seed: int) -> pd.DataFrame:
    """Return the rows of `survey_answers` of one wave; who breaks off answers two questions."""
    frame = field.frame
    rng = generator(seed, f"answers {frame.wave}")
    who = np.flatnonzero(field.status <= PARTIAL)
    mode, row = field.mode[who], field.row[who]
    scores = np.empty((len(who), len(names.QUESTIONS)), dtype=np.int64)
    scores[:, 0], scores[:, 1] = frame.recommend(row, mode), frame.overall(row, mode)
    latent = frame.felt[row] + MODE_LIFT[mode]
    parts = 0.55 * latent[:, None] + 0.84 * rng.standard_normal((len(who), 6)) + PARTS
    scores[:, 2:7] = 1 + np.searchsorted(CONTENT, parts[:, 1:], "right")
    scores[:, 7] = 1 + np.searchsorted(EASY, parts[:, 0], "right")
    straight = rng.random(len(who)) < STRAIGHT[mode]
    scores[straight, 2:7] = scores[straight, 1:2]
    asked = np.where(field.status[who] == COMPLETE, scores.shape[1], 2)
    given = np.arange(scores.shape[1]) < asked[:, None]
    person, question = np.nonzero(given)
    customer = frame.customer[row][person]
    return pd.DataFrame(
        {
            "wave_id": pick((WAVES[frame.wave][0],), np.zeros(len(person), dtype=np.int64)),
            "customer_id": people.customers["customer_id"].array[customer],
            "question_id": pick([question_[0] for question_ in names.QUESTIONS], question),
            "value_num": scores[person, question].astype(np.float64),
        }
    )


def waves(kept: list[Frame]) -> pd.DataFrame:
    """Return `survey_waves`."""
    rows = [WAVES[frame.wave] for frame in kept]
    frame = pd.DataFrame(rows, columns=["wave_id", "name", "field_from", "field_to"])
    frame["name"] = [f"{name}贷款客户满意度调查" for name in frame["name"]]
    frame["mode"], frame["design"] = "mixed", "stratified"
    frame["population_query"] = "调查开始日有未结清借据的全部客户，按客群分层"
    for name in ("field_from", "field_to"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def questions(kept: list[Frame]) -> pd.DataFrame:
    """Return `survey_questions`: the same questions in every wave."""
    one = pd.DataFrame(names.QUESTIONS, columns=["question_id", "text_zh", "construct", "scale"])
    one["text_en"], one["is_reverse"] = names.ENGLISH, False
    parts = [one.assign(wave_id=WAVES[frame.wave][0]) for frame in kept]
    return pd.concat(parts, ignore_index=True) if parts else one.assign(wave_id="").iloc[:0]
