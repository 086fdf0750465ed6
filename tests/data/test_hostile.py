"""Nothing that identifies anybody is written outside the vault, whatever comes in and fails."""

import pytest
from typer.testing import CliRunner

from tests.data import markers
from tests.data.files import BRANCHES
from workbench import cli
from workbench.data import bank as banks

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


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("command", ["check", "intake"])
def test_files_that_are_wrong_leave_nothing(ran, drop, what, command):
    name, content = BROKEN[what]
    if content is None:
        whole = markers.identities().encode()
        (drop / name).write_bytes(whole + b"\xff\xfe\x81" + FIRST["name"].encode("utf-16"))
    else:
        (drop / name).write_text(content, "utf-8")
    if ran(command, drop, code=None).exit_code:
        ran("intake", drop, "--release", "已与来源核对", code=None)


NAMED = [
    f"customers_{FIRST[kind]}.csv"
    for kind in ("name", "document", "phone", "number", "card", "latin")
]
NAMED += [f"{FIRST['name']}.csv", f"customers-{markers.STAFF['B1']}_2026-09.csv"]


@pytest.mark.parametrize("name", NAMED)
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


def listed(home, bank):
    path = home / "list.csv"
    numbers = [banks.key(bank).pseudonym(each["number"], "customer") for each in markers.PEOPLE]
    path.write_text("\n".join(["customer_id", *numbers]) + "\n", "utf-8")
    return path
