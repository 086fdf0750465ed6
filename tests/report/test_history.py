"""The history of a pack is what its manifests say."""

from datetime import date

import pytest

from tests.report import published as made
from workbench.errors import DataError, ParameterError, RunError
from workbench.report import history, publish, retention, verify
from workbench.report.references import references
from workbench.report.retention import Keep


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    return tmp_path


class Origin:
    pack = "pack"

    def __init__(self, run):
        self.run = run

    def manifest(self):
        return {"pack": "pack", "run": self.run, "time": "t", "as_of": "2026-10-31"} | {
            "snapshot": "s2"
        }


def fail(home, run):
    with (
        pytest.raises(RunError),
        publish.locked("pack"),
        history.attempt(home / "reports/runs" / run, Origin(run)),
    ):
        raise RunError("cell 'load': customer 13912345678 is odd")


def test_runs_are_listed_the_newest_first_with_what_their_manifests_say(place):
    made.release(place, "r1", facts={"sample.a": 1.0, "sample.b": 2.0})
    made.release(place, "r2", as_of="2026-10-31")
    newest, oldest = history.runs("pack")
    assert newest.brief() == {
        **{"pack": "pack", "run": "r2", "state": "published", "latest": True, "snapshot": "s1"},
        **{"time": "2026-10-31T08:00:00+00:00", "as_of": "2026-10-31", "facts": 1, "signed": []},
    }
    assert (oldest.run, oldest.facts, oldest.is_latest) == ("r1", 2, False)


def test_a_failed_attempt_is_noted_beside_the_reports_without_what_it_said(place, home):
    made.release(place, "r1")
    fail(home, "r2")
    noted = (place / "published/pack/failed.json").read_text("utf-8")
    assert "139" not in noted
    assert history.failure("pack")["as_of"] == "2026-10-31"
    assert history.failure("pack")["exit_code"] == RunError.exit_code
    assert [(run.run, run.state) for run in history.runs("pack")] == [
        ("r2", "failed"),
        ("r1", "published"),
    ]
    assert "is odd" in (home / "reports/runs/r2/failure.txt").read_text("utf-8")
    history.clear_failure("pack")
    assert history.failure("pack") is None


def test_a_run_that_never_became_latest_is_set_aside(place):
    made.release(place, "r1")
    made.release(place, "r2")
    (place / "published/pack/latest").unlink()
    (place / "published/pack/latest").symlink_to("r1")
    states = {run.run: run.state for run in history.runs("pack")}
    assert states == {"r1": "published", "r2": "aside"}


def test_a_run_is_found_by_its_beginning_and_a_pack_by_its_latest(place):
    made.release(place, "20260930T1-a")
    made.release(place, "20260930T2-b")
    assert history.find("20260930T1").run == "20260930T1-a"
    assert history.find("pack").run == "20260930T2-b"
    with pytest.raises(ParameterError, match="2 runs begin with '20260930'"):
        history.find("20260930")


def test_what_is_half_moved_or_linked_is_no_run(place):
    made.release(place, "r1")
    own = place / "published/pack"
    (own / ".unfinished-r2").mkdir()
    (own / ".unfinished-r2/manifest.json").write_text("{", "utf-8")
    assert [run.run for run in history.runs("pack")] == ["r1"]


def test_a_damaged_manifest_is_named(place):
    folder = made.release(place, "r1")
    (folder / "manifest.json").write_text("[]", "utf-8")
    with pytest.raises(DataError, match=r"r1.manifest\.json is not a manifest"):
        history.runs("pack")


def test_parts_of_a_pack_have_histories_of_their_own(place):
    made.release(place, "r1")
    for branch in ("B1", "B2"):
        part = f"pack/branches/{branch}"
        with publish.locked(part):
            folder = made.content(place / f"work-{branch}", "r2", pack=part, previous=None)
            publish.release(folder, part, "r2")
    assert history.packs() == ["pack", "pack/branches/B1", "pack/branches/B2"]
    assert [run.run for run in history.runs("pack")] == ["r1"]
    assert history.find("pack/branches/B2").pack == "pack/branches/B2"
    assert verify.verified("pack/branches/B1/r2").pack == "pack/branches/B1"
    with pytest.raises(ParameterError, match="2 runs begin with 'r2'"):
        history.find("r2")


@pytest.mark.parametrize(
    "ids",
    [
        # As earlier versions wrote them: the end of the id is drawn by lot.
        [f"20260930T080000Z-{end}" for end in ("c0ffee", "0badad", "fade00", "aaaaaa")],
        [f"20260930T080000{each:06}Z-{9 - each}fade0" for each in range(1, 5)],
        ["20260930T080000Z-fade00", "20260930T080000Z-0badad", "20260930T080000000001Z-0badad"],
        ["20260930T075959999999Z-fade00", "20260930T080000Z-0badad", "20261001T000000Z-0badad"],
    ],
)
def test_runs_begun_within_one_second_keep_their_order(place, ids):
    for at, run in enumerate(ids):
        made.release(place, run, as_of=f"2026-09-{at + 1:02}")
        assert [each.run for each in history.published("pack")] == ids[at::-1]
    with publish.locked("pack"):
        assert set(retention.apply("pack", Keep(last=2, monthly=0))) == set(ids[:-2])
    # What was removed keeps its place: only its manifest is left.
    assert [each.run for each in history.runs("pack")] == ids[::-1]
    assert references("pack", date(2026, 10, 31), "s2").last.run == ids[-1]


def test_working_folders_within_one_second_go_in_their_order(place, home):
    ids = [f"20260930T080000{each:06}Z-{9 - each}fade0" for each in range(1, 6)]
    for run in ids:
        fail(home, run)
    with publish.locked("pack"):
        retention.apply("pack", Keep(failed=2))
    assert {path.name for path in (home / "reports/runs").iterdir()} == set(ids[-2:])
