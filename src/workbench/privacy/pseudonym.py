"""Pseudonyms: keyed hashes that stand for a person's or a firm's number at the bank.

A pseudonym is HMAC-SHA-256 (RFC 2104) of kind and number under the bank's key, cut to 100 bits and
written in base 32. Without the key it cannot be computed from the number, nor the number from it;
with the same key the same number always gets the same pseudonym, so that tables join.
"""

import base64
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import MachineError, ParameterError

LETTERS = 20
"""Characters of a pseudonym behind its first letter: 100 bits."""
BYTES = 32


@dataclass(frozen=True)
class Key:
    """A bank's secret; it is never shown.

    Attributes
    ----------
    secret : bytes
        32 random bytes.
    """

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Return the key's version: a fingerprint that tells keys apart and reveals nothing."""
        return hmac.digest(self.secret, b"key id", "sha256").hex()[:12]

    def pseudonym(self, number: str, kind: str) -> str:
        """Return the pseudonym of `number`; `kind` is `customer` or `staff`."""
        digest = hmac.digest(self.secret, f"{kind}:{number}".encode(), "sha256")
        return kind[0] + base64.b32encode(digest)[:LETTERS].decode().lower()

    def pseudonyms(self, numbers: Iterable[str], kind: str) -> dict[str, str]:
        """Return number → pseudonym for distinct `numbers`."""
        return {number: self.pseudonym(number, kind) for number in numbers}


DEMO = Key(hashlib.sha256(b"the demo bank's key is public: its customers are invented").digest())
"""The key of demo banks, fixed and published so that everyone gets the same demo bank."""


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
        content = path.read_text("ascii").strip()
        secret = bytes.fromhex(content)
    except FileNotFoundError:
        raise ParameterError(
            f"key file {path} is missing; restore it from the backup: without it new files cannot "
            "be joined to what was taken in before"
        ) from None
    except ValueError:
        secret = b""
    if os.name != "nt" and mode & 0o077:
        raise MachineError(f"key file {path} may be read by others; run: chmod 600 {path}")
    if len(secret) != BYTES:
        raise ParameterError(f"key file {path} must hold {2 * BYTES} hexadecimal digits")
    return Key(secret)


def create(path: Path) -> Key:
    """Write a new random key to `path`, readable by its owner only, and return it.

    A file that is there already is kept: `FileExistsError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        raise FileExistsError(f"there is a key file {path} already; it is kept")
    key = Key(secrets.token_bytes(BYTES))
    # Renamed when whole: killed in between, an empty key file would lock the bank for good.
    passage = path.with_name(path.name + ".unfinished")
    passage.unlink(missing_ok=True)
    with os.fdopen(os.open(passage, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    passage.replace(path)
    return key
