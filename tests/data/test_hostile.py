"""Nothing that identifies anybody is written outside the vault, whatever comes in and fails."""

import gzip
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from tests.data import markers
from tests.data.files import BRANCHES
from tests.faults.test_intake_kills import TAKE_IN
from tests.report import sample
from workbench import cli, text
from workbench.data import bank as banks
from workbench.data import scratch
from workbench.data.scratch import PREFIX

PROJECT = Path(__file__).parents[2]
FIRST = markers.PEOPLE[0]


@pytest.fixture
def drop(home):
    folder = home / "drop"
    folder.mkdir()
    markers.source(home)
    (folder / "机构.csv").write_text(BRANCHES, "utf-8")
    (folder / "customers.csv").write_text(markers.customers(), "utf-8")
    (folder / "identities.csv").write_text(markers.identities(), "gb18030")
    (folder / "staff.csv").write_text(markers.staff(), "utf-8")
    return folder


@pytest.fixture
def ran(home, drop, bank):
    """Run a command; whatever it says and leaves must give nobody away."""

    def run(*words, code=0):
        outcome = CliRunner().invoke(cli.app, [*map(str, words), "--bank", str(bank)])
        assert markers.told(outcome.output.encode()) == []
        assert code is None or outcome.exit_code == code, outcome.output
        assert isinstance(outcome.exception, (SystemExit, type(None)))
        assert markers.found(home, drop) == {}
        return outcome

    return run


def test_the_look_finds_what_is_planted(tmp_path):
    assert [form for form in markers.FORMS if not markers.told(b"x" + form + b"y")] == []
    (tmp_path / "rows.txt").write_bytes(FIRST["name"].encode("gb18030"))
    (tmp_path / FIRST["phone"]).write_text("")
    assert len(markers.found(tmp_path)) == 2


def test_good_files_leave_nothing(ran, drop, monkeypatch):
    ran("check", drop)
    ran("intake", drop)
    ran("intake", drop, code=5)
    ran("audit", "verify")
    monkeypatch.setenv("WORKBENCH_ROLE", "auditor")
    ran("audit", "show")


BROKEN = {
    "missing documents": ("identities.csv", markers.identities(bad=(1, 2, 3, 4, 5, 6, 7, 8))),
    "no such customers": ("customers.csv", markers.customers(people=markers.PEOPLE[:2])),
    "no such codes": ("customers.csv", markers.customers(kind=FIRST["name"])),
    "no dates": ("customers.csv", markers.customers(day=FIRST["document"])),
    "no header": ("customers.csv", markers.customers().partition("\n")[2]),
    "no header of people": ("identities.csv", markers.identities().partition("\n")[2]),
    "an identifying header": (
        "customers.csv",
        markers.customers().replace("客户号", FIRST["name"]),
    ),
    "a column more": ("customers.csv", markers.customers().replace("\n", f",{FIRST['phone']}\n")),
    "an open quote": (
        "identities.csv",
        markers.identities().replace(FIRST["name"], f'"{FIRST["name"]}'),
    ),
    "a column too many": (
        "identities.csv",
        markers.identities().replace(FIRST["mail"], f"{FIRST['mail']},x"),
    ),
    "numbers twice": ("identities.csv", markers.identities() * 2),
    "notes": (
        "interactions.csv",
        markers.interactions([f"请致电{each['phone']}" for each in markers.PEOPLE]),
    ),
    "a password": ("identities.csv", markers.identities().replace("地址", "密码")),
    "nothing but a number": ("customers.csv", FIRST["document"]),
    "no text": ("identities.csv", None),
}


def some(names, quick):
    """Return `names` as parameters; only the `quick` ones are tried every time."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.full) for name in names]


QUICK = ("missing documents", "no such codes", "no header of people", "an open quote", "notes")


@pytest.mark.parametrize("what", some(BROKEN, QUICK))
def test_files_that_are_wrong_leave_nothing(ran, drop, what):
    name, content = BROKEN[what]
    if content is None:
        whole = markers.identities().encode()
        (drop / name).write_bytes(whole + b"\xff\xfe\x81" + FIRST["name"].encode("utf-16"))
    else:
        (drop / name).write_text(content, "utf-8")
    ran("check", drop, code=None)
    if ran("intake", drop, code=None).exit_code:
        ran("intake", drop, "--release", "已与来源核对", code=None)


NAMED = [
    f"customers_{FIRST[kind]}.csv"
    for kind in ("name", "document", "phone", "number", "card", "latin")
]
NAMED += [f"{FIRST['name']}.csv", f"customers-{markers.STAFF['B1']}_2026-09.csv"]


@pytest.mark.parametrize("name", some(NAMED, (NAMED[0], NAMED[-2])))
def test_names_of_files_are_not_repeated_where_they_name_people(ran, drop, name):
    (drop / "customers.csv").rename(drop / name)
    known = name.startswith("customers")
    ran("check", drop, code=0 if known else 6)
    ran("intake", drop, code=0 if known else 6)
    if known:
        (drop / name).write_text(markers.customers(kind="无"), "utf-8")
        ran("intake", drop, code=6)
        ran("intake", drop, code=6)
        (drop / name).write_text("x\n", "utf-8")
        ran("intake", drop, code=6)


def test_what_operators_do_with_identities_leaves_nothing(ran, home, drop, bank, monkeypatch):
    ran("intake", drop)
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    numbers = [banks.key(bank).pseudonym(each["number"], "customer") for each in markers.PEOPLE]
    listed = home / "list.csv"
    listed.write_text("\n".join(["customer_id", *numbers]) + "\n", "utf-8")
    (drop / ".staff").mkdir()
    given = drop / ".staff" / "all.csv"
    given.write_text("staff_id\n" + "\n".join(markers.STAFF.values()) + "\n", "utf-8")
    deliver = ("--to", home / "out", "--purpose", "collection")
    assert "B2" in ran("deliver", listed, *deliver).stdout
    ran("backup", home / "safe")
    ran("rotate", "--vault")
    ran("rotate", "--staff", drop / "customers.csv", code=6)
    ran("forget", "--customers", listed, code=6)
    ran("rotate", "--staff", given)
    ran("deliver", drop / "identities.csv", *deliver, code=6)
    ran("forget", "--customers", drop / "identities.csv", code=6)
    ran("audit", "show")
    ran("audit", "verify")
    for name in ("vault", "pseudonym"):
        (bank / "vault" / f"{name}.key").write_text("ab" * 32)
    ran("deliver", listed, *deliver, code=2)
    (drop / "customers.csv").write_text(markers.customers(day="2021-01-31"), "utf-8")
    ran("intake", drop, code=2)


KILLED = """
import os, signal, sys
from workbench.data import attempt, intake, recognise
def end(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
for place in sys.argv.pop(1).split():
    module, _, name = place.rpartition(".")
    owner = {"recognise": recognise, "attempt": attempt.Attempt}[module]
    setattr(owner, name, end)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
@pytest.mark.parametrize("before", ["recognise._require", "attempt._foresee", "attempt._commit"])
@pytest.mark.parametrize("wrapped", ["gb18030", "gz", "xlsx"])
def test_a_load_that_is_killed_leaves_nothing(ran, home, drop, bank, before, wrapped):
    listed = (drop / "identities.csv").read_text("gb18030")
    if wrapped != "gb18030":
        (drop / "identities.csv").unlink()
    if wrapped == "gz":
        (drop / "identities.csv.gz").write_bytes(gzip.compress(listed.encode()))
    if wrapped == "xlsx":
        with xlsxwriter.Workbook(drop / "identities.xlsx") as book:
            sheet = book.add_worksheet()
            for at, line in enumerate(listed.splitlines()):
                sheet.write_row(at, 0, line.split(","))
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    with (home / "said.txt").open("wb") as said:
        command = [sys.executable, "-c", KILLED + TAKE_IN, before, "intake", drop, "--bank", bank]
        ended = subprocess.run(command, env=environment, stdout=said, stderr=said)
    assert ended.returncode == -signal.SIGKILL, (home / "said.txt").read_text("utf-8")
    left = markers.found(home, drop)
    if scratch.NAMELESS:
        assert left == {}
        held = [*bank.glob(f"{PREFIX}*")]
        assert held
        assert all(stat.S_IMODE(place.stat().st_mode) == 0o700 for place in held)
    assert {place for place in left if PREFIX not in place} == set()
    ran("intake", drop)
    assert [*bank.glob(f"{PREFIX}*")] == []
    assert markers.found(home, drop) == {}


SEEN = """import os
from pathlib import Path

from workbench import open_bank

bank = open_bank()
print(*(bank.table(name).to_string() for name in ("customers", "staff", "interactions")))
print(bank.folder.joinpath("bank.json").read_text("utf-8"))
print(os.environ, Path("/proc/self/environ").read_bytes())
result = sample.branches(first=first)"""
FAILING = (
    SEEN
    + """
raise ValueError(bank.table("customers").to_string())"""
)


@pytest.mark.parametrize("kind", ["ordinary", pytest.param("preloaded", marks=pytest.mark.full)])
def test_notebooks_that_show_all_they_see_and_fail_leave_nothing(
    ran, home, drop, bank, monkeypatch, kind
):
    (home / "reports" / "packs").mkdir(parents=True)
    entries = {**text.catalogue(), **sample.ENTRIES}
    monkeypatch.setattr(text, "catalogue", lambda: entries)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    ran("intake", drop)
    secret = (bank / "vault" / "vault.key").read_text().strip()
    (bank / "vault" / "vault.key").unlink()
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", secret)
    sample.notebook(home / "notebooks" / "sample.ipynb", load=SEEN)
    ran("run", "sample", "--as-of", "2026-09-30", "--kernel", kind)
    sample.notebook(home / "notebooks" / "sample.ipynb", load=FAILING)
    ran("run", "sample", "--as-of", "2026-09-30", "--kernel", kind, code=3)
    pages = "".join(path.read_text("utf-8") for path in home.rglob("sample.*.html"))
    holders = [
        path
        for path in (home / "reports").rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert holders == []
    heads = set(re.findall(r"<code>([0-9a-f]{32})</code>", pages))
    assert heads
    for head in heads:
        ran("audit", "verify", "--head", head)
