"""A draft counts when two people have signed what was run, and not before."""

import json

import pytest

from tests.report import published as made
from workbench.errors import DataError, GateError, ParameterError
from workbench.report import draft, history, publish, verify


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    made.release(tmp_path, "r1")
    made.keep(tmp_path, "r2")
    return tmp_path / "published" / "pack"


def signed():
    draft.sign("r2", "prepared", "王 敏")
    draft.sign("r2", "checked", "李强")


def test_a_draft_has_its_own_index_and_does_not_touch_the_latest(place):
    assert (place / "drafts/r2/index.html").read_text("utf-8") == "index of r2"
    assert publish.latest("pack").resolve().name == "r1"
    states = {run.run: run.state for run in history.runs("pack")}
    assert states == {"r1": "published", "r2": "draft"}


def test_two_names_stand_in_the_manifest_of_what_is_published(place):
    signed()
    folder = draft.release("r2")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [(each["stage"], each["name"]) for each in manifest["signed"]] == [
        ("prepared", "王 敏"),
        ("checked", "李强"),
    ]
    assert manifest["previous"]["run"] == "r1"
    assert publish.latest("pack").resolve().name == "r2"
    assert not (place / "drafts/r2").exists()
    assert not (folder / "signatures.json").exists()
    assert verify.verified("pack").runs == 2


@pytest.mark.parametrize("again", ["王 敏", "王敏", "  王敏 ", "王　敏"])
def test_one_person_cannot_prepare_and_check(place, again):
    draft.sign("r2", "prepared", "王 敏")
    with pytest.raises(ParameterError, match="two people"):
        draft.sign("r2", "checked", again)


def test_latin_names_in_another_case_are_one_person(place):
    draft.sign("r2", "prepared", "Wang Min")
    with pytest.raises(ParameterError, match="two people"):
        draft.sign("r2", "checked", "WANG MIN")


@pytest.mark.parametrize("stages", [(), ("prepared",)])
def test_what_lacks_a_signature_is_not_published(place, stages):
    for stage in stages:
        draft.sign("r2", stage, "王敏")
    with pytest.raises(GateError, match="is not signed as"):
        draft.release("r2")
    assert publish.latest("pack").resolve().name == "r1"


def test_who_checks_comes_after_who_prepares_and_each_signs_once(place):
    with pytest.raises(ParameterError, match="signed as prepared first"):
        draft.sign("r2", "checked", "李强")
    draft.sign("r2", "prepared", "王敏")
    with pytest.raises(ParameterError, match="already signed as prepared, by 王敏"):
        draft.sign("r2", "prepared", "李强")


def test_a_draft_that_was_changed_is_neither_signed_nor_published(place):
    draft.sign("r2", "prepared", "王敏")
    (place / "drafts/r2/index.html").write_text("better", "utf-8")
    with pytest.raises(DataError, match=r"index\.html was changed since the draft was made"):
        draft.sign("r2", "checked", "李强")


def test_what_was_sealed_anew_after_signing_is_not_what_was_signed(place):
    signed()
    folder = place / "drafts/r2"
    (folder / "index.html").write_text("better", "utf-8")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"]["index.html"] = publish.digest(folder / "index.html")
    publish.write_manifest(folder, manifest)
    with pytest.raises(DataError, match="not what was signed"):
        draft.release("r2")


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\x07b"])
def test_a_signature_is_a_name(place, name):
    with pytest.raises(ParameterError, match="--name takes"):
        draft.sign("r2", "prepared", name)


def test_only_a_draft_is_signed_published_or_discarded(place):
    for act in (lambda: draft.sign("r1", "prepared", "王敏"), lambda: draft.release("r1")):
        with pytest.raises(ParameterError, match="r1 is published, not a draft"):
            act()
    draft.discard("r2")
    with pytest.raises(ParameterError, match="there is no run 'r2'"):
        draft.release("r2")
    assert publish.latest("pack").resolve().name == "r1"


def test_a_draft_follows_the_report_that_is_latest_when_it_is_published(place, tmp_path):
    signed()
    made.release(tmp_path, "r3")
    folder = draft.release("r2")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["previous"]["run"] == "r3"
    assert verify.verified("pack").runs == 3
