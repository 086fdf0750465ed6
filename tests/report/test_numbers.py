import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import told
from workbench import text
from workbench.report import numbers
from workbench.result import Fact, Finding

ANALYSES = Path(numbers.__file__).parents[1] / "analysis"
LABELS = {
    "fact.sample.nps": {"zh": "净推荐值", "en": "NPS"},
    "fact.change": {"zh": "变动", "en": "Change"},
    "fact.answers": {"zh": "答卷数", "en": "Answers"},
    "fact.rate": {"zh": "应答率", "en": "Response rate"},
}


@pytest.fixture
def block(bank, tmp_path, monkeypatch):
    known = {**text.catalogue(), **LABELS}
    monkeypatch.setattr(text, "catalogue", lambda: known)
    found = told.report(tmp_path / "record").recorded.blocks[0]
    facts = {
        "answers": Fact(803, "count"),
        "rate": Fact(0.131, "share"),
        "unnamed": Fact(1.0, "points", low=0.0, high=2.0),
        "empty": Fact(math.nan, "share"),
        **found.facts,
    }
    return replace(found, facts=facts, found=Finding("sample.finding", tuple(facts)))


def labels(block, changed, **kind):
    with text.spoken("en"):
        return [each.label for each in numbers.leading(block, changed, **kind)]


def test_intervals_come_first_then_what_changed_then_rates_then_counts(block):
    assert labels(block, {}, most=9) == ["NPS", "Change", "Response rate", "Answers"]
    assert labels(block, {"sample.answers": "+3"}, most=9)[2:] == ["Answers", "Response rate"]
    assert labels(block, {}) == ["NPS", "Change", "Response rate"]


def test_facts_without_a_name_or_a_value_do_not_stand_for_a_result(block):
    with text.spoken("en"):
        values = [each.value for each in numbers.leading(block, {}, most=9)]
    assert values == ["25.0", "+2.4", "13.1%", "803"]


def test_a_number_is_explained_in_the_reader_s_language(block):
    changed = {"sample.nps": "较上期 +2.4"}
    with text.spoken("zh"):
        (first,) = numbers.leading(block, changed, most=1)
    assert (first.fact, first.label, first.value) == ("sample.nps", "净推荐值", "25.0")
    assert (first.ends, first.interval) == ("19.8～30.2", "95% 置信区间 19.8～30.2")
    assert first.change == "较上期 +2.4"
    assert first.said.startswith("净推荐值：25.0（95% 置信区间 19.8～30.2；")
    with text.spoken("en"):
        assert numbers.changes(block, {"sample.nps": "+2.4"}) == ["NPS: +2.4"]
        assert numbers.leading(block, {}, most=1)[0].interval == "95% interval 19.8 to 30.2"


def test_the_result_s_own_choice_goes_before_what_the_finding_quotes(block):
    assert labels(replace(block, key=("answers", "absent", "empty", "rate")), {}) == [
        "Answers",
        "Response rate",
    ]


def test_a_suppressed_number_keeps_its_place_and_shows_nothing(block):
    with text.spoken("en"):
        found = numbers.leading(replace(block, hidden=frozenset({"nps", "empty"})), {})
    assert [each.value for each in found[:2]] == ["too few", "+2.4"]
    assert (found[0].interval, found[0].ends) == ("", "")


@pytest.mark.parametrize("path", sorted(ANALYSES.glob("*.py")), ids=lambda path: path.stem)
def test_every_fact_of_an_analysis_has_a_name_for_readers(path):
    named = set(re.findall(r'"(\w+)": (?:_\w+\(|Fact\()', path.read_text("utf-8")))
    known = {key.rpartition(".")[2] for key in text.catalogue() if key.startswith("fact.")}
    written = {name for name in named if re.search(rf'"{name}": Fact\(', path.read_text("utf-8"))}
    assert written <= known


def test_what_is_unchanged_stands_beside_its_number_and_in_no_list(block):
    with text.spoken("en"):
        changed = {"sample.nps": text.say(numbers.UNCHANGED), "sample.rate": "+1.0 pp"}
        assert numbers.leading(block, changed)[0].change == text.say(numbers.UNCHANGED)
        assert numbers.changes(block, changed) == ["Response rate: +1.0 pp"]


def test_only_numbers_that_stand_for_a_result_are_listed_with_their_changes(block):
    changed = {f"sample.{name}": "+1" for name in block.facts}
    chosen = replace(block, key=("rate",))
    with text.spoken("en"):
        assert numbers.changes(chosen, changed) == ["Response rate: +1"]
        assert not any("unnamed" in line for line in numbers.changes(block, changed))
