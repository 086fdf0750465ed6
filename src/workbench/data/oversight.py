"""What an auditor asks of a bank: are log and lake as they were written, and who did what."""

from collections import deque
from pathlib import Path

from workbench.data import integrity
from workbench.data.bank import role
from workbench.data.lake import Lake
from workbench.errors import DataError
from workbench.privacy.audit import Entry, Log, checked

READ = "read audit"
"""Action of the audit entry, and the right it takes."""


def verified(folder: Path, head: str | None) -> dict[str, object]:
    """Return what was checked of the audit log and the lake of the bank in `folder`.

    Parameters
    ----------
    folder : Path
        The bank's folder.
    head : str or None
        Head of the audit log that a report shows.

    Returns
    -------
    dict
        `entries` of the log and its `head`; `files` of the lake; `unproven`, the snapshots that
        noted no checksums; `printed`, number and time of the entry that the report's head is.

    Raises
    ------
    ParameterError
        The role in force may not verify.
    DataError
        An entry of the log or a file of the lake was changed or removed, or `head` is not in the
        log.
    """
    role(folder).require("verify audit")
    log, entry = checked(folder, head)
    lake = Lake(folder)
    if found := integrity.flaws(lake):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise DataError(found[0] + more)
    noted = {name: lake.snapshot(name).parquet for name in lake.ids()}
    return {
        "status": "verified",
        "entries": log.entries,
        "head": log.head.hash if log.head else None,
        "files": len(set().union(*noted.values())),
        "unproven": [name for name, files in noted.items() if not files],
        "printed": {"n": entry.n, "at": entry.at} if entry else None,
    }


def entries(folder: Path, last: int) -> list[Entry]:
    """Return the `last` entries of the audit log of the bank in `folder`, oldest first.

    That they were read becomes an entry itself.

    Raises
    ------
    ParameterError
        The role in force may not read the audit log.
    """
    reader = role(folder)
    reader.require(READ)
    log = Log(folder)
    found = list(deque(log.entries(), maxlen=last))
    log.append(reader.name, READ, f"the last {last} entries")
    return found
