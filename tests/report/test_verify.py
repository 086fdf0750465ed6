"""Whatever is changed, added or removed in what was published is found, and named."""

import json
import shutil

import pytest

from tests.report import published as made
from workbench.errors import DataError, ParameterError
from workbench.report import publish, verify


@pytest.fixture
def runs(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    for run in ("r1", "r2", "r3"):
        made.release(tmp_path, run)
    return tmp_path / "published" / "pack"


def test_a_chain_is_followed_to_the_first_run(runs):
    found = verify.verified("pack")
    assert (found.head, found.first, found.runs, found.files) == ("r3", "r1", 3, 6)
    assert found.manifest == publish.digest(runs / "r3" / "manifest.json")
    assert verify.verified("r1").runs == 1


def rewrite(file, change):
    manifest = json.loads(file.read_text("utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), "utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda own: (own / "r2/index.html").write_text("x", "utf-8"),
            "r2: index.html was changed",
        ),
        (lambda own: (own / "r1/record/sample/facts.json").unlink(), "facts.json is missing"),
        (lambda own: (own / "r3/extra.html").write_text("x", "utf-8"), "r3: extra.html was added"),
        (lambda own: shutil.rmtree(own / "r2"), "run r2, which came before r3, is missing"),
        (
            lambda own: rewrite(own / "r1/manifest.json", lambda m: m.update(as_of="2020-01-31")),
            "manifest of run r1 is not the one that r2 followed",
        ),
        (
            lambda own: rewrite(own / "r2/manifest.json", lambda m: m["files"].pop("index.html")),
            "manifest of run r2 is not the one that r3 followed",
        ),
        (
            lambda own: rewrite(own / "r3/manifest.json", lambda m: m.update(run="r9")),
            "the manifest in r3 belongs to run 'r9'",
        ),
        (
            lambda own: ((own / "r2/index.html").unlink(), (own / "r2/index.html").symlink_to("/")),
            "r2: index.html was changed",
        ),
        (lambda own: (own / "r2/manifest.json").write_text("{", "utf-8"), "cannot be read"),
    ],
)
def test_damage_is_named(runs, damage, said):
    damage(runs)
    with pytest.raises(DataError, match=said):
        verify.verified("pack")


def test_a_file_that_was_replaced_together_with_its_checksum_breaks_the_chain(runs):
    (runs / "r2/index.html").write_text("forged", "utf-8")
    forged = publish.digest(runs / "r2/index.html")
    rewrite(runs / "r2/manifest.json", lambda m: m["files"].update({"index.html": forged}))
    assert list(verify.content(verify.history.find("r2"))) == []
    with pytest.raises(DataError, match="r2 is not the one that r3 followed"):
        verify.verified("pack")


def test_what_is_not_there_cannot_be_verified(runs):
    with pytest.raises(ParameterError, match="there is no run 'r7'"):
        verify.verified("r7")
