import json
import re
import subprocess

import pytest

from tests.report import sample
from workbench.privacy.audit import Log
from workbench.report import provenance


def git(folder, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("a = 1\n", "utf-8")
    (tmp_path / "requirements.lock").write_text("a==1\n", "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "begin")
    return tmp_path


def test_code_names_commit_and_lock_and_whether_something_was_changed(checkout):
    clean = provenance.code(checkout)
    assert re.fullmatch(r"[0-9a-f]{40}", clean.commit)
    assert re.fullmatch(r"[0-9a-f]{64}", clean.lock)
    assert clean.dirty is False
    (checkout / "notes.txt").write_text("not part of a report", "utf-8")
    assert provenance.code(checkout).dirty is False
    (checkout / "src" / "b.py").write_text("b = 2\n", "utf-8")
    assert provenance.code(checkout).dirty is True


def test_outside_a_checkout_there_is_no_commit(tmp_path):
    found = provenance.code(tmp_path)
    assert (found.commit, found.dirty, found.lock) == (None, None, None)


def test_runs_have_sortable_names_of_their_own_and_a_plain_manifest(tmp_path):
    bank = sample.SampleBank(tmp_path)
    one, two = (provenance.here("monthly", bank, ("zh", "en")) for _ in range(2))
    assert one.run < two.run
    assert re.fullmatch(r"\d{8}T\d{12}Z-[0-9a-f]{6}", one.run)
    manifest = json.loads(json.dumps(one.manifest()))
    assert manifest["bank"] == {"zh": "示例银行", "en": "Sample Bank"}
    assert manifest["as_of"] == "2026-09-30"
    assert str(tmp_path) not in json.dumps(manifest)


def test_a_run_names_the_head_of_the_banks_audit_log(tmp_path):
    bank = sample.SampleBank(tmp_path)
    assert provenance.here("monthly", bank, ("zh",)).audit is None
    head = Log(tmp_path).append("analyst", "open bank")
    assert provenance.here("monthly", bank, ("zh",)).audit == head.hash
