"""A result that was recorded before is taken over byte for byte, and drawn anew when it differs."""

from types import SimpleNamespace

import pytest

from tests.example import ENTRIES, example
from tests.report import sample
from workbench import display, record, text
from workbench.report import once
from workbench.report.dependence import Dependence


@pytest.fixture
def plan(home, tmp_path, monkeypatch):
    for key, entry in ENTRIES.items():
        monkeypatch.setitem(text.catalogue(), key, entry)
    bank = sample.SampleBank(home / "bank")
    bank.pin()
    (bank.folder / "bank.json").write_text("{}")
    pack = SimpleNamespace(languages=("zh", "en"), disclosure="wide")
    place = tmp_path / "run"
    return SimpleNamespace(bank=bank, pack=pack, place=place, origin=SimpleNamespace(run="r1"))


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def drawn(monkeypatch):
    """Return a list that grows with every figure that is drawn."""
    calls = []
    usual = display.drawn
    monkeypatch.setattr(
        display, "drawn", lambda *given: calls.append(given[1]) or usual(*given), raising=True
    )
    return calls


def test_what_is_taken_over_is_what_would_be_recorded_and_is_drawn_once(
    plan, tmp_path, monkeypatch
):
    display.keep(example(), tmp_path / "usual", ("zh", "en"), "wide")
    calls = drawn(monkeypatch)
    for folder in ("one", "two"):
        once.keep(plan, example(), tmp_path / folder, Dependence(plan.bank))
        assert content(tmp_path / folder) == content(tmp_path / "usual")
    assert calls == ["zh", "en"]
    assert not list(plan.place.iterdir())


def test_another_number_language_or_audience_is_recorded_anew(plan, tmp_path, monkeypatch):
    once.keep(plan, example(), tmp_path / "one", Dependence(plan.bank))
    calls = drawn(monkeypatch)
    once.keep(plan, example(invited=(401, 3)), tmp_path / "two", Dependence(plan.bank))
    plan.pack.languages = ("en",)
    once.keep(plan, example(), tmp_path / "three", Dependence(plan.bank))
    plan.pack.disclosure = "credit"
    once.keep(plan, example(), tmp_path / "four", Dependence(plan.bank))
    assert calls == ["zh", "en", "en", "en"]


def test_a_damaged_entry_is_drawn_anew(plan, home, tmp_path):
    once.keep(plan, example(), tmp_path / "one", Dependence(plan.bank))
    (file,) = (home / "reports" / "cache").rglob("example.zh.svg")
    file.write_bytes(b"<svg/>")
    once.keep(plan, example(), tmp_path / "two", Dependence(plan.bank))
    assert content(tmp_path / "two") == content(tmp_path / "one")


def test_records_are_put_together_in_order(plan, tmp_path):
    for name in ("example", "other"):
        text.catalogue()[f"{name}.title"] = ENTRIES["example.title"]
        once.keep(plan, example(name), tmp_path / "record", Dependence(plan.bank))
    text.catalogue().pop("other.title")
    assert [each.name for each in record.read(tmp_path / "record").blocks] == ["example", "other"]
    assert set(record.read(tmp_path / "record").facts()) >= {"example.rate", "other.rate"}
