"""Both languages are complete, native in form, and quote the same values."""

import re
from pathlib import Path
from string import Formatter

import pytest

from workbench.text import catalogue

SOURCES = Path(__file__).parents[2] / "src" / "workbench"
CJK = re.compile(r"[一-鿿]")
HALF_WIDTH = re.compile(r"[一-鿿）」》][,;:?!]|[,;:?!](?=[一-鿿])|[一-鿿]\(|\)[一-鿿]")


def fields(sentence):
    return sorted(
        name.partition(":")[0] for _, name, _, _ in Formatter().parse(sentence) if name is not None
    )


@pytest.mark.parametrize("key", catalogue())
def test_both_languages_are_written_and_use_the_same_values(key):
    entry = catalogue()[key]
    assert set(entry) == {"zh", "en"}
    assert entry["zh"].strip()
    assert entry["en"].strip()
    assert set(fields(entry["zh"])) == set(fields(entry["en"]))


@pytest.mark.parametrize("key", catalogue())
def test_chinese_sentences_use_full_width_punctuation(key):
    sentence = re.sub(r"\{[^}]*\}", "", catalogue()[key]["zh"])
    assert not HALF_WIDTH.search(sentence), sentence


@pytest.mark.parametrize("key", catalogue())
def test_english_sentences_hold_no_chinese(key):
    assert not CJK.search(catalogue()[key]["en"])


@pytest.mark.parametrize("key", catalogue())
def test_no_sentence_states_a_statistic_by_hand(key):
    for sentence in catalogue()[key].values():
        assert not re.search(r"\d+\.\d+\s*%?", re.sub(r"\{[^}]*\}", "", sentence)), sentence


def test_every_key_said_in_the_code_is_written():
    said = re.compile(r"""text\.say\(\s*"([a-z0-9_.-]+)\"""")
    missing = {
        f"{path.name}: {key}"
        for path in SOURCES.rglob("*.py")
        for key in said.findall(path.read_text("utf-8"))
        if key not in catalogue()
    }
    assert not missing
