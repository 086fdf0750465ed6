"""What operators do from the command line: one line of JSON, and the exit code of what failed."""

import json

import pytest
from typer.testing import CliRunner

from tests.data import people
from workbench import cli
from workbench.data import bank as banks


def invoke(*words):
    outcome = CliRunner().invoke(cli.app, [str(word) for word in words])
    return outcome.exit_code, json.loads(outcome.stdout.splitlines()[-1]), outcome


@pytest.fixture
def bank(drop, home, bank):
    people.write(drop, home)
    people.take(drop, bank)
    return bank


def test_each_command_ends_with_one_line_of_json(bank, home):
    code, made, _ = invoke("backup", home / "safe", "--bank", bank)
    assert (code, made["status"]) == (0, "backed up")
    assert made["key_place"].endswith("backup.key")
    secret = (bank / "vault" / "backup.key").read_text().strip()
    assert secret not in json.dumps(made)
    (home / "list.csv").write_text(
        f"customer_id\n{banks.key(bank).pseudonym('C1', 'customer')}\n", "utf-8"
    )
    words = ("--to", home / "out", "--purpose", "service", "--bank", bank)
    code, done, outcome = invoke("deliver", home / "list.csv", *words)
    assert (code, done["status"], done["rows"]) == (0, "delivered", {"B1": 1})
    assert not any(word in outcome.output for word in people.NAMES.values())
    (home / "staff.csv").write_text("staff_id\nS1\nS2\n")
    code, done, _ = invoke("rotate", "--staff", home / "staff.csv", "--bank", bank)
    assert (code, done["status"], done["people"]) == (0, "rotated", 6)
    code, done, _ = invoke("rotate", "--vault", "--bank", bank)
    assert (code, done["key"]) == (0, "vault")
    code, done, _ = invoke("forget", "--bank", bank)
    assert (code, done["status"]) == (5, "failed")


def test_a_backup_is_restored_where_its_keys_are(bank, home, monkeypatch):
    _, made, _ = invoke("backup", home / "safe", "--bank", bank)
    monkeypatch.setenv("WORKBENCH_KEYS", str(bank / "vault"))
    file = home / "safe" / made["file"]
    code, done, _ = invoke("restore", file, "--to", home / "again")
    assert (code, done["status"], done["identities"]) == (0, "restored", 4)
    code, done, _ = invoke("restore", file, "--to", home / "again")
    assert (code, done["status"]) == (2, "failed")
    file.write_bytes(file.read_bytes()[:-1])
    code, done, outcome = invoke("restore", file, "--to", home / "more")
    assert (code, done["exit_code"]) == (6, 6)
    assert outcome.stderr.count("\n") == 1
    assert "was cut off" in outcome.stderr


@pytest.mark.parametrize("command", ["backup", "rotate", "deliver", "forget"])
def test_a_role_that_may_not_ends_with_code_2(bank, home, monkeypatch, command):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    words = {"backup": [home / "x"], "deliver": [home / "x", "--to", home]}.get(command, [])
    code, done, _ = invoke(command, *words, "--bank", bank)
    assert (code, done["status"]) == (2, "failed")
    assert "takes the right" in done["error"]
