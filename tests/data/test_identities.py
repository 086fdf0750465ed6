"""Who people are goes into the vault and nowhere else."""

import pytest

from tests.data.files import customers
from workbench.data import bank as banks
from workbench.data.bank import open_bank
from workbench.data.intake import check, take_in
from workbench.errors import DataError, ParameterError
from workbench.privacy import roles, vault
from workbench.privacy.audit import Log

SOURCE = """
[[file]]
pattern = "identities*.csv"
[[file.table]]
table = "customer_identities"
columns.customer_id = "客户号"
columns.core_customer_no = "客户号"
columns.legal_name = "姓名"
columns.id_type = { value = "resident_id" }
columns.id_number = "证件号"
columns.phone = "手机"
"""
PEOPLE = (
    "客户号,姓名,证件号,手机\n"
    "C1,测甲甲,110101199003070011,13800000001\n"
    "C2,测乙乙,110101199003070038,13800000002\n"
    "C9,测丙丙,110101199003070054,13800000003\n"
)


@pytest.fixture
def drop(drop, home):
    with (home / "data" / "sources" / "test.toml").open("a", encoding="utf-8") as file:
        file.write(SOURCE)
    (drop / "identities.csv").write_text(PEOPLE, "utf-8")
    return drop


def opened(bank, purpose="keep vault"):
    return vault.opened(banks.keys(bank), roles.current("operator"), purpose)


def test_identities_are_in_the_vault_under_the_pseudonyms_of_the_lake(drop, bank):
    load = take_in([drop], bank)
    assert load.tables["customer_identities"].accepted == 2
    with opened(bank) as held:
        known = held.identities(open_bank(bank).table("customers")["customer_id"])
    assert {row["core_customer_no"] for row in known.values()} == {"C1", "C2"}
    assert {row["legal_name"] for row in known.values()} == {"测甲甲", "测乙乙"}
    assert [entry.action for entry in Log(bank).entries()][:2] == ["open vault", "intake"]


def test_a_customer_that_is_not_there_has_no_identity(drop, bank):
    load = take_in([drop], bank)
    assert load.tables["customer_identities"].quarantined == 1


def test_nothing_outside_the_vault_says_who_anybody_is(drop, bank):
    take_in([drop], bank)
    words = [word.encode() for word in ("测甲甲", "110101199003070011", "13800000001", "测丙丙")]
    told = [
        path
        for path in bank.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in words)
    ]
    assert told == []
    with pytest.raises(DataError, match="customer_identities"):
        open_bank(bank).table("customer_identities")


def test_a_check_opens_no_vault(drop, bank):
    check([drop], bank)
    assert not vault.exists(bank)


def test_a_role_that_may_not_keep_identities_takes_none_in(drop, bank, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "analyst")
    with pytest.raises(ParameterError, match="the right 'keep vault'"):
        take_in([drop], bank)
    assert not (bank / "snapshots").exists()
    (drop / "identities.csv").unlink()
    (drop / "customers.csv").write_text(customers((",120,", ",130,")), "utf-8")
    assert take_in([drop], bank).tables["customers"].accepted == 4
