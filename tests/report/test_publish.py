import errno
import hashlib
import json
from pathlib import Path

import pytest

from workbench.errors import LockedError, MachineError
from workbench.report import publish


@pytest.fixture
def published(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    return tmp_path / "published"


def content(folder, text):
    (folder / "record").mkdir(parents=True)
    (folder / "index.html").write_text(text, "utf-8")
    (folder / "record" / "facts.json").write_text("{}", "utf-8")
    publish.seal(folder, {"run": text})
    return folder


def release(tmp_path, run):
    with publish.locked("pack"):
        return publish.release(content(tmp_path / f"work-{run}", run), "pack", run)


def test_latest_leads_to_the_newest_and_older_ones_stay(tmp_path, published):
    assert publish.latest("pack") is None
    release(tmp_path, "r1")
    folder = release(tmp_path, "r2")
    assert folder == published / "pack" / "latest" == publish.latest("pack")
    assert (folder / "index.html").read_text("utf-8") == "r2"
    assert (published / "pack" / "r1" / "index.html").read_text("utf-8") == "r1"


def test_the_manifest_holds_the_checksum_of_every_file(tmp_path, published):
    folder = release(tmp_path, "r1")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == {"index.html", "record/facts.json"}
    assert manifest["files"]["index.html"] == hashlib.sha256(b"r1").hexdigest()


def test_one_pack_is_run_once_at_a_time_and_another_beside_it(published):
    with publish.locked("pack"):
        with pytest.raises(LockedError, match="another run of 'pack'"), publish.locked("pack"):
            pass
        with publish.locked("other"):
            pass
    with publish.locked("pack"):
        pass


def test_another_disk_is_published_to_by_copy_and_rename(tmp_path, published, monkeypatch):
    rename, refused = Path.replace, []

    def across(self, target):
        if not refused:
            refused.append(self)
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", across)
    folder = release(tmp_path, "r1")
    assert (folder / "record" / "facts.json").exists()
    assert [path.name for path in (published / "pack").glob(".unfinished*")] == []
    assert refused


def test_without_symbolic_links_a_text_file_says_which_is_latest(tmp_path, published, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("symbolic links need a privilege")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    release(tmp_path, "r1")
    folder = release(tmp_path, "r2")
    assert folder == published / "pack" / "r2" == publish.latest("pack")


def test_what_a_killed_run_left_is_swept(tmp_path, published):
    (published / "pack" / ".unfinished-r0").mkdir(parents=True)
    (published / "pack" / ".unfinished-latest").symlink_to("r0")
    release(tmp_path, "r1")
    assert [path.name for path in (published / "pack").glob(".unfinished*")] == []


def test_what_the_machine_refuses_says_what_to_do(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device", "/x/y")
    said = r"/x/y: the disk is full; .* stays whole; make room"
    with pytest.raises(MachineError, match=said), publish.explained(tmp_path):
        raise full
