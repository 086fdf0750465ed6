"""What `workbench audit` says of a bank whose log and lake are whole, and of one tampered with."""

import json

import duckdb
import pytest
from typer.testing import CliRunner

from workbench import cli
from workbench.data import bank
from workbench.data.lake import Lake
from workbench.privacy.audit import Log


@pytest.fixture
def folder(tmp_path):
    """A bank that was opened three times."""
    bank.About("示例银行", "Example Bank").write(tmp_path)
    connection = duckdb.connect()
    connection.execute(
        "CREATE VIEW b AS SELECT 'B1' branch_id, '甲支行' branch_name, 'a' taken_from, "
        "NULL::VARCHAR parent_branch_id, '440300' region_code, 'relationship' dept_role"
    )
    lineage = {"branches": {}}
    Lake(tmp_path).commit(connection, {"branches": "b"}, lineage=lineage, files={"a": "a"})
    for _ in range(3):
        bank.open_bank(tmp_path)
    return tmp_path


def invoke(folder, command, *words):
    return CliRunner().invoke(cli.app, ["audit", command, "--bank", str(folder), *words])


def test_a_whole_bank_is_verified(folder):
    outcome = invoke(folder, "verify")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    line = json.loads(outcome.stdout)
    assert line == {
        "status": "verified",
        "entries": 3,
        "head": Log(folder).head().hash,
        "files": 1,
        "unproven": [],
        "printed": None,
    }


def test_the_head_of_a_report_is_found(folder):
    first = next(Log(folder).entries())
    bank.open_bank(folder)
    line = json.loads(invoke(folder, "verify", "--head", first.hash[:32]).stdout)
    assert line["printed"] == {"n": 1, "at": first.at}


def test_a_tampered_line_is_one_line_and_code_6(folder):
    log = Log(folder)
    log.path.write_text(log.path.read_text("utf-8").replace('"analyst"', '"auditor"', 1), "utf-8")
    outcome = invoke(folder, "verify")
    assert outcome.exit_code == 6
    assert outcome.stderr.count("\n") == 1
    assert "log.jsonl: line 1 was changed" in outcome.stderr


def test_a_tampered_file_is_one_line_and_code_6(folder):
    (path,) = (folder / "lake").rglob("*.parquet")
    written = bytearray(path.read_bytes())
    written[100] ^= 1
    path.write_bytes(written)
    outcome = invoke(folder, "verify")
    assert outcome.exit_code == 6
    assert outcome.stderr.count("\n") == 1
    assert f"Parquet file {path} was edited" in outcome.stderr


def test_snapshots_that_prove_nothing_are_listed(folder):
    (place,) = (folder / "snapshots").glob("*.json")
    snapshot = json.loads(place.read_text("utf-8"))
    del snapshot["parquet"]
    place.write_text(json.dumps(snapshot), "utf-8")
    line = json.loads(invoke(folder, "verify").stdout)
    assert (line["files"], line["unproven"]) == (0, [place.stem])


def test_the_auditor_reads_the_log_and_that_is_noted(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "auditor")
    lines = invoke(folder, "show", "--last", "2").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["2", "3"]
    assert lines[0].split("\t")[3:5] == ["analyst", "open bank"]
    *_, last = Log(folder).entries()
    assert (last.action, last.role) == ("read audit", "auditor")


@pytest.mark.parametrize(
    ("role", "command"), [("analyst", "show"), ("relationship", "verify"), ("risk", "show")]
)
def test_a_role_without_the_right_is_refused(folder, monkeypatch, role, command):
    monkeypatch.setenv("WORKBENCH_ROLE", role)
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B1")
    outcome = invoke(folder, command)
    assert outcome.exit_code == 2
    assert f"role '{role}' may not do this" in outcome.stderr
