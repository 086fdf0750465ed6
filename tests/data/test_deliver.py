"""Lists with identities: the right rows, encrypted, and nothing in clear anywhere."""

import io
import stat
from datetime import datetime, timedelta

import msoffcrypto
import pytest
from python_calamine import CalamineWorkbook

from tests.data import people
from workbench.data import bank as banks
from workbench.data import deliver
from workbench.errors import DataError, MachineError, ParameterError
from workbench.privacy.audit import Log

NOW = datetime.now().replace(microsecond=0)
PAST, FUTURE = NOW - timedelta(days=9), NOW + timedelta(days=9)
CONSENTS = f"""授权号,客户号,目的,授权时间,到期时间,撤回时间
1,C1,marketing,{PAST},,
2,C2,marketing,{PAST},,{NOW - timedelta(days=1)}
3,C2,survey,{PAST},{FUTURE},
4,C3,marketing,{PAST},{NOW - timedelta(days=1)},
5,C4,marketing,{PAST},,
"""


@pytest.fixture
def bank(drop, home, bank):
    people.write(drop, home, consents=CONSENTS)
    people.take(drop, bank)
    return bank


@pytest.fixture
def listed(bank, home):
    """A list of everybody, somebody unknown, and one customer twice."""
    key = banks.key(bank)
    rows = [f"{key.pseudonym(no, 'customer')},=1+1,{no}" for no in (*people.NAMES, "C9", "C1")]
    (home / "list.csv").write_text("\n".join(["customer_id,理由,x", *rows]) + "\n", "utf-8")
    return home / "list.csv"


def opened(bank, path):
    password = (bank / "vault" / "delivery" / f"{path.stem[-2:]}.key").read_text().strip()
    clear = io.BytesIO()
    with path.open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        assert office.is_encrypted()
        office.load_key(password=password, verify_password=True)
        office.decrypt(clear, verify_integrity=True)
    clear.seek(0)
    return CalamineWorkbook.from_filelike(clear).get_sheet_by_index(0).to_python()


def test_for_marketing_only_who_agreed_and_may_be_contacted(bank, listed, home):
    done = deliver.deliver(bank, listed, home / "out")
    assert done.rows == {"B1": 2}
    assert done.excluded == {
        **{"unknown": 1, "other_branch": 0, "identity": 0, "do_not_contact": 1, "consent": 2}
    }
    (path,) = (home / "out").iterdir()
    assert path.name == done.files["B1"]
    expected = ["C1", people.NAMES["C1"], people.PHONES["C1"], "=1+1", "C1"]
    assert opened(bank, path) == [
        ["核心客户号", "姓名／名称", "手机号", "理由", "x"],
        expected,
        expected,
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("purpose", "rows", "alone", "consent"),
    [
        ("survey", {"B2": 1}, 1, 3),
        ("service", {"B1": 3, "B2": 1}, 1, 0),
        ("collection", {"B1": 4, "B2": 1}, 0, 0),
    ],
)
def test_each_purpose_has_its_own_rows(bank, listed, home, purpose, rows, alone, consent):
    done = deliver.deliver(bank, listed, home / "out", purpose)
    assert done.rows == rows
    assert (done.excluded["do_not_contact"], done.excluded["consent"]) == (alone, consent)
    for branch, name in done.files.items():
        assert len(opened(bank, home / "out" / name)) == 1 + rows[branch]


def test_a_branch_gets_its_own_customers_only(bank, listed, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "relationship")
    monkeypatch.setenv("WORKBENCH_BRANCHES", "B2")
    done = deliver.deliver(bank, listed, home / "out", "collection")
    assert done.rows == {"B2": 1}
    assert done.excluded["other_branch"] == 4


def test_nobody_is_named_outside_the_workbooks(bank, listed, home, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    (home / "tmp").mkdir()
    listed.write_text(listed.read_text().replace("=1+1", "x"))
    deliver.deliver(bank, listed, home / "out", "collection")
    words = [*people.NAMES.values(), *people.PHONES.values(), *people.DOCUMENTS.values()]
    assert people.told(bank, words) == people.told(home / "out", words) == []
    assert list((home / "tmp").iterdir()) == []
    assert b"PK" not in (next((home / "out").iterdir())).read_bytes()[:4]


def test_another_password_opens_nothing(bank, listed, home):
    done = deliver.deliver(bank, listed, home / "out")
    with (home / "out" / done.files["B1"]).open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
            office.load_key(password="0" * 64, verify_password=True)


def test_the_password_stays_and_comes_from_where_keys_are(bank, listed, home):
    deliver.deliver(bank, listed, home / "out", "service")
    path = bank / "vault" / "delivery" / "B1.key"
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    deliver.deliver(bank, listed, home / "more", "service")
    assert path.read_text() == first
    path.chmod(0o644)
    with pytest.raises(MachineError, match="may be read by others"):
        deliver.deliver(bank, listed, home / "out", "service")


def test_the_audit_log_says_how_many_and_of_which_list(bank, listed, home):
    done = deliver.deliver(bank, listed, home / "out", "service")
    print_ = done.list_sha256[:12]
    said = [entry.subject for entry in Log(bank).entries() if entry.action == "deliver"]
    assert said == [
        f"list {print_}, purpose service, branch B1: 3 rows",
        f"list {print_}, purpose service, branch B2: 1 rows",
        f"list {print_}, purpose service, left out: unknown 1, other_branch 0, identity 0, "
        "do_not_contact 1, consent 0",
    ]
    assert ("open vault", "deliver") in [(e.action, e.subject) for e in Log(bank).entries()]


def test_customers_without_an_identity_are_counted(bank, listed, home):
    from workbench.privacy import roles, vault

    with vault.opened(banks.keys(bank), roles.current("operator"), "keep vault") as held:
        held.forget([banks.key(bank).pseudonym("C1", "customer")])
    done = deliver.deliver(bank, listed, home / "out")
    assert (done.rows, done.excluded["identity"]) == ({}, 2)
    assert list((home / "out").iterdir()) == []


def test_a_role_that_may_not_and_what_is_not_there_are_refused(bank, listed, home, monkeypatch):
    with pytest.raises(ParameterError, match="there is no purpose 'gossip'"):
        deliver.deliver(bank, listed, home / "out", "gossip")
    with pytest.raises(DataError, match="expected one column 'customer_id'"):
        deliver.deliver(bank, home / "drop" / "staff.csv", home / "out")
    for name in ("analyst", "risk", "auditor"):
        monkeypatch.setenv("WORKBENCH_ROLE", name)
        with pytest.raises(ParameterError, match="the right 'deliver', which"):
            deliver.deliver(bank, listed, home / "out")
    assert not (home / "out").exists()
    assert not (bank / "vault" / "delivery").exists()
