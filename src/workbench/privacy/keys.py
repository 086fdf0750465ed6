"""Secrets of a bank: where each is looked for, what it must look like, and which one is in force.

A key is looked for at the key management service (`WORKBENCH_KMS`), in the keyring of the operating
system, in a file of mode 0600 and in the environment, in this order. The service's command is
taken from the environment only: a bank's folder must not say which program is run. No key is ever
a parameter, part of a message or part of a report.
"""

import hashlib
import hmac
import os
import secrets
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from workbench import durable, settings
from workbench.errors import MachineError, ParameterError

NAMES = ("pseudonym", "vault", "backup")
"""What a bank has keys for."""
BYTES = 32
SERVICE = "workbench"
"""Name of the service under which the keyring keeps the keys."""
PATIENCE_SECONDS = 10
"""How long the key management service may take."""
PUBLIC = hashlib.sha256(b"the demo bank's key is public: its customers are invented").digest()


@dataclass(frozen=True)
class Key:
    """A bank's secret; it is never shown.

    Attributes
    ----------
    secret : bytes
        32 random bytes.
    """

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Return a new random key."""
        return cls(secrets.token_bytes(BYTES))

    @property
    def id(self) -> str:
        """Return the key's version: a fingerprint that tells keys apart and reveals nothing."""
        return hmac.digest(self.secret, b"key id", "sha256").hex()[:12]


@dataclass(frozen=True)
class Found:
    """A key and where it was found, as a message names the place."""

    key: Key
    place: str


@dataclass(frozen=True)
class Keys:
    """The keys of one bank.

    Attributes
    ----------
    folder : Path
        The bank's folder; files of keys are in its `vault/`, or where `WORKBENCH_KEYS` says.
    bank : str
        What key management service and keyring know the bank by.
    demo : bool
        Whether everything in the bank is invented: its keys are public, the same for everyone.
    in_force : mapping of str to str
        Name → version of the key that the bank's data were made with.
    """

    folder: Path
    bank: str
    demo: bool = False
    in_force: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Key:
        """Return the key called `name`, one of `NAMES`.

        Raises
        ------
        ParameterError
            It is nowhere, is not 64 hexadecimal digits, or is not the key in force.
        MachineError
            The service or the keyring fails, or others than its owner may read the file.
        """
        found = self.find(name)
        if found is None:
            raise ParameterError(
                f"key {name!r} is missing: it is not in the keyring ({SERVICE}, "
                f"{self.account(name)}), not in key file {self.file(name)} and not in "
                f"{settings.key_variable(name)}; restore it from the backup: what was made with "
                "it cannot be read or joined without it"
            )
        wanted = self.in_force.get(name)
        if wanted and found.key.id != wanted:
            raise ParameterError(
                f"{found.place} holds key {found.key.id}, but {self.folder} was taken in with "
                f"{wanted}; use the key it was taken in with"
            )
        return found.key

    def find(self, name: str) -> Found | None:
        """Return the key called `name` and its place; None when it is nowhere.

        A source that is there but fails is an error: the next one might hold an older key.
        """
        if self.demo:
            return Found(demo(name), "the demo bank")
        sources: tuple[Callable[[str], Found | None], ...] = (
            self._from_service,
            self._from_keyring,
            self._from_file,
            self._from_environment,
        )
        return next((found for source in sources if (found := source(name))), None)

    def get_or_create(self, name: str) -> Key:
        """Return the key called `name`; a bank that never had one gets a new one, in a file.

        Raises
        ------
        ParameterError, MachineError
            As `get` does: the key of a bank that has one in force is never made anew.
        """
        if name in self.in_force or self.find(name):
            return self.get(name)
        return self.create(name)

    def create(self, name: str) -> Key:
        """Write a new random key to its file and return it; `FileExistsError` if there is one."""
        key = Key.new()
        write(key, self.file(name))
        return key

    def file(self, name: str) -> Path:
        """Return the file that the key called `name` is kept in, if it is kept in a file."""
        return (settings.keys_folder() or self.folder / "vault") / f"{name}.key"

    def account(self, name: str) -> str:
        """Return what the service and the keyring call the key: `<bank>/<name>`."""
        return f"{self.bank}/{name}"

    def _from_service(self, name: str) -> Found | None:
        command = settings.kms()
        if command is None:
            return None
        said = _asked(command, self.account(name))
        place = f"the key management service ({self.account(name)})"
        return Found(_parsed(said, place), place)

    def _from_keyring(self, name: str) -> Found | None:
        if sys.platform != "darwin":
            # Looking for Apple's libraries, keyring starts a compiler; it does without them.
            sys.modules.setdefault("keyring.backends.macOS.api", None)  # type: ignore[arg-type]
        import keyring
        from keyring.errors import KeyringError, NoKeyringError

        try:
            written = keyring.get_password(SERVICE, self.account(name))
        except NoKeyringError:
            return None
        except KeyringError as error:
            raise MachineError(
                f"the keyring does not give key {name!r} ({type(error).__name__}); unlock it"
            ) from None
        place = f"the keyring ({SERVICE}, {self.account(name)})"
        return Found(_parsed(written, place), place) if written else None

    def _from_file(self, name: str) -> Found | None:
        path = self.file(name)
        return Found(read(path), f"key file {path}") if path.exists() else None

    def _from_environment(self, name: str) -> Found | None:
        written = settings.key_text(name)
        place = f"the environment variable {settings.key_variable(name)}"
        return Found(_parsed(written, place), place) if written else None


def demo(name: str) -> Key:
    """Return the key `name` of demo banks: fixed and published, so that all get the same bank."""
    return Key(PUBLIC if name == "pseudonym" else hmac.digest(PUBLIC, name.encode(), "sha256"))


def read(path: Path) -> Key:
    """Return the key in file `path`.

    Raises
    ------
    ParameterError
        The file is missing, or is not 64 hexadecimal digits.
    MachineError
        Others than its owner may read it.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name != "nt" and mode & 0o077:
            raise MachineError(
                f"key file {path} may be read by others: its mode is {mode:04o}; "
                f"run: chmod 600 {path}"
            )
        written = path.read_text("ascii")
    except FileNotFoundError:
        raise ParameterError(f"key file {path} is missing; restore it from the backup") from None
    except UnicodeDecodeError:
        written = ""
    except PermissionError:
        raise MachineError(f"key file {path} may not be read by this account") from None
    return _parsed(written, f"key file {path}")


def write(key: Key, path: Path) -> None:
    """Write `key` to `path`, readable by its owner only.

    A file that is there already is kept: `FileExistsError`.
    """
    durable.folder(path.parent, mode=0o700)
    if path.exists():
        raise FileExistsError(f"there is a key file {path} already; it is kept")
    # Renamed when whole: killed in between, an empty key file would lock the bank for good.
    durable.write(path, key.secret.hex() + "\n", mode=0o600)


def _asked(command: str, account: str) -> str:
    """Return what the service's command prints for `account`."""
    try:
        done = subprocess.run(
            [*shlex.split(command), account],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        return done.stdout.decode("ascii")
    except subprocess.TimeoutExpired:
        what = f"gave no answer within {PATIENCE_SECONDS} s"
    except subprocess.CalledProcessError as error:
        what = f"ended with code {error.returncode}"
    except UnicodeDecodeError:
        what = "answered with something that is no text"
    except (OSError, ValueError) as error:
        what = f"cannot be run ({type(error).__name__})"
    # What the command printed may be the secret: it is not repeated.
    raise MachineError(
        f"the key management service {what} when asked for {account!r}; see WORKBENCH_KMS"
    )


def _parsed(written: str, place: str) -> Key:
    try:
        secret = bytes.fromhex(written.strip())
    except ValueError:
        secret = b""
    if len(secret) != BYTES:
        raise ParameterError(f"{place} must hold {2 * BYTES} hexadecimal digits")
    return Key(secret)
