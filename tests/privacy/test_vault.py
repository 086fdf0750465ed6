"""The vault: what is put in comes out again, for whom it may, and stands nowhere in clear."""

import stat
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from workbench import schema
from workbench.errors import DataError, LockedError, MachineError, ParameterError
from workbench.privacy import roles, vault
from workbench.privacy.audit import Log
from workbench.privacy.keys import Key, Keys

NAME, PHONE = "欧阳询问", "13800001234"


def person(number, name=NAME, **more):
    return {
        "customer_id": f"c{number:020d}",
        "core_customer_no": f"K{number:09d}",
        "legal_name": name,
        "id_type": "resident_id",
        "id_number": f"99010019900101{number:04d}",
        "phone": PHONE,
        **more,
    }


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path, "b1")


@pytest.fixture
def opened(keys):
    """Return a function that opens the vault for a purpose, in a role that may."""

    def open_for(purpose="keep vault", name="operator"):
        return vault.opened(keys, roles.current(name), purpose)

    return open_for


@pytest.fixture
def filled(opened, keys):
    with opened() as kept:
        kept.put([person(1), person(2, "司马光"), person(3, "诸葛亮", email=None)])
    return keys.folder / "vault" / "identities.db"


def test_what_is_put_in_comes_out_again(filled, opened):
    with opened("deliver") as kept:
        found = kept.identities(["c" + "0" * 19 + "2", "c unknown"])
    expected = dict.fromkeys(column.name for column in schema.table(vault.TABLE).columns)
    assert found == {person(2)["customer_id"]: {**expected, **person(2, "司马光")}}


def test_many_are_found_at_once(opened):
    with opened() as kept:
        assert kept.put(person(number) for number in range(1_234)) == 1_234
        assert set(kept.identities(kept.customers())) == set(kept.customers())
        assert len(kept) == 1_234


def test_the_same_customer_again_replaces_the_row(filled, opened):
    with opened() as kept:
        kept.put([person(1, "新名字", phone=None)])
        assert len(kept) == 3
        found = kept.identities([person(1)["customer_id"]])
    (row,) = found.values()
    assert (row["legal_name"], row["phone"]) == ("新名字", None)


def test_names_are_given_once_in_an_order_of_their_own(filled, opened):
    with opened() as kept:
        kept.put([person(9, "诸葛亮")])
    with opened("scan vault", "analyst") as kept:
        assert list(kept.names()) == sorted(["司马光", "欧阳询问", "诸葛亮"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({**person(5, NAME), "password": "x"}, r"identity 2: there are no columns \['password'\]"),
        ({**person(5, NAME), "legal_name": ""}, r"identity 2: \['legal_name'\] are empty"),
    ],
)
def test_a_row_that_does_not_fit_leaves_the_vault_as_it_was(filled, opened, wrong, said):
    with opened() as kept:
        with pytest.raises(DataError, match=said) as error:
            kept.put([person(4), wrong])
        assert len(kept) == 3
    assert PHONE not in str(error.value)
    assert NAME not in str(error.value)


def test_nothing_stands_in_clear_and_only_the_owner_may_read_it(filled):
    written = filled.read_bytes()
    for value in (NAME, PHONE, "K000000001", "legal_name", "SQLite format"):
        assert value.encode() not in written
    assert stat.S_IMODE(filled.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("analyst", "deliver"),
        ("analyst", "keep vault"),
        ("risk", "deliver"),
        ("auditor", "scan vault"),
    ],
)
def test_a_role_that_may_not_is_refused_and_that_is_noted(filled, opened, keys, name, purpose):
    with pytest.raises(ParameterError, match=f"role '{name}' may not"), opened(purpose, name):
        pass
    last = list(Log(keys.folder).entries())[-1]
    assert (last.action, last.role, last.subject) == ("vault refused", name, purpose)


def test_every_opening_is_noted_with_role_and_purpose(filled, opened, keys):
    with opened("scan vault", "analyst"), opened("deliver"):
        pass
    entries = list(Log(keys.folder).entries())
    assert [(entry.action, entry.role, entry.subject) for entry in entries] == [
        ("open vault", "operator", "keep vault"),
        ("open vault", "analyst", "scan vault"),
        ("open vault", "operator", "deliver"),
    ]


def test_who_looks_for_names_gets_names_and_nothing_else(filled, opened):
    with opened("scan vault", "analyst") as kept:
        for forbidden in (
            lambda: kept.identities([]),
            lambda: list(kept.customers()),
            lambda: kept.put([]),
            lambda: kept.forget([]),
            lambda: kept.change_key(Key.new()),
        ):
            with pytest.raises(ParameterError, match="opened to 'scan vault'; this takes"):
                forbidden()


def test_a_wrong_key_is_named_in_one_line(filled, opened, keys):
    right, wrong = keys.get("vault"), Key.new()
    keys.file("vault").write_text(wrong.secret.hex())
    said = f"was made with key {right.id}, but the vault key found is {wrong.id}"
    with pytest.raises(ParameterError, match=said) as error, opened():
        pass
    assert "\n" not in str(error.value)
    assert wrong.secret.hex()[:8] not in str(error.value)


def test_a_missing_key_is_named_and_none_is_made(filled, opened, keys):
    keys.file("vault").unlink()
    with pytest.raises(ParameterError, match="key 'vault' is missing"), opened():
        pass
    assert not keys.file("vault").exists()


def test_a_damaged_file_is_told_from_a_wrong_key(filled, opened):
    filled.write_bytes(b"x" * 64 + filled.read_bytes()[64:])
    with pytest.raises(DataError, match=r"it is damaged.*restore it from the backup"), opened():
        pass


def test_a_page_that_was_changed_is_named(opened, keys):
    with opened() as kept:
        kept.put(person(number) for number in range(500))
        assert kept.check() == []
    path = keys.folder / "vault" / "identities.db"
    written = bytearray(path.read_bytes())
    written[4096 * 9 + 100] ^= 1
    path.write_bytes(written)
    with opened("deliver") as kept:
        assert kept.check() == ["HMAC verification failed for page 10"]


def test_a_missing_vault_is_named(opened):
    with pytest.raises(DataError, match="has no vault of identities"), opened("deliver"):
        pass


def test_sqlcipher_itself_prints_nothing(filled, keys):
    keys.file("vault").write_text(Key.new().secret.hex())
    script = (
        "import sys; from pathlib import Path\n"
        "from workbench.privacy import roles, vault\n"
        "from workbench.privacy.keys import Keys\n"
        "from workbench.errors import WorkbenchError\n"
        "try:\n"
        " with vault.opened(Keys(Path(sys.argv[1]), 'b1'), roles.current('operator'), 'deliver'):\n"
        "  pass\n"
        "except WorkbenchError: print('refused')\n"
    )
    command = [sys.executable, "-c", script, str(keys.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("refused\n", "")


def test_a_new_key_opens_the_vault_and_the_old_one_no_longer(filled, opened, keys):
    old, new = keys.get("vault"), Key.new()
    before = filled.read_bytes()
    with opened() as kept:
        kept.change_key(new)
    assert filled.read_bytes() != before
    with pytest.raises(ParameterError, match=f"was made with key {new.id}"), opened():
        pass
    keys.file("vault").write_text(new.secret.hex())
    with opened() as kept:
        assert len(kept) == 3
    assert old.id != new.id


def test_a_change_of_key_that_was_cut_short_is_made_good(filled, opened, keys):
    new, noted = Key.new(), keys.folder / "vault" / vault.KEY_ID
    before = noted.read_text()
    with opened() as kept:
        kept.change_key(new)
    noted.write_text(before)
    keys.file("vault").write_text(new.secret.hex())
    with opened():
        pass
    assert noted.read_text() == f"{new.id}\n"


def decrypted(path, key):
    """Return every page of the file in clear, by AES alone: 4096 bytes, IV and HMAC at the end."""
    written = path.read_bytes()
    pages = (written[start : start + 4096] for start in range(0, len(written), 4096))
    clear = b""
    for number, page in enumerate(pages):
        initial, body = page[-80:-64], page[16 if number == 0 else 0 : -80]
        clear += Cipher(algorithms.AES256(key.secret), modes.CBC(initial)).decryptor().update(body)
    return clear


def test_a_forgotten_customer_is_gone_also_from_the_free_space_of_the_file(filled, opened, keys):
    with opened() as kept:
        kept.put(person(number, f"某某{number}") for number in range(10, 500))
    assert NAME.encode() in decrypted(filled, keys.get("vault"))
    with opened() as kept:
        assert kept.forget([person(1)["customer_id"], "c unknown"]) == 1
        assert len(kept) == 492
    clear = decrypted(filled, keys.get("vault"))
    assert "诸葛亮".encode() in clear
    for trace in (NAME, person(1)["core_customer_no"], person(1)["customer_id"]):
        assert trace.encode() not in clear


def test_a_vault_that_is_held_says_so(filled, opened, monkeypatch):
    monkeypatch.setattr(vault, "PATIENCE_SECONDS", 0.1)
    with opened() as one, opened() as other:
        one._connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LockedError, match="held by another process"):
            other.put([person(7)])
        one._connection.execute("ROLLBACK")


def test_a_folder_that_is_none_is_named(keys, opened, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", Key.new().secret.hex())
    (keys.folder / "vault").write_text("in the way")
    with pytest.raises(MachineError, match="cannot be opened"), opened():
        pass
