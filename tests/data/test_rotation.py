"""Changes of keys: new pseudonyms are those a later load computes, and nothing else changes."""

import pytest

from tests.data import people
from tests.data.files import customers
from workbench import schema
from workbench.data import bank as banks
from workbench.data import rotation
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.data.lake import Lake
from workbench.errors import DataError, NothingToDoError, ParameterError
from workbench.privacy.audit import Log
from workbench.privacy.keys import Key


@pytest.fixture
def bank(drop, home, bank):
    people.write(drop, home)
    people.take(drop, bank)
    return bank


@pytest.fixture
def staff(home):
    (home / "staff.csv").write_text("姓名,STAFF_ID\n,S1\n,S2\n,S3\n", "utf-8")
    return home / "staff.csv"


def plain(bank, table, kind="customer", numbers=("C1", "C2", "C3", "C4", "S1", "S2")):
    """Return a table of the lake with the numbers that its pseudonyms stand for."""
    key = banks.key(bank)
    back = {key.pseudonym(no, "customer" if no[0] == "C" else "staff"): no for no in numbers}
    rows = open_bank(bank).table(table)
    columns = [each.name for each in schema.table(table).columns if each.pseudonymised]
    for name in columns:
        rows[name] = rows[name].map(back)
    return rows.sort_values(columns).reset_index(drop=True)


def test_everybody_has_the_pseudonym_that_the_new_key_gives(bank, staff):
    names = ("customers", "staff", "financials")
    before = {name: plain(bank, name) for name in names}
    old, first = banks.key(bank), open_bank(bank)
    seen = set(first.table("customers")["customer_id"])
    done = rotation.rotate(bank, staff)
    assert (done.before, done.after) == (old.id, banks.key(bank).id)
    assert (done.people, done.tables) == (7, 3)
    assert {name: plain(bank, name).equals(before[name]) for name in names} == dict.fromkeys(
        names, True
    )
    now = open_bank(bank).table("customers")["customer_id"]
    assert not seen & set(now)
    assert {no["core_customer_no"] for no in people.identified(bank).values()} == {*people.NAMES}
    assert set(people.identified(bank)) == set(now)
    assert set(open_bank(bank, snapshot=first.snapshot).table("customers")["customer_id"]) == seen
    assert banks.about(bank).next_key_id == ""
    assert not (bank / "vault" / "pseudonym_next.key").exists()
    assert f"pseudonym {old.id} to {done.after}" in [e.subject for e in Log(bank).entries()]


def test_a_later_load_meets_the_same_customers(bank, staff, drop):
    rotation.rotate(bank, staff)
    (drop / "customers.csv").write_text(customers((",120,", ",777,")), "utf-8")
    take_in([drop], bank)
    assert list(open_bank(bank).table("customers")["employees"].dropna()).count(777) == 1
    assert len(open_bank(bank).table("customers")) == 4
    rotation.rotate(bank, staff)
    assert len(plain(bank, "financials")["customer_id"].dropna()) == 2
    with pytest.raises(NothingToDoError):
        take_in([drop], bank)


def test_somebody_whose_number_is_not_known_stops_it(bank, home, staff, drop):
    before = banks.about(bank), Lake(bank).ids()
    with pytest.raises(DataError, match="the numbers of 2 staff in the lake are not known"):
        rotation.rotate(bank)
    (home / "staff.csv").write_text("staff_id\nS1\n")
    with pytest.raises(DataError, match="the numbers of 1 staff in the lake"):
        rotation.rotate(bank, staff)
    assert (banks.about(bank), Lake(bank).ids()) == before
    more = customers(
        rows=("C7,企业,440300,B1,2020-01-31,否,120,", "C8,企业,440300,B1,2020-01-31,否,1,")
    )
    (drop / "customers.csv").write_text(more, "utf-8")
    take_in([drop], bank)
    (home / "staff.csv").write_text("staff_id\nS1\nS2\n")
    with pytest.raises(DataError, match="the numbers of 2 customer in the lake"):
        rotation.rotate(bank, staff)
    assert banks.about(bank).next_key_id == ""
    assert banks.key(bank).id == before[0].key_id


def test_a_key_that_is_kept_elsewhere_is_put_in_place_by_people(bank, staff, monkeypatch):
    old, new = banks.key(bank), Key.new()
    (bank / "vault" / "pseudonym.key").unlink()
    monkeypatch.setenv("WORKBENCH_KEY_PSEUDONYM", old.secret.hex())
    monkeypatch.setenv("WORKBENCH_KEY_PSEUDONYM_NEXT", new.secret.hex())
    said = f"WORKBENCH_KEY_PSEUDONYM still holds key {old.id}: put key {new.id}, now in"
    with pytest.raises(ParameterError, match=said) as error:
        rotation.rotate(bank, staff)
    assert new.secret.hex()[:10] not in str(error.value)
    with pytest.raises(ParameterError, match="was cut short; run `workbench rotate` to finish"):
        banks.key(bank)
    assert len(open_bank(bank).table("customers")) == 4
    monkeypatch.setenv("WORKBENCH_KEY_PSEUDONYM", new.secret.hex())
    assert rotation.rotate(bank).after == new.id
    assert banks.key(bank).id == new.id
    with pytest.raises(ParameterError, match="holds the key that is in force already"):
        rotation.rotate(bank)


def test_the_vault_gets_another_key(bank):
    known, old = people.identified(bank), (bank / "vault" / "vault.key").read_text().strip()
    done = rotation.rotate_vault(bank)
    assert (bank / "vault" / "vault.key").read_text().strip() != old
    assert done.before == Key(bytes.fromhex(old)).id
    assert people.identified(bank) == known
    assert not (bank / "vault" / "vault_next.key").exists()
    (bank / "vault" / "vault.key").write_text(old)
    with pytest.raises(ParameterError, match=f"was made with key {done.after}"):
        people.identified(bank)


def test_a_role_that_may_not_and_a_demo_bank_are_refused(bank, home, staff, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "risk")
    for change in (lambda: rotation.rotate(bank, staff), lambda: rotation.rotate_vault(bank)):
        with pytest.raises(ParameterError, match="the right 'change keys'"):
            change()
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    banks.About("x", "x", demo=True).write(home / "demo")
    for change in (rotation.rotate, rotation.rotate_vault):
        with pytest.raises(ParameterError, match="is a demo bank"):
            change(home / "demo")
