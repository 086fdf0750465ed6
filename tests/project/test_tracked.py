"""What is built is not kept under version control: the next build makes it again."""

import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
KEPT = ("reports/packs/", "reports/templates/")


def test_of_reports_only_packs_and_templates_are_tracked():
    if not (PROJECT / ".git").exists():
        pytest.skip("not a checkout of git: there is nothing tracked to look at")
    listed = subprocess.run(
        ["git", "ls-files", "reports"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    tracked = listed.stdout.splitlines()
    assert tracked
    assert [name for name in tracked if not name.startswith(KEPT)] == []
