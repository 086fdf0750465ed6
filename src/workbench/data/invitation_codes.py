"""Codes of invitations: what a questionnaire carries in place of a name, a number or a pseudonym.

A code is a keyed hash (HMAC-SHA-256, RFC 2104) of the wave and the customer's core number, and is
stored nowhere: who it stands for is worked out inside the vault when lists are handed over and when
answers return. So a code outlives a change of pseudonyms, and whoever has the lake but not the
vault cannot tell whose it is. The last letter checks the others: weights that differ, modulo a
prime, show any one wrong letter and any two that changed places.
"""

import hmac
import re
from collections.abc import Iterable
from pathlib import Path
from unicodedata import normalize

from workbench.data import bank
from workbench.errors import DataError
from workbench.privacy import vault
from workbench.privacy.roles import Role
from workbench.privacy.vault import Purpose

KEY = "survey"
"""Name of the key that codes are made with."""
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Figures and letters that are not mistaken for one another when they are read out or typed."""
LETTERS = 10
"""Those that carry the hash: 31^10, or 49 bits."""
GROUPS = (4, 4, 3)
"""How a code is written: groups with a hyphen between them, the check letter last."""
SHAPE = re.compile(f"[{ALPHABET}]{{{LETTERS + 1}}}")
GAPS = re.compile(r"[\s\-‐–—_.]+")


def codes(
    folder: Path, role: Role, wave: str, customers: Iterable[str], purpose: Purpose
) -> dict[str, str]:
    """Return pseudonym → code in `wave` for those of `customers` that the vault knows.

    Raises
    ------
    ParameterError
        `role` may not open the vault for `purpose`, or a key is missing.
    DataError
        There is no vault, or two customers got one code.
    MachineError
        The vault or a key cannot be used.
    """
    keys = bank.keys(folder)
    secret = keys.get_or_create(KEY).secret
    with vault.opened(keys, role, purpose) as opened:
        people = opened.identities(customers)
    found = {
        customer: code(secret, wave, str(known["core_customer_no"]))
        for customer, known in people.items()
    }
    if len(set(found.values())) < len(found):
        raise DataError(f"two customers have one code in wave {wave!r}; draw it under another name")
    return found


def code(secret: bytes, wave: str, number: str) -> str:
    """Return the code of the customer with core number `number` in `wave`, as it is printed."""
    rest = int.from_bytes(hmac.digest(secret, f"{wave}\n{number}".encode(), "sha256"))
    letters = ""
    for _ in range(LETTERS):
        rest, at = divmod(rest, len(ALPHABET))
        letters += ALPHABET[at]
    return printed(letters + check_letter(letters))


def check_letter(letters: str) -> str:
    """Return the letter that checks `letters`."""
    sum_ = sum(place * ALPHABET.index(each) for place, each in enumerate(letters, start=1))
    return ALPHABET[sum_ % len(ALPHABET)]


def printed(letters: str) -> str:
    """Return the letters of a code in groups."""
    ends = [sum(GROUPS[: at + 1]) for at in range(len(GROUPS))]
    return "-".join(letters[end - size : end] for size, end in zip(GROUPS, ends, strict=True))


def plain(written: str) -> str:
    """Return what somebody wrote as a code, as codes are printed; other text as it is, unspaced.

    Width, case, blanks and hyphens do not matter.
    """
    letters = GAPS.sub("", normalize("NFKC", written)).upper()
    return printed(letters) if SHAPE.fullmatch(letters) else letters


def is_code(written: str) -> bool:
    """Tell whether `written` has the form of a code and its check letter fits."""
    letters = written.replace("-", "")
    return bool(SHAPE.fullmatch(letters)) and check_letter(letters[:-1]) == letters[-1]
