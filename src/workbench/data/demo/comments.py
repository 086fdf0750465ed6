"""Comments in surveys: who writes one, what it is about, in which language."""

import numpy as np
import pandas as pd

from workbench.data.demo import names, wording
from workbench.data.demo.draws import choose_by, pick, stacked
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Ints
from workbench.data.demo.survey import COMPLETE, MODES, WAVES

OPEN = np.array([0.34, 0.14, 0.10, 0.06, 0.20])
"""Share of complete answers with a comment, by mode."""
DISPLEASED = 1.6
"""How much likelier detractors are to write, relative to others."""
ENGLISH = 0.07
TOPIC_WEIGHTS = np.array(
    [
        [24.0, 20, 20, 9, 8, 9, 8, 2],
        [22, 16, 16, 5, 6, 13, 2, 20],
        [6, 3, 4, 1, 2, 4, 0, 80],
    ]
)
"""What detractors, passives and promoters write about, in the order of `wording.TOPICS`."""
ENGLISH_WEIGHTS = np.array(
    [
        [14.0, 18, 22, 10, 8, 22, 4, 2],
        [12, 14, 18, 5, 6, 24, 1, 20],
        [3, 3, 4, 1, 2, 7, 0, 80],
    ]
)


def part(world: World) -> Part:
    """Write comments into `survey_answers`, and the open question into `survey_questions`."""
    if not world.fields:
        return Part()
    parts, told = [], {}
    for field in world.fields:
        wave = WAVES[field.frame.wave][0]
        rng = world.random(f"comments {wave}")
        who = np.flatnonzero(field.status == COMPLETE)
        score = field.frame.recommend(field.row[who], field.mode[who])
        kind = np.where(score <= 6, 0, np.where(score <= 8, 1, 2))
        chance = OPEN[field.mode[who]] * np.where(kind == 0, DISPLEASED, 1.0)
        writes = rng.random(len(who)) < chance
        who, kind = who[writes], kind[writes]
        english = rng.random(len(who)) < ENGLISH
        topic = np.where(
            english,
            choose_by(rng, kind, ENGLISH_WEIGHTS),
            choose_by(rng, kind, TOPIC_WEIGHTS),
        )
        customer = world.people.customers["customer_id"].array[field.frame.customer[field.row[who]]]
        parts.append(
            pd.DataFrame(
                {
                    "wave_id": pick((wave,), np.zeros(len(who), dtype=np.int64)),
                    "customer_id": customer,
                    "question_id": pick((names.OPEN[0],), np.zeros(len(who), dtype=np.int64)),
                    "value_num": np.full(len(who), np.nan),
                    "value_text": _texts(rng, topic, english),
                }
            )
        )
        told[wave] = {
            "core_number": customer.astype(str).tolist(),
            "topic": [wording.TOPICS[each] for each in topic],
        }
    _enter(world, stacked(parts))
    return Part(planted=_planted(), detail={"comment_topics": told})


def _texts(
    rng: np.random.Generator, topic: Ints, english: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    which = rng.integers(0, 1000, len(topic))
    texts = np.empty(len(topic), dtype=object)
    for place, number in enumerate(topic.tolist()):
        pack = wording.COMMENTS_EN if english[place] else wording.COMMENTS_ZH
        said = pack[wording.TOPICS[number]]
        texts[place] = said[which[place] % len(said)]
    return texts


def _enter(world: World, comments: pd.DataFrame) -> None:
    """Add the comments behind the closed answers, and their question behind the closed ones."""
    closed, asked = world.tables["survey_answers"], world.tables["survey_questions"]
    closed = closed.assign(value_text=np.full(len(closed), None, dtype=object))
    world.tables["survey_answers"] = stacked([closed, comments])
    number, text_zh, text_en = names.OPEN
    one = asked.drop_duplicates("wave_id").assign(
        question_id=number, text_zh=text_zh, text_en=text_en, construct=None, scale="open"
    )
    world.tables["survey_questions"] = pd.concat([asked, one], ignore_index=True)


def _planted() -> tuple[Planted, ...]:
    groups = ("detractors", "passives", "promoters")

    def shares(
        weights: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    ) -> dict[str, dict[str, float]]:
        return {
            group: dict(zip(wording.TOPICS, (row / row.sum()).round(4).tolist(), strict=True))
            for group, row in zip(groups, weights, strict=True)
        }

    return (
        Planted(
            "survey.comments",
            "what comments are about, by language and by how likely one is to recommend",
            {"zh": shares(TOPIC_WEIGHTS), "en": shares(ENGLISH_WEIGHTS)},
            "share",
            ("survey_answers.value_text",),
        ),
        Planted(
            "survey.who_comments",
            "share of complete answers with a comment by mode; detractors write "
            f"{DISPLEASED} times as often, so comments alone sound worse than the customers are",
            dict(zip(MODES, OPEN.tolist(), strict=True)),
            "share",
            ("survey_answers.value_text",),
        ),
    )
