from dataclasses import replace

import pytest

from tests.report import office_sample
from workbench import text
from workbench.report import headline
from workbench.result import UNTOLD, Finding


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
        assert headline.headline(block) == ("Just −12.3%", block.finding())


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


def test_a_finding_that_may_not_be_told_is_headed_by_its_title(block):
    untold = replace(block, found=Finding(UNTOLD))
    with text.spoken("en"):
        assert headline.headline(untold) == (block.title(), text.say(UNTOLD))
