"""Topics of stated needs: which words lead to which, in both languages, and what is refused."""

from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from workbench import text
from workbench.data.demo import wording_needs
from workbench.rules import need_topics

TOPICS = need_topics.topics(date(2026, 9, 30))


def named(said):
    marks = zip(TOPICS.marks, TOPICS.coded([said])[0], strict=True)
    return {topic for topic, is_named in marks if is_named}


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        ("备货周转，额度能高一点", {"working_capital", "amount"}),
        ("想把别家利率高的贷款转过来", {"refinance"}),
        ("不需要装修，只想买车", {"vehicle"}),
        ("We need inventory financing and a revolving line.", {"working_capital", "flexible"}),
        ("No need to renovate the house, I want to buy a van.", {"vehicle"}),
        ("care for my mother", set()),
        ("客户考虑中", set()),
        ("", set()),
    ],
)
def test_words_lead_to_topics(said, topics):
    assert named(said) == topics


@pytest.mark.parametrize("wordings", [wording_needs.NEEDS_ZH, wording_needs.NEEDS_EN])
def test_the_demo_bank_s_wordings_are_told(wordings):
    for topic, texts in wordings.items():
        for said in texts:
            assert topic in named(said), said


def test_marks_have_one_row_for_each_text():
    assert TOPICS.coded([]).shape == (0, len(TOPICS.marks))
    assert TOPICS.coded(["装修", "装修"]).sum(axis=0).max() == 2
    assert TOPICS.coded(["x"]).dtype == np.bool_


def test_topics_are_called_in_the_reader_s_language():
    with text.spoken("en"):
        assert TOPICS.labels()["home"] == "Buying a home"
    assert TOPICS.labels()["home"] == "购房"


def test_products_that_nobody_knows_are_refused():
    plain = TOPICS.topic["home"].model_dump() | {"products": ("spaceship",)}
    with pytest.raises(ValidationError, match="spaceship"):
        need_topics.Topic(**plain)


def test_a_pattern_found_in_an_empty_text_is_refused():
    plain = TOPICS.model_dump() | {"negation": {"zh": ("/x*/",), "en": ("no need",)}}
    with pytest.raises(ValidationError, match="empty text"):
        need_topics.NeedTopics(**plain)
