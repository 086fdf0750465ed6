"""What is refused at the door: columns that authenticate people or that no bank should hold."""

import re
from collections.abc import Iterable
from unicodedata import normalize

from workbench import settings
from workbench.data.sources import spelled
from workbench.errors import DataError

SHORT = 4
"""Latin words of so few letters stand within others (otp in footprint): they count alone."""


def refuse(file: str, headers: Iterable[str]) -> None:
    """Refuse `file` when one of its `headers` is of a kind not kept, mapped or not.

    Raises
    ------
    DataError
        It holds such a column. Unknown columns of other kinds are listed and left behind; these
        must not travel with the file at all.
    """
    for entry in settings.rulepack("refused")["refused"]:
        for header in headers:
            if any(_names(header, word) for word in entry["words"]):
                raise DataError(
                    f"{file}: the column {header!r} holds {entry['en']}, which are never taken "
                    "in; remove it at its source and fetch the file again"
                )


def _names(header: str, word: str) -> bool:
    """Tell whether `word` stands in `header`, whatever its width and case."""
    if word.isascii() and len(word) <= SHORT:
        plain = normalize("NFKC", header).casefold()
        return bool(re.search(rf"(?<![a-z]){word}(?![a-z])", plain))
    return spelled(word) in spelled(header)
