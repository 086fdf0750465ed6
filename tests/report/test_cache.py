import errno
import os
import shutil
from pathlib import Path

import pytest

from workbench.report import cache
from workbench.report.cache import Cache, DamagedError


@pytest.fixture
def kept(tmp_path):
    """Return a cache that holds one execution, under the key `k`."""
    executed, record = tmp_path / "work" / "executed.ipynb", tmp_path / "record"
    executed.parent.mkdir()
    executed.write_text("{}")
    (record / "tables").mkdir(parents=True)
    (record / "facts.json").write_text('{"a": 1}')
    (record / "tables" / "t.json").write_text("[]")
    found = Cache(tmp_path / "cache", "run-1")
    found.keep("k", executed, record, 1.5)
    return found


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*.json")}


def test_what_is_kept_is_given_back_to_the_letter(kept, tmp_path):
    found = kept.fetch("k", tmp_path / "new" / "executed.ipynb", tmp_path / "again")
    assert (found.run, found.seconds) == ("run-1", 1.5)
    assert files(tmp_path / "again") == files(tmp_path / "record")
    assert (tmp_path / "new" / "executed.ipynb").read_text() == "{}"
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert kept.fetch("other", tmp_path / "x", tmp_path / "y") is None


def changed(place):
    (place / "record" / "facts.json").write_text('{"a": 2}')


def added(place):
    (place / "record" / "figure.svg").write_text("<svg/>")


def removed(place):
    (place / "record" / "facts.json").unlink()


def cut(place):
    text = (place / "entry.json").read_text()
    (place / "entry.json").write_text(text[: len(text) // 2])


def emptied(place):
    (place / "entry.json").write_text("[]")


def unnamed(place):
    (place / "executed.ipynb").unlink()
    (place / "entry.json").write_text('{"run": "r", "seconds": 1, "files": {}}')


@pytest.mark.parametrize("damage", [changed, added, removed, cut, emptied, unnamed])
def test_a_damaged_entry_is_named_removed_and_copied_nowhere(kept, tmp_path, damage):
    damage(tmp_path / "cache" / "k")
    with pytest.raises(DamagedError, match="kept execution k is damaged"):
        kept.fetch("k", tmp_path / "new" / "executed.ipynb", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "new").exists()
    assert kept.fetch("k", tmp_path / "new", tmp_path / "again") is None


@pytest.mark.parametrize("step", ["copyfile", "copytree", "write_text", "rename"])
def test_a_disk_that_is_full_while_keeping_leaves_nothing(kept, tmp_path, monkeypatch, step):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    owner = shutil if step.startswith("copy") else Path
    with monkeypatch.context() as broken:
        broken.setattr(owner, step, full)
        with pytest.raises(OSError, match="No space"):
            kept.keep("k2", tmp_path / "work" / "executed.ipynb", tmp_path / "record", 1)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["k"]
    kept.keep("k2", tmp_path / "work" / "executed.ipynb", tmp_path / "record", 1)
    assert kept.fetch("k2", tmp_path / "new" / "executed.ipynb", tmp_path / "again")


def test_two_that_keep_the_same_at_once_keep_it_once(kept, tmp_path):
    other = Cache(tmp_path / "cache", "run-2")
    other.keep("k", tmp_path / "work" / "executed.ipynb", tmp_path / "record", 9)
    assert other.fetch("k", tmp_path / "x", tmp_path / "y").run == "run-1"


def test_what_nobody_used_for_long_goes_and_what_was_used_stays(kept, tmp_path):
    kept.keep("old", tmp_path / "work" / "executed.ipynb", tmp_path / "record", 1)
    half = tmp_path / "cache" / ".unfinished-x"
    half.mkdir()
    now = half.stat().st_mtime
    for name, days in (("old", cache.KEEP_DAYS + 1), ("k", cache.KEEP_DAYS + 1), (half.name, 2)):
        os.utime(tmp_path / "cache" / name, (now - days * 86_400,) * 2)
    kept.fetch("k", tmp_path / "new", tmp_path / "again")
    assert kept.sweep(now) == 2
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["k"]


def test_a_digest_depends_on_every_value_and_on_no_order():
    assert cache.digest({"a": 1, "b": [2]}) == cache.digest({"b": [2], "a": 1})
    assert cache.digest({"a": 1}) != cache.digest({"a": 1.5})
    assert cache.digest({"a": "1"}) != cache.digest({"a": 1})
