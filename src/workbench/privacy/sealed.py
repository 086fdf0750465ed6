"""Sealed streams: one encrypted file that shows whether it was changed, reordered or cut off.

A sealed file is `MAGIC`, the length of a header (4 bytes, big-endian), the header (JSON, in clear)
and chunks. The header names the key and holds a data key of this file alone, wrapped by that key
(AES key wrap, RFC 3394), and what the writer adds. Each chunk is 1 MiB of content, the last one
what is left, encrypted by AES-256-GCM under the data key. Its nonce is its number (11 bytes) and
one byte that is 1 for the last chunk: the STREAM construction of Hoang, Reyhanitabar, Rogaway and
Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance" (2015). Chunk and
header are authenticated together.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from workbench.errors import DataError, ParameterError
from workbench.privacy.keys import BYTES, Found, Key

MAGIC = b"workbench sealed 1\n"
CHUNK = 1 << 20
TAG = 16
"""Bytes by which AES-GCM makes a chunk longer."""
LONGEST_HEADER = 65_536


@dataclass(frozen=True)
class Header:
    """What a sealed file says in clear.

    Attributes
    ----------
    key : str
        Version of the key it was sealed with.
    wrapped : str
        Its data key, wrapped by that key, in hexadecimal digits.
    about : mapping of str to str
        What the writer added.
    """

    key: str
    wrapped: str
    about: Mapping[str, str]


class Writer:
    """Encrypts what is written to it; `sealing` makes it."""

    def __init__(self, target: BinaryIO, cipher: "_Cipher") -> None:
        self._target, self._cipher = target, cipher
        self._waiting = bytearray()

    def write(self, content: bytes) -> int:
        """Add `content` to the stream and return its length."""
        self._waiting += content
        # The last chunk is marked, so a full one waits until more follows it.
        while len(self._waiting) > CHUNK:
            self._target.write(self._cipher.encrypt(bytes(self._waiting[:CHUNK]), last=False))
            del self._waiting[:CHUNK]
        return len(content)

    def finish(self) -> None:
        """Write the last chunk, without which the file counts as cut off."""
        self._target.write(self._cipher.encrypt(bytes(self._waiting), last=True))


class Reader:
    """Decrypts a sealed file behind its header; no byte is given before its chunk was checked.

    Parameters
    ----------
    source : BinaryIO
        The file, at the end of its header.
    header : Header
        Its header.
    found : Found
        The key it was sealed with, and the place it was found in.
    name : str
        What messages call the file.

    Raises
    ------
    ParameterError
        The key is another one than the file was sealed with.
    DataError
        The header was changed.
    """

    def __init__(self, source: BinaryIO, header: Header, found: Found, name: str) -> None:
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

        if found.key.id != header.key:
            raise ParameterError(
                f"{found.place} holds key {found.key.id}, but {name} was sealed with {header.key}; "
                "use the key it was sealed with"
            )
        try:
            secret = aes_key_unwrap(found.key.secret, bytes.fromhex(header.wrapped))
        except (InvalidUnwrap, ValueError):
            raise DataError(f"{name} was changed: its header is not as written") from None
        self._source, self._name = source, name
        self._cipher = _Cipher(secret, header)
        self._ahead = source.read(CHUNK + TAG)
        self._open = bytearray()
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end.

        Raises
        ------
        DataError
            The file was changed, put in another order or cut off.
        """
        while len(self._open) < size and not self._ended:
            self._open += self._next()
        given = bytes(self._open[:size])
        del self._open[:size]
        return given

    def finish(self) -> None:
        """Read to the end: only there it shows that nothing was cut off."""
        while self.read(CHUNK):
            pass

    def _next(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        chunk, self._ahead = self._ahead, self._source.read(CHUNK + TAG)
        self._ended = not self._ahead
        try:
            return self._cipher.decrypt(chunk, last=self._ended)
        except InvalidTag:
            what = "was cut off or changed" if self._ended else "was changed"
            raise DataError(
                f"{self._name} {what}, at byte {self._source.tell() - len(chunk)} or behind it; "
                "use another copy"
            ) from None


class _Cipher:
    """AES-256-GCM with nonces that count and mark the last chunk."""

    def __init__(self, secret: bytes, header: Header) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._aes, self._header = AESGCM(secret), _written(header)
        self._number = 0

    def encrypt(self, chunk: bytes, *, last: bool) -> bytes:
        return self._aes.encrypt(self._nonce(last), chunk, self._header)

    def decrypt(self, chunk: bytes, *, last: bool) -> bytes:
        return self._aes.decrypt(self._nonce(last), chunk, self._header)

    def _nonce(self, last: bool) -> bytes:
        nonce = self._number.to_bytes(11, "big") + bytes([last])
        self._number += 1
        return nonce


@contextmanager
def sealing(target: BinaryIO, key: Key, about: Mapping[str, str]) -> Iterator[Writer]:
    """Give a writer that seals into `target` with `key`; `about` stands in its header in clear.

    The file is finished only when nothing went wrong.
    """
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    secret = secrets.token_bytes(BYTES)
    header = Header(key.id, aes_key_wrap(key.secret, secret).hex(), dict(about))
    written = _written(header)
    target.write(MAGIC + len(written).to_bytes(4, "big") + written)
    writer = Writer(target, _Cipher(secret, header))
    yield writer
    writer.finish()


def header(source: BinaryIO, name: str) -> Header:
    """Return the header of the sealed file `source`, which is left at its end.

    Raises
    ------
    DataError
        It is no sealed file; the message calls it `name`.
    """
    if source.read(len(MAGIC)) == MAGIC:
        length = int.from_bytes(source.read(4), "big")
        written = source.read(length) if length <= LONGEST_HEADER else b""
        try:
            found = Header(**json.loads(written))
            if _written(found) == written:
                return found
        except (ValueError, TypeError):
            pass
    raise DataError(f"{name} is no sealed file, or its beginning was changed or cut off")


def _written(header: Header) -> bytes:
    return json.dumps(vars(header), sort_keys=True).encode()
