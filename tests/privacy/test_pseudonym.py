import stat

import pytest

from workbench.errors import MachineError, ParameterError
from workbench.privacy import pseudonym


def test_the_same_number_gets_the_same_pseudonym_and_another_key_another_one(tmp_path):
    one, other = pseudonym.create(tmp_path / "a"), pseudonym.create(tmp_path / "b")
    assert one.pseudonym("C00012345", "customer") == one.pseudonym("C00012345", "customer")
    assert one.pseudonym("C00012345", "customer") != other.pseudonym("C00012345", "customer")
    assert one.id != other.id


def test_a_pseudonym_agrees_with_the_standard():
    # HMAC-SHA-256 computed independently with `openssl dgst -sha256 -mac HMAC -macopt hexkey:…`.
    key = pseudonym.Key(bytes(range(32)))
    import base64
    import hashlib
    import hmac

    digest = hmac.new(bytes(range(32)), b"customer:C1", hashlib.sha256).digest()
    assert key.pseudonym("C1", "customer") == "c" + base64.b32encode(digest).decode()[:20].lower()


def test_customers_and_staff_of_one_number_differ():
    key = pseudonym.DEMO
    assert key.pseudonym("1", "customer")[0] == "c"
    assert key.pseudonym("1", "staff")[0] == "s"
    assert key.pseudonym("1", "customer")[1:] != key.pseudonym("1", "staff")[1:]


def test_a_new_key_is_readable_by_its_owner_only_and_never_overwritten(tmp_path):
    path = tmp_path / "vault" / "pseudonym.key"
    key = pseudonym.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pseudonym.read(path) == key
    with pytest.raises(FileExistsError):
        pseudonym.create(path)


def test_a_key_others_may_read_is_refused(tmp_path):
    path = tmp_path / "key"
    pseudonym.create(path)
    path.chmod(0o640)
    with pytest.raises(MachineError, match="chmod 600"):
        pseudonym.read(path)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_damaged_key_is_refused(tmp_path, content):
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ParameterError, match="64 hexadecimal digits"):
        pseudonym.read(path)


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(ParameterError, match="is missing"):
        pseudonym.read(tmp_path / "key")


def test_the_secret_is_not_shown(tmp_path):
    key = pseudonym.create(tmp_path / "key")
    assert key.secret.hex()[:8] not in repr(key)
