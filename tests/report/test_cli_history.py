"""Commands about what was published: text in, one call, lines out."""

import json

import pytest
from typer.testing import CliRunner

from tests.report import published as made
from workbench.cli import app


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    made.release(tmp_path, "r1", as_of="2026-08-31", facts={"sample.rate": 0.10})
    made.release(tmp_path, "r2", as_of="2026-09-30", facts={"sample.rate": 0.25, "sample.n": 3.0})
    return tmp_path


def invoke(*words):
    return CliRunner().invoke(app, list(words))


def line(outcome):
    return json.loads(outcome.stdout.splitlines()[-1])


def test_history_lists_the_newest_first_and_says_when_the_newest_attempt_failed(place):
    note = {"run": "r3", "time": "t", "as_of": "2026-10-31", "snapshot": "s", "exit_code": 3}
    (place / "published/pack/failed.json").write_text(json.dumps(note), "utf-8")
    lines = invoke("history").stdout.splitlines()
    assert [each.split("\t")[1] for each in lines[:2]] == ["r2", "r1"]
    assert "published (latest)" in lines[0]
    assert lines[2] == "pack: last good of 2026-09-30, failed on 2026-10-31 (run r3)"
    found = line(invoke("history", "pack", "--json"))
    assert [run["run"] for run in found["runs"]] == ["r2", "r1"]
    assert found["failed"]["pack"]["exit_code"] == 3


def test_a_pack_that_was_never_run_has_no_history(place):
    outcome = invoke("history", "other")
    assert outcome.exit_code == 2
    assert "nothing called 'other' was run" in outcome.stderr


def test_verify_says_what_it_checked_and_ends_with_code_6_on_damage(place):
    found = line(invoke("verify", "pack"))
    assert (found["status"], found["runs"], found["first"]) == ("verified", 2, "r1")
    (place / "published/pack/r1/index.html").write_text("forged", "utf-8")
    outcome = invoke("verify", "pack")
    assert outcome.exit_code == 6
    assert "r1: index.html was changed" in outcome.stderr
    assert line(outcome)["exit_code"] == 6


def test_diff_is_written_as_text_and_as_json(place):
    lines = invoke("diff", "r1", "pack").stdout.splitlines()
    assert lines[0] == "pack r1 → r2"
    assert "data: as_of: 2026-08-31 → 2026-09-30" in lines
    values = line(invoke("diff", "r1", "r2", "--json"))
    assert values["sources"][0]["what"] == "as_of"
    assert (values["before"]["run"], values["now"]["run"]) == ("r1", "r2")


def test_a_draft_is_signed_by_two_and_published(place):
    made.keep(place, "d1")
    assert invoke("publish", "d1").exit_code == 4
    assert line(invoke("sign", "d1", "--as", "prepared", "--name", "王敏"))["prepared"] == "王敏"
    assert invoke("sign", "d1", "--as", "checked", "--name", "王敏").exit_code == 2
    assert invoke("sign", "d1", "--as", "checked", "--name", "李强").exit_code == 0
    done = line(invoke("publish", "d1"))
    assert (done["status"], done["run"]) == ("published", "d1")
    assert done["index"].endswith("latest/index.html")


def test_a_draft_is_discarded(place):
    made.keep(place, "d1")
    assert line(invoke("discard", "d1"))["status"] == "discarded"
    assert invoke("discard", "d1").exit_code == 2
