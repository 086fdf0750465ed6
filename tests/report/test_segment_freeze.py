"""Segments that a person freezes: kept as they are, found again, changed by nobody unnoticed."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from workbench import settings
from workbench.analysis.segment_cards import segment_cards
from workbench.analysis.segment_names import segment_names
from workbench.analysis.segment_search import Looking, held, placed, segment_search
from workbench.cli import app
from workbench.data import demo, segment_store, segments
from workbench.data.bank import open_bank
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log
from workbench.report import segment_freeze
from workbench.rules import customer_cells, segmentation

NAME = "王敏"


@pytest.fixture(scope="module")
def folder():
    there = settings.home() / "data" / "demo"
    demo.ensure(there)
    return there


@pytest.fixture(scope="module")
def made(folder):
    given = segment_freeze.given(folder, None)
    quick = {**given.values, "most_segments": 4, "pairs": 4}
    called = {"owner.1": {"zh": "线上活跃店主", "en": "Owners active online"}}
    origin = segment_freeze.Given(given.bank, quick)
    return segment_freeze.frozen(origin, NAME, called)


@pytest.fixture
def place(tmp_path, made):
    segment_store.keep(tmp_path, made)
    return tmp_path


@pytest.fixture(scope="module")
def searched(folder, made):
    bank = open_bank(folder)
    rules = segmentation.rules(bank.as_of)
    people = segments.customers(bank, made.day)
    cells = customer_cells.cells(people, segments.assets(bank, made.day, people), bank.as_of)
    return people, cells, rules, segment_search(people, cells, rules, made.day, Looking(4, 4, 1))


def test_what_was_frozen_comes_back_as_it_was(place, made):
    [again] = segment_store.every(place)
    assert again.hash == made.hash
    assert (again.day, again.names, again.made) == (made.day, made.names, made.made)
    assert again.version == f"{made.day}-{made.hash[:8]}"
    assert made.made["by"] == NAME
    assert made.names["owner.1"]["zh"] == "线上活跃店主"
    assert all(set(names) == {"zh", "en"} for names in made.names.values())


def test_frozen_segments_place_customers_as_the_search_that_made_them(searched, place):
    people, cells, rules, found = searched
    [kept] = segment_store.every(place)
    own = held(found, kept)
    assert placed(people, cells, own, rules).equals(placed(people, cells, found, rules))
    cards = segment_cards(own, found, kept)
    assert set(cards.table["card_state"]) == {"again"}
    assert cards.facts["found_again"].value == cards.facts["frozen"].value == len(kept.cards)
    named = segment_names(own, rules, kept.names)
    assert named.names["owner.1"] == {"zh": "线上活跃店主", "en": "Owners active online"}


def test_a_search_that_finds_otherwise_is_told_and_does_not_move_anybody(searched, place):
    people, cells, rules, found = searched
    [kept] = segment_store.every(place)
    other = segment_search(people, cells, rules, kept.day, Looking(2, 2, 9))
    own = held(other, kept)
    assert placed(people, cells, own, rules).equals(placed(people, cells, found, rules))
    assert "otherwise" in set(segment_cards(own, other, kept).table["card_state"])
    assert set(segment_cards(other).table["card_state"]) == {"made"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"by": "王敏"', '"by": "李雷"'),
        ("线上活跃店主", "其他名称"),
        ('"format": 1', '"format": 2'),
    ],
)
def test_a_changed_file_is_refused_in_one_line(place, made, old, new):
    [file] = (place / "segments").glob("*.json")
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(DataError) as error:
        segment_store.every(place)
    assert file.name in str(error.value)
    assert "\n" not in str(error.value)


def test_the_last_made_of_its_time_is_chosen_unless_one_is_named(place, made):
    for name in ("", made.version):
        found = segment_store.chosen(place, name, made.day)
        assert found is not None
        assert found.hash == made.hash
    before = made.day.replace(year=made.day.year - 1)
    assert segment_store.chosen(place, "", before) is None
    with pytest.raises(ParameterError, match="there are no segments '2020'") as error:
        segment_store.chosen(place, "2020", made.day)
    assert made.version in str(error.value)


@pytest.mark.parametrize(
    ("called", "said"),
    [
        ({"nobody.1": {"zh": "甲", "en": "A"}}, "there is no segment 'nobody.1'"),
        ({"owner.1": {"zh": " ", "en": "A"}}, "takes a Chinese and an English name"),
        ({"owner.1": {"zh": "甲", "en": "x" * 41}}, "takes a Chinese and an English name"),
        (
            {"owner.1": {"zh": "甲", "en": "A"}, "owner.2": {"zh": "甲", "en": "B"}},
            "two segments are called alike",
        ),
    ],
)
def test_names_that_do_not_fit_are_refused(made, called, said):
    codes = list(made.names)
    with pytest.raises(ParameterError, match=said):
        segment_freeze._checked(called, codes)


def test_keeping_is_noted_in_the_audit_log_and_never_writes_over(tmp_path, folder, made):
    shutil.copy(folder / "bank.json", tmp_path)
    first = segment_freeze.keep(tmp_path, made)
    before = first.read_bytes()
    assert segment_freeze.keep(tmp_path, made) == first
    assert first.read_bytes() == before
    entries = [each for each in Log(tmp_path).entries() if each.action == segment_freeze.FREEZE]
    assert [each.subject for each in entries] == [f"{made.version} {made.hash}"] * 2


def test_a_role_that_may_not_freeze_is_refused(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "auditor")
    outcome = CliRunner().invoke(app, ["segments", "freeze", "--name", NAME])
    assert outcome.exit_code == ParameterError.exit_code
    assert json.loads(outcome.stdout.splitlines()[-1])["status"] == "failed"


def test_commands_say_what_is_wrong_with_a_name(folder):
    outcome = CliRunner().invoke(app, ["segments", "freeze", "--name", NAME, "--call", "firm.1"])
    assert outcome.exit_code == ParameterError.exit_code
    assert "is not CODE=中文/English" in outcome.stderr


def test_the_list_names_version_person_and_count(place, made):
    outcome = CliRunner().invoke(app, ["segments", "list", "--bank", str(place)])
    assert outcome.stdout.split("\t")[:2] == [made.version, NAME]
    assert f"{len(made.names)} segments" in outcome.stdout
