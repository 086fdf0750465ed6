"""A small bank whose customers have identities, for tests of what operators do with them."""

from dataclasses import replace

from workbench.data import bank as banks
from workbench.data.intake import take_in
from workbench.privacy import roles, vault

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

[[file]]
pattern = "staff*.csv"
[[file.table]]
table = "staff"
columns.staff_id = "工号"
columns.branch_id = "机构"
columns.role = { value = "relationship_manager" }

[[file]]
pattern = "consents*.csv"
[[file.table]]
table = "consents"
columns.consent_id = "授权号"
columns.customer_id = "客户号"
columns.purpose = "目的"
columns.data_scope = { value = "basic" }
columns.separate_consent = { value = "1" }
columns.granted_at = "授权时间"
columns.expires_at = "到期时间"
columns.withdrawn_at = "撤回时间"
"""
NAMES = {"C1": "测甲甲", "C2": "测乙乙", "C3": "测丙丙", "C4": "测丁丁"}
PHONES = {number: f"1380000000{number[1]}" for number in NAMES}
DOCUMENTS = {number: f"99010119900307001{number[1]}" for number in NAMES}
"""What stands nowhere but in the vault."""
STAFF = "工号,机构\nS1,B1\nS2,B2\n"
FINANCIALS = "客户号;期末;口径;收入(万元);资产;负债\nC1;2025-12-31;1;1;9;5\nC2;2025-12-31;1;2;8;4\n"


def identities(names=NAMES):
    """Return the file of identities of `names`."""
    rows = (f"{no},{name},{DOCUMENTS[no]},{PHONES[no]}" for no, name in names.items())
    return "\n".join(["客户号,姓名,证件号,手机", *rows]) + "\n"


def write(drop, home, **more):
    """Add identities, staff and statements to the files of the bank, and their source map."""
    with (home / "data" / "sources" / "test.toml").open("a", encoding="utf-8") as file:
        file.write(SOURCE)
    files = {"identities": identities(), "staff": STAFF, "financials": FINANCIALS, **more}
    for name, content in files.items():
        (drop / f"{name}.csv").write_text(content, "utf-8")


def take(drop, bank):
    """Take the files in and let the operator be the bank's usual role."""
    load = take_in([drop], bank)
    replace(banks.about(bank), role="operator").write(bank)
    return load


def identified(bank, purpose="keep vault"):
    """Return pseudonym → identity of everybody in the vault."""
    with vault.opened(banks.keys(bank), roles.current("operator"), purpose) as held:
        return held.identities(held.customers())


def told(folder, words):
    """Return the files below `folder` in which one of `words` stands in clear."""
    wanted = [word.encode() for word in words]
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in wanted)
    ]
