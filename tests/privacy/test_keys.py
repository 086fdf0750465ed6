"""Where keys are looked for, in which order, and what is said when one is missing or wrong."""

import os
import stat
import subprocess
import sys

import keyring
import pytest
from keyring.errors import KeyringLocked, NoKeyringError

from workbench import settings
from workbench.errors import MachineError, ParameterError
from workbench.privacy import keys
from workbench.privacy.keys import Key, Keys

SERVICE, RING, FILE, VARIABLE = (Key(bytes([number]) * 32) for number in (1, 2, 3, 4))


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    """A keyring in memory: (service, account) → secret."""
    kept = {}
    monkeypatch.setattr(keyring, "get_password", lambda *where: kept.get(where))
    return kept


@pytest.fixture
def place(tmp_path):
    return Keys(tmp_path, "b1")


def hook(tmp_path, body):
    """Return the command of a key management service that runs `body`."""
    script = tmp_path / "kms.py"
    script.write_text(f"import sys, time\n{body}\n", "utf-8")
    return f"{sys.executable} {script}"


def said(error):
    """Return the message of a caught error: one line, without any of the keys."""
    message = str(error.value)
    assert "\n" not in message
    assert not any(key.secret.hex()[:16] in message for key in (SERVICE, RING, FILE, VARIABLE))
    return message


def test_a_key_comes_from_the_first_place_that_has_it(place, ring, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", VARIABLE.secret.hex())
    assert place.get("vault") == VARIABLE
    keys.write(FILE, place.file("vault"))
    assert place.get("vault") == FILE
    ring["workbench", "b1/vault"] = RING.secret.hex()
    assert place.get("vault") == RING
    body = f"assert sys.argv[1:] == ['b1/vault']; print('{SERVICE.secret.hex()}')"
    monkeypatch.setenv("WORKBENCH_KMS", hook(tmp_path, body))
    assert place.get("vault") == SERVICE


def test_a_key_that_is_nowhere_says_where_it_was_looked_for(place):
    with pytest.raises(ParameterError, match="key 'vault' is missing") as error:
        place.get("vault")
    message = said(error)
    for part in ("b1/vault", str(place.file("vault")), "WORKBENCH_KEY_VAULT", "backup"):
        assert part in message


def test_files_of_keys_may_lie_apart_from_the_bank(place, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEYS", str(tmp_path / "apart"))
    made = place.create("backup")
    assert keys.read(tmp_path / "apart" / "backup.key") == made


def test_another_key_than_the_one_in_force_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_PSEUDONYM", VARIABLE.secret.hex())
    place = Keys(tmp_path, "b1", in_force={"pseudonym": FILE.id})
    with pytest.raises(ParameterError, match=f"holds key {VARIABLE.id}.*with {FILE.id}") as error:
        place.get("pseudonym")
    assert "WORKBENCH_KEY_PSEUDONYM" in said(error)
    with pytest.raises(ParameterError, match="use the key it was taken in with"):
        place.get_or_create("pseudonym")


def test_a_lost_key_is_never_made_anew(tmp_path):
    place = Keys(tmp_path, "b1", in_force={"pseudonym": FILE.id})
    with pytest.raises(ParameterError, match="is missing"):
        place.get_or_create("pseudonym")
    assert not place.file("pseudonym").exists()


def test_a_first_key_is_made_once(place):
    assert place.get_or_create("vault") == place.get_or_create("vault")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("sys.exit(3)", "ended with code 3"),
        ("time.sleep(60)", "gave no answer within 1 s"),
        ("print('" + "ab" * 31 + "')", "must hold 64 hexadecimal digits"),
        ("print()", "must hold 64 hexadecimal digits"),
        ("sys.stdout.buffer.write(bytes([200]))", "no text"),
    ],
)
def test_a_service_that_fails_is_named_and_no_other_place_is_asked(
    place, tmp_path, monkeypatch, body, what
):
    monkeypatch.setattr(keys, "PATIENCE_SECONDS", 1)
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", VARIABLE.secret.hex())
    noise = f"print('{SERVICE.secret.hex()}', file=sys.stderr); "
    monkeypatch.setenv("WORKBENCH_KMS", hook(tmp_path, noise + body))
    with pytest.raises((MachineError, ParameterError), match=what) as error:
        place.get("vault")
    assert "key management service" in said(error)
    assert "ab" * 8 not in said(error)


def test_a_service_that_does_not_exist_is_named(place, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KMS", "/nowhere/kms --quiet")
    with pytest.raises(MachineError, match=r"cannot be run \(FileNotFoundError\)") as error:
        place.get("vault")
    said(error)


def test_a_locked_keyring_is_an_error_and_none_at_all_is_not(place, monkeypatch):
    def refuse(error):
        def ask(*_):
            raise error

        return ask

    monkeypatch.setenv("WORKBENCH_KEY_VAULT", VARIABLE.secret.hex())
    monkeypatch.setattr(keyring, "get_password", refuse(NoKeyringError()))
    assert place.get("vault") == VARIABLE
    monkeypatch.setattr(keyring, "get_password", refuse(KeyringLocked()))
    with pytest.raises(MachineError, match=r"key 'vault' \(KeyringLocked\); unlock"):
        place.get("vault")


def test_the_keyring_is_loaded_for_a_key_only_and_starts_no_program():
    watched = (
        "import sys; sys.addaudithook(lambda what, _: print(what))\n"
        "from pathlib import Path\n"
        "from workbench.cli import app\n"
        "from workbench.privacy.keys import Keys\n"
        "print('keyring' in sys.modules)\n"
        "Keys(Path('nowhere'), 'b1').find('vault')\n"
        "print('keyring' in sys.modules)\n"
    )
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", watched], env=environment, capture_output=True, text=True, check=True
    )
    heard = done.stdout.splitlines()
    assert [line for line in heard if line in ("True", "False")] == ["False", "True"]
    assert not {"subprocess.Popen", "os.system", "os.posix_spawn"} & set(heard)


def test_a_new_key_is_readable_by_its_owner_only_and_never_overwritten(place):
    key = place.create("pseudonym")
    assert stat.S_IMODE(place.file("pseudonym").stat().st_mode) == 0o600
    assert keys.read(place.file("pseudonym")) == key
    with pytest.raises(FileExistsError):
        place.create("pseudonym")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_others_may_read_is_refused_and_its_mode_named(place, mode):
    place.create("vault")
    place.file("vault").chmod(mode)
    with pytest.raises(MachineError, match=f"its mode is {mode:04o}; run: chmod 600"):
        place.get("vault")


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "é"])
def test_a_damaged_key_is_refused(tmp_path, content):
    path = tmp_path / "key"
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    with pytest.raises(ParameterError, match="64 hexadecimal digits"):
        keys.read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParameterError, match="is missing"):
        keys.read(tmp_path / "key")


def test_a_secret_is_not_shown():
    assert FILE.secret.hex()[:8] not in repr(FILE)
    assert FILE.secret.hex()[:8] not in FILE.id


def test_demo_banks_have_the_same_three_keys_everywhere(tmp_path):
    place = Keys(tmp_path, "", demo=True)
    assert {place.get(name) for name in keys.NAMES} == {keys.demo(name) for name in keys.NAMES}
    assert len({keys.demo(name).id for name in keys.NAMES}) == 3


def test_a_program_that_is_started_gets_neither_keys_nor_the_way_to_them(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", VARIABLE.secret.hex())
    monkeypatch.setenv("WORKBENCH_KMS", "fetch")
    environment = dict(os.environ)
    settings.scrub(environment)
    look = "import os; print([name for name in os.environ if 'KEY_V' in name or 'KMS' in name])"
    seen = subprocess.run(
        [sys.executable, "-c", look], env=environment, capture_output=True, text=True, check=True
    )
    assert seen.stdout == "[]\n"
    assert environment == {
        name: value
        for name, value in os.environ.items()
        if name not in ("WORKBENCH_KEY_VAULT", "WORKBENCH_KMS")
    }
