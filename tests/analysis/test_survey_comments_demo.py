"""The code frame finds what the demo bank's comments were written about, in each language."""

import json

import numpy as np
import pandas as pd
import pytest

from workbench import settings
from workbench.data import bank as banks
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.data.demo import wording
from workbench.rules.code_frame import frame, language_of
from workbench.stats.agreement import f1

WAVES = ("2025Q4", "2026Q1", "2026Q2", "2026Q3")


@pytest.fixture(scope="module")
def coded():
    """Return one row per comment: planted `topic`, words `said`, and a column per mark."""
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_ROLE", "risk")
        bank = open_bank(folder)
    told = json.loads((folder / "truth.json").read_text("utf-8"))["comment_topics"]
    key, own = banks.key(folder), frame(bank.as_of)
    parts = []
    for wave in WAVES:
        found = bank.comments(wave, own)
        marks = pd.DataFrame(found.machine, columns=list(found.marks))
        people = [key.pseudonym(number, "customer") for number in told[wave]["core_number"]]
        topic = pd.Series(told[wave]["topic"], index=people)
        parts.append(marks.assign(said=found.rows["said"], topic=found.rows.customer_id.map(topic)))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_planted_topics_are_found(coded, language):
    rows = coded[coded["said"].map(language_of) == language]
    problems = [topic for topic in wording.TOPICS if topic != "praise"]
    praised = rows.filter(like="_praise").any(axis=1)
    found = np.column_stack([*(rows[f"{topic}_problem"] for topic in problems), praised])
    truth = np.column_stack([rows["topic"] == topic for topic in (*problems, "praise")])
    assert truth.any(axis=1).all()
    scores = f1(truth, found)
    assert np.nanmean(scores) >= 0.9
    assert np.nanmin(scores) >= 0.8


def test_every_planted_topic_is_there_in_both_languages(coded):
    by = coded.groupby(coded["said"].map(language_of))["topic"].nunique()
    assert by["zh"] == len(wording.TOPICS)
    # Some seventy comments are English: the two topics of one or two in a hundred may be missing.
    assert by["en"] >= len(wording.TOPICS) - 2
