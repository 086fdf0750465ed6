"""Old reports go, their manifests stay: the last ones and one a month are kept."""

from datetime import date, timedelta

import pytest

from tests.report import published as made
from workbench.report import history, publish, retention, verify
from workbench.report.retention import Keep


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    return tmp_path


def monthly(place, months, runs=2):
    """Publish `runs` runs for each of `months` months; return their ids, the oldest first."""
    ids = []
    for month in range(months):
        for again in range(runs):
            day = date(2025 + month // 12, month % 12 + 1, 28)
            run = made.name(day + timedelta(days=again), again)
            made.release(place, run, as_of=day.isoformat())
            ids.append(run)
    return ids


def apply(**keep):
    with publish.locked("pack"):
        return retention.apply("pack", Keep(**keep))


def test_the_last_ones_and_the_last_of_each_month_are_kept(place):
    ids = monthly(place, 6)
    gone = apply(last=3, monthly=4)
    # The last three, and the second run of each of the last four months.
    kept = {*ids[-3:], *ids[5::2]}
    assert set(gone) == set(ids) - kept
    states = {run.run: run.state for run in history.runs("pack")}
    assert {run for run, state in states.items() if state == "published"} == kept
    assert {run for run, state in states.items() if state == "removed"} == set(gone)


def test_the_chain_can_be_followed_through_what_was_removed(place):
    ids = monthly(place, 5)
    apply(last=1, monthly=0)
    found = verify.verified("pack")
    assert (found.runs, found.removed, found.first) == (10, 9, ids[0])
    more = made.name(date(2026, 1, 1))
    made.release(place, more)
    assert verify.verified("pack").runs == 11


def test_a_changed_tombstone_breaks_the_chain(place):
    monthly(place, 2)
    (one, *_) = apply(last=1, monthly=0)
    file = place / "published/pack/removed" / f"{one}.json"
    file.write_text(file.read_text("utf-8").replace("s1", "s2"), "utf-8")
    with pytest.raises(verify.DataError, match=f"manifest of run {one} is not the one"):
        verify.verified("pack")


def test_the_latest_and_drafts_always_stay(place):
    ids = monthly(place, 3, runs=1)
    made.keep(place, "draft")
    link = place / "published/pack/latest"
    link.unlink()
    link.symlink_to(ids[0])
    apply(last=1, monthly=0)
    assert publish.latest("pack").resolve().name == ids[0]
    states = {run.run: run.state for run in history.runs("pack")}
    assert (states[ids[0]], states["draft"], states[ids[1]]) == ("published", "draft", "removed")


def test_what_was_cut_short_is_finished_by_the_next(place, monkeypatch):
    ids = monthly(place, 3, runs=1)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publish, "remove", stop)
        with pytest.raises(KeyboardInterrupt):
            apply(last=1, monthly=0)
    assert verify.verified("pack").runs == 3
    assert set(apply(last=1, monthly=0)) == set(ids[:2])
    assert verify.verified("pack").removed == 2


def attempt(home, run, failed):
    folder = home / "reports" / "runs" / run
    folder.mkdir(parents=True)
    (folder / history.NOTE).write_text(
        f'{{"pack": "pack", "run": "{run}", "time": "", "as_of": "2026-09-30", "snapshot": "s"}}'
    )
    if failed:
        (folder / history.FAILURE).write_text("a cell failed", "utf-8")


def test_working_folders_are_removed_failed_ones_later(place, home):
    for number in range(5):
        attempt(home, f"done-{number}", failed=False)
        attempt(home, f"failed-{number}", failed=True)
    apply(runs=2, failed=4)
    left = sorted(path.name for path in (home / "reports/runs").iterdir())
    assert left == ["done-3", "done-4", "failed-1", "failed-2", "failed-3", "failed-4"]
