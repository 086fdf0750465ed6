from dataclasses import replace

import pytest

from tests.report import office_sample
from workbench import text
from workbench.report import headline
from workbench.result import Fact


@pytest.fixture
def block(monkeypatch, tmp_path):
    entries = {**text.catalogue(), **office_sample.ENTRIES}
    monkeypatch.setattr(text, "catalogue", lambda: entries)
    report = office_sample.report(tmp_path, office_sample.made("made.ranked"))
    return report.recorded.blocks[0]


def say(monkeypatch, sentence):
    entries = {**text.catalogue(), "made.finding": {"zh": sentence, "en": sentence}}
    monkeypatch.setattr(text, "catalogue", lambda: entries)


@pytest.mark.parametrize(
    ("sentence", "first", "rest"),
    [
        ("It is 0.5 on 3.2 loans. The rest is low.", "It is 0.5 on 3.2 loans", "The rest is low."),
        ("Lowest is “Basic”. There is no backup.", "Lowest is “Basic”", "There is no backup."),
        ("Only one (of 3.5).", "Only one (of 3.5)", ""),
        ("IFRS 9 vs. the bank holds.", "IFRS 9 vs. the bank holds", ""),
    ],
)
def test_an_english_headline_is_the_first_sentence(monkeypatch, block, sentence, first, rest):
    say(monkeypatch, sentence)
    with text.spoken("en"):
        assert headline.headline(block) == (first, rest)


def test_a_chinese_headline_is_the_first_sentence(monkeypatch, block):
    say(monkeypatch, "占比为 3.2%，偏高。其余正常。无须处理。")
    with text.spoken("zh"):
        assert headline.headline(block) == ("占比为 3.2%，偏高", "其余正常。无须处理。")


def test_a_short_form_is_the_headline_and_the_whole_finding_follows(monkeypatch, block):
    entries = {**text.catalogue(), "made.finding.short": {"zh": "仅 {rate}", "en": "Just {rate}"}}
    monkeypatch.setattr(text, "catalogue", lambda: entries)
    with text.spoken("en"):
        assert headline.headline(block) == ("Just -12.3%", block.finding())


@pytest.mark.parametrize(
    ("sentence", "before", "after"),
    [
        ("九级均未被否定（Holm；双向）；整体相符", "九级均未被否定（Holm；双向）", "整体相符"),
        ("Slope holds (p: 0.3): all is well", "Slope holds (p: 0.3)", "all is well"),
        ("nothing to cut", "nothing to cut", ""),
    ],
)
def test_a_sentence_is_shortened_at_a_mark_outside_brackets(sentence, before, after):
    assert headline.shortened(sentence) == (before, after)


def test_numbers_with_an_interval_come_first_and_counts_last(block):
    facts = {
        "loans": Fact(9, "count"),
        "share": Fact(0.1, "share"),
        "rate": Fact(0.2, "share", 0.1, 0.3, 0.95),
        "none": Fact(float("nan"), "share"),
        "more": Fact(3, "count"),
    }
    found = replace(block.found, facts=tuple(facts))
    other = replace(block, facts=facts, found=found, hidden=frozenset())
    names = [each.fact.rpartition(".")[2] for each in headline.numbers(other, {})]
    assert names == ["rate", "share", "loans"]
    chosen = replace(other, key=("more", "absent", "none", "loans"))
    names = [each.fact.rpartition(".")[2] for each in headline.numbers(chosen, {})]
    assert names == ["more", "loans"]


def test_a_suppressed_number_keeps_its_place_and_shows_nothing(block):
    with text.spoken("en"):
        found = {each.fact: each for each in headline.numbers(block, {})}
    assert found["made.ranked.few"].value == "too few"
    assert (found["made.ranked.few"].interval, found["made.ranked.few"].n) == ("", "")
