"""What is refused at the door: columns that authenticate people or that no bank should hold."""

from collections.abc import Iterable

from workbench import settings
from workbench.data.sources import spelled
from workbench.errors import DataError


def refuse(file: str, headers: Iterable[str]) -> None:
    """Refuse `file` when one of `headers`, which no source map names, is of a kind not kept.

    Raises
    ------
    DataError
        It holds such a column. Unknown columns of other kinds are listed and left behind; these
        must not travel with the file at all.
    """
    for entry in settings.rulepack("refused")["refused"]:
        words = [spelled(word) for word in entry["words"]]
        for header in headers:
            if any(word in spelled(header) for word in words):
                raise DataError(
                    f"{file}: the column {header!r} holds {entry['en']}, which are never taken "
                    "in; remove it at its source and fetch the file again"
                )
