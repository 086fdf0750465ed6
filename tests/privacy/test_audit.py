"""The audit log: what it says, that any change is named, and that it survives being killed."""

import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from workbench.errors import DataError, LockedError, MachineError, ParameterError
from workbench.privacy import audit
from workbench.privacy.audit import Head, Log

APPENDING = """
import sys
from pathlib import Path
from workbench.privacy.audit import Log
log = Log(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    log.append("analyst", "open bank", f"{sys.argv[3]}-{number}")
    print(number, flush=True)
"""


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path)


@pytest.fixture
def filled(log):
    for number in range(1, 8):
        log.append("analyst", "open bank", f"案例 {number}", "0001-1a2b3c4d")
    return log


def lines(log):
    return log.path.read_bytes().splitlines(keepends=True)


def test_an_entry_says_who_did_what_when_in_which_role(log):
    head = log.append("analyst", "open bank", "示例", "0001-1a2b3c4d")
    (entry,) = log.entries()
    assert (entry.n, entry.prev, entry.hash) == (1, "0" * 64, head.hash)
    assert (entry.who, entry.role) == (audit.account(), "analyst")
    said = (entry.action, entry.subject, entry.snapshot)
    assert said == ("open bank", "示例", "0001-1a2b3c4d")
    assert entry.at.endswith("+00:00")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_hash_is_sha256_of_the_entry_without_it(filled):
    import hashlib

    values = json.loads(lines(filled)[3])
    stated = values.pop("hash")
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == stated
    assert values["prev"] == json.loads(lines(filled)[2])["hash"]


def test_a_whole_log_is_verified(filled):
    found = filled.verify()
    assert (found.entries, found.fault) == (7, None)
    assert found.head == filled.head() == Head(7, json.loads(lines(filled)[-1])["hash"])


def test_a_bank_without_a_log_has_no_head_and_no_fault(log):
    assert log.head() is None
    assert log.verify().fault is None
    assert not list(log.entries())


def resealed(line, **changes):
    """Return `line` changed by someone who knows how hashes are made."""
    values = {**json.loads(line), **changes}
    return audit.Entry(**values).sealed().line()


def changed(kept):
    kept[3] = kept[3].replace("案例 4".encode(), "案例 9".encode())


def respaced(kept):
    kept[3] = kept[3].replace(b'{"action":', b'{"action": ')


def rubbish(kept):
    kept[3] = b"{}\n"


def removed(kept):
    del kept[2:4]


def put_in(kept):
    kept.insert(3, kept[0])


def forged(kept):
    kept[3] = resealed(kept[3], subject="nothing")


def swapped(kept):
    kept[3], kept[4] = kept[4], kept[3]


def cut(kept):
    del kept[5:]


def emptied(kept):
    kept.clear()


def torn(kept):
    kept[-1] = kept[-1][:-20]


def last_forged(kept):
    kept[-1] = resealed(kept[-1], subject="nothing")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (changed, "line 4 was changed: its content does not give its hash"),
        (respaced, "line 4 was changed: its content does not give its hash"),
        (rubbish, "line 4 was changed: it is no entry"),
        (removed, "entries 3 to 4 were removed before line 3"),
        (put_in, "line 4 was put in: it is entry 1 behind entry 3"),
        (forged, "line 5 does not continue line 4: one of them was replaced"),
        (swapped, "entry 4 was removed before line 4"),
        (cut, "entries 6 to 7 were removed at the end of log.jsonl"),
        (emptied, "entries 1 to 7 were removed at the end of log.jsonl"),
        (torn, "line 7 is unfinished"),
        (last_forged, "line 7 is not the entry that head.json names"),
    ],
)
def test_the_first_line_that_is_wrong_is_named(filled, tamper, said):
    kept = lines(filled)
    tamper(kept)
    filled.path.write_bytes(b"".join(kept))
    assert said in filled.verify().fault
    with pytest.raises(DataError, match=r"audit log .*log\.jsonl: ") as error:
        audit.checked(filled.folder.parent)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("tamper", [cut, emptied, rubbish, last_forged])
def test_tampering_stays_visible_after_more_was_written(filled, tamper):
    kept = lines(filled)
    tamper(kept)
    filled.path.write_bytes(b"".join(kept))
    for _ in range(3):
        filled.append("analyst", "open bank")
    assert filled.verify().fault


def test_a_log_that_is_gone_does_not_begin_anew_unseen(filled):
    filled.path.unlink()
    filled.append("analyst", "open bank")
    assert "entries 1 to 7 were removed before line 1" in filled.verify().fault


def test_a_missing_head_file_is_named(filled):
    filled.noted.unlink()
    assert "head.json is missing" in filled.verify().fault


def test_a_printed_head_is_found_in_the_chain(filled):
    printed = json.loads(lines(filled)[4])["hash"]
    found, entry = audit.checked(filled.folder.parent, printed[:32].upper())
    assert (found.entries, entry.n) == (7, 5)


def test_a_log_rewritten_as_a_whole_lacks_the_head_a_report_shows(filled):
    printed = filled.head().hash
    for path in (filled.path, filled.noted):
        path.unlink()
    for number in range(7):
        filled.append("analyst", "open bank", f"{number}")
    assert filled.verify().fault is None
    with pytest.raises(DataError, match=f"the head {printed[:32]} is not in it"):
        audit.checked(filled.folder.parent, printed[:32])


@pytest.mark.parametrize("printed", ["", "12ab", "x" * 32])
def test_a_head_that_is_none_is_refused(filled, printed):
    with pytest.raises(ParameterError, match="--head is"):
        filled.find(printed)


def test_an_unfinished_line_is_cut_off_and_that_is_noted(filled):
    with filled.path.open("ab") as file:
        file.write(b'{"action":"open ba')
    assert "line 8 is unfinished" in filled.verify().fault
    filled.append("analyst", "open bank", "afterwards")
    assert filled.verify().fault is None
    repair, last = list(filled.entries())[-2:]
    assert (repair.action, last.subject) == ("repair log", "afterwards")
    assert "cut 18 bytes" in repair.subject


def test_an_entry_without_its_head_is_no_fault(filled):
    before = filled.noted.read_bytes()
    filled.append("analyst", "open bank")
    filled.noted.write_bytes(before)
    assert filled.verify().fault is None
    filled.append("analyst", "open bank")
    assert filled.verify() == audit.Verified(9, filled.head(), None)


def appending(tmp_path, count, name):
    command = [sys.executable, "-c", APPENDING, str(tmp_path), str(count), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_several_processes_append_one_after_the_other(tmp_path):
    each = [appending(tmp_path, 25, str(number)) for number in range(4)]
    for process in each:
        process.communicate(timeout=60)
    found = Log(tmp_path).verify()
    assert (found.entries, found.fault) == (100, None)
    subjects = [entry.subject for entry in Log(tmp_path).entries()]
    assert sorted(subjects) == sorted(f"{name}-{n}" for name in range(4) for n in range(25))
    assert subjects != sorted(subjects), "they did not write at the same time"


def test_killed_at_any_moment_the_log_goes_on(tmp_path):
    log = Log(tmp_path)
    witnessed = 0
    for round_ in range(6):
        process = appending(tmp_path, 10_000, str(round_))
        for _ in range(5 + round_):
            process.stdout.readline()
            witnessed += 1
        time.sleep(0.001 * round_)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        log.append("operator", "look")
        found = log.verify()
        assert found.fault is None
        assert found.entries >= witnessed + round_ + 1


def test_a_write_cut_anywhere_is_repaired_without_losing_an_entry(filled):
    whole = filled.path.read_bytes()
    last = len(lines(filled)[-1])
    head = json.dumps({"n": 6, "hash": json.loads(lines(filled)[-2])["hash"]})
    for left in range(1, last, 13):
        filled.path.write_bytes(whole[:-left])
        filled.noted.write_text(head)
        filled.append("analyst", "open bank")
        found = filled.verify()
        assert (found.fault, found.entries) == (None, 8 if left < last else 7)


def test_an_append_takes_a_few_milliseconds_however_long_the_log_is(filled):
    # A million bytes of entries before it: an append that reads them all would take seconds.
    kept = list(filled.entries())
    for number in range(8, 4_000):
        entry = audit.Entry(number, "", "", "", "x", "y" * 100, "", kept[-1].hash).sealed()
        kept.append(entry)
    filled.path.write_bytes(b"".join(entry.line() for entry in kept))
    assert filled.path.stat().st_size > 1_000_000
    read = 0

    class Counting:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def read(self, *size):
            nonlocal read
            found = self.file.read(*size)
            read += len(found)
            return found

    with filled.path.open("rb") as file:
        assert audit._tail(Counting(file))[0] == kept[-1].line().rstrip(b"\n")
    assert read <= audit.TAIL
    assert filled.append("analyst", "open bank").n == 4_000
    assert filled.verify().fault is None


def test_a_log_that_cannot_be_written_stops_what_it_would_witness(tmp_path):
    (tmp_path / "audit").write_text("in the way")
    with pytest.raises(MachineError, match="nothing is opened without it"):
        Log(tmp_path).append("analyst", "open bank")


def hold(folder, held):
    from filelock import FileLock

    with FileLock(folder / "log.lock"):
        held.set()
        time.sleep(30)


def test_a_log_held_for_too_long_is_named(filled, monkeypatch):
    monkeypatch.setattr(audit, "PATIENCE_SECONDS", 0.2)
    held = multiprocessing.get_context("spawn").Event()
    process = multiprocessing.get_context("spawn").Process(target=hold, args=(filled.folder, held))
    process.start()
    try:
        assert held.wait(20)
        with pytest.raises(LockedError, match="held by another process"):
            filled.append("analyst", "open bank")
    finally:
        process.kill()
        process.join()


def test_a_subject_that_does_not_fit_is_refused(log):
    with pytest.raises(ParameterError, match="at most 1000"):
        log.append("analyst", "open bank", "x" * 1_001)
