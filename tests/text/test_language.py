import pytest

from workbench import text
from workbench.errors import ParameterError


def test_the_default_is_chinese():
    assert text.language() == "zh"


def test_the_environment_chooses_the_language(monkeypatch):
    monkeypatch.setenv("WORKBENCH_LANG", "en")
    assert text.language() == "en"


def test_a_block_speaks_one_language_and_returns():
    with text.spoken("en"):
        assert text.language() == "en"
    assert text.language() == "zh"


def test_an_unknown_language_is_refused():
    with pytest.raises(ParameterError, match="'fr'"):
        text.use("fr")


def test_a_missing_sentence_is_an_error():
    with pytest.raises(KeyError):
        text.say("no.such.sentence")
