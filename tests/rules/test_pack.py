"""Every pack says where it comes from and how far it was checked; editions are picked by day."""

from datetime import date
from typing import get_args

import pytest

from workbench import schema, settings, text
from workbench.errors import ParameterError
from workbench.rules import five_tier, pack
from workbench.rules.pack import Pack, Rule

HEADER = """[pack]
rule = "limit"
title_zh = "限额"
title_en = "Limit"
jurisdiction = "house"
product = "loans"
edition = "{edition}"
effective_from = {start}
source = "house"
verification = "unconfirmed"
"""


class Limit(Rule):
    days: int


class Limits(Pack):
    limit: Limit


@pytest.fixture
def packs(tmp_path, monkeypatch):
    """Return a function that writes a pack into an otherwise empty project."""
    folder = tmp_path / "data" / "rulepacks"
    folder.mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))

    def write(name, days=1, *, edition="1", start="2020-01-01", end=None, more=""):
        head = HEADER.format(edition=edition, start=start)
        until = f"effective_to = {end}\n" if end else ""
        content = f"{head}{until}\n[limit]\ndays = {days}\n{more}"
        (folder / f"{name}.toml").write_text(content, "utf-8")

    return write


@pytest.mark.parametrize("name", settings.rulepacks())
def test_every_pack_has_the_header(name):
    header = pack.headers()[name]
    assert header.effective_from <= date(2026, 12, 31)
    with text.spoken("zh"):
        assert header.title() == header.title_zh
    with text.spoken("en"):
        assert header.title().isascii()


@pytest.mark.parametrize("name", settings.rulepacks())
def test_a_part_that_names_its_standing_uses_the_known_states(name):
    for key, part in settings.rulepack(name).items():
        if key != "pack" and isinstance(part, dict) and "verification" in part:
            assert part["verification"] in ("verified", "seen", "unconfirmed")


def test_no_pack_claims_to_be_verified_before_a_person_has_compared_it():
    # A person who has compared a pack with the issuer's text changes it, and this test.
    assert {header.verification for header in pack.headers().values()} <= {"seen", "unconfirmed"}


def test_the_classes_are_those_of_the_schema():
    assert list(five_tier.CLASSES) == list(schema.values("five_class"))


def test_every_state_of_verification_has_words():
    assert set(schema.values("rule_standing")) == set(get_args(pack.Verification))


def test_the_edition_in_force_on_a_day_is_picked(packs):
    packs("limit-1", 30, edition="1", start="2020-01-01", end="2023-06-30")
    packs("limit-2", 60, edition="2", start="2023-07-01")
    for day, days in ((date(2020, 1, 1), 30), (date(2023, 6, 30), 30), (date(2023, 7, 1), 60)):
        assert pack.in_force(Limits, "limit", day).limit.days == days


def test_a_day_before_all_editions_is_refused_with_the_editions(packs):
    packs("limit-1", edition="first")
    expected = r"in force on 2019-12-31; there are: first \(2020-01-01 to now\)"
    with pytest.raises(ParameterError, match=expected):
        pack.in_force(Limits, "limit", date(2019, 12, 31))


def test_two_editions_in_force_on_one_day_are_refused(packs):
    packs("limit-1")
    packs("limit-2", edition="2", start="2023-07-01")
    with pytest.raises(ParameterError, match=r"2 editions of rule 'limit'.*limit-1, limit-2"):
        pack.in_force(Limits, "limit", date(2024, 1, 1))


def test_a_part_has_its_own_standing_or_that_of_the_pack(packs):
    packs("limit-1")
    assert pack.read(Limits, "limit-1").standing("limit") == ("house", "unconfirmed")
    packs("limit-2", more='source = "Art. 2"\nverification = "seen"\n')
    assert pack.read(Limits, "limit-2").standing("limit") == ("Art. 2", "seen")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("month = 1\n", "limit.month: Extra inputs are not permitted"),
        ('verification = "sure"\n', "limit.verification: Input should be 'verified'"),
    ],
)
def test_a_pack_that_is_wrong_is_refused_in_one_line(packs, more, expected):
    packs("limit-1", more=more)
    with pytest.raises(ParameterError, match=rf"^rule pack limit-1.toml: {expected}") as raised:
        pack.read(Limits, "limit-1")
    assert "\n" not in str(raised.value)


def test_a_remark_behind_the_state_becomes_the_note(packs, tmp_path):
    packs("limit")
    file = tmp_path / "data" / "rulepacks" / "limit.toml"
    file.write_text(file.read_text("utf-8").replace('"unconfirmed"', '"unconfirmed: ask"'), "utf-8")
    header = pack.headers()["limit"]
    assert (header.verification, header.note) == ("unconfirmed", "ask")


def test_a_rule_is_called_like_its_pack_unless_it_says_otherwise():
    headers = pack.headers()
    assert headers["five-tier"].rule == "five-tier"
    assert headers["size-class-2017"].rule == "size-class-statistics"


def test_a_pack_without_a_header_is_named(packs, tmp_path):
    (tmp_path / "data" / "rulepacks" / "bare.toml").write_text("[limit]\ndays = 1\n", "utf-8")
    with pytest.raises(ParameterError, match=r"rule pack bare.toml has no \[pack\]"):
        pack.headers()


def test_a_pack_that_ends_before_it_begins_is_refused(packs):
    packs("limit-1", end="2019-12-31")
    with pytest.raises(ParameterError, match="effective_to 2019-12-31 is before effective_from"):
        pack.headers()


def test_broken_toml_is_named(packs, tmp_path):
    (tmp_path / "data" / "rulepacks" / "broken.toml").write_text("days = \n", "utf-8")
    with pytest.raises(ParameterError, match=r"rule pack broken.toml is not valid TOML"):
        settings.rulepack("broken")
