"""Pseudonyms: keyed hashes that stand for a person's or a firm's number at the bank.

A pseudonym is HMAC-SHA-256 (RFC 2104) of kind and number under the bank's key, cut to 100 bits and
written in base 32. Without the key it cannot be computed from the number, nor the number from it;
with the same key the same number always gets the same pseudonym, so that tables join.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.privacy import keys

LETTERS = 20
"""Characters of a pseudonym behind its first letter: 100 bits."""
ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567"
"""Base 32 of RFC 4648, in lower case."""
BLOCK = 64
"""Bytes that SHA-256 takes at once: the length to which HMAC fills up the key."""
PORTION = 100_000
"""Pseudonyms that are written at once, which bounds the memory they take on the way."""


@dataclass(frozen=True)
class Key(keys.Key):
    """The key of a bank's pseudonyms."""

    def pseudonym(self, number: str, kind: str) -> str:
        """Return the pseudonym of `number`; `kind` is `customer` or `staff`."""
        return self.pseudonyms([number], kind)[number]

    def pseudonyms(self, numbers: Iterable[str], kind: str) -> dict[str, str]:
        """Return number → pseudonym for distinct `numbers`."""
        listed = list(numbers)
        digests = self._digests(listed, kind)
        found: dict[str, str] = {}
        for start in range(0, len(listed), PORTION):
            part = listed[start : start + PORTION]
            found.update(zip(part, _written([next(digests) for _ in part], kind[0]), strict=True))
        return found

    def _digests(self, numbers: Iterable[str], kind: str) -> Iterator[bytes]:
        """Give the HMAC of each number.

        Both hashes of an HMAC begin with a block made of the key. It is hashed once and the state
        copied: half the work of `hmac.digest`, and none of its set-up.
        """
        block = self.secret.ljust(BLOCK, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + f"{kind}:".encode())
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        for number in numbers:
            inside, outside = inner.copy(), outer.copy()
            inside.update(number.encode())
            outside.update(inside.digest())
            yield outside.digest()


@dataclass(frozen=True)
class Kept(Key):
    """The key for rows that come out of the bank itself: people in them have pseudonyms."""

    def pseudonyms(self, numbers: Iterable[str], kind: str) -> dict[str, str]:
        """Return every pseudonym as what it is already, whatever its `kind`."""
        return {number: number for number in numbers}


DEMO = Key(keys.PUBLIC)
"""The key of demo banks, fixed and published so that everyone gets the same demo bank."""


def _written(digests: Sequence[bytes], first: str) -> list[str]:
    """Return `first` and the leading letters of each digest in base 32, all at once.

    The standard library writes one at a time, which takes longer than the hashing.
    """
    import numpy as np

    digest = np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1)
    bits = np.unpackbits(digest, axis=1, count=5 * LETTERS).reshape(-1, 5)
    letters = np.frombuffer(ALPHABET, np.uint8)[np.packbits(bits, axis=1)[:, 0] >> 3]
    text = letters.tobytes().decode("ascii")
    return [first + text[start : start + LETTERS] for start in range(0, len(text), LETTERS)]
