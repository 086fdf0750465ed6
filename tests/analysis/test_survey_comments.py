"""Topics are shares of those who wrote, planted differences stand out, and words stay withheld."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import wave
from workbench import text
from workbench.analysis.survey_coding import coding
from workbench.analysis.survey_comments import topics
from workbench.analysis.survey_quotes import quotes
from workbench.data.comments import coded, fingerprint, learned
from workbench.data.hand_coding import HandCode, HandCodes
from workbench.privacy.suppress import suppress
from workbench.rules.code_frame import frame
from workbench.stats import text_classifier

FRAME = frame(date(2026, 9, 30))
SLOW, DEAR, GOOD, NOTHING = "审批太慢", "利率高", "服务不错", "我是做餐饮的"
NOBODY = HandCodes({})


def answers(seed=1, *, size=600, slow=0.2, writes=0.6):
    """A wave and its comments; a detractor writes of speed with the chance `slow`, others 0.2."""
    rng = np.random.default_rng(seed)
    score = rng.choice([3.0, 8.0, 10.0], size, p=[0.3, 0.3, 0.4])
    stratum = np.where(np.arange(size) % 3 == 0, "a", "b")
    table = pd.DataFrame(
        {
            "customer_id": [f"c{at:04d}" for at in range(size)],
            "segment": stratum,
            "stratum": stratum,
            "cluster_id": None,
            "frame_count": np.where(stratum == "a", 8000, 3000),
            "design_weight": 10.0,
            "status": "complete",
            "nps": score,
            "csat": 4.0,
        }
    )
    wrote = rng.random(size) < writes
    speaks = rng.random(size) < np.where(score == 3, slow, 0.2)
    other = rng.choice([DEAR, GOOD, NOTHING], size)
    said = np.where(speaks, SLOW, other).astype(object)
    rows = table[["customer_id"]].assign(said=said)[wrote]
    return wave(table, margins=("segment",)), rows.reset_index(drop=True)


def read(rows, hand=NOBODY, free_text=True):
    return coded(rows, FRAME, hand, free_text)


def test_shares_and_their_errors_are_those_of_the_design():
    own, rows = answers()
    result = topics(own, read(rows), FRAME)
    said = own.answers["customer_id"].map(rows.set_index("customer_id")["said"])
    slow = np.where(said.isna(), np.nan, said == SLOW)
    row = result.table.set_index("topic").loc["speed"]
    inside = (own.answers["nps"] == 3).to_numpy()
    assert row["problem"] == pytest.approx(own.design.mean(slow).value[0], rel=1e-12)
    assert row["detractors"] == pytest.approx(
        own.design.mean(slow, domain=inside).value[0], rel=1e-12
    )
    assert row["problem_low"] < row["problem"] < row["problem_high"]
    assert result.facts["comments"].value == len(rows)
    assert result.facts["read"].value == pytest.approx((rows["said"] != NOTHING).mean())


def test_a_planted_grievance_of_detractors_stands_out():
    own, rows = answers(slow=0.7)
    result = topics(own, read(rows), FRAME)
    finding = result.summary()
    assert finding.key == "survey.comments.apart"
    assert finding.words["widest_name"].said["en"] == "Speed"
    row = result.table.set_index("topic").loc["speed"]
    assert row["detractors"] == pytest.approx(0.7, abs=0.12)
    assert (row["detractors_apart"], row["promoters_apart"]) == ("above", "below")


def test_where_groups_are_alike_few_stand_apart():
    apart = sum(bool(topics(*_given(seed), FRAME).facts["apart"].value) for seed in range(100, 160))
    # 5 % of 60 banks is 3; the three groups complement each other, which is a little liberal.
    assert apart <= 10


def _given(seed):
    own, rows = answers(seed)
    return own, read(rows)


def test_several_comments_of_a_customer_count_as_one():
    own, rows = answers()
    twice = pd.concat([rows, rows.head(50).assign(said=DEAR)], ignore_index=True)
    result = topics(own, read(twice), FRAME)
    assert result.facts["comments"].value == len(rows)


def test_small_groups_have_no_shares_and_few_comments_are_suppressed():
    own, rows = answers(writes=0.1)
    result = topics(own, read(rows), FRAME, min_base=30)
    assert result.table[["detractors", "passives", "promoters"]].isna().all().all()
    few = topics(own, read(rows.head(3)), FRAME)
    assert suppress(few).rows == frozenset(range(len(few.table)))


def test_without_comments_there_is_a_sentence_and_no_table():
    own, rows = answers()
    result = topics(own, read(rows.head(0)), FRAME)
    assert result.table.empty
    assert result.summary().key == "survey.comments.none"


def test_what_a_person_found_counts():
    own, rows = answers()
    hand = HandCodes({fingerprint(SLOW): HandCode(frozenset({"online_problem"}), False, "2026.1")})
    table = topics(own, read(rows, hand), FRAME).table.set_index("topic")
    assert table.loc["speed", "problem"] == 0
    assert table.loc["online", "problem"] > 0


def test_quotes_are_redacted_examples_of_their_topic():
    _, rows = answers()
    said = rows.assign(
        said=rows["said"].where(rows.index != 0, "张经理说手续费不合理，打13800138000")
    )
    result = quotes(read(said), FRAME)
    found = dict(zip(result.table["quote"], result.table["topic"], strict=True))
    assert found[SLOW] == "speed"
    assert not any("13800138000" in quote or "张" in quote for quote in found)
    assert NOTHING not in found
    row = result.table.set_index("quote").loc[SLOW]
    assert row["speakers"] == (rows["said"] == SLOW).sum()


def test_quotes_of_few_are_emptied():
    _, rows = answers()
    lone = rows.assign(said=rows["said"].where(rows.index != 0, "手机银行闪退"))
    result = quotes(read(lone), FRAME)
    safe = suppress(result)
    assert (result.table["topic"] == "online").sum() == len(safe.rows) == 1
    with text.spoken("zh"):
        assert "手机银行闪退" not in safe.result.written(safe.rows).to_string()


def test_a_role_without_free_text_gets_no_quote_and_is_told_so():
    _, rows = answers()
    result = quotes(read(rows, free_text=False), FRAME)
    assert result.table.empty
    assert result.summary().key == "survey.quotes.withheld"


def test_agreement_is_measured_on_blind_coding_only():
    _, rows = answers()

    def code(said, *marks, blind=True):
        return fingerprint(said), HandCode(frozenset(marks), blind, "2026.1")

    right = [code(SLOW, "speed_problem"), code(DEAR, "price_problem")]
    wrong = [code(GOOD, "attitude_praise"), code(NOTHING, "online_problem", blind=False)]
    result = coding(read(rows, HandCodes(dict([*right, *wrong]))), FRAME)
    by = result.table.set_index(["topic", "tone"])
    assert set(by.index) == {
        ("speed", "problem"),
        ("price", "problem"),
        ("attitude", "praise"),
        ("general", "praise"),
    }
    assert by.loc[("speed", "problem"), "kappa"] == 1
    assert by.loc[("attitude", "praise"), "f1"] == 0
    assert result.facts["macro_f1"].value == pytest.approx(0.5)
    assert result.facts["coded"].value == (rows["said"] != NOTHING).sum()
    assert coding(read(rows), FRAME).summary().key == "survey.coding.none"


def many(size=300, seed=5):
    """Coded comments, each told from the others by a number; one kind has no listed word."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice([SLOW, DEAR, "点了半天没反应"], size)
    said = pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in range(size)],
            "said": [f"{k}{at}" for at, k in enumerate(kinds)],
        }
    )
    marks = {SLOW: "speed_problem", DEAR: "price_problem", "点了半天没反应": "online_problem"}
    codes = {
        fingerprint(words): HandCode(frozenset({marks[kind]}), True, "2026.1")
        for words, kind in zip(said["said"], kinds, strict=True)
    }
    return said, HandCodes(codes)


def test_a_classifier_stands_beside_the_frame_and_shows_where_words_are_lacking():
    said, hand = many()
    comments = read(said, hand)
    texts = said["said"].tolist()
    own = learned(texts, (), FRAME.marks, hand, text_classifier.cross_fitted)
    result = coding(replace(comments, learned=own), FRAME)
    by = result.table.set_index(["topic", "tone"])
    assert by.loc[("speed", "problem"), "learned_f1"] > 0.95
    assert by.loc[("online", "problem"), "f1"] == 0
    assert by.loc[("online", "problem"), "learned_f1"] > 0.95
    assert result.facts["learned_macro_f1"].value == pytest.approx(by["learned_f1"].mean())
    assert result.summary().key == "survey.coding.behind"
    perfect = coding(replace(comments, learned=comments.machine), FRAME)
    assert perfect.summary().key == "survey.coding.ahead"
    for language in text.LANGUAGES:
        with text.spoken(language):
            for each in (result, perfect):
                assert "nan" not in each.summary().say(each.facts)


def test_few_coded_comments_train_nothing_and_the_sentence_is_without_a_classifier():
    said, hand = many(99)
    assert (
        learned(said["said"].tolist(), (), FRAME.marks, hand, text_classifier.cross_fitted) is None
    )
    result = coding(read(said, hand), FRAME)
    assert "learned_macro_f1" not in result.facts
    assert result.summary().key == "survey.coding.finding"


def test_all_findings_speak_both_languages_and_the_grid_is_drawn():
    own, rows = answers(slow=0.7)
    hand = HandCodes({fingerprint(SLOW): HandCode(frozenset({"speed_problem"}), True, "2026.1")})
    results = [
        topics(own, read(rows, hand), FRAME),
        topics(*_given(1), FRAME),
        topics(own, read(rows.head(0)), FRAME),
        quotes(read(rows), FRAME),
        quotes(read(rows, free_text=False), FRAME),
        coding(read(rows, hand), FRAME),
        coding(read(rows), FRAME),
    ]
    for language in text.LANGUAGES:
        with text.spoken(language):
            for result in results:
                assert "nan" not in result.summary().say(result.facts)
                assert result.title()
                result.written()
            ax = results[0].plot(Figure().subplots())
    assert len(ax.texts) == 3 * len(FRAME.code)
    assert any("▲" in each.get_text() for each in ax.texts)
    assert not any("nan" in each.get_text() for each in ax.texts)
