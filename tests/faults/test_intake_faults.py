"""Bad input to intake: one clear line, nothing half taken in."""

import csv
import errno
import gzip
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import deltalake
import pytest

from tests.data.files import HEADER, ROWS, customers
from workbench import durable, text
from workbench.data import lake, quarantine
from workbench.data.bank import About, open_bank
from workbench.data.intake import take_in
from workbench.data.lake import Lake
from workbench.errors import DataError, MachineError

pytest_plugins = ["tests.data.conftest"]


def put(drop, content):
    data = content if isinstance(content, bytes) else content.encode()
    (drop / "customers.csv").write_bytes(data)


def report(load):
    with Path(load.report).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


FILES = {
    "empty": (b"", "customers.csv is empty"),
    "header only": (HEADER.encode() + b"\n", "a header and no rows"),
    "wrong encoding": (
        customers().encode("utf-16"),
        "no text .* but in UTF-16",
    ),
    "broken bytes": (customers().encode() + b"\xff\xff\xff\n", "neither UTF-8 nor GB 18030"),
    "header missing": (customers(("拒绝营销,", "")).encode(), "the header '拒绝营销' is missing"),
    "header renamed": (customers(("开户日", "开户日期")).encode(), "if '开户日期' replaces it"),
    "header doubled": (customers(("人数", "机构")).encode(), "have the same header '机构'"),
    "too many columns": (customers((",120,", ",120,x,y,")).encode(), "line 2: expected 8 columns"),
    "unclosed quote": (customers(("企业", '"企业')).encode(), "unclosed quote|expected 8 columns"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(drop, bank, case):
    content, message = FILES[case]
    put(drop, content)
    with pytest.raises(DataError, match=message) as caught:
        take_in([drop], bank, source="test")
    assert "\n" not in str(caught.value)
    assert "customers.csv" in str(caught.value)
    assert Lake(bank).ids() == []


def test_a_truncated_gz_is_refused(drop, bank):
    (drop / "customers.csv").unlink()
    whole = gzip.compress(customers().encode() * 100)
    (drop / "customers.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"customers.csv.gz is cut off or damaged"):
        take_in([drop], bank, source="test")
    assert Lake(bank).ids() == []


VALUES = {
    "text in a number": (",120,", ",viele,", "人数", "整数"),
    "fraction in a whole number": (",120,", ",12.5,", "人数", "整数"),
    "31 February": ("2020-01-31", "2020-02-31", "开户日", "日历上存在的日期"),
    "a date with more": ("2020-01-31", "2020-01-31 (BC)", "开户日", "日历上存在的日期"),
    "negative count": (",120,", ",-120,", "人数", "不得小于 0"),
    "digits with underscores": (",120,", ",1_2,", "人数", "整数"),
    "unknown code": ("企业", "星球", "类型", "不在取值表中"),
    "required and empty": (",N,,1980", ",,,1980", "拒绝营销", "必填"),
    "year out of range": ("1980", "1066", "出生年份", "不得小于 1850"),
    "orphan": (",B2,", ",B9,", "机构", "表 branches 中不存在"),
    "control character": ("C1,", "C\x011,", "客户号", "格式不符"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_bad_value_is_quarantined_with_file_line_header_and_remedy(drop, bank, case):
    old, new, header, rule = VALUES[case]
    put(drop, customers((old, new)))
    load = take_in([drop], bank)
    rows = report(load)
    assert load.tables["customers"].quarantined == 1
    assert [row["列"] for row in rows] == [header]
    assert rows[0]["文件"] == "customers.csv"
    assert rows[0]["行"] == str(1 + next(n for n, row in enumerate(ROWS, 1) if old in row))
    assert rule in rows[0]["规则"]
    assert rows[0]["处理办法"]
    assert len(open_bank(bank).table("customers")) == 3


def test_a_negative_balance_is_refused_unless_the_source_declares_it(drop, bank, home):
    text_ = (
        "客户号;期末;口径;收入(万元);资产;负债\nC1;2025-12-31;1;1;-100;50\nC2;2025-12-31;1;1;1;1\n"
    )
    (drop / "financials.csv").write_text(text_, "utf-8")
    assert take_in([drop], bank).tables["financials"].quarantined == 1
    path = home / "data" / "sources" / "test.toml"
    excused = path.read_text("utf-8").replace(
        'table = "financials"\n', 'table = "financials"\nallow_negative = ["total_assets"]\n'
    )
    path.write_text(excused, "utf-8")
    load = take_in([drop], home / "other")
    assert load.tables["financials"].quarantined == 0
    assert load.negative == {"financials": ("total_assets",)}


def test_a_quoted_newline_shifts_lines_not_records(drop, bank):
    rows = ('C1,企业,440300,B1,2020-01-31,否,120,"\n"', *ROWS[1:3], "C4,个人,440300,B1,坏,1,,1990")
    put(drop, customers(rows=rows))
    row = report(take_in([drop], bank))[0]
    assert (row["行"], row["记录"]) == ("6", "4")


def test_a_duplicate_key_keeps_the_first_row(drop, bank):
    put(drop, customers(rows=(*ROWS, "C1,企业,440300,B1,2020-01-31,否,999,")))
    load = take_in([drop], bank)
    assert "主键重复" in report(load)[0]["规则"]
    assert 999 not in set(open_bank(bank).table("customers")["employees"])


def test_values_in_the_report_are_masked(drop, bank):
    put(drop, customers(("1980", "13912345678")))
    row = report(take_in([drop], bank))[0]
    assert row["值（已遮盖）"] == "1•••"


def test_markup_and_formulas_stay_text(drop, bank):
    (drop / "机构.csv").write_text(
        "机构编号,机构名称,地区,职能\nB1,<script>alert(1)</script>,440300,risk\nB2,=cmd(),440300,risk\n",
        "utf-8",
    )
    take_in([drop], bank)
    names = open_bank(bank).table("branches")["branch_name"].tolist()
    assert names == ["<script>alert(1)</script>", "=cmd()"]


def test_a_formula_in_a_report_is_made_inert():
    assert quarantine.inert("=cmd()") == "'=cmd()"
    assert quarantine.masked("=cmd()") == "••••"


def test_the_report_speaks_both_languages(drop, bank):
    put(drop, customers(("1980", "1066")))
    load = take_in([drop], bank)
    english = Path(load.report).with_name("report.en.csv").read_text("utf-8-sig")
    assert "Year of birth must not be below 1850." in english
    assert text.language() == "zh"


def test_a_load_over_its_limit_commits_nothing_and_leaves_the_report(drop, bank):
    put(drop, customers(("1980", "1066")))
    with pytest.raises(DataError, match=r"more than the limit of 10\.0%") as caught:
        take_in([drop], bank, error_limit=0.1)
    assert "customers.csv 第 3 行" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert Lake(bank).ids() == []
    assert list(bank.glob("quarantine/*/report.csv"))


@pytest.mark.parametrize("place", ["report", "table", "snapshot", "bank"])
def test_a_full_disk_takes_nothing_in(drop, bank, monkeypatch, place):
    put(drop, customers(("1980", "1066")))
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*_, **__):
        raise full

    target = {
        "report": (quarantine, "write"),
        "table": (lake.Lake, "_merge"),
        "snapshot": (lake.Lake, "_publish"),
        "bank": (About, "write"),
    }[place]
    monkeypatch.setattr(*target, fail)
    with pytest.raises(MachineError, match="the disk is full; nothing was taken in"):
        take_in([drop], bank)
    monkeypatch.undo()
    assert Lake(bank).ids() == []


LIMITED = """
import resource, sys
from pathlib import Path
from workbench.data import intake
from workbench.errors import MachineError
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    intake.take_in([Path(sys.argv[1])], Path(sys.argv[2]))
except MachineError as error:
    print(error)
"""


def test_a_file_the_machine_refuses_to_write_takes_nothing_in(drop, bank):
    rows = [f"C{at}x{at * 7919 % 1000003},个人,440300,B1,2020-01-31,否,,1980" for at in range(5000)]
    with gzip.open(drop / "customers.csv.gz", "wt", encoding="utf-8") as file:
        file.write(customers(rows=rows))
    (drop / "customers.csv").unlink()
    for data in (drop, drop / "机构.csv"):
        command = [sys.executable, "-c", LIMITED, str(data), str(bank)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if data is drop:
            assert "nothing was taken in" in done.stdout, done.stderr
            assert Lake(bank).ids() == []
    assert take_in([drop], bank).tables["customers"].accepted == 5000


def test_the_lakes_own_error_for_a_full_disk_is_said_plainly(drop, bank, monkeypatch):
    # The text is delta-rs's own, seen on a file system of two megabytes.
    text_ = (
        "Failed to parse parquet: External: Generic LocalFileSystem error: "
        "Unable to copy data to file: No space left on device (os error 28)"
    )

    def fail(*_, **__):
        raise deltalake.exceptions.DeltaError(text_)

    with monkeypatch.context() as broken:
        broken.setattr(deltalake, "write_deltalake", fail)
        with pytest.raises(MachineError, match="the disk is full; nothing was taken in; make room"):
            take_in([drop], bank)
    assert Lake(bank).ids() == []
    assert take_in([drop], bank).tables["customers"].accepted == 4


def test_a_disk_that_fills_after_the_commit_does_not_deny_it(drop, bank, monkeypatch):
    write = durable.write

    def fail(path, *arguments, **options):
        if path.parent.name == "loads":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, *arguments, **options)

    monkeypatch.setattr(durable, "write", fail)
    assert take_in([drop], bank).tables["customers"].accepted == 4
    monkeypatch.undo()
    assert len(open_bank(bank).table("customers")) == 4


def test_a_report_is_of_the_last_try_not_of_an_earlier_one(drop, bank, home):
    put(drop, customers(("1980", "1066")))
    with pytest.raises(DataError, match="more than the limit"):
        take_in([drop], bank, error_limit=0)
    path = home / "data" / "sources" / "test.toml"
    plain, coded = '"人数"', '{ header = "人数", codes = { "120" = "viele" } }'
    without = path.read_text("utf-8").replace('columns.birth_year = "出生年份"\n', "")
    path.write_text(without.replace(plain, coded), "utf-8")
    load = take_in([drop], bank)
    assert [row["列"] for row in report(load)] == ["人数"]
    assert not list(bank.rglob("*.unfinished"))


def test_very_many_faults_make_a_report_of_the_first_ones(drop, bank):
    bad = [f"C{at},星球,440300,B1,2020-01-31,否,,1066" for at in range(10, 12_000)]
    put(drop, customers(rows=(*ROWS, *bad)))
    load = take_in([drop], bank, error_limit=1)
    rows = report(load)
    assert load.tables["customers"].quarantined == len(bad)
    assert len(rows) == quarantine.MOST
    assert [row["记录"] for row in rows[:4]] == ["5", "5", "6", "6"]


KILLED = """
import os, signal, sys
from pathlib import Path
import deltalake
from workbench.data import intake
target, before = int(sys.argv[3]), sys.argv[4] == "before"
count = 0

def watched(function):
    def call(*args, **kwargs):
        global count
        count += 1
        here = count == target
        if here and before:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return function(*args, **kwargs)
        finally:
            if here:
                os.kill(os.getpid(), signal.SIGKILL)
    return call

Path.replace = watched(Path.replace)
Path.write_text = watched(Path.write_text)
deltalake.write_deltalake = watched(deltalake.write_deltalake)
deltalake.DeltaTable.restore = watched(deltalake.DeltaTable.restore)
os.fsync = watched(os.fsync)
os.open = watched(os.open)
intake.take_in([Path(sys.argv[1])], Path(sys.argv[2]))
print(count)
"""


def killed(drop, bank, at, when):
    command = [sys.executable, "-c", KILLED, str(drop), str(bank), str(at), when]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_load_killed_at_any_write_leaves_the_bank_as_it_was_or_as_it_should_be(
    drop, bank, when, step
):
    take_in([drop], bank)
    before = open_bank(bank).table("customers")
    put(drop, customers((",120,", ",150,"), ("1990", "1066")))
    outcomes = set()
    for at in range(1, 100, step):
        copy = bank.with_name(f"copy{at}")
        shutil.copytree(bank, copy)
        done = killed(drop, copy, at, when)
        now = open_bank(copy).table("customers")
        committed = 150 in set(now["employees"].dropna())
        outcomes.add(committed)
        assert committed or now.equals(before), at
        assert len(now) == 4
        if not committed:
            take_in([drop], copy)
            assert 150 in set(open_bank(copy).table("customers")["employees"].dropna())
        if committed or done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert at > 5
    assert True in outcomes


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_first_load_killed_at_any_write_can_be_repeated(drop, home, when):
    for at in range(1, 60):
        bank = home / f"bank{at}"
        done = killed(drop, bank, at, when)
        if done.returncode == -signal.SIGKILL and not Lake(bank).ids():
            take_in([drop], bank)
            assert not list(bank.glob(".unpacked-*"))
        if done.returncode == 0 or "taken in before" in done.stderr:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert at > 5
    assert len(open_bank(bank).table("customers")) == 4


def test_a_damaged_workbook_or_parquet_file_is_refused(drop, bank):
    (drop / "customers.csv").unlink()
    for name in ("customers.xlsx", "customers.parquet"):
        (drop / name).write_bytes(b"PK\x03\x04 nothing")
        with pytest.raises(DataError, match=f"{name} is not a whole"):
            take_in([drop], bank, source="test")
        (drop / name).unlink()
